#include "models/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <random>

namespace muster {
namespace {

using boost::math::binomial_distribution;

// Oracle: Boost.Math's binomial law.
TEST(BinomialCdf, AgreesWithBoost) {
  for (const std::uint64_t n : {1ull, 10ull, 1000ull, 100000ull, 1000000ull})
    for (const double p : {0.05, 0.5, 0.95, 0.99}) {
      const binomial_distribution<> law(static_cast<double>(n), p);
      for (const double z : {-4.0, -1.0, 0.0, 1.0, 4.0}) {
        const auto k = static_cast<std::int64_t>(std::floor(static_cast<double>(n) * p + z * std::sqrt(static_cast<double>(n) * p * (1 - p))));
        if (k < 0 || k > static_cast<std::int64_t>(n)) continue;
        const double expected = boost::math::cdf(law, static_cast<double>(k));
        EXPECT_NEAR(binomial_cdf(k, n, p), expected, 1e-10 * std::max(expected, 1e-3)) << n << " " << p << " " << k;
      }
    }
}

// Oracle: Boost.Math's binomial law; at so many trials both lose digits to the size of their arguments.
TEST(BinomialCdf, AgreesWithBoostAtBillionsOfTrials) {
  for (const std::uint64_t n : {1'000'000'000ull, 4'000'000'000ull})
    for (const double p : {0.5, 0.95, 0.999}) {
      const double mean = static_cast<double>(n) * p, sd = std::sqrt(mean * (1 - p));
      for (const double z : {-2.0, -0.5, 0.0, 1.645, 1.96}) {
        const double k = std::floor(mean + z * sd);
        EXPECT_NEAR(binomial_cdf(static_cast<std::int64_t>(k), n, p),
                    boost::math::cdf(binomial_distribution<>(static_cast<double>(n), p), k), 1e-7)
            << n << " " << p << " " << z;
      }
    }
}

// Oracle: Boost.Math's Clopper-Pearson bounds (find_lower_bound_on_p, find_upper_bound_on_p).
TEST(ClopperPearson, AgreesWithBoost) {
  for (const auto& [k, n] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 10}, {10, 10}, {3, 10}, {950, 1000}, {97300, 100000}, {999999, 1000000}}) {
    const Interval i = clopper_pearson(k, n);
    const auto x = static_cast<double>(n), s = static_cast<double>(k);
    EXPECT_NEAR(i.low, k == 0 ? 0 : binomial_distribution<>::find_lower_bound_on_p(x, s, 0.025), 1e-9);
    EXPECT_NEAR(i.high, k == n ? 1 : binomial_distribution<>::find_upper_bound_on_p(x, s, 0.025), 1e-9);
  }
  EXPECT_EQ(clopper_pearson(0, 5).low, 0);
  EXPECT_EQ(clopper_pearson(5, 5).high, 1);
}

TEST(RankOf, IsTheSmallestOrderStatisticThatCoversTheShare) {
  EXPECT_EQ(rank_of(0.95, 100), 95u) << "0.95 * 100 is a little above 95 in binary";
  EXPECT_EQ(rank_of(0.95, 101), 96u);
  EXPECT_EQ(rank_of(0.5, 2), 1u);
  EXPECT_EQ(rank_of(0.5, 3), 2u);
  EXPECT_EQ(rank_of(0.001, 10), 1u);
  EXPECT_EQ(rank_of(0.999, 10), 10u);
  EXPECT_EQ(rank_of(0.999, 1000), 999u);
}

