#include "exercise/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/guard_files.h"
#include "exercise/keeper.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"

namespace muster {
namespace {
using namespace scratch;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(DenyList, HoldsProductionAndItsKinAsWholeWords) {
  for (const char* name : {"production", "Production", "prod", "PROD", "eu-prod-2", "prod1", "live", "us_live", "prd", "acme.production.eu", "pre prod"}) EXPECT_TRUE(is_denied(name, {})) << name;
  for (const char* name : {"staging", "productivity", "delivery", "reproduce", "product", "alive", "test", ""}) EXPECT_FALSE(is_denied(name, {})) << name;
  EXPECT_TRUE(is_denied("Customer-Demo", {"customer-demo"}));
  EXPECT_FALSE(is_denied("customer-demo-2", {"customer-demo"}));
}

/// Files of /etc of a test's own: its mount namespace has them over the machine's.
class Guarded : public ::testing::Test {
 protected:
  void SetUp() override {
    NEED("root", geteuid() == 0 ? std::string() : "only root can put its own files over /etc");
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(mount("none", "/etc", "tmpfs", 0, "mode=755"), 0);
    std::filesystem::create_directory("/etc/muster");
    setenv("MUSTER_STATE_DIR", folder.file("state").c_str(), 1);
    setenv("MUSTER_RUN_DIR", folder.file("run").c_str(), 1);
    exercise.environment = "staging";
    exercise.limit = 600;
    exercise.kind = Exercise::Kind::functional;
    exercise.file = "x.yaml";
    exercise.targets = {{"here", "", "", "east", {}}};
    FaultPlan fault;
    fault.name = "busy";
    fault.on = "here";
    fault.settings = CpuFault{0.1};
    exercise.faults = {fault};
  }
  void TearDown() override {
    umount2("/etc", MNT_DETACH);
    unsetenv("MUSTER_STATE_DIR");
    unsetenv("MUSTER_RUN_DIR");
  }
  void write(const std::string& name, const std::string& text, mode_t mode = 0644) {
    const std::string file = "/etc/muster/" + name;
    std::ofstream(file) << text;
    chmod(file.c_str(), mode);
  }
  std::vector<std::string> reasons(const std::string& calendar = "") { return reasons_against(exercise, calendar, system_clock().now()); }

  Folder folder;
  Exercise exercise;
};

TEST_F(Guarded, WithConsentThereIsNothingAgainstIt) {
  write("target.yaml", "environment: staging\nallows: [cpu, partition]\nmanagement: [10.0.0.5, \"10.0.0.0/8:22\"]\n");
  EXPECT_THAT(reasons(), IsEmpty());
  const OptIn opt = read_opt_in(exercise.targets[0]);
  EXPECT_EQ(opt.file, "/etc/muster/target.yaml");
  EXPECT_THAT(opt.management, ElementsAre("10.0.0.5", "10.0.0.0/8:22"));
}

TEST_F(Guarded, ConsentMustBeThereAndWellFormed) {
  EXPECT_THAT(reasons(), ElementsAre(AllOf(HasSubstr("has not agreed to be broken"), HasSubstr("/etc/muster/target.yaml"), HasSubstr("environment: staging"))));
  write("target.yaml", "environment: [staging]\nallows: cpu\nforce: true\n");
  EXPECT_THAT(reasons(), Contains(HasSubstr("the key force is not known")));
  write("target.yaml", "environment: staging\nallows: cpu\n");
  EXPECT_THAT(reasons(), ElementsAre(AllOf(HasSubstr("target.yaml:2"), HasSubstr("allows must be a list"))));
  write("target.yaml", "allows: [cpu]\n");
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("does not say which environment it is")));
  write("target.yaml", "environment: staging\n  allows: [cpu\n");
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("target.yaml:")));
  write("target.yaml", "- staging\n");
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("must be a map")));
  write("target.yaml", "environment: staging\nallows: [process]\n");
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("does not allow faults of the kind cpu; it allows process")));
  write("target.yaml", "environment: test\nallows: [cpu]\n");
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("says that it is “test”, and the exercise is for “staging”")));
}

TEST_F(Guarded, ConsentCountsOnlyFromWhoMayGiveIt) {
  write("target.yaml", "environment: staging\nallows: [cpu]\n", 0666);
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("can be written by others")));
  write("target.yaml", "environment: staging\nallows: [cpu]\n");
  ASSERT_EQ(chown("/etc/muster/target.yaml", 12345, 12345), 0);
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("belongs to another user")));
}

TEST_F(Guarded, ProductionAndItsKinAreNeverBroken) {
  exercise.environment = "production";
  write("target.yaml", "environment: production\nallows: [cpu]\n");
  EXPECT_THAT(reasons(), Contains(HasSubstr("the environment “production” is on the deny list")));
  exercise.environment = "staging";
  write("target.yaml", "environment: staging\nallows: [cpu]\n");
  exercise.targets[0].name = "prod-db";
  exercise.faults[0].on = "prod-db";
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("the target “prod-db” is on the deny list")));
}

