#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "exercise/faults/fault.h"
#include "exercise/faults/networks.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using namespace scratch;
using ::testing::HasSubstr;

void pause(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

class Partition : public ::testing::Test {
 protected:
  void SetUp() override {
    NEED("root", Wire::missing());
    wire = std::make_unique<Wire>();
    plan.targets = {wire->target(), wire->other()};
    plan.targets[1].addresses = {"10.88.0.2", "10.88.0.2/31", "fd88::2", "fd88::/64"};  // one within another: no set takes both
  }
  Effect prepare(PartitionFault settings, const std::string& name = "cut", std::vector<std::string> management = {}) {
    Surroundings around{"2026-t", &plan, folder.path(), std::move(management), {}};
    return kind().prepare({name, "near", settings, 0, {}, {}}, wire->target(), around);
  }
  static PartitionFault from(std::vector<std::string> peers) {
    PartitionFault settings;
    settings.peers = std::move(peers);
    return settings;
  }
  const FaultKind& kind() const { return *fault_kind("partition"); }
  std::string ruleset() const { return shell("ip netns exec " + wire->near() + " nft list ruleset"); }
  bool reaches(const std::string& address, int port = 7000) const { return connect_from(wire->near(), address, port, 0.4).error == 0; }
  bool reaches_in_time(const std::string& address, int port = 7000) const { return eventually(10, [&] { return reaches(address, port); }); }

  Folder folder;
  Exercise plan;
  std::unique_ptr<Wire> wire;
};

// A router that loses packets tells nobody: sends succeed, TCP goes on repeating, and what it repeats arrives once the way is free.
TEST_F(Partition, IsSilentToTheSenderAndEstablishedConnectionsOutliveIt) {
  shell("ip netns exec " + wire->near() + " sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");  // the worst case for a detour
  struct Flow {
    Descriptor listener, out, in, datagrams;
    std::string address;
  };
  std::vector<Flow> flows;
  for (const std::string address : {"10.88.0.2", "fd88::2"}) {
    Flow flow{listen_at(wire->far(), address, 7000), {}, {}, datagrams_to(wire->near(), address, 7001), address};
    flow.out = connect_from(wire->near(), address, 7000, 2).file;
    flow.in = accept_one(flow.listener);
    ASSERT_EQ(send_some(flow.out), 0);
    ASSERT_EQ(bytes_within(flow.in, 2), 4);
    flows.push_back(std::move(flow));
  }
  const Effect effect = prepare(from({"far"}));
  kind().apply(effect, 30);
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect) << kind().check(effect).what;
  shell("ip -n " + wire->near() + " neigh flush dev eth0");  // to find the neighbour again must not fail loudly either
  for (const Flow& flow : flows) {
    EXPECT_EQ(connect_from(wire->near(), flow.address, 7000, 0.2).error, ETIMEDOUT);
    EXPECT_EQ(connect_from(wire->far(), flow.address.starts_with("fd") ? "fd88::1" : "10.88.0.1", 7000, 0.2).error, ETIMEDOUT);
  }
  for (int i = 0; i < 50; ++i) {
    for (const Flow& flow : flows) {
      EXPECT_EQ(send_some(flow.out), 0) << flow.address << " after " << i << " tenths";
      EXPECT_EQ(send_some(flow.datagrams), 0) << flow.address << " after " << i << " tenths";
    }
    pause(0.1);
  }
  for (const Flow& flow : flows) {
    EXPECT_EQ(bytes_within(flow.in, 0), -EAGAIN);
    EXPECT_EQ(bytes_within(flow.out, 0), -EAGAIN);
  }
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  for (const Flow& flow : flows) {
    EXPECT_GT(bytes_within(flow.in, 15), 0) << flow.address << " does not resume";  // TCP repeats 6.2 or 12.6 s after its first loss
  }
  EXPECT_EQ(ruleset(), "");
}

