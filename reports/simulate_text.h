#pragma once
#include <string>

#include "models/outcomes.h"
#include "models/scenario.h"
#include "reports/style.h"

/// The page of `muster simulate` for people.
namespace muster {

/// Verdicts first, then the distribution, the steps that decide it, what was lost and why; with several
/// outages a summary of all before each. Ends with seed, replications and hash. UTF-8, no line wider than the
/// style's width. It does not depend on the time the simulation took. `scenario` is the one that was
/// simulated.
std::string simulate_text(const Scenario& scenario, const SimulationResult& result, const Style& style);

}  // namespace muster
