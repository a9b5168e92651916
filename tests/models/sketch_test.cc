#include "models/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace muster {
namespace {

// Oracle: the order statistics of the same values.
TEST(Sketch, QuantilesAreWithinTheStatedErrorOfTheOrderStatistics) {
  std::mt19937_64 random(7);
  for (const double sigma : {0.01, 0.5, 2.0, 5.0}) {
    std::lognormal_distribution<double> law(6, sigma);
    Sketch sketch;
    std::vector<double> values(20000);
    for (double& v : values) sketch.add(v = law(random));
    std::sort(values.begin(), values.end());
    for (std::uint64_t rank = 1; rank <= values.size(); rank += 37)
      EXPECT_NEAR(sketch.quantile(rank), values[rank - 1], values[rank - 1] * 0x1p-14 * (1 + 1e-12)) << sigma << " " << rank;
  }
}

TEST(Sketch, HoldsZeroInfinityTheTinyAndTheHuge) {
  Sketch s;
  for (const double v : {0.0, 0.0, 1e-9, 5.0, 1e14, never}) s.add(v);
  EXPECT_EQ(s.quantile(1), 0);
  EXPECT_EQ(s.quantile(2), 0);
  EXPECT_NEAR(s.quantile(4), 5, 5e-4);
  EXPECT_EQ(s.quantile(6), never);
  EXPECT_EQ(s.count(), 6u);
}

TEST(Sketch, MergingDoesNotDependOnTheOrder) {
  std::mt19937_64 random(9);
  std::exponential_distribution<double> law(0.001);
  Sketch parts[3], whole;
  for (int i = 0; i < 3000; ++i) {
    const double v = law(random);
    parts[i % 3].add(v);
    whole.add(v);
  }
  Sketch a = parts[0], b = parts[2];
  a.merge(parts[1]);
  a.merge(parts[2]);
  b.merge(parts[0]);
  b.merge(parts[1]);
  for (std::uint64_t rank = 1; rank <= 3000; ++rank) {
    ASSERT_EQ(a.quantile(rank), b.quantile(rank));
    ASSERT_EQ(a.quantile(rank), whole.quantile(rank));
  }
}

TEST(Sketch, AConstantIsAnsweredExactly) {
  Sketch s;
  Moments m;
  for (int i = 0; i < 1000; ++i) {
    s.add(0.1);
    m.add(0.1);
  }
  const Stats stats = summarize(s, m);
  EXPECT_EQ(stats.quantile(0.95), 0.1);
  EXPECT_EQ(stats.mean, 0.1);
  EXPECT_EQ(stats.count, 1000u);
}

TEST(Sketch, SummaryAgreesWithTheExactOneWithinTheStatedError) {
  std::mt19937_64 random(11);
  std::gamma_distribution<double> law(2, 500);
  std::vector<double> values(50000);
  Sketch sketch;
  Moments m;
  for (double& v : values) {
    v = law(random);
    sketch.add(v);
    m.add(v);
  }
  const Stats rough = summarize(sketch, m), exact = summarize(values, m);
  EXPECT_EQ(rough.mean, exact.mean);
  EXPECT_EQ(rough.max, exact.max);
  for (std::size_t i = 0; i < Stats::levels.size(); ++i) EXPECT_NEAR(rough.quantiles[i], exact.quantiles[i], 1e-4 * exact.quantiles[i]);
  EXPECT_NEAR(rough.p95_ci.high, exact.p95_ci.high, 1e-4 * exact.p95_ci.high);
}

}  // namespace
}  // namespace muster
