#pragma once
#include <optional>
#include <string>
#include <vector>

#include "exercise/faults/fault.h"
#include "exercise/run_parts.h"

/// Every effect of an exercise, resolved before anything is touched.
namespace muster {

struct PreparedFault {
  const FaultPlan* plan = nullptr;  ///< lives in the exercise
  const FaultKind* kind = nullptr;
  Effect effect;
  PlannedEffect planned;  ///< `at` counts from the first fault that is no preparation (negative before it)
};

/// In the order in which they begin; one fault that strikes several targets (region-dark) becomes an effect
/// for each, named fault@target. Throws Refused with all reasons: what is not done yet, what is missing here,
/// what could not be resolved.
std::vector<PreparedFault> prepare_faults(const Exercise& exercise, const std::string& id,
                                          const std::string& folder, const RunParts& parts);

}  // namespace muster