TEST_F(Partition, ToCutsOnlyWhatGoesOut) {
  PartitionFault settings = from({"10.88.0.2"});
  settings.inbound = false;
  const Effect effect = prepare(settings);
  const Descriptor here = datagrams_at(wire->near(), "10.88.0.1", 7100), there = datagrams_at(wire->far(), "10.88.0.2", 7100);
  const Descriptor out = datagrams_to(wire->near(), "10.88.0.2", 7100), in = datagrams_to(wire->far(), "10.88.0.1", 7100);
  kind().apply(effect, 30);
  send_some(out);
  send_some(in);
  EXPECT_EQ(bytes_within(here, 1), 4);
  EXPECT_EQ(bytes_within(there, 0.3), -EAGAIN);
}

TEST_F(Partition, OverlappingOnesEndIndependently) {
  const Descriptor four = listen_at(wire->far(), "10.88.0.2", 7000), other = listen_at(wire->far(), "10.88.0.2", 7002);
  const Effect whole = prepare(from({"far"}), "whole"), port = prepare(from({":7000"}), "port");
  kind().apply(whole, 30);
  kind().apply(port, 30);
  kind().undo(whole);
  EXPECT_EQ(kind().check(whole).presence, Presence::gone);
  EXPECT_EQ(kind().check(port).presence, Presence::in_effect);
  EXPECT_FALSE(reaches("10.88.0.2", 7000));
  EXPECT_TRUE(reaches_in_time("10.88.0.2", 7002));
  kind().apply(whole, 30);
  kind().undo(port);
  EXPECT_FALSE(reaches("10.88.0.2", 7002));
  kind().undo(whole);
  EXPECT_TRUE(reaches_in_time("10.88.0.2", 7000));
}

TEST_F(Partition, TheKernelEndsItWithoutAnybody) {
  const Descriptor listener = listen_at(wire->far(), "10.88.0.2", 7000), six = listen_at(wire->far(), "fd88::2", 7000);
  const Effect effect = prepare(from({"*"}));
  kind().apply(effect, 3);
  EXPECT_FALSE(reaches("10.88.0.2"));
  EXPECT_FALSE(reaches("fd88::2"));
  pause(2);
  EXPECT_TRUE(reaches_in_time("10.88.0.2"));
  EXPECT_TRUE(reaches_in_time("fd88::2"));
  EXPECT_EQ(kind().check(effect).presence, Presence::inert) << kind().check(effect).what;  // a remainder until it is removed
  kind().undo(effect);
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
}

TEST_F(Partition, RenewingPutsItsEndOffAndCoversNewDevices) {
  const Descriptor listener = listen_at(wire->far(), "10.88.0.2", 7000);
  const Effect effect = prepare(from({"*", ":9", "10.88.0.2:7000"}));
  kind().apply(effect, 1);
  pause(0.5);
  kind().renew(effect, 5);
  pause(1);
  EXPECT_FALSE(reaches("10.88.0.2"));
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect) << kind().check(effect).what;

  shell("ip -n " + wire->near() + " link add eth9 type veth peer name eth9 netns " + wire->far());
  shell("ip -n " + wire->near() + " address add 10.99.0.1/24 dev eth9 && ip -n " + wire->near() + " link set eth9 up");
  shell("ip -n " + wire->far() + " address add 10.99.0.2/24 dev eth9 && ip -n " + wire->far() + " link set eth9 up");
  const Descriptor late = listen_at(wire->far(), "10.99.0.2", 7000);
  kind().renew(effect, 5);
  EXPECT_FALSE(reaches("10.99.0.2"));
  shell("ip -n " + wire->near() + " link del eth9");  // a device that goes takes nothing else with it
  kind().renew(effect, 5);
  EXPECT_FALSE(reaches("10.88.0.2"));

  kind().apply(effect, 0.2);
  pause(0.4);
  kind().renew(effect, 5);  // also when the elements had run out already
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  kind().undo(effect);
}

