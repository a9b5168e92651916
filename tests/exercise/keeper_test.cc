#include "exercise/keeper.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/keeper_loop.h"
#include "exercise/processes.h"
#include "exercise/refused.h"
#include "exercise/undo_list.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using namespace scratch;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* exercise_id = "2026-kept";

/// State folders of a test's own; whatever a failed test left in effect is undone, and no process stays.
class Keepers : public ::testing::Test {
 protected:
  void SetUp() override {
    come_alone();
    setenv("MUSTER_RUN_DIR", folder.file("run").c_str(), 1);
    setenv("MUSTER_STATE_DIR", folder.file("state").c_str(), 1);
    plan.folder = folder.path();
    std::filesystem::create_directories(run_folder());
  }
  void TearDown() override {
    for (const LeftBehind& left : look_around()) {
      const UndoList list = UndoList::open(left.folder);
      for (const ProcessIdentity& who : {list.head().runner, list.keeper()})
        if (who.pid != getpid()) signal_process(who, SIGKILL);
    }
    wait_for([&] {
      const auto all = look_around();
      return std::none_of(all.begin(), all.end(), [](const LeftBehind& l) { return l.keeper_lives; });
    });
    if (HasFailure()) recover();
    machine.reset();
    if (network.get() >= 0) {
      EXPECT_EQ(setns(network.get(), CLONE_NEWNET), 0);
    }
    unsetenv("MUSTER_RUN_DIR");
    unsetenv("MUSTER_STATE_DIR");
  }

  // A network and a machine id of its own, so that tests side by side do not lock each other out.
  void come_alone() {
    if (geteuid() != 0) return;
    Descriptor before(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (unshare(CLONE_NEWNET) != 0) return;
    network = std::move(before);
    machine.emplace();
  }

  std::string run_folder() const { return folder.file("run") + "/" + exercise_id; }
  std::string list_folder() const { return folder.file("state") + "/undo/" + exercise_id; }
  KeeperSettings settings(double limit = 60) const { return {exercise_id, run_folder(), limit, {target}, false}; }

  static muster::Run sh(const std::string& script, double timeout = 20) { return {{"/bin/sh", "-c", script}, timeout, {}}; }
  /// A fault that is a file: in effect while it is there. Each undo is a line of the log, written before the file goes.
  Effect file_effect(const std::string& name, int number, const std::string& before_do = ":", const std::string& before_undo = ":") {
    const std::string file = folder.file(name);
    CommandFault fault{sh(before_do + "; touch " + file), sh(before_undo + " && echo undo-" + name + " >> " + log() + " && rm -f " + file),
                       sh("test -e " + file)};
    Effect effect = fault_kind("command")->prepare({name, target.name, fault, 0, {}, {}}, target, {exercise_id, &plan, run_folder(), {}, {}});
    effect.number = number;
    return effect;
  }
  CommandSettings fence(const std::string& script, double timeout = 5) const {
    CommandSettings command;
    command.argv = {"/bin/sh", "-c", script};
    command.timeout = timeout;
    return command;
  }
  std::string log() const { return folder.file("log"); }
  std::vector<std::string> logged() const {
    std::vector<std::string> out;
    std::ifstream in(log());
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  bool there(const std::string& name) const { return std::filesystem::exists(folder.file(name)); }
  static bool wait_for(const std::function<bool()>& what, double seconds = 10) { return eventually(seconds, what); }

  /// A process that is the runner: it brings the effects about, says so by a file, and waits.
  pid_t run_apart(const std::vector<Effect>& effects, std::optional<double> lasts = {}, const std::optional<CommandSettings>& before_undo = {}) {
    const pid_t pid = fork_apart({}, 0, [&] {
      boost::asio::io_context io;
      Keeper keeper(io, settings(), [](const Happening&) {});
      std::size_t begun = 0;
      for (const Effect& effect : effects)
        keeper.begin(effect, lasts, before_undo, [&](const std::string& why) {
          if (why.empty() && ++begun == effects.size()) std::ofstream(folder.file("begun")) << "x";
        });
      io.run_for(std::chrono::seconds(60));
      _exit(0);
    });
    EXPECT_TRUE(wait_for([&] { return there("begun"); }));
    return pid;
  }
  pid_t keeper_pid() const { return UndoList::open(list_folder()).keeper().pid; }
  static void kill_and_reap(pid_t pid) {
    kill(pid, SIGKILL);
    end_process(pid, 1);
  }

  Folder folder;
  std::optional<OwnMachine> machine;
  Descriptor network;  ///< to go back to
  Exercise plan;
  Target target{"here", "", "", "", {}};
};

/// A runner within the test.
class KeptRun {
 public:
  explicit KeptRun(const KeeperSettings& settings) : keeper(io, settings, [this](const Happening& h) { happenings.push_back(h); }) {}
  std::string begin(const Effect& effect, std::optional<double> lasts = {}, const std::optional<CommandSettings>& fence = {}) {
    std::optional<std::string> why;
    keeper.begin(effect, lasts, fence, [&](const std::string& said) { why = said; });
    EXPECT_TRUE(until([&] { return why.has_value(); }, 15));
    return why.value_or("no answer");
  }
  std::vector<std::string> end_all(const std::string& why = "the test is done", double patience = 60) {
    std::optional<std::vector<std::string>> remains;
    keeper.end_all(why, [&](const std::vector<std::string>& said) { remains = said; });
    EXPECT_TRUE(until([&] { return remains.has_value(); }, patience));
    return remains.value_or(std::vector<std::string>{"no answer"});
  }
  bool until(const std::function<bool()>& what, double seconds) {
    const Moment since = system_clock().now();
    while (!what() && system_clock().now().since(since) < seconds) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds(20));
    }
    return what();
  }
  std::vector<FaultChange> changes(const std::string& fault) const {
    std::vector<FaultChange> out;
    for (const Happening& h : happenings)
      if (const auto* change = std::get_if<FaultChanged>(&h.what); change && change->fault == fault) out.push_back(change->change);
    return out;
  }
  const FaultChanged* change(const std::string& fault, FaultChange what) const {
    for (const Happening& h : happenings)
      if (const auto* change = std::get_if<FaultChanged>(&h.what); change && change->fault == fault && change->change == what) return change;
    return nullptr;
  }

