#pragma once
#include <cstddef>
#include <span>

/// What is believed of a law's location and scale, on the scale of normal scores, and how observations change it.
///
/// A score is z with X = F^-1(Phi(z)), F a law from which people started. The truth is that z = mu + tau * (standard normal); (mu, tau) is
/// not known. Belief in it is normal-inverse-gamma: nu * scale^2 / tau^2 is chi-squared of nu degrees of freedom, and mu given tau
/// normal around `location` with variance tau^2 / weight (Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.3). All pure and
/// thread-safe; the same bits on every machine.
namespace muster {

struct Belief {
  double location = 0;
  double weight = 1;   ///< kappa: so many observations is the location worth; > 0, infinity: known
  double freedom = 1;  ///< nu: and so many the scale; > 0, infinity: known
  double scale = 1;    ///< > 0
  friend bool operator==(const Belief&, const Belief&) = default;
};

struct Score {
  double z;
  double weight = 1;      ///< in (0, 1]: an old one counts for less
  bool censored = false;  ///< the score is above z
};

/// Worth `weight` observations, >= 1, and such that the next score has the standard normal's p5, p50 and p95: without observations
/// what was stated is what is expected, and only the tails are a little heavier (Student's).
Belief prior_belief(double weight);

/// After the scores, in whatever order. Conjugate while none is censored. Censored ones: the posterior is integrated on a grid of
/// (mu, log tau), and the answer is the normal-inverse-gamma law nearest to it (least Kullback-Leibler divergence: the expected
/// sufficient statistics agree).
Belief updated(const Belief& prior, std::span<const Score> scores);

/// Of the next score: Student's t of `freedom`, around `location`, scaled by scale * sqrt(1 + 1/weight).
double predictive_quantile(const Belief&, double p);
double predictive_cdf(const Belief&, double z);

/// How probable scores as far off as these are under the prior: two independent tests, of which the smaller p counts, corrected for
/// there being two (Sidak), so that it is uniform while the prior is right and all weights are equal.
/// - Spread: the scores' variance over the prior's scale^2 is F of (n - 1, freedom); wider is improbable, narrower is not.
/// - Place: their mean, given that variance, is Student's t of (freedom + n - 1); on both sides.
/// With weights, n is Kish's (sum w)^2 / sum w^2. A censored score counts as the mean of what lies beyond it. NaN without scores.
double drift_probability(const Belief& prior, std::span<const Score> scores);

double student_cdf(double t, double freedom);
double student_quantile(double p, double freedom);  ///< 0 < p < 1
double f_upper(double f, double freedom, double freedom_below);

}  // namespace muster
