#include "sim/lane_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/draw.h"
#include "models/quantile_table.h"
#include "models/sample.h"
#include "sim/gathering.h"
#include "sim/isa.h"

// Every kernel, in every instruction set that this machine has, against what the scalar code does: bit for bit.
namespace muster {
namespace {

struct Arrays {
  alignas(64) std::uint32_t replications[lanes::capacity];
  alignas(64) std::uint64_t words[lanes::capacity];
  alignas(64) double a[lanes::capacity], b[lanes::capacity], out[lanes::capacity];
};

std::vector<Isa> isas() {
  std::vector<Isa> here;
  for (const Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512})
    if (present(isa)) here.push_back(isa);
  return here;
}

class LaneKernelsTest : public testing::TestWithParam<Isa> {
 protected:
  const LaneKernels& k = lane_kernels(GetParam());
  std::unique_ptr<Arrays> x = std::make_unique<Arrays>();
};
INSTANTIATE_TEST_SUITE_P(Here, LaneKernelsTest, testing::ValuesIn(isas()), [](const auto& which) { return isa_name(which.param); });

TEST_P(LaneKernelsTest, DrawWhatDrawDraws) {
  const Stream name = stream("step/restore-db");
  for (const std::uint32_t n : {1u, 3u, 8u, 13u, 256u}) {
    for (std::uint32_t i = 0; i < n; ++i) x->replications[i] = 0x9e3779b9u * (i + n);
    for (const Word which : {Word::value, Word::coin, Word::more_of_value, Word::more_of_coin}) {
      const LaneDraw d{0xfedcba9876543210u, name.name, (5u << 12) | 3u, static_cast<std::uint32_t>(which)};
      k.words_of(d, x->replications, n, x->words);
      for (std::uint32_t i = 0; i < n; ++i) ASSERT_EQ(x->words[i], word(draw(d.seed, x->replications[i], name, 5, 3), which)) << n << " " << i;
      for (const std::uint32_t first : {0u, 32u * n, ~0u - 255}) {
        k.words(d, first, n, x->words);
        for (std::uint32_t i = 0; i < n; ++i) ASSERT_EQ(x->words[i], word(draw(d.seed, first + i, name, 5, 3), which)) << first << " " << i;
      }
    }
  }
}

TEST_P(LaneKernelsTest, SampleWhatTheTableSamplesOrLeaveItToTheTable) {
  const std::vector<std::uint32_t> hard = {0, 1, ~0u, ~1u, 1u << 31, (1u << 31) - 1, 1u << 11, (1u << 12) - 1, 1u << 12, 3u << 24};
  const Distribution laws[] = {Distribution(Lognormal{1, 0.5}), Distribution(Pert{5, 10, 30}), Distribution(Exponential{12}), Distribution(Gamma{0.3, 500}), Distribution(Uniform{1, 5})};
  for (const Distribution& law : laws) {
    const QuantileTable table(law);
    for (std::uint32_t round = 0; round < 40; ++round) {
      for (std::uint32_t i = 0; i < lanes::capacity; ++i) x->words[i] = word(draw(1, i, stream("hard"), round), Word::value) >> (i % 31);
      std::copy(hard.begin(), hard.end(), x->words);
      const bool left = k.quantile(table.rows(), x->words, lanes::capacity, x->out);
      for (std::uint32_t i = 0; i < lanes::capacity; ++i) {
        const auto w = static_cast<std::uint32_t>(x->words[i]);
        ASSERT_EQ(std::isnan(x->out[i]), is_extreme(w)) << "word " << w;
        if (is_extreme(w))
          ASSERT_TRUE(left);
        else
          ASSERT_EQ(x->out[i], table(uniform_of(w))) << "word " << w;
      }
    }
  }
}

TEST_P(LaneKernelsTest, TossTheCoinsThatHeadsTosses) {
  std::uint32_t list[lanes::capacity + 8];
  for (const double p : {0.0, 1e-12, 0.1, 0.5, 0.999, 1.0})
    for (const std::uint32_t n : {1u, 7u, 256u}) {
      k.words({3, stream("coin").name, 0, static_cast<std::uint32_t>(Word::coin)}, 0, n, x->words);
      bool undecided = false;
      const std::uint32_t found = k.heads(x->words, p, n, list, undecided);
      EXPECT_FALSE(undecided);
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < n; ++i)
        if (heads(draw(3, i, stream("coin")), p)) expected.push_back(i);
      EXPECT_EQ(std::vector<std::uint32_t>(list, list + found), expected) << p << " " << n;
      x->words[n / 2] = static_cast<std::uint64_t>(p * 0x1p32);
      k.heads(x->words, p, n, list, undecided);
      EXPECT_TRUE(undecided);
    }
}