  boost::asio::io_context io;
  std::vector<Happening> happenings;
  Keeper keeper;
};

TEST_F(Keepers, AnEffectIsOnTheListBeforeItIsBroughtAboutAndGoneInTheEnd) {
  // The oracle is the `do` itself: it copies the list that it finds.
  const Effect effect = file_effect("a", 1, "cp " + list_folder() + "/undo.list " + folder.file("copy"));
  KeptRun run(settings());
  EXPECT_EQ(run.begin(effect), "");
  EXPECT_TRUE(there("a"));
  std::filesystem::create_directory(folder.file("copied"));
  std::filesystem::rename(folder.file("copy"), folder.file("copied/undo.list"));
  const UndoList at_apply = UndoList::open(folder.file("copied"));
  ASSERT_EQ(at_apply.effects().size(), 1u);
  EXPECT_EQ(at_apply.effects()[0].effect.settings, effect.settings);
  EXPECT_EQ(at_apply.effects()[0].state, EffectState::intended);
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_FALSE(there("a"));
  EXPECT_THAT(run.changes("a"), ElementsAre(FaultChange::intended, FaultChange::in_effect, FaultChange::undoing, FaultChange::undone));
  EXPECT_EQ(run.change("a", FaultChange::undone)->by, "keeper");
  EXPECT_EQ(run.change("a", FaultChange::undone)->why, "the test is done");
  EXPECT_THAT(run.change("a", FaultChange::undone)->proof, HasSubstr("ended with 1"));
}

