#include "models/curve.h"

#include <algorithm>
#include <cmath>

namespace muster {
namespace {

constexpr std::size_t steps = 200;

// The smallest value that at least i/200 of the sample does not exceed.
double order_statistic(const std::vector<double>& sorted, std::size_t i) {
  const std::size_t rank = (sorted.size() * i + steps - 1) / steps;
  return sorted[rank == 0 ? 0 : rank - 1];
}

// Where the drawing ends: a few far values must not press all others against the axis.
double last_drawn(const std::vector<double>& sorted) {
  const double bound = 1.5 * order_statistic(sorted, steps * 99 / 100);
  const auto finite_end = std::lower_bound(sorted.begin(), sorted.end(), HUGE_VAL);
  if (finite_end == sorted.begin()) return 0;
  const auto end = std::upper_bound(sorted.begin(), finite_end, bound);
  return *std::prev(end == sorted.begin() ? std::next(end) : end);
}

}  // namespace

Curve curve_of(std::vector<double>& values, int bins) {
  Curve curve;
  if (values.empty()) return curve;
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i <= steps; ++i) curve.quantiles.push_back(order_statistic(values, i));
  const double last = last_drawn(values), count = static_cast<double>(values.size());
  curve.width = last > 0 ? last / bins : 1;
  curve.shares.assign(static_cast<std::size_t>(last > 0 ? bins : 1), 0);
  for (const double value : values) {
    if (value > last) {
      ++curve.beyond;
      continue;
    }
    const auto bin = static_cast<std::size_t>(value / curve.width);
    ++curve.shares[std::min(bin, curve.shares.size() - 1)];
  }
  for (double& share : curve.shares) share /= count;
  curve.beyond /= count;
  return curve;
}

}  // namespace muster
