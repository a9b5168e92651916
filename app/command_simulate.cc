#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>

#include "app/commands.h"
#include "app/interruption.h"
#include "app/output.h"
#include "app/progress_line.h"
#include "app/shards.h"
#include "app/simulations.h"
#include "models/rare_miss.h"
#include "models/units.h"
#include "reports/samples_csv.h"
#include "reports/simulate_json.h"
#include "reports/simulate_text.h"
#include "sim/lane_plan.h"
#include "sim/simulate_part.h"

namespace muster {
namespace {

// Each once, in the order of the plans that the asked outages run.
std::vector<std::string> step_columns(const Scenario& scenario, const SimulationOptions& options) {
  std::vector<std::string> names;
  for (const std::string& name : options.outages.empty() ? outage_names(scenario) : options.outages) {
    const Scenario& seen = scenario.seen_by(name);
    const auto outage = std::find_if(seen.outages.begin(), seen.outages.end(),
                                     [&](const Outage& o) { return o.name == name; });
    for (const Plan& plan : seen.plans) {
      if (outage == seen.outages.end() || plan.name != outage->plan) continue;
      for (const Step& step : plan.steps)
        if (std::find(names.begin(), names.end(), step.name) == names.end()) names.push_back(step.name);
    }
  }
  return names;
}

// In words; empty where every outage can be evaluated in batches.
std::string refusal_of_batch(const Scenario& scenario, const SimulationOptions& options) {
  std::string text;
  for (const std::string& name : options.outages.empty() ? outage_names(scenario) : options.outages)
    for (const std::string& reason : LanePlan(compile(scenario, name, options.at)).reasons) text += "muster simulate: --path batch: outage " + name + ": " + reason + "\n";
  return text;
}

// All of it is CPU time, of all threads.
std::string timing_text(const Effort& effort, double written, Isa isa) {
  char text[400];
  std::snprintf(text, sizeof text,
                "timing: compile %.1f ms, replications %.1f ms (%llu in lanes of %s, %llu by events), statistics %.1f ms, writing %.1f ms\n",
                1e3 * effort.compiled, 1e3 * effort.replications, static_cast<unsigned long long>(effort.in_lanes), isa_name(isa).c_str(),
                static_cast<unsigned long long>(effort.by_events), 1e3 * effort.statistics, 1e3 * written);
  return text;
}

// What plain replications would have taken goes by what those took that were simulated.
std::string rare_timing_text(const SimulationResult& result) {
  std::string text;
  double done = 0;
  for (const OutageResult& outage : result.outages) done += static_cast<double>(outage.replications);
  for (const OutageResult& outage : result.outages)
    for (const RareMiss& miss : outage.rare ? *outage.rare : std::vector<RareMiss>{})
      if (miss.replaced > 0)
        text += "timing: " + outage.name + ", " + miss.service + ": " + human_duration(miss.seconds) + " in place of about " +
                human_duration(miss.replaced * result.effort.replications / done) + " of plain replications\n";
  return text;
}

void refuse_same(const std::string& option, const std::string& path, const std::string& other) {
  if (!path.empty() && !other.empty() && same_file(path, other))
    throw UsageError(option + " would write over " + other);
}

// Where the results of a simulation go. The files are begun before the simulation, so that a wrong path is
// not found out after an hour of it.
struct Destinations {
  explicit Destinations(const Arguments& arguments) : quiet(arguments.has("quiet")) {
    const std::string json_path = arguments.value("json"), samples_path = arguments.value("samples", "none");
    if (json_path == "-" && samples_path == "-")
      throw UsageError("--json - and --samples - both ask for the standard output");
    if (arguments.has("steps") && samples_path == "none")
      throw UsageError("--steps says what --samples FILE holds, which is missing");
    refuse_same("--json", json_path, arguments.positional.front());
    refuse_same("--samples", samples_path, arguments.positional.front());
    refuse_same("--samples", samples_path, json_path);
    if (arguments.has("json")) json.emplace(json_path);
    if (samples_path != "none") samples.emplace(samples_path);
    text = !quiet && json_path != "-" && samples_path != "-";
  }
  bool quiet;
  bool text = true;
  std::optional<OutputFile> json, samples;
};

// Writes what is asked for; each failure is told, and none keeps the others from being written.
bool deliver(Destinations& to, const Scenario& scenario, const SimulationResult& result) {
  bool delivered = true;
  auto attempt = [&](auto write) {
    try {
      write();
    } catch (const OutputFailure& failure) {
      print_error("muster simulate: " + std::string(failure.what()) + "\n");
      delivered = false;
    }
  };
  if (to.samples) attempt([&] { to.samples->commit(); });
  if (to.json)
    attempt([&] {
      to.json->stream() << simulate_json(scenario, result);
      to.json->commit();
    });
  if (to.text) attempt([&] { print(simulate_text(scenario, result, {.colour = colour_on_output()})); });
  return delivered;
}

ExitCode simulate_shard(const Arguments& arguments, const Scenario& scenario, const SimulationOptions& options) {
  for (const char* const whole : {"precision", "sensitivity", "rare", "json", "samples", "steps", "fail-on-miss"})
    if (arguments.has(whole)) throw UsageError("--shard and --" + std::string(whole) + " exclude each other: a part of a run has no result of its own" +
                                               (std::string(whole) == "json" || std::string(whole) == "fail-on-miss" ? "; give it to muster merge" : ""));
  return write_shard(arguments, {"simulate", scenario, {}, scenario.tables}, [&](const ShardPart& part, const ProgressSink& progress, const std::atomic<bool>* interrupted) {
    return simulate_part(scenario, options, part, progress, interrupted);
  });
}

}  // namespace

Command simulate_options() {
  return {"simulate",
          "Simulates the outages of a scenario many thousand times, and says with what probability each "
          "objective is met, what can be "
          "promised, and which steps decide it.",
          "SCENARIO",
          {{"replications", "N", "simulate each outage N times (100000); 1e6 and 500k are numbers too"},
           {"precision", "P",
            "instead, until the 95% confidence interval of each objective's quantile is within P of it, such "
            "as 1%"},
           seed_option(),
           {"outage", "NAME", "only this outage; may be repeated", true},
           {"at", "WHEN",
            "when it strikes: \"Sat 03:00\" or 2026-11-01T00:30, local time (any time of the week)"},
           set_option(),
           calibration_option(),
           threads_option(),
           shard_option(),
           shards_option(),
           {"sensitivity", "",
            "also what decides the recovery times: Sobol indices, and what one more of each role and a tenth less time for each "
            "step would do"},
           {"rare", "",
            "also the chance to miss each objective that so many replications hardly ever miss, or never: by loaded draws that are "
            "reckoned back, with its error"},
           {"rare-error", "P", "with --rare: the relative standard error to reach (10%)"},
           {"json", "FILE", "write the result as JSON; - is the standard output, in place of the report"},
           {"samples", "FILE", "write every replication as rows of CSV; - as above, \"none\" for none"},
           {"steps", "", "with --samples: the start and end of each step too"},
           {"path", "PATH", "automatic, event (one by one) or batch (many at once; refused where it cannot be); the result is the same"},
           {"isa", "NAME", "instruction set of the batches: sse2, avx2 or avx512 (the best there is); the result is the same"},
           {"timing", "", "say on the standard error what the time went into"},
           {"fail-on-miss", "", "end with 1 when an objective is missed"},
           {"quiet", "", "no report and no progress; problems are still told"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster simulate plan.yaml\n"
          "  muster simulate plan.yaml --outage region-loss --json result.json\n"
          "  muster simulate plan.yaml --set /roles/engineer/count=6\n"
          "  muster simulate plan.yaml --outage region-loss --rare\n"
          "  muster simulate plan.yaml --precision 1% --fail-on-miss     (in CI)\n"
          "  muster simulate plan.yaml --replications 1e8 --shard 3/16  (then muster merge)\n"};
}

ExitCode simulate_command(const Arguments& arguments) {
  const Scenario scenario = load_with_settings(arguments.positional.front(), arguments).scenario;
  const SimulationOptions options = simulation_options(arguments, scenario);
  if (arguments.has("shard")) return simulate_shard(arguments, scenario, options);
  if (options.path == Path::batch)
    if (const std::string why = refusal_of_batch(scenario, options); !why.empty()) {
      print_error(why);
      return ExitCode::precondition;
    }
  Interruption interruption;
  std::optional<Destinations> to;
  try {
    to.emplace(arguments);
  } catch (const OutputFailure& failure) {
    print_error("muster simulate: " + std::string(failure.what()) + "; nothing was simulated\n");
    return ExitCode::precondition;
  }
  ProgressLine progress(!to->quiet && terminal_on_error());
  std::optional<SamplesCsv> csv;
  if (to->samples)
    csv.emplace(to->samples->stream(),
                options.sample_steps ? step_columns(scenario, options) : std::vector<std::string>{});
  SampleSink sink;
  if (csv)
    sink = [&](const SampleBlock& block) {
      csv->write(block);
      if (!to->samples->stream()) interruption.want();  // what cannot be kept need not be simulated
    };
  SimulationResult result = simulate(
      scenario, options, [&](const Progress& p) { progress.show(p); }, sink, interruption.wanted());
  result.program = MUSTER_VERSION;
  progress.clear();
  if (!to->quiet && terminal_on_error()) print_error("simulated in " + human_duration(result.seconds) + "\n");
  const std::clock_t before = std::clock();
  const bool delivered = deliver(*to, scenario, result);
  if (arguments.has("timing"))
    print_error(timing_text(result.effort, static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, options.isa.value_or(best_isa())) + rare_timing_text(result));
  if (interruption.signal() != 0) return static_cast<ExitCode>(128 + interruption.signal());
  if (!delivered) return ExitCode::try_again;
  return arguments.has("fail-on-miss") && result.missed() ? ExitCode::objective_missed : ExitCode::done;
}

}  // namespace muster
