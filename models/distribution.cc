#include "models/distribution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void expect(bool holds, const char* sentence) {
  if (!holds) throw std::invalid_argument(sentence);
}

bool duration(double seconds) { return std::isfinite(seconds) && seconds >= 0; }
bool positive(double value) { return std::isfinite(value) && value > 0; }

void validate(const Constant& l) { expect(duration(l.value), "a duration must be finite and not negative"); }

void validate(const Uniform& l) {
  expect(duration(l.low) && duration(l.high), "uniform: both ends must be finite and not negative");
  expect(l.low <= l.high, "uniform: the low end must not be above the high end");
}

void validate_three(double low, double mode, double high, const char* sentence) {
  expect(duration(low) && duration(mode) && duration(high),
         "the three durations must be finite and not negative");
  expect(low <= mode && mode <= high, sentence);
}
void validate(const Triangular& l) {
  validate_three(l.low, l.mode, l.high, "triangular: expected low <= most likely <= high, in this order");
}
void validate(const Pert& l) {
  validate_three(l.low, l.mode, l.high, "pert: expected low <= most likely <= high, in this order");
}

void validate(const Exponential& l) { expect(positive(l.mean), "exponential: the mean must be above zero"); }

void validate(const TruncatedNormal& l) {
  expect(duration(l.mean), "normal: the mean must be finite and not negative");
  expect(positive(l.sd), "normal: the standard deviation must be above zero");
}

void validate(const Lognormal& l) {
  expect(std::isfinite(l.mu), "lognormal: the median must be above zero");
  expect(positive(l.sigma), "lognormal: sigma must be above zero");
}

void validate(const Gamma& l) {
  expect(positive(l.shape) && positive(l.scale), "gamma: shape and mean must be above zero");
  expect(l.shape >= 1e-3,
         "gamma: the shape must be at least 0.001 (the standard deviation is over 30 times the mean)");
  expect(l.shape <= 1e10,
         "gamma: the shape must be at most 1e10 (such a narrow law is a constant in all but name)");
}

void validate(const Weibull& l) {
  expect(positive(l.shape) && positive(l.scale), "weibull: shape and scale must be above zero");
  expect(l.shape <= 1e6,
         "weibull: the shape must be at most 1e6 (such a narrow law is a constant in all but name)");
}

void validate(const Empirical& l) {
  expect(!l.values.empty(), "empirical: at least one value is needed");
  expect(std::all_of(l.values.begin(), l.values.end(), duration),
         "empirical: values must be finite and not negative");
}

void validate(const Mixture& l) {
  expect(!l.of.empty(), "mixture: at least one part is needed");
  expect(l.weights.size() == l.of.size(), "mixture: every part needs a weight");
  expect(std::all_of(l.weights.begin(), l.weights.end(), positive), "mixture: weights must be above zero");
}

void validate(const Shifted& l) {
  expect(duration(l.by), "shifted: `by` must be finite and not negative");
  expect(l.of.size() == 1, "shifted: exactly one distribution is shifted");
}

template <class L>
void normalise(L&) {}
void normalise(Empirical& l) { std::sort(l.values.begin(), l.values.end()); }
void normalise(Mixture& l) {
  double sum = 0;
  for (double w : l.weights) sum += w;
  expect(std::isfinite(sum), "mixture: the weights are too large for a number");
  for (double& w : l.weights) w /= sum;
}

double mean_of(const Constant& l) { return l.value; }
double mean_of(const Uniform& l) { return l.low + (l.high - l.low) / 2; }
double mean_of(const Triangular& l) { return l.low + ((l.mode - l.low) + (l.high - l.low)) / 3; }
double mean_of(const Pert& l) { return l.low + (4 * (l.mode - l.low) + (l.high - l.low)) / 6; }
double mean_of(const Exponential& l) { return l.mean; }
double mean_of(const Lognormal& l) { return exp_exact(l.mu + l.sigma * l.sigma / 2); }
double mean_of(const Gamma& l) { return l.shape * l.scale; }
double mean_of(const Weibull& l) { return l.scale * exp_exact(log_gamma(1 + 1 / l.shape)); }
double mean_of(const Shifted& l) { return l.by + l.of[0].mean(); }
double mean_of(const Empirical& l) {
  double mean = 0, n = 0;
  for (double v : l.values) mean += (v - mean) / ++n;
  return mean;
}
double mean_of(const Mixture& l) {
  double sum = 0;
  for (std::size_t i = 0; i < l.of.size(); ++i) sum += l.weights[i] * l.of[i].mean();
  return sum;
}

/// phi(mean/sd) / Phi(mean/sd), the inverse Mills ratio of the cut at zero.
double cut(const TruncatedNormal& l) {
  const double a = l.mean / l.sd;
  return 0.39894228040143267794 * exp_exact(-a * a / 2) / normal_cdf(a);
}
// Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions" 1 (1994), 13.10.1.
double mean_of(const TruncatedNormal& l) { return l.mean + l.sd * cut(l); }
double variance_of(const TruncatedNormal& l) {
  const double r = cut(l);
  return l.sd * l.sd * (1 - r * (l.mean / l.sd + r));
}

