#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "exercise/clock.h"
#include "exercise/probing.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"

namespace muster {
namespace {
using scratch::Server;
using testing::HasSubstr;
using Verdict = Sample::Verdict;

Probe probe(const Check& check, double timeout = 5) {
  Probe out;
  out.name = "p";
  out.check = check;
  out.timeout = timeout;
  return out;
}

const std::string web_server = MUSTER_SOURCE "/tests/exercise/web_server.py";

class LookAtWeb : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = new Server({"/usr/bin/python3", web_server});
    port = server->line();
  }
  static void TearDownTestSuite() { delete server; }
  static HttpProbe http(const std::string& path) {
    HttpProbe out;
    out.url = "http://127.0.0.1:" + port + path;
    return out;
  }
  static Verdict verdict(const HttpProbe& check) { return look(probe(check)).verdict; }
  static Verdict prometheus(const std::string& query, const std::string& op, const std::string& value) {
    return look(probe(PrometheusProbe{"http://127.0.0.1:" + port + "/", query, op, value})).verdict;
  }
  static inline Server* server = nullptr;
  static inline std::string port;
};

TEST_F(LookAtWeb, PassesOnOneOfTheStatusesAskedFor) {
  const Sample sample = look(probe(http("/ok")));
  EXPECT_EQ(sample.verdict, Verdict::passing) << sample.what;
  EXPECT_THAT(sample.what, HasSubstr("status 200 in "));
  EXPECT_LE(sample.began.boot, sample.ended.boot);
  HttpProbe check = http("/status/503");
  EXPECT_EQ(verdict(check), Verdict::failing);
  check.status = {200, 503};
  EXPECT_EQ(verdict(check), Verdict::passing);
}

TEST_F(LookAtWeb, ReadsTheBody) {
  HttpProbe check = http("/ok");
  check.body = "is w[aeiou]ll$|well";
  EXPECT_EQ(verdict(check), Verdict::passing);
  check.body = "^is well";
  EXPECT_EQ(verdict(check), Verdict::failing);
  check = http("/chunks");
  check.body = "^one two$";
  EXPECT_EQ(verdict(check), Verdict::passing);
}

TEST_F(LookAtWeb, ComparesWhatJsonPointersFind) {
  const struct {
    JsonTest test;
    Verdict verdict;
  } cases[] = {
      {{"/db/lag", "<", "2"}, Verdict::passing},       {{"/db/lag", "<=", "1.5"}, Verdict::passing},
      {{"/db/lag", ">", "1.5"}, Verdict::failing},     {{"/db/lag", ">=", "1.5"}, Verdict::passing},
      {{"/db/role", "==", "\"primary\""}, Verdict::passing}, {{"/db/role", "!=", "\"primary\""}, Verdict::failing},
      {{"/db/role", "~", "\"^prim\""}, Verdict::passing},    {{"/db/role", "~", "\"^ary\""}, Verdict::failing},
      {{"/db/role", "<", "2"}, Verdict::failing},      {{"/db/ok", "==", "true"}, Verdict::passing},
      {{"/db/a~1b/1", "==", "4"}, Verdict::passing},   {{"/db/a~1b", "==", "[3, 4]"}, Verdict::passing},
      {{"/db/a~1b/9", "==", "4"}, Verdict::failing},   {{"/nothing", "!=", "1"}, Verdict::failing},
      {{"/db/big", "==", "12345678901234567"}, Verdict::passing}, {{"/db/big", "==", "12345678901234568"}, Verdict::failing},
      {{"/db/lag", "=", "1"}, Verdict::unknown},       {{"/db/role", "~", "\"(\""}, Verdict::unknown},
  };
  for (const auto& one : cases) {
    HttpProbe check = http("/json");
    check.json = {one.test};
    const Sample sample = look(probe(check));
    EXPECT_EQ(sample.verdict, one.verdict) << one.test.pointer << one.test.op << one.test.value << ": " << sample.what;
  }
  HttpProbe check = http("/ok");
  check.json = {{"/a", "==", "1"}};
  EXPECT_EQ(verdict(check), Verdict::failing) << "no JSON";
}

TEST_F(LookAtWeb, SendsHeadersAndTheHost) {
  HttpProbe check = http("/echo");
  check.headers = {{"X-Probe", "here"}};
  check.body = "^here 127.0.0.1:" + port + "$";
  EXPECT_EQ(verdict(check), Verdict::passing);
}

TEST_F(LookAtWeb, FailsWhatIsTooLate) {
  HttpProbe check = http("/slow/0.3");
  EXPECT_EQ(verdict(check), Verdict::passing);
  check.latency = 0.2;
  EXPECT_EQ(verdict(check), Verdict::failing);
}

TEST_F(LookAtWeb, FailsAtTheTimeoutWhateverHangs) {
  const Moment begin = system_clock().now();
  const Sample sample = look(probe(http("/slow/5"), 0.3));
  const double took = system_clock().now().since(begin);
  EXPECT_EQ(sample.verdict, Verdict::failing);
  EXPECT_THAT(sample.what, HasSubstr("no answer within 300ms (waiting for the answer)"));
  EXPECT_GE(took, 0.3);
  EXPECT_LT(took, 1.3);
}

