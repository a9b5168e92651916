#include "models/newton.h"

#include <cmath>
#include <limits>

namespace muster {
namespace {

using Eigen::Matrix2d;
using Eigen::Vector2d;

double determinant(const Matrix2d& m) { return m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0); }

// Spelled out: a vector unit with fused multiply-adds would give other last bits.
Vector2d solved(const Matrix2d& m, const Vector2d& right) {
  const double d = determinant(m);
  return {(m(1, 1) * right(0) - m(0, 1) * right(1)) / d, (m(0, 0) * right(1) - m(1, 0) * right(0)) / d};
}

bool is_finite(const Local& l) {
  return std::isfinite(l.value) && std::isfinite(l.slope(0)) && std::isfinite(l.slope(1)) && std::isfinite(l.curve(0, 0)) &&
         std::isfinite(l.curve(0, 1)) && std::isfinite(l.curve(1, 1));
}

bool is_positive(const Matrix2d& m) { return m(0, 0) > 0 && m(1, 1) > 0 && determinant(m) > 1e-14 * m(0, 0) * m(1, 1); }

// Minus the curve, with as much on its diagonal as makes it one of a maximum.
Matrix2d damped(const Matrix2d& curve) {
  Matrix2d m = -curve;
  if (is_positive(m)) return m;
  double more = 1e-3 * (std::fabs(m(0, 0)) + std::fabs(m(1, 1)) + std::fabs(m(0, 1))) + 1e-12;
  for (int i = 0; i < 60 && !is_positive(m); ++i, more *= 4) {
    m = -curve;
    m(0, 0) += more;
    m(1, 1) += more;
  }
  return m;
}

}  // namespace

Maximum maximised(const std::function<Local(const Vector2d&)>& function, Vector2d start) {
  Maximum best{start, function(start), false};
  if (!is_finite(best.there)) return best;
  for (int steps = 0; steps < 200; ++steps) {
    const Matrix2d m = damped(best.there.curve);
    const Vector2d step = solved(m, best.there.slope);
    const double rise = 0.5 * (step(0) * best.there.slope(0) + step(1) * best.there.slope(1));
    const bool concave = is_positive(-best.there.curve);
    if (concave && rise <= 1e-24 * (1 + std::fabs(best.there.value))) {
      best.reached = true;
      return best;
    }
    bool moved = false;
    double part = 1;
    for (int halvings = 0; halvings < 50 && !moved; ++halvings, part /= 2) {
      const Vector2d next{best.at(0) + part * step(0), best.at(1) + part * step(1)};
      const Local there = function(next);
      if (!is_finite(there) || !(there.value > best.there.value)) continue;
      best.at = next;
      best.there = there;
      moved = true;
    }
    if (!moved) {
      // No step leads up any more: either this is the top, as far as the value's own rounding shows, or there is none.
      const double noise = 1e-11 * (1 + std::fabs(best.there.value));
      if (concave && rise < noise) {
        const Vector2d next{best.at(0) + step(0), best.at(1) + step(1)};
        const Local there = function(next);  // the slope sees further than the value
        if (is_finite(there) && there.value > best.there.value - noise && is_positive(-there.curve)) best = {next, there, true};
        best.reached = true;
      }
      return best;
    }
  }
  return best;
}

Matrix2d covariance(const Local& local) {
  const Matrix2d m = -local.curve;
  Matrix2d out = Matrix2d::Constant(std::numeric_limits<double>::quiet_NaN());
  if (!is_positive(m)) return out;
  const double d = determinant(m);
  out << m(1, 1) / d, -m(0, 1) / d, -m(0, 1) / d, m(0, 0) / d;
  return out;
}

}  // namespace muster
