#include "exercise/proxy/stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace muster::proxy {
namespace {

constexpr Nanoseconds ms = 1'000'000, us = 1'000;

Toxic toxic(const ToxicSettings& settings) {
  Toxic out;
  out.name = "t";
  out.settings = settings;
  out.id = out.version = 1;
  return out;
}

Piece piece(const std::string& text, Nanoseconds at) {
  return {std::make_shared<const std::vector<char>>(text.begin(), text.end()), 0, text.size(), at};
}

std::string text_of(Queue& queue) {
  std::string out;
  while (!queue.empty()) {
    const Piece next = queue.cut(queue.pieces.front().size());
    out.append(next.data(), next.size());
  }
  return out;
}

/// Runs a stage on its own time until nothing more is due; each piece with when it came.
struct Played {
  std::vector<std::pair<Nanoseconds, std::size_t>> pieces;
  std::string text;
  Ending ending = Ending::none;
  Nanoseconds ended_at = never;
};
Played play(Stage& stage, Nanoseconds until = 1000'000 * ms) {
  Played out;
  for (Nanoseconds now = stage.due(); now <= until; now = std::max(now, stage.due())) {
    Queue queue;
    if (!stage.give(queue, now)) break;
    for (const Piece& each : queue.pieces) out.pieces.emplace_back(now, each.size());
    out.text += text_of(queue);
    if (queue.ending != Ending::none) {
      out.ending = queue.ending;
      out.ended_at = now;
    }
  }
  return out;
}

TEST(ProxyStage, LatencyIsAddedToEachPieceFromWhenItCame) {
  Stage stage(toxic(LatencyToxic{100, 0}), {}, 0);
  stage.take(piece("a", 5 * ms), 5 * ms);
  stage.take(piece("bc", 7 * ms), 8 * ms);
  stage.end(Ending::half, 9 * ms);
  const Played played = play(stage);
  EXPECT_EQ(played.pieces, (std::vector<std::pair<Nanoseconds, std::size_t>>{{105 * ms, 1}, {107 * ms, 2}}));
  EXPECT_EQ(played.ending, Ending::half);
  EXPECT_EQ(played.ended_at, 107 * ms);
}

TEST(ProxyStage, JitterStaysInItsRangeAndNeverReorders) {
  Stage stage(toxic(LatencyToxic{100, 30}), {7, 3}, 0);
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    const std::string text = std::to_string(i) + ";";
    stage.take(piece(text, i * 200 * ms), i * 200 * ms);  // apart, so that none waits for the one before
    sent += text;
  }
  const Played played = play(stage);
  EXPECT_EQ(played.text, sent);
  Nanoseconds least = never, most = 0;
  for (std::size_t i = 0; i < played.pieces.size(); ++i) {
    const Nanoseconds took = played.pieces[i].first - static_cast<Nanoseconds>(i) * 200 * ms;
    least = std::min(least, took);
    most = std::max(most, took);
  }
  EXPECT_GE(least, 70 * ms);
  EXPECT_LE(most, 130 * ms);
  EXPECT_LT(least, 72 * ms);  // of 500 uniform draws: missed with a probability of (1 - 2/60)^500 < 1e-7
  EXPECT_GT(most, 128 * ms);
}

TEST(ProxyStage, TheSameLuckGivesTheSameDelays) {
  const auto delays = [](const Luck& luck) {
    Stage stage(toxic(LatencyToxic{100, 50}), luck, 0);
    for (int i = 0; i < 20; ++i) stage.take(piece("x", i * 1000 * ms), i * 1000 * ms);
    return play(stage).pieces;
  };
  EXPECT_EQ(delays({1, 1}), delays({1, 1}));
  EXPECT_NE(delays({1, 1}), delays({1, 2}));
  EXPECT_NE(delays({1, 1}), delays({2, 1}));
}

