#include "models/gamma_survival.h"

#include <cmath>
#include <limits>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon() / 2;

/// A value with its first two derivatives in the shape: the arithmetic of truncated power series.
struct Jet {
  double v = 0, d = 0, dd = 0;
};
Jet operator+(Jet a, Jet b) { return {a.v + b.v, a.d + b.d, a.dd + b.dd}; }
Jet operator*(Jet a, Jet b) { return {a.v * b.v, a.d * b.v + a.v * b.d, a.dd * b.v + 2 * a.d * b.d + a.v * b.dd}; }
Jet inverse(Jet a) {
  const double v = 1 / a.v, d = -a.d * v * v;
  return {v, d, -a.dd * v * v - 2 * a.d * v * d};
}
double size(Jet a) { return std::fabs(a.d) + std::fabs(a.dd); }

/// Gamma(a, x) / (x^a e^-x): the continued fraction of DLMF 8.9.2 in its even part, by Lentz's method, for x >= a + 1.
Jet fraction(double a, double x) {
  Jet b{x + 1 - a, -1, 0}, d = inverse(b), c{}, h = d;
  for (double i = 1; i < 1e6; ++i) {
    const Jet numerator{i * (a - i), i, 0};
    b.v += 2;
    d = inverse(b + numerator * d);
    c = i == 1 ? b : b + numerator * inverse(c);  // the first one divides by infinity
    const Jet step = c * d;
    h = h * step;
    if (std::fabs(step.v - 1) <= 2 * epsilon && size(step) <= 4 * epsilon * (1 + size(h) / std::fabs(h.v))) break;
  }
  return h;
}

/// P(a, x) by the series of DLMF 8.11.4, each term x^(a+k) e^-x / Gamma(a+k+1) with its derivatives.
Jet series(double a, double x, double log_x) {
  double term = exp_exact(a * log_x - x - log_gamma(a + 1)), slope = log_x - digamma(a + 1), curve = trigamma(a + 1);
  Jet sum;
  for (double k = 1;; ++k) {
    const Jet t{term, term * slope, term * (slope * slope - curve)};
    sum = sum + t;
    const bool small = term <= epsilon * sum.v && std::fabs(t.d) <= epsilon * std::fabs(sum.d) && std::fabs(t.dd) <= epsilon * std::fabs(sum.dd);
    if (small || term == 0) return sum;
    term *= x / (a + k);
    slope -= 1 / (a + k);
    curve -= 1 / ((a + k) * (a + k));
  }
}

}  // namespace

LogGammaTail log_gamma_tail(double a, double x) {
  const double log_x = log_exact(x);
  if (x >= a + 1) {
    const Jet h = fraction(a, x);
    const double ratio = h.d / h.v;
    return {a * log_x - x - log_gamma(a) + log_exact(h.v), log_x - digamma(a) + ratio, h.dd / h.v - ratio * ratio - trigamma(a)};
  }
  const Jet p = series(a, x, log_x);
  const double q = gamma_q(a, x), ratio = p.d / q;
  return {log_exact(q), -ratio, -p.dd / q - ratio * ratio};
}

}  // namespace muster
