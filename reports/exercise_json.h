#pragma once
#include <string>
#include <vector>

#include "models/exercise_history.h"
#include "models/exercise_record.h"
#include "models/incident.h"

/// Exercises for programs: format 1 (docs/formats.md). Each is one JSON object and a newline; `program` is the version of Muster.
namespace muster {

/// The after-action report. Times are seconds after t0, or after the begin where there is no t0. `actions`: all that are of
/// this exercise, and every overdue one.
std::string after_action_json(const ExerciseRecord& record, const std::vector<Action>& actions, const std::string& today,
                              const std::string& program);

/// `chain`: "" when every row of the ledger has the right hash, else what is wrong; `head` the last row's.
std::string history_json(const std::vector<ExerciseLine>& exercises, const std::vector<Incident>& incidents, const std::string& chain,
                         const std::string& head, const std::string& program);

/// An exercise's happenings, each as the ledger has it.
std::string happenings_json(const std::string& id, const std::vector<Happening>& happenings, const std::string& program);

std::string actions_json(const std::vector<Action>& actions, const std::string& today, const std::string& program);

}  // namespace muster
