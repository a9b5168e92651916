#include <unistd.h>

#include <algorithm>
#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/interruption.h"
#include "app/option_values.h"
#include "app/output.h"
#include "app/performance.h"
#include "app/predictions.h"
#include "exercise/guard.h"
#include "exercise/ledger.h"
#include "exercise/refused.h"
#include "exercise/run.h"
#include "models/load_calibration.h"
#include "models/load_exercise.h"
#include "reports/exercise_json.h"
#include "reports/exercise_plan_text.h"
#include "reports/exercise_summary.h"
#include "models/moments.h"

namespace muster {
namespace {

// With what was learned of the scenario, where that is asked for.
LoadedExercise expected_of(const LoadedExercise& loaded, const Arguments& arguments) {
  LoadedExercise expected = loaded;
  if (arguments.has("calibration")) {
    LoadedCalibration known = load_calibration(arguments.value("calibration"), loaded.scenario);
    for (const Problem& warning : known.warnings) print_error(warning.text() + "\n");
    apply(known.calibration, expected.scenario);
  }
  return expected;
}

Predictions simulated(const LoadedExercise& expected, const Arguments& arguments) {
  std::uint64_t seed = 1, replications = prediction_replications;
  if (arguments.has("seed")) seed = seed_value("seed", arguments.value("seed"));
  if (arguments.has("replications")) replications = count_value("replications", arguments.value("replications"), 1, 1'000'000);
  const Interruption interruption;
  const Predictions predictions = predictions_for(expected, seed, replications, interruption.wanted());
  if (interruption.signal() != 0) throw Refused({"interrupted while it was simulated; nothing was touched"});
  return predictions;
}

std::vector<std::string> guarded(const LoadedExercise& loaded, const Arguments& arguments) {
  return reasons_against(loaded.exercise, arguments.value("calendar"), system_clock().now());
}

ExitCode dry_run(const LoadedExercise& loaded, const Arguments& arguments) {
  const Predictions predictions = simulated(expected_of(loaded, arguments), arguments);
  std::vector<std::string> reasons = guarded(loaded, arguments);
  std::vector<PlannedEffect> effects;
  try {
    effects = planned_effects(loaded, new_run_id(system_clock()));
  } catch (const Refused& refused) {
    for (const std::string& reason : refused.reasons())
      if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) reasons.push_back(reason);
  }
  print(exercise_plan_text(loaded, effects, predictions, {.colour = colour_on_output()}));
  for (const std::string& reason : reasons) print_error("muster exercise run: it would be refused now: " + reason + "\n");
  return reasons.empty() ? ExitCode::done : ExitCode::precondition;
}

void tell_of_recovered(const std::vector<Recovered>& all) {
  for (const Recovered& one : all) {
    print_error("muster: exercise " + one.exercise + " had died" + (one.remains.empty() ? "; what it left was undone\n" : "; of it remains:\n"));
    for (const std::string& left : one.remains) print_error("  " + left + "\n");
  }
}

ExitCode code_of(const RunEnded& ended) {
  if (!ended.restored) return ExitCode::restore_incomplete;
  return ended.ending == Ending::finished ? ExitCode::done : ExitCode::aborted_restored;
}

}  // namespace

Command exercise_run_options() {
  return {"exercise run",
          "Performs an exercise: breaks what its file says, carries out the recovery plan, times every step, measures the recovery time and "
          "the data loss that were reached, and undoes every fault. Ctrl-C ends it early and undoes every fault too.",
          "FILE",
          {{"dry-run", "", "print every effect and its undo, and each step's simulated p50 and p95; touch nothing"},
           {"yes", "", "answer every question of the plan, marked as automatic; never those of the guard"},
           {"no-afterwards", "", "leave out what the file says to do afterwards"},
           by_option(),
           {"calendar", "FILE", "also never during the events of this iCalendar file"},
           {"replications", "N", "simulate the plan N times for its predictions (10000)"},
           seed_option(),
           {"calibration", "FILE", "what is expected comes with what was learned of the scenario, as muster calibrate wrote it"},
           {"json", "FILE", "write the after-action report as JSON; - is the standard output"},
           {"help", "", "print this"}},
          "Ends with 0 when the plan was done and all was put back, 4 when it was refused\n"
          "and nothing was touched, 5 when it was ended early and all was put back, 6 when\n"
          "something could not be put back.\n"
          "\n"
          "Examples:\n"
          "  muster exercise run failover.yaml --dry-run\n"
          "  muster exercise run failover.yaml --by ada\n"
          "  muster exercise run failover.yaml --yes --json result.json     (unattended)\n"};
}

ExitCode exercise_run_command(const Arguments& arguments) {
  if (arguments.has("dry-run") && arguments.has("json")) throw UsageError("--json tells of what was done, and --dry-run does nothing");
  const LoadedExercise loaded = load_exercise(arguments.positional.front());
  for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");
  if (arguments.has("dry-run")) return dry_run(loaded, arguments);

  if (arguments.has("json") && same_file(arguments.value("json"), arguments.positional.front())) throw UsageError("--json would write over the exercise");
  std::optional<OutputFile> json;
  if (arguments.has("json")) try {
      json.emplace(arguments.value("json"));
    } catch (const OutputFailure& failure) {
      throw Refused({std::string(failure.what()) + "; nothing was touched"});
    }
  Ledger{ledger_file()};  // it must be there, and writable, before anything is touched
  mark_the_dead();
  tell_of_recovered(recover_and_tell());
  if (const std::vector<std::string> reasons = guarded(loaded, arguments); !reasons.empty()) throw Refused(reasons);

  RunSettings settings;
  settings.id = new_run_id(system_clock());
  settings.yes = arguments.has("yes");
  settings.afterwards = !arguments.has("no-afterwards");
  settings.by = person_of(arguments);
  settings.calendar = arguments.value("calendar");
  settings.program = "muster " MUSTER_VERSION;
  settings.terminal = ::isatty(STDIN_FILENO);
  const LoadedExercise expected = expected_of(loaded, arguments);
  settings.predictions = simulated(expected, arguments);
  const bool json_to_output = arguments.value("json") == "-";
  Performance performance(loaded, expected, settings, json_to_output);
  const RunEnded ended = performance.run();

  // From here on nothing may hide how it ended: what cannot be shown is in the ledger.
  const ExerciseRecord record = performance.record();
  try {
    const std::string summary = exercise_summary(record, {.colour = !json_to_output && colour_on_output()});
    json_to_output ? print_error(summary) : print(summary);
    if (json) {
      json->stream() << after_action_json(record, Ledger(ledger_file(), true).actions(true), utc_date(system_clock().now()), MUSTER_VERSION);
      json->commit();
    }
  } catch (const std::exception& failure) {
    print_error("muster exercise run: " + std::string(failure.what()) + "\n");
    if (code_of(ended) == ExitCode::done) return ExitCode::try_again;
  }
  return code_of(ended);
}

}  // namespace muster
