#include "exercise/agent/order_values.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>

#include "exercise/edge/fault_words.h"

namespace muster {
namespace {

using nlohmann::json;

json number(double value) { return std::isfinite(value) ? json(value) : json(); }
double number_from(const json& j) { return j.is_null() ? HUGE_VAL : j.get<double>(); }
json maybe(const std::optional<double>& value) { return value ? number(*value) : json("none"); }
std::optional<double> maybe_from(const json& j) { return j == "none" ? std::nullopt : std::optional(number_from(j)); }

// An enumeration by its number, which must be one that it has.
template <typename Enum>
Enum one_of(const json& j, Enum last) {
  const int value = j.get<int>();
  if (value < 0 || value > static_cast<int>(last)) throw std::invalid_argument("a value that is none of its kind");
  return static_cast<Enum>(value);
}

json of(const Run& run) { return {{"argv", run.argv}, {"timeout", maybe(run.timeout)}, {"env", run.env}}; }
Run run_from(const json& j) { return {j.at("argv").get<Argv>(), maybe_from(j.at("timeout")), j.at("env").get<std::map<std::string, std::string>>()}; }
json of(const Match& match) { return {match.pid_file, match.pattern, match.at_most}; }
Match match_from(const json& j) { return {j.at(0), j.at(1), j.at(2)}; }

json of(const ProcessFault& f) { return {static_cast<int>(f.signal), of(f.match), f.restart, f.supervised}; }
json of(const FreezeFault& f) { return of(f.match); }
json of(const PartitionFault& f) { return {static_cast<int>(f.how), f.inbound, f.peers, f.share}; }
json of(const RegionDarkFault& f) { return {f.region, f.from_all}; }
json of(const BandwidthFault& f) { return {f.dev, f.rate}; }
json of(const DelayFault& f) { return {f.dev, f.delay, f.jitter}; }
json of(const CpuFault& f) { return f.load; }
json of(const MemoryFault& f) { return {maybe(f.bytes), maybe(f.share)}; }
json of(const DiskFault& f) { return {f.path, maybe(f.bytes), maybe(f.share), f.keep}; }
json of(const CommandFault& f) { return {of(f.apply), of(f.undo), of(f.check)}; }
json of(const EndpointOutageFault& f) { return to_json(f); }
json of(const DnsFault& f) { return to_json(f); }
json of(const ProxyFault& f) { return to_json(f); }

FaultSettings settings_from(const std::string& kind, const json& j) {
  if (kind == "process") return ProcessFault{one_of(j.at(0), ProcessFault::Signal::stop), match_from(j.at(1)), j.at(2).get<Argv>(), j.at(3)};
  if (kind == "freeze") return FreezeFault{match_from(j)};
  if (kind == "partition") return PartitionFault{one_of(j.at(0), PartitionFault::How::reject), j.at(1), j.at(2).get<std::vector<std::string>>(), j.at(3)};
  if (kind == "region-dark") return RegionDarkFault{j.at(0), j.at(1)};
  if (kind == "bandwidth") return BandwidthFault{j.at(0), j.at(1)};
  if (kind == "delay") return DelayFault{j.at(0), j.at(1), j.at(2)};
  if (kind == "cpu") return CpuFault{j.get<double>()};
  if (kind == "memory") return MemoryFault{maybe_from(j.at(0)), maybe_from(j.at(1))};
  if (kind == "disk") return DiskFault{j.at(0), maybe_from(j.at(1)), maybe_from(j.at(2)), j.at(3)};
  if (kind == "endpoint-outage") return endpoint_outage_from_json(j);
  if (kind == "dns") return dns_fault_from_json(j);
  if (kind == "proxy") return proxy_fault_from_json(j);
  if (kind == "command") return CommandFault{run_from(j.at(0)), run_from(j.at(1)), run_from(j.at(2))};
  throw std::invalid_argument("a fault of a kind that is not known here: " + kind.substr(0, 40));
}

json of(const HttpProbe& p) {
  json tests = json::array();
  for (const JsonTest& test : p.json) tests.push_back({test.pointer, test.op, test.value});
  return {p.url, p.method, p.headers, p.status, p.body, tests, maybe(p.latency)};
}
json of(const TcpProbe& p) { return {p.host, p.port}; }
json of(const DnsProbe& p) { return {p.name, p.type, p.server, p.answer}; }
json of(const CommandProbe& p) { return {p.argv, p.exit, p.stdout_is, p.stdout_matches}; }
json of(const PostgresProbe& p) { return {p.dsn, p.query, p.value, p.op}; }
json of(const PrometheusProbe& p) { return {p.url, p.query, p.op, p.value}; }

Check check_from(std::size_t kind, const json& j) {
  switch (kind) {
    case 0: {
      HttpProbe p{j.at(0), j.at(1), j.at(2).get<std::map<std::string, std::string>>(), j.at(3).get<std::vector<int>>(), j.at(4), {}, maybe_from(j.at(6))};
      for (const json& test : j.at(5)) p.json.push_back({test.at(0), test.at(1), test.at(2)});
      return p;
    }
    case 1:
      return TcpProbe{j.at(0), j.at(1)};
    case 2:
      return DnsProbe{j.at(0), j.at(1), j.at(2), j.at(3).get<std::vector<std::string>>()};
    case 3:
      return CommandProbe{j.at(0).get<Argv>(), j.at(1), j.at(2), j.at(3)};
    case 4:
      return PostgresProbe{j.at(0), j.at(1), j.at(2), j.at(3)};
    case 5:
      return PrometheusProbe{j.at(0), j.at(1), j.at(2), j.at(3)};
    default:
      throw std::invalid_argument("a probe of a kind that is not known here");
  }
}

// What is wrong with what the other side sent is its fault, and no bug of ours.
template <typename Read>
auto read(const char* what, Read read_it) -> decltype(read_it()) {
  try {
    return read_it();
  } catch (const json::exception& error) {
    throw std::invalid_argument(std::string("not ") + what + ": " + error.what());
  }
}

}  // namespace

json target_to_json(const Target& t) { return {{"name", t.name}, {"netns", t.netns}, {"agent", t.agent}, {"region", t.region}, {"addresses", t.addresses}}; }

Target target_from_json(const json& j) {
  return read("a target", [&] { return Target{j.at("name"), j.at("netns"), j.at("agent"), j.at("region"), j.at("addresses").get<std::vector<std::string>>()}; });
}

json fault_to_json(const FaultPlan& fault) {
  return {{"name", fault.name},   {"on", fault.on},           {"kind", kind_of(fault.settings)}, {"settings", std::visit([](const auto& one) { return of(one); }, fault.settings)},
          {"after", fault.after}, {"lasts", maybe(fault.lasts)}};
}

FaultPlan fault_from_json(const json& j) {
  return read("a fault", [&] {
    return FaultPlan{j.at("name"), j.at("on"), settings_from(j.at("kind"), j.at("settings")), j.at("after"), maybe_from(j.at("lasts")), {}};
  });
}

json probe_to_json(const Probe& probe) {
  return {{"name", probe.name},       {"kind", probe.check.index()}, {"check", std::visit([](const auto& one) { return of(one); }, probe.check)},
          {"every", probe.every},     {"timeout", probe.timeout},    {"passes", probe.passes},
          {"failures", probe.failures}};
}

Probe probe_from_json(const json& j) {
  return read("a probe", [&] {
    Probe probe{j.at("name"), check_from(j.at("kind").get<std::size_t>(), j.at("check")), {}, j.at("every"), j.at("timeout"), j.at("passes"), j.at("failures")};
    if (!(probe.every >= 0.001) || !(probe.timeout > 0) || !(probe.timeout < 1e6)) throw std::invalid_argument("a probe that looks too often, or for too long");
    return probe;
  });
}

json command_to_json(const CommandSettings& command) {
  return {{"argv", command.argv}, {"timeout", number(command.timeout)}, {"env", command.env}, {"keep-output", command.keep_output}};
}

CommandSettings command_from_json(const json& j) {
  return read("a command", [&] {
    CommandSettings command;
    command.argv = j.at("argv").get<Argv>();
    command.timeout = number_from(j.at("timeout"));
    command.env = j.at("env").get<std::map<std::string, std::string>>();
    command.keep_output = j.at("keep-output");
    if (command.argv.empty() || std::isnan(command.timeout) || command.timeout <= 0) throw std::invalid_argument("a command without a program, or without time");
    return command;
  });
}

json result_to_json(const CommandResult& result) {
  return {{"end", static_cast<int>(result.end)}, {"status", result.status}, {"tail", result.tail}, {"out", result.out}, {"why", result.why}, {"seconds", result.seconds}};
}

CommandResult result_from_json(const json& j) {
  return read("a command's result", [&] {
    return CommandResult{one_of(j.at("end"), CommandResult::End::not_started), j.at("status"), j.at("tail"), j.at("out"), j.at("why"), j.at("seconds")};
  });
}

json sample_to_json(const Sample& sample) {
  return {moment_to_json(sample.due), moment_to_json(sample.began), moment_to_json(sample.ended), static_cast<int>(sample.verdict), sample.what};
}

Sample sample_from_json(const json& j) {
  return read("a sample", [&] {
    return Sample{moment_from_json(j.at(0)), moment_from_json(j.at(1)), moment_from_json(j.at(2)), one_of(j.at(3), Sample::Verdict::unknown), j.at(4)};
  });
}

json canary_to_json(const Canary& canary, CanarySide side) {
  const bool writes = side == CanarySide::writes;
  return {{"kind", static_cast<int>(canary.kind)}, {"of", writes ? canary.writes : canary.reads}, {"argv", writes ? canary.write : canary.read},
          {"every", canary.every},                 {"table", canary.table}};
}

Canary canary_from_json(const json& j) {
  return read("a canary", [&] {
    Canary canary;
    canary.kind = one_of(j.at("kind"), Canary::Kind::command);
    canary.writes = canary.reads = j.at("of").get<std::string>();
    canary.write = canary.read = j.at("argv").get<Argv>();
    canary.every = j.at("every");
    canary.table = j.at("table");
    const bool command = canary.kind == Canary::Kind::command;
    if (command ? canary.write.empty() : canary.writes.empty()) throw std::invalid_argument("a canary that says not where to");
    if (!(canary.every >= 0.001) || !(canary.every < 1e6)) throw std::invalid_argument("a canary that writes too often, or never");
    return canary;
  });
}

json planned_to_json(const PlannedEffect& planned) { return {planned.does, planned.undone_by, planned.by_hand}; }

PlannedEffect planned_from_json(const json& j) {
  return read("what is planned", [&] {
    PlannedEffect planned;
    planned.does = j.at(0).get<std::vector<std::string>>();
    planned.undone_by = j.at(1).get<std::vector<std::string>>();
    planned.by_hand = j.at(2).get<std::vector<std::string>>();
    return planned;
  });
}

json moment_to_json(const Moment& moment) { return {moment.boot, moment.wall}; }
Moment moment_from_json(const json& j) {
  return read("an instant", [&] { return Moment{j.at(0).get<std::int64_t>(), j.at(1).get<std::int64_t>()}; });
}

}  // namespace muster
