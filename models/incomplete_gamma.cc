#include <algorithm>
#include <cmath>
#include <limits>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon() / 2;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double two_pi = 6.2831853071795864769;
constexpr double largest_shape = 1e10;

/// x^a e^-x / Gamma(a + 1) as in C. Loader, "Fast and accurate computation of binomial probabilities" (2000):
/// the large terms of the logarithm are cancelled on paper, not in floating point.
double prefix(double a, double x) {
  if (a < 1) return exp_exact(a * log_exact(x) - x - log_gamma(1 + a));
  const double u = (x - a) / a;
  const double exponent = std::fabs(u) < 0.4 ? a * log1p_minus(u) : a * log_exact(x / a) - (x - a);
  return exp_exact(exponent - stirling_error(a)) / std::sqrt(two_pi * a);
}

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
  for (double i = 1;; ++i) {
    const double numerator = i * (a - i);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    h *= c * d;
    if (std::fabs(c * d - 1) <= 2 * epsilon || i > 1e7) return h;
  }
}

/// Q for a < 1 and x <= 1.5, where 1 - P would cancel: 1 - x^a/Gamma(1+a) (1 + a sum (-x)^n / (n! (a + n)))
/// (DLMF 8.7.1).
double small_shape_q(double a, double x) {
  const double l = a * log_exact(x) - log_gamma(1 + a);
  double term = 1, sum = 0;
  for (double n = 1; std::fabs(term) > epsilon * std::fabs(sum); ++n) {
    term *= -x / n;
    sum += term / (a + n);
  }
  return -expm1_exact(l) - exp_exact(l) * a * sum;
}

struct Tails {
  double p, q;
};

Tails tails(double a, double x) {
  if (!(a > 0 && a <= largest_shape && x >= 0)) return {nan, nan};
  if (x == 0) return {0, 1};
  if (x == infinity) return {1, 0};
  if (a < 1 && x <= 1.5) {
    const double q = small_shape_q(a, x);
    if (q < 0.7) return {1 - q, q};
    const double p = prefix(a, x) * series(a, x);
    return {p, 1 - p};
  }
  if (x < a + 1) {
    const double p = prefix(a, x) * series(a, x);
    return {p, 1 - p};
  }
  const double q = prefix(a, x) * a * fraction(a, x);
  return {1 - q, q};
}

/// Where to begin: Wilson and Hilferty's cube of a normal, or the first term of the series where that fails.
double first_guess(double a, double p, bool upper) {
  const double z = upper ? normal_quantile_upper(p) : normal_quantile(p);
  const double root = 1 - 1 / (9 * a) + z / (3 * std::sqrt(a));
  if (root > 0.3) return a * root * root * root;
  const double lower = upper ? 1 - p : p;
  return std::max(exp_exact((log_exact(lower) + log_gamma(1 + a)) / a), std::numeric_limits<double>::min());
}

}  // namespace

double gamma_p(double a, double x) { return tails(a, x).p; }
double gamma_q(double a, double x) { return tails(a, x).q; }

// Newton's method on the logarithm of the smaller tail as a function of log x: there both are concave, so it
// converges from anywhere; the bracket only guards against rounding.
double gamma_p_inverse(double a, double p, bool upper) {
  if (!(a > 0 && a <= largest_shape && p >= 0 && p <= 1)) return nan;
  if (p == 0 || p == 1) return (p == 0) != upper ? 0 : infinity;
  if (p > 0.5) {
    p = 1 - p;
    upper = !upper;
  }
  double x = first_guess(a, p, upper), low = 0, high = infinity;
  for (int i = 0; i < 200; ++i) {
    const Tails t = tails(a, x);
    const double tail = upper ? t.q : t.p;
    const bool too_high = upper ? tail < p : tail > p;
    (too_high ? high : low) = x;
    const double slope = a * prefix(a, x) / tail;  // of the tail's logarithm by log x, without its sign
    double step = log_exact(tail / p) / slope;
    if (!upper) step = -step;
    if (!(std::fabs(step) < 700)) step = too_high ? -2 : 2;
    double next = x + x * expm1_exact(step);
    if (!(next > low && next < high)) {
      if (std::fabs(next - x) <= 4 * epsilon * x) return x;
      next = high < infinity ? low + (high - low) / 2 : 2 * x;
    }
    if (next == x || next == 0) return next;
    const bool settled = std::fabs(step) < 1e-9 / std::sqrt(1 + a);
    x = next;
    if (settled) break;
  }
  return x;
}

}  // namespace muster
