#pragma once
#include "app/command_line.h"
#include "models/scenario.h"
#include "sim/simulate.h"

/// From the words of a command to a simulation: what `simulate` and `merge` share.
namespace muster {

/// --replications, --precision, --seed, --at, --threads, --outage, --sensitivity, --rare, --rare-error, --steps. Throws UsageError.
SimulationOptions simulation_options(const Arguments& arguments, const Scenario& scenario);

}  // namespace muster
