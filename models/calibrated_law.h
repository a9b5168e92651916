#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/belief.h"
#include "models/distribution.h"

/// A law that observations have changed: the law on whose normal scores they were judged, and what is believed of the scores since.
namespace muster {

/// A value. In each replication (mu, tau) are drawn once from the belief; then X = F^-1(Phi(mu + tau * Z)), with F = `scores`. Where
/// F is lognormal (or that, shifted) this is the lognormal law of other parameters and goes beyond the reach of F's table; any other
/// law keeps its support and shape.
struct CalibratedLaw {
  Distribution scores;
  Belief belief;
  std::string said;    ///< for people: what it comes from; changes no result
  std::string source;  ///< and where these observations are
  friend bool operator==(const CalibratedLaw&, const CalibratedLaw&) = default;
};

/// The relative spread (sigma of the log) of what is stated as exact, once it was observed: p95 at 1.5 times.
inline constexpr double spread_of_constants = 0.25;

/// The law on whose scores observations of `stated` are judged: itself where it is continuous. A constant becomes lognormal around it
/// (spread_of_constants), an empirical law has straight lines between its order statistics (65 of them at most), also inside mixtures
/// and shifts. Nothing where the law gives the very value 0 a probability: such a law has no place for observations to move.
std::optional<Distribution> scores_of(const Distribution& stated);

/// The lognormal law with the same p50 and the same ratio of p95 to p5: the scores where observations lie where F says that none can.
Lognormal stand_in(const Distribution& scores);

/// The parts of a lognormal law, shifted or not.
struct ShiftedLognormal {
  double by, mu, sigma;
};
std::optional<ShiftedLognormal> as_lognormal(const Distribution& law);

/// Phi^-1(F(x)); -infinity at or below the support, infinity at or above it.
double score(const Distribution& scores, double x);
/// F^-1(Phi(z)); exact, for tables of results. Beyond tails of 2^-54 as there, unless lognormal.
double at_score(const Distribution& scores, double z);
/// Of the next value, all uncertainty included.
double predictive_quantile(const CalibratedLaw& law, double p);

}  // namespace muster
