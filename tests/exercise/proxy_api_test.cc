#include "exercise/proxy/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/exercise/scratch.h"

namespace muster::proxy {
namespace {

using nlohmann::json;

/// Notes what it is told, and listens nowhere.
class Paper : public Plane {
 public:
  std::vector<SocketAddress> addresses(const std::string& listen) const override { return known_addresses(parse_host_port(listen)); }
  std::string open(const std::string& proxy, const std::string& listen, const std::string&, const std::array<ToxicChain, 2>&, const std::shared_ptr<Traffic>&) override {
    if (listen.ends_with(":1")) throw std::runtime_error("listen tcp " + listen + ": bind: address already in use");
    told.push_back("open " + proxy);
    return listen.ends_with(":0") ? "127.0.0.1:40000" : listen;
  }
  void close(const std::string& proxy) override { told.push_back("close " + proxy); }
  void apply(const std::string& proxy, Way way, const ToxicChain& chain) override {
    told.push_back("apply " + proxy + " " + word_of(way) + " " + std::to_string(chain->size()));
  }
  std::vector<std::string> told;
};

class Hands : public Clock {
 public:
  Moment now() const override { return at; }
  Moment at{1'000'000'000, 1'764'324'000'000'000'000};  // 2025-11-28T10:00:00Z
};

class ProxyApi : public testing::Test {
 protected:
  Reply ask(const std::string& method, const std::string& target, const std::string& body = "") {
    return api.answer({method, target, body, "test", "", "127.0.0.1:5 uid 7"});
  }
  void expect(int status, const std::string& body, const Reply& reply) {
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.body, body);
  }
  void expect_error(int status, const std::string& text, const Reply& reply) {
    EXPECT_EQ(reply.type, "application/json");
    expect(status, R"({"error":")" + text + R"(","status":)" + std::to_string(status) + "}\n", reply);
  }
  void make_db() { ask("POST", "/proxies", R"({"name": "db", "listen": "127.0.0.1:15432", "upstream": "localhost:5432"})"); }

