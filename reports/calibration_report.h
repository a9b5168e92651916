#pragma once
#include <string>

#include "models/calibration_result.h"
#include "models/scenario.h"
#include "reports/style.h"

/// What observations changed, before and after. Pure and thread-safe.
namespace muster {

std::string calibration_text(const Scenario& scenario, const CalibrationResult& result, const Style& style);
std::string calibration_json(const Scenario& scenario, const CalibrationResult& result);

}  // namespace muster
