#pragma once
#include <string>

#include "models/outcomes.h"
#include "models/scenario.h"

/// What `muster simulate --json` writes: format 1 (docs/formats.md).
namespace muster {

/// One JSON object and a newline. A pure function of what was simulated: the time it took and the threads do
/// not show. Seconds; "never" for infinity; null for the statistics of nothing (a step that never ran) and
/// for a correlation that does not exist. `scenario` is the one that was simulated; it adds notes, sources
/// and document control.
std::string simulate_json(const Scenario& scenario, const SimulationResult& result);

}  // namespace muster
