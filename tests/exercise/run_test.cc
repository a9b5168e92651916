#include "exercise/run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <thread>

#include "exercise/control_socket.h"
#include "tests/exercise/staged_run.h"

namespace muster {
namespace {
using testing::HasSubstr;
using testing::Not;

/// The failover in small: dark, seen, decided, done, verified, recovered.
class Run : public StagedRun {
 protected:
  void failover() {
    fault("dark");
    const Condition up = probe("api");
    exercise().steady_state = {up};
    exercise().recovered_service = "api";
    exercise().recovered = up;
    exercise().recovered->holds_for = 0.1;
    exercise().services = {{"api", up}};
    in_effect_changed = [this] {
      verdicts["api"] = faults_in_effect > 0 ? Sample::Verdict::failing : Sample::Verdict::passing;
    };
    bind("detect").until = negated(up);
    step("detect");
    bind("decide").ask = "Do we fail over?";
    step("decide", {"detect"}).by = {{"boss", 1}};
    loaded.scenario.roles = {{"boss", 1, {}, {}, {}, {}}};
    exercise().people["boss"] = {"boss@example.org"};
    scripted("promote", "echo promoted; echo $MUSTER_STEP >> done.txt", {"decide"}).recovers = {"api"};
    bind("verify").until = up;
    step("verify", {"promote"});
    on_happening = [this](const Happening& happening) {
      if (line_of(happening) == "promote succeeded") verdicts["api"] = Sample::Verdict::passing;
    };
    settings.yes = true;
  }
  void when(const std::string& line, std::function<void()> then) {
    on_happening = [this, line, then, before = on_happening](const Happening& happening) {
      if (before) before(happening);
      if (line_of(happening) == line) then();
    };
  }
};

TEST_F(Run, PerformsThePlanWhileTheFaultIsInEffectAndPutsEverythingBack) {
  failover();
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::finished);
  EXPECT_TRUE(end.restored);
  std::vector<std::string> lines;
  for (const std::string& line : trace)
    if (line != "probe" && line != "counted") lines.push_back(line);
  EXPECT_EQ(lines, (std::vector<std::string>{"began",
                                             "steady-state",
                                             "dark intended",
                                             "dark in effect",
                                             "detect ready",
                                             "detect began",
                                             "detect succeeded",
                                             "decide ready",
                                             "decide began",
                                             "decide asks",
                                             "decide succeeded",
                                             "promote ready",
                                             "promote began",
                                             "promote succeeded",
                                             "verify ready",
                                             "verify began",
                                             "verify succeeded",
                                             "recovered",
                                             "end all: the plan is done",
                                             "dark undoing",
                                             "dark undone",
                                             "measured",
                                             "note lateness",
                                             "footprint",
                                             "ended"}))
      << whole_trace();
  EXPECT_EQ(content("done.txt"), "promote\n");
  EXPECT_EQ(last_of("promote").output_tail, "promoted\n");
  EXPECT_EQ(last_of("promote").exit, 0);
  EXPECT_TRUE(last_of("decide").automatic);
  EXPECT_EQ(all<Asked>()[0].people, std::vector<std::string>{"boss@example.org"});
  const RecoveryMeasured measured = all<RecoveryMeasured>().at(0);
  ASSERT_TRUE(measured.rta);
  EXPECT_TRUE(measured.seen_down && measured.valid);
  // the oracle: the moments of the two events that made the probe fail and pass
  Moment intended, promoted;
  for (const Happening& happening : happenings) {
    if (line_of(happening) == "dark intended") intended = happening.at;
    if (line_of(happening) == "promote succeeded") promoted = happening.at;
  }
  EXPECT_GE(*measured.rta, promoted.since(intended));
  EXPECT_LT(*measured.rta, promoted.since(intended) + 0.1);
  EXPECT_FALSE(std::filesystem::exists(folder + "/run/" + settings.id));
}

TEST_F(Run, TouchesNothingWhenTheGuardHasReasons) {
  failover();
  against = {"no opt-in", "a blackout"};
  try {
    run();
    FAIL() << "not refused";
  } catch (const Refused& refused) {
    EXPECT_EQ(refused.reasons(), against);
  }
  EXPECT_TRUE(trace.empty()) << whole_trace();
}

TEST_F(Run, TouchesNothingWhenTheSteadyStateDoesNotHold) {
  failover();
  verdicts["api"] = Sample::Verdict::failing;
  exercise().canary = Canary{};
  EXPECT_THROW(run(), Refused);
  EXPECT_FALSE(told("dark intended") || told("canary writes")) << whole_trace();
  EXPECT_EQ(all<RunEnded>().at(0).ending, Ending::refused);
}

TEST_F(Run, TouchesNothingWhenAProbeHangs) {
  failover();
  verdicts.clear();
  EXPECT_THROW(run(), Refused);
  EXPECT_FALSE(told("dark intended"));
}

TEST_F(Run, TouchesNothingWhenAStopConditionHoldsAlready) {
  failover();
  exercise().stop_when = {{"hurt", negated(probe("bystander"))}};
  verdicts["bystander"] = Sample::Verdict::failing;
  EXPECT_THROW(run(), Refused);
  EXPECT_FALSE(told("dark intended"));
}

TEST_F(Run, TouchesNothingWhenAnotherExerciseHoldsATarget) {
  failover();
  keeper_refuses = "here is taken by another exercise since 10:15";
  EXPECT_THROW(run(), Refused);
  EXPECT_FALSE(told("dark intended"));
  EXPECT_EQ(all<RunEnded>().at(0).why, keeper_refuses);
  EXPECT_EQ(keeper_settings.targets, exercise().targets);
  EXPECT_FALSE(std::filesystem::exists(folder + "/run/" + settings.id));
}

TEST_F(Run, EndsWhenItsKeeperDies) {
  failover();
  settings.yes = false;
  when("decide asks", [this] { keeper_lost = true; });
  EXPECT_THAT(run().why, HasSubstr("keeper died"));
}

/// Whatever throws within the run, the faults end and the last word is said.
TEST_F(Run, EndsCleanlyThroughTroubleOfItsOwn) {
  failover();
  int thrown = 0;
  when("promote began", [&] {
    if (++thrown == 1) throw std::runtime_error("a bug");
  });
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::aborted);
  EXPECT_THAT(end.why, HasSubstr("a bug"));
  EXPECT_EQ(faults_in_effect, 0);
  EXPECT_EQ(trace.back(), "ended");
}

