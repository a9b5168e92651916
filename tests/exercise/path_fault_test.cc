#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cmath>

#include "exercise/edge/path.h"
#include "exercise/faults/fault.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"
#include "tests/exercise/wire.h"

/// Bad ways to somebody, on networks of the test's own: felt by sockets that know nothing of the fault.
namespace muster {
namespace {
using namespace scratch;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = PathToxic::Kind;
using Instant = std::chrono::steady_clock;

double since(Instant::time_point then) { return std::chrono::duration<double>(Instant::now() - then).count(); }

PathToxic toxic(Kind kind, double time = 0, double size = 0) {
  PathToxic out;
  out.kind = kind;
  out.time = time;
  out.size = size;
  return out;
}

ProxyFault to(std::vector<std::string> upstream, std::vector<PathToxic> toxics) { return {std::move(upstream), std::move(toxics), true, ""}; }

TEST(PathToxics, AreCountedInTheUnitsOfTheProxy) {
  PathToxic slicer = toxic(Kind::slicer, 2e-6, 64), slow = toxic(Kind::bandwidth), late = toxic(Kind::latency, 0.0804);
  slicer.variation = 16;
  slicer.upstream = true;
  slow.rate = 123'456;
  slow.share = 0.25;
  late.jitter = 1e-9;
  const auto chains = toxics_of(to({"a:1"}, {slicer, slow, late, toxic(Kind::limit_data, 0, 5), toxic(Kind::slow_close, 1e30)}));
  ASSERT_EQ(chains[0].size(), 1u);
  ASSERT_EQ(chains[1].size(), 4u);
  const auto& sliced = std::get<proxy::SlicerToxic>(chains[0][0].settings);
  EXPECT_EQ(sliced.average_size, 64);
  EXPECT_EQ(sliced.size_variation, 16);
  EXPECT_EQ(sliced.delay, 2);
  EXPECT_EQ(std::get<proxy::BandwidthToxic>(chains[1][0].settings).rate, 123);
  EXPECT_EQ(chains[1][0].toxicity, 0.25);
  EXPECT_EQ(std::get<proxy::LatencyToxic>(chains[1][1].settings).latency, 80);
  EXPECT_EQ(std::get<proxy::LatencyToxic>(chains[1][1].settings).jitter, 1) << "what was asked for is not left away";
  EXPECT_EQ(std::get<proxy::LimitDataToxic>(chains[1][2].settings).bytes, 5);
  EXPECT_GT(std::get<proxy::SlowCloseToxic>(chains[1][3].settings).delay, std::int64_t{1} << 40);
  EXPECT_NE(chains[1][0].name, chains[1][1].name) << "each draws for itself";
}

class PathFault : public ::testing::Test {
 protected:
  void SetUp() override {
    NEED("root", Wire::missing());
    wire = std::make_unique<Wire>();
    plan.targets = {wire->target(), wire->other()};
    four = listen_at(wire->far(), "10.88.0.2", 7000);
    six = listen_at(wire->far(), "fd88::2", 7000);
    other = listen_at(wire->far(), "10.88.0.2", 7001);
  }
  void TearDown() override {
    for (const Effect& each : begun) kind().undo(each);
  }
  Effect prepare(ProxyFault fault, std::vector<std::string> management = {}) {
    Surroundings around{"2026-t", &plan, folder.path(), std::move(management), {}};
    Effect effect = kind().prepare({"way", "near", std::move(fault), 0, {}, {}}, wire->target(), around);
    effect.number = 1;
    return effect;
  }
  std::string refusal(const ProxyFault& fault, std::vector<std::string> management = {}) {
    try {
      prepare(fault, std::move(management));
    } catch (const Refused& refused) {
      return refused.what();
    }
    return "not refused";
  }
  Effect begin(ProxyFault fault, double lease = 30) {
    const Effect effect = prepare(std::move(fault));
    begun.push_back(effect);
    kind().apply(effect, lease);
    EXPECT_EQ(kind().check(effect).presence, Presence::in_effect) << kind().check(effect).what;
    return effect;
  }
  /// How long an answer of the server's takes to a client in the target's network; negative: -errno, or -1 for an end.
  double answered(const std::string& address, const Descriptor& listener, int port = 7000, double patience = 5) {
    const Connection client = connect_from(wire->near(), address, port, 5);
    EXPECT_EQ(client.error, 0) << address;
    const Descriptor server = accept_one(listener);
    if (server.get() < 0) return -ECONNABORTED;
    const auto began = Instant::now();
    EXPECT_EQ(send_some(client.file), 0);
    EXPECT_EQ(bytes_within(server, 5), 4);
    EXPECT_EQ(send_some(server), 0);
    const int got = bytes_within(client.file, patience);
    return got == 4 ? since(began) : got == 0 ? -1 : got;
  }
  const FaultKind& kind() const { return *fault_kind("proxy"); }
  std::string ruleset() const { return shell("ip netns exec " + wire->near() + " nft list ruleset"); }
  pid_t server_of(const Effect& effect) {
    const std::string what = kind().check(effect).what;  // "process 4711 serves …"
    const auto at = what.find("process ");
    return at == std::string::npos ? 0 : std::stoi(what.substr(at + 8));
  }

