#pragma once
#include <string>
#include <vector>

#include "models/outcomes.h"
#include "models/scenario.h"

/// Which steps a recovery hangs on. Pure; what is returned lives as long as the results.
namespace muster {

const Plan* plan_of(const Scenario& seen, const std::string& outage);  ///< null where nothing has that name

/// The service that keeps the plan's author awake: whose RTO is met least; null where none has one.
const ServiceResult* least_met(const OutageResult& outage);

struct DecidingStep {
  const StepResult* step;
  StepWeight weight;
  /// About what it adds to the recovery time on average: a short step on every path decides little.
  double adds() const;
};

struct DecidingSteps {
  std::vector<DecidingStep> steps;
  std::size_t left_out = 0;  ///< others that are on the path now and then
};
/// At most so many that add most to the recovery of `service` (of the last service to recover where null), by
/// criticality.
DecidingSteps deciding_steps(const OutageResult& outage, const ServiceResult* service, std::size_t most);

}  // namespace muster
