#include "exercise/faults/cut_rules.h"

#include <algorithm>
#include <cmath>

#include "exercise/faults/networks.h"

namespace muster {
namespace {

// Packets on their way to be swallowed are told from loopback's own by a mark of the table's.
std::string mark_of(const Cut& cut) {
  std::uint32_t hash = 2166136261u;
  for (const char c : cut.table + cut.netns) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return std::to_string(hash | 1);
}

// With `away` true the peer is the destination, else the source.
std::string meets(const std::string& set, bool away) {
  const std::string end = away ? "daddr" : "saddr", port = away ? "dport" : "sport";
  if (set == "peers4") return "ip " + end + " @peers4";
  if (set == "peers6") return "ip6 " + end + " @peers6";
  if (set == "endpoints4") return "meta l4proto { tcp, udp } ip " + end + " . th " + port + " @endpoints4";
  if (set == "endpoints6") return "meta l4proto { tcp, udp } ip6 " + end + " . th " + port + " @endpoints6";
  return "meta l4proto { tcp, udp } th " + port + " @ports";
}

// A bare port is cut off whoever has it: as the peer's port and as one of our own.
std::vector<std::string> matches(const std::string& set, bool away) {
  std::vector<std::string> out{meets(set, away)};
  if (set == "ports") out.push_back(meets(set, !away));
  return out;
}

std::string sparing(const Cut& cut) {
  std::string out = "    icmpv6 type { 133, 134, 135, 136, 137 } accept\n";
  for (const Spared& one : cut.spared)
    for (const char* end : {"saddr", "daddr"}) {
      std::string match = "    ";
      if (!one.network.empty()) match += (family_of(one.network) == 6 ? "ip6 " : "ip ") + std::string(end) + " " + one.network + " ";
      if (one.port.empty()) {
        out += match + "accept\n";
      } else {
        for (const char* side : {"sport ", "dport "}) out += match + "tcp " + side + one.port + " accept\n";
      }
    }
  return out;
}

std::string chance(const Cut& cut) {
  if (cut.share >= 1) return "";
  return " numgen random mod 1000000 < " + std::to_string(std::lround(cut.share * 1e6));
}

bool silent(const Cut& cut) { return cut.how == PartitionFault::How::drop; }

std::string verdicts(const Cut& cut, bool away) {
  std::string out;
  for (const ElementSet& set : sets_of(cut))
    for (const std::string& match : matches(set.name, away)) {
      const std::string rule = "    " + match;
      if (!silent(cut)) {
        out += rule + " meta l4proto tcp" + chance(cut) + " reject with tcp reset\n";
        out += rule + " meta l4proto != tcp" + chance(cut) + " reject with icmpx admin-prohibited\n";
      } else if (away) {
        out += rule + chance(cut) + " meta mark set " + mark_of(cut) + " fwd to \"lo\"\n";
      } else {
        out += rule + chance(cut) + " drop\n";
      }
    }
  return out;
}

// Our own answers must reach the peer, else it would wait where it is to be rejected.
const char* const own_answers =
    "    tcp flags & rst == rst accept\n    icmp type destination-unreachable accept\n    icmpv6 type destination-unreachable accept\n";

std::string at_sockets(const Cut& cut) {
  const std::string hook = "    type filter hook ";
  std::string out = "  chain out {\n" + hook + "output priority -300; policy accept;\n    oif \"lo\" accept\n" + own_answers + sparing(cut) +
                    verdicts(cut, true) + "  }\n";
  out += "  chain through {\n" + hook + "forward priority -300; policy accept;\n" + own_answers + sparing(cut) + verdicts(cut, true) +
         (cut.inbound ? verdicts(cut, false) : "") + "  }\n";
  if (cut.inbound)
    out += "  chain in {\n" + hook + "input priority -300; policy accept;\n    iif \"lo\" accept\n" + sparing(cut) + verdicts(cut, false) + "  }\n";
  return out;
}

std::string at_devices(const Cut& cut) {
  std::string out = "  chain swallow {\n    type filter hook ingress device \"lo\" priority -500; policy accept;\n    meta mark " + mark_of(cut) +
                    " drop\n  }\n";
  out += "  chain outward {\n" + sparing(cut) + verdicts(cut, true) + "  }\n";
  if (cut.inbound) out += "  chain inward {\n" + sparing(cut) + verdicts(cut, false) + "  }\n";
  return out;
}

}  // namespace

std::string family_of(const Cut& cut) { return silent(cut) ? "netdev" : "inet"; }

std::vector<ElementSet> sets_of(const Cut& cut) {
  std::vector<ElementSet> sets;
  const auto endpoints = [](const auto& all) {
    std::vector<std::string> out;
    for (const auto& [host, port] : all) out.push_back(host + " . " + std::to_string(port));
    return out;
  };
  std::vector<std::string> ports;
  for (const int port : cut.ports) ports.push_back(std::to_string(port));
  if (!cut.peers4.empty()) sets.push_back({"peers4", "ipv4_addr", cut.peers4, true});
  if (!cut.peers6.empty()) sets.push_back({"peers6", "ipv6_addr", cut.peers6, true});
  if (!ports.empty()) sets.push_back({"ports", "inet_service", ports, false});
  if (!cut.endpoints4.empty()) sets.push_back({"endpoints4", "ipv4_addr . inet_service", endpoints(cut.endpoints4), false});
  if (!cut.endpoints6.empty()) sets.push_back({"endpoints6", "ipv6_addr . inet_service", endpoints(cut.endpoints6), false});
  return sets;
}

std::string keys(const ElementSet& set) {
  std::string out;
  for (const auto& value : set.values) out += (out.empty() ? "" : ", ") + value;
  return out;
}

std::string elements(const ElementSet& set, double lease) {
  const std::string timeout = " timeout " + std::to_string(std::lround(std::clamp(lease, 0.001, 86400.0) * 1000)) + "ms";
  std::string out;
  for (const auto& value : set.values) out += (out.empty() ? "" : ", ") + value + timeout;
  return out;
}

std::string chain_of(const Device& device) { return "out" + std::to_string(device.index); }

std::string chains_for(const Cut& cut, const Device& device) {
  if (!silent(cut) || device.loopback || device.enslaved) return "";  // what an enslaved one carries would be lost twice over
  const std::string index = std::to_string(device.index), end = " device \"" + device.name + "\" priority 0; policy accept;\n    jump ";
  std::string out = "table netdev " + cut.table + " {\n  chain " + chain_of(device) + " {\n    type filter hook egress" + end + "outward\n  }\n";
  if (cut.inbound) out += "  chain in" + index + " {\n    type filter hook ingress" + end + "inward\n  }\n";
  return out + "}\n";
}

std::string table_text(const Cut& cut, const std::vector<Device>& devices, double lease) {
  const std::string name = family_of(cut) + " " + cut.table;
  std::string out = "add table " + name + "\ndelete table " + name + "\ntable " + name + " {\n";
  for (const ElementSet& set : sets_of(cut))
    out += "  set " + set.name + " {\n    type " + set.type + "\n    flags " + (set.interval ? "interval, " : "") +
           "timeout\n    elements = { " + elements(set, lease) + " }\n  }\n";
  out += (silent(cut) ? at_devices(cut) : at_sockets(cut)) + "}\n";
  for (const Device& device : devices) out += chains_for(cut, device);
  return out;
}

}  // namespace muster
