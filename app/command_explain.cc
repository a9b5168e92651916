#include "app/commands.h"
#include "app/option_values.h"
#include "app/output.h"
#include "reports/phrases.h"
#include "reports/story_json.h"
#include "reports/story_text.h"
#include "sim/simulate.h"

namespace muster {
namespace {

std::string outage_of(const Arguments& arguments, const Scenario& scenario) {
  const std::vector<std::string> known = outage_names(scenario);
  if (!arguments.has("outage")) {
    if (known.size() == 1) return known.front();
    throw UsageError("--outage is missing: there is " + enumerated(known, 12));
  }
  require_known("outage", "outage", arguments.value("outage"), known);
  return arguments.value("outage");
}

std::string service_of(const Arguments& arguments, const Scenario& scenario) {
  if (!arguments.has("service")) return "";
  std::vector<std::string> known;
  for (const Service& service : scenario.services) known.push_back(service.name);
  require_known("service", "service", arguments.value("service"), known);
  return arguments.value("service");
}

// Told in order and one by one, so fewer than simulate.
constexpr std::uint64_t most_replications = 10'000'000;

}  // namespace

Command explain_options() {
  return {
      "explain",
      "Tells the story of one simulated outage: what waited for what, who was busy, which steps were "
      "critical and why, and which copy "
      "of the data was restored.",
      "SCENARIO",
      {{"outage", "NAME", "the outage to tell of; needed where there are several"},
       {"replication", "N", "this replication, counted from 0 as in --samples"},
       {"at", "LEVEL",
        "instead the one whose recovery time stands at this level among all: p50, p95, max, … (p95)"},
       {"service", "NAME", "whose recovery it is about: --at and the critical path (the last to recover)"},
       {"replications", "N", "among how many --at chooses (100000)"},
       seed_option(),
       {"starts", "WHEN", "when it strikes: \"Sat 03:00\" or 2026-11-01T00:30 (as simulate --at)"},
       set_option(),
       calibration_option(),
       threads_option(),
       {"json", "FILE", "write the story as JSON; - is the standard output, in place of the page"},
       {"help", "", "print this"}},
      "Examples:\n"
      "  muster explain plan.yaml --outage region-loss --at p95\n"
      "  muster explain plan.yaml --outage region-loss --replication 4711 --json -\n"};
}

ExitCode explain_command(const Arguments& arguments) {
  if (arguments.has("replication") && arguments.has("at"))
    throw UsageError("--replication and --at exclude each other: a number, or the one at a level");
  if (arguments.has("json") && same_file(arguments.value("json"), arguments.positional.front()))
    throw UsageError("--json would write over the scenario");
  const Scenario scenario = load_with_settings(arguments.positional.front(), arguments).scenario;
  const std::string outage = outage_of(arguments, scenario), service = service_of(arguments, scenario);
  SimulationOptions options;
  if (arguments.has("replications"))
    options.replications = count_value("replications", arguments.value("replications"), 1, most_replications);
  if (arguments.has("seed")) options.seed = seed_value("seed", arguments.value("seed"));
  if (arguments.has("starts")) options.at = onset_value("starts", arguments.value("starts"));
  options.threads = threads_of(arguments);

  std::uint64_t replication = 0;
  std::string why;
  if (arguments.has("replication")) {
    replication = count_value("replication", arguments.value("replication"), 0, 3'999'999'999);
  } else {
    const std::string level = arguments.value("at", "p95");
    replication = replication_at(scenario, outage, service, level_value("at", level), options);
    why = (service.empty() ? std::string("its recovery time") : "the recovery time of " + service) +
          " is the " + level + " of " + grouped(options.replications) + " replications";
  }
  Story story = explain(scenario, outage, options.seed, replication, options.at, service);
  story.chosen_because = why;
  if (arguments.has("json")) write_file(arguments.value("json"), story_json(story, MUSTER_VERSION));
  if (arguments.value("json") != "-") print(story_text(story, {.colour = colour_on_output()}));
  return ExitCode::done;
}

}  // namespace muster
