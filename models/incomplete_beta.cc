#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/elementary.h"
#include "models/tail_integral.h"

namespace muster {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon() / 2;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double two_pi = 6.2831853071795864769;
constexpr double nearly_normal =
    1e4;  ///< with both parameters from this on, quadrature is faster than the fraction

/// a b as a sum of two doubles (Veltkamp's splitting and Dekker's product, Numerische Mathematik 18, 1971).
std::pair<double, double> exact_product(double a, double b) {
  auto split = [](double v) {
    const double big = v * 134217729.0, high = big - (big - v);
    return std::pair{high, v - high};
  };
  const double p = a * b;
  const auto [ah, al] = split(a);
  const auto [bh, bl] = split(b);
  return {p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)};
}

/// (a + b) x - a, to its own last bits.
double excess(double a, double b, double x) {
  const double n = a + b, lost = a > b ? b - (n - a) : a - (n - b);
  const auto [high, low] = exact_product(n, x);
  return (high - a) + (low + lost * x);
}

/// k log(m / k) + k - m, where m = k + e; `m` is used where e / k is not small.
double deviance(double k, double e, double m) {
  const double u = e / k;
  return std::fabs(u) < 0.4 ? k * log1p_minus(u) : k * log_exact(m / k) - e;
}

/// x^a (1 - x)^b / B(a, b) / I_x(a, b): the even part of the continued fraction of DLMF 8.17.22, in the form
/// of DiDonato and Morris (Algorithm 708, ACM TOMS 18, 1992, BFRAC), where all is positive and a - (a + b) x,
/// here `below`, enters by itself; for x at most the mean. By Lentz's method.
double fraction(double a, double b, double x, double below) {
  double h = a * (below + 1) / (a + 1), c = h, d = 0;
  for (double m = 1;; ++m) {
    const double k = a + 2 * m, w = m * (b - m) * x / (k - 1);
    const double numerator = (a + m - 1) * (a + b + m - 1) * x / (k - 1) * w;
    const double denominator = m + w + (a + m) * (below + 1 + m * (2 - x)) / (k + 1);
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    h *= c * d;
    if (std::fabs(c * d - 1) <= 2 * epsilon || m > 1e7) return h;
  }
}

/// I_x(a, b) over the density at x, for x at most the mean; `below` is a - (a + b) x.
double lower_tail(double a, double b, double x, double below) {
  const double y = 1 - x, slope = (below - (y - x)) / (x * y);
  auto log_ratio = [=](double t) {
    return t >= x ? -infinity : (a - 1) * log1p_minus(-t / x) + (b - 1) * log1p_minus(t / y) - slope * t;
  };
  return tail_integral(log_ratio, std::sqrt(x * y / (a + b)), std::min(0.0, -slope));
}

}  // namespace

IncompleteBeta::IncompleteBeta(double a, double b) : a_(a > 0 && b > 0 && a + b <= 1e10 ? a : nan), b_(b) {
  const double n = a + b;
  log_scale_ =
      stirling_error(n) - stirling_error(a) - stirling_error(b) + 0.5 * log_exact(a / n * b / two_pi);
}

/// x^a (1 - x)^b / B(a, b) as in C. Loader, "Fast and accurate computation of binomial probabilities" (2000):
/// the large terms of the logarithm are cancelled on paper, not in floating point. `excess` is (a + b) x - a.
double IncompleteBeta::prefix(double x, double excess) const {
  const double n = a_ + b_;
  return exp_exact(deviance(a_, excess, n * x) + deviance(b_, -excess, n * (1 - x)) + log_scale_);
}

Tails IncompleteBeta::at(double x) const {
  if (!(a_ > 0 && x >= 0 && x <= 1)) return {nan, nan, nan};
  auto density_at_end = [](double a, double b) { return a < 1 ? infinity : a > 1 ? 0.0 : b; };
  if (x == 0) return {0, 1, density_at_end(a_, b_)};
  if (x == 1) return {1, 0, density_at_end(b_, a_)};
  const double y = 1 - x, e = excess(a_, b_, x), f = prefix(x, e), density = f / (x * y);
  const bool quadrature = std::min(a_, b_) >= nearly_normal;
  if (e <= 0) {
    const double p = quadrature ? density * lower_tail(a_, b_, x, -e) : f / fraction(a_, b_, x, -e);
    return {p, 1 - p, density};
  }
  const double q = quadrature ? density * lower_tail(b_, a_, y, e) : f / fraction(b_, a_, y, e);
  return {1 - q, q, density};
}

/// Where to begin: Abramowitz and Stegun 26.5.22, else the first term of the series in the far lower tail.
double IncompleteBeta::first_guess(double p, bool upper) const {
  if (a_ >= 1 && b_ >= 1) {
    const double y = upper ? normal_quantile_upper(p) : normal_quantile(p);
    const double r = 1 / (2 * a_ - 1), s = 1 / (2 * b_ - 1), l = (y * y - 3) / 6, h = 2 / (r + s);
    const double w = y * std::sqrt(h + l) / h - (s - r) * (l + 5.0 / 6 - 2 / (3 * h));
    if (h + l > 0 && std::fabs(w) < 100) return a_ / (a_ + b_ * exp_exact(-2 * w));
  }
  const double mean = a_ / (a_ + b_);
  if (upper) return mean;
  const double log_beta = log_gamma(a_) + log_gamma(b_) - log_gamma(a_ + b_);
  return std::clamp(exp_exact((log_exact(p * a_) + log_beta) / a_), std::numeric_limits<double>::min(), mean);
}

/// For p <= 1/2 and a solution of at most one half: Newton's method on the logarithm of the tail, as a
/// function of log x for the lower and of log(1 - x) for the upper one; the bracket guards it.
double IncompleteBeta::solve(double p, bool upper) const {
  double x = std::min(first_guess(p, upper), 0.5), low = 0, high = 1;
  for (int i = 0; i < 200; ++i) {
    const Tails t = at(x);
    const double tail = upper ? t.upper : t.lower;
    const bool too_high = upper ? tail < p : tail > p;
    (too_high ? high : low) = x;
    const double rise = log_exact(tail / p) * tail / t.density;
    double next = upper ? x - (1 - x) * expm1_exact(-rise / (1 - x)) : x + x * expm1_exact(-rise / x);
    if (!(next > low && next < high)) {
      if (std::fabs(next - x) <= 4 * epsilon * x) return x;
      next = low + (high - low) / 2;
    }
    if (next == x) return x;
    const bool settled = std::fabs(next - x) < 1e-9 / std::sqrt(1 + std::min(a_, b_)) * std::min(x, 1 - x);
    x = next;
    if (settled) break;
  }
  return x;
}

// Solved for the smaller of x and 1 - x, so that it keeps its relative precision.
double IncompleteBeta::inverse(double p, bool upper) const {
  if (!(a_ > 0 && p >= 0 && p <= 1)) return nan;
  if (p == 0 || p == 1) return (p == 0) != upper ? 0 : 1;
  if (p > 0.5) {
    p = 1 - p;
    upper = !upper;
  }
  const Tails middle = at(0.5);
  const bool below_half = upper ? middle.upper <= p : middle.lower >= p;
  return below_half ? solve(p, upper) : 1 - IncompleteBeta(b_, a_).solve(p, !upper);
}

double beta_p(double a, double b, double x) { return IncompleteBeta(a, b).at(x).lower; }
double beta_q(double a, double b, double x) { return IncompleteBeta(a, b).at(x).upper; }
double beta_p_inverse(double a, double b, double p, bool upper) {
  return IncompleteBeta(a, b).inverse(p, upper);
}

}  // namespace muster
