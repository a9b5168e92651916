#include "models/cost.h"

#include <gtest/gtest.h>

#include "models/outcomes.h"
#include "models/sample.h"
#include "models/units.h"

namespace muster {
namespace {

TEST(Cost, EachHourCostsWhatItsBandSays) {
  const Cost cost{{{0, 2000}, {4 * hour, 12000}}, 5000};
  EXPECT_EQ(downtime_cost(cost, 0), 0);
  EXPECT_EQ(downtime_cost(cost, 30 * minute), 1000);
  EXPECT_EQ(downtime_cost(cost, 4 * hour), 8000);
  EXPECT_EQ(downtime_cost(cost, 6 * hour), 8000 + 24000);
  EXPECT_EQ(downtime_cost(cost, never), never);
  EXPECT_EQ(data_loss_cost(cost, 15 * minute), 1250);
}

TEST(Cost, NothingIsDueBeforeTheFirstBandNorInAFreeOne) {
  const Cost cost{{{1 * hour, 600}, {2 * hour, 0}}, {}};
  EXPECT_EQ(downtime_cost(cost, hour), 0);
  EXPECT_EQ(downtime_cost(cost, 90 * minute), 300);
  EXPECT_EQ(downtime_cost(cost, never), 600);
  EXPECT_EQ(data_loss_cost(cost, never), 0);
}

TEST(Sample, ZerosAreCountedAndOthersKept) {
  Sample sample;
  for (double v : {0.0, 3.0, 0.0, 1.0, never, 0.0}) sample.add(v);
  EXPECT_EQ(sample.count(), 6u);
  for (std::uint64_t rank = 1; rank <= 3; ++rank) EXPECT_EQ(sample.of_rank(rank), 0);
  EXPECT_EQ(sample.of_rank(4), 1);
  EXPECT_EQ(sample.of_rank(6), never);
  const Stats stats = sample.stats();
  EXPECT_EQ(stats.quantile(0.5), 0);
  EXPECT_EQ(stats.quantile(0.75), 3);
  EXPECT_EQ(stats.mean, never);
  EXPECT_FALSE(sample.sketched());
}

TEST(Sample, ManyValuesAreSketched) {
  Sample sample;
  for (std::uint64_t i = 0; i < 1'000'001; ++i) sample.add(0);
  EXPECT_FALSE(sample.sketched());
  for (std::uint64_t i = 1; i <= 1'000'001; ++i) sample.add(static_cast<double>(i));
  EXPECT_TRUE(sample.sketched());
  EXPECT_NEAR(sample.of_rank(1'000'001 + 500'000), 500'000, 50);
  EXPECT_NEAR(sample.stats().mean, 1'000'002.0 / 4, 1e-6);
}

}  // namespace
}  // namespace muster
