#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "models/draw.h"
#include "models/study_result.h"

namespace muster {
namespace {

using testing::ElementsAre;

double u(std::uint32_t i, std::uint32_t part = 0, std::uint64_t seed = 1) { return uniform(draw(seed, i, stream("study-result"), 0, part)).value(); }

VariantResult variant(double cost, double loss, double miss) {
  VariantResult out;
  out.cost_per_year = cost;
  out.expected_loss_per_year = loss;
  out.worst.by = miss;
  return out;
}

StudyResult study(VariantResult baseline, std::vector<VariantResult> variants, std::optional<double> budget = {}) {
  StudyResult out;
  out.baseline = std::move(baseline);
  out.variants = std::move(variants);
  out.budget = budget;
  decide(out);
  return out;
}

TEST(Decision, TheFrontierIsWhatNothingBeats) {
  // The second costs more than the first and is no better; the fifth equals the first. Leaving it as it is beats the fourth, but is no variant.
  const StudyResult s = study(variant(0, 100, 0.5), {variant(10, 50, 0.2), variant(11, 50, 0.2), variant(9, 60, 0.2), variant(1, 100, 0.6), variant(10, 50, 0.2)});
  EXPECT_THAT(s.frontier, ElementsAre(3, 2, 0, 4));
  EXPECT_TRUE(beats(s.baseline, s.variants[3]));
  EXPECT_FALSE(beats(s.baseline, s.variants[2]));
}

TEST(Decision, TheSmallestMissThenCostPlusLossWithinTheBudget) {
  const std::vector<VariantResult> all{variant(10, 50, 0.2), variant(40, 5, 0.2), variant(90, 0, 0.1), variant(20, 45, 0.2)};
  EXPECT_EQ(study(variant(0, 100, 0.5), all).recommended, 2u);
  EXPECT_EQ(study(variant(0, 100, 0.5), all).next_best, 1u);
  EXPECT_EQ(study(variant(0, 100, 0.5), all, 50).recommended, 1u);
  EXPECT_EQ(study(variant(0, 100, 0.5), all, 39).recommended, 0u);
  EXPECT_EQ(study(variant(0, 100, 0.5), all, 39).next_best, 3u);
  EXPECT_EQ(study(variant(0, 100, 0.5), all, 9).recommended, std::nullopt) << "nothing fits";
  EXPECT_FALSE(study(variant(0, 100, 0.5), all, 9).leave_it);
  EXPECT_FALSE(study(variant(0, 100, 0.5), all).leave_it);
  const StudyResult leave = study(variant(0, 100, 0.05), all);
  EXPECT_EQ(leave.recommended, 2u) << "none only where nothing fits";
  EXPECT_TRUE(leave.leave_it) << "and yet leaving it is better";
}

// The oracle is the definition, over random variants with many ties.
TEST(Decision, AgreesWithTheDefinition) {
  for (std::uint32_t round = 0; round < 200; ++round) {
    const auto value = [&](std::uint32_t i, std::uint32_t part) { return std::floor(u(round * 100 + i, part) * 6); };
    const auto random_variant = [&](std::uint32_t i) { return variant(value(i, 0), value(i, 1), value(i, 2) / 10); };
    std::vector<VariantResult> all;
    for (std::uint32_t i = 1; i < 20; ++i) all.push_back(random_variant(i));
    const double budget = value(50, 0);
    const StudyResult s = study(random_variant(0), all, budget);
    const std::vector<VariantResult>& others = all;
    std::vector<std::size_t> frontier;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto key = [](const VariantResult& v) { return std::array{v.cost_per_year, v.expected_loss_per_year, v.worst.by}; };
      const bool beaten = std::any_of(others.begin(), others.end(), [&](const VariantResult& o) {
        bool worse = false, better = false;
        for (int k = 0; k < 3; ++k) worse |= key(o)[k] > key(all[i])[k], better |= key(o)[k] < key(all[i])[k];
        return better && !worse;
      });
      if (!beaten) frontier.push_back(i);
    }
    std::vector<std::size_t> told = s.frontier;
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end(), [&](auto a, auto b) { return all[a].cost_per_year < all[b].cost_per_year; }));
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told, frontier) << round;
    const auto order = [](const VariantResult& v) { return std::pair(v.worst.by, v.cost_per_year + v.expected_loss_per_year); };
    EXPECT_EQ(s.recommended.has_value(), std::any_of(all.begin(), all.end(), [&](const VariantResult& v) { return v.cost_per_year <= budget; }));
    if (!s.recommended) continue;
    EXPECT_LE(all[*s.recommended].cost_per_year, budget);
    EXPECT_NE(std::find(s.frontier.begin(), s.frontier.end(), *s.recommended), s.frontier.end()) << "what is recommended is beaten";
    if (s.leave_it) {
      EXPECT_LE(order(s.baseline), order(all[*s.recommended]));
    } else {
      EXPECT_LE(order(all[*s.recommended]), order(s.baseline));
    }
    for (const VariantResult& v : all)
      if (v.cost_per_year <= budget) {
        EXPECT_LE(order(all[*s.recommended]), order(v));
      }
  }
}

