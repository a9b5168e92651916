#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "exercise/edge/client_hello.h"
#include "exercise/edge/dns_message.h"
#include "exercise/edge/name_rule.h"
#include "exercise/edge/outage_rule.h"
#include "exercise/edge/request_head.h"
#include "tests/exercise/scratch.h"

/// What is read of others' first words: against hellos of OpenSSL, messages of dnspython, and what RFCs say.
namespace muster {
namespace {
using nlohmann::json;
using namespace scratch;
using ::testing::HasSubstr;

std::string unhex(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return out;
}
std::string hex(const std::string& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) out += {digits[static_cast<unsigned char>(c) >> 4], digits[static_cast<unsigned char>(c) & 15]};
  return out;
}

/// What a script of Python's prints, as JSON.
json told_by_python(const std::string& script) {
  const Folder folder;
  std::ofstream(folder.file("oracle.py")) << script;
  std::string out;
  FILE* pipe = popen(("/usr/bin/python3 -B " + folder.file("oracle.py")).c_str(), "r");
  char buffer[4096];
  for (std::size_t got; pipe && (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  if (!pipe || pclose(pipe) != 0) return nullptr;
  return json::parse(out);
}

// ---- TLS

const char* const hellos = R"(
import json, ssl
out = []
for name in ("dynamodb.us-east-1.amazonaws.com", "a.b", "X" * 60 + "." + "y" * 60 + ".Example", None):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for alpn in ([], ["h2", "http/1.1"], ["p%d" % i + "x" * 200 for i in range(200)]):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.minimum_version = context.maximum_version = version
            if alpn: context.set_alpn_protocols(alpn)
            inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
            connection = context.wrap_bio(inward, outward, server_hostname=name)
            try: connection.do_handshake()
            except ssl.SSLWantReadError: pass
            out.append([name, outward.read().hex()])
print(json.dumps(out))
)";

TEST(ClientHelloWords, NamesAreThoseThatOpenSslWrites) {
  const json all = told_by_python(hellos);
  ASSERT_EQ(all.size(), 24u);
  for (const json& each : all) {
    const std::string bytes = unhex(each[1]);
    std::string name = each[0].is_null() ? "" : each[0].get<std::string>();
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    ClientHello hello;
    EXPECT_EQ(read_client_hello(bytes, hello), Reading::complete);
    EXPECT_EQ(hello.server_name, name);
    EXPECT_FALSE(hello.encrypted);
    for (std::size_t i = 1; i < bytes.size(); i += 1 + bytes.size() / 500) {
      ClientHello none;
      ASSERT_EQ(read_client_hello(bytes.substr(0, i), none), Reading::incomplete) << i << " of " << bytes.size();
    }
    // In records of a few bytes each, as a client may split it, with application data behind.
    const std::string handshake = bytes.size() < 16000 ? bytes.substr(5) : "";
    std::string split;
    for (std::size_t i = 0; i < handshake.size(); i += 7) {
      const std::string part = handshake.substr(i, 7);
      split += std::string("\x16\x03\x01\x00", 4) + static_cast<char>(part.size()) + part;
    }
    if (handshake.empty()) continue;
    ClientHello again;
    EXPECT_EQ(read_client_hello(split + "\x17\x03\x03", again), Reading::complete);
    EXPECT_EQ(again.server_name, name);
  }
}

TEST(ClientHelloWords, EncryptedOnesAreToldAndOthersAreUnreadable) {
  const std::string name = std::string("\x00\x00\x00\x08\x00\x06\x00\x00\x03""a.b", 12), ech = std::string("\xfe\x0d\x00\x02\x00\x00", 6);
  const auto hello_with = [](const std::string& extensions) {
    const std::string body = std::string("\x03\x03", 2) + std::string(32, 'r') + std::string("\x00\x00\x02\x13\x01\x01\x00", 7) +
                             std::string{static_cast<char>(extensions.size() >> 8), static_cast<char>(extensions.size())} + extensions;
    const std::string message = std::string("\x01\x00\x00", 3) + static_cast<char>(body.size()) + body;
    return std::string("\x16\x03\x01\x00", 4) + static_cast<char>(message.size()) + message;
  };
  ClientHello hello;
  ASSERT_EQ(read_client_hello(hello_with(name + ech), hello), Reading::complete);
  EXPECT_EQ(hello.server_name, "a.b");
  EXPECT_TRUE(hello.encrypted);
  EXPECT_EQ(read_client_hello(hello_with(name.substr(0, 11)), hello), Reading::unreadable);
  EXPECT_EQ(read_client_hello("SSH-2.0-x", hello), Reading::unreadable);
  EXPECT_EQ(read_client_hello(std::string("\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9), hello), Reading::unreadable) << "a server's";
  EXPECT_EQ(read_client_hello(std::string("\x16\x03\x01\xff\xff\x01", 6), hello), Reading::unreadable) << "no record is so long";
}

// ---- HTTP

TEST(RequestHeadWords, ThreeFormsOfTargets) {
  RequestHead head;
  ASSERT_EQ(read_request_head("CONNECT Sts.amazonaws.com:443 HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03", head), Reading::complete);
  EXPECT_EQ(head.form, RequestHead::Form::authority);
  EXPECT_EQ(head.host + " " + std::to_string(head.port), "sts.amazonaws.com 443");
  EXPECT_EQ(head.size, 51u);
  ASSERT_EQ(read_request_head("GET http://user@s3.amazonaws.com/a?b HTTP/1.1\r\nHost: other\r\nProxy-Connection: keep-alive\r\nX: 1\r\n\r\n", head), Reading::complete);
  EXPECT_EQ(head.host, "s3.amazonaws.com");
  EXPECT_EQ(for_the_server(head), "GET /a?b HTTP/1.1\r\nhost: other\r\nx: 1\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(for_another_proxy(head), "GET http://user@s3.amazonaws.com/a?b HTTP/1.1\r\nhost: other\r\nx: 1\r\nconnection: close\r\n\r\n");
  ASSERT_EQ(read_request_head("POST / HTTP/1.1\r\nhost: [fd00::1]:8000\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n\r\n{", head), Reading::complete);
  EXPECT_EQ(head.host + " " + std::to_string(head.port), "fd00::1 8000");
  EXPECT_EQ(head.field("x-amz-target"), "DynamoDB_20120810.GetItem");
}

TEST(RequestHeadWords, WhatIsNoRequestIsToldEarly) {
  RequestHead head;
  EXPECT_EQ(read_request_head("GET / HT", head), Reading::incomplete);
  EXPECT_EQ(read_request_head("EHLO there\r\n", head), Reading::incomplete);
  for (const char* text : {"\x01\x02", "SSH-2.0-OpenSSH_9.2 of somebody who speaks first\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n folded\r\n\r\n", "GET http:// HTTP/1.1\r\n\r\n",
                           "GET / HTTP/1.1\r\nhost: a\x01\r\n\r\n", "CONNECT a HTTP/1.1\r\n\r\n", "GET a HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nhost: a:99999\r\n\r\n"})
    EXPECT_EQ(read_request_head(text, head), Reading::unreadable) << text;
  EXPECT_EQ(read_request_head("GET /" + std::string(kLongestHead, 'x'), head), Reading::unreadable);
}

// ---- DNS

const char* const questions = R"(
import json, dns.message, dns.flags, dns.edns, dns.name
out = []
for name in ("dynamodb.us-east-1.amazonaws.com.", "A.LaB.", ".", "x" * 63 + ".lab.", "sp\\032ace\\.dot.lab."):
    for kind in ("A", "AAAA", "MX", "TXT"):
        for edns in (None, False, True):
            q = dns.message.make_query(name, kind, use_edns=-1 if edns is None else 0, want_dnssec=bool(edns))
            wire = q.to_wire()
            text = q.question[0].name
            labels = b".".join(b"".join(bytes([c]) if chr(c).isalnum() or c in b"-_" else b"\\%03d" % c for c in label) for label in text.labels[:-1]).decode().lower() or "."
            out.append([labels, kind, edns is not None, edns is True, wire.hex()])
print(json.dumps(out))
)";

TEST(DnsWords, QuestionsAreThoseThatDnspythonWrites) {
  const std::map<std::string, int> types{{"A", 1}, {"AAAA", 28}, {"MX", 15}, {"TXT", 16}};
  const json all = told_by_python(questions);
  ASSERT_EQ(all.size(), 60u);
  for (const json& each : all) {
    const std::string wire = unhex(each[4]);
    const auto query = read_dns_query(wire);
    ASSERT_TRUE(query) << each;
    EXPECT_EQ(query->name, each[0]);
    EXPECT_EQ(query->type, types.at(each[1]));
    EXPECT_EQ(query->edns, each[2].get<bool>()) << each;
    EXPECT_EQ(query->dnssec_ok, each[3].get<bool>()) << each;
    for (std::size_t i = 0; i < query->end; ++i) EXPECT_FALSE(read_dns_query(wire.substr(0, i))) << i;
  }
}

TEST(DnsWords, AnswersAreReadByDnspythonAsTheyAreMeant) {
  const json all = told_by_python(questions);
  ASSERT_FALSE(all.is_null());
  std::string script = "import json, dns.message, dns.rcode, dns.flags\nout = []\nfor q, a in (";
  for (const json& each : all) {
    const std::string wire = unhex(each[4]);
    const auto query = read_dns_query(wire);
    for (const std::string& answer : {empty_answer(wire, *query, kServfail), empty_answer(wire, *query, kNxdomain), address_answer(wire, *query, std::string("\x0a\x09\x01\x01", 4))})
      script += "(\"" + hex(wire) + "\", \"" + hex(answer) + "\"), ";
  }
  script += "):\n    q, a = (dns.message.from_wire(bytes.fromhex(x)) for x in (q, a))\n"
            "    out.append([q.is_response(a), dns.rcode.to_text(a.rcode()), a.edns == q.edns, bool(a.ednsflags & dns.flags.DO) == bool(q.ednsflags & dns.flags.DO),\n"
            "      [[r.ttl] + [str(x) for x in r] for r in a.answer], [x for r in a.authority for x in (r.ttl, r[0].minimum)], q.question[0].name.labels == a.question[0].name.labels])\nprint(json.dumps(out))\n";
  const json told = told_by_python(script);
  ASSERT_EQ(told.size(), 180u);
  for (std::size_t i = 0; i < told.size(); ++i) {
    const json& one = told[i];
    const bool is_a = all[i / 3][1] == "A";
    EXPECT_TRUE(one[0].get<bool>() && one[2].get<bool>() && one[3].get<bool>() && one[6].get<bool>()) << one;
    EXPECT_EQ(one[1], i % 3 == 0 ? "SERVFAIL" : i % 3 == 1 ? "NXDOMAIN" : "NOERROR");
    EXPECT_EQ(one[4], i % 3 == 2 && is_a ? json::array({json::array({0, "10.9.1.1"})}) : json::array()) << one;
    const bool has_none = i % 3 == 1 || (i % 3 == 2 && !is_a);
    EXPECT_EQ(one[5], has_none ? json::array({0, 0}) : json::array()) << "nobody remembers that there is nothing";
  }
}

TEST(DnsWords, DamagedMessagesAreNoQuestions) {
  const std::string whole = unhex("0007010000010000000000000161036c61620000010001");
  ASSERT_TRUE(read_dns_query(whole));
  std::string changed = whole;
  changed[12] = '\xc0';
  EXPECT_FALSE(read_dns_query(changed)) << "a question points nowhere";
  changed = whole;
  changed[2] = '\x81';
  EXPECT_FALSE(read_dns_query(changed)) << "an answer";
  changed[2] = '\x29';
  EXPECT_FALSE(read_dns_query(changed)) << "an update";
}

DnsFault about(DnsFault::Answer answer, std::vector<std::string> names = {"*.lab"}) {
  DnsFault fault;
  fault.answer = answer;
  fault.names = std::move(names);
  return fault;
}

TEST(NameRules, StaleAnswersAreTheFirstOnesWithTheIdAndCapitalsOfTheQuestion) {
  NameRule rule(about(DnsFault::Answer::stale), 1);
  const std::string first = unhex("0007010000010000000000000161036c61620000010001"), again = unhex("000801000001000000000000014103" "4c41420000010001");
  const NameVerdict passes = rule.judge(first, 1, false);
  EXPECT_EQ(passes.kind, NameVerdict::Kind::pass);
  ASSERT_FALSE(passes.remember.empty());
  const auto query = read_dns_query(first);
  rule.keep(passes.remember, address_answer(first, *query, std::string("\x0a\x09\x01\x01", 4)));
  rule.keep(passes.remember, address_answer(first, *query, std::string("\x0a\x09\x02\x02", 4)));
  const NameVerdict stale = rule.judge(again, 2, false);
  ASSERT_EQ(stale.kind, NameVerdict::Kind::answer);
  EXPECT_EQ(stale.answer.substr(0, 2), again.substr(0, 2));
  EXPECT_EQ(stale.answer.substr(12, 11), again.substr(12, 11));
  EXPECT_THAT(stale.answer, HasSubstr(std::string("\x0a\x09\x01\x01", 4)));
  EXPECT_EQ(rule.judge(unhex("00070100000100000000000001620378797a0000010001"), 3, false).struck, false) << "b.xyz is another's";
}

// ---- whom it strikes

TEST(OutageRules, NamesNetworksAndWhatNamesNobody) {
  EndpointOutageFault fault;
  fault.hosts = {"*.us-east-1.amazonaws.com", "10.9.1.0/24", "fd00::/64"};
  const auto struck = [&](Opening opening) { return OutageRule(fault, 7).strikes(opening, 1); };
  using Kind = Opening::Kind;
  EXPECT_TRUE(struck({Kind::tls, "dynamodb.us-east-1.amazonaws.com", false, "10.1.1.1"}));
  EXPECT_FALSE(struck({Kind::tls, "dynamodb.us-west-2.amazonaws.com", false, "10.1.1.1"}));
  EXPECT_TRUE(struck({Kind::tls, "other", false, "10.9.1.77"}));
  EXPECT_TRUE(struck({Kind::other, "", false, "fd00::5"}));
  EXPECT_TRUE(struck({Kind::http, "10.9.1.9", false, ""})) << "a proxy is asked for an address";
  EXPECT_FALSE(struck({Kind::other, "", false, "10.1.1.1"}));
  EXPECT_FALSE(struck({Kind::tls, "cover.example", true, "10.1.1.1"}));
  fault.fail_unnamed = fault.fail_encrypted = true;
  EXPECT_TRUE(struck({Kind::other, "", false, "10.1.1.1"}));
  EXPECT_TRUE(struck({Kind::tls, "cover.example", true, "10.1.1.1"}));
  EXPECT_FALSE(struck({Kind::tls, "cover.example", false, "10.1.1.1"}));
}

// Binomial with n = 20000 and p = 0.3: five standard deviations are 324.
TEST(OutageRules, AShareIsDrawnAndTheSameAgain) {
  EndpointOutageFault fault;
  fault.hosts = {"a"};
  fault.share = 0.3;
  int count = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const bool struck = OutageRule(fault, 11).strikes({Opening::Kind::tls, "a", false, ""}, i);
    EXPECT_EQ(struck, drawn(0.3, 11, i));
    count += struck;
  }
  EXPECT_NEAR(count, 6000, 324);
}

TEST(OutageRules, AnswersHaveTheShapeOfTheirService) {
  using Shape = EndpointOutageFault::Shape;
  EXPECT_THAT(outage_answer(Shape::throttling, "bucket.s3.us-east-1.amazonaws.com", ""), HasSubstr("503 Slow Down"));
  EXPECT_THAT(outage_answer(Shape::throttling, "bucket.s3.us-east-1.amazonaws.com", ""), HasSubstr("<Code>SlowDown</Code>"));
  EXPECT_THAT(outage_answer(Shape::throttling, "dynamodb.us-east-1.amazonaws.com", "DynamoDB_20120810.GetItem"), HasSubstr("#ProvisionedThroughputExceededException"));
  EXPECT_THAT(outage_answer(Shape::internal_error, "logs.us-east-1.amazonaws.com", "Logs_20140328.PutLogEvents"), HasSubstr("HTTP/1.1 500 "));
  EXPECT_THAT(outage_answer(Shape::unavailable, "api.example", ""), HasSubstr("HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain"));
  EXPECT_THAT(outage_answer(Shape::throttling, "api.example", ""), HasSubstr("HTTP/1.1 429 "));
}

}  // namespace
}  // namespace muster

// The fuzz target itself, without its fuzzer: what it once found stays found.
extern "C" int fuzz_edge(const std::uint8_t* data, std::size_t size);

TEST(EdgeCorpus, EveryInputIsReadOrRefusedWholeOrCutAnywhere) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(MUSTER_SOURCE) / "tests/fuzz/corpus/edge")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    for (std::size_t size = 0; size <= bytes.size(); ++size) EXPECT_EQ(fuzz_edge(reinterpret_cast<const std::uint8_t*>(bytes.data()), size), 0);
    ++files;
  }
  EXPECT_GE(files, 9);
}
