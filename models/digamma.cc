#include <limits>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double far = 12;  ///< from here on the asymptotic series are exact to the last bits

template <int n>
double polynomial(const double (&c)[n], double x) {
  double sum = c[n - 1];
  for (int i = n - 2; i >= 0; --i) sum = c[i] + x * sum;
  return sum;
}

}  // namespace

// The recurrence psi(x) = psi(x + 1) - 1/x (DLMF 5.5.2) up to where the series of DLMF 5.11.2 holds.
double digamma(double x) {
  if (!(x > 0)) return nan;
  static constexpr double series[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                      1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160};
  double below = 0;
  for (; x < far; x += 1) below += 1 / x;
  const double z = 1 / (x * x);
  return log_exact(x) - 0.5 / x - z * polynomial(series, z) - below;
}

// The same for its derivative (DLMF 5.15.8).
double trigamma(double x) {
  if (!(x > 0)) return nan;
  static constexpr double series[] = {1.0 / 6,  -1.0 / 30,      1.0 / 42, -1.0 / 30,
                                      5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};
  double below = 0;
  for (; x < far; x += 1) below += 1 / (x * x);
  const double y = 1 / x, z = y * y;
  return y + 0.5 * z + y * z * polynomial(series, z) + below;
}

}  // namespace muster
