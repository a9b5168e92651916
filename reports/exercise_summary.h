#pragma once
#include <string>
#include <vector>

#include "models/exercise_history.h"
#include "models/exercise_record.h"
#include "reports/exercise_findings.h"
#include "reports/style.h"

/// Exercises in short, for people.
namespace muster {

/// How one exercise ended: RTA and RPA against their objectives, what was restored or what is left and the lines that remove it, and
/// where the whole report is. No line is wider than the style's width but for command lines.
std::string exercise_summary(const ExerciseRecord& record, const Style& style);

/// "5.2 s ± 20 ms", "2 s (to within 20 ms)", "never", "not known"; says so where it is not valid.
std::string reached_text(const Measured& measured);
/// "MET: 5.2 s ± 20 ms; RTO 30 s; no less than 41 of 100 simulated (p50 5 s, p95 9 s)".
std::string measured_text(const Measured& measured, const std::string& target);

/// The list of `muster history`, newest last, with what is overdue below it.
std::string history_text(const std::vector<ExerciseLine>& exercises, const std::vector<Action>& actions, const std::string& today,
                         const Style& style);
/// The list of `muster actions list`.
std::string actions_text(const std::vector<Action>& actions, const std::string& today, const Style& style);

}  // namespace muster
