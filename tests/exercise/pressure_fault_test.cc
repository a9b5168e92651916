#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "exercise/clock.h"
#include "exercise/faults/cgroups.h"
#include "exercise/faults/fault.h"
#include "exercise/faults/note.h"
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

constexpr double mib = 1 << 20;

class Pressure : public ::testing::Test {
 protected:
  void SetUp() override {
    plan.limit = 60;
    id = "2026-press" + std::to_string(getpid());
    setenv("MUSTER_STATE_DIR", folder.file("state").c_str(), 1);
    setenv("MUSTER_RUN_DIR", folder.file("run").c_str(), 1);
  }
  void TearDown() override {
    for (const Effect& effect : made) fault_kind(effect.kind)->undo(effect);
    unsetenv("MUSTER_STATE_DIR");
    unsetenv("MUSTER_RUN_DIR");
  }
  Effect prepare(const FaultSettings& settings, const std::string& name = "press") {
    const Effect effect = fault_kind(kind_of(settings))->prepare({name, "here", settings, 0, {}, {}}, {"here", "", "", "", {}}, {id, &plan, folder.path(), {}, {}});
    made.push_back(effect);
    return effect;
  }
  static const FaultKind& kind(const Effect& effect) { return *fault_kind(effect.kind); }
  pid_t leader(const Effect& effect) const {
    std::istringstream in(read_note(effect, "process"));
    std::string boot;
    pid_t pid = 0;
    in >> boot >> pid;
    return pid;
  }
  static Presence presence(const Effect& effect) { return kind(effect).check(effect).presence; }
  // By another process than the one that brought it about, as after a crash.
  static void undo_elsewhere(const Effect& effect) {
    const pid_t other = fork_apart({}, 0, [&] { kind(effect).undo(effect); });
    EXPECT_EQ(end_process(other, 20), 0);
  }
  // Of the fault: nothing in the footprint, which looks without asking the fault.
  void expect_no_trace() const {
    for (const std::string& thing : take_footprint({}).things) EXPECT_THAT(thing, ::testing::Not(HasSubstr(id)));
  }

  Folder folder;
  Exercise plan;
  std::string id;
  std::vector<Effect> made;
};

