#include <chrono>
#include <filesystem>
#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/option_values.h"
#include "app/output.h"
#include "exercise/clock.h"
#include "exercise/ledger.h"
#include "reports/after_action.h"
#include "reports/after_action_page.h"
#include "reports/exercise_json.h"
#include "reports/exercise_summary.h"
#include "reports/happening_text.h"
#include "reports/incidents.h"
#include "models/moments.h"

/// What the ledger tells: history, history show, exercise report, actions.
namespace muster {
namespace {

std::string today() { return utc_date(system_clock().now()); }

// Reads what there is; makes none where there was none.
Ledger read_ledger() {
  mark_the_dead();
  if (!std::filesystem::exists(ledger_file())) throw LedgerTrouble("no exercise was run here yet: there is no " + ledger_file());
  return Ledger(ledger_file(), true);
}

void warn_of_chain(const std::string& broken) {
  if (!broken.empty()) print_error("muster: the ledger " + ledger_file() + " was tampered with or is damaged: " + broken + "\n");
}

void deliver(const Arguments& arguments, const std::string& text) { write_file(arguments.value("output", "-"), text); }

Option json_switch() { return {"json", "", "as JSON"}; }

std::string text_of_run(const ExerciseRecord& all, const std::vector<Happening>& happenings) {
  const Style style{.colour = colour_on_output()};
  ExerciseRecord record;
  record.id = all.id;
  std::string out;
  for (const Happening& h : happenings) {
    add(record, h);
    if (const std::string line = happening_text(all.t0 ? all : record, h, style); !line.empty()) out += line + "\n";
  }
  return out + exercise_summary(all, style);
}

void require_date(const std::string& option, const std::string& text) {
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' && text.find_first_not_of("0123456789-") == std::string::npos;
  const auto number = [&](std::size_t at, std::size_t size) { return std::stoi(text.substr(at, size)); };
  const bool real = shaped && text.find('-') == 4 && text.rfind('-') == 7 &&
                    std::chrono::year_month_day(std::chrono::year(number(0, 4)), std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                                std::chrono::day(static_cast<unsigned>(number(8, 2))))
                        .ok();
  if (!real) throw UsageError("--" + option + ": \"" + text + "\" is no date, such as 2026-12-31");
}

std::string incidents_below(const std::vector<Incident>& incidents) {
  const Style style{.colour = colour_on_output()};
  return incidents.empty() ? "" : "\n" + style.heading("INCIDENTS") + incidents_text(incidents, style);
}

}  // namespace

Command history_options() {
  return {"history",
          "Lists the exercises so far: how each ended, the recovery time and the data loss that were reached, and their objectives. Checks that "
          "the ledger's rows were not changed since. Real incidents that were written down are listed below them.",
          "",
          {json_switch(), {"help", "", "print this"}},
          "Examples:\n"
          "  muster history\n"
          "  muster history --json\n"};
}

ExitCode history_command(const Arguments& arguments) {
  mark_the_dead();
  std::optional<Ledger> ledger;
  if (std::filesystem::exists(ledger_file())) ledger.emplace(ledger_file(), true);
  const std::vector<ExerciseLine> lines = ledger ? ledger->exercises() : std::vector<ExerciseLine>();
  const std::vector<Incident> incidents = ledger ? ledger->incidents() : std::vector<Incident>();
  const std::string chain = ledger ? ledger->check_chain() : "";
  warn_of_chain(chain);
  if (arguments.has("json"))
    print(history_json(lines, incidents, chain, ledger ? ledger->head() : "", MUSTER_VERSION));
  else
    print(history_text(lines, ledger ? ledger->actions(false) : std::vector<Action>(), today(), {.colour = colour_on_output()}) + incidents_below(incidents));
  return ExitCode::done;
}

Command history_show_options() {
  return {"history show",
          "Tells of one exercise all that happened, in order. ID may be the beginning of one, or \"last\", which is also meant without it.",
          "[ID]",
          {json_switch(), {"help", "", "print this"}},
          "Examples:\n"
          "  muster history show last\n"
          "  muster history show 2026-11-23T10-15 --json\n"};
}

ExitCode history_show_command(const Arguments& arguments) {
  const Ledger ledger = read_ledger();
  const std::string id = ledger.full_id(arguments.positional.empty() ? "last" : arguments.positional.front());
  const std::vector<Happening> happenings = ledger.happenings(id);
  print(arguments.has("json") ? happenings_json(id, happenings, MUSTER_VERSION) : text_of_run(record_of(id, happenings), happenings));
  return ExitCode::done;
}

Command exercise_report_options() {
  return {"exercise report",
          "Writes the after-action report and improvement plan of an exercise: what was planned, who took part, the timeline, recovery time and "
          "data loss against objective and prediction, faults and the proof of their undo, what failed, and what is to be done about it. ID may be "
          "the beginning of one, or \"last\", which is also meant without it.",
          "[ID]",
          {{"md", "", "as Markdown (so it is without the other two)"},
           {"html", "", "as a page: one file that needs no network"},
           {"json", "", "as JSON"},
           {"output", "FILE", "write it to a file instead of the standard output"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster exercise report last --md --output report.md\n"
          "  muster exercise report last --html --output report.html\n"
          "  muster exercise report 2026-11-23T10-15 --json\n"};
}

ExitCode exercise_report_command(const Arguments& arguments) {
  if (arguments.has("md") + arguments.has("html") + arguments.has("json") > 1) throw UsageError("--md, --html and --json exclude each other");
  const Ledger ledger = read_ledger();
  const ExerciseRecord record = [&] {
    const std::string id = ledger.full_id(arguments.positional.empty() ? "last" : arguments.positional.front());
    return record_of(id, ledger.happenings(id));
  }();
  warn_of_chain(ledger.check_chain());
  const std::vector<Action> actions = ledger.actions(true);
  deliver(arguments, arguments.has("json")   ? after_action_json(record, actions, today(), MUSTER_VERSION)
                     : arguments.has("html") ? after_action_page(record, actions, today(), MUSTER_VERSION, ledger.head())
                                             : after_action_markdown(record, actions, today(), MUSTER_VERSION, ledger.head()));
  return ExitCode::done;
}

Command actions_add_options() {
  return {"actions add",
          "Adds an action to the improvement plan.",
          "TEXT",
          {{"owner", "NAME", "whose it is"},
           {"due", "DATE", "until when, such as 2026-12-31"},
           {"exercise", "ID", "of which exercise, by the beginning of its id, or \"none\" (the last one)"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster actions add \"Unlock the zone before the swap\" --owner one@example.org --due 2026-12-31\n"};
}

ExitCode actions_add_command(const Arguments& arguments) {
  Action action;
  action.text = arguments.positional.front();
  action.owner = arguments.value("owner");
  action.due = arguments.value("due");
  if (action.text.empty()) throw UsageError("TEXT is empty");
  if (arguments.has("due")) require_date("due", action.due);
  action.opened = today();
  Ledger ledger(ledger_file());
  const std::string exercise = arguments.value("exercise", ledger.exercises().empty() ? "none" : "last");
  if (exercise != "none") action.exercise = ledger.full_id(exercise);
  const std::int64_t number = ledger.add_action(action);
  print("Action " + std::to_string(number) + (action.exercise.empty() ? "" : " of exercise " + action.exercise) + "\n");
  return ExitCode::done;
}

Command actions_list_options() {
  return {"actions list",
          "Lists the open actions of the improvement plan; overdue ones are marked.",
          "",
          {{"all", "", "the closed ones too"}, json_switch(), {"help", "", "print this"}},
          "Examples:\n"
          "  muster actions list --all\n"};
}

ExitCode actions_list_command(const Arguments& arguments) {
  const std::vector<Action> actions =
      std::filesystem::exists(ledger_file()) ? Ledger(ledger_file(), true).actions(arguments.has("all")) : std::vector<Action>();
  print(arguments.has("json") ? actions_json(actions, today(), MUSTER_VERSION) : actions_text(actions, today(), {.colour = colour_on_output()}));
  return ExitCode::done;
}

Command actions_close_options() {
  return {"actions close",
          "Closes an action of the improvement plan, for good.",
          "NUMBER",
          {by_option(), {"note", "TEXT", "what was done"}, {"help", "", "print this"}},
          "Examples:\n"
          "  muster actions close 3 --note \"12 s now\"\n"};
}

ExitCode actions_close_command(const Arguments& arguments) {
  const auto number = static_cast<std::int64_t>(count_value("NUMBER", arguments.positional.front(), 1, 1'000'000'000));
  Ledger(ledger_file()).close_action(number, person_of(arguments), arguments.value("note"), today());
  print("Action " + std::to_string(number) + " is closed.\n");
  return ExitCode::done;
}

}  // namespace muster
