#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "models/fit.h"

/// How well a law goes with what was measured. Pure, thread-safe, the same bits everywhere.
namespace muster {

/// The product-limit estimate of the share that is over by a time, as far as what was measured reaches (E. L. Kaplan and P. Meier,
/// J. Am. Stat. Assoc. 53, 1958). Without censoring it is the share of values at or below. Cut-offs at an instant come after ends.
struct KaplanMeier {
  std::vector<double> at;     ///< seconds, increasing: when something ended
  std::vector<double> share;  ///< that is over from then on, as many
  double last = 0;            ///< the longest length, whether it ended or was cut off
  double quantile(double p) const;  ///< the first time with share >= p; infinity beyond the estimate
};
KaplanMeier kaplan_meier(const Durations& durations);
/// The same of the cut-offs: when lengths would have been cut off, had they not ended before.
KaplanMeier kaplan_meier_of_cuts(const Durations& durations);

/// Distances of a law from the product-limit estimate, up to the longest length that was measured.
struct Distances {
  double kolmogorov_smirnov = 0;  ///< the largest difference of the two shares
  /// n times the integral of (share - F)^2 / (F (1 - F)) dF. Without censoring that is Anderson and Darling's A^2, but for the
  /// part beyond the longest length, which is theirs: it is taken to F = 1 then.
  double anderson_darling = 0;
};
Distances distances(const Durations& durations, const Distribution& law);

/// Fits anew; nothing where there is no fit.
using Refit = std::function<std::optional<Distribution>(const Durations&)>;

struct GoodnessTest {
  Distances measured;             ///< of the lengths that were tested
  double p_kolmogorov_smirnov = 1, p_anderson_darling = 1;
  std::size_t lengths = 0;        ///< so many were tested
  std::uint32_t resamples = 0;    ///< so many could be fitted
};
/// The parametric bootstrap: as many lengths are drawn from the law, cut off as the cut-offs' own product-limit estimate has it (B.
/// Efron, "Censored data and the bootstrap", J. Am. Stat. Assoc. 76, 1981), and fitted anew; p is the share of resamples that lie no
/// nearer to their own fit, (1 + how many) / (1 + resamples). Draws are named `name`, so the same seed gives the same p.
GoodnessTest goodness_test(const Durations& durations, const Distribution& law, const Refit& refit, std::uint64_t seed,
                           std::uint32_t resamples, const std::string& name);

/// At most `most` of them, each equally likely, drawn by name and in their order; all of them where they are no more.
Durations drawn_from(const Durations& durations, std::size_t most, std::uint64_t seed, const std::string& name);

}  // namespace muster