TEST(ProxyStage, BandwidthTakesAsLongAsTheBytesNeed) {
  for (const std::int64_t rate : {1, 10, 1000, 100'000}) {
    Stage stage(toxic(BandwidthToxic{rate}), {}, 0);
    stage.take(piece(std::string(60'000, 'x'), 0), 0);
    const Played played = play(stage);
    EXPECT_EQ(played.text.size(), 60'000u);
    EXPECT_NEAR(static_cast<double>(played.pieces.back().first), 60'000.0 / static_cast<double>(rate) * ms, 0.001 * 60'000.0 / static_cast<double>(rate) * ms + 1000) << rate;
    for (const auto& [at, size] : played.pieces)  // smooth: nothing comes that the rate does not allow by then
      EXPECT_LE(static_cast<double>(size), std::max(64 * 1024.0, 5.0 * static_cast<double>(rate)));
  }
}

TEST(ProxyStage, ALimiterThatWasHeldUpKeepsItsRateButDoesNotSaveUpIdleTime) {
  Stage stage(toxic(BandwidthToxic{100}), {}, 0);
  stage.take(piece(std::string(500, 'x'), 0), 0);
  play(stage);
  stage.take(piece(std::string(10'000, 'y'), 10'000 * ms), 10'000 * ms);
  EXPECT_NEAR(static_cast<double>(play(stage).pieces.back().first), 10'100.0 * ms, 0.1 * ms);
}

// On a busy machine the limiter's turn comes late, and by then it has sent all that it had room for.
TEST(ProxyStage, ALimiterWhoseTurnComesLateMakesUpForItWhileItsSenderHasMore) {
  Stage stage(toxic(BandwidthToxic{100'000}), {}, 0);
  std::size_t passed = 0;
  Nanoseconds now = 0;
  for (; now < 1000 * ms; now += 25 * ms) {  // 1 MiB is 10 ms' worth
    Queue queue;
    for (bool moved = true; moved;) {
      moved = false;
      for (; stage.has_room(); moved = true) stage.take(piece(std::string(65536, 'x'), now), now);
      while (stage.give(queue, now)) moved = true;
    }
    passed += queue.bytes;
  }
  EXPECT_NEAR(static_cast<double>(passed), 100e6 * 0.975, 100e6 * 0.005);  // the first turn had nothing yet to make up for
}

TEST(ProxyStage, SingleBytesTakeRoomForWhatTheyWeigh) {
  Stage stage(toxic(LatencyToxic{3'600'000, 0}), {}, 0);
  int taken = 0;
  for (; stage.has_room(); ++taken) stage.take(piece("x", 0), 0);
  EXPECT_LT(taken, 150'000);
}

TEST(ProxyStage, NothingPassesAtRateNoughtUntilItIsChanged) {
  Toxic limit = toxic(BandwidthToxic{0});
  Stage stage(limit, {}, 0);
  stage.take(piece("abc", 0), 0);
  EXPECT_EQ(stage.due(), never);
  limit.settings = BandwidthToxic{1};
  stage.change(limit, 50 * ms);
  const Played played = play(stage);
  EXPECT_EQ(played.text, "abc");
  EXPECT_EQ(played.pieces.back().first, 53 * ms);
}

TEST(ProxyStage, SlicesAreOfTheirSizeAndApart) {
  Stage stage(toxic(SlicerToxic{100, 20, 50}), {}, 0);
  std::string sent;
  for (int i = 0; i < 10'000; ++i) sent += static_cast<char>('a' + i % 26);
  stage.take(piece(sent, 0), 0);
  const Played played = play(stage);
  EXPECT_EQ(played.text, sent);
  double sum = 0;
  for (std::size_t i = 0; i + 1 < played.pieces.size(); ++i) {  // the last is what was left
    EXPECT_GE(played.pieces[i].second, 80u);
    EXPECT_LE(played.pieces[i].second, 120u);
    EXPECT_GE(played.pieces[i + 1].first - played.pieces[i].first, 49 * us);
    sum += static_cast<double>(played.pieces[i].second);
  }
  EXPECT_NEAR(sum / static_cast<double>(played.pieces.size() - 1), 100, 5);
}

TEST(ProxyStage, ALimitPassesExactlyItsBytesAndCloses) {
  Stage stage(toxic(LimitDataToxic{5}), {}, 0);
  stage.take(piece("abc", 0), 0);
  EXPECT_EQ(play(stage).text, "abc");
  stage.take(piece("defg", ms), ms);
  const Played played = play(stage);
  EXPECT_EQ(played.text, "de");
  EXPECT_EQ(played.ending, Ending::close);
  EXPECT_TRUE(stage.ended());
  stage.take(piece("h", 2 * ms), 2 * ms);
  EXPECT_EQ(stage.held(), 0u);
}

TEST(ProxyStage, ALimitThatIsNotReachedLetsTheEndPass) {
  Stage stage(toxic(LimitDataToxic{5}), {}, 0);
  stage.take(piece("abc", 0), 0);
  stage.end(Ending::half, 0);
  EXPECT_EQ(play(stage).ending, Ending::half);
}

TEST(ProxyStage, TimeoutDropsAllAndClosesInTime) {
  Stage stage(toxic(TimeoutToxic{200}), {}, 10 * ms);
  stage.take(piece("abc", 20 * ms), 20 * ms);
  const Played played = play(stage);
  EXPECT_EQ(played.text, "");
  EXPECT_EQ(played.ending, Ending::close);
  EXPECT_EQ(played.ended_at, 210 * ms);
}

TEST(ProxyStage, TimeoutNoughtWaitsForTheToxicToGoAndThenCloses) {
  Stage stage(toxic(TimeoutToxic{0}), {}, 0);
  stage.take(piece("abc", 0), 0);
  EXPECT_EQ(stage.due(), never);
  Queue left;
  stage.release(left, 5 * ms);
  EXPECT_TRUE(left.empty());
  EXPECT_EQ(left.ending, Ending::close);
}

TEST(ProxyStage, ResetComesAfterTheFirstBytesAndTheTimeout) {
  Stage stage(toxic(ResetPeerToxic{30}), {}, 0);
  EXPECT_EQ(stage.due(), never);
  stage.take(piece("abc", 100 * ms), 100 * ms);
  stage.take(piece("d", 120 * ms), 120 * ms);
  const Played played = play(stage);
  EXPECT_EQ(played.text, "");
  EXPECT_EQ(played.ending, Ending::reset);
  EXPECT_EQ(played.ended_at, 130 * ms);
}

TEST(ProxyStage, SlowCloseHoldsTheEndAlone) {
  Stage stage(toxic(SlowCloseToxic{300}), {}, 0);
  stage.take(piece("abc", 10 * ms), 10 * ms);
  stage.end(Ending::half, 20 * ms);
  const Played played = play(stage);
  EXPECT_EQ(played.pieces.front().first, 0);  // due at once
  EXPECT_EQ(played.ended_at, 320 * ms);
}

TEST(ProxyStage, WhatIsHeldGoesOnAtOnceAndInOrderWhenTheToxicGoes) {
  for (const ToxicSettings& settings : {ToxicSettings(LatencyToxic{10'000, 0}), ToxicSettings(BandwidthToxic{1}), ToxicSettings(SlicerToxic{1, 0, 1'000'000}), ToxicSettings(SlowCloseToxic{5000})}) {
    Stage stage(toxic(settings), {}, 0);
    stage.take(piece("abc", 0), 0);
    stage.take(piece("def", 1), 1);
    stage.end(Ending::half, 2);
    Queue left;
    stage.release(left, 3);
    EXPECT_EQ(text_of(left), "abcdef") << type_of(settings);
    EXPECT_EQ(left.ending, Ending::half);
  }
}

// Bytes that come after a stream was cut short are no part of it, though the toxic that cut it may be gone by then.
TEST(ProxyStage, NothingPassesAfterTheEnd) {
  Stage stage(toxic(LatencyToxic{10, 0}), {}, 0);
  stage.take(piece("abc", 0), 0);
  stage.end(Ending::close, 1);
  stage.take(piece("xyz", 2), 2);
  const Played played = play(stage);
  EXPECT_EQ(played.text, "abc");
  EXPECT_EQ(played.ending, Ending::close);
  Queue queue;
  queue.ending = Ending::close;
  queue.put(piece("xyz", 0));
  EXPECT_TRUE(queue.empty());
}

TEST(ProxyStage, ToxicityTakesItsShareOfConnectionsAndRaisingItTakesNoneOff) {
  Toxic some = toxic(LatencyToxic{1, 0}), more = some;
  some.toxicity = 0.3;
  more.toxicity = 0.6;
  int hit = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    hit += Luck{1, i}.applies(some);
    EXPECT_TRUE(!(Luck{1, i}.applies(some)) || (Luck{1, i}.applies(more)));
  }
  EXPECT_NEAR(hit, 3000, 5 * std::sqrt(10'000 * 0.3 * 0.7));
  some.toxicity = 0;
  EXPECT_FALSE((Luck{1, 1}.applies(some)));
  some.toxicity = 1;
  EXPECT_TRUE((Luck{1, 1}.applies(some)));
}

}  // namespace
}  // namespace muster::proxy
