#include <algorithm>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/command_table.h"
#include "app/output.h"
#include "exercise/keeper.h"
#include "exercise/ledger.h"
#include "exercise/refused.h"
#include "models/draw.h"
#include "models/shard.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr const char* general_help =
    "usage: muster COMMAND [OPTION]...\n"
    "\n"
    "Says which recovery time and data loss a recovery plan can promise.\n"
    "\n"
    "Commands\n"
    "  check FILE...       report every problem in scenarios\n"
    "  simulate SCENARIO   simulate its outages: which objectives are met, what can\n"
    "                      be promised, which steps decide it\n"
    "  forecast SCENARIO   the years ahead: downtime, costs, and the chance that an\n"
    "                      objective is missed\n"
    "  what-if SCENARIO [STUDY]\n"
    "                      compare changes on the same luck: what they keep, cost and\n"
    "                      save, and which to choose within a budget\n"
    "  merge SHARD...      put the parts of a run together that --shard had on many\n"
    "                      machines\n"
    "  targets SCENARIO    which RTO and RPO can be promised, how often, and what\n"
    "                      tighter ones would take\n"
    "  explain SCENARIO    tell the story of one simulated outage\n"
    "  report SCENARIO     write a page for a board (HTML, one file)\n"
    "  init [FILE]         write a commented scenario to begin with\n"
    "  exercise COMMAND    break a staging system for real, perform the plan, time\n"
    "                      it, and put everything back: check, run, status, ack,\n"
    "                      abort, recover, report\n"
    "  incident COMMAND    guide a real recovery, with the chance to be in time: run,\n"
    "                      ack; write down one that is over: add, list\n"
    "  schedule PROGRAMME  the dates of an exercise programme; schedule status: what\n"
    "                      is done, due and overdue\n"
    "  evidence            what auditors ask for of exercises, as a folder that is\n"
    "                      verified without Muster\n"
    "  proxy               forward TCP connections and make them slow, narrow, cut or\n"
    "                      silent on demand, by Toxiproxy's API\n"
    "  endpoints PROVIDER  which hosts a region or service of a cloud is: what an\n"
    "                      endpoint-outage strikes\n"
    "  halt                stop all exercises here, and block new ones\n"
    "  history             the exercises so far; history show ID: one of them\n"
    "  actions COMMAND     the improvement plan: add, list, close\n"
    "  observe COMMAND     how long things took: import from files, list, export\n"
    "  agent COMMAND       lets runners elsewhere break this host: run, status; pki:\n"
    "                      certificates for agents and runners\n"
    "  fit [FILE]          which law goes with how long a step, a response or an\n"
    "                      outage took, and the line for the scenario\n"
    "  calibrate SCENARIO  what was stated and what was observed, weighed: what that\n"
    "                      changes, and what has drifted\n"
    "\n"
    "  muster COMMAND --help   the options of a command\n"
    "  muster --version        versions of program, formats and random draws\n"
    "\n"
    "Ends with 0 when all is well or nothing was asked, 1 when an objective is missed\n"
    "(with --fail-on-miss), 2 for wrong usage, 3 for invalid input, 4 when a\n"
    "precondition is not met and nothing was touched, 5 when an exercise was ended\n"
    "early and all was put back, 6 when something could not be put back, 70 for an\n"
    "internal error, 75 when a result could not be written, 130 and 143 when\n"
    "interrupted.\n"
    "\n"
    "Examples:\n"
    "  muster init plan.yaml\n"
    "  muster simulate plan.yaml\n";

std::string version_text() {
  return "muster " MUSTER_VERSION "\nscenario format 1\nstudy format 1\ncalibration format 1\nprogramme format 1\nJSON results 1\nCSV samples 1\nrandom draws " +
         std::to_string(draws_version) + "\n";
}