TEST_F(Guarded, TheDenyListCanBeLongerAndMustBeReadable) {
  write("target.yaml", "environment: staging\nallows: [cpu]\n");
  write("deny.yaml", "environments: [customer-demo, Staging]\n");
  EXPECT_THAT(reasons(), Contains(HasSubstr("the environment “staging” is on the deny list")));
  write("deny.yaml", "environments: [customer-demo]\n");
  EXPECT_THAT(reasons(), IsEmpty());
  write("deny.yaml", "environment: [customer-demo]\n");
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("the key environment is not known")));
}

TEST_F(Guarded, BlackoutsThatCoverNowOrBeginBeforeTheLimit) {
  write("target.yaml", "environment: staging\nallows: [cpu]\n");
  const double now = static_cast<double>(system_clock().now().wall) / 1e9;
  exercise.not_during = {{now - 10, now + 10, "Black Week"}};
  EXPECT_THAT(reasons(), ElementsAre(AllOf(HasSubstr("“Black Week”"), HasSubstr("lasts until"))));
  exercise.not_during = {{now + 300, now + 400, "Sale"}};
  EXPECT_THAT(reasons(), ElementsAre(AllOf(HasSubstr("“Sale”"), HasSubstr("before the limit"))));
  exercise.not_during = {{now + 700, now + 800, "Later"}, {now - 20, now - 10, "Over"}};
  EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(Guarded, NoReasonIsLeftOutAndNoneToldTwice) {
  const double now = static_cast<double>(system_clock().now().wall) / 1e9;
  exercise.not_during = {{now - 10, now + 10, "Black Week"}};
  exercise.environment = "live";
  FaultPlan path;
  path.name = "slow";
  path.on = "here";
  path.settings = ProxyFault{{"192.0.2.1:1"}, {PathToxic{}}, true, ""};
  exercise.faults.push_back(path);
  set_halt({system_clock().now(), "ada", "a real incident"});
  const auto all = reasons(folder.file("nowhere.ics"));
  EXPECT_THAT(all, Contains(HasSubstr("halted here by ada: a real incident")));
  EXPECT_THAT(all, Contains(HasSubstr("“Black Week”")));
  EXPECT_THAT(all, Contains(HasSubstr("nowhere.ics")));
  EXPECT_THAT(all, Contains(HasSubstr("“live” is on the deny list")));
  EXPECT_THAT(all, Contains(HasSubstr("has not agreed to be broken")));
  std::vector<std::string> once = all;
  std::sort(once.begin(), once.end());
  EXPECT_EQ(std::unique(once.begin(), once.end()), once.end());
  exercise.kind = Exercise::Kind::tabletop;  // it touches nothing; people are still not to be kept from their work
  exercise.targets.clear();
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("halted"), HasSubstr("“Black Week”")));
}

class Halts : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("MUSTER_STATE_DIR", folder.file("state").c_str(), 1);
    setenv("MUSTER_RUN_DIR", folder.file("run").c_str(), 1);
  }
  void TearDown() override {
    unsetenv("MUSTER_STATE_DIR");
    unsetenv("MUSTER_RUN_DIR");
  }
  Folder folder;
};

TEST_F(Halts, TheFirstStandsUntilItIsLifted) {
  EXPECT_FALSE(halt_set());
  set_halt({{1, 2}, "ada", "why \"not\""});
  set_halt({{3, 4}, "bo", "me too"});
  ASSERT_TRUE(halt_set());
  EXPECT_EQ(halt_set()->by, "ada");
  EXPECT_EQ(halt_set()->why, "why \"not\"");
  EXPECT_EQ(halt_set()->at, (Moment{1, 2}));
  EXPECT_TRUE(lift_halt("eve", "over"));
  EXPECT_FALSE(halt_set());
  EXPECT_FALSE(lift_halt("eve", "over"));
  std::ifstream in(folder.file("state/halts.jsonl"));
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  for (const char* word : {"\"halted\"", "\"halted-again\"", "\"lifted\"", "ada", "bo", "eve"}) EXPECT_THAT(all, HasSubstr(word));
}

TEST_F(Halts, OneThatCannotBeReadHalts) {
  state_root();
  std::ofstream(folder.file("state/halt")) << "{torn";
  ASSERT_TRUE(halt_set());
  EXPECT_THAT(halt_set()->why, HasSubstr("cannot be read"));
}

TEST_F(Halts, OfManyAtOnceOneIsFirstAndNoneIsTorn) {
  for (int round = 0; round < 20; ++round) {
    std::vector<pid_t> pids;
    for (int i = 0; i < 4; ++i) pids.push_back(fork_apart({}, 0, [i] { set_halt({{1, 1}, "p" + std::to_string(i), "x"}); }));
    for (const pid_t pid : pids) EXPECT_EQ(end_process(pid, 10), 0);
    ASSERT_TRUE(halt_set());
    EXPECT_THAT(halt_set()->by, ::testing::StartsWith("p"));
    EXPECT_TRUE(lift_halt("x", ""));
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("state"))) EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("halt.")));
}

}  // namespace
}  // namespace muster
