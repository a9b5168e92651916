#include "models/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <stdexcept>

namespace muster {
namespace {

using Law = std::function<double(std::mt19937_64&)>;

template <typename Standard>
Law law(Standard of) {
  return [of](std::mt19937_64& random) mutable { return of(random); };
}

std::vector<std::pair<const char*, Law>> many_laws() {
  return {{"narrow", law(std::lognormal_distribution<double>(6, 0.001))},
          {"lognormal", law(std::lognormal_distribution<double>(6, 1))},
          {"over many octaves", law(std::lognormal_distribution<double>(6, 5))},
          {"exponential", law(std::exponential_distribution<double>(0.01))},
          {"uniform", law(std::uniform_real_distribution<double>(0, 14400))},
          {"gamma", law(std::gamma_distribution<double>(0.3, 500))},
          {"heavy-tailed", law(std::weibull_distribution<double>(0.3, 60))},
          {"whole minutes", [](std::mt19937_64& random) { return 60.0 * static_cast<double>(random() % 300); }},
          {"powers of two and what is next to them",
           [](std::mt19937_64& random) {
             const double x = std::ldexp(1.0, static_cast<int>(random() % 30));
             return random() % 2 ? x : std::nextafter(x, 0);
           }},
          {"mostly nothing, sometimes for ever", [](std::mt19937_64& random) {
             const auto which = random() % 10;
             return which < 6 ? 0.0 : which < 9 ? 3600.0 + static_cast<double>(random() % 7200) : never;
           }}};
}

// Many at once are as good as each by itself; tiny ones, whole powers, huge ones and values for ever among them.
TEST(Sketch, ManyAtOnceAreWhatEachAdds) {
  std::mt19937_64 random(8);
  for (auto& [name, draw] : many_laws()) {
    Sketch one_by_one, at_once;
    for (int block = 0; block < 3; ++block) {
      std::vector<double> values(1000 + block);
      for (double& v : values) v = draw(random);
      values[5] = block % 2 ? -0.0 : 1e-9;
      if (block == 2) values[6] = 0x1p41;
      double least = never, greatest = 0;
      for (const double v : values) {
        one_by_one.add(v);
        least = std::min(least, v);
        greatest = std::max(greatest, v);
      }
      at_once.add(values, least, greatest);
    }
    EXPECT_EQ(at_once.count(), one_by_one.count()) << name;
    EXPECT_EQ(at_once.min(), one_by_one.min()) << name;
    EXPECT_EQ(at_once.max(), one_by_one.max()) << name;
    for (std::uint64_t rank = 1; rank <= at_once.count(); ++rank) ASSERT_EQ(at_once.quantile(rank), one_by_one.quantile(rank)) << name << " " << rank;
  }
}

TEST(Sketch, WhatItCannotCountIsRefused) {
  Sketch most;
  most.add(7, 0xffffffff);
  EXPECT_EQ(most.quantile(0xffffffff), 7);
  EXPECT_THROW(most.add(7), std::length_error);
  EXPECT_THROW(most.merge(most), std::length_error);
  EXPECT_EQ(most.count(), 0xffffffff);
}

// Oracle: the order statistics of the same values.
TEST(Sketch, QuantilesAreWithinTheStatedErrorOfTheOrderStatistics) {
  std::mt19937_64 random(7);
  for (auto& [name, draw] : many_laws()) {
    Sketch sketch;
    std::vector<double> values(20000);
    for (double& v : values) sketch.add(v = draw(random));
    std::sort(values.begin(), values.end());
    for (std::uint64_t rank = 1; rank <= values.size(); rank += 37) {
      const double expected = values[rank - 1], answer = sketch.quantile(rank);
      if (expected < 0x1p-20)
        EXPECT_LE(answer, expected) << name << " " << rank;
      else if (std::isinf(expected))
        EXPECT_EQ(answer, never) << name << " " << rank;
      else
        EXPECT_NEAR(answer, expected, expected * 0x1p-14 * (1 + 1e-12)) << name << " " << rank;
    }
    EXPECT_EQ(sketch.min(), values.front()) << name;
    EXPECT_EQ(sketch.max(), values.back()) << name;
    EXPECT_EQ(sketch.infinite(), static_cast<std::uint64_t>(std::count(values.begin(), values.end(), never))) << name;
  }
}

TEST(Sketch, HoldsZeroInfinityTheTinyAndTheHuge) {
  Sketch s;
  for (const double v : {0.0, -0.0, 1e-9, 5.0, 1e14, never}) s.add(v);
  EXPECT_EQ(s.quantile(1), 0);
  EXPECT_EQ(s.quantile(2), 0) << "minus zero is zero";
  EXPECT_EQ(s.quantile(3), 0) << "within a microsecond";
  EXPECT_NEAR(s.quantile(4), 5, 5e-4);
  EXPECT_EQ(s.quantile(5), 1e14) << "what is finite stays finite";
  EXPECT_EQ(s.quantile(6), never);
  EXPECT_EQ(s.count(), 6u);
  EXPECT_EQ(s.infinite(), 1u);
  EXPECT_EQ(s.max(), never);
}

TEST(Sketch, RefusesWhatIsNoDurationAndRanksThatAreNot) {
  Sketch s;
  EXPECT_THROW(s.add(-1), std::logic_error);
  EXPECT_THROW(s.add(std::nan("")), std::logic_error);
  EXPECT_EQ(s.count(), 0u);
  EXPECT_THROW(s.quantile(1), std::logic_error);
  s.add(1);
  EXPECT_THROW(s.quantile(0), std::logic_error);
  EXPECT_THROW(s.quantile(2), std::logic_error);
}

TEST(Sketch, ACopyIsIndependent) {
  Sketch a;
  a.add(10);
  Sketch b = a;
  b.add(1e6);
  a = a;
  EXPECT_EQ(a.count(), 1u);
  EXPECT_EQ(a.quantile(1), 10);
  EXPECT_EQ(b.count(), 2u);
}

TEST(Sketch, MergingDoesNotDependOnTheOrder) {
  std::mt19937_64 random(9);
  std::exponential_distribution<double> law(0.001);
  Sketch parts[3], whole;
  for (int i = 0; i < 3000; ++i) {
    const double v = law(random);
    parts[i % 3].add(v);
    whole.add(v);
  }
  Sketch a = parts[0], b = parts[2];
  a.merge(parts[1]);
  a.merge(parts[2]);
  b.merge(parts[0]);
  b.merge(parts[1]);
  for (std::uint64_t rank = 1; rank <= 3000; ++rank) {
    ASSERT_EQ(a.quantile(rank), b.quantile(rank));
    ASSERT_EQ(a.quantile(rank), whole.quantile(rank));
  }
}

TEST(Sketch, AConstantIsAnsweredExactly) {
  Sketch s;
  Moments m;
  for (int i = 0; i < 1000; ++i) {
    s.add(0.1);
    m.add(0.1);
  }
  const Stats stats = summarize(s, m);
  for (const double q : stats.quantiles) EXPECT_EQ(q, 0.1);
  EXPECT_EQ(stats.p99_ci, (Interval{0.1, 0.1}));
  EXPECT_EQ(stats.sd, 0);
  EXPECT_EQ(stats.mean, 0.1);
  EXPECT_EQ(stats.count, 1000u);
}

TEST(Sketch, AConstantIsAnsweredExactlyBesideInfinity) {
  Sketch s;
  for (int i = 0; i < 10; ++i) s.add(0.1);
  s.add(never);
  EXPECT_EQ(s.quantile(10), 0.1);
  EXPECT_EQ(s.quantile(11), never);
}

TEST(Sketch, SummaryOfNothingIsNothing) {
  EXPECT_EQ(summarize(Sketch(), Moments()).count, 0u);
  EXPECT_TRUE(std::isnan(summarize(Sketch(), Moments()).mean));
}

TEST(Sketch, SummaryAgreesWithTheExactOneWithinTheStatedError) {
  std::mt19937_64 random(11);
  std::gamma_distribution<double> law(2, 500);
  std::vector<double> values(50000);
  Sketch sketch;
  Moments m;
  for (double& v : values) {
    v = law(random);
    sketch.add(v);
    m.add(v);
  }
  const Stats rough = summarize(sketch, m), exact = summarize(values, m);
  EXPECT_EQ(rough.mean, exact.mean);
  EXPECT_EQ(rough.max, exact.max);
  EXPECT_EQ(rough.mean_ci, exact.mean_ci);
  EXPECT_EQ(rough.count, exact.count);
  for (std::size_t i = 0; i < Stats::levels.size(); ++i) EXPECT_NEAR(rough.quantiles[i], exact.quantiles[i], 1e-4 * exact.quantiles[i]);
  EXPECT_NEAR(rough.p95_ci.high, exact.p95_ci.high, 1e-4 * exact.p95_ci.high);
}

}  // namespace
}  // namespace muster
