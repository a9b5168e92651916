#pragma once
#include <vector>

/// The shape of a sample, for drawing it.
namespace muster {

struct Curve {
  std::vector<double> quantiles;  ///< order statistics at 0, 0.005, …, 1; infinity is never. Empty for an empty sample
  double width = 0;               ///< of a bin; the first begins at 0
  std::vector<double> shares;     ///< of the sample in each bin, the last bin's end included
  double beyond = 0;              ///< share above the last bin, infinite values among it
};

/// Sorts `values`. The bins reach to the largest value that is not beyond 1.5 times the 99% quantile.
Curve curve_of(std::vector<double>& values, int bins = 60);

}  // namespace muster
