#include <algorithm>
#include <stdexcept>

#include "models/decode.h"
#include "models/decode_exercise.h"
#include "models/exercise_shape.h"
#include "models/scalars.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

/// From where the file stands: the keeper, who acts later, is somewhere else.
std::string path_field(const View& map, std::string_view key, const ExerciseDecoding& decoding) {
  std::string path = text_field(map, key);
  return path.empty() || path[0] == '/' ? path : decoding.folder + "/" + path;
}

Match decode_match(const View& value, const ExerciseDecoding& decoding) {
  Match match{path_field(value, "pid-file", decoding), text_field(value, "match")};
  match.at_most = static_cast<int>(std::clamp(number_field(value, "at-most").value_or(1), 1.0, 1000.0));
  return match;
}

ProcessFault decode_process(const View& value, ExerciseDecoding& decoding) {
  ProcessFault fault;
  const std::string signal = text_field(value, "signal");
  fault.signal = signal == "stop"   ? ProcessFault::Signal::stop
                 : signal == "term" ? ProcessFault::Signal::terminate
                                    : ProcessFault::Signal::kill;
  fault.match = decode_match(value, decoding);
  fault.restart = argv_field(value, "restart", decoding);
  fault.supervised = text_field(value, "restarted-by") == "supervisor";
  const bool ends = fault.signal != ProcessFault::Signal::stop,
             back = field(value, "restart") || fault.supervised;
  if (ends && !back)
    decoding.findings.error_at_key(value,
                                   "what is ended must come back: the key 'restart' is missing, such as "
                                   "restart: [./start-db], or restarted-by: supervisor");
  if (!ends && back)
    decoding.findings.error_at_key(
        value,
        "a stopped process goes on by itself when it is undone; leave `restart` and `restarted-by` away");
  return fault;
}

// "*", a network, ":port", "host:port", a target's name, or a host's, which has a dot in it: a word without
// one is a target.
std::string decode_peer(const View& value, ExerciseDecoding& decoding) {
  const std::string& text = value->text;
  if (text == "*" || is_network(text) || !decoding.findings.clean(value.pointer())) return text;
  auto port = [&](std::string_view digits) {
    try {
      parse_host_and_port("a:" + std::string(digits));
      return true;
    } catch (const std::invalid_argument&) {
      return false;
    }
  };
  if (port(text)) return ":" + text;
  if (text[0] == ':' && port(std::string_view(text).substr(1))) return text;
  if (text.find(':') != text.npos) {
    try {
      parse_host_and_port(text);
    } catch (const std::invalid_argument& wrong) {
      decoding.findings.error(value, wrong.what());
    }
    return text;
  }
  if (text.find('.') == text.npos) {
    expect_name(value, text, decoding.targets, decoding.findings);
  } else if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
                 text.npos ||
             text.find_first_not_of("0123456789.") == text.npos) {
    decoding.findings.error(
        value,
        in_quotes(text) +
            " is no host and no network; expected \"*\", a target, a host, a network, a port or host:port");
  }
  return text;
}

PartitionFault decode_partition(const View& value, ExerciseDecoding& decoding) {
  PartitionFault fault;
  fault.inbound = field(value, "from").has_value();
  if (auto peers = field(value, fault.inbound ? "from" : "to")) {
    if ((*peers)->is_scalar()) fault.peers.push_back(decode_peer(*peers, decoding));
    each_item(*peers, [&](const View& item) {
      if (item->is_scalar()) fault.peers.push_back(decode_peer(item, decoding));
    });
  }
  if (text_field(value, "how") == "reject") fault.how = PartitionFault::How::reject;
  fault.share = probability_field(value, "share").value_or(1);
  if (fault.share <= 0)
    decoding.findings.error(*field(value, "share"),
                            "a share of nothing cuts nothing off; expected more than 0%");
  return fault;
}

RegionDarkFault decode_region_dark(const View& value, ExerciseDecoding& decoding) {
  RegionDarkFault fault{text_field(value, "region"), text_field(value, "from") == "all"};
  if (auto region = field(value, "region"))
    expect_name(*region, fault.region, decoding.regions, decoding.findings);
  return fault;
}

