#pragma once
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/exercise_history.h"
#include "models/exercise_record.h"

/// Exercises made by hand for the tests of the reports: what they say is invented, how it hangs together is not.
namespace muster::example {

/// Seconds after the exercise's begin, which was on 2026-11-23 at 10:15 UTC.
Moment at(double seconds);

inline const std::string failover_id = "2026-11-23T10-15-00-k3f9";
/// A region goes dark, and all moves to the other: met, missed, slow and stale, a retry, a fallback, a person's note.
std::vector<Happening> failover();
/// The same until its runner is killed: a fault remains, and lines to remove it by hand.
std::vector<Happening> died();
ExerciseRecord failover_record();
ExerciseRecord died_record();

/// The exercise and plan that `failover` performs, and what it would do.
LoadedExercise failover_file();
std::vector<PlannedEffect> effects();
Predictions predictions();

std::vector<Action> actions();
std::vector<ExerciseLine> history();
inline const std::string today = "2026-11-30";

}  // namespace muster::example