TEST_F(Run, IsAnsweredAtTheTerminal) {
  failover();
  settings.yes = false;
  settings.terminal = true;
  int master = -1, slave = -1;
  ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  const int input = dup(0), flags = fcntl(slave, F_GETFL);
  dup2(slave, 0);
  const auto type = [&](const std::string& text) {
    ASSERT_EQ(write(master, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  };
  when("decide asks", [&] { type("perhaps\nyes all agree\n"); });
  const RunEnded end = run();
  EXPECT_EQ(fcntl(slave, F_GETFL), flags);  // others' output goes through it too
  dup2(input, 0);
  for (const int file : {master, slave, input}) close(file);
  EXPECT_EQ(end.ending, Ending::finished);
  EXPECT_TRUE(told("note prompt"));
  EXPECT_EQ(last_of("decide").by, "tester");
  EXPECT_EQ(last_of("decide").note, "all agree");
}

TEST_F(Run, GoesOnWhenTheTerminalIsGone) {
  failover();
  settings.yes = false;
  settings.terminal = true;
  const int input = dup(0), nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  std::thread other;
  when("decide asks", [&] {
    other = std::thread([&] {
      give_order(folder + "/run/" + settings.id, {Order::Kind::acknowledge, "decide", "boss", "", "", true});
    });
  });
  const RunEnded end = run();
  other.join();
  dup2(input, 0);
  close(input);
  close(nothing);
  EXPECT_TRUE(told("note prompt"));
  EXPECT_EQ(end.ending, Ending::finished);
}

TEST_F(Run, RefusesWhatItDoesNotKnowAndWhatDoesNotResolve) {
  failover();
  fault("names").settings = ProxyFault{{"192.0.2.1:1"}, {PathToxic{}}, true, ""};
  try {
    run();
    FAIL() << "not refused";
  } catch (const Refused& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("names”: this version knows no faults of the kind proxy"));
  }
  exercise().faults.pop_back();
  fault("no-match");
  EXPECT_THROW(run(), Refused);
  EXPECT_TRUE(trace.empty()) << whole_trace();
  EXPECT_FALSE(std::filesystem::exists(folder + "/run/" + settings.id));
}

TEST_F(Run, EndsWhenAFaultCannotBeBroughtAbout) {
  failover();
  fault("second");
  begin_fails = "second";
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::aborted);
  EXPECT_THAT(end.why, HasSubstr("it would not"));
  EXPECT_TRUE(told("dark undone"));
}

