#pragma once
#include <string>

#include "models/exercise_record.h"
#include "reports/exercise_findings.h"
#include "reports/style.h"

/// Planned against actual, over time.
namespace muster {

/// Two rows a step, what was simulated (the medians) above what was done, on one axis from t0; then a row for each fault and
/// one for the recovered service. A legend explains the marks that occur. Empty where nothing began.
std::string exercise_gantt(const ExerciseRecord& record, const ExerciseFindings& findings, const Style& style);

}  // namespace muster