TEST_F(Partition, RejectionIsToldAtOnceToBothSides) {
  const Descriptor there = listen_at(wire->far(), "10.88.0.2", 7000), here = listen_at(wire->near(), "fd88::1", 7000);
  const Connection before = connect_from(wire->near(), "10.88.0.2", 7000, 2);
  PartitionFault settings = from({"far"});
  settings.how = PartitionFault::How::reject;
  const Effect effect = prepare(settings);
  kind().apply(effect, 30);
  EXPECT_EQ(connect_from(wire->near(), "10.88.0.2", 7000, 2).error, ECONNREFUSED);
  EXPECT_EQ(connect_from(wire->near(), "fd88::2", 7000, 2).error, ECONNREFUSED);
  EXPECT_EQ(connect_from(wire->far(), "fd88::1", 7000, 2).error, ECONNREFUSED);
  send_some(before.file);
  EXPECT_EQ(bytes_within(before.file, 1), -ECONNRESET);
  const Descriptor datagrams = datagrams_to(wire->far(), "10.88.0.1", 7100);
  send_some(datagrams);
  EXPECT_EQ(bytes_within(datagrams, 1), -EHOSTUNREACH);
  kind().undo(effect);
  EXPECT_EQ(connect_from(wire->far(), "fd88::1", 7000, 2).error, 0);
  EXPECT_EQ(ruleset(), "");
}

// Binomial: of n packets each lost with chance p, n·p are, within four standard errors sqrt(n·p·(1-p)).
TEST_F(Partition, AShareIsLostAtRandom) {
  const int n = 4000;
  PartitionFault settings = from({"far"});
  settings.share = 0.3;
  settings.inbound = false;
  const Effect effect = prepare(settings);
  kind().apply(effect, 30);
  const Descriptor there = datagrams_at(wire->far(), "10.88.0.2", 7100), out = datagrams_to(wire->near(), "10.88.0.2", 7100);
  int arrived = 0;
  for (int i = 0; i < n; ++i) {
    ASSERT_EQ(send_some(out), 0);
    while (bytes_within(there, 0) == 4) ++arrived;
  }
  while (bytes_within(there, 0.2) == 4) ++arrived;
  EXPECT_NEAR(arrived, n * 0.7, 4 * std::sqrt(n * 0.3 * 0.7));
}

TEST_F(Partition, LoopbackAndManagementAddressesAreSpared) {
  const Descriptor ssh = listen_at(wire->near(), "10.88.0.1", 22), web = listen_at(wire->near(), "10.88.0.1", 80),
                   six = listen_at(wire->near(), "fd88::1", 80), own = listen_at(wire->near(), "127.0.0.1", 80);
  const Effect effect = prepare(from({"*"}), "cut", {"10.88.0.0/24:22", "fd88::2"});
  kind().apply(effect, 30);
  EXPECT_EQ(connect_from(wire->far(), "10.88.0.1", 22, 1).error, 0);
  EXPECT_EQ(connect_from(wire->far(), "fd88::1", 80, 1).error, 0);
  EXPECT_EQ(connect_from(wire->far(), "10.88.0.1", 80, 0.4).error, ETIMEDOUT);
  EXPECT_EQ(connect_from(wire->near(), "127.0.0.1", 80, 1).error, 0);
  EXPECT_EQ(connect_from(wire->near(), "10.88.0.1", 80, 1).error, 0);
}

// Killed at random moments of applying and renewing: whatever is there then, undo takes it away.
TEST_F(Partition, UndoIsRightAfterACrashAtAnyMoment) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 draw(seed);
  const Effect effect = effect_from_json(nlohmann::json::parse(to_json(prepare(from({"far", ":80"}))).dump()));  // as it is read from disk
  for (int i = 0; i < 15; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (;;) {
        kind().apply(effect, 30);
        kind().renew(effect, 30);
      }
    }
    usleep(static_cast<useconds_t>(draw() % 30'000));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    kind().undo(effect);
    ASSERT_EQ(kind().check(effect).presence, Presence::gone);
    ASSERT_EQ(ruleset(), "");
  }
}

TEST_F(Partition, TheLineByHandRemovesIt) {
  for (const auto how : {PartitionFault::How::drop, PartitionFault::How::reject}) {
    PartitionFault settings = from({"far"});
    settings.how = how;
    const Effect effect = prepare(settings);
    kind().apply(effect, 30);
    const PlannedEffect planned = kind().describe(effect);
    ASSERT_EQ(planned.by_hand.size(), 1u);
    EXPECT_THAT(planned.by_hand[0], HasSubstr("muster_2026-t_cut"));
    shell(planned.by_hand[0]);
    EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  }
}

