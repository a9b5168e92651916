#include <initializer_list>
#include <iterator>
#include <limits>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double half_log_two_pi = 0.91893853320467274178;

/// ln Gamma(2 + t) for |t| <= 1/2: (1 - gamma) t + sum over k >= 2 of (zeta(k) - 1) (-t)^k / k (DLMF 5.7.3).
double log_gamma_near_two(double t) {
  static constexpr double zeta_less_one[] = {
      6.44934066848226436472e-1, 2.02056903159594285400e-1, 8.23232337111381915160e-2,
      3.69277551433699263314e-2, 1.73430619844491397145e-2, 8.34927738192282683980e-3,
      4.07735619794433937869e-3, 2.00839282608221441785e-3, 9.94575127818085337146e-4,
      4.94188604119464558702e-4, 2.46086553308048298638e-4, 1.22713347578489146752e-4,
      6.12481350587048292585e-5, 3.05882363070204935517e-5, 1.52822594086518717326e-5,
      7.63719763789976227360e-6, 3.81729326499983985646e-6, 1.90821271655393892566e-6,
      9.53962033872796113152e-7, 4.76932986787806463117e-7, 2.38450502727732990004e-7,
      1.19219925965311073068e-7, 5.96081890512594796124e-8, 2.98035035146522801861e-8,
      1.49015548283650412347e-8};
  constexpr int last = static_cast<int>(std::size(zeta_less_one)) + 1;
  double sum = 0;
  for (int k = last; k >= 2; --k) sum = zeta_less_one[k - 2] / k - t * sum;
  return t * (0.42278433509846713939 + t * sum);
}

/// The series of ln Gamma(x) - [(x - 1/2) ln x - x + ln(2 pi)/2] (DLMF 5.11.1); to 1e-17 for x >= 10.
double stirling_series(double x) {
  const double z = 1 / (x * x);
  double sum = 43867.0 / 244188;
  for (double term : {-3617.0 / 122400, 1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260,
                      -1.0 / 360, 1.0 / 12})
    sum = term + z * sum;
  return sum / x;
}

}  // namespace

// Around 1 and 2, where ln Gamma vanishes, the shift keeps the relative error: ln Gamma(1 + s) = ln Gamma(2 +
// s) - ln(1 + s).
double log_gamma(double x) {
  if (!(x > 0))
    return x == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  if (x >= 10) return (x - 0.5) * (log_exact(x) - 1) - 0.5 + half_log_two_pi + stirling_series(x);
  if (x < 0.5) return log_gamma_near_two(x) - log1p_exact(x) - log_exact(x);
  if (x < 1.5) return log_gamma_near_two(x - 1) - log1p_exact(x - 1);
  double product = 1;
  while (x > 2.5) {
    x -= 1;
    product *= x;
  }
  return log_gamma_near_two(x - 2) + (product > 1 ? log_exact(product) : 0);
}

double stirling_error(double x) {
  if (x >= 10) return stirling_series(x);
  return log_gamma(x + 1) - (x + 0.5) * log_exact(x) + x - half_log_two_pi;
}

}  // namespace muster
