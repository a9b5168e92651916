#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "exercise/clock.h"
#include "exercise/faults/fault.h"
#include "exercise/footprint.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

namespace muster {
namespace {
using namespace scratch;
using ::testing::HasSubstr;

class Queues : public ::testing::Test {
 protected:
  void SetUp() override {
    NEED("root", Wire::missing());
    wire = std::make_unique<Wire>();
    const auto missing = kind().missing(wire->target());
    NEED("root", missing.empty() ? std::string() : missing.front());
  }
  static const FaultKind& kind() { return *fault_kind("bandwidth"); }
  Effect prepare(double rate, const std::string& dev = "eth0") {
    return kind().prepare({"slow", "near", BandwidthFault{dev, rate}, 0, {}, {}}, wire->target(), {"2026-q", &plan, folder.path(), {}, {}});
  }
  std::string queues() const { return shell("tc -n " + wire->near() + " -j qdisc show"); }
  // Bytes a second that reach the other side.
  double throughput(double seconds) const {
    const Descriptor listener = listen_at(wire->far(), "10.88.0.2", 5001);
    const Connection out = connect_from(wire->near(), "10.88.0.2", 5001, 5);
    const Descriptor in = accept_one(listener);
    std::thread sender([&] {
      const std::string block(65536, 'x');
      for (pollfd room{out.file.get(), POLLOUT, 0}; poll(&room, 1, 5000) == 1;)
        if (send(out.file.get(), block.data(), block.size(), MSG_NOSIGNAL) <= 0) break;
    });
    std::string buffer(1 << 20, 0);
    double got = 0;
    Moment since{};
    for (;;) {
      pollfd wait{in.get(), POLLIN, 0};
      if (poll(&wait, 1, 5000) != 1) break;
      const ssize_t n = recv(in.get(), buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      const Moment now = system_clock().now();
      if (since.boot == 0) {
        since = now;  // what the bucket had saved up does not count
        continue;
      }
      got += static_cast<double>(n);
      if (now.since(since) >= seconds) break;
    }
    const double rate = got / system_clock().now().since(since);
    shutdown(in.get(), SHUT_RDWR);
    shutdown(out.file.get(), SHUT_RDWR);
    sender.join();
    return rate;
  }
  Folder folder;
  Exercise plan;
  std::unique_ptr<Wire> wire;
};

TEST_F(Queues, TheRateIsWhatTheOtherSideSees) {
  const std::string before = queues();
  const Effect effect = prepare(2e6);
  kind().apply(effect, 0);
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  const double rate = throughput(1.5);
  EXPECT_GT(rate, 1.6e6);
  EXPECT_LT(rate, 2.2e6) << "headers count, saved-up bytes do not";
  const pid_t other = fork_apart({}, 0, [&] { kind().undo(effect); });
  EXPECT_EQ(end_process(other, 10), 0);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  EXPECT_EQ(queues(), before);
  kind().undo(effect);
  EXPECT_GT(throughput(0.3), 20e6);
}

TEST_F(Queues, ADeviceThatIsShapedAlreadyIsRefused) {
  shell("tc -n " + wire->near() + " qdisc add dev eth0 root tbf rate 8mbit burst 10k latency 50ms");
  EXPECT_THROW(prepare(1e6), Refused);
  EXPECT_THROW(prepare(1e6, "eth7"), Refused);
  EXPECT_THAT(queues(), HasSubstr("tbf"));
}

TEST_F(Queues, WhatSomebodyElsePutThereMeanwhileIsLeftAlone) {
  const Effect effect = prepare(1e6);
  kind().apply(effect, 0);
  shell("tc -n " + wire->near() + " qdisc replace dev eth0 root handle 9: tbf rate 8mbit burst 10k latency 50ms");
  EXPECT_EQ(kind().check(effect).presence, Presence::unknown);
  kind().undo(effect);
  EXPECT_THAT(queues(), HasSubstr("9:"));
  EXPECT_EQ(kind().check(effect).presence, Presence::unknown) << "it is not restored, and not said to be";
}

TEST_F(Queues, AVanishedDeviceTookItsQueueWithIt) {
  const Effect effect = prepare(1e6);
  kind().apply(effect, 0);
  shell("ip -n " + wire->near() + " link del eth0");
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
}

TEST_F(Queues, DelayIsRefusedBeforehandWhereTheKernelHasNone) {
  const FaultKind& delay = *fault_kind("delay");
  const bool can = succeeds("unshare --net tc qdisc add dev lo root netem delay 1ms");
  const auto missing = delay.missing(wire->target());
  if (!can) {
    ASSERT_EQ(missing.size(), 1u);
    EXPECT_THAT(missing[0], HasSubstr("no netem"));
    return;
  }
  EXPECT_TRUE(missing.empty());
  const Effect effect = delay.prepare({"late", "near", DelayFault{"eth0", 0.2, 0}, 0, {}, {}}, wire->target(), {"2026-q", &plan, folder.path(), {}, {}});
  delay.apply(effect, 0);
  const Moment since = system_clock().now();
  EXPECT_EQ(connect_from(wire->near(), "10.88.0.2", 9, 3).error, ECONNREFUSED);
  EXPECT_GE(system_clock().now().since(since), 0.2);
  delay.undo(effect);
  EXPECT_EQ(delay.check(effect).presence, Presence::gone);
}

// The second one's turn comes while the first is in effect: it must fail, and neither its failure nor its undo may touch the first.
TEST_F(Queues, ASecondOneOnTheDeviceFailsAndLeavesTheFirstAlone) {
  Effect first = prepare(2e6), second = prepare(1e6);
  first.number = 1;
  second.number = 2;
  kind().apply(first, 0);
  const std::string shaped = queues();
  EXPECT_THROW(kind().apply(second, 0), std::runtime_error);
  kind().undo(second);
  EXPECT_EQ(queues(), shaped);
  EXPECT_EQ(kind().check(first).presence, Presence::in_effect);
  EXPECT_NE(kind().check(second).presence, Presence::in_effect);
  kind().undo(first);
  EXPECT_EQ(kind().check(first).presence, Presence::gone);
  EXPECT_EQ(kind().check(second).presence, Presence::gone);
}

// Whoever brings it about is killed at any moment, and must not have sent anybody who does it after the undo. A `tc` that takes its
// time makes that likely.
TEST_F(Queues, KilledHalfWayItCanBeUndone) {
  const std::string real = shell("command -v tc"), slow = folder.file("slow");
  std::filesystem::create_directory(slow);
  std::ofstream(slow + "/tc") << "#!/bin/sh\nsleep 0.03\nexec " << real.substr(0, real.find('\n')) << " \"$@\"\n";
  std::filesystem::permissions(slow + "/tc", std::filesystem::perms::owner_all);
  const std::string path = slow + ":" + std::getenv("PATH");
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string before = queues();
  for (int round = 0; round < 15; ++round) {
    SCOPED_TRACE(round);
    const Effect effect = prepare(1e6);
    const pid_t maker = fork_apart({}, 0, [&] {
      setenv("PATH", path.c_str(), 1);
      kind().apply(effect, 0);
    });
    usleep(static_cast<useconds_t>(random() % 50'000));
    kill(maker, SIGKILL);
    end_process(maker, 5);
    kind().undo(effect);
    EXPECT_EQ(kind().check(effect).presence, Presence::gone);
    usleep(50'000);
    ASSERT_EQ(queues(), before);
    kind().undo(effect);
  }
}

// The other side of the same cable is the machine's own network here.
TEST_F(Queues, TheMachinesOwnDevicesAreShapedAlike) {
  const std::string device = "mq" + std::to_string(getpid());
  shell("ip link add " + device + " type veth peer name eth1 netns " + wire->near());
  const struct Cable {
    std::string name;
    ~Cable() { succeeds("ip link del " + name); }
  } cable{device};
  const Target machine{"here", "", "", "", {}};
  const std::string before = shell("tc -j qdisc show dev " + device);
  const Effect effect = kind().prepare({"slow", "here", BandwidthFault{device, 1e6}, 0, {}, {}}, machine, {"2026-q", &plan, folder.path(), {}, {}});
  kind().apply(effect, 0);
  EXPECT_THAT(shell("tc qdisc show dev " + device), HasSubstr("tbf"));
  EXPECT_EQ(kind().check(effect).presence, Presence::in_effect);
  // As a person would, by the line of the record.
  shell(kind().describe(effect).by_hand.at(0));
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  EXPECT_EQ(shell("tc -j qdisc show dev " + device), before);
  kind().undo(effect);
}

// ---- the footprint, which looks without asking any fault

TEST_F(Queues, TheFootprintSeesWhatAFaultLeavesAndOnlyThatIsOurs) {
  const Footprint before = take_footprint({wire->target()});
  EXPECT_TRUE(compare(before, before, "2026-q").remains.empty());
  const Effect effect = prepare(1e6);
  kind().apply(effect, 0);
  shell("ip netns exec " + wire->near() + " nft add table inet muster_2026-q_left; ip netns exec " + wire->near() + " nft add table inet somebody");
  const Descriptor listener = listen_at(wire->near(), "10.88.0.1", 4711);
  const FootprintCompared found = compare(before, take_footprint({wire->target()}), "2026-q");
  EXPECT_THAT(found.remains, ::testing::UnorderedElementsAre(HasSubstr("qdisc 4d00:"), HasSubstr("table inet muster_2026-q_left")));
  EXPECT_THAT(found.changed, ::testing::IsSupersetOf({HasSubstr("new: " + wire->near() + ": table inet somebody"), HasSubstr("listens at tcp 10.88.0.1:4711")}));
  kind().undo(effect);
}

}  // namespace
}  // namespace muster
