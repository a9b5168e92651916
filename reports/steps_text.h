#pragma once
#include <string>

#include "models/outcomes.h"
#include "models/scenario.h"
#include "reports/style.h"

/// Which steps decide how long an outage takes, and what goes wrong with them.
namespace muster {

/// The eight that add most to the recovery of the service whose RTO is met least (of the last service to
/// recover where none has one), by criticality; below, the steps that failed or were replaced most. Empty
/// where there is nothing to tell.
std::string steps_text(const Scenario& scenario, const OutageResult& outage, const Style& style);

}  // namespace muster
