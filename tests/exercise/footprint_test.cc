#include "exercise/footprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "exercise/clock.h"
#include "exercise/faults/cgroups.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using namespace scratch;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// What is left is made by hand here, by the tools of the system: no fault has a say in it.
class Footprints : public ::testing::Test {
 protected:
  void SetUp() override {
    NEED("root", Wire::missing());
    wire = std::make_unique<Wire>();
    id = "2026-foot" + std::to_string(getpid());
    before = take_footprint({wire->target(), wire->other()});
  }
  FootprintCompared now() const { return compare(before, take_footprint({wire->target(), wire->other()}), id); }
  std::string in_near(const std::string& line) const { return "ip netns exec " + wire->near() + " " + line; }

  std::unique_ptr<Wire> wire;
  std::string id;
  Footprint before;
};

TEST_F(Footprints, TablesAndQdiscsOfOursRemainAndOfOthersAreChanges) {
  shell(in_near("nft 'add table inet muster_" + id + "_a; add chain inet muster_" + id + "_a c; add table inet somebody'"));
  shell("tc -n " + wire->near() + " qdisc add dev eth0 root handle 4d0a: tbf rate 8mbit burst 10k latency 50ms");
  shell("tc -n " + wire->far() + " qdisc add dev eth0 root handle 4f0a: tbf rate 8mbit burst 10k latency 50ms");
  const FootprintCompared found = now();
  const std::string near = wire->near() + ": ", far = wire->far() + ": ";
  EXPECT_THAT(found.remains, ::testing::UnorderedElementsAre(near + "table inet muster_" + id + "_a", near + "chain inet muster_" + id + "_a c", near + "qdisc 4d0a: tbf at eth0"));
  EXPECT_THAT(found.changed, Contains("new: " + near + "table inet somebody"));
  EXPECT_THAT(found.changed, Contains("new: " + far + "qdisc 4f0a: tbf at eth0"));
  EXPECT_THAT(found.changed, Contains("gone: " + near + "qdisc 0: noqueue at eth0"));
  shell(in_near("nft 'delete table inet muster_" + id + "_a; delete table inet somebody'"));
  for (const std::string& side : {wire->near(), wire->far()}) shell("tc -n " + side + " qdisc del dev eth0 root");
  EXPECT_THAT(now().remains, ::testing::IsEmpty());
}

// An exercise is not told by the beginning of its name.
TEST_F(Footprints, AnotherExercisesThingsAreNotOurs) {
  shell(in_near("nft add table inet muster_" + id + "1_a"));
  EXPECT_THAT(now().remains, ::testing::IsEmpty());
  EXPECT_THAT(now().changed, Contains(HasSubstr(id + "1_a")));
}

TEST_F(Footprints, AStoppedProcessOfATargetRemainsUntilItGoesOn) {
  const Bystander prey(wire->near(), "mfoot" + std::to_string(getpid()));
  kill(prey.pid(), SIGSTOP);
  const std::string process = "process " + std::to_string(prey.pid());
  EXPECT_TRUE(eventually(2, [&] { return !now().remains.empty(); }));
  EXPECT_THAT(now().remains, ::testing::ElementsAre(::testing::AllOf(HasSubstr(wire->near() + ": " + process), HasSubstr("is stopped"))));
  kill(prey.pid(), SIGCONT);
  EXPECT_TRUE(eventually(2, [&] { return now().remains.empty(); }));
}

TEST_F(Footprints, GroupsMountsAndNamespacesAreSeen) {
  const Folder folder;
  const OwnMounts mounts;
  const auto freezer = cgroup_v1("freezer") ? cgroup_v1("freezer") : cgroup_v2();
  if (!freezer) GTEST_SKIP() << "no control groups that can freeze are mounted here";
  const std::string ours = freezer->path + "/muster_" + id + "_ice", others = freezer->path + "/mfoot" + std::to_string(getpid());
  for (const std::string& group : {ours, others}) ASSERT_EQ(mkdir(group.c_str(), 0755), 0);
  EXPECT_TRUE(freezer->v2 ? write_cgroup(others, "cgroup.freeze", "1") : write_cgroup(others, "freezer.state", "FROZEN"));
  const std::string place = folder.file("muster_" + id + "_place"), name = "muster_" + id + "_net";
  std::filesystem::create_directory(place);
  EXPECT_EQ(mount("none", place.c_str(), "tmpfs", 0, "size=1m"), 0);
  shell("ip netns add " + name);
  const FootprintCompared found = now();
  EXPECT_THAT(found.remains, Contains("machine: cgroup " + ours));
  EXPECT_THAT(found.changed, Contains("new: machine: cgroup " + others + ", frozen"));
  EXPECT_THAT(found.remains, Contains("machine: mount " + place + " of tmpfs"));
  EXPECT_THAT(found.remains, Contains("machine: network namespace " + name));
  shell("ip netns del " + name);
  EXPECT_EQ(umount(place.c_str()), 0);
  for (const std::string& group : {ours, others}) EXPECT_TRUE(remove_cgroup(group, 2));
  EXPECT_THAT(now().remains, ::testing::IsEmpty());
}

TEST_F(Footprints, ListenersAreSeenWhereTheyListen) {
  const Descriptor four = listen_at(wire->near(), "10.88.0.1", 4711), six = listen_at(wire->far(), "fd88::2", 4712);
  EXPECT_THAT(now().changed, Contains("new: " + wire->near() + ": listens at tcp 10.88.0.1:4711"));
  EXPECT_THAT(now().changed, Contains("new: " + wire->far() + ": listens at tcp [fd88::2]:4712"));
  EXPECT_THAT(now().changed, Not(Contains(HasSubstr(wire->far() + ": listens at tcp 10.88.0.1"))));
}

TEST_F(Footprints, ATargetThatCannotBeLookedAtIsALineThatSaysSo) {
  Target gone = wire->target();
  gone.netns = "nowhere" + std::to_string(getpid());
  const FootprintCompared found = compare(before, take_footprint({gone}), id);
  EXPECT_THAT(found.remains, Contains(HasSubstr(gone.netns + ": tables cannot be looked at")));
  EXPECT_THAT(found.remains, Contains(HasSubstr(gone.netns + ": qdiscs cannot be looked at")));
}

// It is taken before and after, while people wait. The best of five: others use this machine too.
TEST_F(Footprints, IsTakenInAnInstant) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const Moment since = system_clock().now();
    EXPECT_FALSE(take_footprint({wire->target(), wire->other(), {"here", "", "", "", {}}}).things.empty());
    best = std::min(best, system_clock().now().since(since));
  }
  RecordProperty("milliseconds", static_cast<int>(best * 1000));
  EXPECT_LT(best, 0.3);
}

}  // namespace
}  // namespace muster