TEST_F(Run, CountsFromTheFirstFaultThatIsNoPreparation) {
  failover();
  fault("scene", -0.3);
  fault("later", 0.2);
  bind("slow").run = muster::Run{{"sleep", "0.4"}, 10, {}};
  step("slow");
  in_effect_changed = [this] {
    verdicts["api"] = faults_in_effect >= 2 && !told("promote succeeded") ? Sample::Verdict::failing
                                                                          : Sample::Verdict::passing;
  };
  run();
  std::map<std::string, Moment> at;
  for (const Happening& happening : happenings) at.try_emplace(line_of(happening), happening.at);
  // Hardly early; and late by no more than a busy machine makes it.
  for (const auto& [delay, due] : {std::pair(at["dark intended"].since(at["scene intended"]), 0.3), std::pair(at["later intended"].since(at["dark intended"]), 0.2)}) {
    EXPECT_GE(delay, due - 0.05);  // what is told is told a little after it was counted from
    EXPECT_LT(delay, due + 1);
  }
  EXPECT_GE(at["detect began"].boot, at["dark in effect"].boot);
  EXPECT_LT(*all<RecoveryMeasured>().at(0).rta, 0.3);  // from `dark`, not from `scene`
}

TEST_F(Run, NotesFaultsWhoseTimeNeverCame) {
  failover();
  fault("much-later", 15);
  run();
  EXPECT_TRUE(told("note fault"));
  EXPECT_FALSE(told("much-later intended"));
}

struct AbortCase {
  const char* name;
  const char* at;
};
class AbortAt : public Run, public testing::WithParamInterface<AbortCase> {};

/// Wherever it comes, by another process through the socket: nothing stays in effect, and it says so.
TEST_P(AbortAt, UndoesEverything) {
  failover();
  settings.yes = false;
  fault("second", 0.1);
  std::thread aborter;
  std::string answer = "never asked";
  bool asked = false;
  when("decide asks", [&] {
    if (std::string(GetParam().at) != "decide asks")
      aborter = std::thread([&] {
        give_order(folder + "/run/" + settings.id,
                   {Order::Kind::acknowledge, "decide", "boss", "", "", true});
      });
  });
  when(GetParam().at, [&] {
    if (std::exchange(asked, true)) return;
    if (aborter.joinable()) aborter.detach();
    aborter = std::thread([&] {
      answer = give_order(folder + "/run/" + settings.id,
                          {Order::Kind::abort, "", "somebody", "enough", "", true});
    });
  });
  const RunEnded end = run();
  if (aborter.joinable()) aborter.join();
  EXPECT_EQ(answer, "");
  EXPECT_EQ(end.ending, Ending::aborted);
  EXPECT_EQ(end.why, "enough");
  EXPECT_EQ(end.by, "somebody");
  EXPECT_EQ(faults_in_effect, 0);
  EXPECT_TRUE(end.restored);
  EXPECT_EQ(trace.back(), "ended");
}
INSTANTIATE_TEST_SUITE_P(Phases, AbortAt,
                         testing::Values(AbortCase{"Looking", "began"}, AbortCase{"Arming", "dark intended"},
                                         AbortCase{"InEffect", "dark in effect"},
                                         AbortCase{"Detecting", "detect began"},
                                         AbortCase{"Asking", "decide asks"},
                                         AbortCase{"Running", "promote began"},
                                         AbortCase{"Verifying", "verify began"}),
                         [](const auto& each) { return each.param.name; });

TEST_F(Run, ASecondInterruptSkipsNoUndo) {
  failover();
  scripted("stubborn", "trap '' TERM INT; while :; do sleep 0.05; done");
  when("stubborn began", [] { kill(getpid(), SIGINT); });
  when("note abort", [] { kill(getpid(), SIGINT), kill(getpid(), SIGTERM), kill(getpid(), SIGHUP); });
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::aborted);
  EXPECT_THAT(end.why, HasSubstr("Ctrl-C"));
  EXPECT_TRUE(told("dark undone"));
  EXPECT_TRUE(told("note signal"));
  EXPECT_TRUE(told("stubborn ended early")) << whole_trace();
  EXPECT_LT(place("dark undone"),
            place("stubborn ended early"));  // the fault does not wait for the step that ignores SIGTERM
  EXPECT_EQ(end.done_not_undone, std::vector<std::string>{"stubborn"});
}

