#pragma once
#include <Eigen/Core>
#include <functional>

/// Maximising smooth functions of two parameters.
namespace muster {

/// A function at a point with what it does around it.
struct Local {
  double value = 0;
  Eigen::Vector2d slope = Eigen::Vector2d::Zero();
  Eigen::Matrix2d curve = Eigen::Matrix2d::Zero();  ///< symmetric
};

struct Maximum {
  Eigen::Vector2d at = Eigen::Vector2d::Zero();
  Local there;
  bool reached = false;  ///< the slope has vanished as far as rounding lets one see, and the curve is that of a maximum
};

/// Newton's method with Levenberg's damping where the function is not concave, and halved steps where one would lead down. The
/// function may be infinite or NaN away from the maximum. At most 200 steps. Deterministic: a fixed order of + - * / and sqrt.
Maximum maximised(const std::function<Local(const Eigen::Vector2d&)>& function, Eigen::Vector2d start);

/// The inverse of minus the curve: the covariance of maximum likelihood estimates (observed information). NaN where it has none.
Eigen::Matrix2d covariance(const Local& local);

}  // namespace muster
