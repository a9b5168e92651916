#include "models/sobol.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "models/draw.h"
#include "models/outcomes.h"
#include "models/statistics.h"

namespace muster {
namespace {

constexpr std::uint32_t n = 1 << 16;

double input(std::uint32_t i, std::size_t factor, bool other) {
  return uniform(draw(1, i, stream(std::string(other ? "b" : "a").append(std::to_string(factor))))).value();
}

/// Indices of f of independent uniforms in (0, 1).
std::vector<SobolEstimate> indices(std::size_t factors, const std::function<double(const std::vector<double>&)>& f, std::uint32_t runs = n) {
  std::vector<double> a(runs), b(runs), ab(runs), x(factors);
  const auto run = [&](std::vector<double>& out, const std::function<bool(std::size_t)>& other) {
    for (std::uint32_t i = 0; i < runs; ++i) {
      for (std::size_t k = 0; k < factors; ++k) x[k] = input(i, k, other(k));
      out[i] = f(x);
    }
  };
  run(a, [](std::size_t) { return false; });
  run(b, [](std::size_t) { return true; });
  std::vector<SobolEstimate> out;
  for (std::size_t factor = 0; factor < factors; ++factor) {
    run(ab, [&](std::size_t k) { return k == factor; });
    out.push_back(sobol_indices(a, b, ab));
  }
  return out;
}

// The interval's half-width is 2.04 standard errors; four of them are allowed.
void expect_index(double estimate, const Interval& ci, double exact) {
  EXPECT_NEAR(estimate, exact, (ci.high - ci.low) / 2 * 4 / 2.04 + 1e-12);
  EXPECT_LT(ci.high - ci.low, 0.08) << "else the comparison says nothing";
}

// f = sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on (-pi, pi)^3 (Ishigami and Homma, 1990), whose partial variances are known:
// V1 = (1 + b pi^4/5)^2 / 2, V2 = a^2/8, V13 = b^2 pi^8 8/225, and V3 = 0.
TEST(Sobol, IshigamiFunction) {
  const double pi = std::numbers::pi, a = 7, b = 0.1;
  const auto found = indices(3, [&](const std::vector<double>& u) {
    const double x1 = (2 * u[0] - 1) * pi, x2 = (2 * u[1] - 1) * pi, x3 = (2 * u[2] - 1) * pi;
    return std::sin(x1) + a * std::sin(x2) * std::sin(x2) + b * std::pow(x3, 4) * std::sin(x1);
  });
  const double v1 = std::pow(1 + b * std::pow(pi, 4) / 5, 2) / 2, v2 = a * a / 8, v13 = b * b * std::pow(pi, 8) * 8 / 225, v = v1 + v2 + v13;
  EXPECT_NEAR(v1 / v, 0.3139, 1e-4);  // as published
  EXPECT_NEAR(v2 / v, 0.4424, 1e-4);
  expect_index(found[0].first, found[0].first_ci, v1 / v);
  expect_index(found[1].first, found[1].first_ci, v2 / v);
  expect_index(found[2].first, found[2].first_ci, 0);
  expect_index(found[0].total, found[0].total_ci, (v1 + v13) / v);
  expect_index(found[1].total, found[1].total_ci, v2 / v);
  expect_index(found[2].total, found[2].total_ci, v13 / v);
}

// A sum of independent terms c_k u_k with variances c_k^2 / 12: first and total are the same share.
TEST(Sobol, SumOfKnownVariances) {
  const std::vector<double> c{1, 2, 3, 0};
  const auto found = indices(4, [&](const std::vector<double>& u) { return c[0] * u[0] + c[1] * u[1] + c[2] * u[2] + 1000; });
  for (std::size_t k = 0; k < c.size(); ++k) {
    expect_index(found[k].first, found[k].first_ci, c[k] * c[k] / 14);
    expect_index(found[k].total, found[k].total_ci, c[k] * c[k] / 14);
  }
  EXPECT_EQ(found[3].total, 0) << "what has no part has exactly none";
  EXPECT_EQ(found[3].first, 0);
}

TEST(Sobol, IntervalsCoverAsOftenAsTheySay) {
  int covered = 0;
  constexpr int times = 200;
  constexpr std::uint32_t runs = 1024;
  std::vector<double> a(runs), b(runs), ab(runs);
  for (int t = 0; t < times; ++t) {
    for (std::uint32_t i = 0; i < runs; ++i) {
      const std::uint32_t r = static_cast<std::uint32_t>(t) * runs + i;
      const double x = input(r, 0, false), y = input(r, 1, false), x2 = input(r, 0, true), y2 = input(r, 1, true);
      a[i] = x + y;
      b[i] = x2 + y2;
      ab[i] = x2 + y;
    }
    const SobolEstimate e = sobol_indices(a, b, ab);
    covered += e.total_ci.low <= 0.5 && 0.5 <= e.total_ci.high;
  }
  // Binomial(200, 0.95): mean 190, standard deviation 3.1.
  EXPECT_GE(covered, 190 - 13);
}

TEST(Sobol, WithoutVarianceThereIsNothingToShare) {
  const std::vector<double> same(64, 5.0);
  const SobolEstimate e = sobol_indices(same, same, same);
  EXPECT_EQ(e.first, 0);
  EXPECT_EQ(e.total, 0);
}

// A shift moves every quantile by just as much; a tenth less moves the p-quantile q of a uniform by q/10, to the error of
// the order statistic that both share.
TEST(PairedQuantileChange, OnTheSameDraws) {
  std::vector<double> before(n), later(n), shorter(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    before[i] = 100 * input(i, 0, false);
    later[i] = before[i] + 7;
    shorter[i] = 0.9 * before[i];
  }
  const PairedChange shift = paired_quantile_change(before, later, 0.95);
  EXPECT_NEAR(shift.change, 7, 1e-9);
  EXPECT_NEAR(shift.ci.high - shift.ci.low, 0, 1e-9);
  const PairedChange scale = paired_quantile_change(before, shorter, 0.95);
  EXPECT_NEAR(scale.change, -9.5, 0.1);
  EXPECT_LE(scale.ci.low, -9.5 + 0.02);
  EXPECT_GE(scale.ci.high, -9.5 - 0.02);
  EXPECT_LT(scale.ci.high - scale.ci.low, 0.2);
}

TEST(PairedQuantileChange, IsUnknownWhereAQuantileIsNever) {
  std::vector<double> before(64, 1.0), after(64, never);
  EXPECT_TRUE(std::isnan(paired_quantile_change(before, after, 0.5).change));
  EXPECT_TRUE(std::isnan(paired_quantile_change(after, before, 0.5).ci.low));
}

}  // namespace
}  // namespace muster
