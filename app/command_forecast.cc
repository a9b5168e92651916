#include <algorithm>
#include <optional>

#include "app/commands.h"
#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/progress_line.h"
#include "models/units.h"
#include "reports/forecast_json.h"
#include "reports/forecast_text.h"
#include "sim/forecast.h"

namespace muster {
namespace {

ForecastOptions options_from(const Arguments& arguments) {
  ForecastOptions options;
  if (arguments.has("replications") && arguments.has("precision"))
    throw UsageError(
        "--replications and --precision exclude each other: how many, or until it is known how well");
  if (arguments.has("years")) options.years = static_cast<int>(count_value("years", arguments.value("years"), 1, 1000));
  if (arguments.has("replications"))
    options.replications = count_value("replications", arguments.value("replications"), 1, 4'000'000'000);
  if (arguments.has("precision"))
    options.precision = precision_value("precision", arguments.value("precision"));
  if (arguments.has("seed")) options.seed = seed_value("seed", arguments.value("seed"));
  options.threads = threads_of(arguments);
  return options;
}

void require_happenings(const Scenario& scenario) {
  if (std::any_of(scenario.outages.begin(), scenario.outages.end(), happens)) return;
  Problem problem;
  problem.file = scenario.file;
  problem.pointer = "/outages";
  problem.message = "no outage says how often it happens, so there is nothing to forecast; expected `happens: 0.2/year` or `happens: {every: …}`";
  throw InvalidInput({problem});
}

}  // namespace

Command forecast_options() {
  return {"forecast",
          "Simulates the years ahead many thousand times, with outages that overlap and share people: downtime and "
          "availability of each service, what that costs, and the chance that an objective is missed.",
          "SCENARIO",
          {{"years", "N", "how many years ahead (1)"},
           {"replications", "N", "simulate them N times (100000); 1e6 and 500k are numbers too"},
           {"precision", "P",
            "instead, until the 95% confidence intervals of each mean downtime and of the mean cost are within P of it, such as 5%"},
           seed_option(),
           set_option(),
           calibration_option(),
           threads_option(),
           {"json", "FILE", "write the result as JSON; - is the standard output, in place of the report"},
           {"quiet", "", "no report and no progress; problems are still told"},
           {"help", "", "print this"}},
          "Outages without `happens` are left out.\n"
          "\n"
          "Examples:\n"
          "  muster forecast plan.yaml --years 3\n"
          "  muster forecast plan.yaml --set /roles/engineer/count=6 --json years.json\n"};
}

ExitCode forecast_command(const Arguments& arguments) {
  const Scenario scenario = load_with_settings(arguments.positional.front(), arguments).scenario;
  const ForecastOptions options = options_from(arguments);
  require_happenings(scenario);
  const std::string path = arguments.value("json");
  if (arguments.has("json") && same_file(path, arguments.positional.front()))
    throw UsageError("--json would write over " + arguments.positional.front());
  Interruption interruption;
  std::optional<OutputFile> json;
  try {
    if (arguments.has("json")) json.emplace(path);
  } catch (const OutputFailure& failure) {
    print_error("muster forecast: " + std::string(failure.what()) + "; nothing was simulated\n");
    return ExitCode::precondition;
  }
  const bool quiet = arguments.has("quiet");
  ProgressLine progress(!quiet && terminal_on_error());
  ForecastResult result = forecast(
      scenario, options, [&](const Progress& p) { progress.show(p); }, interruption.wanted());
  result.program = MUSTER_VERSION;
  progress.clear();
  if (!quiet && terminal_on_error()) print_error("simulated in " + human_duration(result.seconds) + "\n");
  bool delivered = true;
  try {
    if (json) {
      json->stream() << forecast_json(scenario, result);
      json->commit();
    }
    if (!quiet && path != "-") print(forecast_text(scenario, result, {.colour = colour_on_output()}));
  } catch (const OutputFailure& failure) {
    print_error("muster forecast: " + std::string(failure.what()) + "\n");
    delivered = false;
  }
  if (interruption.signal() != 0) return static_cast<ExitCode>(128 + interruption.signal());
  return delivered ? ExitCode::done : ExitCode::try_again;
}

}  // namespace muster
