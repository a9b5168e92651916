#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
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

// ---- the footprint, which looks without asking any fault

TEST_F(Queues, TheFootprintSeesWhatAFaultLeavesAndOnlyThatIsOurs) {
  const Footprint before = take_footprint({wire->target()});
  EXPECT_TRUE(compare(before, before, "2026-q").remains.empty());
  const Effect effect = prepare(1e6);
  kind().apply(effect, 0);
  shell("ip netns exec " + wire->near() + " nft add table inet muster_2026-q_left; ip netns exec " + wire->near() + " nft add table inet somebody");
  const Descriptor listener = listen_at(wire->near(), "10.88.0.1", 4711);
  const FootprintCompared found = compare(before, take_footprint({wire->target()}), "2026-q");
  EXPECT_THAT(found.remains, ::testing::UnorderedElementsAre(HasSubstr("qdisc 4d75:"), HasSubstr("table inet muster_2026-q_left")));
  EXPECT_THAT(found.changed, ::testing::IsSupersetOf({HasSubstr("new: " + wire->near() + ": table inet somebody"), HasSubstr("listens at tcp 10.88.0.1:4711")}));
  kind().undo(effect);
}

}  // namespace
}  // namespace muster
