#include "app/command_table.h"

#include <algorithm>

#include "reports/layout.h"

namespace muster {
namespace {

const CommandEntry commands[] = {{check_options, check_command},
                                 {simulate_options, simulate_command},
                                 {forecast_options, forecast_command},
                                 {what_if_options, what_if_command},
                                 {merge_options, merge_command},
                                 {targets_options, targets_command},
                                 {explain_options, explain_command},
                                 {report_options, report_command},
                                 {init_options, init_command},
                                 {exercise_check_options, exercise_check_command},
                                 {exercise_run_options, exercise_run_command},
                                 {exercise_status_options, exercise_status_command},
                                 {exercise_ack_options, exercise_ack_command},
                                 {exercise_abort_options, exercise_abort_command},
                                 {exercise_recover_options, exercise_recover_command},
                                 {exercise_report_options, exercise_report_command},
                                 {incident_run_options, incident_run_command},
                                 {incident_ack_options, exercise_ack_command},
                                 {halt_options, halt_command},
                                 {proxy_options, proxy_command},
                                 {history_options, history_command},
                                 {history_show_options, history_show_command},
                                 {actions_add_options, actions_add_command},
                                 {actions_list_options, actions_list_command},
                                 {actions_close_options, actions_close_command},
                                 {incident_add_options, incident_add_command},
                                 {incident_list_options, incident_list_command},
                                 {observe_import_options, observe_import_command},
                                 {observe_list_options, observe_list_command},
                                 {observe_export_options, observe_export_command},
                                 {fit_options, fit_command},
                                 {calibrate_options, calibrate_command},
                                 {schedule_options, schedule_command},
                                 {schedule_status_options, schedule_status_command},
                                 {endpoints_options, endpoints_command},
                                 {evidence_options, evidence_command},
                                 {agent_run_options, agent_run_command},
                                 {agent_status_options, agent_status_command},
                                 {agent_pki_init_options, agent_pki_init_command},
                                 {agent_pki_issue_options, agent_pki_issue_command},
                                 {agent_pki_revoke_options, agent_pki_revoke_command},
                                 {agent_pki_list_options, agent_pki_list_command}};

std::string first_word(const std::string& name) { return name.substr(0, name.find(' ')); }

}  // namespace

std::span<const CommandEntry> all_commands() { return commands; }

FoundCommand find_command(const std::vector<std::string>& words) {
  FoundCommand found;
  for (const CommandEntry& entry : commands) {
    const std::string name = entry.options().name;
    const std::size_t count = 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), ' '));
    if (words.size() < count) continue;
    std::string said = words[0];
    for (std::size_t i = 1; i < count; ++i) said += " " + words[i];
    if (said == name && found.words < count) found = {&entry, count};
  }
  return found;
}

bool is_group(const std::string& word) {
  return !find_command({word}).entry && !words_of_group(word).empty();
}

std::vector<std::string> words_of_group(const std::string& group) {
  std::vector<std::string> words;
  for (const CommandEntry& entry : commands)
    if (const std::string name = entry.options().name; name.starts_with(group + " ")) words.push_back(name.substr(group.size() + 1));
  return words;
}

std::vector<std::string> first_words() {
  std::vector<std::string> words;
  for (const CommandEntry& entry : commands)
    if (const std::string word = first_word(entry.options().name); std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  return words;
}

std::string group_help(const std::string& group) {
  std::string out = "usage: muster " + group + " COMMAND [OPTION]...\n\nCommands\n";
  for (const CommandEntry& entry : commands) {
    const Command command = entry.options();
    if (first_word(command.name) != group) continue;
    // The first sentence says what it is for.
    const std::string summary = command.summary.substr(0, command.summary.find(". ") + 1);
    const std::string usage = command.name.substr(std::min(group.size() + 1, command.name.size())) + " " + command.positional;
    out += wrapped(summary.empty() ? command.summary : summary, 80, "  " + padded(usage, 18) + "  ", std::string(22, ' '));
  }
  return out + "\n  muster " + group + " COMMAND --help   the options of a command\n";
}

}  // namespace muster
