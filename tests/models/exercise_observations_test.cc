#include "models/exercise_observations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"  // designated: what is not named has its default

namespace muster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t second = 1'000'000'000, wall = 1'700'000'000 * second;

template <class What>
Happening at(double seconds, What what) {
  const auto ns = static_cast<std::int64_t>(seconds * 1e9);
  return {{ns, wall + ns}, std::move(what)};
}
Happening begun(const char* kind = "functional") {
  return at(0, RunBegan{.scenario_title = "Shop", .kind = kind, .people = {{"ic", {"ann"}}, {"engineer", {"bob", "eve"}}}});
}
StepChanged step(const char* name, StepChange change, const char* how = "run", std::optional<int> exit = 0) {
  return {.step = name, .change = change, .how = how, .exit = exit};
}

/// What is told of an observation here: "step promote 12", "…, more" where it is censored.
std::vector<std::string> told(const std::vector<Observation>& all) {
  std::vector<std::string> out;
  for (const Observation& o : all) {
    const char* of = o.of == Observation::Of::step ? "step " : "response ";
    char number[32];
    std::snprintf(number, sizeof number, " %g", o.seconds);
    out.push_back(of + o.name + number + (o.censored ? ", more" : "") + (o.with_response_of.empty() ? "" : ", with " + o.with_response_of));
  }
  return out;
}
std::vector<std::string> told(const std::vector<Happening>& happenings) { return told(observations_of_record("x", happenings)); }

TEST(ObservationsOfRecord, AreOneForEachAttempt) {
  const std::vector<Happening> run{begun(), at(1, step("promote", StepChange::ready)), at(2, step("promote", StepChange::began)),
                                   at(5, step("promote", StepChange::retried, "run", 1)), at(9, step("promote", StepChange::began)),
                                   at(21, step("promote", StepChange::succeeded)), at(30, RunEnded{})};
  const std::vector<Observation> all = observations_of_record("2026-a", run);
  EXPECT_THAT(told(all), ElementsAre("step promote 3", "step promote 12"));
  EXPECT_EQ(all[1].source, "exercise 2026-a");
  EXPECT_EQ(all[1].scenario, "Shop");
  EXPECT_EQ(all[1].ended, wall + 21 * second);
}

TEST(ObservationsOfRecord, AreCensoredWhereTheAttemptDidNotComeToItsEnd) {
  StepChanged late = step("swap", StepChange::failed, "run", 137);
  late.timed_out = true;
  EXPECT_THAT(told({begun(), at(1, step("swap", StepChange::began)), at(31, late)}), ElementsAre("step swap 30, more"));
  EXPECT_THAT(told({begun(), at(1, step("swap", StepChange::began)), at(8, step("swap", StepChange::ended_early))}), ElementsAre("step swap 7, more"));
  EXPECT_THAT(told({begun(), at(1, step("fence", StepChange::began, "by hand")), at(8, step("fence", StepChange::failed, "by hand", {}))}),
              ElementsAre("step fence 7, more"))
      << "a person said that it was not done";
}

TEST(ObservationsOfRecord, EndWithTheLastSignOfARunThatDied) {
  const std::vector<Happening> run{begun(), at(1, step("swap", StepChange::began)), at(6, Noted{.kind = "late", .what = "x"}),
                                   at(90'000, RunEnded{.ending = Ending::died}), at(90'001, step("swap", StepChange::undone))};
  EXPECT_THAT(told(run), ElementsAre("step swap 5, more")) << "whoever found it came a day later";
  EXPECT_THAT(told(std::vector(run.begin(), run.begin() + 3)), ElementsAre("step swap 5, more")) << "not found yet";
  EXPECT_THAT(told({begun(), at(1, step("swap", StepChange::began)), at(6, RunEnded{.ending = Ending::aborted})}), ElementsAre("step swap 5, more"));
}

TEST(ObservationsOfRecord, LeaveOutWhatNobodyDid) {
  StepChanged yes = step("decide", StepChange::succeeded, "ask", {});
  yes.automatic = true;
  EXPECT_THAT(told({begun(), at(1, step("decide", StepChange::began, "ask")), at(1, Asked{.step = "decide", .people = {"ann"}}), at(2, yes)}), IsEmpty());
  EXPECT_THAT(told({begun(), at(1, step("swap", StepChange::began)), at(1.01, step("swap", StepChange::failed, "run", {}))}), IsEmpty())
      << "the command could not be started";
  EXPECT_THAT(told({begun(), at(1, step("swap", StepChange::ready)), at(9, step("swap", StepChange::passed)), at(9, step("mail", StepChange::replaced)),
                    at(9, step("call", StepChange::failed, "", {}))}),
              IsEmpty())
      << "none of these began";
  EXPECT_THAT(told({begun(), at(0, RunEnded{.ending = Ending::refused})}), IsEmpty());
}

TEST(ObservationsOfRecord, MeasureARoleByTheFirstQuestionToIt) {
  StepChanged answer = step("decide", StepChange::succeeded, "ask", {}), second_answer = answer, third = answer;
  answer.by = "ann";
  second_answer.by = "ann";
  second_answer.step = "announce";
  third.step = "fence";
  third.by = "somebody at the terminal";
  const std::vector<Happening> run{begun(),
                                   at(1, step("decide", StepChange::began, "ask")), at(1, Asked{.step = "decide", .people = {"ann"}}), at(241, answer),
                                   at(250, step("announce", StepChange::began, "ask")), at(250, Asked{.step = "announce", .people = {"ann"}}), at(260, second_answer),
                                   at(300, step("fence", StepChange::began, "by hand")), at(300, Asked{.step = "fence", .people = {"bob", "eve"}}), at(330, third)};
  EXPECT_THAT(told(run), ElementsAre("response ic 240", "step decide 240, with ic", "step announce 10", "response engineer 30", "step fence 30, with engineer"));
}

TEST(ObservationsOfRecord, TakeNoRolesResponseFromAnotherRolesAnswer) {
  StepChanged answer = step("decide", StepChange::succeeded, "ask", {});
  answer.by = "bob";
  EXPECT_THAT(told({begun(), at(1, step("decide", StepChange::began, "ask")), at(1, Asked{.step = "decide", .people = {"ann"}}), at(5, answer)}),
              ElementsAre("step decide 4, with ic"));
}

TEST(ObservationsOfRecord, CensorAResponseThatNeverCame) {
  StepChanged silence = step("decide", StepChange::failed, "ask", {});
  silence.timed_out = true;
  EXPECT_THAT(told({begun(), at(1, step("decide", StepChange::began, "ask")), at(1, Asked{.step = "decide", .people = {"ann"}}), at(601, silence)}),
              ElementsAre("response ic 600, more", "step decide 600, more, with ic"));
}

TEST(ObservationsOfRecord, TakeADecisionAgainstForADecision) {
  StepChanged no = step("decide", StepChange::failed, "ask", {});
  no.by = "ann";
  EXPECT_THAT(told({begun(), at(1, step("decide", StepChange::began, "ask")), at(41, no)}), ElementsAre("step decide 40"));
}

TEST(ObservationsOfRecord, SayWhereTheyWereOnlyTalkedThrough) {
  const auto all = observations_of_record("x", {begun("tabletop"), at(1, step("a", StepChange::began, "by hand")), at(2, step("a", StepChange::succeeded, "by hand", {}))});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].source, "exercise x (tabletop)");
}

}  // namespace
}  // namespace muster
