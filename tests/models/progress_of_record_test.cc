#include "models/progress_of_record.h"

#include <gtest/gtest.h>

#include "models/load.h"

namespace muster {
namespace {

using State = RunProgress::Step::State;

Moment at(double seconds) { return {static_cast<std::int64_t>(seconds * 1e9), static_cast<std::int64_t>((1'800'000'000 + seconds) * 1e9)}; }

const char* const shop = R"(
muster: 1
roles: {engineer: {count: 2, responds: 5m}}
services: {shop: {objective: {rto: 1h}}, chat: {}}
outages: {gone: {strikes: [{services: [shop]}, {services: [chat], probability: 30%}, {services: [chat], after: 1h}]}}
plan:
  steps:
    detect: {takes: 5m}
    restore: {after: [detect], takes: 5m, attempts: 2, by: {engineer: 1}, on-failure: {do: by-hand}}
    by-hand: {takes: 5m, by: {engineer: 1}}
    reopen: {after: [restore], takes: 5m, recovers: [shop]}
)";

class Recovery {
 public:
  Recovery() : scenario_(parse_scenario(shop, "shop.yaml").scenario) {
    RunBegan began;
    began.kind = "incident";
    began.outage = "gone";
    began.onset = at(0);
    began.steps = {"detect", "restore", "by-hand", "reopen"};
    add(record_, {at(100), began});
  }
  void tell(double when, const std::string& step, StepChange change, int attempt = 0, const std::string& replaced_by = "") {
    StepChanged what;
    what.step = step;
    what.change = change;
    what.attempt = attempt;
    what.replaced_by = replaced_by;
    add(record_, {at(when), what});
  }
  RunProgress seen(double when) const { return progress_of(record_, at(when), scenario_, {"shop"}); }

 private:
  Scenario scenario_;
  ExerciseRecord record_;
};

TEST(ProgressOfRecord, CountsFromTheOnsetThatItWasToldOf) {
  const RunProgress p = Recovery().seen(160);
  EXPECT_EQ(p.now, 160);
  EXPECT_EQ(p.onset, 1'800'000'000);
  EXPECT_TRUE(p.steps.empty());
  EXPECT_TRUE(p.roles.empty());
}

TEST(ProgressOfRecord, SaysWhichStrikesAreSeen) {
  const RunProgress p = Recovery().seen(160);
  ASSERT_EQ(p.strikes.size(), 3u);
  EXPECT_EQ(p.strikes[0].seen, RunProgress::Strike::Seen::struck);
  EXPECT_EQ(p.strikes[1].seen, RunProgress::Strike::Seen::not_yet);
  EXPECT_EQ(p.strikes[2].seen, RunProgress::Strike::Seen::unknown) << "it may come still";
}

TEST(ProgressOfRecord, TellsAttemptsApart) {
  Recovery run;
  run.tell(100, "detect", StepChange::ready);
  run.tell(100, "detect", StepChange::began, 1);
  run.tell(200, "detect", StepChange::succeeded, 1);
  run.tell(200, "restore", StepChange::ready);
  run.tell(201, "restore", StepChange::began, 1);
  run.tell(300, "restore", StepChange::retried, 1);
  const RunProgress pausing = run.seen(301);
  ASSERT_EQ(pausing.steps.size(), 2u);
  EXPECT_EQ(pausing.steps[0].state, State::succeeded);
  EXPECT_EQ(pausing.steps[0].ended, 200);
  EXPECT_EQ(pausing.steps[1].state, State::pausing);
  EXPECT_EQ(pausing.steps[1].attempt, 1u);
  EXPECT_EQ(pausing.steps[1].attempt_began, 300);
  ASSERT_EQ(pausing.roles.size(), 1u);
  EXPECT_EQ(pausing.roles[0], (RunProgress::Role{"engineer", 200, 2}));
  run.tell(310, "restore", StepChange::began, 2);
  const RunProgress again = run.seen(320);
  EXPECT_EQ(again.steps[1].state, State::running);
  EXPECT_EQ(again.steps[1].attempt, 1u);
  EXPECT_EQ(again.steps[1].attempt_began, 310);
  EXPECT_EQ(again.steps[1].began, 201);
  EXPECT_EQ(again.steps[1].past, (std::vector<RunProgress::Step::Attempt>{{201, 300}}));
}

TEST(ProgressOfRecord, AStepThatIsReplacedEndsWithItsFallback) {
  Recovery run;
  run.tell(200, "restore", StepChange::ready);
  run.tell(201, "restore", StepChange::began, 1);
  run.tell(300, "restore", StepChange::replaced, 0, "by-hand");
  run.tell(300, "by-hand", StepChange::ready);
  run.tell(300, "by-hand", StepChange::began, 1);
  const RunProgress before = run.seen(350);
  EXPECT_EQ(before.steps[0].state, State::replaced);
  EXPECT_EQ(before.steps[1].state, State::running);
  run.tell(400, "by-hand", StepChange::succeeded, 1);
  const RunProgress after = run.seen(450);
  EXPECT_EQ(after.steps[0].state, State::stood_in_for);
  EXPECT_EQ(after.steps[0].ended, 400);
}

}  // namespace
}  // namespace muster
