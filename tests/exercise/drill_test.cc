#include "exercise/drill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using ::testing::HasSubstr;

TEST(Drill, ShowsThatTheKernelEndsWhatNobodyKeeps) {
  NEED("root", scratch::Wire::missing());
  // Its own alone: other tests have theirs.
  const std::string left = "(ip netns list; ls /tmp) | grep muster-drill || true";
  const std::string before = scratch::shell(left);
  const Drilled drilled = drill();
  EXPECT_TRUE(drilled.kernel_removed);
  EXPECT_TRUE(drilled.remains.empty());
  ASSERT_EQ(drilled.told.size(), 4u);
  EXPECT_THAT(drilled.told[2], HasSubstr("The kernel ended it by itself after"));
  EXPECT_EQ(scratch::shell(left), before);
}

}  // namespace
}  // namespace muster
