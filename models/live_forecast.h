#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/outcomes.h"

/// What may still come of a recovery that is under way, given all that is known of it.
namespace muster {

struct LiveForecast {
  /// When something is over, in seconds since the onset; `never` where it is in that share of replications.
  struct Finish {
    double expected = 0;      ///< the mean of those that end
    double p10 = 0, p50 = 0, p90 = 0;
    double never_share = 0;
    friend bool operator==(const Finish&, const Finish&) = default;
  };
  struct Service {            ///< one with an RTO
    std::string name;
    double target = 0, confidence = 0.95;
    double met = 0;           ///< the chance
    Interval met_ci;
    Finish finish;
    friend bool operator==(const Service&, const Service&) = default;
  };
  double now = 0;             ///< seconds since the onset: as of when
  std::vector<Service> services;  ///< in file order
  Finish recovery;            ///< of the last service
  std::string deciding;       ///< the step that most often is what takes longest on the critical path from now on; "": none
  double deciding_share = 0;  ///< of replications
  std::vector<std::string> overdue;  ///< steps that run longer than their `takes` can; they are taken to end at once
  std::uint64_t seed = 0, replications = 0;
  friend bool operator==(const LiveForecast&, const LiveForecast&) = default;
};

}  // namespace muster
