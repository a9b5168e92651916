#pragma once
#include <string>

#include "models/outcomes.h"
#include "models/scenario.h"
#include "reports/json_values.h"

/// What `muster simulate --json` writes: format 1 (docs/formats.md).
namespace muster {

/// One JSON object and a newline. A pure function of what was simulated: the time it took and the threads do
/// not show. Seconds; "never" for infinity; null for the statistics of nothing (a step that never ran) and
/// for a correlation that does not exist. `scenario` is the one that was simulated; it adds notes, sources
/// and document control.
std::string simulate_json(const Scenario& scenario, const SimulationResult& result);

/// Of one outage what concerns its services alone: "all-objectives" and "services".
Json services_json(const OutageResult& result);

}  // namespace muster
