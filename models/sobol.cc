#include "models/sobol.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "models/statistics.h"

namespace muster {
namespace {

constexpr std::size_t sobol_batches = 32, change_batches = 16;
constexpr double student_31 = 2.0395134463964077, student_15 = 2.131449545559323;  // 97.5% of Student's law

struct Sums {
  double n = 0, y = 0, yy = 0, first = 0, total = 0;
  void add(const Sums& o) {
    n += o.n;
    y += o.y;
    yy += o.yy;
    first += o.first;
    total += o.total;
  }
  Sums without(const Sums& o) const { return {n - o.n, y - o.y, yy - o.yy, first - o.first, total - o.total}; }
  double variance() const { return yy / (2 * n) - (y / (2 * n)) * (y / (2 * n)); }
  double first_index() const { return first / n / variance(); }
  double total_index() const { return total / (2 * n) / variance(); }
};

double quantile_of(std::span<const double> values, double p) {
  std::vector<double> v(values.begin(), values.end());
  const auto at = v.begin() + static_cast<std::ptrdiff_t>(rank_of(p, v.size()) - 1);
  std::nth_element(v.begin(), at, v.end());
  return *at;
}

std::size_t begin_of(std::size_t batch, std::size_t batches, std::size_t n) { return batch * n / batches; }

}  // namespace

SobolEstimate sobol_indices(std::span<const double> a, std::span<const double> b, std::span<const double> ab) {
  const std::size_t n = a.size();
  double centre = 0;
  for (std::size_t i = 0; i < n; ++i) centre += (a[i] + b[i]) / (2 * static_cast<double>(n));
  std::array<Sums, sobol_batches> batches{};
  Sums all;
  for (std::size_t k = 0; k < sobol_batches; ++k) {
    Sums& s = batches[k];
    for (std::size_t i = begin_of(k, sobol_batches, n); i < begin_of(k + 1, sobol_batches, n); ++i) {
      const double x = a[i] - centre, y = b[i] - centre, d = ab[i] - a[i];
      s.n += 1;
      s.y += x + y;
      s.yy += x * x + y * y;
      s.first += y * d;
      s.total += d * d;
    }
    all.add(s);
  }
  SobolEstimate out;
  if (!(all.variance() > 0)) return out;
  out.first = all.first_index();
  out.total = all.total_index();
  const auto interval = [&](double (Sums::*index)() const, double estimate) -> Interval {
    std::array<double, sobol_batches> left{};
    double mean = 0, spread = 0;
    for (std::size_t k = 0; k < sobol_batches; ++k) {
      left[k] = (all.without(batches[k]).*index)();
      mean += left[k] / sobol_batches;
    }
    for (double x : left) spread += (x - mean) * (x - mean);
    const double half = student_31 * std::sqrt(spread * (sobol_batches - 1) / sobol_batches);
    return {estimate - half, estimate + half};
  };
  out.first_ci = interval(&Sums::first_index, out.first);
  out.total_ci = interval(&Sums::total_index, out.total);
  return out;
}

PairedChange paired_quantile_change(std::span<const double> before, std::span<const double> after, double p) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto difference = [&](std::size_t from, std::size_t to) {
    const double x = quantile_of(before.subspan(from, to - from), p), y = quantile_of(after.subspan(from, to - from), p);
    return std::isinf(x) || std::isinf(y) ? nan : y - x;
  };
  PairedChange out;
  out.change = difference(0, before.size());
  Moments moments;
  bool known = !std::isnan(out.change);
  for (std::size_t k = 0; k < change_batches && known; ++k) {
    const double d = difference(begin_of(k, change_batches, before.size()), begin_of(k + 1, change_batches, before.size()));
    known = !std::isnan(d);
    if (known) moments.add(d);
  }
  const double half = known ? student_15 * moments.sd() / std::sqrt(double{change_batches}) : nan;
  out.ci = {out.change - half, out.change + half};
  return out;
}

}  // namespace muster