// Published tables of Student's law.
TEST(PairedDifference, UsesStudentsLaw) {
  EXPECT_NEAR(student_95(1), 12.7062, 1e-4);
  EXPECT_NEAR(student_95(10), 2.2281, 1e-4);
  EXPECT_NEAR(student_95(120), 1.9799, 1e-4);
  EXPECT_NEAR(student_95(1e6), 1.95996, 1e-5);
}

TEST(PairedDifference, OfAConstantShiftIsExact) {
  std::vector<double> before, after;
  for (std::uint32_t i = 0; i < 1000; ++i) before.push_back(1024 * std::floor(100 * u(i))), after.push_back(before.back() + 512);
  const PairedDifference d = paired_difference(before, after);
  EXPECT_EQ(d.mean, 512);
  EXPECT_EQ(d.mean_ci, (Interval{512, 512}));
  EXPECT_EQ(d.p95, 512);
  EXPECT_EQ(d.p95_ci, (Interval{512, 512}));
}

TEST(PairedDifference, OfNeverIsToldOnlyWhereItMeansSomething) {
  std::vector<double> before(100, 1.0), after(100, 3.0);
  before[7] = after[7] = never;
  EXPECT_NEAR(paired_difference(before, after).mean, 1.98, 1e-12);
  after[8] = never;
  EXPECT_TRUE(std::isnan(paired_difference(before, after).mean));
  EXPECT_TRUE(std::isnan(paired_difference(before, after).mean_ci.low));
  EXPECT_EQ(paired_difference(before, after).p95, 2) << "the quantile is finite in both";
  std::fill(after.begin() + 50, after.end(), never);
  EXPECT_TRUE(std::isnan(paired_difference(before, after).p95));
}

// Two exponentials on the same uniforms: the differences are exponential with the difference of the means, and the quantiles
// differ by that times ln 20. Of many intervals nineteen in twenty hold the truth, within four standard errors.
TEST(PairedDifference, IntervalsHoldTheTruthAsOftenAsTheySay) {
  constexpr int rounds = 400;
  constexpr std::uint32_t n = 2000;
  int means = 0, quantiles = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> before, after;
    for (std::uint32_t i = 0; i < n; ++i) {
      const double e = -std::log(u(i, 0, static_cast<std::uint64_t>(round) + 10)), other = -std::log(u(i, 1, static_cast<std::uint64_t>(round) + 10));
      before.push_back(60 * e + other), after.push_back(40 * e + other);
    }
    const PairedDifference d = paired_difference(before, after);
    means += d.mean_ci.low <= -20 && -20 <= d.mean_ci.high;
    // Of a sum of exponentials a and 1 the upper tail at x is (a exp(-x/a) - exp(-x)) / (a - 1).
    const auto q95 = [](double a) {
      double low = 0, high = 1000;
      for (int k = 0; k < 100; ++k) {
        const double x = (low + high) / 2;
        ((a * std::exp(-x / a) - std::exp(-x)) / (a - 1) > 0.05 ? low : high) = x;
      }
      return low;
    };
    static const double truth = q95(40) - q95(60);
    quantiles += d.p95_ci.low <= truth && truth <= d.p95_ci.high;
  }
  const double error = std::sqrt(0.95 * 0.05 / rounds);
  EXPECT_NEAR(means / double{rounds}, 0.95, 4 * error);
  EXPECT_NEAR(quantiles / double{rounds}, 0.95, 4 * error);
}

}  // namespace
}  // namespace muster
