#include "models/belief.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double known = 1e6;  ///< observations; what is worth more is known

double square(double x) { return x * x; }

/// Sums of doubles depend on their order, and files may be read in any.
std::vector<Score> in_order(std::span<const Score> scores) {
  std::vector<Score> out(scores.begin(), scores.end());
  std::sort(out.begin(), out.end(), [](const Score& a, const Score& b) {
    if (a.z != b.z) return a.z < b.z;
    if (a.weight != b.weight) return a.weight < b.weight;
    return a.censored < b.censored;
  });
  return out;
}

Belief conjugate(const Belief& prior, const std::vector<Score>& scores) {
  double total = 0, sum = 0;
  for (const Score& s : scores)
    if (!s.censored) {
      total += s.weight;
      sum += s.weight * s.z;
    }
  if (total == 0) return prior;
  const double mean = sum / total;
  double squares = 0;
  for (const Score& s : scores)
    if (!s.censored) squares += s.weight * square(s.z - mean);
  Belief out;
  out.weight = prior.weight + total;
  out.freedom = prior.freedom + total;
  out.location = prior.location + total / out.weight * (mean - prior.location);
  const double spread = prior.freedom * square(prior.scale) + squares + prior.weight * total / out.weight * square(mean - prior.location);
  out.scale = std::sqrt(spread / out.freedom);
  return out;
}

/// The posterior of (u, log tau) with mu = location + tau * u, but for a constant factor: conjugate belief, in which u and tau are
/// independent, times the tails beyond what is censored.
class CensoredPosterior {
 public:
  CensoredPosterior(const Belief& conjugate, const std::vector<Score>& scores) : base_(conjugate) {
    for (const Score& s : scores)
      if (s.censored) bounds_.push_back(s);
  }

  /// Boxes shrink onto what is not negligible; then the trapezoidal rule, which is as good as exact for what is smooth and vanishes at the edges.
  Belief nearest() {
    double reach = 0, total = 0;
    for (const Score& s : bounds_) {
      reach = std::max(reach, s.z - base_.location);
      total += s.weight;
    }
    constexpr double most_sds = 60;  // a scale so small that a bound lies further off than that is out of the question
    u_ = {-12 / std::sqrt(base_.weight), 12 / std::sqrt(base_.weight) + most_sds * total / (base_.weight + total)};
    eta_ = {log_exact(base_.scale) - 6, log_exact(base_.scale + reach) + 8};
    for (int i = 0; i < 6; ++i) shrink();
    return sums();
  }

 private:
  struct Range {
    double low, high;
    double at(int i, int n) const { return low + (high - low) * i / (n - 1); }
  };

  double log_density(double u, double eta) const {
    const double tau = exp_exact(eta);
    double out = -base_.freedom * eta - base_.freedom * square(base_.scale / tau) / 2 - base_.weight * u * u / 2;
    for (const Score& s : bounds_) out += s.weight * log_normal_upper((s.z - base_.location) / tau - u);
    return out;
  }

  void shrink() {
    constexpr int n = 41;
    std::vector<double> values(n * n);
    double most = -std::numeric_limits<double>::infinity();
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) most = std::max(most, values[static_cast<std::size_t>(i * n + j)] = log_density(u_.at(j, n), eta_.at(i, n)));
    int first_u = n - 1, last_u = 0, first_eta = n - 1, last_eta = 0;
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) {
        if (values[static_cast<std::size_t>(i * n + j)] < most - 32) continue;
        first_u = std::min(first_u, j);
        last_u = std::max(last_u, j);
        first_eta = std::min(first_eta, i);
        last_eta = std::max(last_eta, i);
      }
    u_ = {u_.at(std::max(first_u - 1, 0), n), u_.at(std::min(last_u + 1, n - 1), n)};
    eta_ = {eta_.at(std::max(first_eta - 1, 0), n), eta_.at(std::min(last_eta + 1, n - 1), n)};
    most_ = most;
  }

  Belief sums() const {
    constexpr int n = 161;
    double mass = 0, precision = 0, log_precision = 0, first = 0, second = 0;
    for (int i = 0; i < n; ++i) {
      const double eta = eta_.at(i, n), tau = exp_exact(eta), l = 1 / (tau * tau);
      for (int j = 0; j < n; ++j) {
        const double d = tau * u_.at(j, n), w = exp_exact(log_density(u_.at(j, n), eta) - most_);
        mass += w;
        precision += w * l;
        log_precision -= w * 2 * eta;
        first += w * l * d;
        second += w * l * d * d;
      }
    }
    Belief out;
    precision /= mass;
    out.location = base_.location + first / mass / precision;
    out.scale = std::sqrt(1 / precision);
    out.weight = 1 / (second / mass - square(first / mass) / precision);
    out.freedom = freedom_of(log_exact(precision) - log_precision / mass);
    return out;
  }

  /// nu with ln(nu/2) - psi(nu/2) = gap, which falls in nu.
  static double freedom_of(double gap) {
    double low = -10, high = 25;
    for (int i = 0; i < 100; ++i) {
      const double middle = (low + high) / 2, half = exp_exact(middle);
      (log_exact(half) - digamma(half) > gap ? low : high) = middle;
    }
    return 2 * exp_exact((low + high) / 2);
  }

  Belief base_;
  std::vector<Score> bounds_;
  Range u_{}, eta_{};
  double most_ = 0;
};

