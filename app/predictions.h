#pragma once
#include <atomic>
#include <cstdint>

#include "models/exercise.h"
#include "models/happening.h"

/// What a scenario says of an exercise, before it is done.
namespace muster {

inline constexpr std::uint64_t prediction_replications = 10'000;

/// The scenario with nothing repaired by the provider in that outage.
Scenario without_repair(Scenario scenario, const std::string& outage);

/// Simulates the exercise's outage: durations and finishes of the plan's steps, the recovery time of the service of recovered-when, and
/// the data loss of the canary's. The provider's own repair is left out, since it is not enacted either (it is left in for an incident). A step's distributions are
/// over the replications in which it ended; none where it never did.
Predictions predictions_for(const LoadedExercise& loaded, std::uint64_t seed, std::uint64_t replications, const std::atomic<bool>* interrupted = nullptr);

/// The scenario in which nobody but the plan repairs what the outage strikes.
Scenario without_repair(Scenario scenario, const std::string& outage);

}  // namespace muster
