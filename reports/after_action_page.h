#pragma once
#include <string>
#include <vector>

#include "models/exercise_history.h"
#include "models/exercise_record.h"

/// The after-action report as one self-contained HTML page: its Markdown's sections, and its timeline drawn.
namespace muster {

/// A pure function of its arguments, which are those of after_action_markdown().
std::string after_action_page(const ExerciseRecord& record, const std::vector<Action>& actions, const std::string& today,
                              const std::string& program, const std::string& head);

}  // namespace muster
