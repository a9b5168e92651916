#include "sim/event_queue.h"

#include <gtest/gtest.h>

#include <random>

namespace muster {
namespace {

TEST(EventQueue, EarlierTimeComesFirst) {
  EventQueue q;
  q.push(3, Phase::ends, 0, 30, 0);
  q.push(1, Phase::ends, 0, 10, 0);
  q.push(2, Phase::ends, 0, 20, 0);
  EXPECT_EQ(q.pop().subject, 10);
  EXPECT_EQ(q.pop().subject, 20);
  EXPECT_EQ(q.pop().subject, 30);
  EXPECT_TRUE(q.empty());
}

TEST(EventQueue, AtOneInstantTheLowerPhaseComesFirst) {
  EventQueue q;
  for (const Phase p : {Phase::expiries, Phase::strikes, Phase::ready, Phase::ends, Phase::repairs, Phase::timeouts})
    q.push(5, p, 0, static_cast<int>(p), 0);
  int last = -1;
  while (!q.empty()) {
    const int now = q.pop().subject;
    EXPECT_GT(now, last);
    last = now;
  }
}

TEST(EventQueue, SimultaneousEventsRunInScheduleOrder) {
  EventQueue q;
  for (int i = 0; i < 1000; ++i) q.push(7, Phase::ends, 0, i, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(q.pop().subject, i);
}

// Oracle: a stable sort by (time, phase) of the same events.
TEST(EventQueue, AgreesWithAStableSort) {
  std::mt19937 random(1);
  struct E { double time; int phase; int id; };
  std::vector<E> events;
  EventQueue q;
  for (int i = 0; i < 5000; ++i) {
    const E e{static_cast<double>(random() % 50), static_cast<int>(random() % 7), i};
    events.push_back(e);
    q.push(e.time, static_cast<Phase>(e.phase), 0, i, 0);
  }
  std::stable_sort(events.begin(), events.end(), [](const E& a, const E& b) { return a.time != b.time ? a.time < b.time : a.phase < b.phase; });
  for (const E& e : events) ASSERT_EQ(q.pop().subject, e.id);
}

}  // namespace
}  // namespace muster
