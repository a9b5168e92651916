#pragma once
#include <string>

#include "models/forecast_result.h"
#include "models/scenario.h"

namespace muster {

/// The result as docs/formats.md describes it.
std::string forecast_json(const Scenario& scenario, const ForecastResult& result);

}  // namespace muster
