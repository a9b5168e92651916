#pragma once
#include <string>
#include <vector>

#include "models/scenario.h"

namespace muster {

/// A note or a source that stands in a scenario, or what calibrated a law of it, and where.
struct Assumption {
  std::string where;  ///< "step restore-database of plan swap-regions"
  std::string note, source;
};
/// In file order: roles, capacity, services and their copies, outages, steps.
std::vector<Assumption> assumptions_of(const Scenario& scenario);

}  // namespace muster
