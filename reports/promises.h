#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/outcomes.h"

/// What an outage says of the objectives, for every kind of report. Pure and thread-safe.
namespace muster {

/// All verdicts on the objectives of the services that an outage affects.
std::vector<Verdict> verdicts_of(const OutageResult& outage);
std::vector<Verdict> verdicts_of(const ObjectiveResult& objective);

/// The affected services that have an objective, in file order; they live as long as the outage's result.
std::vector<const ServiceResult*> with_objectives(const OutageResult& outage);

/// What to promise and what not. Every objective that does not hold gets its sentence; those that do only while they
/// are few. Services of which the same is to be said share one.
std::vector<std::string> promise_sentences(const std::vector<const ServiceResult*>& services,
                                           std::uint64_t replications);

/// Whether the same is to be said of both.
bool alike(const std::optional<TargetResult>& a, const std::optional<TargetResult>& b);

}  // namespace muster
