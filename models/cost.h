#pragma once
#include "models/scenario.h"

/// What being down and losing data cost, in the scenario's currency. Pure and thread-safe.
namespace muster {

/// Of one time of being down: each hour costs what the band says that the outage has reached by then. Nothing is due before
/// the first band. `seconds` may be `never`: then so is the cost, unless the last band is free.
double downtime_cost(const Cost& cost, double seconds);
/// Of losing the data of that much time.
double data_loss_cost(const Cost& cost, double seconds);

}  // namespace muster