ExitCode run_command(const CommandEntry& entry, std::span<const std::string> words) {
  const Command command = entry.options();
  try {
    const Arguments arguments = parse(command, words);
    if (!arguments.has("help")) return entry.run(arguments);
    print(help_text(command));
    return ExitCode::done;
  } catch (const UsageError& error) {
    print_error("muster " + command.name + ": " + error.what() + "\nSee muster " + command.name +
                " --help.\n");
    return ExitCode::usage;
  } catch (const OutputFailure& error) {
    print_error("muster " + command.name + ": " + error.what() + "\n");
    return ExitCode::try_again;
  } catch (const BadShard& error) {
    print_error("muster " + command.name + ": " + error.what() + "\n");
    return ExitCode::invalid_input;
  } catch (const Refused& refused) {
    for (const std::string& reason : refused.reasons()) print_error("muster " + command.name + ": " + reason + "\n");
    return ExitCode::precondition;
  } catch (const LedgerTrouble& trouble) {
    print_error("muster " + command.name + ": " + trouble.what() + "\n");
    return ExitCode::precondition;
  }
}

ExitCode run_group(const std::vector<std::string>& words) {
  const bool help = words.size() > 1 && (words[1] == "--help" || words[1] == "-h");
  if (help) {
    print(group_help(words[0]));
    return ExitCode::done;
  }
  const std::vector<std::string> known = words_of_group(words[0]);
  const bool half = words.size() == 2 && std::any_of(known.begin(), known.end(), [&](const std::string& word) { return word.starts_with(words[1] + " "); });
  if (words.size() == 1 || half) {
    print_error(group_help(words[0]));
    return ExitCode::usage;
  }
  print_error("muster " + words[0] + ": unknown " + (words[1].starts_with('-') ? "option " : "command ") + in_quotes(words[1]) +
              did_you_mean(words[1], words_of_group(words[0])) + "\nSee muster " + words[0] + " --help.\n");
  return ExitCode::usage;
}

// Not for people: the exercise starts its own keeper and fuses by these.
std::optional<int> run_hidden(const std::vector<std::string>& words) {
  if (words.empty()) return {};
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (words[0] == "keeper") return keeper_main(rest);
  if (words[0] == "fuse") return fuse_main(rest);
  return {};
}

ExitCode run(std::vector<std::string> words) {
  if (words.empty()) {
    print_error(general_help);
    return ExitCode::usage;
  }
  if (words[0] == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  if (words[0] == "--help" || words[0] == "-h") {
    print(general_help);
    return ExitCode::done;
  }
  if (words[0] == "--version") {
    print(version_text());
    return ExitCode::done;
  }
  const FoundCommand found = find_command(words);
  if (found.entry) return run_command(*found.entry, std::span(words).subspan(found.words));
  if (is_group(words[0])) return run_group(words);
  std::vector<std::string> known = first_words();
  known.insert(known.end(), {"help", "--help", "--version"});
  print_error("muster: unknown " + std::string(words[0].starts_with('-') ? "option " : "command ") +
              in_quotes(words[0]) + did_you_mean(words[0], known) + "\nSee muster --help.\n");
  return ExitCode::usage;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  using namespace muster;
  prepare_standard_streams();
  ExitCode code = ExitCode::internal_error;
  try {
    const std::vector<std::string> words(argv + (argc > 0), argv + argc);
    if (const auto hidden = run_hidden(words)) return *hidden;
    code = run(words);
  } catch (const InvalidInput& input) {
    print_error(std::string(input.what()) + "\n");
    code = ExitCode::invalid_input;
  } catch (const OutputFailure& failure) {
    print_error("muster: " + std::string(failure.what()) + "\n");
    code = ExitCode::try_again;
  } catch (const std::bad_alloc&) {
    print_error("muster: out of memory; fewer --threads or --replications need less\n");
    code = ExitCode::try_again;
  } catch (const std::exception& error) {
    print_error("muster: internal error, please report it: " + std::string(error.what()) + "\n");
  }
  return static_cast<int>(code);
}
