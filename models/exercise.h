#pragma once
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/load.h"
#include "models/scenario.h"

/// An exercise file as plain values: what it binds a scenario's plan to, and what it breaks.
///
/// Durations are seconds, rates bytes per second, sizes bytes, shares fractions. The loader has proved that every
/// name is defined: targets, probes, services, regions, faults, and that each step is the plan's.
namespace muster {

using Argv = std::vector<std::string>;  ///< a program and its arguments; never a shell string

/// Where something is done or looked from: a target by name, a network namespace, or (both empty) this machine's own.
struct Where {
  std::string target, netns;
  friend bool operator==(const Where&, const Where&) = default;
};

struct Target {
  std::string name;
  std::string netns;   ///< of a local target; empty: this machine's own network
  std::string agent;   ///< host:port of another host's agent; empty: local
  std::string region;  ///< may be empty
  std::vector<std::string> addresses;  ///< networks, IPv4 or IPv6, with or without prefix
  friend bool operator==(const Target&, const Target&) = default;
};

/// A command with its bounds. An absent timeout is 30 s.
struct Run {
  Argv argv;
  std::optional<double> timeout;
  std::map<std::string, std::string> env;
  friend bool operator==(const Run&, const Run&) = default;
};

// ---- probes

/// Compares what a JSON pointer finds; `op` is one of == != < <= > >= ~ (a regular expression).
struct JsonTest {
  std::string pointer, op, value;  ///< value: as JSON text
  friend bool operator==(const JsonTest&, const JsonTest&) = default;
};
struct HttpProbe {
  std::string url, method = "GET";
  std::map<std::string, std::string> headers;
  std::vector<int> status{200};        ///< any of them
  std::string body;                    ///< ECMAScript regular expression that the body matches somewhere; empty: any
  std::vector<JsonTest> json;
  std::optional<double> latency;       ///< at most
  friend bool operator==(const HttpProbe&, const HttpProbe&) = default;
};
struct TcpProbe {
  std::string host;
  int port = 0;
  friend bool operator==(const TcpProbe&, const TcpProbe&) = default;
};
struct DnsProbe {
  std::string name, type = "A";
  std::string server;                  ///< address[:port]; empty: the resolver of where it looks from
  std::vector<std::string> answer;     ///< all of them among the answers; empty: any answer
  friend bool operator==(const DnsProbe&, const DnsProbe&) = default;
};
struct CommandProbe {
  Argv argv;
  int exit = 0;
  std::string stdout_is;               ///< without the newline at its end; empty: not looked at
  std::string stdout_matches;          ///< regular expression; empty: not looked at
  friend bool operator==(const CommandProbe&, const CommandProbe&) = default;
};
struct PostgresProbe {
  std::string dsn, query = "select 1";
  std::string value;                   ///< of the first column of the first row; empty: any row
  std::string op = "==";               ///< as in JsonTest
  friend bool operator==(const PostgresProbe&, const PostgresProbe&) = default;
};
struct PrometheusProbe {
  std::string url, query;              ///< instant query; every element of a non-empty vector (or the scalar) must pass
  std::string op, value;
  friend bool operator==(const PrometheusProbe&, const PrometheusProbe&) = default;
};
using Check = std::variant<HttpProbe, TcpProbe, DnsProbe, CommandProbe, PostgresProbe, PrometheusProbe>;

struct Probe {
  std::string name;
  Check check;
  Where from;
  double every = 1, timeout = 5;
  int passes = 1, failures = 1;        ///< samples in a row before it counts as up, as down
  friend bool operator==(const Probe&, const Probe&) = default;
};

/// What probes say together. A leaf names a probe; an error or no answer is unknown: never true, never false.
struct Condition {
  enum class Kind { probe, negation, all, any } kind = Kind::probe;
  std::string probe;
  std::vector<Condition> of;           ///< one for a negation
  double holds_for = 0;                ///< `for`: without a break, this long
  friend bool operator==(const Condition&, const Condition&) = default;
};

// ---- faults

/// Processes of the target, by a pid file or by a regular expression over their command lines.
struct Match {
  std::string pid_file, pattern;
  int at_most = 1;
  friend bool operator==(const Match&, const Match&) = default;
};
struct ProcessFault {
  enum class Signal { kill, terminate, stop } signal = Signal::kill;
  Match match;
  Argv restart;                        ///< empty: none
  bool supervised = false;             ///< `restarted-by: supervisor`
  friend bool operator==(const ProcessFault&, const ProcessFault&) = default;
};
struct FreezeFault {
  Match match;
  friend bool operator==(const FreezeFault&, const FreezeFault&) = default;
};
struct PartitionFault {
  enum class How { drop, reject } how = How::drop;
  bool inbound = true;                 ///< `from`; else `to`
  std::vector<std::string> peers;      ///< "*", targets by name, hosts, networks, ":port" or "host:port"
  double share = 1;
  friend bool operator==(const PartitionFault&, const PartitionFault&) = default;
};
struct RegionDarkFault {
  std::string region;
  bool from_all = false;               ///< else from the other targets only
  friend bool operator==(const RegionDarkFault&, const RegionDarkFault&) = default;
};
struct BandwidthFault {
  std::string dev;
  double rate = 0;
  friend bool operator==(const BandwidthFault&, const BandwidthFault&) = default;
};
struct DelayFault {
  std::string dev;
  double delay = 0, jitter = 0;
  friend bool operator==(const DelayFault&, const DelayFault&) = default;
};
struct CpuFault {
  double load = 0;                     ///< share of the target's cores, (0, 1]
  friend bool operator==(const CpuFault&, const CpuFault&) = default;
};
struct MemoryFault {
  std::optional<double> bytes, share;  ///< exactly one: of the machine's memory
  friend bool operator==(const MemoryFault&, const MemoryFault&) = default;
};
struct DiskFault {
  std::string path;                    ///< a folder on the file system to fill
  std::optional<double> bytes, share;  ///< exactly one: of the file system's size in use when it is in effect
  double keep = 0.05;                  ///< share that stays free in any case
  friend bool operator==(const DiskFault&, const DiskFault&) = default;
};
struct CommandFault {
  Run apply, undo, check;              ///< keys `do`, `undo`, `check`
  friend bool operator==(const CommandFault&, const CommandFault&) = default;
};
/// Endpoints of others that fail, by the names that connections ask for.
struct EndpointOutageFault {
  enum class How { refuse, reset, hang, http_503, slow } how = How::refuse;
  enum class Shape { unavailable, throttling, internal_error } shape = Shape::unavailable;  ///< of an answer to plain HTTP
  std::vector<std::string> hosts;      ///< patterns (host_pattern.h), addresses and networks; the catalogue's too
  std::vector<std::string> named;      ///< what of them the catalogue gave: "aws us-east-1 dynamodb"
  double share = 1;                    ///< of connections
  double slow = 0;                     ///< seconds: answers come so much later, or the failure does
  bool cut_existing = true;            ///< connections from before are reset
  bool fail_unnamed = false;           ///< `no-sni`: what names no host fails too
  bool fail_encrypted = false;         ///< `ech`: what may hide its host fails too
  bool refuse_quic = true;             ///< datagrams to port 443 are refused, so that clients take TCP
  std::vector<int> ports{80, 443};     ///< from which connections are led away
  std::string listen;                  ///< address:port at which it is a proxy too; empty: nowhere
  friend bool operator==(const EndpointOutageFault&, const EndpointOutageFault&) = default;
};
/// Names that resolve wrongly.
struct DnsFault {
  enum class Answer { servfail, nxdomain, hang, address, stale, truth } answer = Answer::truth;
  std::vector<std::string> names;      ///< patterns
  std::string address;                 ///< of Answer::address
  double slow = 0;                     ///< seconds by which answers come later
  double share = 1;                    ///< of questions
  friend bool operator==(const DnsFault&, const DnsFault&) = default;
};
/// One thing that is wrong with connections, in one direction; what is not its kind's is nought.
struct PathToxic {
  enum class Kind { latency, bandwidth, slow_close, timeout, reset_peer, slicer, limit_data } kind = Kind::latency;
  bool upstream = false;               ///< what clients send; else what they get
  double share = 1;                    ///< of connections
  double time = 0;                     ///< seconds: `latency`; `delay` of slow_close and slicer; `timeout` of the two that have one
  double jitter = 0;                   ///< seconds, of latency
  double rate = 0;                     ///< bytes a second, of bandwidth
  double size = 0, variation = 0;      ///< bytes: of a slice, of what limit_data lets pass
  friend bool operator==(const PathToxic&, const PathToxic&) = default;
};
/// A way to somebody, host:port, on which connections are slow, narrow, cut in pieces, reset or silent.
struct ProxyFault {
  std::vector<std::string> upstream;   ///< one alone beside `listen`
  std::vector<PathToxic> toxics;       ///< met in this order, each direction by itself
  bool cut_existing = true;            ///< connections from before are reset
  std::string listen;                  ///< address:port at which it is a proxy too; empty: nowhere
  friend bool operator==(const ProxyFault&, const ProxyFault&) = default;
};
using FaultSettings = std::variant<ProcessFault, FreezeFault, PartitionFault, RegionDarkFault, BandwidthFault, DelayFault,
                                   CpuFault, MemoryFault, DiskFault, CommandFault, EndpointOutageFault, DnsFault, ProxyFault>;

/// The kind's word in the file ("region-dark"), in guards and in records.
std::string kind_of(const FaultSettings& settings);

struct FaultPlan {
  std::string name;
  std::string on;                      ///< a target; for region-dark it may be empty: all of the region's
  FaultSettings settings;
  double after = 0;                    ///< since the outage's first effect; negative (`before` in the file): it sets the scene, and the
                                       ///< outage's time counts from the first fault that is not negative
  std::optional<double> lasts;         ///< absent: until the exercise ends its faults
  std::optional<Run> before_undo;
  friend bool operator==(const FaultPlan&, const FaultPlan&) = default;
};

// ---- the plan's steps, and the whole

struct Binding {
  std::string step;
  Where on;
  std::optional<Run> run;              ///< at most one of run, until and ask
  std::optional<Condition> until;
  std::string ask;
  std::optional<double> deadline;      ///< of until and ask; absent: the exercise's limit
  std::optional<Run> undo;
  bool keep_output = true;             ///< `output: none`
  friend bool operator==(const Binding&, const Binding&) = default;
};

/// Sequence-stamped writes into, and their reading back from, where the data live.
struct Canary {
  enum class Kind { postgres, http, command } kind = Kind::postgres;
  std::string service;
  std::string writes, reads;           ///< DSN, or URL in which {seq} stands for the number
  Argv write, read;                    ///< of a command: MUSTER_SEQ in its environment; read prints one number a line
  double every = 1;
  Where writes_from, reads_from;
  std::string table = "muster_canary"; ///< of postgres; made if it is missing
  friend bool operator==(const Canary&, const Canary&) = default;
};

struct Blackout {
  double from = 0, to = 0;             ///< seconds since 1970-01-01T00:00Z
  std::string why;
  friend bool operator==(const Blackout&, const Blackout&) = default;
};

struct ServiceProbe {
  std::string service;
  Condition up;
  friend bool operator==(const ServiceProbe&, const ServiceProbe&) = default;
};

struct Exercise {
  /// incident: no exercise, but a real recovery; no faults, and no guard on the environment.
  enum class Kind { tabletop, functional, full_scale, incident } kind = Kind::functional;
  std::string title, file, folder;     ///< folder: where relative paths and commands start
  std::string sha256;                  ///< of the file's bytes
  std::string scenario_file, outage, environment;
  std::map<std::string, std::vector<std::string>> people;  ///< by role
  std::vector<Blackout> not_during;
  double limit = 0;
  std::vector<Target> targets;
  std::vector<ServiceProbe> services;
  std::vector<std::string> struck;     ///< resolved: services and regions that only-if sees as struck
  std::vector<Probe> probes;
  std::vector<Condition> steady_state;
  std::string recovered_service;       ///< of recovered-when; empty: none given
  std::optional<Condition> recovered;
  std::vector<std::pair<std::string, Condition>> stop_when;
  std::optional<Canary> canary;
  std::vector<FaultPlan> faults;
  std::vector<Binding> steps;
  std::optional<Run> afterwards;
  Where afterwards_on;
  std::vector<std::string> secrets;    ///< names of environment variables whose values are masked in all that is written

  const Target* target(const std::string& name) const;
  const Probe* probe(const std::string& name) const;
  const Binding* binding(const std::string& step) const;
};

/// An exercise and the scenario that it performs.
struct LoadedExercise {
  Exercise exercise;
  Scenario scenario;                   ///< as the exercise's outage sees it
  std::vector<Problem> warnings{};     ///< steps asked for by hand, what is not done yet, …
};

}  // namespace muster