TEST_P(LaneKernelsTest, SeatsStayInTheOrderInWhichTheyAreFree) {
  alignas(64) double seats[3][lanes::capacity];
  double* const of_three[] = {seats[0], seats[1], seats[2]};
  for (auto& s : seats) std::fill(std::begin(s), std::end(s), 0.0);
  std::vector<std::vector<double>> expected(lanes::capacity, {0, 0, 0});
  for (std::uint32_t round = 0; round < 20; ++round) {
    for (std::uint32_t i = 0; i < lanes::capacity; ++i) {
      x->a[i] = std::floor(10 * uniform(draw(4, i, stream("seat"), round)).value());
      expected[i].front() = x->a[i];
      std::sort(expected[i].begin(), expected[i].end());
    }
    k.take(of_three, 3, x->a, lanes::capacity);
    for (std::uint32_t i = 0; i < lanes::capacity; ++i)
      for (std::size_t s = 0; s < 3; ++s) ASSERT_EQ(seats[s][i], expected[i][s]);
  }
}

// Columns of all kinds: random, equal to another one for a while, constant, zero, sometimes never; whole and cut blocks.
TEST_P(LaneKernelsTest, GatheringIsAddingValueByValue) {
  constexpr std::size_t columns = 7;
  Gathering gathering(columns, true, k);
  std::vector<Sketch> together(columns), expected(columns);
  for (std::uint32_t round = 0; round < 6; ++round) {
    const std::uint32_t blocks = round == 4 ? 3 : Gathering::side_by_side, last = round >= 4 ? 77 : Gathering::block;
    std::vector<std::vector<Moments>> moments(columns, std::vector<Moments>(blocks));
    for (std::uint32_t b = 0; b < blocks; ++b)
      for (std::uint32_t i = 0; i < (b + 1 == blocks ? last : Gathering::block); ++i) {
        const double u = uniform(draw(5, i, stream("value"), round, b)).value();
        const double all[columns] = {3600 * u, 3600 * u, round < 2 ? 3600 * u : 10 * u, 60, 0, u < 0.01 ? never : 100 * u, never};
        for (std::size_t c = 0; c < columns; ++c) {
          gathering.values(c, b)[i] = all[c];
          moments[c][b].add(all[c]);
          expected[c].add(all[c]);
        }
      }
    gathering.take_in(blocks, last);
    for (std::size_t c = 0; c < columns; ++c)
      for (std::uint32_t b = 0; b < blocks; ++b) {
        const Moments &got = gathering.moments(c, b), &want = moments[c][b];
        ASSERT_EQ(got.count, want.count);
        ASSERT_EQ(got.infinite, want.infinite);
        ASSERT_EQ(got.mean, want.mean) << c << " " << b;
        ASSERT_EQ(got.m2, want.m2) << c << " " << b;
        ASSERT_EQ(got.min, want.min) << c << " " << b;
        ASSERT_EQ(got.max, want.max) << c << " " << b;
      }
  }
  gathering.merge_into(together);
  for (std::size_t c = 0; c < columns; ++c) {
    ASSERT_EQ(together[c].count(), expected[c].count());
    for (std::uint64_t rank = 1; rank <= expected[c].count(); rank += 997) ASSERT_EQ(together[c].quantile(rank), expected[c].quantile(rank)) << c << " " << rank;
    EXPECT_EQ(together[c].max(), expected[c].max());
  }
}

}  // namespace
}  // namespace muster