/// A size, or a share that is less than all.
void decode_fill(const View& value, std::optional<double>& bytes, std::optional<double>& share,
                 ExerciseDecoding& decoding) {
  auto fill = field(value, "fill");
  if (!fill || !(*fill)->is_scalar() || !decoding.findings.clean((*fill).pointer())) return;
  try {
    bytes = parse_size((*fill)->text);
  } catch (const std::invalid_argument&) {
    share = probability_field(value, "fill");
  }
  if (bytes.value_or(1) <= 0 || share.value_or(1) <= 0)
    decoding.findings.error(*fill, "nothing to fill; expected more than 0");
}

CpuFault decode_cpu(const View& value, ExerciseDecoding& decoding) {
  CpuFault fault{probability_field(value, "load").value_or(1)};
  if (fault.load <= 0)
    decoding.findings.error(*field(value, "load"), "no load at all; expected more than 0%");
  return fault;
}

MemoryFault decode_memory(const View& value, ExerciseDecoding& decoding) {
  MemoryFault fault;
  decode_fill(value, fault.bytes, fault.share, decoding);
  return fault;
}

DiskFault decode_disk(const View& value, ExerciseDecoding& decoding) {
  DiskFault fault;
  fault.path = path_field(value, "path", decoding);
  decode_fill(value, fault.bytes, fault.share, decoding);
  fault.keep = probability_field(value, "keep").value_or(0.05);
  return fault;
}

BandwidthFault decode_bandwidth(const View& value) {
  return {text_field(value, "dev"), quantity_field(value, "rate", parse_rate).value_or(0)};
}

DelayFault decode_delay(const View& value) {
  return {text_field(value, "dev"), quantity_field(value, "delay", parse_duration).value_or(0),
          quantity_field(value, "jitter", parse_duration).value_or(0)};
}

CommandFault decode_command(const View& value, ExerciseDecoding& decoding) {
  auto run = [&](const char* key) { return run_field(value, key, decoding).value_or(Run()); };
  return {run("do"), run("undo"), run("check")};
}

FaultSettings decode_settings(const View& value, ExerciseDecoding& decoding) {
  if (auto at = field(value, "process")) return decode_process(*at, decoding);
  if (auto at = field(value, "freeze")) return FreezeFault{decode_match(*at, decoding)};
  if (auto at = field(value, "partition")) return decode_partition(*at, decoding);
  if (auto at = field(value, "region-dark")) return decode_region_dark(*at, decoding);
  if (auto at = field(value, "bandwidth")) return decode_bandwidth(*at);
  if (auto at = field(value, "delay")) return decode_delay(*at);
  if (auto at = field(value, "cpu")) return decode_cpu(*at, decoding);
  if (auto at = field(value, "memory")) return decode_memory(*at, decoding);
  if (auto at = field(value, "disk")) return decode_disk(*at, decoding);
  if (auto at = field(value, "command")) return decode_command(*at, decoding);
  if (auto at = field(value, "endpoint-outage")) return decode_endpoint_outage(*at, decoding);
  if (auto at = field(value, "dns")) return decode_dns_fault(*at, decoding);
  if (auto at = field(value, "proxy")) return decode_proxy_fault(*at, decoding);
  return {};
}

}  // namespace

FaultPlan decode_fault(const View& value, ExerciseDecoding& decoding) {
  FaultPlan fault;
  fault.name = value.key;
  fault.settings = decode_settings(value, decoding);
  fault.on = text_field(value, "on");
  if (auto on = field(value, "on")) expect_name(*on, fault.on, decoding.targets, decoding.findings);
  const bool everywhere = std::holds_alternative<RegionDarkFault>(fault.settings);
  if (!everywhere && !field(value, "on") && value->kind == Node::Kind::map)
    decoding.findings.error_at_key(value, "the key 'on' is missing; expected the name of a target");
  fault.after = quantity_field(value, "after", parse_duration).value_or(0);
  if (auto before = quantity_field(value, "before", parse_duration)) {
    if (field(value, "after"))
      decoding.findings.error(*field(value, "before"), "either `before` or `after`: it begins only once");
    fault.after = -*before;
  }
  fault.lasts = quantity_field(value, "lasts", parse_duration);
  fault.before_undo = run_field(value, "before-undo", decoding);
  return fault;
}

}  // namespace muster