// Oracle: whole-number arithmetic, the ceiling of k n / 1000.
TEST(RankOf, IsExactUpToFourBillionValues) {
  std::mt19937_64 random(17);
  for (int i = 0; i < 200000; ++i) {
    const std::uint64_t n = 1 + random() % (i % 2 ? 4'000'000'000ull : 5000ull), k = 1 + random() % 999;
    ASSERT_EQ(rank_of(static_cast<double>(k) / 1000, n), (k * n + 999) / 1000) << k << " " << n;
  }
  EXPECT_EQ(rank_of(0, 10), 1u);
  EXPECT_EQ(rank_of(1, 10), 10u);
}

// Oracle: the definition, by the binomial law: the interval [X(low), X(high)] covers with at least 95%, and not with one rank less on a side.
TEST(QuantileRanks, CoverWithTheAskedConfidenceAndNoWider) {
  for (const std::uint64_t n : {1ull, 2ull, 6ull, 50ull, 1000ull, 100000ull, 4'000'000'000ull})
    for (const double p : {0.5, 0.9, 0.95, 0.99}) {
      const Ranks r = quantile_ranks(p, n);
      const double below = r.low == 0 ? 0 : binomial_cdf(static_cast<std::int64_t>(r.low) - 1, n, p);
      const double above = r.high > n ? 0 : 1 - binomial_cdf(static_cast<std::int64_t>(r.high) - 1, n, p);
      EXPECT_LE(below, 0.025);
      EXPECT_LE(above, 0.025 + 1e-12);
      if (r.low < n) {
        EXPECT_GE(binomial_cdf(static_cast<std::int64_t>(r.low), n, p), 0.025);
      }
      if (r.high <= n) {
        EXPECT_LT(binomial_cdf(static_cast<std::int64_t>(r.high) - 2, n, p), 0.975);
      }
    }
  EXPECT_EQ(quantile_ranks(0.99, 10).high, 11u) << "ten values say nothing above about a 99% quantile";
}

TEST(UpperRank, IsTheLeastThatHoldsWith95Percent) {
  // The classic of tolerance limits: 59 values are needed before the greatest bounds the 95% quantile with 95%.
  EXPECT_EQ(upper_rank(58, 0.95), 59u);
  EXPECT_EQ(upper_rank(59, 0.95), 59u);
  for (const std::uint64_t n : {200ull, 10000ull}) {
    const std::uint64_t r = upper_rank(n, 0.9);
    EXPECT_GE(binomial_cdf(static_cast<std::int64_t>(r) - 1, n, 0.9), 0.95);
    EXPECT_LT(binomial_cdf(static_cast<std::int64_t>(r) - 2, n, 0.9), 0.95);
  }
}

TEST(UpperRank, OfCertaintyIsOutOfReachAndOfNothingTheFirst) {
  EXPECT_EQ(upper_rank(100, 1), 101u);
  EXPECT_EQ(upper_rank(100, 0), 1u);
  EXPECT_EQ(upper_rank(0, 0.5), 1u);
}

// Oracle: sorting, and the two-pass formulae.
TEST(Summarize, AgreesWithSortingAndTwoPasses) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> law(4, 1);
  for (const std::size_t n : {1u, 2u, 7u, 100u, 4999u}) {
    std::vector<double> v(n);
    for (double& x : v) x = law(random);
    std::vector<double> sorted = v;
    std::sort(sorted.begin(), sorted.end());
    double mean = 0, m2 = 0;
    for (double x : v) mean += x / static_cast<double>(n);
    for (double x : v) m2 += (x - mean) * (x - mean);
    const Stats s = summarize(v);
    EXPECT_NEAR(s.mean, mean, 1e-11 * mean);
    if (n > 1) {
      EXPECT_NEAR(s.sd, std::sqrt(m2 / static_cast<double>(n - 1)), 1e-9 * mean);
    }
    EXPECT_EQ(s.min, sorted.front());
    EXPECT_EQ(s.max, sorted.back());
    for (std::size_t i = 0; i < Stats::levels.size(); ++i) EXPECT_EQ(s.quantiles[i], sorted[rank_of(Stats::levels[i], n) - 1]);
    const Ranks r = quantile_ranks(0.9, n);
    EXPECT_EQ(s.p90_ci.low, r.low == 0 ? 0 : sorted[r.low - 1]);
    EXPECT_EQ(s.p90_ci.high, r.high > n ? never : sorted[r.high - 1]);
  }
}

TEST(Summarize, KeepsInfinityApartAndInTheQuantiles) {
  std::vector<double> v{1, 2, 3, never, never};
  const Stats s = summarize(v);
  EXPECT_EQ(s.mean, never);
  EXPECT_EQ(s.quantile(0.5), 3);
  EXPECT_EQ(s.quantile(0.75), never);
  EXPECT_EQ(s.max, never);
  std::vector<double> same(1000, 0.1);
  EXPECT_EQ(summarize(same).mean, 0.1);
  EXPECT_EQ(summarize(same).sd, 0);
  std::vector<double> nothing;
  EXPECT_EQ(summarize(nothing).count, 0u);
}

// Oracle: sorting, for all intervals, with ties and values that never end.
TEST(Summarize, FindsEveryRankAmongTiesAndInfinities) {
  std::mt19937_64 random(19);
  for (const std::size_t n : {3u, 40u, 1000u, 30011u}) {
    std::vector<double> v(n);
    for (double& x : v) x = random() % 20 == 0 ? never : static_cast<double>(random() % (n / 2 + 1));
    std::vector<double> sorted = v;
    std::sort(sorted.begin(), sorted.end());
    const Stats s = summarize(v);
    const std::pair<double, Interval> intervals[] = {
        {0.5, s.p50_ci}, {0.9, s.p90_ci}, {0.95, s.p95_ci}, {0.99, s.p99_ci}};
    for (const auto& [level, interval] : intervals) {
      const Ranks r = quantile_ranks(level, n);
      EXPECT_EQ(interval.low, r.low == 0 ? 0 : sorted[r.low - 1]) << n << " " << level;
      EXPECT_EQ(interval.high, r.high > n ? never : sorted[r.high - 1]) << n << " " << level;
    }
    for (std::size_t i = 0; i < Stats::levels.size(); ++i)
      EXPECT_EQ(s.quantiles[i], sorted[rank_of(Stats::levels[i], n) - 1]) << n;
    std::sort(v.begin(), v.end());
    EXPECT_EQ(v, sorted) << "only the order changes";
  }
}

// Many values are counted instead of compared: the same oracle, for shapes that crowd few of the steps.
TEST(Summarize, FindsEveryRankAmongManyFiniteValues) {
  std::mt19937_64 random(20);
  const auto shaped = [](int shape, double u) { return shape == 0 ? 3600 * u : shape == 1 ? (u < 0.9 ? 0 : 100 * u) : shape == 2 ? std::floor(5 * u) : shape == 3 ? 1 / (u + 1e-12) : 60; };
  for (int shape = 0; shape < 5; ++shape) {
    std::vector<double> v(20'011);
    for (double& x : v) x = shaped(shape, static_cast<double>(random() >> 11) * 0x1p-53);
    std::vector<double> sorted = v;
    std::sort(sorted.begin(), sorted.end());
    const Stats s = summarize(v);
    for (std::size_t i = 0; i < Stats::levels.size(); ++i) EXPECT_EQ(s.quantiles[i], sorted[rank_of(Stats::levels[i], v.size()) - 1]) << shape;
    const Ranks r = quantile_ranks(0.99, v.size());
    EXPECT_EQ(s.p99_ci.low, sorted[r.low - 1]) << shape;
    EXPECT_EQ(s.p99_ci.high, sorted[r.high - 1]) << shape;
  }
}

TEST(Summarize, AFewValuesExcludeNothing) {
  std::vector<double> v{5, 6, 7};
  const Stats s = summarize(v);
  EXPECT_EQ(s.p50_ci, (Interval{0, never})) << "the median of three can well lie outside them";
  std::vector<double> spread{0, 0, 0, 0, 900};
  EXPECT_EQ(summarize(spread).mean_ci.low, 0) << "no duration is below zero, nor is their mean";
}

TEST(Summarize, MeanLiesWithinTheValues) {
  std::vector<double> v(100000, 0.1);
  v.back() = std::nextafter(0.1, 1);
  const Stats s = summarize(v);
  EXPECT_GE(s.mean, s.min);
  EXPECT_LE(s.mean, s.max);
}

TEST(Summarize, WhatIsNotANumberIsABug) {
  std::vector<double> v{1, std::nan(""), 3};
  EXPECT_THROW(summarize(v), std::logic_error);
  std::vector<double> w{1, 2};
  EXPECT_THROW(summarize(w, Moments()), std::logic_error);
}

TEST(Moments, OfEmptyBlocksAndOfInfinitiesAloneMergeToo) {
  Moments none, infinite, some;
  infinite.add(never);
  some.add(4);
  some.add(6);
  Moments all = none;
  all.merge(infinite);
  EXPECT_EQ(all.mean, 0);
  EXPECT_EQ(all.min, never);
  all.merge(some);
  all.merge(none);
  EXPECT_EQ(all.count, 3u);
  EXPECT_EQ(all.infinite, 1u);
  EXPECT_EQ(all.mean, 5);
  EXPECT_EQ(all.m2, 2);
  EXPECT_EQ(all.min, 4);
  EXPECT_EQ(all.max, never);
}

TEST(Moments, MergedBlocksAgreeWithOneStream) {
  std::mt19937_64 random(5);
  std::exponential_distribution<double> law(0.01);
  Moments whole, merged, block;
  for (int i = 1; i <= 10000; ++i) {
    const double x = i % 1000 == 0 ? never : law(random);
    whole.add(x);
    block.add(x);
    if (i % 64 == 0) {
      merged.merge(block);
      block = {};
    }
  }
  merged.merge(block);
  EXPECT_EQ(merged.count, whole.count);
  EXPECT_EQ(merged.infinite, 10u);
  EXPECT_NEAR(merged.mean, whole.mean, 1e-10);
  EXPECT_NEAR(merged.sd(), whole.sd(), 1e-9);
}

TEST(Verdict, IsDecidedOnlyWhenTheWholeIntervalIsOnOneSide) {
  EXPECT_EQ(verdict({0.97, {0.96, 0.98}}, 0.95), Verdict::met);
  EXPECT_EQ(verdict({0.94, {0.93, 0.949}}, 0.95), Verdict::missed);
  EXPECT_EQ(verdict({0.95, {0.94, 0.96}}, 0.95), Verdict::undecided);
}

TEST(RelativeHalfWidth, IsZeroForEqualEndsAndInfiniteForHalfOpenOnes) {
  EXPECT_DOUBLE_EQ(relative_half_width({99, 101}), 0.01);
  EXPECT_EQ(relative_half_width({never, never}), 0);
  EXPECT_EQ(relative_half_width({5, never}), never);
  EXPECT_EQ(relative_half_width({0, 0}), 0);
}

}  // namespace
}  // namespace muster
