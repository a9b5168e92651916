#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/agent/order_values.h"

namespace muster {
namespace {

using nlohmann::json;

json over_the_wire(const json& j) { return json::parse(j.dump()); }

TEST(AgentValues, FaultsOfEachKindComeBackAsTheyWent) {
  const muster::Run run{{"a", "b c"}, 2.5, {{"K", "v"}}}, usual{{"x"}, std::nullopt, {}};
  const std::vector<FaultSettings> all{
      ProcessFault{ProcessFault::Signal::stop, {"", "name", 3}, {"restart"}, true},
      FreezeFault{{"file.pid", "", 1}},
      PartitionFault{PartitionFault::How::reject, false, {"*", "host:1"}, 0.25},
      RegionDarkFault{"eu", true},
      BandwidthFault{"eth0", 1e6},
      DelayFault{"eth0", 0.1, 0.01},
      CpuFault{0.5},
      MemoryFault{1e6, std::nullopt},
      MemoryFault{std::nullopt, 0.5},
      DiskFault{"/srv", std::nullopt, 0.9, 0.05},
      CommandFault{run, usual, run},
      EndpointOutageFault{EndpointOutageFault::How::http_503, EndpointOutageFault::Shape::throttling, {"*.example", "10.9.1.0/24"}, {"aws eu s3"}, 0.5, 1.5, false, true, true, false, {443}, "127.0.0.1:3128"},
      DnsFault{DnsFault::Answer::address, {".lab"}, "fd00::1", 0.5, 0.25},
      ProxyFault{{"db.lab:5432", "[fd00::1]:1"}, {{PathToxic::Kind::slicer, true, 0.5, 1e-3, 0, 0, 64, 16}, {PathToxic::Kind::bandwidth, false, 1, 0, 0, 1e5, 0, 0}}, false, "127.0.0.1:1"},
  };
  std::set<std::size_t> kinds;
  for (const FaultSettings& settings : all) kinds.insert(settings.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<FaultSettings>);
  for (const FaultSettings& settings : all) {
    const FaultPlan fault{"name", "target", settings, -1.5, 12.0, {}};
    EXPECT_EQ(fault_from_json(over_the_wire(fault_to_json(fault))), fault) << kind_of(settings);
  }
}

TEST(AgentValues, ProbesOfEachKindComeBackAsTheyWent) {
  const std::vector<Check> all{HttpProbe{"http://a", "POST", {{"H", "v"}}, {200, 204}, "re", {{"/a", ">=", "2"}}, 0.5}, TcpProbe{"h", 80}, DnsProbe{"n", "AAAA", "1.1.1.1", {"a"}},
                               CommandProbe{{"test", "-e"}, 1, "out", "re"}, PostgresProbe{"dsn", "q", "v", ">"}, PrometheusProbe{"u", "q", "<", "1"}};
  ASSERT_EQ(all.size(), std::variant_size_v<Check>);
  for (const Check& check : all) {
    const Probe probe{"name", check, {}, 0.1, 2, 3, 4};
    EXPECT_EQ(probe_from_json(over_the_wire(probe_to_json(probe))), probe) << check.index();
  }
}

TEST(AgentValues, EachSideOfACanaryComesBackAndTheOtherStaysHere) {
  Canary canary{Canary::Kind::postgres, "db", "host=a password=one", "host=b password=two", {}, {}, 0.02, {}, {}, "marks"};
  const json writes = over_the_wire(canary_to_json(canary, CanarySide::writes));
  EXPECT_EQ(writes.dump().find("two"), std::string::npos) << "whoever writes needs not what is read from";
  EXPECT_EQ(canary_from_json(writes).writes, canary.writes);
  EXPECT_EQ(canary_from_json(writes).every, canary.every);
  EXPECT_EQ(canary_from_json(writes).table, canary.table);
  EXPECT_EQ(canary_from_json(over_the_wire(canary_to_json(canary, CanarySide::reads))).reads, canary.reads);
  canary.kind = Canary::Kind::command;
  canary.read = {"cat", "it"};
  EXPECT_EQ(canary_from_json(over_the_wire(canary_to_json(canary, CanarySide::reads))).read, canary.read);
  EXPECT_THROW(canary_from_json(canary_to_json(canary, CanarySide::writes)), std::invalid_argument) << "it has nothing to run";
  for (const char* key : {"kind", "of", "argv", "every", "table"}) {
    json wrong = canary_to_json(canary, CanarySide::reads);
    wrong.erase(key);
    EXPECT_THROW(canary_from_json(wrong), std::invalid_argument) << key;
  }
  canary.every = 1e-6;
  EXPECT_THROW(canary_from_json(canary_to_json(canary, CanarySide::reads)), std::invalid_argument);
}

TEST(AgentValues, CommandsAndResultsComeBackAsTheyWent) {
  CommandSettings settings;
  settings.argv = {"a", "b"};
  settings.env = {{"K", "v"}};
  settings.timeout = HUGE_VAL;
  settings.keep_output = false;
  const CommandSettings back = command_from_json(over_the_wire(command_to_json(settings)));
  EXPECT_EQ(back.argv, settings.argv);
  EXPECT_EQ(back.env, settings.env);
  EXPECT_EQ(back.timeout, settings.timeout);
  EXPECT_FALSE(back.keep_output);
  CommandResult result{CommandResult::End::signalled, 9, "tail", "out", "", 1.5};
  const CommandResult same = result_from_json(over_the_wire(result_to_json(result)));
  EXPECT_EQ(same.end, result.end);
  EXPECT_EQ(same.status, 9);
  EXPECT_EQ(same.tail, "tail");
}

TEST(AgentValues, WhatIsNoneIsRefusedWithASentence) {
  EXPECT_THROW(fault_from_json(json::object()), std::invalid_argument);
  EXPECT_THROW(fault_from_json({{"name", "x"}, {"on", "t"}, {"kind", "nuke"}, {"settings", {}}, {"after", 0}, {"lasts", "none"}}), std::invalid_argument);
  EXPECT_THROW(fault_from_json({{"name", "x"}, {"on", "t"}, {"kind", "partition"}, {"settings", {7, true, json::array(), 1}}, {"after", 0}, {"lasts", "none"}}), std::invalid_argument);
  const auto changed = [](const FaultSettings& settings, const char* key, json value) {
    json j = fault_to_json({"x", "t", settings, 0, {}, {}});
    j["settings"][key] = std::move(value);
    return j;
  };
  EndpointOutageFault dark;
  dark.hosts = {"a.example"};
  DnsFault names;
  names.names = {"a.example"};
  ProxyFault way;
  way.upstream = {"a.example:1"};
  way.toxics = {PathToxic{}};
  for (const json& wrong : {changed(dark, "how", 9), changed(dark, "share", 0), changed(dark, "slow", -1), changed(dark, "hosts", {"a b"}), changed(dark, "ports", {70000}), changed(dark, "listen", "a.example:1"),
                            changed(names, "answer", 9), changed(names, "names", {"10.0.0.0/8"}), changed(names, "answer", 3), changed(way, "upstream", {"nowhere"}), changed(way, "upstream", json::array()),
                            changed(way, "toxics", json::array()), changed(way, "toxics", {{{"kind", 0}}}), changed(way, "listen", "x:1")})
    EXPECT_THROW(fault_from_json(over_the_wire(wrong)), std::invalid_argument) << wrong;
  EXPECT_THROW(command_from_json({{"argv", json::array()}, {"timeout", 1}, {"env", json::object()}, {"keep-output", true}}), std::invalid_argument);
  EXPECT_THROW(command_from_json({{"argv", {"x"}}, {"timeout", -1}, {"env", json::object()}, {"keep-output", true}}), std::invalid_argument);
  json probe = probe_to_json({"p", TcpProbe{"h", 1}, {}, 1, 1, 1, 1});
  probe["every"] = 0;
  EXPECT_THROW(probe_from_json(probe), std::invalid_argument);
  EXPECT_THROW(sample_from_json(json::array({1})), std::invalid_argument);
}

}  // namespace
}  // namespace muster
