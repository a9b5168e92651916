#pragma once
#include <optional>

#include "models/fit.h"

/// Two lognormal laws, mixed: what many outages look like that are of two kinds.
namespace muster {

struct MixtureFit {
  double weight = 0;             ///< of the first part, the one with the smaller median
  Lognormal first{0, 1}, second{0, 1};
  double log_likelihood = 0, aic = 0, bic = 0;  ///< as in FamilyFit, with five parameters
  bool converged = false;        ///< the likelihood has stopped rising
  Distribution law() const;
};

/// By expectation and maximisation (A. P. Dempster, N. M. Laird, D. B. Rubin, J. R. Stat. Soc. B 39, 1977) from five starts, the best
/// of them; what was cut off counts by its expectation beyond the cut. The likelihood of a mixture has no maximum where a part may
/// shrink to a point, so no part is narrower than a fiftieth of all (in sd of the log). At least six that ended, else nothing.
/// With `near`, from there alone. Lengths as in fitted(). Pure, thread-safe, the same bits everywhere.
std::optional<MixtureFit> fitted_mixture(const Durations& durations, const MixtureFit* near = nullptr);
/// The same mixture with its likelihood, AIC and BIC of these lengths.
MixtureFit judged(MixtureFit mixture, const Durations& durations);

}  // namespace muster