TEST_F(Partition, PreparingTouchesNothingAndRefusesWhatItCannotDo) {
  prepare(from({"far"}));
  EXPECT_EQ(ruleset(), "");
  EXPECT_TRUE(kind().missing(wire->target()).empty()) << kind().missing(wire->target())[0];
  EXPECT_THROW(prepare(from({"no-such-host.invalid"})), Refused);
  EXPECT_THROW(prepare(from({"10.88.0.2:99999"})), Refused);
  EXPECT_THROW(prepare(from({"10.88.0.0/24:80"})), Refused);
  Surroundings around{"2026-t", &plan, folder.path(), {}, {}};
  const Target machine{"machine", "", "", "", {}};
  EXPECT_THROW(kind().prepare({"cut", "machine", from({"*"}), 0, {}, {}}, machine, around), Refused);  // no way back in
  EXPECT_EQ(ruleset(), "");
  Target absent = wire->target();
  absent.netns = "no-such-namespace";
  EXPECT_FALSE(kind().missing(absent).empty());
}

TEST_F(Partition, ANamespaceThatIsGoneTakesTheFaultWithIt) {
  const Effect effect = prepare(from({"far"}));
  kind().apply(effect, 30);
  wire.reset();
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
}

TEST_F(Partition, ADarkRegionIsCutOffFromTheOthersAlone) {
  const FaultKind& dark = *fault_kind("region-dark");
  Surroundings around{"2026-t", &plan, folder.path(), {}, {}};
  const Effect effect = dark.prepare({"dark", "near", RegionDarkFault{"here", false}, 0, {}, {}}, wire->target(), around);
  const Descriptor listener = listen_at(wire->far(), "10.88.0.2", 7000), spare = listen_at(wire->far(), "10.88.0.2", 7003);
  shell("ip -n " + wire->far() + " address add 10.88.0.77/24 dev eth0");
  const Descriptor world = listen_at(wire->far(), "10.88.0.77", 7000);
  dark.apply(effect, 30);
  EXPECT_FALSE(reaches("10.88.0.2"));
  EXPECT_TRUE(reaches_in_time("10.88.0.77"));
  dark.undo(effect);
  const Effect all = dark.prepare({"dark", "near", RegionDarkFault{"here", true}, 0, {}, {}}, wire->target(), around);
  dark.apply(all, 30);
  EXPECT_FALSE(reaches("10.88.0.77"));
  dark.undo(all);
  EXPECT_TRUE(reaches_in_time("10.88.0.2"));
}

TEST(Networks, WithinAnotherAreLeftOut) {
  EXPECT_EQ(disjoint({"10.1.2.3/16", "10.1.9.9", "10.2.0.1", "10.1.0.0/16", "10.2.0.1/32"}), (std::vector<std::string>{"10.1.0.0/16", "10.2.0.1"}));
  EXPECT_EQ(disjoint({"0.0.0.0/0", "10.0.0.0/8"}), std::vector<std::string>{"0.0.0.0/0"});
  EXPECT_EQ(disjoint({"fd00::1:2/64", "fd00::/48", "fe80::1"}), (std::vector<std::string>{"fd00::/48", "fe80::1"}));
  EXPECT_EQ(family_of("10.0.0.0/33"), 0);
  EXPECT_EQ(family_of("fd00::/129"), 0);
  EXPECT_EQ(family_of("ten"), 0);
  EXPECT_EQ(host_and_port("[fd00::1]:22"), (std::pair<std::string, std::string>{"fd00::1", "22"}));
  EXPECT_EQ(host_and_port("fd00::1"), (std::pair<std::string, std::string>{"fd00::1", ""}));
  EXPECT_EQ(host_and_port("10.0.0.0/8:22"), (std::pair<std::string, std::string>{"10.0.0.0/8", "22"}));
}

}  // namespace
}  // namespace muster
