#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "exercise/agent/agent_visit.h"
#include "exercise/clock.h"
#include "exercise/refused.h"
#include "tests/exercise/agent_process.h"

namespace muster {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// What a runner is told when it comes; empty: it is taken.
std::string told_to(const AgentProcess& agent) try {
  AgentVisit(agent.address(), "test").ask("status", json::object(), 5);
  return "";
} catch (const Refused& refused) {
  return refused.what();
}

Moment days_ago(int days) {
  Moment moment = system_clock().now();
  moment.wall -= days * 86'400'000'000'000;
  return moment;
}

Descriptor plain_connection(const AgentProcess& agent) {
  Descriptor out(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(agent.port()));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(out.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) out.close();
  return out;
}

bool hung_up(const Descriptor& connection, double seconds) {
  for (const Moment since = system_clock().now(); system_clock().now().since(since) < seconds;) {
    pollfd news{connection.get(), POLLIN, 0};
    if (poll(&news, 1, 50) != 1) continue;
    char buffer[4096];
    if (recv(connection.get(), buffer, sizeof buffer, MSG_DONTWAIT) <= 0) return true;
  }
  return false;
}

TEST(AgentRefusals, ListedRunnerIsTakenAndItsClockMeasured) {
  const AgentProcess agent;
  AgentVisit visit(agent.address(), "test");
  EXPECT_EQ(visit.talk().greeting().program, "muster test");
  EXPECT_LT(std::abs(visit.talk().clock().offset()), visit.talk().clock().error() + 1e-9);  // one machine, one clock
  EXPECT_TRUE(visit.ask("status", json::object(), 5).contains("exercises"));
}

TEST(AgentRefusals, CertificateOfAnotherAuthorityIsRefusedAtBothEnds) {
  AgentProcess agent;
  make_authority(agent.file("other"), "Other", 2, system_clock().now());
  agent.be_runner("stranger", true, system_clock().now(), 1, agent.file("other"));
  EXPECT_THAT(told_to(agent), HasSubstr("does not know the authority that made our certificate"));
  EXPECT_TRUE(agent.log_says("its certificate (stranger, sha256:")) << agent.log();
}

TEST(AgentRefusals, ExpiredCertificateIsRefusedAtBothEnds) {
  AgentProcess agent;
  agent.be_runner("late", true, days_ago(3), 1);
  EXPECT_THAT(told_to(agent), HasSubstr("our certificate has expired"));
  EXPECT_TRUE(agent.log_says("certificate has expired")) << agent.log();
}

TEST(AgentRefusals, RevokedCertificateIsRefusedAtBothEndsByTheAgentThatRuns) {
  AgentProcess agent;
  ASSERT_EQ(told_to(agent), "");
  ASSERT_EQ(revoke_certificates(agent.pki(), "runner", system_clock().now()).size(), 1u);
  agent.copy_revocations();
  ASSERT_TRUE(agent.log_says("were read anew")) << agent.log();
  EXPECT_THAT(told_to(agent), HasSubstr("our certificate is revoked"));
  EXPECT_TRUE(agent.log_says("certificate revoked")) << agent.log();
}

TEST(AgentRefusals, CertificateThatIsNotListedIsRefusedAtBothEnds) {
  AgentProcess agent;
  const Issued issued = agent.be_runner("unlisted", false, system_clock().now());
  EXPECT_THAT(told_to(agent), HasSubstr(issued.fingerprint + ") is not listed under runners"));
  EXPECT_TRUE(agent.log_says(issued.fingerprint + ") is not listed under runners")) << agent.log();
}

TEST(AgentRefusals, AgentsCertificateGivesNoOrders) {
  AgentProcess agent;
  agent.be(agent.pki() + "/agent");
  EXPECT_THAT(told_to(agent), HasSubstr("does not accept our certificate"));
  EXPECT_TRUE(agent.log_says("unsuitable certificate purpose")) << agent.log();
}

TEST(AgentRefusals, RunnerRefusesAnAgentOfAnotherAuthorityOrAddress) {
  AgentProcess agent;
  make_authority(agent.file("other"), "Other", 2, system_clock().now());
  std::filesystem::copy_file(agent.file("other") + "/ca.pem", agent.pki() + "/runner/ca.pem", std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(told_to(agent), HasSubstr("its certificate (agent, sha256:"));
  std::filesystem::copy_file(agent.pki() + "/ca.pem", agent.pki() + "/runner/ca.pem", std::filesystem::copy_options::overwrite_existing);
  try {
    AgentVisit("localhost:" + std::to_string(agent.port()), "test");  // its certificate is made out to 127.0.0.1
    ADD_FAILURE() << "it was taken";
  } catch (const Refused& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("ostname mismatch"));
  }
}

TEST(AgentRefusals, OrderOfAnotherSessionIsRefusedAndEndsTheConnection) {
  const AgentProcess agent;
  RawRunner first(agent);
  const std::string recorded = first.order("status", "one", 1);
  first.say(recorded);
  EXPECT_THAT(first.hear(), HasSubstr("\"answer\":\"one\""));
  RawRunner second(agent);
  ASSERT_NE(second.session(), first.session());
  second.say(recorded);
  EXPECT_THAT(second.hear(), HasSubstr("an order of another session: replayed?"));
  EXPECT_EQ(second.hear(), "");
  EXPECT_EQ(second.channel().state(), SecureChannel::State::closed);
  EXPECT_TRUE(agent.log_says("refused: an order of another session")) << agent.log();
}

TEST(AgentRefusals, RepeatedOrderIsAnsweredAlikeAndDoneOnce) {
  const AgentProcess agent;
  RawRunner runner(agent);
  runner.say(runner.order("footprint", "look", 1));
  runner.say(runner.order("footprint", "look", 1));  // while it is being done: one answer
  const std::string answer = runner.hear(20);
  EXPECT_THAT(answer, HasSubstr("\"things\""));
  runner.say(runner.order("status", "next", 2));
  EXPECT_THAT(runner.hear(), HasSubstr("\"answer\":\"next\""));
  runner.say(runner.order("footprint", "look", 1));
  EXPECT_EQ(runner.hear(), answer);
  runner.say(runner.order("account", "look", 3, R"({"from":0})"));
  EXPECT_THAT(runner.hear(), HasSubstr("the id look stood for another order"));
}

TEST(AgentRefusals, CanaryOfAHostThatWasNotLookedAtIsNeitherWrittenNorRead) {
  const AgentProcess agent;
  RawRunner runner(agent);
  const std::string canary = R"({"canary":{"kind":2,"of":"","argv":["touch",")" + agent.file("written") + R"("],"every":0.01,"table":"t"},"newest":1})";
  unsigned sequence = 0;
  for (const char* kind : {"canary", "read-canary"}) {
    runner.say(runner.order(kind, kind, ++sequence, canary));
    EXPECT_THAT(runner.hear(), HasSubstr("this host was not looked at"));
  }
  runner.say(runner.order("end-canary", "end", ++sequence));
  EXPECT_THAT(runner.hear(), HasSubstr("no canary writes from here"));
  EXPECT_FALSE(std::filesystem::exists(agent.file("written")));
}

TEST(AgentRefusals, OrderOutOfSequenceEndsTheConnection) {
  const AgentProcess agent;
  RawRunner runner(agent);
  runner.say(runner.order("status", "one", 2));
  EXPECT_THAT(runner.hear(), HasSubstr("out of sequence"));
  EXPECT_EQ(runner.hear(), "");
}

TEST(AgentRefusals, OrderThatComesTooLateIsNotDone) {
  const AgentProcess agent;
  RawRunner runner(agent);
  json late = json::parse(runner.order("status", "late", 1));
  late["until"] = system_clock().now().boot - 1'000'000'000;
  runner.say(late.dump());
  EXPECT_THAT(runner.hear(), HasSubstr("the order came too late"));
}

TEST(AgentRefusals, OversizedOrderIsRefusedAndEndsTheConnection) {
  const AgentProcess agent;
  RawRunner runner(agent);
  runner.say(runner.order("status", "big", 1, json{{"x", std::string(3 << 20, 'x')}}.dump()));
  EXPECT_THAT(runner.hear(), HasSubstr("an order longer than 1 MiB"));
  EXPECT_EQ(runner.hear(), "");
  EXPECT_TRUE(agent.log_says("refused: an order longer than 1 MiB")) << agent.log();
  EXPECT_EQ(told_to(agent), "");
}

TEST(AgentRefusals, TooManyOrdersEndTheConnection) {
  const AgentProcess agent;
  RawRunner runner(agent);
  std::string answer;
  for (unsigned i = 1; i <= 200 && runner.channel().state() != SecureChannel::State::closed; ++i) runner.say(runner.order("status", "n" + std::to_string(i), i));
  for (int i = 0; i < 300; ++i)
    if (const std::string line = runner.hear(0.5); !line.empty()) answer = line;
    else break;
  EXPECT_THAT(answer, HasSubstr("more than 30 orders a second"));
  EXPECT_EQ(told_to(agent), "");
}

TEST(AgentRefusals, WhatIsNoOrderEndsTheConnection) {
  const AgentProcess agent;
  for (const char* line : {"", "{}", "[]", "null", "{\"order\":1}", "\xff\xfe", "{\"order\":\"status\",\"id\":\"a\",\"session\":\"b\",\"sequence\":1,\"exercise\":\"../x\"}"}) {
    RawRunner runner(agent);
    runner.say(line);
    EXPECT_THAT(runner.hear(), HasSubstr("\"closing\"")) << line;
    EXPECT_EQ(runner.hear(), "") << line;
  }
  RawRunner runner(agent);
  runner.say(runner.order("format-the-disk", "a", 1));
  EXPECT_THAT(runner.hear(), HasSubstr("there is no order to format-the-disk"));
  runner.say(runner.order("begin", "b", 2, R"({"fault": 7})"));
  EXPECT_THAT(runner.hear(), HasSubstr("cannot be read"));
  runner.say(runner.order("arm", "c", 3));
  EXPECT_THAT(runner.hear(), HasSubstr("nothing was looked at"));
  runner.say(runner.order("run", "d", 4, R"({"argv":["true"],"timeout":1,"env":{},"keep-output":true})"));
  EXPECT_THAT(runner.hear(), HasSubstr("commands of the plan were not asked for"));
}

TEST(AgentRefusals, ThousandGarbageConnectionsKeepNobodyOut) {
  const AgentProcess agent;
  AgentVisit standing(agent.address(), "test");
  std::mt19937 random(1);
  std::vector<Descriptor> garbage;
  for (int i = 0; i < 1000; ++i) {
    garbage.push_back(plain_connection(agent));
    std::string noise(1 + random() % 300, ' ');
    for (char& c : noise) c = static_cast<char>(random());
    if (i % 3 != 0) (void)!send(garbage.back().get(), noise.data(), noise.size(), MSG_NOSIGNAL | MSG_DONTWAIT);  // some say nothing
    if (i % 250 == 249) {
      EXPECT_EQ(told_to(agent), "");
      standing.ask("status", json::object(), 5);
    }
  }
  std::size_t open = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(agent.pid()) + "/fd")) ++open;
  EXPECT_LT(open, 200u);
  EXPECT_EQ(kill(agent.pid(), 0), 0);
  const std::string log = agent.log();
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 600);  // however many knock
}

