#include <cmath>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double log_root_two_pi = 0.91893853320467274178;
constexpr double far = 10;  ///< from here on the fraction needs few terms

/// Upper tail over density for z > 0: the continued fraction of Laplace (DLMF 7.9.3), from the back.
double mills_ratio(double z) {
  double rest = z;
  for (int k = 60; k >= 1; --k) rest = z + k / rest;
  return 1 / rest;
}

}  // namespace

double log_normal_upper(double z) {
  if (z < 0) return log1p_exact(-normal_cdf(z));
  if (z < far) return log_exact(normal_cdf(-z));
  return -0.5 * z * z - log_root_two_pi + log_exact(mills_ratio(z));
}

double normal_hazard(double z) {
  if (z >= far) return 1 / mills_ratio(z);
  return exp_exact(-0.5 * z * z - log_root_two_pi) / normal_cdf(-z);
}

}  // namespace muster
