#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/distribution.h"
#include "models/elementary.h"

// Of each law: tail(law, x, upper), P(X > x) if `upper` and P(X <= x) otherwise; density; quantile(law, tail,
// upper), the smallest x with P(X <= x) >= tail or, if `upper`, with P(X > x) <= tail.
namespace muster {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double before(double x) { return std::nextafter(x, -infinity); }

/// A tail outside the support, for x below `low` or not below `high`.
double beyond(bool above, bool upper) { return above != upper ? 1 : 0; }

double tail(const Constant& l, double x, bool upper) { return beyond(x >= l.value, upper); }
double density(const Constant&, double) { return 0; }
double quantile(const Constant& l, double, bool) { return l.value; }

double tail(const Uniform& l, double x, bool upper) {
  if (x < l.low || x >= l.high) return beyond(x >= l.high, upper);
  return (upper ? l.high - x : x - l.low) / (l.high - l.low);
}
double density(const Uniform& l, double x) { return x < l.low || x > l.high ? 0 : 1 / (l.high - l.low); }
double quantile(const Uniform& l, double t, bool upper) {
  return upper ? l.high - t * (l.high - l.low) : l.low + t * (l.high - l.low);
}

// Each side of the mode from the end or the mode that is near, so that small tails keep their precision.
double tail(const Triangular& l, double x, bool upper) {
  if (x < l.low || x >= l.high) return beyond(x >= l.high, upper);
  const double w = l.high - l.low, left = l.mode - l.low, right = l.high - l.mode;
  if (x < l.mode) {
    const double a = x - l.low, m = l.mode - x;
    return upper ? (right + m * (2 - m / left)) / w : a / w * (a / left);
  }
  const double b = l.high - x, m = x - l.mode;
  return upper ? b / w * (b / right) : (left + m * (2 - m / right)) / w;
}
double density(const Triangular& l, double x) {
  if (x < l.low || x > l.high) return 0;
  const double w = l.high - l.low;
  if (x == l.mode) return 2 / w;
  return 2 / w * (x < l.mode ? (x - l.low) / (l.mode - l.low) : (l.high - x) / (l.high - l.mode));
}
/// How far from its own end, or beyond the mode, the tail t reaches; `near` and `far` are the lengths of the
/// two sides.
double triangular_reach(double near, double far, double t) {
  const double w = near + far;
  if (t * w < near) return std::sqrt(t * w) * std::sqrt(near);
  return near + far * (t * w - near) / (far + std::sqrt((1 - t) * w) * std::sqrt(far));
}
double quantile(const Triangular& l, double t, bool upper) {
  const double left = l.mode - l.low, right = l.high - l.mode;
  return upper ? std::max(l.high - triangular_reach(right, left, t), l.low)
               : std::min(l.low + triangular_reach(left, right, t), l.high);
}

// Measured from the nearer end, so that it is accurate near both.
double tail(const Pert& l, double x, bool upper) {
  if (x < l.low || x >= l.high) return beyond(x >= l.high, upper);
  const auto [a, b] = beta_shape(l);
  const double w = l.high - l.low;
  if (x - l.low <= w / 2) return (upper ? beta_q : beta_p)(a, b, (x - l.low) / w);
  return (upper ? beta_p : beta_q)(b, a, (l.high - x) / w);
}
double density(const Pert& l, double x) {
  if (x < l.low || x > l.high) return 0;
  const auto [a, b] = beta_shape(l);
  const double w = l.high - l.low, log_beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b);
  return pow_exact((x - l.low) / w, a - 1) * pow_exact((l.high - x) / w, b - 1) * exp_exact(-log_beta) / w;
}
double quantile(const Pert& l, double t, bool upper) {
  const auto [a, b] = beta_shape(l);
  const double w = l.high - l.low;
  return upper ? l.high - w * beta_p_inverse(b, a, t) : l.low + w * beta_p_inverse(a, b, t);
}

double tail(const Exponential& l, double x, bool upper) {
  if (!(x > 0)) return beyond(false, upper);
  return upper ? exp_exact(-x / l.mean) : -expm1_exact(-x / l.mean);
}
double density(const Exponential& l, double x) { return x < 0 ? 0 : exp_exact(-x / l.mean) / l.mean; }
double quantile(const Exponential& l, double t, bool upper) {
  return -l.mean * (upper ? log_exact(t) : log1p_exact(-t));
}

