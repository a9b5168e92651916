#pragma once
#include <string>

#include "models/forecast_result.h"
#include "models/scenario.h"
#include "reports/style.h"

namespace muster {

/// The page that `muster forecast` prints: services, costs, outages, people.
std::string forecast_text(const Scenario& scenario, const ForecastResult& result, const Style& style);

}  // namespace muster
