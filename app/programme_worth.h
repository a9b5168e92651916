#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "models/observation.h"
#include "models/progress.h"
#include "models/schedule.h"

/// What the exercises of a programme would teach, and how long they take: simulation and observations, handed to planning as values.
namespace muster {

struct WorthRequest {
  std::uint64_t seed = 1, replications = 10'000;
  int threads = 0;
  Day today = 0;
  std::vector<Observation> observations;   ///< by the names of scenarios; those that teach nothing of them are left out
};

/// Of each exercise, without `held`. The plan is simulated as it is performed: without the provider's own repair. Throws InvalidInput where
/// a plan does not end in 9 of 10 replications and the programme says no `lasts`.
///
/// The value of one more exercise is a first-order one: what varies has a share of the recovery's variance (its Sobol index); a thing
/// observed n times, on top of a belief worth `prior_weight`, has a share 1/(n + weight) of its own variance in doubt, of which the next
/// observation removes 1/((n + weight)(n + weight + 1)). An observation counts half after `half_life`. The spread goes as the square
/// root of the variance. A tabletop measures nothing.
std::vector<ExerciseWorth> worth_of(const LoadedProgramme& programme, const WorthRequest& request, const ProgressSink& progress = {},
                                    const std::atomic<bool>* interrupted = nullptr);

inline constexpr double prior_weight = 5;      ///< observations
inline constexpr double half_life = 365;       ///< days

/// The expected reduction of the spread by one observation of each factor; `shares` and `counts` of each factor.
double expected_reduction(double spread, const std::vector<double>& shares, const std::vector<double>& counts);

}  // namespace muster
