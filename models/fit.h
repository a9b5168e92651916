#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/distribution.h"

/// Maximum likelihood: which exponential, lognormal, gamma or Weibull law makes what was measured most likely.
///
/// What was cut off (right-censored: it takes longer than so long) counts by the upper tail at its cut, whatever cut it off, as long
/// as that did not depend on how long it would still have taken. All functions are pure, thread-safe and give the same bits everywhere.
namespace muster {

/// Lengths in seconds, in any order.
struct Durations {
  std::vector<double> ended;     ///< measured to the end
  std::vector<double> censored;  ///< cut off: longer than this
  std::size_t size() const { return ended.size() + censored.size(); }
};

enum class Family { exponential, lognormal, gamma, weibull };
inline constexpr Family all_families[] = {Family::exponential, Family::lognormal, Family::gamma, Family::weibull};
const char* name_of(Family family);  ///< as a scenario's key
int parameters_of(Family family);    ///< how many are estimated

/// A number that was estimated, with its standard error: the square root of the inverse of the observed information, carried over
/// to functions of the parameters to first order.
struct Estimate {
  std::string name;
  double value = 0, standard_error = 0;
  bool time = false;  ///< in seconds, or a pure number
};

struct FamilyFit {
  Family family = Family::exponential;
  std::optional<Distribution> law;  ///< absent: `why_not` says why, and nothing else counts
  std::string why_not;
  /// exponential: mean; lognormal: mu, sigma (of the log of seconds), median; gamma: shape, scale, mean; weibull: shape, scale.
  std::vector<Estimate> estimates;
  double log_likelihood = 0;  ///< of seconds, densities for what ended and upper tails for what was cut off
  double aic = 0, bic = 0;    ///< 2 k - 2 l and k ln n - 2 l, k parameters, n lengths whether cut off or not
};

/// The fit of one family; lengths are finite and above 0 (a length that was cut off at 0 says nothing: leave it out). An
/// exponential law needs one that ended, the others three, two of them different. Newton's method with analytic derivatives, or
/// the closed form where there is one. To a relative 1e-9 of the optimum where the family has one inside its parameters.
FamilyFit fitted(Family family, const Durations& durations);

}  // namespace muster
