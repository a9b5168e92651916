#pragma once
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/draw.h"

/// Distributions of a duration (seconds) as values: copied, compared, printed.
///
/// Every one is of a quantity >= 0 and has mean, variance, cdf and quantile in closed form or to a relative 1e-12.
/// All functions are pure and thread-safe and give the same bits on every machine (models/elementary.h).
namespace muster {

class Distribution;

struct Constant { double value; friend bool operator==(const Constant&, const Constant&) = default; };
struct Uniform { double low, high; friend bool operator==(const Uniform&, const Uniform&) = default; };
struct Triangular { double low, mode, high; friend bool operator==(const Triangular&, const Triangular&) = default; };
/// low + (high - low) times a beta variate of the parameters that beta_shape() gives.
struct Pert { double low, mode, high; friend bool operator==(const Pert&, const Pert&) = default; };
struct Exponential { double mean; friend bool operator==(const Exponential&, const Exponential&) = default; };
/// Normal(mean, sd) conditioned on >= 0: `mean` and `sd` are those before conditioning.
struct TruncatedNormal { double mean, sd; friend bool operator==(const TruncatedNormal&, const TruncatedNormal&) = default; };
struct Lognormal { double mu, sigma; friend bool operator==(const Lognormal&, const Lognormal&) = default; };  ///< of the log of seconds
struct Gamma { double shape, scale; friend bool operator==(const Gamma&, const Gamma&) = default; };
struct Weibull { double shape, scale; friend bool operator==(const Weibull&, const Weibull&) = default; };
/// Each value equally likely; kept sorted. The quantile is the inverse of the step function: smallest x with F(x) >= p.
struct Empirical { std::vector<double> values; friend bool operator==(const Empirical&, const Empirical&) = default; };
struct Mixture {
  std::vector<double> weights;  ///< normalised to sum 1
  std::vector<Distribution> of;
  bool operator==(const Mixture&) const;
};
struct Shifted {
  double by;                     ///< >= 0, seconds
  std::vector<Distribution> of;  ///< exactly one
  bool operator==(const Shifted&) const;
};

/// (1 + 4 (mode - low) / (high - low), 1 + 4 (high - mode) / (high - low)); low < high.
std::pair<double, double> beta_shape(const Pert&);

/// Parameter solving. Each throws std::invalid_argument with a sentence that says what is wrong (percentiles in
/// the wrong order, equal or not positive, sd not positive, …). Percentile probabilities are in (0, 1).
Lognormal lognormal_of_percentiles(double p1, double x1, double p2, double x2);
Lognormal lognormal_of_median(double median, double sigma);
Lognormal lognormal_of_moments(double mean, double sd);
Gamma gamma_of_shape(double shape, double mean);
Gamma gamma_of_moments(double mean, double sd);
Weibull weibull_of_percentiles(double p1, double x1, double p2, double x2);

class Distribution {
 public:
  using Law = std::variant<Constant, Uniform, Triangular, Pert, Exponential, TruncatedNormal, Lognormal, Gamma,
                           Weibull, Empirical, Mixture, Shifted>;
  /// Validates and normalises (sorts an empirical law, scales weights); throws std::invalid_argument, with a
  /// sentence, on parameters out of range: negative or not finite durations, low > mode > high, no values, weights not positive,
  /// shapes so extreme that mean or variance overflow or the law is a constant in all but name.
  /// low == high degenerates to a Constant.
  Distribution(Law law);  // NOLINT: a law is a distribution
  Distribution() : Distribution(Law{Constant{0}}) {}

  const Law& law() const { return law_; }
  bool is_constant() const;
  double mean() const;      ///< seconds
  double variance() const;  ///< seconds squared
  double sd() const;
  double low() const;   ///< infimum of the support
  double high() const;  ///< supremum of the support; infinity where unbounded
  double cdf(double x) const;       ///< P(X <= x)
  double survival(double x) const;  ///< P(X > x), accurate where it is small
  double density(double x) const;   ///< of the continuous part; 0 outside the support, infinity at a pole
  double next_atom(double x) const;  ///< the smallest value > x that has a probability of its own; infinity where none has
  double quantile(double p) const;  ///< smallest x with cdf(x) >= p; p in [0, 1]
  double quantile(Uniform01 u) const;  ///< the same, accurate in the upper tail too
  Distribution scaled(double factor) const;  ///< of factor times the quantity; 0 < factor < infinity
  std::string describe() const;  ///< e.g. "lognormal, median 5 min, p95 13 min"

  friend bool operator==(const Distribution&, const Distribution&) = default;

 private:
  Law law_;
};

/// Of the sum of independent parts, such as the sequence of a step's `takes`; 0 for none.
double mean_of_sum(std::span<const Distribution> parts);
double variance_of_sum(std::span<const Distribution> parts);

}  // namespace muster