TEST_F(Keepers, NothingIsLeftOfAnExerciseThatEndedWell) {
  {
    KeptRun run(settings());
    EXPECT_EQ(run.begin(file_effect("a", 1)), "");
    EXPECT_TRUE(lives(run.keeper.pid()));
    run.end_all();
  }
  EXPECT_THAT(look_around(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(list_folder()));
}

TEST_F(Keepers, EffectsEndInReverseOrder) {
  KeptRun run(settings());
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(run.begin(file_effect("f" + std::to_string(i), i)), "");
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_THAT(logged(), ElementsAre("undo-f4", "undo-f3", "undo-f2", "undo-f1"));
}

TEST_F(Keepers, AnUndoThatHangsHoldsUpTheNextForASecondOnly) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("first", 1)), "");
  EXPECT_EQ(run.begin(file_effect("slow", 2, ":", "sleep 4")), "");
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_THAT(logged(), ElementsAre("undo-first", "undo-slow"));
  EXPECT_LT(run.change("first", FaultChange::undone), run.change("slow", FaultChange::undone));
}

TEST_F(Keepers, AnEffectEndsByItself) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1), 1.0), "");
  EXPECT_TRUE(there("a"));
  EXPECT_TRUE(run.until([&] { return run.change("a", FaultChange::undone) != nullptr; }, 10));
  EXPECT_FALSE(there("a"));
  EXPECT_EQ(run.change("a", FaultChange::undone)->why, "its time is over");
  const Moment began = run.happenings.front().at, ended = run.happenings.back().at;
  EXPECT_GE(ended.since(began), 1.0);
  EXPECT_LT(ended.since(began), 4.0);
  EXPECT_THAT(run.end_all(), IsEmpty());
}

TEST_F(Keepers, NoEffectOutlivesTheLimit) {
  KeptRun run(settings(1.5));
  EXPECT_EQ(run.begin(file_effect("a", 1), 50.0), "");
  EXPECT_EQ(run.begin(file_effect("b", 2)), "");
  EXPECT_TRUE(run.until([&] { return run.change("a", FaultChange::undone) && run.change("b", FaultChange::undone); }, 10));
  EXPECT_EQ(run.change("a", FaultChange::undone)->why, "the limit is over");
  EXPECT_FALSE(there("a") || there("b"));
}

TEST_F(Keepers, AFenceRunsBeforeItsUndo) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1), {}, fence("test -e " + folder.file("a") + " && echo fence >> " + log())), "");
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_THAT(logged(), ElementsAre("fence", "undo-a"));
}

TEST_F(Keepers, AFenceThatFailsIsToldAndBlocksNothing) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1), {}, fence("exit 3")), "");
  EXPECT_EQ(run.begin(file_effect("b", 2), {}, fence("sleep 30", 0.3)), "");
  EXPECT_EQ(run.begin(file_effect("c", 3), {}, CommandSettings{{"/nowhere/fence"}, "", "", "", {}, 5, ""}), "");
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_FALSE(there("a") || there("b") || there("c"));
  ASSERT_TRUE(run.change("a", FaultChange::fence_failed) && run.change("b", FaultChange::fence_failed) && run.change("c", FaultChange::fence_failed));
  EXPECT_THAT(run.change("a", FaultChange::fence_failed)->proof, HasSubstr("ended with 3"));
  EXPECT_THAT(run.change("b", FaultChange::fence_failed)->proof, HasSubstr("in time"));
  EXPECT_THAT(run.change("c", FaultChange::fence_failed)->proof, HasSubstr("/nowhere/fence"));
}

TEST_F(Keepers, WhatCannotBeBroughtAboutIsUndoneAsFarAsItWent) {
  KeptRun run(settings());
  // `do` makes the file and then fails.
  Effect effect = file_effect("half", 1);
  {
    CommandFault fault{sh("touch " + folder.file("half") + "; echo it broke >&2; exit 7"), sh("rm " + folder.file("half")), sh("test -e " + folder.file("half"))};
    effect = fault_kind("command")->prepare({"half", "here", fault, 0, {}, {}}, target, {exercise_id, &plan, run_folder(), {}, {}});
    effect.number = 1;
  }
  EXPECT_THAT(run.begin(effect), HasSubstr("it broke"));
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_FALSE(there("half"));
  EXPECT_THAT(run.changes("half"), ElementsAre(FaultChange::intended, FaultChange::failed, FaultChange::undoing, FaultChange::undone));
}