TEST_F(LookAtWeb, FailsOnHalfAnAnswer) { EXPECT_EQ(verdict(http("/half")), Verdict::failing); }

/// Whatever the engine makes of it (it may die of it), it is neither up nor down, and nothing else is hurt.
TEST_F(LookAtWeb, SurvivesRegularExpressionsThatTheirEngineDoesNot) {
  HttpProbe check = http("/deep");
  check.body = "^(a|b)*$";
  const Sample sample = look(probe(check, 3));
  EXPECT_NE(sample.verdict, Verdict::passing) << sample.what;
}

TEST_F(LookAtWeb, DoesNotKnowWhereItCannotAsk) {
  HttpProbe check = http("/ok");
  check.body = "(";
  EXPECT_EQ(verdict(check), Verdict::unknown);
  check.url = "ftp://x/";
  EXPECT_EQ(verdict(check), Verdict::unknown);
}

TEST_F(LookAtWeb, FailsWhereNobodyListensOrTheNameIsNone) {
  HttpProbe check;
  check.url = "http://127.0.0.1:" + std::to_string(scratch::free_port()) + "/";
  Sample sample = look(probe(check));
  EXPECT_EQ(sample.verdict, Verdict::failing);
  EXPECT_THAT(sample.what, HasSubstr("refused"));
  check.url = "http://no-such-host.invalid/";
  sample = look(probe(check, 2));
  EXPECT_EQ(sample.verdict, Verdict::failing);
}

TEST_F(LookAtWeb, AsksPrometheus) {
  EXPECT_EQ(prometheus("up", "==", "1"), Verdict::passing);
  EXPECT_EQ(prometheus("up", "", ""), Verdict::passing);
  EXPECT_EQ(prometheus("some", ">=", "1"), Verdict::failing) << "every element must pass";
  EXPECT_EQ(prometheus("sum(rate(x{a=\"b c\"}[5m]))", "<", "0.5"), Verdict::passing);
  EXPECT_EQ(prometheus("scalar", ">", "41"), Verdict::passing);
  EXPECT_EQ(prometheus("scalar", ">", "42"), Verdict::failing);
  for (const char* op : {"==", "<", "<=", ">", ">="}) EXPECT_EQ(prometheus("nan", op, "1"), Verdict::failing) << op;
  for (const char* op : {"", "==", "!=", "<"}) EXPECT_EQ(prometheus("empty", op, "1"), Verdict::failing) << "an empty vector never passes";
  EXPECT_EQ(prometheus("late", "==", "1"), Verdict::failing);
  EXPECT_EQ(prometheus("not promql", "==", "1"), Verdict::unknown);
  EXPECT_EQ(prometheus("matrix", "==", "1"), Verdict::unknown);
}

TEST(LookAtTls, TrustsOnlyCertificatesThatAreGoodForTheHost) {
  scratch::Folder folder;
  const std::string pem = folder.file("server.pem"), names = "subjectAltName=DNS:localhost";
  ASSERT_EQ(std::system(("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext " + names + " -keyout " + pem +
                         " -out " + folder.file("cert.pem") + " 2>/dev/null && cat " + folder.file("cert.pem") + " >> " + pem)
                            .c_str()),
            0);
  Server server({"/usr/bin/python3", web_server, pem});
  const std::string port = server.line();
  HttpProbe check;
  check.url = "https://localhost:" + port + "/ok";
  EXPECT_EQ(look(probe(check)).verdict, Verdict::failing) << "nobody vouches for it";
  setenv("SSL_CERT_FILE", folder.file("cert.pem").c_str(), 1);
  const Sample sample = look(probe(check));
  EXPECT_EQ(sample.verdict, Verdict::passing) << sample.what;
  check.url = "https://127.0.0.1:" + port + "/ok";
  EXPECT_EQ(look(probe(check)).verdict, Verdict::failing) << "another name";
  unsetenv("SSL_CERT_FILE");
}

TEST(LookAtTcp, PassesWhereSomebodyListens) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const TcpProbe check{"127.0.0.1", ntohs(address.sin_port)};
  EXPECT_EQ(look(probe(check)).verdict, Verdict::passing);
  close(listener);
  const Sample refused = look(probe(check));
  EXPECT_EQ(refused.verdict, Verdict::failing);
  EXPECT_THAT(refused.what, HasSubstr("refused"));
}

class LookAtDns : public testing::Test {
 protected:
  LookAtDns()
      : port(std::to_string(scratch::free_port())),
        server({"/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=" + port, "--listen-address=127.0.0.1",
                "--bind-interfaces", "--no-resolv", "--no-hosts", "--user=", "--pid-file=", "--local=/lab/",
                "--host-record=api.lab,10.9.1.2,fd00::1", "--host-record=two.lab,10.9.1.3", "--cname=www.lab,api.lab",
                "--mx-host=lab,api.lab,10", "--srv-host=_db._tcp.lab,api.lab,5432,1,2", "--txt-record=t.lab,hello,world"}) {
    scratch::eventually(5, [&] { return ask("api.lab", "A").verdict == Verdict::passing; });
  }
  Sample ask(const std::string& name, const std::string& type, const std::vector<std::string>& answer = {}, double timeout = 2) {
    return look(probe(DnsProbe{name, type, "127.0.0.1:" + port, answer}, timeout));
  }
  std::string port;
  Server server;
};

