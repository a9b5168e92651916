#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "exercise/faults/cgroups.h"
#include "exercise/faults/fault.h"
#include "exercise/footprint.h"
#include "exercise/processes.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using namespace scratch;
using ::testing::HasSubstr;

/// With the freezer of version 2, and of version 1 where the other is not mounted.
class Freeze : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    NEED("root", Wire::missing());
    wire = std::make_unique<Wire>();
    if (GetParam() == 1) {
      mounts.emplace();
      while (const auto v2 = cgroup_v2())
        if (umount2(v2->path.c_str(), MNT_DETACH) != 0) GTEST_SKIP() << "version 2 cannot be hidden";
    } else if (!cgroup_v2()) {
      GTEST_SKIP() << "no control groups of version 2 are mounted here";
    }
    const auto missing = kind().missing(wire->target());
    NEED("root", missing.empty() ? std::string() : missing.front());
    name = "mfroz" + std::to_string(getpid());
    plan.folder = folder.path();
  }
  static const FaultKind& kind() { return *fault_kind("freeze"); }
  Effect prepare(const std::string& called = "ice") {
    return kind().prepare({called, "near", FreezeFault{{"", name, 1}}, 0, {}, {}}, wire->target(), {"2026-" + name, &plan, folder.path(), {}, {}});
  }
  std::string group(const Effect& effect) const { return nlohmann::json::parse(effect.settings).at("group"); }
  // The kernel's own word: which groups a process is in, of all hierarchies.
  static std::string groups_of(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/cgroup");
    std::string out;
    for (std::string line; std::getline(in, line);) out += line + "\n";
    return out;
  }
  // Processor time goes on for a process that spins, and stands still for one that is frozen.
  static long ticks(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string word;
    for (int i = 1; i <= 13 && in >> word; ++i) {
    }
    long user = 0;
    in >> user;
    return user;
  }
  void expect_no_trace() const {
    for (const std::string& thing : take_footprint({wire->target()}).things) EXPECT_THAT(thing, ::testing::Not(HasSubstr("muster_2026-" + name)));
  }
  Folder folder;
  Exercise plan;
  std::unique_ptr<Wire> wire;
  std::optional<OwnMounts> mounts;
  std::string name;
};

/// A process that spins, called by a name, with a child that does; nobody's child, so that it is not one of Muster's own.
class Spinner {
 public:
  Spinner(const std::string& netns, const std::string& name, const std::string& file) {
    shell("ip netns exec " + netns + " setsid -f /bin/bash -c 'exec -a " + name +
          " /bin/bash -c \"(while ((SECONDS < 600)); do :; done) & echo \\$\\$ \\$! > " + file + "; while ((SECONDS < 600)); do :; done\"' < /dev/null > /dev/null 2>&1");
    EXPECT_TRUE(eventually(20, [&] {
      std::ifstream in(file);
      return static_cast<bool>(in >> pid_ >> child_);
    }));
  }
  ~Spinner() {
    for (const pid_t pid : {child_, pid_})
      if (pid > 0) ::kill(pid, SIGKILL);
  }
  Spinner(const Spinner&) = delete;
  Spinner& operator=(const Spinner&) = delete;
  pid_t pid() const { return pid_; }
  pid_t child() const { return child_; }

 private:
  pid_t pid_ = 0, child_ = 0;
};

/// A process with a child that has children as fast as it can, from a sign on and for a while.
class Prolific {
 public:
  Prolific(const std::string& netns, const std::string& name, const std::string& file, const std::string& sign) {
    const std::string script = file + ".sh";
    std::ofstream(script) << "( while ! [ -e " << sign << " ]; do sleep 0.01; done; for i in {1..200}; do sleep 60 & done; wait ) &\n"
                          << "echo $$ $! > " << file << "; wait\n";
    shell("ip netns exec " + netns + " setsid -f /bin/bash -c 'exec -a " + name + " /bin/bash " + script + "' < /dev/null > /dev/null 2>&1");
    EXPECT_TRUE(eventually(20, [&] {
      std::ifstream in(file);
      return static_cast<bool>(in >> pid_ >> child_);
    }));
  }
  ~Prolific() {
    for (const ProcessSight& one : with_descendants(all_processes(), {pid_})) ::kill(one.identity.pid, SIGKILL);
  }
  Prolific(const Prolific&) = delete;
  Prolific& operator=(const Prolific&) = delete;
  pid_t pid() const { return pid_; }
  pid_t child() const { return child_; }

 private:
  pid_t pid_ = 0, child_ = 0;
};

/// A control group with somebody in it, of the kind that freezes. Gone with it, and so are those in it.
class OwnGroup {
 public:
  OwnGroup(const std::string& name, pid_t member) {
    const auto mount = cgroup_v2() ? cgroup_v2() : cgroup_v1("freezer");
    folder_ = mount->path + "/mtest-" + name;
    EXPECT_EQ(mkdir(folder_.c_str(), 0755), 0);
    EXPECT_TRUE(write_cgroup(folder_, "cgroup.procs", std::to_string(member)));
  }
  ~OwnGroup() {
    EXPECT_TRUE(eventually(5, [&] {
      for (const pid_t pid : pids_in(folder_)) kill(pid, SIGKILL);
      return remove_cgroup(folder_, 0.1);
    }));
  }
  OwnGroup(const OwnGroup&) = delete;
  OwnGroup& operator=(const OwnGroup&) = delete;

 private:
  std::string folder_;
};

