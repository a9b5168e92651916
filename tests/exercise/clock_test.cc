#include "exercise/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace muster {
namespace {

/// The oracle is the C library's own reading of both clocks, before and after.
TEST(Clock, TellsBootTimeAndWallTime) {
  const auto read = [](clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
  };
  const std::int64_t boot = read(CLOCK_BOOTTIME), wall = read(CLOCK_REALTIME);
  const Moment now = system_clock().now();
  EXPECT_GE(now.boot, boot);
  EXPECT_LE(now.boot, read(CLOCK_BOOTTIME));
  EXPECT_GE(now.wall, wall);
  EXPECT_LE(now.wall, read(CLOCK_REALTIME));
}

TEST(Clock, MeasuresIntervalsOnTheBootClockAlone) {
  const Moment earlier{5'000'000'000, 100}, later{7'500'000'000, 50};
  EXPECT_EQ(later.since(earlier), 2.5);
}

TEST(Clock, KnowsTheBoot) { EXPECT_EQ(boot_id().size(), 36u); }

}  // namespace
}  // namespace muster