TEST_F(Run, StopConditionsEndItWithinMoments) {
  failover();
  settings.yes = false;
  exercise().stop_when = {{"hurt", negated(probe("bystander"))}};
  when("decide asks", [this] { verdicts["bystander"] = Sample::Verdict::failing; });
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::aborted);
  EXPECT_EQ(end.by, "stop-when hurt");
  EXPECT_TRUE(told("decide ended early") && told("dark undone"));
}

TEST_F(Run, NoFaultOutlivesTheLimit) {
  failover();
  settings.yes = false;
  exercise().limit = 0.5;
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::aborted);
  EXPECT_EQ(end.by, "limit");
  EXPECT_EQ(faults_in_effect, 0);
}

TEST_F(Run, AHaltEndsIt) {
  failover();
  settings.yes = false;
  when("decide asks", [this] { halt = Halt{{}, "duty officer", "a real incident"}; });
  const RunEnded end = run();
  EXPECT_EQ(end.by, "duty officer");
  EXPECT_THAT(end.why, HasSubstr("a real incident"));
}

TEST_F(Run, NoAtADecisionEndsItCleanly) {
  failover();
  settings.yes = false;
  std::thread other;
  when("decide asks", [&] {
    other = std::thread([&] {
      give_order(folder + "/run/" + settings.id,
                 {Order::Kind::acknowledge, "decide", "boss", "", "not today", false});
    });
  });
  const RunEnded end = run();
  other.join();
  EXPECT_EQ(end.ending, Ending::stopped_by_plan);
  EXPECT_EQ(last_of("decide").by, "boss");
  EXPECT_EQ(last_of("decide").note, "not today");
  EXPECT_FALSE(told("promote began"));
  EXPECT_TRUE(told("dark undone"));
}

TEST_F(Run, TakesAnswersFromAnotherProcessAndSaysWhatItDoesNotTake) {
  failover();
  settings.yes = false;
  std::string wrong;
  pid_t other = 0;
  when("decide asks", [&] {
    other = fork();
    if (other != 0) return;
    const std::string door = folder + "/run/" + settings.id;
    const std::string first = give_order(door, {Order::Kind::acknowledge, "promote", "boss", "", "", true});
    const std::string second = give_order(door, {Order::Kind::acknowledge, "decide", "boss", "", "go", true});
    _exit(first.find("asked now: decide") != std::string::npos && second.empty() ? 0 : 1);
  });
  const RunEnded end = run();
  int status = -1;
  waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(end.ending, Ending::finished);
  EXPECT_FALSE(last_of("decide").automatic);
  EXPECT_EQ(last_of("decide").by, "boss");
}

TEST_F(Run, AsksUntilTheDeadlineAndThenTheStepFails) {
  failover();
  settings.yes = false;
  exercise().steps[1].deadline = 0.2;
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::stopped_by_plan);
  EXPECT_TRUE(last_of("decide").timed_out);
  EXPECT_TRUE(told("dark undone"));
}

TEST_F(Run, StepsWithoutABindingAreAskedForByHandAndCountAsDone) {
  failover();
  step("phone");
  scripted("fails", "exit 3", {"phone"});
  const RunEnded end = run();
  EXPECT_EQ(last_of("phone").how, "by hand");
  EXPECT_EQ(end.ending, Ending::stopped_by_plan);
  EXPECT_THAT(end.why, HasSubstr("fails"));
  EXPECT_THAT(end.done_not_undone, testing::Contains("phone"));
  EXPECT_EQ(last_of("fails").exit, 3);
}

TEST_F(Run, AfterAnAbortUndoesStepsInReverseAndThenRunsAfterwards) {
  failover();
  exercise().steps[2].undo = muster::Run{{"/bin/sh", "-c", "echo undo-promote >> done.txt"}, 5, {}};
  scripted("early", "echo early >> done.txt");
  exercise().steps.back().undo = muster::Run{{"/bin/sh", "-c", "echo undo-early >> done.txt; exit 1"}, 5, {}};
  scripted("kept", "true");
  exercise().canary = Canary{};
  exercise().afterwards = muster::Run{{"/bin/sh", "-c", "echo afterwards $MUSTER_ENDING >> done.txt"}, 5, {}};
  when("verify began", [] { kill(getpid(), SIGTERM); });
  const RunEnded end = run();
  EXPECT_EQ(content("done.txt"), "early\npromote\nundo-promote\nundo-early\nafterwards aborted\n");
  EXPECT_THAT(end.done_not_undone, testing::UnorderedElementsAre("early", "kept"));
  EXPECT_TRUE(told("promote undone") && told("early undo failed"));
  EXPECT_LT(place("dark undone"), place("read after recovery")) << whole_trace();
  EXPECT_LT(place("canary stops"), place("read after recovery"));
  EXPECT_LT(place("read after recovery"), place("promote undone"));
  EXPECT_LT(place("early undo failed"), place("afterwards began"));
  EXPECT_LT(place("afterwards ended"), place("read after afterwards"));
}

