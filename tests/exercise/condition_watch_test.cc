#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "exercise/probing.h"

namespace muster {
namespace {

Moment second(double at) { return {static_cast<std::int64_t>(at * 1e9), 0}; }
Condition probe(const std::string& name, double holds_for = 0) { return {Condition::Kind::probe, name, {}, holds_for}; }
Condition join(Condition::Kind kind, std::vector<Condition> of, double holds_for = 0) { return {kind, "", std::move(of), holds_for}; }

TEST(ConditionWatch, KnowsNothingBeforeItIsTold) {
  EXPECT_EQ(ConditionWatch(probe("a")).now(second(1)), Truth::unknown);
  EXPECT_EQ(ConditionWatch(join(Condition::Kind::negation, {probe("a")})).now(second(1)), Truth::unknown);
}

/// The oracle is Kleene's table, written out.
TEST(ConditionWatch, JoinsThreeValuesAsKleeneDid) {
  const Truth n = Truth::no, y = Truth::yes, u = Truth::unknown;
  const struct {
    Truth a, b, all, any;
  } table[] = {{n, n, n, n}, {n, u, n, u}, {n, y, n, y}, {u, n, n, u}, {u, u, u, u}, {u, y, u, y}, {y, n, n, y}, {y, u, u, y}, {y, y, y, y}};
  for (const auto& row : table) {
    ConditionWatch all(join(Condition::Kind::all, {probe("a"), probe("b")})), any(join(Condition::Kind::any, {probe("a"), probe("b")}));
    for (ConditionWatch* watch : {&all, &any}) {
      watch->tell("a", row.a, second(1));
      watch->tell("b", row.b, second(1));
    }
    EXPECT_EQ(all.now(second(1)), row.all);
    EXPECT_EQ(any.now(second(1)), row.any);
  }
}

TEST(ConditionWatch, HoldsForOnlyWithoutABreak) {
  ConditionWatch watch(probe("a", 3));
  watch.tell("a", Truth::yes, second(10));
  EXPECT_EQ(watch.now(second(12.9)), Truth::unknown);
  EXPECT_EQ(watch.now(second(13)), Truth::yes);
  watch.tell("a", Truth::unknown, second(14));
  watch.tell("a", Truth::yes, second(14.1));
  EXPECT_EQ(watch.now(second(17)), Truth::unknown);
  EXPECT_EQ(watch.now(second(17.1)), Truth::yes);
  watch.tell("a", Truth::no, second(18));
  watch.tell("a", Truth::yes, second(18.5));
  EXPECT_EQ(watch.now(second(21.4)), Truth::no);
  EXPECT_EQ(watch.now(second(21.5)), Truth::yes);
}

TEST(ConditionWatch, IsNotFooledByNewsThatComeLate) {
  ConditionWatch watch(probe("a", 2));
  watch.tell("a", Truth::yes, second(10));
  watch.tell("a", Truth::yes, second(13));
  watch.tell("a", Truth::no, second(11));  // counts as of 13
  EXPECT_EQ(watch.now(second(13)), Truth::no);
  EXPECT_EQ(watch.now(second(12.9)), Truth::yes);
}

Condition any_condition(std::mt19937& random, int depth) {
  const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const double holds_for = upto(3) == 0 ? 1 + upto(4) : 0;
  if (depth == 0 || upto(3) == 0) return probe(std::string(1, static_cast<char>('a' + upto(3))), holds_for);
  if (upto(3) == 0) return join(Condition::Kind::negation, {any_condition(random, depth - 1)}, holds_for);
  std::vector<Condition> of;
  for (int i = 0; i <= upto(3); ++i) of.push_back(any_condition(random, depth - 1));
  return join(upto(2) == 0 ? Condition::Kind::all : Condition::Kind::any, of, holds_for);
}

/// What the header says, second by second: numbers -1 no, 0 unknown, 1 yes; `for` is the least of the window.
int by_definition(const Condition& condition, int at, const std::map<std::string, std::vector<int>>& course) {
  const auto plainly = [&](int t) {
    if (t < 0) return 0;
    int least = 1, most = -1;
    for (const auto& part : condition.of) {
      const int value = by_definition(part, t, course);
      least = std::min(least, value);
      most = std::max(most, value);
    }
    switch (condition.kind) {
      case Condition::Kind::probe:
        return course.at(condition.probe)[static_cast<std::size_t>(t)];
      case Condition::Kind::negation:
        return -least;
      case Condition::Kind::all:
        return least;
      default:
        return most;
    }
  };
  int value = 1;
  for (int t = at - static_cast<int>(condition.holds_for); t <= at; ++t) value = std::min(value, plainly(t));
  return value;
}

/// Changes happen at whole seconds only, so that a window of whole seconds is seen whole at whole seconds.
TEST(ConditionWatch, AgreesWithItsDefinitionOnRandomConditions) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    const Condition condition = any_condition(random, 3);
    ConditionWatch watch(condition);
    std::map<std::string, std::vector<int>> course;
    for (const char* name : {"a", "b", "c"}) course[name] = {};
    for (int t = 0; t < 25; ++t) {
      for (auto& [name, values] : course) {
        const int value = random() % 4 != 0 && t > 0 ? values.back() : static_cast<int>(random() % 3) - 1;
        values.push_back(value);
        if (t == 0 || value != values[static_cast<std::size_t>(t) - 1] || random() % 2 == 0)
          watch.tell(name, value < 0 ? Truth::no : value > 0 ? Truth::yes : Truth::unknown, second(t));
      }
      const int expected = by_definition(condition, t, course);
      ASSERT_EQ(watch.now(second(t)), expected < 0 ? Truth::no : expected > 0 ? Truth::yes : Truth::unknown)
          << "round " << round << ", second " << t;
    }
  }
}

/// The oracle looks back over the whole history each time.
TEST(Counter, AgreesWithItsDefinitionOnRandomSamples) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    const int passes = 1 + static_cast<int>(random() % 3), failures = 1 + static_cast<int>(random() % 3);
    Counter counter(passes, failures);
    std::string history;
    for (int i = 0; i < 40; ++i) {
      history += "ppffu"[random() % 5];
      Truth expected = Truth::unknown;
      for (std::size_t end = history.size(); end > 0 && history[end - 1] != 'u'; --end) {
        const std::string so_far = history.substr(0, end);
        const auto ends_with = [&](char c, int n) {
          return so_far.size() >= static_cast<std::size_t>(n) && so_far.substr(so_far.size() - n) == std::string(n, c);
        };
        if (ends_with('p', passes)) expected = Truth::yes;
        if (ends_with('f', failures)) expected = Truth::no;
        if (expected != Truth::unknown) break;
      }
      const auto verdict = history.back() == 'p'   ? Sample::Verdict::passing
                           : history.back() == 'f' ? Sample::Verdict::failing
                                                   : Sample::Verdict::unknown;
      ASSERT_EQ(counter.add(verdict), expected) << history << " passes " << passes << " failures " << failures;
    }
  }
}

}  // namespace
}  // namespace muster
