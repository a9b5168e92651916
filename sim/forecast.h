#pragma once
#include <atomic>
#include <cstdint>
#include <optional>

#include "models/forecast_result.h"
#include "models/progress.h"
#include "models/scenario.h"

/// The years ahead, many times.
namespace muster {

struct ForecastOptions {
  int years = 1;                         ///< the horizon, 1 to 1000
  std::uint64_t replications = 100'000;  ///< of the horizon; at most 4,000,000,000
  /// Instead: until the mean downtime of every service that goes down, and the mean cost, are known to this relative half-width.
  std::optional<double> precision;
  std::uint64_t seed = 1;
  int threads = 0;                       ///< 0: all cores. The result does not depend on it
};

/// Runs them. At least one outage must say how often it happens (std::logic_error); the others are left out. Bit-identical for
/// any number of threads. When `interrupted` becomes true, returns soon with what is done so far, marked partial.
ForecastResult forecast(const Scenario& scenario, const ForecastOptions& options, const ProgressSink& progress = {},
                        const std::atomic<bool>* interrupted = nullptr);

/// Whether the outage says how often it happens.
bool happens(const Outage& outage);

}  // namespace muster
