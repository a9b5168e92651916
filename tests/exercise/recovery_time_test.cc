#include "exercise/recovery_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace muster {
namespace {

Moment second(double at) { return {static_cast<std::int64_t>(std::llround(at * 1e9)), 0}; }

/// "P" passing, "F" failing, "?" unknown; one a second from second 1.
std::vector<RecoverySample> samples_of(const std::string& text) {
  std::vector<RecoverySample> out;
  for (std::size_t i = 0; i < text.size(); ++i)
    out.push_back({second(static_cast<double>(i) + 1), text[i] == 'P' ? Truth::yes : text[i] == 'F' ? Truth::no : Truth::unknown});
  return out;
}

RecoveryQuestion question(double holds_for, double steps_ended, double until) {
  return {second(0), second(0.25), holds_for, second(steps_ended), second(until)};
}

TEST(RecoveryTime, IsFromTheFirstEffectToTheFirstPassingSampleOfAStretchThatLasts) {
  //                                        1234567890123
  const auto found = measure_recovery(samples_of("PFFPFFPPPPPPP"), question(3, 5, 13));
  ASSERT_TRUE(found.rta);
  EXPECT_EQ(*found.rta, 7);
  EXPECT_EQ(found.error, 0.25 + 1);
  EXPECT_TRUE(found.seen_down && found.valid);
  EXPECT_TRUE(found.relapses.empty());
  EXPECT_EQ(found.total_downtime, 7);
}

TEST(RecoveryTime, WaitsForAllStepsThatRecoverTheService) {
  const auto found = measure_recovery(samples_of("FFPPPPPPPPPPP"), question(3, 6.5, 13));
  EXPECT_EQ(found.rta, 7);
  EXPECT_EQ(found.error, 0.25 + 0.5) << "it was up before, and recovered when the last step ended, between 6.5 and 7";
  RecoveryQuestion unended = question(3, 0, 13);
  unended.recovering_steps_ended.reset();
  EXPECT_FALSE(measure_recovery(samples_of("FFPPPPPPPPPPP"), unended).rta);
}

TEST(RecoveryTime, IsZeroWhereNothingWasSeenDown) {
  const auto found = measure_recovery(samples_of("PPPP"), question(1, 2, 4));
  EXPECT_EQ(found.rta, 0);
  EXPECT_FALSE(found.seen_down);
  EXPECT_TRUE(found.valid);
  EXPECT_FALSE(measure_recovery(samples_of("P?PP"), question(1, 2, 4)).valid);
  EXPECT_FALSE(measure_recovery({}, question(1, 2, 4)).valid);
}

TEST(RecoveryTime, IsNeverWhereNoStretchLasts) {
  for (const std::string text : {"FPPFPPF", "FFFFFFF", "FPP?PP?", "FFFFFPP"}) {
    const auto found = measure_recovery(samples_of(text), question(3, 0, 7));
    EXPECT_FALSE(found.rta) << text;
    EXPECT_TRUE(found.seen_down);
    EXPECT_EQ(found.total_downtime, 7);
    EXPECT_NE(found.why, "");
  }
}

TEST(RecoveryTime, ListsRelapses) {
  //                                        12345678901234
  const auto found = measure_recovery(samples_of("FPPPFFPP?FPPFF"), question(2, 0, 15));
  EXPECT_EQ(found.rta, 2);
  ASSERT_EQ(found.relapses.size(), 3u);
  EXPECT_EQ(found.relapses[0], (RecoveryMeasured::Lapse{5, 7}));
  EXPECT_EQ(found.relapses[1], (RecoveryMeasured::Lapse{10, 11}));
  EXPECT_EQ(found.relapses[2], (RecoveryMeasured::Lapse{13, 15}));
  EXPECT_EQ(found.total_downtime, 2 + 2 + 1 + 2);
}

/// The definition read as a search: of all passing samples, in order, the first for which every clause holds.
TEST(RecoveryTime, AgreesWithItsDefinitionOnRandomSamples) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto upto = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  int reached = 0, never = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<RecoverySample> samples;
    double at = -2;
    const double calm = 0.1 + 0.8 * static_cast<double>(upto(100)) / 100;
    Truth up = Truth::yes;
    while (at < 20) {
      at += 0.25 * (1 + upto(4));
      if (static_cast<double>(upto(1000)) / 1000 > calm) up = upto(5) == 0 ? Truth::unknown : upto(2) == 0 ? Truth::yes : Truth::no;
      samples.push_back({second(at), up});
    }
    RecoveryQuestion asked = question(0.25 * (upto(16)), 0.25 * (upto(48)), 10 + 0.25 * (upto(40)));
    std::vector<RecoverySample> seen;
    for (const auto& sample : samples)
      if (sample.at.boot >= 0 && sample.at.boot <= asked.until.boot) seen.push_back(sample);

    std::optional<double> rta, error;
    bool down = false;
    for (const auto& candidate : seen) {
      if (candidate.up == Truth::no) down = true;
      const double begin = candidate.at.since(second(0)), end = begin + asked.holds_for;
      bool is_it = candidate.up == Truth::yes && down && begin >= asked.recovering_steps_ended->since(second(0)) &&
                   end <= asked.until.since(second(0));
      double last_failing = 0;
      for (const auto& other : seen) {
        const double when = other.at.since(second(0));
        if (when >= begin && when <= end && other.up != Truth::yes) is_it = false;
        if (when < begin && other.up == Truth::no) last_failing = when;
      }
      if (!is_it) continue;
      rta = begin;
      error = 0.25 + begin - std::max(last_failing, asked.recovering_steps_ended->since(second(0)));
      break;
    }
    std::shuffle(samples.begin(), samples.end(), random);  // it sorts
    const auto found = measure_recovery(samples, asked);
    EXPECT_EQ(found.seen_down, down);
    if (!down) continue;
    ASSERT_EQ(found.rta, rta) << "round " << round;
    if (rta) {
      ASSERT_EQ(found.error, *error);
    }
    ++(rta ? reached : never);
  }
  EXPECT_GT(reached, 1000);
  EXPECT_GT(never, 1000);
}

}  // namespace
}  // namespace muster