  Folder folder;
  Exercise plan;
  std::unique_ptr<Wire> wire;
  Descriptor four, six, other;
  std::vector<Effect> begun;
};

TEST_F(PathFault, AnswersComeLateByBothFamiliesAndNobodyElseIsStruck) {
  const Effect effect = begin(to({"10.88.0.2:7000", "[fd88::2]:7000"}, {toxic(Kind::latency, 0.4)}));
  for (const auto& [address, listener] : {std::pair{"10.88.0.2", &four}, std::pair{"fd88::2", &six}}) {
    const double took = answered(address, *listener);
    EXPECT_GE(took, 0.4) << address;
    EXPECT_LT(took, 2) << address;
  }
  EXPECT_LT(std::abs(answered("10.88.0.2", other, 7001)), 0.3) << "another port";
  ASSERT_TRUE(eventually(3, [&] { return kind().check(effect).what.find("2 connections met it") != std::string::npos; })) << kind().check(effect).what;
  kind().undo(effect);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
  EXPECT_EQ(ruleset(), "");
  const double took = answered("10.88.0.2", four);
  EXPECT_GE(took, 0);
  EXPECT_LT(took, 0.3);
  kind().undo(effect);
}

TEST_F(PathFault, ToxicsOfEachKindAreFelt) {
  const auto struck = [&](const PathToxic& one) {
    const Effect effect = begin(to({"10.88.0.2:7000"}, {one}));
    const double out = answered("10.88.0.2", four, 7000, 0.5);
    kind().undo(effect);
    return out;
  };
  EXPECT_EQ(struck(toxic(Kind::reset_peer)), -ECONNRESET);
  EXPECT_EQ(struck(toxic(Kind::timeout)), -EAGAIN);
  EXPECT_EQ(struck(toxic(Kind::timeout, 0.1)), -1);
  EXPECT_GE(struck(toxic(Kind::slow_close, 5)), 0);
  PathToxic sideways = toxic(Kind::latency, 0.2);
  sideways.upstream = true;
  EXPECT_GE(struck(sideways), 0.2) << "what is sent comes later";

  const auto bytes_of = [&](const PathToxic& one, std::size_t size, double& took, int& pieces) {
    const Effect effect = begin(to({"10.88.0.2:7000"}, {one}));
    const Connection client = connect_from(wire->near(), "10.88.0.2", 7000, 5);
    const Descriptor server = accept_one(four);
    const std::string text(size, 'x');
    EXPECT_EQ(send(server.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(size));
    const auto began = Instant::now();
    int all = 0;
    for (pieces = 0; all < static_cast<int>(size); ++pieces) {
      const int got = bytes_within(client.file, 3);
      if (got <= 0) break;
      all += got;
    }
    took = since(began);
    kind().undo(effect);
    return all;
  };
  double took = 0;
  int pieces = 0;
  PathToxic narrow = toxic(Kind::bandwidth);
  narrow.rate = 20'000;
  EXPECT_EQ(bytes_of(narrow, 10'000, took, pieces), 10'000);
  EXPECT_GT(took, 0.35);
  EXPECT_EQ(bytes_of(toxic(Kind::limit_data, 0, 100), 300, took, pieces), 100);
  EXPECT_EQ(bytes_of(toxic(Kind::slicer, 0.02, 30), 300, took, pieces), 300);
  EXPECT_GE(pieces, 8);
}

TEST_F(PathFault, ConnectionsFromBeforeAreCutOrKept) {
  for (const bool cut : {true, false}) {
    const Connection client = connect_from(wire->near(), "10.88.0.2", 7000, 5);
    const Descriptor server = accept_one(four);
    ProxyFault fault = to({"10.88.0.2:7000"}, {toxic(Kind::latency, 0.3)});
    fault.cut_existing = cut;
    const Effect effect = begin(fault);
    send_some(client.file);
    EXPECT_EQ(bytes_within(cut ? client.file : server, 3), cut ? -ECONNRESET : 4);
    kind().undo(effect);
  }
}

TEST_F(PathFault, AListenerIsAProxyToOneThatIsNear) {
  const Descriptor near = listen_at(wire->near(), "127.0.0.1", 7100);
  ProxyFault fault = to({"127.0.0.1:7100"}, {toxic(Kind::latency, 0.3)});
  EXPECT_THAT(refusal(fault), HasSubstr("127.0.0.1 is the target's own, and what goes over loopback is led nowhere"));
  fault.listen = "127.0.0.1:7100";
  EXPECT_THAT(refusal(fault), HasSubstr("listen: 127.0.0.1:7100 cannot be listened at: Address already in use"));
  fault.listen = "127.0.0.1:7200";
  const Effect effect = begin(fault);
  EXPECT_EQ(ruleset(), "") << "nobody is led there";
  EXPECT_GE(answered("127.0.0.1", near, 7200), 0.3);
  EXPECT_LT(std::abs(answered("127.0.0.1", near, 7100)), 0.25);
  kind().undo(effect);
  EXPECT_EQ(connect_from(wire->near(), "127.0.0.1", 7200, 1).error, ECONNREFUSED);
  EXPECT_EQ(kind().check(effect).presence, Presence::gone);
}

TEST_F(PathFault, AShareOfConnectionsIsStruckAndTheSameOnesAgain) {
  PathToxic some = toxic(Kind::reset_peer);
  some.share = 0.5;
  std::vector<std::string> seen(2);
  for (std::string& each : seen) {
    const Effect effect = begin(to({"10.88.0.2:7000"}, {some}));
    for (int i = 0; i < 24; ++i) each += answered("10.88.0.2", four) < 0 ? 'x' : '.';
    kind().undo(effect);
  }
  EXPECT_THAT(seen[0], HasSubstr("x"));
  EXPECT_THAT(seen[0], HasSubstr("."));
  EXPECT_EQ(seen[0], seen[1]);
}

TEST_F(PathFault, WhatIsUnderWayIsNotLostAtTheEnd) {
  const Effect effect = begin(to({"10.88.0.2:7000"}, {toxic(Kind::latency, 20)}));
  const Connection client = connect_from(wire->near(), "10.88.0.2", 7000, 5);
  const Descriptor server = accept_one(four);
  ASSERT_EQ(send_some(server), 0);
  EXPECT_EQ(bytes_within(client.file, 0.3), -EAGAIN);
  const auto began = Instant::now();
  kind().undo(effect);
  EXPECT_LT(since(began), 2.5);
  EXPECT_EQ(bytes_within(client.file, 1), 4) << "what was held goes on";
  EXPECT_EQ(bytes_within(client.file, 1), 0) << "then it ends, in good order";
}

TEST_F(PathFault, IsRefusedWhereItWouldStrikeNobodyOrWhoMustBeSpared) {
  const std::vector<PathToxic> some{toxic(Kind::timeout)};
  EXPECT_THAT(refusal(to({"10.88.0.1:7000"}, some)), HasSubstr("upstream 10.88.0.1:7000: 10.88.0.1 is the target's own"));
  EXPECT_THAT(refusal(to({"nobody.invalid:1"}, some)), HasSubstr("upstream nobody.invalid:1: no address is known for it"));
  for (const char* management : {"10.88.0.0/24", "10.88.0.2:7000", ":7000"})
    EXPECT_THAT(refusal(to({"10.88.0.2:7000"}, some), {management}), HasSubstr("it is a management address of the target")) << management;
  EXPECT_EQ(refusal(to({"10.88.0.2:7000"}, some), {"10.88.0.2:22", "10.88.0.3"}), "not refused");
  EXPECT_EQ(ruleset(), "");
}

TEST_F(PathFault, SaysWhatItDoes) {
  PathToxic late = toxic(Kind::latency, 0.08);
  late.jitter = 0.02;
  late.share = 0.5;
  ProxyFault fault = to({"10.88.0.2:7000"}, {late, toxic(Kind::limit_data, 0, 5000)});
  fault.listen = "127.0.0.1:7200";
  const PlannedEffect planned = kind().describe(prepare(fault));
  EXPECT_EQ(planned.does[0], "50% of connections to 10.88.0.2:7000: what they get comes 80ms later, give or take 20ms");
  EXPECT_EQ(planned.does[1], "connections to 10.88.0.2:7000: they are closed after 5 kB of what they get");
  EXPECT_THAT(planned.does, ::testing::Contains("is a proxy at 127.0.0.1:7200"));
  EXPECT_THAT(planned.does, ::testing::Contains(HasSubstr("resets connections to these from before")));
  EXPECT_THAT(planned.undone_by[0], HasSubstr("emptying table muster_2026-t_way"));
  EXPECT_THAT(planned.by_hand[0], HasSubstr("nft delete table inet muster_"));
}

TEST_F(PathFault, EndsByItselfWhoeverDies) {
  const Effect killed = begin(to({"10.88.0.2:7000"}, {toxic(Kind::timeout)}));
  EXPECT_EQ(answered("10.88.0.2", four, 7000, 0.2), -EAGAIN);
  ASSERT_GT(server_of(killed), 1);
  kill(server_of(killed), SIGKILL);
  const auto passes = [&] { return connect_from(wire->near(), "10.88.0.2", 7000, 0.5).error == 0 && accept_one(four).get() >= 0; };
  EXPECT_TRUE(eventually(4, passes)) << "the kernel ends what leads there";
  EXPECT_EQ(kind().check(killed).presence, Presence::inert);
  kind().undo(killed);
  EXPECT_EQ(kind().check(killed).presence, Presence::gone);

  const Effect forgotten = begin(to({"10.88.0.2:7000"}, {toxic(Kind::timeout)}), 1);
  EXPECT_TRUE(eventually(4, [&] { return kind().check(forgotten).presence == Presence::gone; })) << kind().check(forgotten).what;
  EXPECT_EQ(ruleset(), "");
}

}  // namespace
}  // namespace muster
