#include "exercise/agent/clock_offset.h"

#include <gtest/gtest.h>

#include <random>

namespace muster {
namespace {

constexpr double ms = 1e6;

Moment at(double nanoseconds) { return {static_cast<std::int64_t>(nanoseconds), static_cast<std::int64_t>(nanoseconds) + 7'000'000'000}; }

TEST(ClockOffset, EqualWaysGiveTheOffsetExactly) {
  ClockOffset clock;
  clock.add({at(1000 * ms), at(1000 * ms + 5 * ms + 250 * ms), at(1010 * ms)});
  EXPECT_DOUBLE_EQ(clock.offset(), 0.25);
  EXPECT_DOUBLE_EQ(clock.error(), 0.005);
  EXPECT_EQ(clock.ours(at(2250 * ms)), at(2000 * ms));
  EXPECT_EQ(clock.theirs(at(2000 * ms)), static_cast<std::int64_t>(2250 * ms));
}

TEST(ClockOffset, TrueOffsetIsNeverOutsideOfTheErrorHoweverUnevenTheWays) {
  std::mt19937 random(7);
  std::exponential_distribution<double> way(1 / (3 * ms));
  for (int run = 0; run < 200; ++run) {
    ClockOffset clock;
    const double truth = 1e12 * (run - 100);
    for (int i = 0; i < 40; ++i) {
      const double asked = 1e9 * i, there = asked + way(random), answered = there + (run % 2 ? 10 : 1) * way(random);
      clock.add({at(asked), at(there + truth), at(answered)});
      ASSERT_LE(std::abs(clock.offset() - truth / 1e9), clock.error() + 1e-6) << run;
    }
  }
}

TEST(ClockOffset, ShortestRoundTripCountsUntilItIsTooOld) {
  ClockOffset clock;
  clock.add({at(0), at(1 * ms), at(2 * ms)});               // to 1 ms
  clock.add({at(1000 * ms), at(1250 * ms), at(1500 * ms)});  // to 250 ms
  EXPECT_DOUBLE_EQ(clock.offset(), 0);
  EXPECT_NEAR(clock.error(), 0.001 + 0.0015, 1e-4);  // and 1 ms for each second since
  for (int i = 0; i < 40; ++i) clock.add({at((2000 + i) * ms), at((2010 + i) * ms), at((2020 + i) * ms)});
  EXPECT_NEAR(clock.error(), 0.01, 1e-4);
}

}  // namespace
}  // namespace muster
