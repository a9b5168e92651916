#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "exercise/canary.h"

namespace muster {
namespace {

Moment at(double seconds) { return {static_cast<std::int64_t>(std::llround(seconds * 1e9)), 0}; }

/// Write n is sent at n seconds and, where `answered` has a '+', acknowledged half a second later.
std::vector<CanaryWrite> writes(const std::string& answered) {
  std::vector<CanaryWrite> out;
  for (std::size_t i = 0; i < answered.size(); ++i) {
    const auto n = static_cast<double>(i) + 1;
    out.push_back({i + 1, at(n), answered[i] == '+' ? std::optional(at(n + 0.5)) : std::nullopt});
  }
  return out;
}

TEST(CanaryLoss, IsTheAgeOfTheNewestWriteBeforeWhichNothingIsMissing) {
  const auto found = measure_loss(writes("++++++-+"), {1, 2, 3, 4}, at(7), 1);
  EXPECT_EQ(found.rpa, 7 - 4.5);
  EXPECT_EQ(found.acknowledged, 6u);
  EXPECT_EQ(found.acknowledged_after_t0, 1u);
  EXPECT_EQ(found.in_doubt, 1u);
  EXPECT_EQ(found.lost, 2u);
  EXPECT_EQ(found.lost_after_t0, 1u);
  EXPECT_EQ(found.lost_numbers, (std::vector<Stretch>{{5, 6}, {8, 8}}));
  EXPECT_EQ(found.lateness_max, 0);
}

TEST(CanaryLoss, CountsAHoleFromBeforeTheHole) {
  EXPECT_EQ(measure_loss(writes("++++++"), {1, 2, 4, 5, 6}, at(7), 1).rpa, 7 - 2.5);
}

TEST(CanaryLoss, TakesSurvivingWritesInDoubtForNothing) {
  EXPECT_EQ(measure_loss(writes("+++---"), {1, 2, 3, 4, 5, 6}, at(7), 1).rpa, 7 - 3.5);
}

TEST(CanaryLoss, IsZeroWhereWritesFromAfterTheOnsetSurvivedToo) {
  EXPECT_EQ(measure_loss(writes("++++++"), {1, 2, 3, 4, 5, 6}, at(4), 1).rpa, 0);
}

TEST(CanaryLoss, IsUnknownWhereNothingWasAcknowledgedOrNothingIsLeft) {
  EXPECT_FALSE(measure_loss(writes("---"), {1, 2, 3}, at(7), 1).rpa);
  EXPECT_FALSE(measure_loss({}, {}, at(7), 1).rpa);
  const auto gone = measure_loss(writes("+++"), {}, at(7), 1);
  EXPECT_FALSE(gone.rpa);
  EXPECT_NE(gone.why_not, "");
  EXPECT_EQ(gone.lost, 3u);
}

TEST(CanaryLoss, IsToldAsLongAsItCanHaveBeenWhereClocksAreNotOne) {
  auto away = writes("++++++");
  for (auto& write : away) write.error = 0.125;
  const auto found = measure_loss(away, {1, 2, 3, 4}, at(7), 1, 0.25);
  EXPECT_EQ(found.rpa, 7 - 4.5 + 0.125 + 0.25);
  EXPECT_EQ(found.period, 1 + 2 * 0.125 + 0.25);
  EXPECT_EQ(measure_loss(away, {1, 2, 3, 4, 5, 6}, at(6.5), 1, 0.25).rpa, 0.375) << "none is told only where there can be none";
  EXPECT_EQ(measure_loss(away, {1, 2, 3, 4, 5, 6}, at(6), 1, 0.25).rpa, 0);
  EXPECT_EQ(measure_loss(writes("++++++"), {1, 2, 3, 4}, at(7), 1).period, 1);
}

TEST(CanaryLoss, SaysHowLateTheWriterWas) {
  auto late = writes("+++");
  late[2].sent = at(3.75);
  EXPECT_EQ(measure_loss(late, {1, 2, 3}, at(7), 1).lateness_max, 0.75);
}

/// The oracle tries every acknowledged write as W and asks the definition of it.
TEST(CanaryLoss, AgreesWithItsDefinitionOnRandomWrites) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto upto = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  int measured = 0;
  for (int round = 0; round < 5000; ++round) {
    std::vector<CanaryWrite> all;
    std::set<std::uint64_t> survivors;
    const unsigned hold = 1 + upto(60);
    for (std::uint64_t n = 1; n <= 50; ++n) {
      if (random() % 20 == 0) continue;  // not sent
      CanaryWrite write{n, at(static_cast<double>(n)), std::nullopt};
      if (random() % 8 != 0) write.acknowledged = at(static_cast<double>(n) + 0.25 * (upto(16)));
      if (n < hold ? random() % 50 != 0 : random() % 3 == 0) survivors.insert(n);
      all.push_back(write);
    }
    const double t0 = 0.25 * (upto(240));
    std::optional<double> best;
    std::uint64_t newest = 0, before = 0, lost = 0, lost_numbers = 0;
    for (const auto& candidate : all) {
      if (!candidate.acknowledged) continue;
      const bool gone = survivors.count(candidate.number) == 0;
      if (candidate.acknowledged->boot <= at(t0).boot) ++before, lost += gone;
      lost_numbers += gone;
      const bool whole = !gone && std::all_of(all.begin(), all.end(), [&](const CanaryWrite& other) {
        return other.number >= candidate.number || !other.acknowledged || survivors.count(other.number) > 0;
      });
      if (whole && candidate.number > newest) {
        newest = candidate.number;
        best = std::max(0.0, at(t0).since(*candidate.acknowledged));
      }
    }
    if (before == 0) best.reset();
    std::shuffle(all.begin(), all.end(), random);
    const auto found = measure_loss(all, survivors, at(t0), 1);
    ASSERT_EQ(found.rpa, best) << "round " << round;
    ASSERT_EQ(found.rpa.has_value(), found.why_not.empty());
    ASSERT_EQ(found.acknowledged, before);
    ASSERT_EQ(found.lost, lost);
    ASSERT_EQ(found.acknowledged + found.acknowledged_after_t0 + found.in_doubt, all.size());
    std::uint64_t told = 0;
    for (const auto& stretch : found.lost_numbers) told += stretch.last - stretch.first + 1;
    ASSERT_EQ(told, lost_numbers);
    measured += found.rpa.has_value();
  }
  EXPECT_GT(measured, 1000);
}

}  // namespace
}  // namespace muster
