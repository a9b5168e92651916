#include <exception>
#include <span>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/output.h"
#include "models/draw.h"
#include "models/wording.h"

namespace muster {
namespace {

struct Entry {
  Command (*options)();
  ExitCode (*run)(const Arguments&);
};

const Entry commands[] = {{check_options, check_command},
                          {simulate_options, simulate_command},
                          {forecast_options, forecast_command},
                          {explain_options, explain_command},
                          {report_options, report_command},
                          {init_options, init_command}};

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
    "  explain SCENARIO    tell the story of one simulated outage\n"
    "  report SCENARIO     write a page for a board (HTML, one file)\n"
    "  init [FILE]         write a commented scenario to begin with\n"
    "\n"
    "  muster COMMAND --help   the options of a command\n"
    "  muster --version        versions of program, formats and random draws\n"
    "\n"
    "Ends with 0 when all is well or nothing was asked, 1 when an objective is missed\n"
    "(with --fail-on-miss), 2 for wrong usage, 3 for invalid input, 4 when a\n"
    "precondition is not met, 70 for an internal error, 75 when a result could not be\n"
    "written, 130 and 143 when interrupted.\n"
    "\n"
    "Examples:\n"
    "  muster init plan.yaml\n"
    "  muster simulate plan.yaml\n";

std::string version_text() {
  return "muster " MUSTER_VERSION "\nscenario format 1\nJSON results 1\nCSV samples 1\nrandom draws " +
         std::to_string(draws_version) + "\n";
}

ExitCode run_command(const Entry& entry, std::span<const std::string> words) {
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
  }
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
  std::vector<std::string> known{"help", "--help", "--version"};
  for (const Entry& entry : commands) {
    known.push_back(entry.options().name);
    if (words[0] == known.back()) return run_command(entry, std::span(words).subspan(1));
  }
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
    code = run(std::vector<std::string>(argv + (argc > 0), argv + argc));
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