TEST_F(Run, LeavesAfterwardsOutWhenToldSoOrWhenNothingWasDone) {
  failover();
  exercise().afterwards = muster::Run{{"/bin/sh", "-c", "echo afterwards >> done.txt"}, 5, {}};
  settings.afterwards = false;
  run();
  EXPECT_FALSE(told("afterwards began"));
  settings.afterwards = true;
  trace.clear();
  when("detect began", [] { kill(getpid(), SIGTERM); });
  run();
  EXPECT_FALSE(told("afterwards began")) << whole_trace();
}

TEST_F(Run, SaysWhatRemains) {
  failover();
  remains = {"dark: rule 7"};
  left = {"table inet muster_x"};
  const RunEnded end = run();
  EXPECT_FALSE(end.restored);
  EXPECT_EQ(end.remains, (std::vector<std::string>{"dark: rule 7", "table inet muster_x"}));
  const std::string file = folder + "/run/" + settings.id + "/UNDO.txt";
  struct stat there {};
  ASSERT_EQ(stat(file.c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0600u);
  EXPECT_THAT(content("run/" + settings.id + "/UNDO.txt"), HasSubstr("undo-by-hand dark"));
}

TEST_F(Run, RetriesFallsBackAndKeepsWhatEachAttemptSaid) {
  failover();
  Step& flaky = scripted("flaky", "test -e tried || { touch tried; echo first; exit 7; }; echo second");
  flaky.attempts = 3;
  flaky.retry_after = Distribution(Constant{0.2});
  Step& hopeless = scripted("hopeless", "exit 1");
  hopeless.on_failure = OnFailure::replace;
  hopeless.replacement = "fallback";
  scripted("fallback", "true");
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::finished);
  std::vector<std::string> tails;
  for (const StepChanged& change : all<StepChanged>())
    if (change.step == "flaky" && !change.output_tail.empty())
      tails.push_back(std::to_string(change.attempt) + change.output_tail);
  EXPECT_EQ(tails, (std::vector<std::string>{"1first\n", "2second\n"}));
  EXPECT_TRUE(told("hopeless replaced") && told("fallback succeeded"));
  EXPECT_FALSE(told("hopeless failed"));
}

/// Intervals are measured on the boot clock: a wall clock that jumps an hour changes nothing; time that
/// passed asleep counts.
TEST_F(Run, AJumpOfTheWallClockChangesNothing) {
  failover();
  when("decide asks", [this] { clock.wall_jump = 3'600'000'000'000; });
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::finished);
  EXPECT_LT(*all<RecoveryMeasured>().at(0).rta, 2);
}
TEST_F(Run, TimeAsleepCountsAgainstTheLimit) {
  failover();
  settings.yes = false;
  when("decide asks", [this] { clock.boot_jump = 3'600'000'000'000; });
  EXPECT_EQ(run().by, "limit");
}

TEST_F(Run, MasksSecretsInEverythingThatIsWritten) {
  failover();
  setenv("RUN_TEST_SECRET", "hunter2-is-secret", 1);
  exercise().secrets = {"RUN_TEST_SECRET"};
  scripted(
      "talks",
      "i=0; while [ $i -lt 300 ]; do echo \"a line that goes before it $RUN_TEST_SECRET\"; i=$((i+1)); done; "
      "printf %s \"$RUN_TEST_SECRET\" | base64; sleep 0.3; printf hunter2-; sleep 0.3; echo is-secret");
  run();
  unsetenv("RUN_TEST_SECRET");
  const std::string file = content("state/exercises/" + settings.id + "/steps/talks.out");
  EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 302);
  for (const std::string& text : {file, last_of("talks").output_tail}) {
    EXPECT_THAT(text, HasSubstr("[masked]"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, Not(HasSubstr("aHVudGVyMi1pcy1zZWNyZX")));
  }
  EXPECT_LE(last_of("talks").output_tail.size(), 4096u);
}