TEST_P(Freeze, ATreeStandsStillAndGoesBackToTheGroupItCameFrom) {
  const Spinner prey(wire->near(), name, folder.file("prey"));
  const std::string before = groups_of(prey.pid()), child_before = groups_of(prey.child());
  const Effect effect = prepare();
  kind().apply(effect, 0);
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  EXPECT_NE(groups_of(prey.pid()), before);
  const long at = ticks(prey.pid()), child_at = ticks(prey.child());
  usleep(300'000);
  EXPECT_EQ(ticks(prey.pid()), at);
  EXPECT_EQ(ticks(prey.child()), child_at);
  const pid_t other = fork_apart({}, 0, [&] { kind().undo(effect); });
  EXPECT_EQ(end_process(other, 10), 0);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  EXPECT_EQ(groups_of(prey.pid()), before);
  EXPECT_EQ(groups_of(prey.child()), child_before);
  EXPECT_TRUE(eventually(5, [&] { return ticks(prey.pid()) > at + 2; }));
  kind().undo(effect);
  expect_no_trace();
}

TEST_P(Freeze, EachProcessOfATreeGoesBackToItsOwnGroup) {
  const Spinner prey(wire->near(), name, folder.file("prey"));
  const OwnGroup own(name, prey.child());
  const std::string before = groups_of(prey.pid()), child_before = groups_of(prey.child());
  ASSERT_NE(before, child_before);
  const Effect effect = prepare();
  kind().apply(effect, 0);
  EXPECT_EQ(groups_of(prey.pid()), groups_of(prey.child()));
  kind().undo(effect);
  EXPECT_EQ(groups_of(prey.pid()), before);
  EXPECT_EQ(groups_of(prey.child()), child_before);
}

// A process of a group of its own goes on having children while it is moved: they are its family's, and go back with it.
TEST_P(Freeze, WhoWasBornMeanwhileGoesBackToItsParentsGroup) {
  const std::string go = folder.file("go");
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    std::filesystem::remove(go);
    const Prolific prey(wire->near(), name, folder.file("prey" + std::to_string(round)), go);
    const OwnGroup own(name, prey.child());
    const std::string before = groups_of(prey.pid()), child_before = groups_of(prey.child());
    const Effect effect = prepare("born" + std::to_string(round));
    std::ofstream(go) << "";
    const auto family = [&] { return with_descendants(all_processes(), {prey.child()}); };
    ASSERT_TRUE(eventually(20, [&] { return family().size() > 3; }));
    kind().apply(effect, 0);
    const std::size_t frozen = family().size();
    EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
    usleep(50'000);
    EXPECT_EQ(family().size(), frozen) << "it has children still";
    const pid_t other = fork_apart({}, 0, [&] { kind().undo(effect); });
    EXPECT_EQ(end_process(other, 10), 0);
    EXPECT_EQ(kind().check(effect).presence, Presence::gone);
    EXPECT_EQ(groups_of(prey.pid()), before);
    for (const ProcessSight& one : family())
      if (const std::string groups = groups_of(one.identity.pid); lives(one.identity.pid)) {
        EXPECT_EQ(groups, child_before) << one.command;
      }
    for (const ProcessSight& one : family()) kill(one.identity.pid, SIGKILL);
  }
  expect_no_trace();
}

TEST_P(Freeze, WhoWasKilledWhileFrozenHoldsUpNothing) {
  const Spinner prey(wire->near(), name, folder.file("prey"));
  const Effect effect = prepare();
  kind().apply(effect, 0);
  kill(prey.pid(), SIGKILL);
  kill(prey.child(), SIGKILL);
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  EXPECT_TRUE(eventually(5, [&] { return !lives(prey.pid()); }));
  expect_no_trace();
}

TEST_P(Freeze, ThawedBehindItsBackItIsNotInEffectAnyMore) {
  const Spinner prey(wire->near(), name, folder.file("prey"));
  const Effect effect = prepare();
  kind().apply(effect, 0);
  const bool v2 = nlohmann::json::parse(effect.settings).at("v2");
  ASSERT_TRUE(v2 ? write_cgroup(group(effect), "cgroup.freeze", "0") : write_cgroup(group(effect), "freezer.state", "THAWED"));
  EXPECT_TRUE(eventually(2, [&] { return kind().check(effect).presence == Presence::inert; }));
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
}

TEST_P(Freeze, WhatIsFrozenByAnotherFaultIsRefused) {
  const Spinner prey(wire->near(), name, folder.file("prey"));
  const Effect effect = prepare();
  kind().apply(effect, 0);
  EXPECT_THROW(prepare("again"), Refused);
  kind().undo(effect);
}

TEST_P(Freeze, KilledHalfWayItCanBeUndone) {
  std::mt19937 random(11);
  const Spinner prey(wire->near(), name, folder.file("prey"));
  const std::string before = groups_of(prey.pid());
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    const Effect effect = prepare("half" + std::to_string(round));
    const pid_t maker = fork_apart({}, 0, [&] { kind().apply(effect, 0); });
    usleep(static_cast<useconds_t>(random() % 12'000));
    kill(maker, SIGKILL);
    end_process(maker, 5);
    kind().undo(effect);
    EXPECT_EQ(kind().check(effect).presence, Presence::gone);
    EXPECT_EQ(groups_of(prey.pid()), before);
  }
  expect_no_trace();
}

INSTANTIATE_TEST_SUITE_P(Version, Freeze, ::testing::Values(2, 1));

}  // namespace
}  // namespace muster