double variance_of(const Constant&) { return 0; }
double variance_of(const Uniform& l) { return (l.high - l.low) * (l.high - l.low) / 12; }
double variance_of(const Triangular& l) {
  const double m = l.mode - l.low, w = l.high - l.low;
  return (w * (w - m) + m * m) / 18;
}
double variance_of(const Pert& l) {
  const auto [a, b] = beta_shape(l);
  return (l.high - l.low) * (l.high - l.low) * (a / 6) * (b / 6) / 7;
}
double variance_of(const Exponential& l) { return l.mean * l.mean; }
double variance_of(const Lognormal& l) {
  return expm1_exact(l.sigma * l.sigma) * exp_exact(2 * l.mu + l.sigma * l.sigma);
}
double variance_of(const Gamma& l) { return l.shape * l.scale * l.scale; }
double variance_of(const Weibull& l) {
  const double one = log_gamma(1 + 1 / l.shape), two = log_gamma(1 + 2 / l.shape);
  return l.scale * l.scale * exp_exact(2 * one) * expm1_exact(two - 2 * one);
}
double variance_of(const Shifted& l) { return l.of[0].variance(); }
double variance_of(const Empirical& l) {
  const double mean = mean_of(l);
  double sum = 0;
  for (double v : l.values) sum += (v - mean) * (v - mean);
  return sum / static_cast<double>(l.values.size());
}
double variance_of(const Mixture& l) {
  const double mean = mean_of(l);
  double sum = 0;
  for (std::size_t i = 0; i < l.of.size(); ++i) {
    const double off = l.of[i].mean() - mean;
    sum += l.weights[i] * (l.of[i].variance() + off * off);
  }
  return sum;
}

double low_of(const Constant& l) { return l.value; }
double low_of(const Empirical& l) { return l.values.front(); }
double low_of(const Shifted& l) { return l.by + l.of[0].low(); }
double low_of(const Mixture& l) {
  double least = infinity;
  for (const Distribution& d : l.of) least = std::min(least, d.low());
  return least;
}
double low_of(const auto& l) {
  if constexpr (requires { l.low; }) return l.low;
  return 0;
}

double high_of(const Constant& l) { return l.value; }
double high_of(const Empirical& l) { return l.values.back(); }
double high_of(const Shifted& l) { return l.by + l.of[0].high(); }
double high_of(const Mixture& l) {
  double most = 0;
  for (const Distribution& d : l.of) most = std::max(most, d.high());
  return most;
}
double high_of(const auto& l) {
  if constexpr (requires { l.high; }) return l.high;
  return infinity;
}

}  // namespace

std::pair<double, double> beta_shape(const Pert& l) {
  const double width = l.high - l.low;
  return {1 + 4 * ((l.mode - l.low) / width), 1 + 4 * ((l.high - l.mode) / width)};
}

bool Mixture::operator==(const Mixture& other) const { return weights == other.weights && of == other.of; }
bool Shifted::operator==(const Shifted& other) const { return by == other.by && of == other.of; }

Distribution::Distribution(Law law) : law_(std::move(law)) {
  std::visit([](const auto& l) { validate(l); }, law_);
  std::visit([](auto& l) { normalise(l); }, law_);
  if (low() == high()) law_ = Constant{low()};
  expect(std::isfinite(mean()) && std::isfinite(variance()),
         "its mean or variance is too large for a number");
}

bool Distribution::is_constant() const { return std::holds_alternative<Constant>(law_); }
double Distribution::mean() const {
  return std::visit([](const auto& l) { return mean_of(l); }, law_);
}
double Distribution::variance() const {
  return std::visit([](const auto& l) { return variance_of(l); }, law_);
}
double Distribution::sd() const { return std::sqrt(variance()); }
double Distribution::low() const {
  return std::visit([](const auto& l) -> double { return low_of(l); }, law_);
}
double Distribution::high() const {
  return std::visit([](const auto& l) -> double { return high_of(l); }, law_);
}

double mean_of_sum(std::span<const Distribution> parts) {
  double sum = 0;
  for (const Distribution& part : parts) sum += part.mean();
  return sum;
}

double variance_of_sum(std::span<const Distribution> parts) {
  double sum = 0;
  for (const Distribution& part : parts) sum += part.variance();
  return sum;
}

namespace {

Constant scaled(const Constant& l, double f) { return {l.value * f}; }
Uniform scaled(const Uniform& l, double f) { return {l.low * f, l.high * f}; }
Triangular scaled(const Triangular& l, double f) { return {l.low * f, l.mode * f, l.high * f}; }
Pert scaled(const Pert& l, double f) { return {l.low * f, l.mode * f, l.high * f}; }
Exponential scaled(const Exponential& l, double f) { return {l.mean * f}; }
TruncatedNormal scaled(const TruncatedNormal& l, double f) { return {l.mean * f, l.sd * f}; }
Lognormal scaled(const Lognormal& l, double f) { return {l.mu + log_exact(f), l.sigma}; }
Gamma scaled(const Gamma& l, double f) { return {l.shape, l.scale * f}; }
Weibull scaled(const Weibull& l, double f) { return {l.shape, l.scale * f}; }
Empirical scaled(Empirical l, double f) {
  for (double& v : l.values) v *= f;
  return l;
}
Mixture scaled(Mixture l, double f) {
  for (Distribution& d : l.of) d = d.scaled(f);
  return l;
}
Shifted scaled(Shifted l, double f) {
  l.by *= f;
  for (Distribution& d : l.of) d = d.scaled(f);
  return l;
}

}  // namespace

Distribution Distribution::scaled(double factor) const {
  return std::visit([&](const auto& l) { return Distribution(muster::scaled(l, factor)); }, law_);
}

}  // namespace muster
