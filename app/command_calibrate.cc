#include <cmath>
#include <filesystem>
#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/interruption.h"
#include "app/measurement_source.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/progress_line.h"
#include "exercise/clock.h"
#include "exercise/ledger.h"
#include "models/calibrate.h"
#include "models/calibration_result.h"
#include "models/units.h"
#include "models/wording.h"
#include "reports/calibration_report.h"
#include "sim/credible.h"
#include "sim/simulate.h"

namespace muster {
namespace {

std::vector<Observation> observations_from(const Arguments& arguments) {
  std::vector<Observation> out;
  for (const std::string& path : arguments.all("observations")) {
    ImportMap map;
    map.as_of = system_clock().now().wall;
    const ImportCount count = import_file(path, map, [&](const ImportedRow& row) { out.push_back(row.observation); });
    for (const auto& reason : count.left_out) print_error(path + ": " + std::to_string(reason.rows) + " rows left out: " + reason.why + "\n");
  }
  if (arguments.has("observations")) return out;
  mark_the_dead();
  if (!std::filesystem::exists(ledger_file())) return out;
  return Ledger(ledger_file(), true).observations();
}

/// As durations are, and years: 1y, 0.5y.
double half_life_value(const std::string& text) {
  const auto refuse = [&](const std::string& why) -> double { throw UsageError("--half-life " + in_quotes(text) + ": " + why); };
  try {
    const double seconds = text.ends_with('y') ? parse_duration(text.substr(0, text.size() - 1) + "d") * 365.25 : parse_duration(text);
    return seconds >= hour && seconds <= 1000 * year ? seconds : refuse("expected from 1h to 1000y, such as 1y");
  } catch (const std::invalid_argument& wrong) {
    return refuse(wrong.what());
  }
}

double prior_weight_value(const std::string& text) {
  double value = 0;
  try {
    std::size_t end = 0;
    value = std::stod(text, &end);
    if (end != text.size()) value = 0;
  } catch (const std::exception&) {
    value = 0;
  }
  if (!(value >= 1 && value <= 10'000)) throw UsageError("--prior-weight " + in_quotes(text) + ": expected a number of observations from 1 to 10000");
  return value;
}

CalibrationOptions options_from(const Arguments& arguments) {
  CalibrationOptions options;
  options.as_of = arguments.has("as-of") ? time_value("as-of", arguments.value("as-of"), Zone("UTC")) : system_clock().now().wall;
  if (arguments.has("half-life")) options.half_life = half_life_value(arguments.value("half-life"));
  if (arguments.has("prior-weight")) options.prior_weight = prior_weight_value(arguments.value("prior-weight"));
  return options;
}

void refuse_overwriting(const Arguments& arguments) {
  std::vector<std::string> others = arguments.all("observations");
  others.push_back(arguments.positional.front());
  for (const char* option : {"out", "json"}) {
    if (!arguments.has(option)) continue;
    for (const std::string& other : others)
      if (same_file(arguments.value(option), other)) throw UsageError(std::string("--") + option + " would write over " + other);
  }
  if (arguments.has("out") && arguments.has("json") && same_file(arguments.value("out"), arguments.value("json")))
    throw UsageError("--json would write over " + arguments.value("out"));
  if (arguments.value("out") == "-" && arguments.value("json") == "-") throw UsageError("--out - and --json - both ask for the standard output");
}

}  // namespace

Command calibrate_options() {
  return {"calibrate",
          "Learns from what was observed how long steps, responses and outages take: what the scenario states counts as so many observations, "
          "and those of the ledger or of files are added. Says what that changes, and what was observed that is improbable by what is stated.",
          "SCENARIO",
          {{"observations", "FILE", "from this file, as muster observe export writes it, instead of the ledger; may be repeated", true},
           {"half-life", "D", "observations so much older count for half: 1y, 26w (all count the same)"},
           {"prior-weight", "N", "what is stated is worth N observations, where the scenario does not say how many (5)"},
           {"as-of", "TIME", "when ages count from (now)"},
           {"out", "FILE", "write what was learned, for --calibration of other commands; - is the standard output, in place of the report"},
           {"replications", "N", "simulate each outage N times, before and after (100000)"},
           seed_option(),
           {"outage", "NAME", "simulate only this outage; may be repeated", true},
           threads_option(),
           {"json", "FILE", "write the result as JSON; - is the standard output, in place of the report"},
           {"quiet", "", "no report and no progress; problems are still told"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster calibrate plan.yaml --half-life 1y --out calibrated.yaml\n"
          "  muster calibrate plan.yaml --observations drills.csv --out calibrated.yaml\n"
          "  muster simulate plan.yaml --calibration calibrated.yaml\n"};
}

ExitCode calibrate_command(const Arguments& arguments) {
  const std::string path = arguments.positional.front();
  const Loaded loaded = load_with_settings(path, arguments);
  const CalibrationOptions how = options_from(arguments);
  SimulationOptions options;
  if (arguments.has("replications")) options.replications = count_value("replications", arguments.value("replications"), 1, 1'000'000);
  if (arguments.has("seed")) options.seed = seed_value("seed", arguments.value("seed"));
  options.threads = threads_of(arguments);
  options.steps = false;
  for (const std::string& name : arguments.all("outage")) {
    require_known("outage", "outage", name, outage_names(loaded.scenario));
    options.outages.push_back(name);
  }
  refuse_overwriting(arguments);
  CalibrationResult result;
  result.program = MUSTER_VERSION;
  result.calibration = calibrate(loaded.scenario, observations_from(arguments), how);
  for (const CalibratedItem& item : result.calibration.items) result.items.push_back(change_of(item, loaded.scenario));
  Scenario after = loaded.scenario;
  apply(result.calibration, after);

  Interruption interruption;
  std::optional<OutputFile> out, json;
  try {
    if (arguments.has("out")) out.emplace(arguments.value("out"));
    if (arguments.has("json")) json.emplace(arguments.value("json"));
  } catch (const OutputFailure& failure) {
    print_error("muster calibrate: " + std::string(failure.what()) + "; nothing was simulated\n");
    return ExitCode::precondition;
  }
  const bool quiet = arguments.has("quiet");
  ProgressLine progress(!quiet && terminal_on_error());
  const auto show = [&](const Progress& p) { progress.show(p); };
  result.before = simulate(loaded.scenario, options, show, {}, interruption.wanted());
  result.after = simulate(after, options, show, {}, interruption.wanted());
  for (const OutageResult& outage : result.after.outages)
    for (CredibleQuantiles& q : credible_quantiles(after, outage.name, {.seed = options.seed, .at = {}}))
      result.believed.push_back({outage.name, q.service, q.p50, q.p95});
  progress.clear();
  bool delivered = true;
  try {
    if (out) {
      out->stream() << calibration_yaml(result.calibration);
      out->commit();
    }
    if (json) {
      json->stream() << calibration_json(loaded.scenario, result);
      json->commit();
    }
    if (!quiet && arguments.value("json") != "-" && arguments.value("out") != "-")
      print(calibration_text(loaded.scenario, result, {.colour = colour_on_output()}));
  } catch (const OutputFailure& failure) {
    print_error("muster calibrate: " + std::string(failure.what()) + "\n");
    delivered = false;
  }
  if (interruption.signal() != 0) return static_cast<ExitCode>(128 + interruption.signal());
  return delivered ? ExitCode::done : ExitCode::try_again;
}

}  // namespace muster
