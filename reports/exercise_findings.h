#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/exercise_history.h"
#include "models/exercise_record.h"
#include "models/outcomes.h"

/// What an exercise showed: measured against objectives and predictions. Pure; every report of an exercise is made of these.
namespace muster {

/// How a step's duration stands in what was simulated of it.
enum class Staleness {
  none,     ///< nothing to compare: not timed, answered automatically, or not simulated
  fresh,    ///< at most the 75th of 100
  slow,     ///< beyond the 75th: watch it
  stale     ///< beyond the 95th: the runbook has gone stale, or the scenario is wrong
};

struct StepFinding {
  const StepRecord* step = nullptr;            ///< of the record
  const Predictions::Step* prediction = nullptr;  ///< null: not simulated
  std::optional<double> seconds, finish;       ///< from its first attempt to its end; from t0 to its end
  std::optional<double> percentile;            ///< of `seconds`, 0 to 100
  Staleness staleness = Staleness::none;
  bool censored = false;                       ///< it was ended early, or never ended: it would have taken longer
};

/// A result against its objective and what was simulated.
struct Measured {
  std::optional<double> actual;    ///< seconds; absent: not reached, or not measured
  bool measured = false;           ///< actual absent and this: never reached
  double error = 0;                ///< seconds on either side
  bool one_sided = false;          ///< it may be less by the error, and is not more
  bool valid = true;
  std::string why;                 ///< of never, not measured or not valid
  std::optional<double> objective;
  std::optional<double> percentile;  ///< of the replications, 0 to 100; present only with predictions and an actual value
  double p50 = 0, p95 = 0;         ///< simulated; NaN where nothing was
  /// Met when even actual + error is within the objective, missed when even actual - error is beyond it.
  std::optional<Verdict> verdict;  ///< absent without an objective or a valid result
};

struct ExerciseFindings {
  Measured recovery, loss;
  std::vector<StepFinding> steps;         ///< plan order
  std::vector<std::string> failures;      ///< sentences: what went wrong, in order of weight
  std::vector<std::string> strengths;     ///< sentences: what went as planned
  std::vector<std::string> doubts;        ///< what makes numbers less than they seem: lateness, invalid, automatic answers
  std::string ending;                     ///< "finished", "aborted", … or "running"
  bool restored = false;
};

ExerciseFindings findings_of(const ExerciseRecord& record);

/// "finished, restored", "aborted, restored", "died; not known to be restored", "running".
std::string ending_text(const std::optional<RunEnded>& end);
std::string word_of(StepChange change);    ///< "succeeded", "ended early", …
std::string word_of(FaultChange change);   ///< "in effect", …
/// "no less than 87.3 of 100 simulated"; at the ends "less than all simulated", "as much as any simulated, or more".
std::string percentile_text(double percentile);

}  // namespace muster