TEST_F(Keepers, WhatIsNotSeenToBeInEffectHasFailed) {
  CommandFault fault{sh("true"), sh("true"), sh("test -e " + folder.file("never"))};
  Effect effect = fault_kind("command")->prepare({"idle", "here", fault, 0, {}, {}}, target, {exercise_id, &plan, run_folder(), {}, {}});
  effect.number = 1;
  KeptRun run(settings());
  EXPECT_THAT(run.begin(effect), HasSubstr("not seen to be in effect"));
  EXPECT_THAT(run.end_all(), IsEmpty());
}

TEST_F(Keepers, WhatVanishedEarlyIsTold) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1)), "");
  std::filesystem::remove(folder.file("a"));
  EXPECT_TRUE(run.until([&] { return run.change("a", FaultChange::vanished) != nullptr; }, 3));
  EXPECT_THAT(run.end_all(), IsEmpty());
}

TEST_F(Keepers, WhatCannotBeUndoneIsNamedWithTheLinesThatRemoveItAndRecoverTriesAgain) {
  {
    KeptRun run(settings());
    EXPECT_EQ(run.begin(file_effect("stuck", 1, ":", "test -e " + folder.file("key"))), "");
    EXPECT_EQ(run.begin(file_effect("easy", 2)), "");
    EXPECT_THAT(recover(), IsEmpty());  // a live runner's is not touched
    const std::vector<std::string> remains = run.end_all();
    ASSERT_EQ(remains.size(), 1u);
    EXPECT_THAT(remains[0], HasSubstr("fault stuck on here"));
    ASSERT_TRUE(run.change("stuck", FaultChange::remains));
    EXPECT_THAT(run.change("stuck", FaultChange::remains)->by_hand, Contains(HasSubstr("rm -f")));
    EXPECT_FALSE(run.change("stuck", FaultChange::undone));
    EXPECT_FALSE(there("easy"));
  }
  ASSERT_EQ(look_around().size(), 1u);
  EXPECT_THAT(look_around()[0].in_effect, ElementsAre("stuck"));
  // Its run is over and let it go, though this process lives on.
  std::ofstream(folder.file("key")) << "x";
  const auto all = recover();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(all[0].remains, IsEmpty());
  EXPECT_FALSE(there("stuck"));
  EXPECT_THAT(look_around(), IsEmpty());
}

// ---- deaths

TEST_F(Keepers, WhenTheRunnerIsKilledTheKeeperRestores) {
  const pid_t runner = run_apart({file_effect("a", 1), file_effect("b", 2)});
  ASSERT_TRUE(there("a") && there("b"));
  kill_and_reap(runner);
  EXPECT_TRUE(wait_for([&] { return !there("a") && !there("b"); }, 5)) << "promised: restored within 5 s";
  EXPECT_THAT(logged(), ElementsAre("undo-b", "undo-a"));
  EXPECT_TRUE(wait_for([&] { return !look_around().at(0).keeper_lives; }));
  const auto left = look_around();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_THAT(left[0].in_effect, IsEmpty());
  const auto all = recover();  // takes what the keeper had to tell to the ledger, and the folder away
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(all[0].remains, IsEmpty());
  int undone = 0;
  for (const Happening& h : all[0].happenings)
    if (const auto* change = std::get_if<FaultChanged>(&h.what); change && change->change == FaultChange::undone) {
      ++undone;
      EXPECT_EQ(change->why, "the runner died");
    }
  EXPECT_EQ(undone, 2);
  EXPECT_THAT(look_around(), IsEmpty());
}

TEST_F(Keepers, WhenTheRunnerHangsTheKeeperRestores) {
  const pid_t runner = run_apart({file_effect("a", 1)});
  kill(runner, SIGSTOP);
  EXPECT_TRUE(wait_for([&] { return !there("a"); }, 8)) << "promised: 3 s of silence, restored within 5 s more";
  kill_and_reap(runner);
}

