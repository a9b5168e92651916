#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/after_action.h"
#include "reports/board_text.h"
#include "reports/exercise_findings.h"
#include "reports/exercise_json.h"
#include "reports/exercise_plan_text.h"
#include "reports/exercise_summary.h"
#include "reports/happening_text.h"
#include "reports/layout.h"
#include "reports/markdown.h"
#include "models/moments.h"
#include "tests/reports/example.h"
#include "tests/reports/example_exercise.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"  // designated: what is not named has its default

namespace muster {
namespace {

using example::at;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void expect_within(const std::string& text, int width) {
  for (const std::string& line : lines_of(text)) EXPECT_LE(display_width(line), width) << line;
}

std::string markdown_of(const ExerciseRecord& record) {
  return after_action_markdown(record, example::actions(), example::today, "0.1.0", std::string(64, 'a'));
}

std::string all_lines(const std::string& id, const std::vector<Happening>& happenings) {
  ExerciseRecord record;
  record.id = id;
  std::string out;
  for (const Happening& h : happenings) {
    add(record, h);
    if (const std::string line = happening_text(record, h, {}); !line.empty()) out += line + "\n";
  }
  return out;
}

// ---- whole pages, beside this test

TEST(ExerciseReport, IsTheMarkdownBesideThisTest) {
  example::expect_golden("after-action.md", markdown_of(example::failover_record()));
  example::expect_golden("after-action-died.md", markdown_of(example::died_record()));
}
TEST(ExerciseReport, IsTheJsonBesideThisTest) {
  example::expect_golden("after-action.json", after_action_json(example::failover_record(), example::actions(), example::today, "0.1.0"));
  example::expect_golden("history.json", history_json(example::history(), {}, "row 3 was changed", std::string(64, 'a'), "0.1.0"));
}
TEST(ExerciseText, IsThePageBesideThisTest) {
  example::expect_golden("exercise-plan.txt", exercise_plan_text(example::failover_file(), example::effects(), example::predictions(), {}));
  example::expect_golden("exercise-lines.txt", all_lines(example::failover_id, example::failover()));
  example::expect_golden("exercise-summary.txt", exercise_summary(example::failover_record(), {}) + exercise_summary(example::died_record(), {}));
  example::expect_golden("history.txt", history_text(example::history(), example::actions(), example::today, {}) +
                                            actions_text(example::actions(), example::today, {}));
}
TEST(Board, IsTheFramesBesideThisTest) {
  const std::vector<Happening> all = example::failover();
  std::string frames;
  for (const double now : {1.5, 9.0, 25.0, 45.0}) {
    ExerciseRecord record;
    record.id = example::failover_id;
    for (const Happening& h : all)
      if (h.at.boot <= at(now).boot) add(record, h);
    frames += board_text(record, at(now), {}, 40);
  }
  example::expect_golden("board.txt", frames);
}

TEST(ExerciseText, NoLineIsWiderThanThePage) {
  expect_within(exercise_plan_text(example::failover_file(), example::effects(), example::predictions(), {}), 80);
  expect_within(exercise_summary(example::failover_record(), {}), 80);
  expect_within(history_text(example::history(), example::actions(), example::today, {}), 80);
  expect_within(actions_text(example::actions(), example::today, {}), 80);
}

// ---- the board

ExerciseRecord crowded() {
  ExerciseRecord r = example::failover_record();
  r.plan.title = example::long_word("T", 't') + "\x1b[2J";
  r.end.reset();
  for (int i = 0; i < 60; ++i) {
    StepRecord step;
    step.name = example::long_word("step-" + std::to_string(i), 's');
    if (i == 57) step.ready = step.began = at(20);
    r.steps.push_back(step);
  }
  FaultRecord fault = r.faults.front();
  fault.name = example::long_word("fault", 'f');
  r.faults.push_back(fault);
  r.probes.front().changes.back().second.what = example::long_word("w", 'w') + "\nsecond line \x1b[31m";
  r.open_questions.emplace_back(at(20), Asked{example::long_word("step", 'q'), example::long_word("Really ", 'y'), {"a", "b", "c", "d", "e"}, at(30)});
  return r;
}

TEST(Board, StaysWithinTheTerminalWhateverThereIs) {
  for (const int height : {5, 12, 24, 50})
    for (const int width : {60, 80, 120}) {
      const std::string frame = board_text(crowded(), at(25), {.colour = false, .width = width}, height);
      expect_within(frame, width);
      EXPECT_LE(lines_of(frame).size(), static_cast<std::size_t>(height));
      EXPECT_EQ(frame.find('\x1b'), std::string::npos) << "what came from files moves no cursor";
    }
}

TEST(Board, ShowsWhatRunsFirstWhereNotAllFits) {
  const std::string frame = board_text(crowded(), at(25), {}, 24);
  EXPECT_THAT(frame, HasSubstr("▶ step-57"));
  EXPECT_THAT(frame, HasSubstr("more; "));
}

TEST(Board, OfNothingYetIsAFrameToo) { EXPECT_FALSE(board_text(ExerciseRecord(), at(0), {}, 24).empty()); }

TEST(Board, ElapsedBeyondThePredictionIsInColour) {
  ExerciseRecord r = record_of("x", {{at(0), example::failover().front().what}, {at(4), StepChanged{.step = "detect", .change = StepChange::began}}});
  const Style style{.colour = true};
  EXPECT_THAT(board_text(r, at(4 + 2), style, 24), Not(HasSubstr("\x1b[33m"))) << "p75 is about 2.6 s";
  EXPECT_THAT(board_text(r, at(4 + 2.8), style, 24), HasSubstr("\x1b[33m"));
  EXPECT_THAT(board_text(r, at(4 + 3.5), style, 24), HasSubstr("\x1b[1;31m"));
}

// ---- findings: the oracle is the definition in the header, with predictions that are uniform by construction

Prediction to(double most) {
  Prediction p;
  for (int i = 0; i <= 1000; ++i) p.quantiles.push_back(most * i / 1000);
  return p;
}

ExerciseRecord step_that_took(double seconds, StepChanged end = {.change = StepChange::succeeded}) {
  RunBegan began;
  began.steps = {"s"};
  began.predictions.replications = 1000;
  began.predictions.steps = {{"s", to(100), to(200)}};
  end.step = "s";
  return record_of("x", {{at(0), began}, {at(10), StepChanged{.step = "s", .change = StepChange::began}}, {at(10 + seconds), end}});
}

Staleness staleness_of(const ExerciseRecord& r) { return findings_of(r).steps.at(0).staleness; }

TEST(Findings, AStepIsStaleBeyondThe95thOf100AndSlowBeyondThe75th) {
  EXPECT_EQ(staleness_of(step_that_took(75)), Staleness::fresh);
  EXPECT_EQ(staleness_of(step_that_took(75.2)), Staleness::slow);
  EXPECT_EQ(staleness_of(step_that_took(95)), Staleness::slow);
  EXPECT_EQ(staleness_of(step_that_took(95.2)), Staleness::stale);
  EXPECT_EQ(findings_of(step_that_took(40)).steps[0].percentile, 40);
  EXPECT_EQ(findings_of(step_that_took(40)).steps[0].finish, 50.0);
}

TEST(Findings, AutomaticAnswersAndFailuresAreNotComparedWithPredictions) {
  EXPECT_EQ(staleness_of(step_that_took(99, {.change = StepChange::succeeded, .automatic = true})), Staleness::none);
  EXPECT_EQ(staleness_of(step_that_took(99, {.change = StepChange::failed})), Staleness::none);
}

TEST(Findings, AStepThatWasCutShortIsStaleOnlyIfItWasAlready) {
  EXPECT_EQ(staleness_of(step_that_took(50, {.change = StepChange::ended_early})), Staleness::none);
  EXPECT_EQ(staleness_of(step_that_took(99, {.change = StepChange::ended_early})), Staleness::stale);
  EXPECT_TRUE(findings_of(step_that_took(50, {.change = StepChange::ended_early})).steps[0].censored);
}

ExerciseRecord recovered(RecoveryMeasured measured, double objective = 30) {
  RunBegan began;
  began.recovered_service = "api";
  began.objective_rto = objective;
  began.predictions.recovery = to(100);
  return record_of("x", {{at(0), began}, {at(50), measured}, {at(60), RunEnded{.restored = true}}});
}

TEST(Findings, AnObjectiveIsMetOrMissedOnlyBeyondTheErrorOfMeasurement) {
  const auto verdict = [](double rta) { return findings_of(recovered({.rta = rta, .error = 1, .seen_down = true})).recovery.verdict; };
  EXPECT_EQ(verdict(29), Verdict::met);
  EXPECT_EQ(verdict(29.5), Verdict::undecided);
  EXPECT_EQ(verdict(31), Verdict::undecided);
  EXPECT_EQ(verdict(31.1), Verdict::missed);
  EXPECT_EQ(findings_of(recovered({})).recovery.verdict, Verdict::missed) << "never";
  EXPECT_EQ(findings_of(recovered({.rta = 20, .valid = false})).recovery.verdict, std::nullopt);
}

TEST(Findings, ARecoveryThatNeverCameIsAFailureAndNoNumber) {
  const ExerciseFindings f = findings_of(recovered({.why = "the limit came first"}));
  EXPECT_TRUE(f.recovery.measured);
  EXPECT_FALSE(f.recovery.actual);
  EXPECT_FALSE(f.recovery.percentile);
  EXPECT_THAT(f.failures, Contains(HasSubstr("was not restored: the limit came first")));
  EXPECT_THAT(measured_text(f.recovery, "RTO"), testing::StartsWith("MISSED: never"));
}

TEST(Findings, WhatWasNotMeasuredIsNeitherMetNorMissed) {
  RunBegan began;
  began.recovered_service = "api";
  began.canary_service = "db";
  began.objective_rto = began.objective_rpo = 1;
  const ExerciseFindings f = findings_of(record_of("x", {{at(0), began}, {at(1), CanaryRead{.when = "after recovery", .why_not = "no route"}}, {at(2), RunEnded{.ending = Ending::aborted}}}));
  EXPECT_FALSE(f.recovery.verdict);
  EXPECT_FALSE(f.loss.verdict);
  EXPECT_EQ(f.loss.why, "no route");
  EXPECT_THAT(f.failures, Contains(HasSubstr("The data loss is not known: no route")));
}

TEST(Findings, TheDataLossIsTheWorstThatWasRead) {
  EXPECT_EQ(findings_of(example::failover_record()).loss.actual, 2.01);
}

TEST(Findings, APercentileIsSaidSoThatItIsTrue) {
  EXPECT_EQ(percentile_text(0), "less than all simulated");
  EXPECT_EQ(percentile_text(0.1), "no less than 0.1 of 100 simulated");
  EXPECT_EQ(percentile_text(41), "no less than 41 of 100 simulated");
  EXPECT_EQ(percentile_text(99.96), "no less than 99.9 of 100 simulated");
  EXPECT_EQ(percentile_text(100), "as much as any simulated, or more");
}

// ---- what came from outside stays text

TEST(Markdown, NothingInATextIsMarkup) {
  EXPECT_EQ(markdown_text("a|b *c* <script> `d` [e](f)\n# g"), "a\\|b \\*c\\* \\<script\\> \\`d\\` \\[e\\](f) \\# g");
  EXPECT_EQ(markdown_text("- no list"), "\\- no list");
  EXPECT_EQ(markdown_code("a`b|c"), "``a`b\\|c``");
  EXPECT_EQ(markdown_code("`"), "`` ` ``");
  EXPECT_EQ(markdown_code(""), "");
}
TEST(Markdown, ABlockEndsOnlyWhereItEnds) {
  EXPECT_EQ(markdown_block("a\n```\nb\x1b[31m\n\n"), "````text\na\n```\nb?[31m\n````\n");
  EXPECT_EQ(markdown_table({"a"}, {}), "");
}

TEST(ExerciseReport, HostileTextsAreNoMarkupAndNoEscapes) {
  ExerciseRecord r = example::failover_record();
  const std::string evil = "x | y\n## heading <img src=a> \x1b[2J ```\n";
  r.plan.title = r.plan.begun_by = r.plan.host = r.end->why = evil;
  for (StepRecord& step : r.steps) step.name = step.by = step.note = step.why = step.output_tail = evil;
  for (FaultRecord& fault : r.faults) fault.name = fault.proof = evil;
  r.notes.clear();
  const std::string text = markdown_of(r);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\n## heading <img"), text.find("\n## heading <img", text.find("````text"))) << "only within a block";
  EXPECT_THAT(text, HasSubstr("x \\| y \\#\\# heading"));
}

TEST(Moments, AreSaidInUniversalTime) {
  EXPECT_EQ(utc_text(at(0)), "2026-11-23 10:15:00 UTC");
  EXPECT_EQ(iso_text(at(0.25)), "2026-11-23T10:15:00.250Z");
  EXPECT_EQ(utc_date(at(86400)), "2026-11-24");
  EXPECT_EQ(utc_text(Moment{}), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(offset_text(-2), "-2 s");
  EXPECT_EQ(offset_text(0.004), "0 s");
  EXPECT_EQ(offset_text(100), "+1 min 40 s");
}

TEST(ExercisePlan, CommandsAreSaidAsAPersonWouldTypeThem) {
  EXPECT_EQ(command_text({"psql", "-c", "select 'a'", "", "x=y"}), "psql -c 'select '\\''a'\\''' '' x=y");
}

}  // namespace
}  // namespace muster
