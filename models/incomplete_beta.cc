#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon() / 2;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double two_pi = 6.2831853071795864769;
constexpr double largest_sum = 1e10;

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

/// x^a (1 - x)^b / B(a, b) as in C. Loader, "Fast and accurate computation of binomial probabilities" (2000):
/// the large terms of the logarithm are cancelled on paper, not in floating point. `e` is the excess.
double prefix(double a, double b, double x, double e) {
  const double n = a + b;
  const double exponent = deviance(a, e, n * x) + deviance(b, -e, n * (1 - x)) + stirling_error(n) -
                          stirling_error(a) - stirling_error(b);
  return exp_exact(exponent) * std::sqrt(a / n * b / two_pi);
}

/// prefix / I_x(a, b): the even part of the continued fraction of DLMF 8.17.22, in the form of DiDonato and
/// Morris (Algorithm 708, ACM TOMS 18, 1992, BFRAC), where all is positive and a - (a + b) x, here `below`,
/// enters by itself; for x at most the mean. By Lentz's method.
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

struct Tails {
  double p, q;
  double density;  ///< x (1 - x) times the density
};

Tails tails(double a, double b, double x) {
  if (!(a > 0 && b > 0 && a + b <= largest_sum && x >= 0 && x <= 1)) return {nan, nan, nan};
  if (x == 0) return {0, 1, 0};
  if (x == 1) return {1, 0, 0};
  const double e = excess(a, b, x), density = prefix(a, b, x, e);
  if (e <= 0) {
    const double p = density / fraction(a, b, x, -e);
    return {p, 1 - p, density};
  }
  const double q = density / fraction(b, a, 1 - x, e);
  return {1 - q, q, density};
}

/// Where to begin: the first term of the series in the far lower tail, else Abramowitz and Stegun 26.5.22.
double first_guess(double a, double b, double p, bool upper) {
  if (a >= 1 && b >= 1) {
    const double y = upper ? normal_quantile_upper(p) : normal_quantile(p);
    const double r = 1 / (2 * a - 1), s = 1 / (2 * b - 1), l = (y * y - 3) / 6, h = 2 / (r + s);
    const double w = y * std::sqrt(h + l) / h - (s - r) * (l + 5.0 / 6 - 2 / (3 * h));
    if (h + l > 0 && std::fabs(w) < 100) return a / (a + b * exp_exact(-2 * w));
  }
  const double mean = a / (a + b);
  if (upper) return mean;
  const double log_beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b);
  return std::clamp(exp_exact((log_exact(p * a) + log_beta) / a), std::numeric_limits<double>::min(), mean);
}

/// For p <= 1/2 and a solution of at most one half: Newton's method on the logarithm of the tail, as a
/// function of log x for the lower and of log(1 - x) for the upper one; the bracket guards it.
double solve(double a, double b, double p, bool upper) {
  double x = std::min(first_guess(a, b, p, upper), 0.5), low = 0, high = 1;
  for (int i = 0; i < 200; ++i) {
    const Tails t = tails(a, b, x);
    const double tail = upper ? t.q : t.p;
    const bool too_high = upper ? tail < p : tail > p;
    (too_high ? high : low) = x;
    const double rise = log_exact(tail / p) * tail / t.density;
    double next = upper ? x - (1 - x) * expm1_exact(-rise * x) : x + x * expm1_exact(-rise * (1 - x));
    if (!(next > low && next < high)) {
      if (std::fabs(next - x) <= 4 * epsilon * x) return x;
      next = low + (high - low) / 2;
    }
    if (next == x) return x;
    const bool settled = std::fabs(next - x) < 1e-9 / std::sqrt(1 + std::min(a, b)) * std::min(x, 1 - x);
    x = next;
    if (settled) break;
  }
  return x;
}

}  // namespace

double beta_p(double a, double b, double x) { return tails(a, b, x).p; }
double beta_q(double a, double b, double x) { return tails(a, b, x).q; }

// Solved for the smaller of x and 1 - x, so that it keeps its relative precision.
double beta_p_inverse(double a, double b, double p, bool upper) {
  if (!(a > 0 && b > 0 && a + b <= largest_sum && p >= 0 && p <= 1)) return nan;
  if (p == 0 || p == 1) return (p == 0) != upper ? 0 : 1;
  if (p > 0.5) {
    p = 1 - p;
    upper = !upper;
  }
  const Tails middle = tails(a, b, 0.5);
  const bool below_half = upper ? middle.q <= p : middle.p >= p;
  return below_half ? solve(a, b, p, upper) : 1 - solve(b, a, p, !upper);
}

}  // namespace muster