double cpu_seconds(pid_t leader) {
  double ticks = 0;
  for (const ProcessSight& each : with_descendants(all_processes(), {leader})) {
    std::ifstream in("/proc/" + std::to_string(each.identity.pid) + "/stat");
    std::string word;
    for (int i = 1; i <= 13 && in >> word; ++i) {
    }
    double user = 0, system = 0;
    in >> user >> system;
    ticks += user + system;
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// The kernel's own accounts are the oracle: never more than the share, and near it where the machine has that much to give.
TEST_F(Pressure, CpuTakesItsShareOfEachCoreAndNoMore) {
  const Effect effect = prepare(CpuFault{0.25});
  kind(effect).apply(effect, 0);
  ASSERT_EQ(presence(effect), Presence::in_effect);
  const pid_t pid = leader(effect);
  const Moment since = system_clock().now();
  const double before = cpu_seconds(pid);
  usleep(1'500'000);
  const double spent = cpu_seconds(pid) - before, passed = system_clock().now().since(since);
  cpu_set_t set;
  ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  const double share = spent / passed / CPU_COUNT(&set);
  EXPECT_LT(share, 0.30);
  EXPECT_GT(share, 0.10);
  undo_elsewhere(effect);
  EXPECT_EQ(presence(effect), Presence::gone);
  EXPECT_FALSE(lives(pid));
  expect_no_trace();
}

TEST_F(Pressure, CpuWithASpinnerLessIsNotInEffect) {
  const Effect effect = prepare(CpuFault{0.05});
  kind(effect).apply(effect, 0);
  ASSERT_EQ(presence(effect), Presence::in_effect);
  const auto family = with_descendants(all_processes(), {leader(effect)});
  kill(family.back().identity.pid == leader(effect) ? family.front().identity.pid : family.back().identity.pid, SIGKILL);
  EXPECT_TRUE(eventually(10, [&] { return presence(effect) == Presence::inert; }));
  undo_elsewhere(effect);
  EXPECT_EQ(presence(effect), Presence::gone);
}

// Whoever brings it about is killed at any moment; not a spinner outlives the undo.
TEST_F(Pressure, CpuKilledHalfWayItCanBeUndone) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    const Effect effect = prepare(CpuFault{0.05}, "half" + std::to_string(round));
    const pid_t maker = fork_apart({}, 0, [&] { kind(effect).apply(effect, 0); });
    usleep(static_cast<useconds_t>(random() % 15'000));
    kill(maker, SIGKILL);
    end_process(maker, 5);
    kind(effect).undo(effect);
    EXPECT_EQ(presence(effect), Presence::gone);
    expect_no_trace();
  }
}

// Each of its processes can be told by who looks at descriptors alone; by hand it ends without Muster.
TEST_F(Pressure, ItIsFoundByItsNameAndEndedByHand) {
  NEED("root", geteuid() == 0 ? std::string() : "control groups are root's to make");
  const Effect effect = prepare(CpuFault{0.05});
  kind(effect).apply(effect, 0);
  const auto family = with_descendants(all_processes(), {leader(effect)});
  const Footprint after = take_footprint({});
  std::size_t processes = 0, groups = 0;
  for (const std::string& remaining : compare({}, after, id).remains) {
    processes += remaining.find("has open /memfd:muster_" + id + "_press") != std::string::npos;
    groups += remaining.find("cgroup") != std::string::npos;
  }
  EXPECT_EQ(processes, family.size());
  EXPECT_EQ(groups, 1u);
  const auto by_hand = kind(effect).describe(effect).by_hand;
  ASSERT_EQ(by_hand.size(), 2u);
  EXPECT_EQ(by_hand[0], "pkill -KILL -x muster-pressure");
  kill(leader(effect), SIGKILL);  // and not all of that name: another's test may be at it
  EXPECT_TRUE(eventually(5, [&] { return std::none_of(family.begin(), family.end(), [](const auto& one) { return state_of(one.identity) != 0; }); }));
  EXPECT_EQ(presence(effect), Presence::inert) << "its group is there";
  EXPECT_TRUE(eventually(5, [&] { return succeeds(by_hand[1]); }));
  EXPECT_EQ(presence(effect), Presence::gone);
}

// Where only version 2 is mounted, as on most machines, it has its group there; the kernel's list of its members is the oracle.
TEST_F(Pressure, ItHasAGroupOfVersion2WhereThereIsNoOther) {
  NEED("root", geteuid() == 0 ? std::string() : "control groups are root's to make");
  if (!cgroup_v2()) GTEST_SKIP() << "no control groups of version 2 are mounted here";
  const OwnMounts mounts;
  for (const char* controller : {"cpu", "memory"})
    while (const auto v1 = cgroup_v1(controller))
      if (umount2(v1->path.c_str(), MNT_DETACH) != 0) GTEST_SKIP() << "version 1 cannot be hidden";
  for (const FaultSettings& settings : {FaultSettings(CpuFault{0.05}), FaultSettings(MemoryFault{16 * mib, {}})}) {
    const Effect effect = prepare(settings, "press-" + kind_of(settings));
    kind(effect).apply(effect, 0);
    const std::string group = cgroup_v2()->path + "/muster_" + id + "_press-" + effect.kind;
    std::vector<pid_t> family;
    for (const ProcessSight& one : with_descendants(all_processes(), {leader(effect)})) family.push_back(one.identity.pid);
    EXPECT_THAT(pids_in(group), ::testing::UnorderedElementsAreArray(family));
    undo_elsewhere(effect);
    EXPECT_FALSE(is_folder(group));
    EXPECT_EQ(presence(effect), Presence::gone);
  }
}

TEST_F(Pressure, CpuSpinnersDieWithTheirLeader) {
  const Effect effect = prepare(CpuFault{0.1});
  kind(effect).apply(effect, 0);
  const auto family = with_descendants(all_processes(), {leader(effect)});
  ASSERT_GT(family.size(), 1u);
  kill(leader(effect), SIGKILL);
  for (const ProcessSight& each : family) EXPECT_TRUE(eventually(5, [&] { return state_of(each.identity) == 0; }));
  EXPECT_NE(presence(effect), Presence::in_effect);
  kind(effect).undo(effect);
  EXPECT_EQ(presence(effect), Presence::gone);
}

double resident(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) * 1024;
  return 0;
}

TEST_F(Pressure, MemoryIsReallyHeldUpToItsBoundAndGivenBack) {
  const Effect effect = prepare(MemoryFault{100 * mib, std::nullopt});
  kind(effect).apply(effect, 0);
  ASSERT_EQ(presence(effect), Presence::in_effect);
  const pid_t pid = leader(effect);
  EXPECT_GE(resident(pid), 100 * mib);
  EXPECT_LT(resident(pid), 140 * mib);
  std::ifstream score("/proc/" + std::to_string(pid) + "/oom_score_adj");
  int adjusted = 0;
  score >> adjusted;
  EXPECT_EQ(adjusted, 1000) << "it must be the first to go";
  undo_elsewhere(effect);
  EXPECT_FALSE(lives(pid));
  EXPECT_EQ(presence(effect), Presence::gone);
  expect_no_trace();
}

TEST_F(Pressure, MemoryThatIsNotThereIsRefused) {
  EXPECT_THROW(prepare(MemoryFault{1e15, std::nullopt}), Refused);
  EXPECT_THROW(prepare(MemoryFault{std::nullopt, 1.0}), Refused) << "some always stays free";
  EXPECT_THROW(prepare(MemoryFault{std::nullopt, 0.0001}), Refused) << "as much is in use already";
}

TEST_F(Pressure, ItEndsByItselfShouldAllElseBeGone) {
  Effect effect = prepare(MemoryFault{8 * mib, std::nullopt});
  auto settings = nlohmann::json::parse(effect.settings);
  EXPECT_EQ(settings.at("ends-in"), 80) << "20 s past the limit";
  settings["ends-in"] = 1.0;
  effect.settings = settings.dump();
  kind(effect).apply(effect, 0);
  const pid_t pid = leader(effect);
  EXPECT_TRUE(lives(pid));
  EXPECT_TRUE(eventually(5, [&] { return !lives(pid); }));
}

class DiskPressure : public Pressure {
 protected:
  void SetUp() override {
    NEED("root", geteuid() == 0 ? std::string() : "only root can mount a file system to fill");
    Pressure::SetUp();
    mounts.emplace();
    disk = folder.file("disk");
    std::filesystem::create_directory(disk);
    ASSERT_EQ(mount("none", disk.c_str(), "tmpfs", 0, "size=40m"), 0);
  }
  void TearDown() override {
    Pressure::TearDown();
    if (!disk.empty()) umount2(disk.c_str(), MNT_DETACH);
  }
  double in_use() const {
    struct statvfs s {};
    EXPECT_EQ(statvfs(disk.c_str(), &s), 0);
    return 1 - static_cast<double>(s.f_bfree) / static_cast<double>(s.f_blocks);
  }
  DiskFault fault(std::optional<double> bytes, std::optional<double> share, double keep) const {
    DiskFault out;
    out.path = disk;
    out.bytes = bytes;
    out.share = share;
    out.keep = keep;
    return out;
  }
  std::optional<OwnMounts> mounts;
  std::string disk;
};

TEST_F(DiskPressure, FillsToTheShareAndGivesAllBack) {
  for (const double share : {0.5, 0.9}) {
    const Effect effect = prepare(fault({}, share, 0.05));
    kind(effect).apply(effect, 0);
    EXPECT_NEAR(in_use(), share, 0.002);
    EXPECT_LE(in_use(), share);
    EXPECT_EQ(presence(effect), Presence::in_effect);
    EXPECT_TRUE(std::filesystem::is_empty(disk)) << "the file has no name";
    undo_elsewhere(effect);
    EXPECT_EQ(in_use(), 0);
    EXPECT_EQ(presence(effect), Presence::gone);
  }
  expect_no_trace();
}

TEST_F(DiskPressure, KeepsFreeWhatItMust) {
  const Effect effect = prepare(fault({}, 1.0, 0.2));
  kind(effect).apply(effect, 0);
  EXPECT_LE(in_use(), 0.8);
  EXPECT_NEAR(in_use(), 0.8, 0.002);
  kind(effect).undo(effect);
}

TEST_F(DiskPressure, FillsToTheLastByteWhereNothingIsToBeKept) {
  const Effect effect = prepare(fault({}, 1.0, 0));
  kind(effect).apply(effect, 0);
  EXPECT_EQ(in_use(), 1);
  std::ofstream out(disk + "/x");
  out << std::string(100'000, 'x') << std::flush;
  EXPECT_FALSE(out.good()) << "there was room";
  // Its own record is elsewhere, and whole.
  EXPECT_THAT(read_note(effect, "held"), HasSubstr("41.94 MB"));
  kind(effect).undo(effect);
  EXPECT_LT(in_use(), 0.01);
}

TEST_F(DiskPressure, TakesSoManyBytes) {
  const Effect effect = prepare(fault(10 * mib, {}, 0.05));
  kind(effect).apply(effect, 0);
  EXPECT_NEAR(in_use(), 0.25, 0.001);
  kind(effect).undo(effect);
  EXPECT_THROW(prepare(fault(39 * mib, {}, 0.05)), Refused);
}

TEST_F(DiskPressure, NeverFillsMustersOwnFileSystem) {
  DiskFault own = fault(1 * mib, {}, 0.05);
  own.path = folder.path();
  try {
    prepare(own);
    FAIL() << "it would";
  } catch (const Refused& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("MUSTER_STATE_DIR"));
  }
  own.path = folder.file("nowhere");
  EXPECT_THROW(prepare(own), Refused);
  ASSERT_EQ(mount("none", disk.c_str(), "tmpfs", MS_REMOUNT, "size=20m"), 0);
  const Effect full = prepare(fault({}, 0.9, 0.05));
  kind(full).apply(full, 0);
  EXPECT_THROW(prepare(fault({}, 0.5, 0.05)), Refused) << "it is as full already";
  kind(full).undo(full);
}

// Whoever is killed between making the file and unlinking it leaves a name; it is seen, and goes with the undo.
TEST_F(DiskPressure, ANameThatWasLeftIsSeenAndRemoved) {
  const Effect effect = prepare(fault({}, 0.5, 0.05));
  const std::string name = disk + "/muster_" + id + "_press";
  EXPECT_EQ(presence(effect), Presence::gone);
  std::ofstream(name) << "";
  EXPECT_EQ(presence(effect), Presence::inert);
  kind(effect).undo(effect);
  EXPECT_FALSE(std::filesystem::exists(name));
  EXPECT_EQ(presence(effect), Presence::gone);
}

TEST_F(DiskPressure, TheKernelTellsTheNameOfItsFile) {
  const Effect effect = prepare(fault({}, 0.5, 0.05));
  kind(effect).apply(effect, 0);
  EXPECT_THAT(compare({}, take_footprint({}), id).remains, ::testing::Contains(HasSubstr("/muster_" + id + "_press (deleted)")));
  kind(effect).undo(effect);
  expect_no_trace();
}

// A real file system, with blocks of its own for its own accounts.
TEST_F(DiskPressure, KeepsItsBoundsOnExt4) {
  const std::string image = folder.file("image"), place = folder.file("ext4");
  if (!succeeds("command -v mkfs.ext4") || !succeeds("truncate -s 200M " + image + " && mkfs.ext4 -q " + image)) GTEST_SKIP() << "no ext4 can be made here";
  std::filesystem::create_directory(place);
  if (!succeeds("mount -o loop " + image + " " + place)) GTEST_SKIP() << "no file can be mounted here";
  disk = place;
  const double empty = in_use();
  const auto full = [&](double share, double keep, double expected, double slack) {
    const Effect effect = prepare(fault({}, share, keep), "share" + std::to_string(share + keep));
    kind(effect).apply(effect, 0);
    EXPECT_LE(in_use(), expected);
    EXPECT_GT(in_use(), expected - slack);
    std::ofstream out(place + "/x");
    out << std::string(1 << 20, 'x') << std::flush;
    EXPECT_EQ(out.good(), share + keep != 1) << "a megabyte more";
    out.close();
    std::filesystem::remove(place + "/x");
    undo_elsewhere(effect);
    EXPECT_TRUE(eventually(5, [&] { return in_use() < empty + 0.001; })) << in_use();
    EXPECT_EQ(presence(effect), Presence::gone);
  };
  full(0.6, 0, 0.6, 0.005);
  full(1, 0.05, 0.95, 0.005);
  full(1, 0, 1, 0.03);  // 2% are the file system's own, for its accounts; nobody can have them
  succeeds("umount " + place);
  disk = folder.file("disk");
}

TEST_F(DiskPressure, SeveralAtOnceEndByThemselvesAndApart) {
  const Effect disk_effect = prepare(fault({}, 0.5, 0.05), "disk"), memory = prepare(MemoryFault{8 * mib, {}}, "memory"), cpu = prepare(CpuFault{0.05}, "cpu");
  for (const Effect* effect : {&disk_effect, &memory, &cpu}) kind(*effect).apply(*effect, 0);
  kind(memory).undo(memory);
  EXPECT_EQ(presence(memory), Presence::gone);
  EXPECT_EQ(presence(disk_effect), Presence::in_effect);
  EXPECT_EQ(presence(cpu), Presence::in_effect);
  kind(disk_effect).undo(disk_effect);
  EXPECT_EQ(presence(cpu), Presence::in_effect);
  kind(cpu).undo(cpu);
  kind(cpu).undo(cpu);
  expect_no_trace();
}

// Whoever brings it about is killed at any moment; whoever reads the effect puts it back.
TEST_F(DiskPressure, KilledHalfWayItCanBeUndone) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    const FaultSettings settings = round % 2 ? FaultSettings(fault({}, 0.8, 0.05)) : FaultSettings(MemoryFault{48 * mib, {}});
    const Effect effect = prepare(settings, "half" + std::to_string(round));
    const pid_t maker = fork_apart({}, 0, [&] { kind(effect).apply(effect, 0); });
    usleep(static_cast<useconds_t>(random() % 30'000));
    kill(maker, SIGKILL);
    end_process(maker, 5);
    kind(effect).undo(effect);
    EXPECT_EQ(presence(effect), Presence::gone);
    // One that was not on record yet does nothing without a word from its maker.
    EXPECT_TRUE(eventually(10, [&] { return in_use() < 0.01; })) << in_use();
  }
  expect_no_trace();
}

}  // namespace
}  // namespace muster
