#include "models/draw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>

namespace muster {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Known answers published with Random123 (kat_vectors, philox4x32, 7 and 10 rounds).
TEST(Philox, AgreesWithTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Block{0x5f6fb709u, 0x0d893f64u, 0x4f121f81u, 0x4f730a48u}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Block{0x5207ddc2u, 0x45165e59u, 0x4d8ee751u, 0x8c52f662u}));
  EXPECT_EQ(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}), (Block{0x4dfccabau, 0x190a87f0u, 0xc47362bau, 0xb6b5242au}));
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}, 10), (Block{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, 10), (Block{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}));
  EXPECT_EQ(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}, 10), (Block{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}));
}

TEST(Draw, IsAPureFunctionOfSeedReplicationNameAttemptAndPart) {
  const auto of = [](const Draw& d) { return std::tuple(word(d, Word::value), word(d, Word::coin), word(d, Word::more_of_value), word(d, Word::more_of_coin)); };
  const auto a = of(draw(7, 3, stream("step/x"), 1, 2));
  EXPECT_EQ(a, of(draw(7, 3, stream("step/x"), 1, 2)));
  for (const Draw& other : {draw(8, 3, stream("step/x"), 1, 2), draw(7, 4, stream("step/x"), 1, 2), draw(7, 11, stream("step/x"), 1, 2),
                            draw(7, 3, stream("step/y"), 1, 2), draw(7, 3, stream("step/x"), 2, 2), draw(7, 3, stream("step/x"), 1, 3)})
    EXPECT_NE(a, of(other));
}

// Every replication has a word of its own: no two share a block and a place in it.
TEST(Draw, GivesEachReplicationItsOwnWord) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const std::uint32_t from : {0u, 1u << 31, ~0u - 4095}) {
    for (std::uint32_t i = 0; i < 4096; ++i) {
      EXPECT_LT(block_of(from + i), 1u << 30);
      seen.emplace(block_of(from + i), place_in_block(from + i));
    }
  }
  EXPECT_EQ(seen.size(), 3 * 4096u);
}

TEST(Uniform01, StaysInsideTheOpenIntervalAtBothEnds) {
  EXPECT_GT(uniform_of(0).tail, 0);
  EXPECT_LT(uniform_of(~0u).tail, 0.5);
  EXPECT_FALSE(uniform_of(0).upper);
  EXPECT_TRUE(uniform_of(~0u).upper);
}

// A million draws have one tail below 2^-21, on either side together 2^-20; there the second word refines it.
TEST(Uniform01, IsFinerInTheFarTails) {
  std::uint32_t extreme = 0, beyond = 0;
  for (std::uint32_t i = 0; i < 64'000'000; ++i) {
    const Draw d = draw(2026, i, stream("tails"));
    const std::uint32_t w = word(d, Word::value);
    if (!is_extreme(w)) continue;
    ++extreme;
    const Uniform01 u = uniform(d), coarse = uniform_of(w);
    EXPECT_EQ(u.upper, coarse.upper);
    EXPECT_LT(u.tail, 0x1p-21);
    EXPECT_NEAR(u.tail, coarse.tail, 0x1p-33);
    EXPECT_EQ(std::fmod(u.tail * 0x1p54, 2), 1);
    beyond += u.tail < 0x1p-23;
  }
  EXPECT_NEAR(extreme, 61, 4 * 8);
  EXPECT_NEAR(beyond, 15, 4 * 4);
}

// A coin whose word falls into the part in which the probability lies is decided by the next: never below, always above.
TEST(Coin, IsExactWhereItsFirstWordDoesNotDecide) {
  int lower = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const Draw d = draw(4, i, stream("coin"));
    const double part = word(d, Word::coin) * 0x1p-32, next = word(d, Word::more_of_coin) * 0x1p-64;
    EXPECT_FALSE(heads(d, part));
    EXPECT_TRUE(heads(d, part + 0x1p-32));
    if (part < 0x1p-10) continue;  // so that the sums below are as they are written
    EXPECT_EQ(heads(d, part + 0x1p-33), next < 0x1p-33);
    lower += next < 0x1p-33;
  }
  EXPECT_NEAR(lower, 1000, 4 * 23);
  EXPECT_TRUE(heads(draw(4, 0, stream("coin")), 1));
  EXPECT_FALSE(heads(draw(4, 0, stream("coin")), 0));
}

}  // namespace
}  // namespace muster
