#include <unistd.h>

#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/performance.h"
#include "app/predictions.h"
#include "exercise/ledger.h"
#include "exercise/refused.h"
#include "models/calendar.h"
#include "models/load_exercise.h"
#include "models/moments.h"
#include "reports/live_forecast_text.h"

/// A real recovery: the plan of a scenario's outage, asked for step by step, timed and recorded like an exercise's.
namespace muster {
namespace {

constexpr std::uint64_t last_replications = 1'000;

/// Of the zone, or with Z; not later than now.
Moment onset_of(const std::string& text, const Scenario& scenario, const Moment& now) {
  double wall = 0;
  try {
    const Onset onset = parse_onset(text);
    if (!onset.dated) throw std::invalid_argument("it comes every week");
    wall = onset.utc ? static_cast<double>(onset.local_seconds) : Zone(scenario.time_zone).from_local(onset.local_seconds);
  } catch (const std::invalid_argument& wrong) {
    throw UsageError("--started " + text + ": " + wrong.what() + "; expected a moment such as 2026-11-27T03:12 or 2026-11-27T11:12Z");
  }
  const auto ago = now.wall - static_cast<std::int64_t>(wall * 1e9);
  if (ago < 0) throw UsageError("--started " + text + " has not come yet; it is " + utc_text(now));
  return {now.boot - ago, now.wall - ago};
}

// What another run of the same recovery has done already.
void go_on_with(const std::string& id, const LoadedExercise& loaded, RunSettings& settings, const Moment& now) {
  const Ledger ledger(ledger_file());
  const ExerciseRecord before = record_of(ledger.full_id(id), ledger.happenings(ledger.full_id(id)));
  if (!before.incident()) throw Refused({before.id + " is an exercise, and no recovery to go on with"});
  if (!before.over()) throw Refused({before.id + " runs still; muster incident ack answers it"});
  if (before.plan.outage != loaded.exercise.outage || before.plan.scenario_sha256 != loaded.scenario.sha256)
    throw Refused({before.id + " was of the outage " + before.plan.outage + " of " + before.plan.scenario_file + ", as that scenario was then; give the same"});
  settings.continues = before.id;
  if (before.t0) settings.onset = {now.boot - (now.wall - before.t0->wall), before.t0->wall};
  for (const StepRecord& step : before.steps)
    if (step.state == StepChange::succeeded && step.over()) settings.done.insert(step.name);
}

}  // namespace

Command incident_run_options() {
  return {"incident run",
          "Guides a real recovery: asks for every step of the outage's plan as its turn comes, times it, shows the chance to meet the objectives, "
          "and records it all. Breaks nothing, undoes nothing, and is kept back by no guard and no halt.",
          "SCENARIO",
          {{"outage", "NAME", "the outage that struck"},
           {"started", "TIME", "when it struck, such as 2026-11-27T03:12 (the scenario's time zone) or 2026-11-27T11:12Z; default now"},
           {"bindings", "FILE", "steps that are run or watched by probes, as in an exercise file; the others are asked for"},
           {"continues", "ID", "go on with that recovery, whose run died or was ended: its steps that succeeded are done"},
           by_option(),
           set_option(),
           calibration_option(),
           {"replications", "N", "simulate the plan N times for its predictions (10000)"},
           seed_option(),
           {"help", "", "print this"}},
          "Every question is answered at the terminal or by `muster incident ack` from another\n"
          "one. A closed terminal does not end it; Ctrl-C does, and --continues goes on.\n"
          "Ends with 0 when the plan was done, 5 when it was ended early.\n"
          "\n"
          "Examples:\n"
          "  muster incident run stackery.yaml --outage region-loss --started 2026-11-27T03:12\n"
          "  muster incident run stackery.yaml --outage region-loss --bindings production.yaml --by ada\n"};
}

ExitCode incident_run_command(const Arguments& arguments) {
  if (!arguments.has("outage")) throw UsageError("--outage says which outage struck");
  const Loaded scenario = load_with_settings(arguments.positional.front(), arguments);
  const std::string outage = arguments.value("outage");
  require_known("outage", "outage", outage, outage_names(scenario.scenario));
  if (arguments.has("continues") && arguments.has("started")) throw UsageError("--continues knows when it started");
  const LoadedExercise loaded = load_incident(scenario, outage, arguments.value("bindings"));
  for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");

  Ledger{ledger_file()};  // it must be there, and writable, before anything begins
  mark_the_dead();
  RunSettings settings;
  const Moment now = system_clock().now();
  settings.id = new_run_id(system_clock());
  settings.by = person_of(arguments);
  settings.program = "muster " MUSTER_VERSION;
  settings.terminal = ::isatty(STDIN_FILENO);
  if (arguments.has("started")) settings.onset = onset_of(arguments.value("started"), loaded.scenario, now);
  if (arguments.has("continues")) go_on_with(arguments.value("continues"), loaded, settings, now);
  std::uint64_t seed = 1, replications = prediction_replications;
  if (arguments.has("seed")) seed = seed_value("seed", arguments.value("seed"));
  if (arguments.has("replications")) replications = count_value("replications", arguments.value("replications"), 1, 1'000'000);
  {
    const Interruption interruption;
    settings.predictions = predictions_for(loaded, seed, replications, interruption.wanted());
    if (interruption.signal() != 0) throw Refused({"interrupted while it was simulated; nothing was begun"});
  }
  Performance performance(loaded, loaded, settings, false);
  const RunEnded ended = performance.run();
  const ExerciseRecord record = performance.record();
  print(incident_summary(record, last_forecast(loaded, record, seed, last_replications), {.colour = colour_on_output()}));
  return ended.ending == Ending::finished ? ExitCode::done : ExitCode::aborted_restored;
}

}  // namespace muster