TEST_F(Keepers, WhenTheKeeperIsKilledTheRunnerRestoresAndNothingBeginsAnyMore) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1)), "");
  EXPECT_EQ(run.begin(file_effect("b", 2)), "");
  kill(run.keeper.pid(), SIGKILL);
  EXPECT_TRUE(run.until([&] { return run.keeper.lost() && !there("a") && !there("b"); }, 5));
  EXPECT_EQ(run.begin(file_effect("c", 3)), "the keeper died");
  EXPECT_FALSE(there("c"));
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_EQ(run.change("a", FaultChange::undone)->by, "runner");
  EXPECT_THAT(logged(), ElementsAre("undo-b", "undo-a"));
}

TEST_F(Keepers, AKeeperThatHangsIsTakenForDead) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1)), "");
  const pid_t keeper = run.keeper.pid();
  kill(keeper, SIGSTOP);
  EXPECT_TRUE(run.until([&] { return run.keeper.lost() && !there("a"); }, 12));
  EXPECT_FALSE(lives(keeper));
  EXPECT_THAT(run.end_all(), IsEmpty());
}

TEST_F(Keepers, AKilledKeeperWhileAnEffectBeginsLeavesNothing) {
  for (int round = 0; round < 6; ++round) {
    const std::string name = "r" + std::to_string(round);
    KeptRun run(settings());
    std::optional<std::string> why;
    run.keeper.begin(file_effect(name, 1, "sleep 0.1"), {}, {}, [&](const std::string& said) { why = said; });
    run.until([] { return false; }, 0.025 * round);
    kill(run.keeper.pid(), SIGKILL);
    EXPECT_THAT(run.end_all(), IsEmpty());
    EXPECT_TRUE(why.has_value());
    EXPECT_FALSE(there(name)) << round;
    usleep(150'000);  // what its `do` had begun does not come later
    EXPECT_FALSE(there(name)) << round;
  }
}

TEST_F(Keepers, ToldToEndTheKeeperRestoresFirst) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1)), "");
  for (const int ignored : {SIGINT, SIGHUP, SIGQUIT}) kill(run.keeper.pid(), ignored);
  usleep(300'000);
  EXPECT_TRUE(there("a"));
  kill(run.keeper.pid(), SIGTERM);
  EXPECT_TRUE(run.until([&] { return !there("a"); }, 5));
  EXPECT_THAT(run.end_all(), IsEmpty());
}

TEST_F(Keepers, LettingGoOfTheKeeperRestores) {
  {
    KeptRun run(settings());
    EXPECT_EQ(run.begin(file_effect("a", 1)), "");
  }
  EXPECT_FALSE(there("a"));
  EXPECT_THAT(look_around(), IsEmpty());
}

TEST_F(Keepers, WhatACommandFaultLeftWhenAllDiedIsRecoveredInReverseOrderAndOnce) {
  const pid_t runner = run_apart({file_effect("a", 1), file_effect("b", 2)});
  const pid_t keeper = keeper_pid();
  kill(runner, SIGSTOP);  // or it might begin to restore between the two
  kill(keeper, SIGKILL);
  kill_and_reap(runner);
  ASSERT_TRUE(wait_for([&] { return !lives(keeper); }));
  EXPECT_TRUE(there("a") && there("b")) << "the test proves nothing";
  EXPECT_THAT(look_around().at(0).in_effect, ElementsAre("a", "b"));
  KeeperSettings another = settings();
  another.exercise = "2026-next";
  try {
    boost::asio::io_context io;
    const Keeper next(io, another, [](const Happening&) {});
    ADD_FAILURE() << "it may not run while something is left";
  } catch (const Refused& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("muster exercise recover"));
  }
  const auto all = recover();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(all[0].remains, IsEmpty());
  EXPECT_FALSE(there("a") || there("b"));
  EXPECT_THAT(logged(), ElementsAre("undo-b", "undo-a"));
  EXPECT_THAT(recover(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(run_folder()));
}

TEST_F(Keepers, RecoveryKeepsItsHandsOffWhatLives) {
  const pid_t runner = run_apart({file_effect("a", 1)});
  EXPECT_THAT(recover(), IsEmpty());
  EXPECT_TRUE(there("a"));
  kill_and_reap(runner);
  EXPECT_TRUE(wait_for([&] { return !there("a"); }, 5));
}

