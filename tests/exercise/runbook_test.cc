#include "exercise/runbook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace muster {
namespace {
using testing::ElementsAre;

/// A plan in words, and what the runbook says about it.
class Book {
 public:
  Step& step(const std::string& name, const std::vector<std::string>& after = {}) {
    plan.steps.reserve(64);
    plan.steps.emplace_back();
    plan.steps.back().name = name;
    plan.steps.back().after = after;
    return plan.steps.back();
  }
  void open() {
    book = std::make_unique<Runbook>(plan, roles, capacity, struck,
                                     [this](const std::string& name) { return !down.count(name); });
  }
  /// What follows at `now`, as "step change"; `ready` is left out, for it says nothing that `began` does not.
  std::vector<std::string> at(double now) {
    if (!book) open();
    std::vector<std::string> lines;
    for (const RunbookLine& line : book->advance(now)) {
      last = line;
      static const char* const words[] = {"ready",  "began",  "retried", "succeeded",
                                          "failed", "passed", "replaced"};
      if (line.change != StepChange::ready)
        lines.push_back(line.step + " " + words[static_cast<int>(line.change)]);
    }
    return lines;
  }
  void ends(const std::string& step, double now, bool succeeded = true) {
    book->attempt_ended(step, succeeded, now);
  }

  Plan plan;
  std::vector<Role> roles;
  std::vector<Capacity> capacity;
  std::vector<std::string> struck;
  std::set<std::string> down;
  std::unique_ptr<Runbook> book;
  RunbookLine last;
};

Role role(const std::string& name, int count) { return {name, count, {}, {}, {}, {}}; }

TEST(Runbook, StartsStepsWhenAllBeforeThemHaveEndedAndSideBySideOtherwise) {
  Book b;
  b.step("a"), b.step("b"), b.step("c", {"a", "b"});
  EXPECT_THAT(b.at(0), ElementsAre("a began", "b began"));
  b.ends("b", 1);
  EXPECT_THAT(b.at(1), ElementsAre("b succeeded"));
  EXPECT_FALSE(b.book->over());
  b.ends("a", 2);
  EXPECT_THAT(b.at(2), ElementsAre("a succeeded", "c began"));
  b.ends("c", 3);
  EXPECT_THAT(b.at(3), ElementsAre("c succeeded"));
  EXPECT_TRUE(b.book->over());
  EXPECT_FALSE(b.book->stopped());
}

TEST(Runbook, PassesWhatWasNotStruck) {
  Book b;
  b.struck = {"db"};
  b.step("db-step").only_if = {"cache", "db"};
  b.step("mail-step").only_if = {"mail"};
  b.step("next", {"mail-step"});
  EXPECT_THAT(b.at(0), ElementsAre("mail-step passed", "db-step began", "next began"));
}

TEST(Runbook, LetsPeopleDoOneThingAtATimeByPriorityThenRequestThenFile) {
  Book b;
  b.roles = {role("engineer", 1)};
  for (const char* name : {"first", "second", "urgent"}) b.step(name).by = {{"engineer", 1}};
  b.plan.steps[2].priority = 5;
  EXPECT_THAT(b.at(0), ElementsAre("urgent began"));
  b.ends("urgent", 1);
  EXPECT_THAT(b.at(1), ElementsAre("urgent succeeded", "first began"));
  b.ends("first", 2);
  EXPECT_THAT(b.at(2), ElementsAre("first succeeded", "second began"));
}

TEST(Runbook, ServesTheLongestPathFirstWhereThePlanSaysSo) {
  Book b;
  b.plan.dispatch = Dispatch::critical_path_first;
  b.roles = {role("engineer", 1)};
  b.step("short").by = {{"engineer", 1}};
  b.step("long").by = {{"engineer", 1}};
  b.step("tail", {"long"}).takes = {Distribution(Constant{100})};
  EXPECT_THAT(b.at(0), ElementsAre("long began"));
}

TEST(Runbook, GrantsSeatsAndSlotsTogetherAndLetsWhatFitsGoFirst) {
  Book b;
  b.roles = {role("engineer", 2)};
  b.capacity = {{"slot", {}, 1, {}}};
  b.step("holds").by = {{"engineer", 1}};
  Step& both = b.step("both");
  both.by = {{"engineer", 2}};
  both.uses = {{"slot", 1}};
  b.step("small").uses = {{"slot", 1}};
  EXPECT_THAT(b.at(0), ElementsAre("holds began", "small began"));
  b.ends("holds", 1);
  EXPECT_THAT(b.at(1), ElementsAre("holds succeeded"));  // the slot is still taken
  b.ends("small", 2);
  EXPECT_THAT(b.at(2), ElementsAre("small succeeded", "both began"));
}

TEST(Runbook, HoldsSeatsThroughRetriesAndPausesForTheMedian) {
  Book b;
  b.roles = {role("engineer", 1)};
  Step& flaky = b.step("flaky");
  flaky.by = {{"engineer", 1}};
  flaky.attempts = 2;
  flaky.retry_after = Distribution(Exponential{10});  // median 10 ln 2
  b.step("waits").by = {{"engineer", 1}};
  EXPECT_THAT(b.at(0), ElementsAre("flaky began"));
  b.ends("flaky", 1, false);
  EXPECT_THAT(b.at(1), ElementsAre("flaky retried"));
  EXPECT_NEAR(b.book->next_due(), 1 + 6.931471805599453, 1e-9);
  EXPECT_THAT(b.at(7.9), ElementsAre());
  EXPECT_THAT(b.at(7.94), ElementsAre("flaky began"));
  EXPECT_EQ(b.last.attempt, 2);
  b.ends("flaky", 9);
  EXPECT_THAT(b.at(9), ElementsAre("flaky succeeded", "waits began"));
}

TEST(Runbook, StopsAfterTheLastFailureAndLetsRunningStepsFinish) {
  Book b;
  b.step("fails");
  Step& other = b.step("other");
  other.attempts = 2;
  b.step("never", {"other"});
  b.at(0);
  b.ends("fails", 1, false);
  EXPECT_THAT(b.at(1), ElementsAre("fails failed"));
  EXPECT_TRUE(b.book->stopped());
  EXPECT_EQ(b.book->stopped_by(), "fails");
  EXPECT_FALSE(b.book->over());
  b.ends("other", 2, false);
  EXPECT_THAT(b.at(2), ElementsAre("other retried", "other began"));
  b.ends("other", 3);
  EXPECT_THAT(b.at(3), ElementsAre("other succeeded"));
  EXPECT_TRUE(b.book->over());
  EXPECT_FALSE(b.book->has_ended("never"));
}

TEST(Runbook, GoesOnAfterAFailureWhereThePlanSaysSo) {
  Book b;
  Step& fails = b.step("fails");
  fails.on_failure = OnFailure::go_on;
  b.step("next", {"fails"});
  b.at(0);
  b.ends("fails", 1, false);
  EXPECT_THAT(b.at(1), ElementsAre("fails failed", "next began"));
}

TEST(Runbook, ReplacesAStepThatFailedAndLetsItsSuccessorsWaitForTheReplacement) {
  Book b;
  Step& fails = b.step("fails");
  fails.on_failure = OnFailure::replace;
  fails.replacement = "instead";
  fails.recovers = {"db"};
  b.step("instead");
  b.step("next", {"fails"});
  EXPECT_THAT(b.at(0), ElementsAre("fails began"));
  b.ends("fails", 1, false);
  EXPECT_THAT(b.at(1), ElementsAre("fails replaced", "instead began"));
  EXPECT_FALSE(b.book->recovering_steps_ended("db"));
  b.ends("instead", 2);
  EXPECT_THAT(b.at(2), ElementsAre("instead succeeded", "next began"));
  EXPECT_TRUE(b.book->recovering_steps_ended("db"));
}

TEST(Runbook, CountsAFallbackThatWasNotCalledAsPassed) {
  Book b;
  b.step("announce").otherwise = "by-phone";
  b.step("by-phone");
  b.step("after-phone", {"by-phone"});
  EXPECT_THAT(b.at(0), ElementsAre("announce began"));
  b.ends("announce", 1);
  EXPECT_THAT(b.at(1), ElementsAre("announce succeeded", "by-phone passed", "after-phone began"));
}

TEST(Runbook, TakesTheFallbackAtOnceWhenWhatItNeedsIsDown) {
  Book b;
  b.down = {"chat"};
  Step& announce = b.step("announce");
  announce.needs = {{{"chat"}, 1}};
  announce.otherwise = "by-phone";
  b.step("by-phone");
  EXPECT_THAT(b.at(0), ElementsAre("announce replaced", "by-phone began"));
}

TEST(Runbook, WaitsForNeedsAsLongAsItMay) {
  Book b;
  b.down = {"chat", "mail"};
  Step& patient = b.step("patient");
  patient.needs = {{{"chat", "mail"}, 1}};
  Step& hasty = b.step("hasty");
  hasty.needs = {{{"mail"}, 1}};
  hasty.waits_at_most = 10;
  hasty.otherwise = "fallback";
  b.step("fallback");
  EXPECT_THAT(b.at(0), ElementsAre());
  EXPECT_EQ(b.book->next_due(), 10);
  b.down = {"mail"};
  EXPECT_THAT(b.at(5), ElementsAre("patient began"));
  EXPECT_THAT(b.at(10), ElementsAre("hasty replaced", "fallback began"));
}

TEST(Runbook, WithoutAFallbackFailsForGoodWhenItWaitedLongEnough) {
  Book b;
  b.roles = {role("boss", 1)};
  b.step("holds").by = {{"boss", 1}};
  Step& waits = b.step("waits");
  waits.by = {{"boss", 1}};
  waits.waits_at_most = 3;
  b.at(0);
  EXPECT_THAT(b.at(3), ElementsAre("waits failed"));
  EXPECT_TRUE(b.book->stopped());
}

TEST(Runbook, ASeatThatComesFreeJustInTimeCounts) {
  Book b;
  b.roles = {role("boss", 1)};
  b.step("holds").by = {{"boss", 1}};
  Step& waits = b.step("waits");
  waits.by = {{"boss", 1}};
  waits.waits_at_most = 3;
  b.at(0);
  b.ends("holds", 3);
  EXPECT_THAT(b.at(3), ElementsAre("holds succeeded", "waits began"));
}

TEST(Runbook, CommitsNoEarlierThanItsPatience) {
  Book b;
  b.plan.commits_at = "decide";
  b.plan.patience = 30;
  b.step("decide");
  EXPECT_THAT(b.at(0), ElementsAre());
  EXPECT_EQ(b.book->next_due(), 30);
  EXPECT_THAT(b.at(30), ElementsAre("decide began"));
  EXPECT_FALSE(b.book->committed());
  b.ends("decide", 31);
  b.at(31);
  EXPECT_TRUE(b.book->committed());
}

TEST(Runbook, ReplacedCommitmentCommitsWhenItsReplacementEnds) {
  Book b;
  b.plan.commits_at = "decide";
  b.down = {"chat"};
  Step& decide = b.step("decide");
  decide.needs = {{{"chat"}, 1}};
  decide.otherwise = "without";
  b.step("without");
  b.at(0);
  EXPECT_FALSE(b.book->committed());
  b.ends("without", 1);
  b.at(1);
  EXPECT_TRUE(b.book->committed());
}

TEST(Runbook, RepeatsDutiesUntilTheirEndAndSkipsWhatOverlaps) {
  Book b;
  Step& mail = b.step("mail");
  mail.every = 10;
  mail.until = "work";
  b.step("work"), b.step("more", {"work"});
  EXPECT_THAT(b.at(0), ElementsAre("mail began", "work began"));
  EXPECT_EQ(b.book->next_due(), 10);
  EXPECT_THAT(b.at(10), ElementsAre());  // the first still runs: this one is skipped
  b.ends("mail", 12);
  EXPECT_THAT(b.at(12), ElementsAre("mail succeeded"));
  EXPECT_THAT(b.at(35), ElementsAre("mail began"));  // woken late: one, not two
  EXPECT_EQ(b.book->next_due(), 40);
  b.ends("mail", 36);
  b.ends("work", 37);
  EXPECT_THAT(b.at(37), ElementsAre("mail succeeded", "work succeeded", "more began"));
  EXPECT_THAT(b.at(40), ElementsAre());
  b.ends("more", 41);
  b.at(41);
  EXPECT_TRUE(b.book->over());
}

TEST(Runbook, BeginsNothingAfterAnAbort) {
  Book b;
  Step& flaky = b.step("flaky");
  flaky.attempts = 5;
  b.step("next", {"flaky"});
  b.at(0);
  b.book->abort();
  b.ends("flaky", 1, false);
  EXPECT_THAT(b.at(2), ElementsAre());
  EXPECT_EQ(b.book->next_due(), std::numeric_limits<double>::infinity());
}

// ---- on random plans: what must hold of any, checked from the lines alone

struct RandomPlan {
  std::mt19937_64 random;
  explicit RandomPlan(std::uint64_t seed) : random(seed) {}
  int below(int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }

