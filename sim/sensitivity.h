#pragma once
#include <atomic>
#include <optional>

#include "models/progress.h"
#include "models/sensitivity.h"
#include "sim/simulate.h"

/// Which of the things that vary decide the recovery times of one outage, and what small changes to the plan would do.
namespace muster {

/// Replications for each index and each change: the first ones of simulate().
inline constexpr std::uint64_t sensitivity_replications = 16'384;

/// How much is asked.
struct SensitivityScope {
  std::uint64_t replications = sensitivity_replications;
  bool levers = true;  ///< also what small changes do
};

/// Pick-freeze on the counter-based draws: a factor is drawn anew by giving its streams another name, which leaves all other
/// draws as they are. Factors are the steps (those drawn together are one), the response of roles, the outage's length, which
/// strikes hit and when, and the moment of the onset, as far as they vary. For the indices `never` counts as the longest
/// recovery that was seen. Changes are simulated on the same draws. Nothing when interrupted.
std::optional<OutageSensitivity> sensitivity(const Scenario& scenario, const std::string& outage, const SimulationOptions& options,
                                             const ProgressSink& progress = {}, const std::atomic<bool>* interrupted = nullptr,
                                             const SensitivityScope& scope = {});

}  // namespace muster
