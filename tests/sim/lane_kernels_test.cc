#include "sim/lane_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

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
      const bool left = k.quantile(table.rows(), x->words, nullptr, lanes::capacity, x->out);
      for (std::uint32_t i = 0; i < lanes::capacity; ++i) {
        const auto w = static_cast<std::uint32_t>(x->words[i]);
        ASSERT_EQ(std::isnan(x->out[i]), is_extreme(w)) << "word " << w;
        if (is_extreme(w))
          ASSERT_TRUE(left);
        else
          ASSERT_EQ(x->out[i], table(uniform_of(w))) << "word " << w;
        x->a[i] = 0.1 * i;
      }
      ASSERT_EQ(k.quantile(table.rows(), x->words, x->a, lanes::capacity, x->b), left);
      for (std::uint32_t i = 0; i < lanes::capacity; ++i) ASSERT_TRUE(x->b[i] == x->a[i] + x->out[i] || std::isnan(x->out[i])) << i;
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

// The oracle is one lane at a time, by the words of the rule: whoever can have seats at the earliest instant at which anybody can; of these the highest rank,
// then who was ready first, then the first in dispatch order. Who is late was ready before whoever was served before. Times are small whole numbers, so that
// many are equal.
TEST_P(LaneKernelsTest, ATurnServesWhomTheRuleServes) {
  std::mt19937 random(3);
  const auto up_to = [&](std::uint32_t most) { return static_cast<std::uint32_t>(random() % (most + 1)); };
  struct Line {
    alignas(64) double values[lanes::apart];
  };
  const std::uint32_t n = 237;
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t count = 1 + up_to(round % 3 == 0 ? 15 : 7), pool_count = round % 2 == 0 ? 1 : 1 + up_to(2);
    const bool ranks = round % 4 > 1;
    std::vector<Line> ready(count), own(6 * count), seats(3 * 4);  // own: its end, its length, four mores
    std::vector<std::array<std::uint8_t, lanes::capacity / 8>> waits(count);
    std::vector<std::uint32_t> mores(count);
    std::vector<std::vector<double*>> seats_of(pool_count);
    std::vector<LanePool> pools;
    std::vector<LaneRequest> requests;
    for (std::uint32_t p = 0; p < pool_count; ++p) {
      const std::uint32_t size = 1 + up_to(3);
      for (std::uint32_t nth = 0; nth < size; ++nth) seats_of[p].push_back(seats[4 * p + nth].values);
      for (std::uint32_t i = 0; i < lanes::capacity; ++i) {
        std::vector<double> free(size);
        for (double& when : free) when = up_to(6);
        std::sort(free.begin(), free.end());
        for (std::uint32_t nth = 0; nth < size; ++nth) seats_of[p][nth][i] = free[nth];
      }
      pools.push_back({seats_of[p].data(), size, 1 + up_to(size - 1)});
    }
    for (std::uint32_t c = 0; c < count; ++c) {
      mores[c] = up_to(2) * up_to(2);
      for (std::uint32_t i = 0; i < lanes::capacity; ++i) {
        if (i % 8 == 0) waits[c][i / 8] = static_cast<std::uint8_t>(up_to(255) | up_to(255) | up_to(255));
        ready[c].values[i] = up_to(4) == 0 ? never : up_to(8);
        own[6 * c].values[i] = never;
        own[6 * c + 1].values[i] = up_to(5) / 3.0;
        for (std::uint32_t m = 2; m < 6; ++m) own[6 * c + m].values[i] = up_to(3) == 0 ? up_to(9) / 7.0 : 0;
      }
      requests.push_back({ready[c].values, own[6 * c].values, mores[c], waits[c].data(), up_to(pool_count - 1), c == 0 || (ranks && up_to(2) == 0), false, false});
    }
    LaneTurn turn{requests.data(), count, false, false};
    if (std::all_of(requests.begin(), requests.end(), [&](const LaneRequest& r) { return r.pool == requests[0].pool && (&r == requests.data() || !r.outranked); })) {
      turn.tells = up_to(1) == 1;
      for (LaneRequest& r : requests) {
        turn.any_late |= (r.late = round % 5 < 2 && up_to(2) > 0);
        r.yields = up_to(1) == 1;
      }
    }
    const bool alone = count == 1 && !turn.any_late;  // then it has not been served in any lane
    if (alone) waits[0].fill(0xff);
    std::vector<Line> then(1);
    for (double& when : then[0].values) when = up_to(8);
    std::array<std::uint8_t, lanes::capacity / 8> yields;
    for (std::uint8_t& lanes : yields) lanes = static_cast<std::uint8_t>(up_to(255));
    auto then_then = then;
    auto yields_then = yields;
    auto waits_then = waits;
    auto own_then = own, seats_then = seats;
    std::vector<std::uint8_t> doubtful_then(lanes::capacity), doubtful(lanes::capacity);
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto seat = [&](std::uint32_t p, std::uint32_t nth) -> double& { return seats_then[4 * p + nth].values[i]; };
      const auto ready_then = [&](std::uint32_t c) { return waits_then[c][i / 8] >> i % 8 & 1 ? ready[c].values[i] : never; };
      double instant = never;
      for (std::uint32_t c = 0; c < count; ++c) instant = std::min(instant, std::max(ready_then(c), seat(requests[c].pool, pools[requests[c].pool].each - 1)));
      std::uint32_t who = count;
      for (std::uint32_t c = 0; c < count && instant < never; ++c) {
        if (requests[c].outranked && who < count) break;
        if (std::max(ready_then(c), seat(requests[c].pool, pools[requests[c].pool].each - 1)) > instant) continue;
        if (who == count || ready_then(c) < ready_then(who)) who = c;
      }
      if (who == count) {
        doubtful_then[i] = 1;
        continue;
      }
      double end = instant + own[6 * who + 1].values[i];
      for (std::uint32_t m = 0; m < mores[who]; ++m) end += own[6 * who + 2 + m].values[i];
      const double was_ready = ready_then(who);
      const bool late = requests[who].late && (was_ready < then_then[0].values[i] || (was_ready == then_then[0].values[i] && (yields_then[i / 8] >> i % 8 & 1) != 0));
      doubtful_then[i] = end == instant || late;
      if (turn.tells) {
        then_then[0].values[i] = was_ready;
        yields_then[i / 8] = static_cast<std::uint8_t>((yields_then[i / 8] & ~(1u << i % 8)) | (requests[who].yields ? 1u << i % 8 : 0u));
      }
      waits_then[who][i / 8] &= static_cast<std::uint8_t>(~(1u << i % 8));
      own_then[6 * who].values[i] = end;
      const LanePool& pool = pools[requests[who].pool];
      std::vector<double> free;
      for (std::uint32_t nth = 0; nth < pool.count; ++nth) free.push_back(nth < pool.each ? end : seat(requests[who].pool, nth));
      std::sort(free.begin(), free.end());
      for (std::uint32_t nth = 0; nth < pool.count; ++nth) seat(requests[who].pool, nth) = free[nth];
    }
    const bool any = k.serve(turn, pools.data(), pool_count, {then[0].values, yields.data()}, n, doubtful.data());
    EXPECT_EQ(any, std::any_of(doubtful_then.begin(), doubtful_then.end(), [](std::uint8_t is) { return is != 0; }));
    for (std::uint32_t i = 0; i < n; ++i) {
      ASSERT_EQ(doubtful[i], doubtful_then[i]) << round << " " << i;
      if (doubtful[i] != 0) continue;
      for (std::uint32_t c = 0; c < count; ++c) {
        ASSERT_TRUE(alone || (waits[c][i / 8] >> i % 8 & 1) == (waits_then[c][i / 8] >> i % 8 & 1)) << round << " " << i << " " << c;
        ASSERT_EQ(own[6 * c].values[i], own_then[6 * c].values[i]) << round << " " << i << " " << c;
      }
      ASSERT_EQ(then[0].values[i], then_then[0].values[i]) << round << " " << i;
      ASSERT_EQ(yields[i / 8] >> i % 8 & 1, yields_then[i / 8] >> i % 8 & 1) << round << " " << i;
      for (std::uint32_t p = 0; p < pool_count; ++p)
        for (std::uint32_t nth = 0; nth < pools[p].count; ++nth) ASSERT_EQ(seats[4 * p + nth].values[i], seats_then[4 * p + nth].values[i]) << round << " " << i;
    }
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
