#pragma once
#include <vector>

#include "models/fit.h"
#include "models/newton.h"

/// Log-likelihoods of right-censored lengths with their first and second derivatives. Pure and thread-safe.
namespace muster {

/// Lengths in units of their geometric mean, which keeps all numbers near 1 whatever the unit, and their logarithms.
struct ScaledDurations {
  explicit ScaledDurations(const Durations& durations);
  std::vector<double> ended, log_ended, censored, log_censored;
  double log_unit = 0;  ///< the logarithm of the unit in seconds: the mean of the logs of what ended
  double sum_ended = 0, sum_log_ended = 0;
  double spread = 0;    ///< mean square of log_ended
};

/// In Olsen's parameters (1/sigma, mu/sigma), in which it is concave (R. J. Olsen, "Note on the uniqueness of the maximum
/// likelihood estimator for the Tobit model", Econometrica 46, 1978). -infinity where 1/sigma is not above 0.
Local lognormal_likelihood(const ScaledDurations& durations, const Eigen::Vector2d& at);
/// In (ln shape, ln scale).
Local gamma_likelihood(const ScaledDurations& durations, const Eigen::Vector2d& at);
/// In (ln shape, ln scale).
Local weibull_likelihood(const ScaledDurations& durations, const Eigen::Vector2d& at);

}  // namespace muster
