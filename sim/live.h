#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "models/live_forecast.h"
#include "models/run_progress.h"
#include "models/scenario.h"
#include "sim/program.h"

/// What may still come of a recovery that is under way: the rest of the plan replicated from where it stands (sim/standing.h).
namespace muster {

/// The outage of a scenario, compiled for it. One thread at a time.
class LiveSimulation {
 public:
  LiveSimulation(const Scenario& scenario, const std::string& outage, const std::optional<Onset>& at = {});

  /// Replications 0 to n - 1 from there; a pure function of (scenario, progress, seed, n). `enough`, asked from the `least`-th replication
  /// on, may end it earlier: how many it then was is in the result.
  LiveForecast forecast(const RunProgress& progress, std::uint64_t seed, std::uint64_t replications, std::uint64_t least = 1,
                        const std::function<bool()>& enough = {}) const;
  const Program& program() const { return program_; }

 private:
  struct Objective {
    std::int32_t service;
    double target, confidence;
  };
  Program program_;
  std::vector<Objective> objectives_;
};

}  // namespace muster
