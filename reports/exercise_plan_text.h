#pragma once
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"
#include "reports/style.h"

/// What an exercise would do: the page of `muster exercise run --dry-run`.
namespace muster {

/// Every effect with its undo, in order, then the plan's steps with what each is bound to and its simulated p50 and p95. No line
/// is wider than the style's width but for command lines, which stay whole.
std::string exercise_plan_text(const LoadedExercise& loaded, const std::vector<PlannedEffect>& effects,
                               const Predictions& predictions, const Style& style);

/// "until not api-answers for 500 ms".
std::string condition_text(const Condition& condition);
/// A command as a person would type it.
std::string command_text(const Argv& argv);

}  // namespace muster
