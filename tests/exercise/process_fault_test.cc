#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "exercise/faults/fault.h"
#include "exercise/faults/note.h"
#include "exercise/processes.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using namespace scratch;
using ::testing::HasSubstr;
using Signal = ProcessFault::Signal;

char state(pid_t pid) {
  for (const auto& one : all_processes())
    if (one.identity.pid == pid) return one.dead() ? '-' : one.state;
  return '-';
}

// Whatever it waits for.
bool runs(pid_t pid) { return std::string("SRDI").find(state(pid)) != std::string::npos; }

// Whoever ends between the opening of what /proc tells of it and the reading lives no more, and is no error.
TEST(Processes, MayEndWhileTheyAreLookedAt) {
  const auto before = signal(SIGCHLD, SIG_IGN);  // nobody waits for them: they are gone when they end
  for (int i = 0; i < 150; ++i) {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    for (int look = 0; look < 1000 && kill(pid, 0) == 0; ++look) ASSERT_NO_THROW(state_of({pid, 1}));
  }
  signal(SIGCHLD, before);
}

class ProcessFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    NEED("root", Wire::missing());
    wire = std::make_unique<Wire>();
    name = "mprey" + std::to_string(getpid());
    plan.folder = folder.path();
  }
  Surroundings around(std::vector<pid_t> own = {}) { return {"2026-t", &plan, folder.path(), {}, std::move(own)}; }
  Effect prepare(ProcessFault settings, const std::string& called = "prey") {
    return kind().prepare({called, "near", settings, 0, {}, {}}, wire->target(), around());
  }
  ProcessFault fault(Signal signal, int at_most = 1) const { return {signal, {"", name, at_most}, {}, false}; }
  const FaultKind& kind() const { return *fault_kind("process"); }

  Folder folder;
  Exercise plan;
  std::unique_ptr<Wire> wire;
  std::string name;
};

TEST_F(ProcessFaults, ATreeIsStoppedAndTheSameTreeGoesOn) {
  const Bystander prey(wire->near(), name, true);
  const Effect effect = prepare(fault(Signal::stop));
  EXPECT_TRUE(runs(prey.pid())) << state(prey.pid());
  kind().apply(effect, 0);
  EXPECT_EQ(state(prey.pid()), 'T');
  EXPECT_EQ(state(prey.child()), 'T');
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  EXPECT_THAT(kind().check(effect).what, HasSubstr("2 of 2"));
  kind().undo(effect);
  kind().undo(effect);
  EXPECT_TRUE(runs(prey.pid())) << state(prey.pid());
  EXPECT_TRUE(runs(prey.child()));
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
}

// The identity is pid and start time: an effect whose start times are another's signals nobody.
TEST_F(ProcessFaults, OnlyTheSameIdentityIsSignalled) {
  const Bystander prey(wire->near(), name);
  Effect effect = prepare(fault(Signal::stop));
  nlohmann::json settings = nlohmann::json::parse(effect.settings);
  for (auto* list : {&settings["quarry"]["roots"], &settings["quarry"]["tree"]})
    for (auto& one : *list) one[1] = one[1].get<std::uint64_t>() + 1;
  Effect other = effect;
  other.settings = settings.dump();
  EXPECT_THROW(kind().apply(other, 0), std::runtime_error);
  EXPECT_TRUE(runs(prey.pid())) << state(prey.pid());
  kind().apply(effect, 0);
  kind().undo(other);
  EXPECT_EQ(state(prey.pid()), 'T');
  settings = nlohmann::json::parse(effect.settings);
  settings["quarry"]["boot"] = "another boot";
  other.settings = settings.dump();
  kind().undo(other);
  EXPECT_EQ(state(prey.pid()), 'T');
  kind().undo(effect);
  EXPECT_TRUE(runs(prey.pid())) << state(prey.pid());
}

TEST_F(ProcessFaults, MoreThanAtMostAreRefusedWithTheList) {
  const Bystander one(wire->near(), name), two(wire->near(), name), elsewhere(wire->far(), name);
  try {
    prepare(fault(Signal::stop));
    FAIL() << "two match";
  } catch (const Refused& refused) {
    EXPECT_THAT(refused.what(), HasSubstr(std::to_string(one.pid())));
    EXPECT_THAT(refused.what(), HasSubstr(std::to_string(two.pid())));
    EXPECT_THAT(refused.what(), Not(HasSubstr(std::to_string(elsewhere.pid()))));  // not of this target
  }
  EXPECT_TRUE(runs(one.pid()));
  const Effect effect = prepare(fault(Signal::stop, 2));
  kind().apply(effect, 0);
  EXPECT_EQ(state(two.pid()), 'T');
  EXPECT_TRUE(runs(elsewhere.pid()));
  kind().undo(effect);
}

TEST_F(ProcessFaults, MustersOwnAndTheirRelativesNeverMatch) {
  const Bystander prey(wire->near(), name, true);
  const FaultPlan planned{"prey", "near", fault(Signal::stop), 0, {}, {}};
  EXPECT_THROW(kind().prepare(planned, wire->target(), around({prey.pid()})), Refused);
  EXPECT_THROW(kind().prepare(planned, wire->target(), around({prey.child()})), Refused);  // it may not lose its parent either
  ProcessFault own{Signal::stop, {"", "exercise_tests", 100}, {}, false};
  const Target machine{"machine", "", "", "", {}};
  try {
    const Effect effect = kind().prepare({"own", "machine", own, 0, {}, {}}, machine, around());
    EXPECT_THAT(effect.settings, Not(HasSubstr("[" + std::to_string(getpid()) + ",")));
  } catch (const Refused&) {
  }
}

