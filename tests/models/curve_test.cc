#include "models/curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace muster {
namespace {

TEST(Curve, QuantilesAreOrderStatistics) {
  // Of 1..400 the smallest value that a share of i/200 does not exceed is 2i; of i = 0 it is the least.
  std::vector<double> values(400);
  std::iota(values.rbegin(), values.rend(), 1);
  const Curve curve = curve_of(values);
  ASSERT_EQ(curve.quantiles.size(), 201u);
  EXPECT_EQ(curve.quantiles[0], 1);
  for (std::size_t i = 1; i <= 200; ++i) EXPECT_EQ(curve.quantiles[i], 2.0 * static_cast<double>(i));
}

TEST(Curve, SharesAndWhatIsBeyondMakeTheWhole) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i < 990 ? i * 0.01 : i < 995 ? 1e6 : HUGE_VAL);
  const Curve curve = curve_of(values, 20);
  EXPECT_EQ(curve.shares.size(), 20u);
  EXPECT_NEAR(curve.beyond, 0.01, 1e-12);
  EXPECT_NEAR(std::accumulate(curve.shares.begin(), curve.shares.end(), curve.beyond), 1, 1e-12);
  // Far values do not press the others against the axis.
  EXPECT_LT(curve.width * 20, 15.0);
  EXPECT_NEAR(curve.shares[3], 0.05, 0.002);
}

TEST(Curve, ConstantsAndNothingHaveOneBin) {
  std::vector<double> zeros(10, 0.0), nevers(10, HUGE_VAL), none;
  EXPECT_EQ(curve_of(zeros).shares, (std::vector<double>(1, 1.0)));
  EXPECT_NEAR(curve_of(nevers).beyond, 1, 1e-12);
  EXPECT_TRUE(curve_of(none).quantiles.empty());
}

}  // namespace
}  // namespace muster
