#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/distribution.h"
#include "models/elementary.h"
#include "models/units.h"

namespace muster {
namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

void expect_positive(double value, const char* what) {
  if (!(std::isfinite(value) && value > 0)) refuse(std::string(what) + " must be above zero");
}

/// "p95", "p99.9"
std::string percentile(double p) {
  char text[32];
  std::snprintf(text, sizeof text, "p%.4g", 100 * p);
  return text;
}

struct Percentiles {
  double p1, x1, p2, x2;  ///< p1 < p2, 0 < x1 < x2
};

Percentiles in_order(const std::string& law, Percentiles p) {
  for (double q : {p.p1, p.p2})
    if (!(q > 0 && q < 1)) refuse(law + ": a percentile must lie between p0 and p100, both excluded");
  if (p.p1 == p.p2)
    refuse(law + ": two different percentiles are needed, not " + percentile(p.p1) + " twice");
  if (p.p1 > p.p2) p = {p.p2, p.x2, p.p1, p.x1};
  for (double x : {p.x1, p.x2})
    if (!(std::isfinite(x) && x > 0)) refuse(law + ": percentiles must be above zero");
  if (!(p.x1 < p.x2))
    refuse(law + ": " + percentile(p.p2) + " (" + human_duration(p.x2) + ") must be above " +
           percentile(p.p1) + " (" + human_duration(p.x1) + ")");
  return p;
}

/// log(x2 / x1), also where they are close to each other.
double log_ratio(const Percentiles& p) { return log1p_exact((p.x2 - p.x1) / p.x1); }

double checked_shape(double value, const char* sentence) {
  if (!(std::isfinite(value) && value > 0)) refuse(sentence);
  return value;
}

}  // namespace

// x_p = exp(mu + sigma z_p), twice.
Lognormal lognormal_of_percentiles(double p1, double x1, double p2, double x2) {
  const Percentiles p = in_order("lognormal", {p1, x1, p2, x2});
  const double z1 = normal_quantile(p.p1), z2 = normal_quantile(p.p2);
  const double sigma =
      checked_shape(log_ratio(p) / (z2 - z1), "lognormal: the percentiles are too far apart");
  return {log_exact(p.x1) - sigma * z1, sigma};
}

Lognormal lognormal_of_median(double median, double sigma) {
  expect_positive(median, "lognormal: the median");
  expect_positive(sigma, "lognormal: sigma");
  return {log_exact(median), sigma};
}

// sigma^2 = log(1 + sd^2/mean^2), mu = log(mean) - sigma^2/2.
Lognormal lognormal_of_moments(double mean, double sd) {
  expect_positive(mean, "lognormal: the mean");
  expect_positive(sd, "lognormal: the standard deviation");
  const double ratio = sd / mean;
  const double variance =
      checked_shape(log1p_exact(ratio * ratio), "lognormal: mean and sd are too far apart");
  return {log_exact(mean) - variance / 2, std::sqrt(variance)};
}

Gamma gamma_of_shape(double shape, double mean) {
  expect_positive(shape, "gamma: the shape");
  expect_positive(mean, "gamma: the mean");
  return {shape, mean / shape};
}

Gamma gamma_of_moments(double mean, double sd) {
  expect_positive(mean, "gamma: the mean");
  expect_positive(sd, "gamma: the standard deviation");
  const double ratio = mean / sd;
  return {checked_shape(ratio * ratio, "gamma: mean and sd are too far apart"), sd / ratio};
}

// -log(1 - p) = (x_p / scale)^shape, twice.
Weibull weibull_of_percentiles(double p1, double x1, double p2, double x2) {
  const Percentiles p = in_order("weibull", {p1, x1, p2, x2});
  const double h1 = -log1p_exact(-p.p1), h2 = -log1p_exact(-p.p2);
  const double shape =
      checked_shape(log_exact(h2 / h1) / log_ratio(p), "weibull: the percentiles are too far apart");
  return {shape, exp_exact(log_exact(p.x1) - log_exact(h1) / shape)};
}

}  // namespace muster