TEST(AgentRefusals, WhoeverProvesNothingInTenSecondsIsHungUpOn) {
  const AgentProcess agent;
  const Descriptor silent = plain_connection(agent), slow = plain_connection(agent);
  const Moment since = system_clock().now();
  const char hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, static_cast<char>(0xfc), 0x03, 0x03};
  for (const char byte : hello) {  // a client hello, a byte at a time
    (void)!send(slow.get(), &byte, 1, MSG_NOSIGNAL);
    poll(nullptr, 0, 300);
  }
  EXPECT_EQ(told_to(agent), "");
  EXPECT_TRUE(hung_up(slow, 15));
  EXPECT_TRUE(hung_up(silent, 5));
  EXPECT_GT(system_clock().now().since(since), 8);
  EXPECT_TRUE(agent.log_says("it did not prove itself within 10 s")) << agent.log();
}

TEST(AgentRefusals, CertificateThatIsTakenOffTheListIsLetGo) {
  AgentProcess agent;
  RawRunner runner(agent);
  ASSERT_NE(runner.session(), "");
  {  // the file without the first runner
    const std::string own = agent.pki() + "/agent/";
    FILE* out = fopen(agent.file("agent.yaml").c_str(), "w");
    fprintf(out, "listen: \"127.0.0.1:0\"\nrunners: []\ncertificate: %scertificate.pem\nkey: %skey.pem\nca: %sca.pem\nrevoked: %srevoked.pem\n", own.c_str(), own.c_str(), own.c_str(), own.c_str());
    fclose(out);
  }
  EXPECT_THAT(runner.hear(5), HasSubstr("is not listed any more"));
}

}  // namespace
}  // namespace muster