// ---- locks

TEST_F(Keepers, OneExerciseAtATimeOnATarget) {
  KeptRun run(settings());
  EXPECT_EQ(run.begin(file_effect("a", 1)), "");
  const pid_t other = fork_apart({}, 0, [&] {
    KeeperSettings second = settings();
    second.exercise = "2026-second";
    try {
      boost::asio::io_context io;
      const Keeper keeper(io, second, [](const Happening&) {});
    } catch (const Refused& refused) {
      const std::string why = refused.what();
      _exit(why.find("another exercise runs on it") != why.npos && why.find(exercise_id) != why.npos ? 42 : 2);
    }
  });
  EXPECT_EQ(WEXITSTATUS(end_process(other, 10)), 42);
  run.end_all();
}

TEST_F(Keepers, PressureTakesTheWholeMachine) {
  NEED("root", Wire::missing());
  const Wire wire;
  KeeperSettings near = settings(), far = settings();
  near.targets = {wire.target()};
  far.targets = {wire.other()};
  far.exercise = "2026-far";
  const auto tries = [&](const KeeperSettings& second) {
    const pid_t other = fork_apart({}, 0, [&] {
      try {
        boost::asio::io_context io;
        const Keeper keeper(io, second, [](const Happening&) {});
        _exit(1);
      } catch (const Refused& refused) {
        _exit(std::string(refused.what()).find("whole machine") != std::string::npos ? 42 : 2);
      }
    });
    return WEXITSTATUS(end_process(other, 10));
  };
  {
    const KeptRun run(near);
    EXPECT_EQ(tries(far), 1) << "namespaces do not shut each other out";
    far.whole_machine = true;
    EXPECT_EQ(tries(far), 42);
  }
  near.whole_machine = true;
  far.whole_machine = false;
  const KeptRun run(near);
  EXPECT_EQ(tries(far), 42);
}

// ---- what the kernel and the fuses do

class KeepersOnAWire : public Keepers {
 protected:
  void SetUp() override {
    NEED("root", Wire::missing());
    Keepers::SetUp();
    wire = std::make_unique<Wire>();
    target = wire->target();
  }
  Effect cut(int number) {
    PartitionFault fault;
    fault.peers = {"10.88.0.2"};
    Effect effect = fault_kind("partition")->prepare({"cut", target.name, fault, 0, {}, {}}, target, {exercise_id, &plan, run_folder(), {}, {}});
    effect.number = number;
    return effect;
  }
  Effect stop(const Bystander& prey, const std::string& name, int number) {
    (void)prey;
    Effect effect = fault_kind("process")->prepare({"stop", target.name, ProcessFault{ProcessFault::Signal::stop, {"", name, 1}, {}, false}, 0, {}, {}}, target,
                                                   {exercise_id, &plan, run_folder(), {}, {}});
    effect.number = number;
    return effect;
  }
  bool answers() const {
    return connect_from(wire->far(), "10.88.0.1", 7, 0.2).error == ECONNREFUSED;  // nobody listens, but somebody is there
  }
  static char state(pid_t pid) {
    for (const ProcessSight& each : all_processes())
      if (each.identity.pid == pid) return each.state;
    return 0;
  }
  std::unique_ptr<Wire> wire;
};