TEST_F(ProcessFaults, WhatWasStoppedBeforeStaysStopped) {
  const Bystander prey(wire->near(), name);
  kill(prey.pid(), SIGSTOP);
  ASSERT_TRUE(eventually(2, [&] { return state(prey.pid()) == 'T'; }));
  EXPECT_THROW(prepare(fault(Signal::stop)), Refused);
  EXPECT_EQ(state(prey.pid()), 'T');
}

TEST_F(ProcessFaults, AKilledOneIsUndoneWhenItsRestartEndedWithNoughtAndANewOneLives) {
  Bystander prey(wire->near(), name, true);
  const std::string line = "exec -a " + name + " sleep 300";
  ProcessFault settings = fault(Signal::kill);
  settings.restart = {"bash", "-c", "echo >> restarts; setsid bash -c '" + line + "' < /dev/null > /dev/null 2>&1 &"};
  const Effect effect = prepare(settings);
  EXPECT_TRUE(kind().momentary(effect));
  kind().undo(effect);  // nothing was done yet: nothing is started
  EXPECT_FALSE(succeeds("test -e " + folder.file("restarts")));
  kind().apply(effect, 0);
  EXPECT_EQ(state(prey.pid()), '-');
  EXPECT_TRUE(eventually(10, [&] { return state(prey.child()) == '-'; }));
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  kind().undo(effect);
  // The restart has ended; what it started may still be on its way to its name.
  EXPECT_TRUE(eventually(10, [&] { return kind().check(effect).presence == Presence::gone; })) << kind().check(effect).what;
  kind().undo(effect);
  EXPECT_EQ(shell("wc -l < " + folder.file("restarts")), "1\n");
  for (const auto& one : all_processes())
    if (one.command.starts_with(name)) kill(one.identity.pid, SIGKILL);
}

TEST_F(ProcessFaults, ARestartThatFailsIsNeverCalledUndone) {
  const Bystander prey(wire->near(), name);
  ProcessFault settings = fault(Signal::terminate);
  settings.restart = {"bash", "-c", "exit 3"};
  const Effect effect = prepare(settings);
  kind().apply(effect, 0);
  EXPECT_THROW(kind().undo(effect), std::runtime_error);
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  const Bystander another(wire->near(), name);  // somebody else's; the restart has still not ended with 0
  EXPECT_NE(kind().check(effect).presence, Presence::gone);
}

TEST_F(ProcessFaults, ASupervisorsRestartIsSeen) {
  const Bystander prey(wire->near(), name);
  ProcessFault settings = fault(Signal::kill);
  settings.supervised = true;
  const Effect effect = prepare(settings);
  kind().apply(effect, 0);
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  const Bystander again(wire->near(), name);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
}

TEST_F(ProcessFaults, UndoIsRightAfterACrashAtAnyMoment) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 draw(seed);
  const Bystander prey(wire->near(), name, true);
  const Effect effect = prepare(fault(Signal::stop));
  for (int i = 0; i < 15; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      kind().apply(effect, 0);
      _exit(0);
    }
    usleep(static_cast<useconds_t>(draw() % 8'000));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    kind().undo(effect);
    ASSERT_EQ(kind().check(effect).presence, Presence::gone);
    ASSERT_NE(state(prey.pid()), 'T');
    ASSERT_NE(state(prey.child()), 'T');
  }
}

class CommandFaults : public ::testing::Test {
 protected:
  Effect prepare() {
    plan.folder = folder.path();
    Surroundings around{"2026-t", &plan, folder.path(), {}, {}};
    return kind().prepare({"own", "here", CommandFault{{{"touch", "broken"}, {}, {}}, {{"bash", "-c", "echo x >> undone; rm broken"}, {}, {}},
                                                        {{"bash", "-c", check}, {}, {}}}, 0, {}, {}},
                          {"here", "", "", "", {}}, around);
  }
  const FaultKind& kind() const { return *fault_kind("command"); }
  std::string check = "test -e broken";
  Folder folder;
  Exercise plan;
};

TEST_F(CommandFaults, DoUndoAndCheckAreTheirs) {
  const Effect effect = prepare();
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  kind().apply(effect, 0);
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  kind().undo(effect);
  EXPECT_EQ(shell("wc -l < " + folder.file("undone")), "1\n");  // its second undo had nothing to do
}

TEST_F(CommandFaults, TheUndoRunsEvenWhereCheckSawNothingYet) {
  const Effect effect = prepare();
  kind().undo(effect);  // as after a crash in the midst of `do`
  EXPECT_EQ(shell("wc -l < " + folder.file("undone")), "1\n");
}

TEST_F(CommandFaults, MustBeGoneBeforehand) {
  std::ofstream(folder.file("broken")) << "";
  EXPECT_THROW(prepare(), Refused);
  check = "exit 7";
  EXPECT_THROW(prepare(), Refused);
}

TEST_F(CommandFaults, AnAnswerThatIsNoneIsUnknown) {
  const Effect effect = prepare();
  nlohmann::json settings = nlohmann::json::parse(effect.settings);
  Effect other = effect;
  for (const std::string line : {"exit 2", "kill -9 $$", "sleep 30"}) {
    settings["check"]["argv"] = {"bash", "-c", line};
    settings["check"]["timeout"] = 0.3;
    other.settings = settings.dump();
    EXPECT_EQ(kind().check(other).presence, Presence::unknown) << line;
  }
}

}  // namespace
}  // namespace muster
