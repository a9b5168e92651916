#include "models/fit.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/elementary.h"
#include "models/likelihood.h"

namespace muster {
namespace {

using Eigen::Matrix2d;
using Eigen::Vector2d;

constexpr const char* no_maximum = "its likelihood has no maximum here";

/// The standard error of a function with this gradient.
double error_of(const Matrix2d& covariance, double g0, double g1) {
  return std::sqrt(g0 * (g0 * covariance(0, 0) + g1 * covariance(0, 1)) + g1 * (g0 * covariance(1, 0) + g1 * covariance(1, 1)));
}

FamilyFit exponential(const ScaledDurations& d) {
  FamilyFit fit;
  double total = d.sum_ended;
  for (const double x : d.censored) total += x;
  const double n = static_cast<double>(d.ended.size()), unit = exp_exact(d.log_unit), mean = total / n * unit;
  fit.law = Distribution(Exponential{mean});
  fit.estimates = {{"mean", mean, mean / std::sqrt(n), true}};
  fit.log_likelihood = -n * log_exact(total / n) - n;
  return fit;
}

// Without censoring the optimum is known: the mean and the mean square of the logarithms.
Maximum lognormal_maximum(const ScaledDurations& d) {
  const Vector2d start(1 / std::sqrt(d.spread), 0);
  if (d.censored.empty()) return {start, lognormal_likelihood(d, start), true};
  return maximised([&](const Vector2d& at) { return lognormal_likelihood(d, at); }, start);
}

FamilyFit lognormal(const ScaledDurations& d) {
  FamilyFit fit;
  const Maximum m = lognormal_maximum(d);
  const double sigma = 1 / m.at(0), shift = m.at(1) * sigma, mu = d.log_unit + shift, median = exp_exact(mu);
  if (!m.reached) return fit;
  const Matrix2d c = covariance(m.there);
  const double mu_error = error_of(c, -shift * sigma, sigma);
  fit.law = Distribution(Lognormal{mu, sigma});
  fit.estimates = {{"mu", mu, mu_error, false}, {"sigma", sigma, sigma * sigma * std::sqrt(c(0, 0)), false}, {"median", median, median * mu_error, true}};
  fit.log_likelihood = m.there.value;
  return fit;
}

FamilyFit gamma(const ScaledDurations& d) {
  FamilyFit fit;
  // T. P. Minka, "Estimating a Gamma distribution" (2002): near the optimum where nothing was cut off.
  const double n = static_cast<double>(d.ended.size()), mean = d.sum_ended / n, s = std::max(log_exact(mean) - d.sum_log_ended / n, 1e-14);
  const double shape = std::min((3 - s + std::sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s), 1e7);
  const Maximum m = maximised([&](const Vector2d& at) { return gamma_likelihood(d, at); }, Vector2d(log_exact(shape), log_exact(mean / shape)));
  if (!m.reached) return fit;
  const Matrix2d c = covariance(m.there);
  const double a = exp_exact(m.at(0)), scale = exp_exact(m.at(1) + d.log_unit), all = a * scale;
  fit.law = Distribution(Gamma{a, scale});
  fit.estimates = {{"shape", a, a * error_of(c, 1, 0), false}, {"scale", scale, scale * error_of(c, 0, 1), true}, {"mean", all, all * error_of(c, 1, 1), true}};
  fit.log_likelihood = m.there.value;
  return fit;
}

FamilyFit weibull(const ScaledDurations& d) {
  FamilyFit fit;
  // The moments of the logarithm: its sd is pi / (sqrt(6) shape), its mean ln scale - Euler's constant / shape.
  const double shape = 1.28254983016186 / std::sqrt(d.spread);
  const Maximum m = maximised([&](const Vector2d& at) { return weibull_likelihood(d, at); }, Vector2d(log_exact(shape), 0.57721566490153 / shape));
  if (!m.reached) return fit;
  const Matrix2d c = covariance(m.there);
  const double k = exp_exact(m.at(0)), scale = exp_exact(m.at(1) + d.log_unit);
  fit.law = Distribution(Weibull{k, scale});
  fit.estimates = {{"shape", k, k * error_of(c, 1, 0), false}, {"scale", scale, scale * error_of(c, 0, 1), true}};
  fit.log_likelihood = m.there.value;
  return fit;
}

FamilyFit fitted(Family family, const ScaledDurations& d) {
  switch (family) {
    case Family::exponential: return exponential(d);
    case Family::lognormal: return lognormal(d);
    case Family::gamma: return gamma(d);
    case Family::weibull: return weibull(d);
  }
  return {};
}

std::string why_too_few(Family family, const std::vector<double>& ended) {
  if (ended.empty()) return "nothing ended";
  if (family == Family::exponential) return "";
  if (ended.size() < 3) return "it takes three that ended, and there " + std::string(ended.size() == 1 ? "is one" : "are two");
  const auto [least, most] = std::minmax_element(ended.begin(), ended.end());
  return *most <= *least * (1 + 1e-9) ? "all that ended took the same time" : "";
}

}  // namespace

const char* name_of(Family family) {
  switch (family) {
    case Family::exponential: return "exponential";
    case Family::lognormal: return "lognormal";
    case Family::gamma: return "gamma";
    case Family::weibull: return "weibull";
  }
  return "";
}

int parameters_of(Family family) { return family == Family::exponential ? 1 : 2; }

FamilyFit fitted(Family family, const Durations& durations) {
  FamilyFit fit;
  fit.family = family;
  fit.why_not = why_too_few(family, durations.ended);
  if (!fit.why_not.empty()) return fit;
  const ScaledDurations scaled(durations);
  try {
    fit = fitted(family, scaled);
    fit.why_not = fit.law ? "" : no_maximum;
  } catch (const std::invalid_argument& extreme) {  // a law that no scenario could have
    fit = {};
    fit.why_not = extreme.what();
  }
  fit.family = family;
  if (!fit.law) return fit;
  fit.log_likelihood -= static_cast<double>(durations.ended.size()) * scaled.log_unit;
  const double k = parameters_of(family);
  fit.aic = 2 * k - 2 * fit.log_likelihood;
  fit.bic = k * log_exact(static_cast<double>(durations.size())) - 2 * fit.log_likelihood;
  return fit;
}

}  // namespace muster
