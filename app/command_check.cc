#include <cmath>

#include "app/commands.h"
#include "app/output.h"
#include "sim/isa.h"
#include "sim/lanes.h"

namespace muster {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string contents(const Scenario& scenario) {
  std::size_t steps = 0;
  for (const Plan& plan : scenario.plans) steps += plan.steps.size();
  return counted(scenario.services.size(), "service") + ", " + counted(scenario.outages.size(), "outage") +
         ", " + counted(steps, "step");
}

// The share of replications, of the first thousand, that turn out to need true events.
double share_of_events(const Program& program, const LanePlan& plan) {
  constexpr std::uint32_t looked_at = 4 * lanes::capacity;
  Lanes lanes(program, plan, lane_kernels(best_isa()));
  std::uint32_t events = 0;
  for (std::uint32_t first = 0; first < looked_at; first += lanes::capacity) {
    lanes.run(1, first, lanes::capacity);
    for (std::uint32_t i = 0; i < lanes::capacity; ++i) events += lanes.needs_events(i);
  }
  return events / double{looked_at};
}

// How simulate would evaluate each outage.
std::string paths(const Scenario& scenario) {
  std::string text;
  for (const Outage& outage : scenario.outages) {
    const Program program = compile(scenario, outage.name);
    const LanePlan plan(program);
    const double events = plan.reasons.empty() ? share_of_events(program, plan) : 1;
    const std::string percent = std::to_string(static_cast<int>(std::ceil(100 * events))) + "%";
    text += "  " + outage.name + ": ";
    if (events > 0.5)
      text += "one by one, event by event\n";
    else
      text += "many replications at once" + (events > 0 ? ", but for " + percent + " that need true events" : std::string()) + "\n";
    for (const std::string& reason : plan.reasons) text += "    " + reason + "\n";
    if (plan.reasons.empty() && events > 0.5) text += "    the order of what happens is seldom the usual one: " + percent + " of replications need true events\n";
  }
  return text;
}

}  // namespace

Command check_options() {
  return {"check",
          "Reads scenarios and reports every problem in them, as FILE:LINE:COLUMN: /POINTER: what is wrong, "
          "on the standard error. "
          "Nothing is simulated. Ends with 3 when a file is invalid.",
          "FILE...",
          {{"strict", "", "end with 3 for warnings too, such as steps that nothing reaches"},
           set_option(),
           {"explain-path", "", "also say which outages simulate evaluates many at a time, and what keeps the others from it"},
           {"quiet", "", "say nothing of what is valid"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster check plan.yaml\n"
          "  muster check --strict plans/*.yaml\n"};
}

ExitCode check_command(const Arguments& arguments) {
  std::size_t invalid = 0, warnings = 0;
  for (const std::string& path : arguments.positional) {
    try {
      const Loaded loaded = load_with_settings(path, arguments);
      warnings += loaded.warnings.size();
      if (arguments.has("quiet")) continue;
      print(path + ": valid" +
            (loaded.warnings.empty() ? "" : " with " + counted(loaded.warnings.size(), "warning")) + " (" +
            contents(loaded.scenario) + ")\n");
      if (arguments.has("explain-path")) print(paths(loaded.scenario));
    } catch (const InvalidInput& input) {
      ++invalid;
      print_error(std::string(input.what()) + "\n");
    }
  }
  const bool refused = invalid > 0 || (warnings > 0 && arguments.has("strict"));
  return refused ? ExitCode::invalid_input : ExitCode::done;
}

}  // namespace muster