double predictive_scale(const Belief& b) { return b.scale * std::sqrt(1 + (b.weight < known ? 1 / b.weight : 0)); }

/// Of what lies beyond z under the standard normal law.
double mean_beyond(double z) { return normal_hazard(z); }

}  // namespace

Belief prior_belief(double weight) {
  Belief out{0, weight, weight, 1};
  const double wanted = normal_quantile(0.95) / student_quantile(0.95, weight);
  out.scale = wanted / std::sqrt(1 + 1 / weight);
  return out;
}

Belief updated(const Belief& prior, std::span<const Score> scores) {
  const std::vector<Score> sorted = in_order(scores);
  const Belief base = conjugate(prior, sorted);
  if (std::none_of(sorted.begin(), sorted.end(), [](const Score& s) { return s.censored; })) return base;
  return CensoredPosterior(base, sorted).nearest();
}

double predictive_quantile(const Belief& b, double p) {
  const double t = b.freedom < known ? student_quantile(p, b.freedom) : p < 0.5 ? normal_quantile(p) : normal_quantile_upper(1 - p);
  return b.location + predictive_scale(b) * t;
}

double predictive_cdf(const Belief& b, double z) {
  const double t = (z - b.location) / predictive_scale(b);
  return b.freedom < known ? student_cdf(t, b.freedom) : normal_cdf(t);
}

double drift_probability(const Belief& prior, std::span<const Score> scores) {
  if (scores.empty()) return std::numeric_limits<double>::quiet_NaN();
  double total = 0, squares = 0, sum = 0;
  std::vector<Score> sorted = in_order(scores);
  for (Score& s : sorted) {
    if (s.censored) s.z = mean_beyond(s.z);
    total += s.weight;
    squares += s.weight * s.weight;
    sum += s.weight * s.z;
  }
  const double n = total * total / squares, mean = sum / total;
  double variance = 0;
  for (const Score& s : sorted) variance += s.weight / total * square(s.z - mean);
  const double more = n - 1;
  const bool several = sorted.size() > 1 && more > 1e-9;
  const double spread = several ? variance * n / more : 0;
  const double pooled = (prior.freedom * square(prior.scale) + (several ? more * spread : 0)) / (prior.freedom + (several ? more : 0));
  const double t = std::fabs(mean - prior.location) / std::sqrt(pooled * (1 / prior.weight + 1 / n));
  const double place = 2 * student_cdf(-t, prior.freedom + (several ? more : 0));
  if (!several) return place;
  const double least = std::min(place, f_upper(spread / square(prior.scale), more, prior.freedom));
  return least * (2 - least);
}

double student_cdf(double t, double freedom) {
  const double tail = 0.5 * beta_p(freedom / 2, 0.5, freedom / (freedom + t * t));
  return t > 0 ? 1 - tail : tail;
}

double student_quantile(double p, double freedom) {
  const double tail = std::min(p, 1 - p);
  const double x = beta_p_inverse(freedom / 2, 0.5, 2 * tail);
  const double t = std::sqrt(freedom * beta_p_inverse(0.5, freedom / 2, 2 * tail, true) / x);
  return p < 0.5 ? -t : t;
}

double f_upper(double f, double freedom, double freedom_below) {
  return beta_p(freedom_below / 2, freedom / 2, freedom_below / (freedom_below + freedom * f));
}

}  // namespace muster
