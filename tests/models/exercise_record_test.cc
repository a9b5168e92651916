#include "models/exercise_record.h"

#include <gtest/gtest.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"  // designated: what is not named has its default

namespace muster {
namespace {

Moment at(double seconds) {
  const auto ns = static_cast<std::int64_t>(seconds * 1e9);
  return {ns, 1'700'000'000'000'000'000 + ns};
}

template <class What>
Happening happening(double seconds, What what) {
  return {at(seconds), std::move(what)};
}

RunBegan plan(std::vector<PlannedEffect> effects = {{.fault = "dark"}}) {
  RunBegan began;
  began.title = "drill";
  began.steps = {"detect", "promote"};
  began.effects = std::move(effects);
  return began;
}

FaultChanged fault(FaultChange change, const std::string& name = "dark") {
  return {.fault = name, .kind = "partition", .target = "db", .change = change, .by = "keeper"};
}

TEST(ExerciseRecord, HasEveryStepOfThePlanFromTheBegin) {
  const ExerciseRecord r = record_of("x", {happening(0, plan())});
  ASSERT_EQ(r.steps.size(), 2u);
  EXPECT_EQ(r.steps[1].name, "promote");
  EXPECT_FALSE(r.steps[1].ready);
  EXPECT_FALSE(r.over());
}

TEST(ExerciseRecord, AStepLastsFromItsFirstAttemptToItsEnd) {
  const ExerciseRecord r = record_of(
      "x", {happening(0, plan()), happening(1, StepChanged{.step = "promote", .change = StepChange::ready}),
            happening(2, StepChanged{.step = "promote", .change = StepChange::began, .attempt = 1, .how = "run"}),
            happening(3, StepChanged{.step = "promote", .change = StepChange::retried, .attempt = 1, .exit = 1, .timed_out = true}),
            happening(4, StepChanged{.step = "promote", .change = StepChange::began, .attempt = 2}),
            happening(7, StepChanged{.step = "promote", .change = StepChange::succeeded, .attempt = 2, .exit = 0})});
  const StepRecord& step = *r.step("promote");
  EXPECT_EQ(step.state, StepChange::succeeded);
  EXPECT_EQ(step.attempts, 2);
  EXPECT_EQ(step.exit, 0);
  EXPECT_EQ(step.how, "run");
  EXPECT_FALSE(step.timed_out) << "the attempt that counts did not";
  EXPECT_EQ(step.ready, at(1));
  EXPECT_EQ(step.began, at(2));
  EXPECT_EQ(step.seconds(), 5.0);
  EXPECT_EQ(r.step("nobody"), nullptr);
}

TEST(ExerciseRecord, AStepThatIsPassedTakesNoTime) {
  const ExerciseRecord r =
      record_of("x", {happening(0, plan()), happening(1, StepChanged{.step = "detect", .change = StepChange::passed, .why = "db is up"})});
  EXPECT_TRUE(r.step("detect")->over());
  EXPECT_FALSE(r.step("detect")->seconds());
  EXPECT_EQ(r.step("detect")->why, "db is up");
}

TEST(ExerciseRecord, AnUndoneStepStillSaysHowItEnded) {
  std::vector<Happening> all{happening(0, plan()), happening(1, StepChanged{.step = "promote", .change = StepChange::began}),
                             happening(2, StepChanged{.step = "promote", .change = StepChange::succeeded}),
                             happening(3, StepChanged{.step = "promote", .change = StepChange::undo_failed, .why = "no"})};
  EXPECT_TRUE(record_of("x", all).step("promote")->undo_failed);
  all.push_back(happening(4, StepChanged{.step = "promote", .change = StepChange::undone}));
  const ExerciseRecord r = record_of("x", all);
  EXPECT_EQ(r.step("promote")->state, StepChange::succeeded);
  EXPECT_EQ(r.step("promote")->ended, at(2));
  EXPECT_TRUE(r.step("promote")->undone);
  EXPECT_FALSE(r.step("promote")->undo_failed);
}

// t0 is the start of the bracket [intended, verified] of the first effect.
TEST(ExerciseRecord, T0IsTheIntentOfTheFirstFaultThatCameIntoEffect) {
  const std::vector<Happening> all{happening(0, plan({{.fault = "cpu"}, {.fault = "dark"}, {.fault = "late", .at = 3}})),
                                   happening(1, fault(FaultChange::intended, "cpu")),
                                   happening(2, fault(FaultChange::intended)),
                                   happening(3, fault(FaultChange::failed, "cpu")),
                                   happening(4, fault(FaultChange::in_effect)),
                                   happening(5, fault(FaultChange::intended, "late")),
                                   happening(6, fault(FaultChange::in_effect, "late"))};
  const ExerciseRecord r = record_of("x", all);
  EXPECT_EQ(r.t0, at(2));
  EXPECT_EQ(r.t0_verified, at(4));
  EXPECT_EQ(r.faults[0].name, "cpu");
  EXPECT_EQ(r.faults[0].state, FaultChange::failed);
  EXPECT_FALSE(record_of("x", {all.begin(), all.begin() + 4}).t0) << "nothing is in effect yet";
}

TEST(ExerciseRecord, T0IsTheEarlierOfTwoThatWereVerifiedOutOfOrder) {
  const ExerciseRecord r =
      record_of("x", {happening(0, plan({{.fault = "a"}, {.fault = "b"}})), happening(1, fault(FaultChange::intended, "a")),
                      happening(2, fault(FaultChange::intended, "b")), happening(3, fault(FaultChange::in_effect, "b")),
                      happening(4, fault(FaultChange::in_effect, "a"))});
  EXPECT_EQ(r.t0, at(1));
  EXPECT_EQ(r.t0_verified, at(4));
}

TEST(ExerciseRecord, FaultsThatPrepareTheSceneDoNotSetT0) {
  const ExerciseRecord r = record_of(
      "x", {happening(0, plan({{.fault = "cut", .at = -2}, {.fault = "dark"}})), happening(1, fault(FaultChange::intended, "cut")),
            happening(1.5, fault(FaultChange::in_effect, "cut")), happening(3, fault(FaultChange::intended)),
            happening(3.5, fault(FaultChange::in_effect))});
  EXPECT_EQ(r.t0, at(3));
}

TEST(ExerciseRecord, WithoutAFaultT0IsTheBegin) {
  EXPECT_EQ(record_of("x", {happening(5, plan({}))}).t0, at(5));
  EXPECT_EQ(record_of("x", {happening(5, plan()), happening(9, RunEnded{.ending = Ending::refused})}).t0, at(5));
}

TEST(ExerciseRecord, AFaultIsActiveUntilItsUndoIsProved) {
  std::vector<Happening> all{happening(0, plan()), happening(1, fault(FaultChange::intended))};
  EXPECT_TRUE(record_of("x", all).fault("dark")->active()) << "something may have been done";
  all.push_back(happening(2, fault(FaultChange::in_effect)));
  all.push_back(happening(3, fault(FaultChange::undoing)));
  FaultChanged left = fault(FaultChange::remains);
  left.by_hand = {"nft delete table inet muster_x"};
  left.proof = "the table is there";
  all.push_back(happening(4, left));
  EXPECT_TRUE(record_of("x", all).fault("dark")->active());
  EXPECT_EQ(record_of("x", all).fault("dark")->by_hand, left.by_hand);
  FaultChanged undone = fault(FaultChange::undone);
  undone.by = "recover";
  undone.proof = "the table is gone";
  all.push_back(happening(5, undone));
  ExerciseRecord r = record_of("x", all);
  EXPECT_FALSE(r.fault("dark")->active());
  EXPECT_EQ(r.fault("dark")->undone_by, "recover");
  EXPECT_EQ(r.fault("dark")->proof, "the table is gone");
  EXPECT_TRUE(r.fault("dark")->by_hand.empty());
}

TEST(ExerciseRecord, QuestionsAreOpenUntilTheirStepEnds) {
  std::vector<Happening> all{happening(0, plan()), happening(1, Asked{.step = "detect", .question = "Do you see it?"}),
                             happening(2, Asked{.step = "promote", .question = "Go?"})};
  EXPECT_EQ(record_of("x", all).open_questions.size(), 2u);
  all.push_back(happening(3, StepChanged{.step = "detect", .change = StepChange::succeeded, .by = "one"}));
  EXPECT_EQ(record_of("x", all).open_questions.size(), 1u);
  all.push_back(happening(4, RunEnded{}));
  EXPECT_TRUE(record_of("x", all).open_questions.empty());
}

// A run that died is ended by who found it, maybe days later; what is undone then is its own account still.
TEST(ExerciseRecord, ALaterEndCounts) {
  const ExerciseRecord r = record_of(
      "x", {happening(0, plan()), happening(1, fault(FaultChange::intended)), happening(2, fault(FaultChange::in_effect)),
            happening(1000, RunEnded{.ending = Ending::died, .remains = {"dark"}}),
            happening(1001, FaultChanged{.fault = "dark", .change = FaultChange::undone, .by = "recover"}),
            happening(1002, RunEnded{.ending = Ending::died, .restored = true})});
  EXPECT_EQ(r.ended, at(1000));
  EXPECT_TRUE(r.end->restored);
  EXPECT_EQ(r.last_sign, at(2));
  EXPECT_EQ(r.faults[0].kind, "partition");
  EXPECT_EQ(r.faults[0].undone, at(1001));
}

}  // namespace
}  // namespace muster
