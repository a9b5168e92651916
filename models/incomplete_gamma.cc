#include <algorithm>
#include <cmath>
#include <limits>

#include "models/elementary.h"
#include "models/tail_integral.h"

namespace muster {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon() / 2;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double two_pi = 6.2831853071795864769;
constexpr double nearly_normal = 1e5;  ///< from this shape on, quadrature is faster than series and fraction

/// P / prefix: the series of DLMF 8.11.4, for x < a + 1.
double series(double a, double x) {
  double term = 1, sum = 1;
  for (double k = a + 1; term > epsilon * sum; ++k) {
    term *= x / k;
    sum += term;
  }
  return sum;
}

/// Q / (a prefix): the continued fraction of DLMF 8.9.2 in its even part, by Lentz's method, for x > 1 and x
/// >= a.
double fraction(double a, double x) {
  double b = x + 1 - a, c = infinity, d = 1 / b, h = d;
  for (double i = 1; i < 1e5; ++i) {
    const double numerator = i * (a - i);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    h *= c * d;
    if (std::fabs(c * d - 1) <= 2 * epsilon) break;
  }
  return h;
}

/// Q for a < 1 and x <= 1.5, where 1 - P would cancel: 1 - x^a/Gamma(1+a) (1 + a sum (-x)^n / (n! (a + n)))
/// (DLMF 8.7.1).
double small_shape_upper(double a, double x, double log_gamma_1a) {
  const double l = a * log_exact(x) - log_gamma_1a;
  double term = 1, sum = 0;
  for (double n = 1; std::fabs(term) > epsilon * std::fabs(sum); ++n) {
    term *= -x / n;
    sum += term / (a + n);
  }
  return -expm1_exact(l) - exp_exact(l) * a * sum;
}

/// The tail that begins at x and leads away from the mean, over the density at x.
double outer_tail(double a, double x) {
  const double side = x < a ? -1 : 1, slope = (a - x - 1) / x;
  auto log_ratio = [=](double t) {
    const double u = side * t;
    return u <= -x ? -infinity : (a - 1) * log1p_minus(u / x) + slope * u;
  };
  return tail_integral(log_ratio, std::sqrt(x < a ? x : a), std::min(0.0, side * slope));
}

}  // namespace

IncompleteGamma::IncompleteGamma(double a) : a_(a > 0 && a <= 1e10 ? a : nan) {
  log_scale_ = a < 1 ? log_gamma(1 + a) : stirling_error(a) + 0.5 * log_exact(two_pi * a);
}

/// x^a e^-x / Gamma(a + 1) as in C. Loader, "Fast and accurate computation of binomial probabilities" (2000):
/// the large terms of the logarithm are cancelled on paper, not in floating point.
double IncompleteGamma::prefix(double x) const {
  if (a_ < 1) return exp_exact(a_ * log_exact(x) - x - log_scale_);
  const double u = (x - a_) / a_;
  return exp_exact((std::fabs(u) < 0.4 ? a_ * log1p_minus(u) : a_ * log_exact(x / a_) - (x - a_)) -
                   log_scale_);
}

Tails IncompleteGamma::at(double x) const {
  if (!(a_ > 0 && x >= 0)) return {nan, nan, nan};
  if (x == 0) return {0, 1, a_ < 1 ? infinity : a_ > 1 ? 0.0 : 1.0};
  if (x == infinity) return {1, 0, 0};
  const double f = prefix(x), density = f * a_ / x;
  if (a_ >= nearly_normal) {
    const double outer = density * outer_tail(a_, x);
    return x < a_ ? Tails{outer, 1 - outer, density} : Tails{1 - outer, outer, density};
  }
  if (a_ < 1 && x <= 1.5) {
    const double q = small_shape_upper(a_, x, log_scale_);
    if (q < 0.7) return {1 - q, q, density};
  }
  if (x < a_ + 1) {
    const double p = f * series(a_, x);
    return {p, 1 - p, density};
  }
  const double q = f * a_ * fraction(a_, x);
  return {1 - q, q, density};
}

/// The solution of the series' first term alone, P = x^a / Gamma(a + 1).
double IncompleteGamma::first_term(double p, bool upper) const {
  return exp_exact((log_exact(upper ? 1 - p : p) + log_gamma(1 + a_)) / a_);
}

// Newton's method on the logarithm of the smaller tail as a function of log x: there both are concave, so it
// converges from anywhere; the bracket only guards against rounding.
double IncompleteGamma::inverse(double p, bool upper) const {
  if (!(a_ > 0 && p >= 0 && p <= 1)) return nan;
  if (p == 0 || p == 1) return (p == 0) != upper ? 0 : infinity;
  if (p > 0.5) {
    p = 1 - p;
    upper = !upper;
  }
  // Wilson and Hilferty's cube of a normal, where it is not too near zero.
  const double z = upper ? normal_quantile_upper(p) : normal_quantile(p);
  const double root = 1 - 1 / (9 * a_) + z / (3 * std::sqrt(a_));
  double x = root > 0.3 ? a_ * root * root * root : first_term(p, upper), low = 0, high = infinity;
  if (x < 1e-280) return x;  // the other terms do not count
  for (int i = 0; i < 200; ++i) {
    const Tails t = at(x);
    const double tail = upper ? t.upper : t.lower;
    const bool too_high = upper ? tail < p : tail > p;
    (too_high ? high : low) = x;
    const double slope = x * t.density / tail;  // of the tail's logarithm by log x, without its sign
    double step = log_exact(tail / p) / slope;
    if (!upper) step = -step;
    if (!(std::fabs(step) < 700)) step = too_high ? -2 : 2;
    double next = x + x * expm1_exact(step);
    if (!(next > low && next < high)) {
      if (std::fabs(next - x) <= 4 * epsilon * x) return x;
      next = high < infinity ? low + (high - low) / 2 : 2 * x;
    }
    if (next == x || next == 0) return next;
    const bool settled = std::fabs(step) < 1e-9 / std::sqrt(1 + a_);
    x = next;
    if (settled) break;
  }
  return x;
}

double gamma_p(double a, double x) { return IncompleteGamma(a).at(x).lower; }
double gamma_q(double a, double x) { return IncompleteGamma(a).at(x).upper; }
double gamma_p_inverse(double a, double p, bool upper) { return IncompleteGamma(a).inverse(p, upper); }

}  // namespace muster