  void fill(Book& b) {
    b.roles = {role("a", 1 + below(2)), role("b", 1 + below(3))};
    b.capacity = {{"slot", {}, 1 + below(2), {}}, {"link", 1e6, {}, {}}};
    for (const char* name : {"s0", "s1", "s2"})
      if (chance(50)) b.struck.push_back(name);
    if (chance(50)) b.plan.dispatch = Dispatch::critical_path_first;
    const int steps = 3 + below(12);
    for (int i = 0; i < steps; ++i) {
      Step& step = b.step("t" + std::to_string(i));
      for (int k = 0; k < i; ++k)
        if (chance(20) && !b.plan.steps[static_cast<std::size_t>(k)].every)
          step.after.push_back("t" + std::to_string(k));
      if (chance(40)) step.by = {{"a", 1}};
      if (chance(30)) step.by.push_back({"b", 1 + below(b.roles[1].count)});
      if (chance(20)) step.uses = {{"slot", 1}};
      if (chance(30)) step.needs = {{{"s0", "s1"}, 1 + below(2)}};
      if (chance(20)) step.only_if = {"s2"};
      step.attempts = 1 + below(3);
      step.retry_after = Distribution(Constant{static_cast<double>(below(3))});
      step.priority = below(3);
      step.takes = {Distribution(Constant{static_cast<double>(below(10))})};
      step.on_failure = chance(70) ? OnFailure::go_on : OnFailure::stop;
      if (chance(20)) step.waits_at_most = below(20);
      if (i + 1 == steps && chance(40)) {
        step.every = 1 + below(5);
        step.only_if.clear();
      }
    }
    const int callers = below(3);
    for (int k = 0; k < callers; ++k) {
      Step& fallback = b.step("f" + std::to_string(k));
      if (chance(50)) fallback.by = {{"a", 1}};
      fallback.on_failure = OnFailure::go_on;
      Step& caller = b.plan.steps[static_cast<std::size_t>(k)];
      if (chance(50)) {
        caller.otherwise = fallback.name;
      } else {
        caller.on_failure = OnFailure::replace;
        caller.replacement = fallback.name;
      }
    }
  }
};

/// The oracle is the plan itself: predecessors, needs, seats and attempts are recounted here from what is
/// told, step by step.
void perform_random_plan(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomPlan random(seed);
  Book b;
  random.fill(b);
  b.open();
  std::map<std::string, const Step*> steps;
  for (const Step& step : b.plan.steps) steps[step.name] = &step;
  std::map<std::string, int> free, attempts;
  for (const Role& each : b.roles) free[each.name] = each.count;
  free["slot"] = *b.capacity[0].slots;
  std::set<std::string> ended, running, holding, called;
  std::map<std::string, std::string> replaced_by;
  const auto hold = [&](const std::string& name, int sign) {
    for (const auto& list : {steps[name]->by, steps[name]->uses})
      for (const Seats& seats : list) free[seats.of] -= sign * seats.count;
    sign > 0 ? (void)holding.insert(name) : (void)holding.erase(name);
  };
  std::function<void(const std::string&)> end = [&](const std::string& name) {
    if (!steps[name]->every) ended.insert(name);
    for (const auto& [caller, fallback] : std::map(replaced_by))
      if (fallback == name) end(caller);
  };
  double now = 0;
  for (int round = 0; round < 2000 && !b.book->over(); ++round) {
    for (const RunbookLine& line : b.book->advance(now)) {
      const Step& step = *steps[line.step];
      switch (line.change) {
        case StepChange::ready:
          for (const std::string& before : step.after)
            ASSERT_TRUE(ended.count(before)) << line.step << " before " << before;
          ASSERT_TRUE(line.step[0] != 'f' || called.count(line.step));
          break;
        case StepChange::began: {
          ASSERT_TRUE(running.insert(line.step).second);
          ASSERT_EQ(line.attempt, attempts[line.step] + 1);
          ASSERT_LE(line.attempt, step.attempts);
          attempts[line.step] = line.attempt;
          if (line.attempt > 1) break;
          for (const Need& need : step.needs)
            ASSERT_GE(std::count_if(need.of.begin(), need.of.end(),
                                    [&](const auto& name) { return !b.down.count(name); }),
                      need.at_least);
          hold(line.step, 1);
          for (const auto& [name, count] : free) ASSERT_GE(count, 0) << name;
          break;
        }
        case StepChange::retried:
          ASSERT_TRUE(holding.count(line.step));
          break;
        case StepChange::replaced:
          if (holding.count(line.step)) hold(line.step, -1);
          replaced_by[line.step] = line.replaced_by;
          called.insert(line.replaced_by);
          attempts[line.step] = 0;
          break;
        default:
          if (holding.count(line.step)) hold(line.step, -1);
          attempts[line.step] = 0;
          end(line.step);
      }
    }
    for (const char* name : {"s0", "s1"})
      if (random.chance(15)) b.down.count(name) ? (void)b.down.erase(name) : (void)b.down.insert(name);
    const double due = b.book->next_due();
    if (!running.empty() && (random.chance(60) || due == std::numeric_limits<double>::infinity())) {
      auto it = running.begin();
      std::advance(it, random.below(static_cast<int>(running.size())));
      const std::string name = *it;
      running.erase(it);
      now += random.below(3);
      b.book->attempt_ended(name, random.chance(70), now);
    } else if (due < std::numeric_limits<double>::infinity()) {
      now = std::max(now, due);
    } else {
      b.down.clear();  // all that is left waits for needs
      now += 1;
    }
  }
  ASSERT_TRUE(b.book->over());
  b.book->advance(now);
  if (b.book->stopped()) return;
  for (const auto& [name, step] : steps) ASSERT_TRUE(step->every || b.book->has_ended(name)) << name;
}

TEST(RunbookOfRandomPlans, KeepsOrderNeedsSeatsAndAttempts) {
  for (std::uint64_t seed = 0; seed < 3000 && !testing::Test::HasFatalFailure(); ++seed)
    perform_random_plan(seed);
}

}  // namespace
}  // namespace muster