TEST_F(Run, ATabletopBreaksNothingAndAsksForEverything) {
  failover();
  exercise().kind = Exercise::Kind::tabletop;
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::finished);
  EXPECT_FALSE(told("dark intended"));
  EXPECT_EQ(all<Asked>().size(), 4u);
  EXPECT_EQ(content("done.txt"), "");
}

TEST_F(Run, DutiesEndWithThePlan) {
  failover();
  Step& duty = scripted("mail", "echo mail >> mails.txt");
  duty.every = 0.1;
  bind("slow").run = muster::Run{{"sleep", "0.55"}, 10, {}};
  step("slow");
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::finished);
  const std::string mails = content("mails.txt");
  EXPECT_GE(std::count(mails.begin(), mails.end(), '\n'), 4);
  EXPECT_LE(std::count(mails.begin(), mails.end(), '\n'), 9);
}

TEST_F(Run, PlansAndIdsAreKnownBeforehand) {
  failover();
  fault("scene", -2);
  const std::vector<PlannedEffect> planned = planned_effects(loaded, "id", parts);
  ASSERT_EQ(planned.size(), 2u);
  EXPECT_EQ(planned[0].fault, "scene");
  EXPECT_EQ(planned[0].at, -2);
  EXPECT_EQ(planned[1].target, "here");
  JumpingClock at;
  at.wall_jump = 1795428900'000'000'000 - at.now().wall;  // 2026-11-23T10:15:00Z, by `date -u -d`
  const std::string id = new_run_id(at);
  EXPECT_THAT(id, testing::MatchesRegex("2026-11-23T10-15-00-[a-z2-9]{4}"));
  EXPECT_NE(id, new_run_id(at));
}

/// Real probes and a real canary, both of commands: the "database" is a file that a fault takes away and a step brings back, without its
/// last lines. The oracle is what the test itself wrote into that file.
TEST_F(Run, MeasuresRecoveryAndLossByRealProbesAndCanary) {
  failover();
  in_effect_changed = [this] {
    if (faults_in_effect == 0) return;
    // struck: what was acknowledged last is lost, and nothing more is accepted
    std::vector<std::string> lines;
    std::istringstream text(content("db"));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    ASSERT_GT(lines.size(), 3u);
    std::filesystem::remove(folder + "/db");
    std::ofstream kept(folder + "/kept");
    for (std::size_t i = 0; i + 3 < lines.size(); ++i) kept << lines[i] << "\n";
  };
  on_happening = nullptr;
  std::ofstream(folder + "/db").close();
  exercise().probes[0].check = CommandProbe{{"/usr/bin/test", "-e", "db"}, 0, "", ""};
  exercise().probes[0].every = 0.05;
  exercise().probes[0].timeout = 1;
  exercise().steps[2].run = muster::Run{{"/bin/sh", "-c", "sleep 0.5; mv kept db"}, 5, {}};
  Canary canary;
  canary.kind = Canary::Kind::command;
  canary.service = "api";
  canary.every = 0.1;
  canary.write = {"/bin/sh", "-c", "test -e db && echo $MUSTER_SEQ >> db"};
  canary.read = {"cat", "db"};
  exercise().canary = canary;
  const RunParts real = parts_for_looking();
  parts.probing = real.probing;
  parts.canary = real.canary;
  parts.survivors = real.survivors;
  fault("scene", -1);  // gives the canary time to write some
  in_effect_changed = [this, struck = in_effect_changed] {
    if (faults_in_effect == 2) struck();
  };
  const RunEnded end = run();
  EXPECT_EQ(end.ending, Ending::finished);
  const RecoveryMeasured measured = all<RecoveryMeasured>().at(0);
  ASSERT_TRUE(measured.rta) << measured.why;
  EXPECT_TRUE(measured.seen_down);
  std::map<std::string, Moment> at;
  for (const Happening& happening : happenings) at.try_emplace(line_of(happening), happening.at);
  EXPECT_NEAR(*measured.rta, at["promote succeeded"].since(at["dark intended"]), measured.error + 0.15);
  const CanaryRead read = all<CanaryRead>().at(0);
  EXPECT_EQ(read.why_not, "");
  EXPECT_EQ(read.lost, 3u);
  EXPECT_GE(read.acknowledged, 6u);
  ASSERT_TRUE(read.rpa);
  EXPECT_GE(*read.rpa, 0.29);
  EXPECT_LE(*read.rpa, 0.6);
}

}  // namespace
}  // namespace muster