TEST_F(KeepersOnAWire, AnyPartOfUsMayDieAndTheKernelAndTheFusesRestore) {
  const std::string name = "mkept" + std::to_string(getpid());
  const Bystander prey(wire->near(), name);
  const pid_t runner = run_apart({cut(1), stop(prey, name, 2)});
  const pid_t keeper = keeper_pid();
  EXPECT_FALSE(answers());
  EXPECT_EQ(state(prey.pid()), 'T');
  // Longer than the lease: it is renewed.
  usleep(11'000'000);
  EXPECT_FALSE(answers());
  kill(runner, SIGSTOP);  // or it might begin to restore between the two
  kill(keeper, SIGKILL);
  kill_and_reap(runner);
  EXPECT_TRUE(wait_for([&] { return state(prey.pid()) == 'S'; }, 5)) << "promised: its fuse undoes it within seconds";
  EXPECT_TRUE(wait_for([&] { return answers(); }, 11)) << "promised: the kernel ends it when the lease of 10 s is over";
  // What is left of it is inert, and is a remainder until it is removed.
  EXPECT_THAT(look_around().at(0).in_effect, ElementsAre("cut"));
  const auto all = recover();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(all[0].remains, IsEmpty());
  bool by_fuse = false;
  for (const Happening& h : all[0].happenings)
    if (const auto* change = std::get_if<FaultChanged>(&h.what)) by_fuse |= change->fault == "stop" && change->change == FaultChange::undone && change->by == "fuse";
  EXPECT_TRUE(by_fuse);
  EXPECT_EQ(shell("ip netns exec " + wire->near() + " nft list tables"), "");
}

TEST_F(KeepersOnAWire, AFenceIsDoneBeforeTheKernelWouldLiftTheCut) {
  KeptRun run(settings());
  // The fence writes when it ended, and the far side looks all the time.
  EXPECT_EQ(run.begin(cut(1), 4.0, fence("sleep 1; touch " + folder.file("fenced"), 2)), "");
  bool answered_unfenced = false;
  run.until([&] {
    const bool reachable = answers();
    answered_unfenced |= reachable && !there("fenced");
    return reachable;
  }, 10);
  EXPECT_TRUE(there("fenced"));
  EXPECT_FALSE(answered_unfenced);
  EXPECT_THAT(run.end_all(), IsEmpty());
  EXPECT_FALSE(run.change("cut", FaultChange::fence_failed));
}

// The promise of all: killed at any moment, in any part, everything is put back, at the latest by recover.
TEST_F(KeepersOnAWire, KilledAtAnyMomentEverythingIsPutBack) {
  const char* seed = std::getenv("MUSTER_TEST_SEED");
  std::mt19937 random(seed ? static_cast<unsigned>(std::atoi(seed)) : 20261124);
  const std::string name = "mswept" + std::to_string(getpid());
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    const Bystander prey(wire->near(), name);
    const std::vector<Effect> effects{file_effect("a", 1), stop(prey, name, 2), cut(3)};
    std::filesystem::create_directories(run_folder());
    const pid_t runner = fork_apart({}, 0, [&] {
      boost::asio::io_context io;
      Keeper keeper(io, settings(), [](const Happening&) {});
      for (const Effect& effect : effects) keeper.begin(effect, {}, {}, [](const std::string&) {});
      io.run_for(std::chrono::milliseconds(400));
      keeper.end_all("swept", [&](const std::vector<std::string>&) { io.stop(); });
      io.run_for(std::chrono::seconds(20));
    });
    usleep(static_cast<useconds_t>(random() % 900'000));
    const int who = static_cast<int>(random() % 3);
    ProcessIdentity keeper;
    if (who != 0) try {
        keeper = UndoList::open(list_folder()).keeper();
        signal_process(keeper, SIGKILL);
      } catch (const std::exception&) {  // not begun, or over
      }
    if (who != 1) kill(runner, SIGKILL);
    end_process(runner, 30);
    EXPECT_TRUE(wait_for([&] {
      for (const LeftBehind& left : look_around())
        if (left.runner_lives || left.keeper_lives) return false;
      return true;
    }, 30)) << "killed: " << (who == 0 ? "runner" : who == 1 ? "keeper" : "both") << "; alive: "
            << shell("ps -eo pid,ppid,stat,etimes,wchan:20,args | grep -E ' muster (keeper|fuse)' | grep -v grep || true");
    recover();
    EXPECT_THAT(look_around(), IsEmpty());
    EXPECT_FALSE(there("a"));
    EXPECT_TRUE(wait_for([&] { return state(prey.pid()) == 'S'; })) << state(prey.pid());  // not stopped; it may be about to sleep again
    EXPECT_EQ(shell("ip netns exec " + wire->near() + " nft list tables"), "");
    EXPECT_TRUE(wait_for([&] { return answers(); }));
  }
}

}  // namespace
}  // namespace muster
