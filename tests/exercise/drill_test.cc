#include "exercise/drill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using ::testing::HasSubstr;

TEST(Drill, ShowsThatTheKernelEndsWhatNobodyKeeps) {
  NEED("root", scratch::Wire::missing());
  const scratch::OwnMachine machine;
  const Drilled drilled = drill();
  EXPECT_TRUE(drilled.kernel_removed);
  EXPECT_THAT(drilled.remains, ::testing::IsEmpty());
  ASSERT_EQ(drilled.told.size(), 4u);
  EXPECT_THAT(drilled.told[2], HasSubstr("The kernel ended it by itself after"));
  // Of its own alone: others may rehearse at the same time.
  EXPECT_EQ(scratch::shell("(ip netns list; ls /tmp) | grep -E 'muster-drill-" + std::to_string(getpid()) + "\\b' || true"), "");
}

}  // namespace
}  // namespace muster
