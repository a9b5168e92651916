#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/outcomes.h"
#include "models/scenario.h"
#include "sim/replication.h"

/// How well the quantiles of recovery times are known, given what is believed of calibrated laws.
///
/// A simulation mixes what is not known with what varies; here they are told apart. Each truth that is drawn from the belief has
/// quantiles of its own; the middle 90% of these is a credible interval. All truths face the same luck, so that their quantiles differ
/// by the truth alone, and an interval covers as often as it says however few replications there are.
namespace muster {

struct CredibleOptions {
  std::uint32_t truths = 199;
  std::uint32_t replications = 400;  ///< of each
  std::uint64_t seed = 1;
  std::optional<Onset> at;
  static constexpr double level = 0.9;
};

struct CredibleQuantiles {
  std::string service;
  Interval p50, p95;  ///< of the recovery time, seconds
};

/// Of every service that the outage takes down in some replication, in file order. Pure.
std::vector<CredibleQuantiles> credible_quantiles(const Scenario& scenario, const std::string& outage, const CredibleOptions& options = {});

/// Each service's recovery times under one truth, sorted; by service.
std::vector<std::vector<double>> recoveries_under(Replication& replication, std::int32_t services, std::uint64_t seed, std::uint32_t replications,
                                                  std::uint32_t truth);

}  // namespace muster