  Paper paper;
  Hands hands;
  ProxySet proxies{paper, {}, hands};
  Audit audit;
  Api api{proxies, audit, "", "9.9"};
};

// What Toxiproxy's README says of each endpoint, as replies.
TEST_F(ProxyApi, MakesShowsListsAndRemovesProxies) {
  expect(200, "{}", ask("GET", "/proxies"));
  const std::string db = R"({"name":"db","listen":"127.0.0.1:15432","upstream":"localhost:5432","enabled":true,"toxics":[]})";
  expect(201, db, ask("POST", "/proxies", R"({"name": "db", "listen": "127.0.0.1:15432", "upstream": "localhost:5432"})"));
  expect(200, db, ask("GET", "/proxies/db"));
  expect(200, "{\"db\":" + db + "}", ask("GET", "/proxies"));
  expect(201, R"({"name":"off","listen":"localhost:9","upstream":"u:1","enabled":false,"toxics":[]})",
         ask("POST", "/proxies", R"({"name": "off", "listen": "localhost:9", "upstream": "u:1", "enabled": false})"));
  expect(204, "", ask("DELETE", "/proxies/off"));
  expect_error(404, "proxy not found", ask("GET", "/proxies/off"));
  EXPECT_THAT(paper.told, testing::ElementsAre("open db"));
}

TEST_F(ProxyApi, TellsWhichPortItGot) {
  expect(201, R"({"name":"db","listen":"127.0.0.1:40000","upstream":"u:1","enabled":true,"toxics":[]})",
         ask("POST", "/proxies", R"({"name": "db", "listen": "localhost:0", "upstream": "u:1"})"));
}

TEST_F(ProxyApi, RefusesBadProxies) {
  expect_error(400, "missing required field: name", ask("POST", "/proxies", "{}"));
  expect_error(400, "missing required field: upstream", ask("POST", "/proxies", R"({"name": "db"})"));
  expect_error(400, "bad request body: it is empty", ask("POST", "/proxies"));
  expect_error(400, "bad request body: not JSON", ask("POST", "/proxies", "{"));
  expect_error(400, "bad request body: expected an object, found array", ask("POST", "/proxies", "[]"));
  expect_error(400, "bad request body: /enabled: expected true or false, found 1", ask("POST", "/proxies", R"({"name": "a", "upstream": "u:1", "enabled": 1})"));
  expect_error(400, "bad request body: /name: expected a text, found 7", ask("POST", "/proxies", R"({"name": 7})"));
  expect_error(500, "listen tcp 127.0.0.1:1: bind: address already in use", ask("POST", "/proxies", R"({"name": "a", "listen": "127.0.0.1:1", "upstream": "u:1"})"));
  expect_error(500, "listen tcp: address 'nowhere': missing port in address", ask("POST", "/proxies", R"({"name": "a", "listen": "nowhere", "upstream": "u:1"})"));
  make_db();
  expect_error(409, "proxy already exists", ask("POST", "/proxies", R"({"name": "db", "listen": "127.0.0.1:2", "upstream": "u:1"})"));
  expect_error(404, "proxy not found", ask("POST", "/proxies/nobody", "{}"));
  expect_error(404, "proxy not found", ask("DELETE", "/proxies/nobody"));
  EXPECT_EQ(proxies.all().size(), 1u);
}

TEST_F(ProxyApi, ListensBeyondLoopbackOnlyWhereToldTo) {
  expect_error(403, "listen address not allowed: 192.0.2.1:80 is not a loopback address; start muster proxy with --expose 192.0.2.1",
               ask("POST", "/proxies", R"({"name": "a", "listen": "192.0.2.1:80", "upstream": "u:1"})"));
  EXPECT_EQ(ask("POST", "/proxies", R"({"name": "a", "listen": ":80", "upstream": "u:1"})").status, 403);
  EXPECT_EQ(ask("POST", "/proxies", R"({"name": "a", "listen": "[::]:80", "upstream": "u:1"})").status, 403);
  EXPECT_EQ(ask("POST", "/proxies", R"({"name": "a", "listen": "[::1]:80", "upstream": "u:1"})").status, 201);
  Rules rules;
  rules.exposed = {"192.0.2.1"};
  ProxySet open(paper, rules, hands);
  EXPECT_EQ(open.create(json{{"name", "a"}, {"listen", "192.0.2.1:80"}, {"upstream", "u:1"}}).enabled, true);
  EXPECT_THROW(open.create(json{{"name", "b"}, {"listen", "192.0.2.2:80"}, {"upstream", "u:1"}}), ApiError);
}

TEST_F(ProxyApi, UpdatesRestartOnlyWhatDiffers) {
  make_db();
  paper.told.clear();
  for (const char* method : {"POST", "PATCH"}) {
    expect(200, R"({"name":"db","listen":"127.0.0.1:15432","upstream":"localhost:5432","enabled":true,"toxics":[]})", ask(method, "/proxies/db", R"({"listen": "localhost:15432"})"));
    EXPECT_TRUE(paper.told.empty());
  }
  EXPECT_EQ(json::parse(ask("POST", "/proxies/db", R"({"upstream": "localhost:5433"})").body)["upstream"], "localhost:5433");
  EXPECT_THAT(paper.told, testing::ElementsAre("close db", "open db"));
  EXPECT_EQ(json::parse(ask("POST", "/proxies/db", R"({"enabled": false})").body)["enabled"], false);
  EXPECT_EQ(json::parse(ask("POST", "/proxies/db", R"({"enabled": true})").body)["enabled"], true);
  EXPECT_THAT(paper.told, testing::ElementsAre("close db", "open db", "close db", "open db"));
}

TEST_F(ProxyApi, PopulatesAllOrSaysWhichIsWrong) {
  make_db();
  const Reply made = ask("POST", "/populate", R"([{"name": "db", "listen": "127.0.0.1:15432", "upstream": "localhost:5432"}, {"name": "web", "listen": "localhost:0", "upstream": "u:1"}])");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(json::parse(made.body)["proxies"].size(), 2u);
  EXPECT_THAT(paper.told, testing::ElementsAre("open db", "open web"));  // db is as it was
  expect_error(400, "missing required field: name at proxy 1", ask("POST", "/populate", "[{}]"));
  expect_error(400, "missing required field: upstream at proxy 2", ask("POST", "/populate", R"([{"name": "x", "upstream": "u:1"}, {"name": "y"}])"));
  EXPECT_EQ(proxies.all().size(), 2u);
  expect_error(400, "bad request body: expected an array, found object", ask("POST", "/populate", "{}"));
  const Reply half = ask("POST", "/populate", R"([{"name": "ok", "listen": "127.0.0.1:3", "upstream": "u:1"}, {"name": "taken", "listen": "127.0.0.1:1", "upstream": "u:1"}])");
  EXPECT_EQ(half.status, 500);
  EXPECT_EQ(json::parse(half.body)["error"], "listen tcp 127.0.0.1:1: bind: address already in use");
  EXPECT_EQ(json::parse(half.body)["proxies"].size(), 1u);
  EXPECT_EQ(ask("POST", "/populate", R"([{"name": "db", "listen": "127.0.0.1:15432", "upstream": "elsewhere:5432"}])").status, 201);
  EXPECT_EQ(proxies.get("db").upstream, "elsewhere:5432");
}

TEST_F(ProxyApi, MakesChangesAndRemovesToxicsOfEveryType) {
  make_db();
  const std::string ends = R"(,"ttl":3600000,"expires":"2025-11-28T11:00:00.000Z"})";
  const std::vector<std::array<std::string, 3>> all = {
      {"latency", R"({"latency":1000,"jitter":100})", R"({"latency":1000,"jitter":100})"}, {"bandwidth", R"({"rate":20})", R"({"rate":20})"},
      {"slow_close", R"({"delay":5})", R"({"delay":5})"},                                  {"timeout", R"({"timeout":5000})", R"({"timeout":5000})"},
      {"reset_peer", R"({})", R"({"timeout":0})"},                                         {"limit_data", R"({"bytes":42})", R"({"bytes":42})"},
      {"slicer", R"({"average_size":10,"delay":2})", R"({"average_size":10,"size_variation":0,"delay":2})"}};
  std::string listed;
  for (const auto& [type, given, shown] : all) {
    const std::string toxic = "{\"attributes\":" + shown + R"(,"name":")" + type + R"(_downstream","type":")" + type + R"(","stream":"downstream","toxicity":1)" + ends;
    expect(200, toxic, ask("POST", "/proxies/db/toxics", R"({"type": ")" + type + R"(", "attributes": )" + given + "}"));
    expect(200, toxic, ask("GET", "/proxies/db/toxics/" + type + "_downstream"));
    listed += (listed.empty() ? "" : ",") + toxic;
  }
  expect(200, "[" + listed + "]", ask("GET", "/proxies/db/toxics"));
  EXPECT_EQ(json::parse(ask("GET", "/proxies/db").body)["toxics"].size(), all.size());
  const json changed = json::parse(ask("POST", "/proxies/db/toxics/latency_downstream", R"({"attributes": {"latency": 1}, "toxicity": 0.5})").body);
  EXPECT_EQ(changed["attributes"], (json{{"latency", 1}, {"jitter", 100}}));
  EXPECT_EQ(changed["toxicity"], 0.5);
  expect(204, "", ask("DELETE", "/proxies/db/toxics/latency_downstream"));
  expect_error(404, "toxic not found", ask("GET", "/proxies/db/toxics/latency_downstream"));
  EXPECT_EQ(paper.told.back(), "apply db downstream 6");
}

TEST_F(ProxyApi, RefusesBadToxics) {
  make_db();
  const auto add = [&](const std::string& body) { return ask("POST", "/proxies/db/toxics", body); };
  expect_error(400, "invalid toxic type", add("{}"));
  expect_error(400, "invalid toxic type", add(R"({"type": "gremlin"})"));
  expect_error(400, "stream was invalid, can be either upstream or downstream", add(R"({"type": "latency", "stream": "sideways"})"));
  expect_error(400, "bad request body: not JSON", add("latency"));
  expect_error(400, "bad request body: /attributes/latency: expected a whole number, found 1.5", add(R"({"type": "latency", "attributes": {"latency": 1.5}})"));
  expect_error(400, "bad request body: /attributes/latency: expected at least 0, found -1", add(R"({"type": "latency", "attributes": {"latency": -1}})"));
  expect_error(400, "bad request body: /attributes: expected an object, found 5", add(R"({"type": "latency", "attributes": 5})"));
  expect_error(400, "bad request body: /attributes/average_size: expected at least 1", add(R"({"type": "slicer"})"));
  expect_error(400, "bad request body: /toxicity: expected a number from 0 to 1, found 1.5", add(R"({"type": "latency", "toxicity": 1.5})"));
  expect_error(400, "bad request body: /ttl: expected at least 1, found 0", add(R"({"type": "latency", "ttl": 0})"));
  expect_error(400, "bad request body: /ttl: expected at most 86400000 ms (--max-ttl), found 86400001", add(R"({"type": "latency", "ttl": 86400001})"));
  EXPECT_EQ(add(R"({"type": "latency"})").status, 200);
  expect_error(409, "toxic already exists", add(R"({"type": "latency"})"));
  expect_error(409, "toxic already exists", add(R"({"type": "bandwidth", "stream": "upstream", "name": "latency_downstream"})"));
  expect_error(404, "toxic not found", ask("DELETE", "/proxies/db/toxics/nothing"));
  expect_error(404, "toxic not found", ask("POST", "/proxies/db/toxics/nothing", "{}"));
  expect_error(404, "proxy not found", ask("POST", "/proxies/nobody/toxics", R"({"type": "latency"})"));
  expect_error(404, "proxy not found", ask("GET", "/proxies/nobody/toxics"));
  EXPECT_EQ(ask("PATCH", "/proxies/db/toxics/latency_downstream", R"({"attributes": {"latency": 7, "jitter": "x"}})").status, 400);
  EXPECT_EQ(json::parse(ask("GET", "/proxies/db/toxics/latency_downstream").body)["attributes"]["latency"], 0);  // all of a change or nothing
}

TEST_F(ProxyApi, ResetEnablesAllAndTakesAwayEveryToxic) {
  make_db();
  ask("POST", "/proxies/db/toxics", R"({"type": "latency"})");
  ask("POST", "/proxies/db", R"({"enabled": false})");
  expect(204, "", ask("POST", "/reset"));
  expect(200, R"({"name":"db","listen":"127.0.0.1:15432","upstream":"localhost:5432","enabled":true,"toxics":[]})", ask("GET", "/proxies/db"));
}

TEST_F(ProxyApi, SaysWhatItIsAndWhatItHasNot) {
  const Reply version = ask("GET", "/version");
  expect(200, R"({"version":"2.12.0","muster":"9.9"})", version);
  expect(404, "404 page not found\n", ask("GET", "/"));
  expect(404, "404 page not found\n", ask("GET", "/proxies/"));
  expect(404, "404 page not found\n", ask("GET", "/proxies/db/gremlins"));
  expect(404, "404 page not found\n", ask("GET", "/proxies/db/toxics/a/b"));
  for (const auto& [method, target] : std::vector<std::pair<const char*, const char*>>{{"PUT", "/proxies"}, {"DELETE", "/proxies"}, {"GET", "/reset"}, {"GET", "/populate"}, {"POST", "/version"}, {"POST", "/metrics"}})
    expect(405, "", ask(method, target));
}

TEST_F(ProxyApi, NamesMayBeAnyTextThatAPathCanHold) {
  ask("POST", "/proxies", R"({"name": "a b/ü", "listen": "127.0.0.1:2", "upstream": "u:1"})");
  EXPECT_EQ(ask("GET", "/proxies/a%20b%2f%C3%BC").status, 200);
  EXPECT_EQ(ask("POST", "/proxies", R"({"name": "a\nb", "listen": "127.0.0.1:2", "upstream": "u:1"})").status, 400);
}

TEST_F(ProxyApi, CountsInPrometheusText) {
  make_db();
  proxies.get("db").traffic->received[0] = 12;
  EXPECT_THAT(ask("GET", "/metrics").body,
              testing::HasSubstr("toxiproxy_proxy_received_bytes_total{direction=\"upstream\",listener=\"127.0.0.1:15432\",proxy=\"db\",upstream=\"localhost:5432\"} 12\n"));
}

TEST_F(ProxyApi, EveryToxicEndsByItself) {
  make_db();
  ask("POST", "/proxies/db/toxics", R"({"type": "latency", "ttl": 60000})");
  ask("POST", "/proxies/db/toxics", R"({"type": "bandwidth"})");
  EXPECT_EQ(proxies.next_expiry(), 61'000'000'000);
  hands.at.boot += 59'999'000'000;
  api.expire();
  EXPECT_EQ(ask("GET", "/proxies/db/toxics/latency_downstream").status, 200);
  EXPECT_EQ(ask("PATCH", "/proxies/db/toxics/latency_downstream", "{}").status, 200);  // a change begins it anew
  hands.at.boot += 59'000'000'000;
  api.expire();
  EXPECT_EQ(ask("GET", "/proxies/db/toxics/latency_downstream").status, 200);
  hands.at.boot += 1'000'000'000;
  api.expire();
  EXPECT_EQ(ask("GET", "/proxies/db/toxics/latency_downstream").status, 404);
  hands.at.boot += 3'600'000'000'000;
  api.expire();
  EXPECT_EQ(json::parse(ask("GET", "/proxies/db").body)["toxics"].size(), 0u);
}

TEST_F(ProxyApi, WantsItsTokenAndNoBrowser) {
  Api closed(proxies, audit, "s3cret", "9.9");
  const auto asked = [&](const std::string& agent, const std::string& authorization) { return closed.answer({"GET", "/proxies", "", agent, authorization, ""}).status; };
  EXPECT_EQ(asked("c", ""), 401);
  EXPECT_EQ(asked("c", "Bearer wrong!"), 401);
  EXPECT_EQ(asked("c", "Bearer s3cret0"), 401);
  EXPECT_EQ(asked("c", "Bearer s3cret"), 200);
  EXPECT_EQ(asked("Mozilla/5.0", "Bearer s3cret"), 403);
}

TEST_F(ProxyApi, NotesWhoChangedWhatAndWhatWasRefused) {
  const scratch::Folder folder;
  Audit file(folder.file("log"));
  Api noted(proxies, file, "", "9.9");
  noted.answer({"POST", "/proxies", R"({"name": "db", "listen": "127.0.0.1:2", "upstream": "u:1"})", "curl", "", "127.0.0.1:5 uid 7"});
  noted.answer({"GET", "/proxies", "", "curl", "", "127.0.0.1:5 uid 7"});
  noted.answer({"POST", "/proxies/db/toxics", R"({"type": "latency", "ttl": 5})", "curl", "", "127.0.0.1:5 uid 7"});
  noted.answer({"DELETE", "/proxies/no\x1b[31m", "", "curl", "", "x"});
  hands.at.boot += 5'000'000;
  noted.expire();
  std::ifstream in(folder.file("log"));
  std::vector<json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0]["by"], "127.0.0.1:5 uid 7");
  EXPECT_EQ(lines[0]["what"], "POST /proxies");
  EXPECT_EQ(lines[0]["asked"]["upstream"], "u:1");
  EXPECT_EQ(lines[1]["status"], 200);
  EXPECT_EQ(lines[2]["status"], 404);
  EXPECT_EQ(lines[3]["toxic"], "latency_downstream");
  struct stat seen {};
  ASSERT_EQ(::stat(folder.file("log").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600u);
}

TEST_F(ProxyApi, ChangesNothingThatItCannotNoteButStillTakesToxicsAway) {
  Audit full("/dev/full");
  Api noted(proxies, full, "", "9.9");
  EXPECT_EQ(noted.answer({"POST", "/proxies", R"({"name": "db", "listen": "127.0.0.1:2", "upstream": "u:1"})", "", "", ""}).status, 201);  // found out with it
  EXPECT_EQ(noted.answer({"POST", "/proxies/db/toxics", R"({"type": "latency"})", "", "", ""}).status, 503);
  EXPECT_EQ(noted.answer({"POST", "/reset", "", "", "", ""}).status, 204);
  EXPECT_EQ(noted.answer({"DELETE", "/proxies/db", "", "", "", ""}).status, 204);
}

}  // namespace
}  // namespace muster::proxy