TEST_F(LookAtDns, FindsRecords) {
  const struct {
    std::string name, type, answer;
  } cases[] = {{"api.lab", "A", "10.9.1.2"},     {"api.lab", "AAAA", "FD00:0::1"},         {"www.lab", "A", "10.9.1.2"},
               {"www.lab", "CNAME", "API.lab."}, {"lab", "MX", "10 api.lab"},              {"_db._tcp.lab", "SRV", "1 2 5432 api.lab"},
               {"t.lab", "TXT", "helloworld"}};
  for (const auto& one : cases) {
    const Sample sample = ask(one.name, one.type, {one.answer});
    EXPECT_EQ(sample.verdict, Verdict::passing) << one.name << " " << one.type << ": " << sample.what;
  }
  EXPECT_EQ(ask("api.lab", "A").verdict, Verdict::passing);
  EXPECT_EQ(ask("api.lab", "A", {"10.9.1.2", "10.9.1.3"}).verdict, Verdict::failing);
  EXPECT_EQ(ask("nothing.lab", "A").verdict, Verdict::failing);
  EXPECT_EQ(ask("two.lab", "AAAA").verdict, Verdict::failing);
  EXPECT_EQ(ask("api.lab", "HINFO").verdict, Verdict::unknown);
}

TEST_F(LookAtDns, FailsAtTheTimeoutWhenTheServerIsSilent) {
  server.signal(SIGSTOP);
  const Moment begin = system_clock().now();
  EXPECT_EQ(ask("api.lab", "A", {}, 0.5).verdict, Verdict::failing);
  EXPECT_LT(system_clock().now().since(begin), 1.5);
  server.signal(SIGCONT);
  EXPECT_EQ(ask("api.lab", "A").verdict, Verdict::passing);
}

TEST(LookByCommand, JudgesStatusAndOutput) {
  const auto verdict = [](const std::string& script, int exit = 0, const std::string& is = "", const std::string& matches = "") {
    return look(probe(CommandProbe{{"/bin/sh", "-c", script}, exit, is, matches})).verdict;
  };
  EXPECT_EQ(verdict("true"), Verdict::passing);
  EXPECT_EQ(verdict("exit 3"), Verdict::failing);
  EXPECT_EQ(verdict("exit 3", 3), Verdict::passing);
  EXPECT_EQ(verdict("echo t", 0, "t"), Verdict::passing);
  EXPECT_EQ(verdict("echo f", 0, "t"), Verdict::failing);
  EXPECT_EQ(verdict("echo t >&2", 0, "t"), Verdict::failing) << "of the standard output only";
  EXPECT_EQ(verdict("echo lag 12", 0, "", "lag [0-9]+$"), Verdict::passing);
  EXPECT_EQ(verdict("echo lag x", 0, "", "lag [0-9]+$"), Verdict::failing);
  EXPECT_EQ(verdict("kill -9 $$"), Verdict::unknown);
  EXPECT_EQ(look(probe(CommandProbe{{"/no/such/program"}, 0, "", ""})).verdict, Verdict::unknown);
}

TEST(LookByCommand, EndsTheTreeAtTheTimeoutAndDoesNotKnow) {
  scratch::Folder folder;
  const Moment begin = system_clock().now();
  const Sample sample = look(probe(CommandProbe{{"/bin/sh", "-c", "sleep 60 & echo $! > pid; wait"}, 0, "", ""}, 2), folder.path().string());
  EXPECT_LT(system_clock().now().since(begin), 6);
  EXPECT_EQ(sample.verdict, Verdict::unknown);
  EXPECT_THAT(sample.what, HasSubstr("did not end within 2s"));
  pid_t pid = 0;
  std::ifstream(folder.file("pid")) >> pid;
  ASSERT_GT(pid, 0);
  EXPECT_FALSE(scratch::lives(pid));
}

TEST(ProbeTrouble, IsKnownBeforehand) {
  EXPECT_EQ(trouble_with(probe(HttpProbe{"http://a/", "GET", {}, {200}, "x+", {{"/a", "<", "1"}}, {}})), "");
  EXPECT_NE(trouble_with(probe(HttpProbe{"http://a/", "GET", {}, {200}, "x(", {}, {}})), "");
  EXPECT_NE(trouble_with(probe(HttpProbe{"http://a:0/", "GET", {}, {200}, "", {}, {}})), "");
  EXPECT_NE(trouble_with(probe(HttpProbe{"http://a/", "GET", {}, {200}, "", {{"a", "<", "1"}}, {}})), "");
  EXPECT_NE(trouble_with(probe(DnsProbe{"a", "B", "", {}})), "");
  const std::string trouble = trouble_with(probe(PostgresProbe{"host=x password=secret nonsense", "select 1", "", "=="}));
  EXPECT_NE(trouble, "");
  EXPECT_EQ(trouble.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace muster
