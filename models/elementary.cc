#include "models/elementary.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace muster {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
// ln 2 in two parts; the first has 21 trailing zero bits, so that its product with an exponent is exact.
constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;

double power_of_two(int k) { return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52); }

/// (e^r - 1 - r) / r^2 for |r| <= 0.35: the Taylor series to r^13, summed in pairs (Estrin) to shorten the
/// chain.
double exp_remainder(double r) {
  const double r2 = r * r, r4 = r2 * r2;
  const double low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
  const double middle = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
  const double high =
      (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
  return low + r4 * (middle + r4 * high);
}

/// 2 artanh(s) / s - 2 for |s| <= 0.1716, of z = s^2: the series 2 (z/3 + z^2/5 + …), Estrin again.
double artanh_remainder(double z) {
  const double z2 = z * z, z4 = z2 * z2;
  const double low = (2.0 / 3 + z * (2.0 / 5)) + z2 * (2.0 / 7 + z * (2.0 / 9));
  const double middle = (2.0 / 11 + z * (2.0 / 13)) + z2 * (2.0 / 15 + z * (2.0 / 17));
  const double high = (2.0 / 19 + z * (2.0 / 21)) + z2 * (2.0 / 23);
  return z * (low + z4 * (middle + z4 * high));
}

}  // namespace

// e^x = 2^k e^r with |r| <= ln(2)/2 held in two parts (Cody and Waite, "Software Manual for the Elementary
// Functions", 1980).
double exp_exact(double x) {
  if (!(x < 709.782712893384)) return x != x ? x : infinity;
  if (x < -745.2) return 0;
  const double k = std::floor(x * 1.4426950408889634 + 0.5);
  const double high = x - k * ln2_high, low = k * ln2_low;
  const double r = high - low, lost = (high - r) - low;
  const double y = 1 + (r + (lost + r * r * exp_remainder(r)));
  const int n = static_cast<int>(k), half = n / 2;
  return y * power_of_two(half) *
         power_of_two(n - half);  // in two steps: the last alone may round (subnormals)
}

double expm1_exact(double x) {
  if (std::fabs(x) > 0.35) return exp_exact(x) - 1;
  return x + x * x * exp_remainder(x);
}

// log x = k ln 2 + 2 artanh((m - 1) / (m + 1)), m = x / 2^k between sqrt(1/2) and sqrt(2) (DLMF 4.6.4).
double log_exact(double x) {
  if (!(x > 0)) return x == 0 ? -infinity : nan;
  if (x == infinity) return x;
  int k = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    k = -54;
  }
  std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  // Adding the distance from sqrt(1/2) to 1 makes the exponent step at sqrt(2) instead of at 2.
  const std::uint64_t shifted = bits + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
  const int e = static_cast<int>(shifted >> 52) - 1023;
  bits -= static_cast<std::uint64_t>(static_cast<std::int64_t>(e)) << 52;
  const double m = std::bit_cast<double>(bits), f = m - 1, s = f / (m + 1);
  const double n = k + e;
  // 2 s = f - s f, and f is exact: the rounding of s then matters only in the small second part.
  return n * ln2_high + (f - (s * (f - artanh_remainder(s * s)) - n * ln2_low));
}

// The rounding of 1 + x is made good to first order.
double log1p_exact(double x) {
  if (!(x > -1)) return x == -1 ? -infinity : nan;
  if (x == infinity) return x;
  const double u = 1 + x;
  if (u == 1) return x;
  if (std::fabs(x) < 0.25) return x + log1p_minus(x);
  return log_exact(u) + ((x < 1 ? 1 - (u - x) : x - (u - 1)) / u);
}

// With s = x / (2 + x): log(1 + x) = 2 artanh(s), and 2 s - x = -s x.
double log1p_minus(double x) {
  if (!(std::fabs(x) < 0.4)) return log1p_exact(x) - x;
  const double s = x / (2 + x);
  return s * (artanh_remainder(s * s) - x);
}

double pow_exact(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (!(x >= 0)) return nan;
  if (x == 0) return y > 0 ? 0 : infinity;
  return exp_exact(y * log_exact(x));
}

}  // namespace muster
