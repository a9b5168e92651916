#include "app/simulations.h"

#include <algorithm>

#include "app/commands.h"
#include "app/option_values.h"

namespace muster {

SimulationOptions simulation_options(const Arguments& arguments, const Scenario& scenario) {
  SimulationOptions options;
  if (arguments.has("replications") && arguments.has("precision"))
    throw UsageError(
        "--replications and --precision exclude each other: how many, or until it is known how well");
  if (arguments.has("replications"))
    options.replications = count_value("replications", arguments.value("replications"), 1, 4'000'000'000);
  if (arguments.has("precision"))
    options.precision = precision_value("precision", arguments.value("precision"));
  if (arguments.has("seed")) options.seed = seed_value("seed", arguments.value("seed"));
  if (arguments.has("at")) options.at = onset_value("at", arguments.value("at"));
  options.threads = threads_of(arguments);
  for (const std::string& name : arguments.all("outage")) {
    require_known("outage", "outage", name, outage_names(scenario));
    if (std::find(options.outages.begin(), options.outages.end(), name) == options.outages.end())
      options.outages.push_back(name);
  }
  options.path = static_cast<Path>(choice_value("path", arguments.value("path", "automatic"), {"automatic", "event", "batch"}));
  if (arguments.has("isa")) {
    options.isa = static_cast<Isa>(choice_value("isa", arguments.value("isa"), isa_names()));
    if (!present(*options.isa)) throw UsageError("--isa " + arguments.value("isa") + ": this machine does not have it");
  }
  options.sensitivity = arguments.has("sensitivity");
  if (arguments.has("rare-error") && !arguments.has("rare")) throw UsageError("--rare-error says how well --rare is to know, which is missing");
  if (arguments.has("rare")) options.rare = arguments.has("rare-error") ? precision_value("rare-error", arguments.value("rare-error")) : 0.1;
  options.sample_steps = arguments.has("steps");
  return options;
}

}  // namespace muster
