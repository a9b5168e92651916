#pragma once
#include <algorithm>

#include "models/elementary.h"

/// A tail over the density at its beginning, for laws that are close to a normal.
namespace muster {

/// The integral over t >= 0 of f(x + t) / f(x), whose logarithm `log_ratio(t)` falls with `slope` <= 0 at t =
/// 0 and no slower than that of a normal law of standard deviation `sd` farther out. By Gauss-Legendre
/// quadrature with 16 points (Abramowitz and Stegun, table 25.4) on four panels; relative error about 1e-14,
/// rounding of the logarithm apart.
template <class LogRatio>
double tail_integral(LogRatio log_ratio, double sd, double slope) {
  static constexpr double points[] = {0.9894009349916499326,  0.94457502307323257608, 0.86563120238783174388,
                                      0.7554044083550030339,  0.61787624440264374845, 0.45801677765722738634,
                                      0.28160355077925891323, 0.095012509837637440185};
  static constexpr double weights[] = {
      0.027152459411754094852, 0.062253523938647892863, 0.09515851168249278481, 0.12462897125553387205,
      0.14959598881657673208,  0.16915651939500253819,  0.18260341504492358887, 0.18945061045506849629};
  static constexpr double ends[] = {0, 1, 2, 4, 9};
  const double unit = sd / std::max(1.0, -slope * sd / 12);
  double sum = 0;
  for (int panel = 4; panel > 0; --panel) {
    const double middle = unit * (ends[panel] + ends[panel - 1]) / 2,
                 half = unit * (ends[panel] - ends[panel - 1]) / 2;
    double part = 0;
    for (int i = 0; i < 8; ++i)
      part += weights[i] * (exp_exact(log_ratio(middle + half * points[i])) +
                            exp_exact(log_ratio(middle - half * points[i])));
    sum += half * part;
  }
  return sum;
}

}  // namespace muster