double tail(const TruncatedNormal& l, double x, bool upper) {
  if (!(x > 0)) return beyond(false, upper);
  const double mass = normal_cdf(l.mean / l.sd), z = (x - l.mean) / l.sd;
  if (upper) return normal_cdf(-z) / mass;
  return std::clamp((normal_cdf(z) - normal_cdf(-l.mean / l.sd)) / mass, 0.0, 1.0);
}
double density(const TruncatedNormal& l, double x) {
  if (x < 0) return 0;
  const double z = (x - l.mean) / l.sd;
  return 0.39894228040143267794 * exp_exact(-z * z / 2) / (l.sd * normal_cdf(l.mean / l.sd));
}
double quantile(const TruncatedNormal& l, double t, bool upper) {
  const double mass = normal_cdf(l.mean / l.sd);
  const double z =
      upper ? normal_quantile_upper(t * mass) : normal_quantile(normal_cdf(-l.mean / l.sd) + t * mass);
  return std::max(l.mean + l.sd * z, 0.0);
}

double tail(const Lognormal& l, double x, bool upper) {
  if (!(x > 0)) return beyond(false, upper);
  const double z = (log_exact(x) - l.mu) / l.sigma;
  return normal_cdf(upper ? -z : z);
}
double density(const Lognormal& l, double x) {
  if (!(x > 0)) return 0;
  const double z = (log_exact(x) - l.mu) / l.sigma;
  return 0.39894228040143267794 * exp_exact(-z * z / 2) / (l.sigma * x);
}
double quantile(const Lognormal& l, double t, bool upper) {
  return exp_exact(l.mu + l.sigma * (upper ? normal_quantile_upper(t) : normal_quantile(t)));
}

double tail(const Gamma& l, double x, bool upper) {
  if (!(x > 0)) return beyond(false, upper);
  return (upper ? gamma_q : gamma_p)(l.shape, x / l.scale);
}
double density(const Gamma& l, double x) {
  if (!(x > 0)) return x < 0 || l.shape > 1 ? 0 : l.shape == 1 ? 1 / l.scale : infinity;
  // The deviance form keeps the precision of large shapes; see models/incomplete_gamma.cc.
  const double y = x / l.scale, u = (y - l.shape) / l.shape;
  const double deviance = std::fabs(u) < 0.4 ? log1p_minus(u) : log_exact(y / l.shape) - u;
  return std::sqrt(l.shape / 6.2831853071795864769) *
         exp_exact(l.shape * deviance - stirling_error(l.shape)) / x;
}
double quantile(const Gamma& l, double t, bool upper) { return l.scale * gamma_p_inverse(l.shape, t, upper); }

double tail(const Weibull& l, double x, bool upper) {
  if (!(x > 0)) return beyond(false, upper);
  const double h = pow_exact(x / l.scale, l.shape);
  return upper ? exp_exact(-h) : -expm1_exact(-h);
}
double density(const Weibull& l, double x) {
  if (!(x > 0)) return x < 0 || l.shape > 1 ? 0 : l.shape == 1 ? 1 / l.scale : infinity;
  const double h = pow_exact(x / l.scale, l.shape);
  return l.shape * h / x * exp_exact(-h);
}
double quantile(const Weibull& l, double t, bool upper) {
  return l.scale * pow_exact(-(upper ? log_exact(t) : log1p_exact(-t)), 1 / l.shape);
}

double tail(const Empirical& l, double x, bool upper) {
  const auto at = std::upper_bound(l.values.begin(), l.values.end(), x);
  const auto count = upper ? l.values.end() - at : at - l.values.begin();
  return static_cast<double>(count) / static_cast<double>(l.values.size());
}
double density(const Empirical&, double) { return 0; }
// The product may be off by one place through rounding; the two loops settle it, so that quantile(cdf(x)) =
// x.
double quantile(const Empirical& l, double t, bool upper) {
  const double n = static_cast<double>(l.values.size());
  auto reached = [&](double i) { return upper ? (n - 1 - i) / n <= t : (i + 1) / n >= t; };
  double i = std::clamp(upper ? n - 1 - std::floor(t * n) : std::ceil(t * n) - 1, 0.0, n - 1);
  while (i > 0 && reached(i - 1)) --i;
  while (i < n - 1 && !reached(i)) ++i;
  return l.values[static_cast<std::size_t>(i)];
}

double tail(const Shifted& l, double x, bool upper) {
  return upper ? l.of[0].survival(x - l.by) : l.of[0].cdf(x - l.by);
}
double density(const Shifted& l, double x) { return l.of[0].density(x - l.by); }
double quantile(const Shifted& l, double t, bool upper) {
  return l.by + l.of[0].quantile(Uniform01{t, upper});
}

double tail(const Mixture& l, double x, bool upper) {
  double sum = 0;
  for (std::size_t i = 0; i < l.of.size(); ++i)
    sum += l.weights[i] * (upper ? l.of[i].survival(x) : l.of[i].cdf(x));
  return std::min(sum, 1.0);
}
double density(const Mixture& l, double x) {
  double sum = 0;
  for (std::size_t i = 0; i < l.of.size(); ++i) sum += l.weights[i] * l.of[i].density(x);
  return sum;
}

