#include "models/draw.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

// Known answers published with Random123 (kat_vectors, philox4x32 10 rounds).
TEST(Philox, AgreesWithTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (std::array<std::uint32_t, 4>{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}));
  EXPECT_EQ(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}),
            (std::array<std::uint32_t, 4>{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}));
}

TEST(Draw, IsAPureFunctionOfSeedReplicationNameAttemptAndPart) {
  const Bits a = draw(7, 3, stream("step/x"), 1, 2);
  const Bits again = draw(7, 3, stream("step/x"), 1, 2);
  EXPECT_EQ(a.first, again.first);
  EXPECT_EQ(a.second, again.second);
  for (const Bits& other : {draw(8, 3, stream("step/x"), 1, 2), draw(7, 4, stream("step/x"), 1, 2),
                            draw(7, 3, stream("step/y"), 1, 2), draw(7, 3, stream("step/x"), 2, 2), draw(7, 3, stream("step/x"), 1, 3)})
    EXPECT_NE(a.first, other.first);
}

TEST(Uniform01, StaysInsideTheOpenIntervalAtBothEnds) {
  EXPECT_GT(uniform(0).tail, 0);
  EXPECT_LT(uniform(~0ull).tail, 0.5);
  EXPECT_FALSE(uniform(0).upper);
  EXPECT_TRUE(uniform(~0ull).upper);
}

}  // namespace
}  // namespace muster