/// The search for a mixture's quantile between the least and the largest of its parts' quantiles. Invariant:
/// the tail is reached at high_, and not at low_.
class Search {
 public:
  Search(const Mixture& law, double target, bool upper) : law_(law), target_(target), upper_(upper) {
    low_ = infinity;
    for (const Distribution& part : law.of) {
      const double x = part.quantile(Uniform01{target, upper});
      low_ = std::min(low_, x);
      high_ = std::max(high_, x);
    }
  }

  double run() {
    if (low_ == high_ || reached(low_)) return low_;
    if (jumps_at_high()) return high_;
    double x = middle(), last = infinity, before_last = infinity;  // lengths of steps
    while (before(high_) > low_) {
      const double atom = next_atom(before(x));
      if (atom < high_) x = atom;
      const bool there = reached(x);
      (there ? high_ : low_) = x;
      if (there && x == atom && jumps_at_high()) return x;
      const double next = newton(x), step = std::fabs(next - x);
      const bool inside = next > low_ && next < high_;
      // The next step of a quadratic iteration would be below rounding.
      const bool close = step <= 1e-12 * x && std::fabs(tail_ - target_) <= 1e-8 * target_;
      if (inside && close && x != atom && next_atom(std::min(x, next)) > std::max(x, next)) return next;
      // Newton's steps have to shrink (the rule of Brent's method), or the bracket is halved.
      const bool good = inside && step < before_last / 2;
      before_last = last;
      last = good ? step : infinity;
      x = good ? next : middle();
    }
    return high_;
  }

 private:
  bool reached(double x) {
    tail_ = tail(law_, x, upper_);
    return upper_ ? tail_ <= target_ : tail_ >= target_;
  }
  double next_atom(double x) const {
    double least = infinity;
    for (const Distribution& part : law_.of) least = std::min(least, part.next_atom(x));
    return least;
  }
  /// Whether the law jumps over the target at high_: then that is the solution; else, if it jumps there, it
  /// shrinks the bracket.
  bool jumps_at_high() {
    const double left = before(high_);
    if (left <= low_ || next_atom(left) != high_) return left <= low_;
    const double at_high = tail_;
    if (!reached(left)) {
      tail_ = at_high;
      return true;
    }
    high_ = left;
    return false;
  }
  /// In the logarithms of tail and x: there the tails of all our laws are nearly straight.
  double newton(double x) const {
    const double slope = x * density(law_, x) / tail_;
    const double step = log_exact(tail_ / target_) / slope;
    return x + x * expm1_exact(upper_ ? step : -step);
  }
  /// Halves the bracket, by ratio where it spans more than a factor of four.
  double middle() const {
    const double half = low_ + (high_ - low_) / 2;
    const double x = low_ > 0 && high_ / low_ > 4 ? std::sqrt(low_) * std::sqrt(high_) : half;
    return std::clamp(x, low_, before(high_));
  }

  const Mixture& law_;
  double target_;
  bool upper_;
  double low_ = 0, high_ = 0, tail_ = 0;
};

double quantile(const Mixture& l, double t, bool upper) { return Search(l, t, upper).run(); }

double atom_after(const Constant& l, double x) { return l.value > x ? l.value : infinity; }
double atom_after(const Empirical& l, double x) {
  const auto at = std::upper_bound(l.values.begin(), l.values.end(), x);
  return at == l.values.end() ? infinity : *at;
}
double atom_after(const Shifted& l, double x) {
  double atom = l.of[0].next_atom(x - l.by);
  while (atom < infinity && l.by + atom <= x) atom = l.of[0].next_atom(atom);  // rounding of x - by
  return l.by + atom;
}
double atom_after(const Mixture& l, double x) {
  double least = infinity;
  for (const Distribution& part : l.of) least = std::min(least, part.next_atom(x));
  return least;
}
double atom_after(const auto&, double) { return infinity; }

}  // namespace

double Distribution::cdf(double x) const {
  return std::visit([x](const auto& l) { return tail(l, x, false); }, law_);
}
double Distribution::survival(double x) const {
  return std::visit([x](const auto& l) { return tail(l, x, true); }, law_);
}
double Distribution::density(double x) const {
  return std::visit([x](const auto& l) { return muster::density(l, x); }, law_);
}
double Distribution::next_atom(double x) const {
  return std::visit([x](const auto& l) { return atom_after(l, x); }, law_);
}
double Distribution::quantile(Uniform01 u) const {
  return std::visit([u](const auto& l) { return muster::quantile(l, u.tail, u.upper); }, law_);
}
double Distribution::quantile(double p) const {
  if (!(p >= 0 && p <= 1)) throw std::domain_error("a quantile's probability lies between 0 and 1");
  if (p == 0) return low();
  if (p == 1) return high();
  // 1 - p is exact, but 1 - F(x) of a step is not: steps are compared with p itself.
  const bool has_steps = next_atom(-1) < infinity;
  return p <= 0.5 || has_steps ? quantile(Uniform01{p, false}) : quantile(Uniform01{1 - p, true});
}

}  // namespace muster
