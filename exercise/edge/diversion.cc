#include "exercise/edge/diversion.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/faults/networks.h"
#include "exercise/faults/nftables.h"
#include "exercise/processes.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;

constexpr unsigned kMark = 0x4d750000;
constexpr int kMostNumbers = 0xffff;
constexpr int kFirst = -190, kSteps = 90;  // priorities of NAT: behind the kernel's memory of connections (-200), before others' rules (-100)

std::string priority_of(const Diversion& d) { return std::to_string(kFirst + std::clamp(d.number, 0, kSteps - 1)); }

struct Set {
  std::string name, type;
  std::vector<std::string> keys;
};

std::vector<std::string> words(const std::vector<int>& ports) {
  std::vector<std::string> out;
  for (const int port : ports) out.push_back(std::to_string(port));
  return out;
}

std::vector<std::string> words(const std::vector<std::pair<std::string, int>>& endpoints) {
  std::vector<std::string> out;
  for (const auto& [host, port] : endpoints) out.push_back(host + " . " + std::to_string(port));
  return out;
}

std::vector<Set> sets_of(const Diversion& d) {
  std::vector<Set> all{{"ports", "inet_service", words(d.tcp)},
                       {"datagrams", "inet_service", words(d.udp)},
                       {"endpoints4", "ipv4_addr . inet_service", words(d.endpoints4)},
                       {"endpoints6", "ipv6_addr . inet_service", words(d.endpoints6)},
                       {"refused", "inet_service", words(d.refused_udp)}};
  std::erase_if(all, [](const Set& set) { return set.keys.empty(); });
  return all;
}

// A lease is a millisecond at least and a day at most: none lasts for ever.
std::string elements(const Set& set, double lease) {
  const std::string timeout = lease < 0 ? "" : " timeout " + std::to_string(std::lround(std::clamp(lease, 0.001, 86400.0) * 1000)) + "ms";
  std::string out;
  for (const std::string& key : set.keys) out += (out.empty() ? "" : ", ") + key + timeout;
  return out;
}

std::string passing(const Diversion& d) {
  std::string out = "    meta mark " + std::to_string(mark_of(d)) + "-" + std::to_string(kMark + kMostNumbers) + " accept\n    oif \"lo\" accept\n";
  if (!d.six) out += "    meta nfproto ipv6 accept\n";
  for (const Spared& one : d.spared) {
    const std::string host = one.network.empty() ? "" : (family_of(one.network) == 6 ? "ip6 daddr " : "ip daddr ") + one.network + " ";
    out += "    " + host + (one.port.empty() ? "" : "meta l4proto { tcp, udp } th dport " + one.port + " ") + "accept\n";
  }
  return out;
}

std::string leading(const Diversion& d) {
  const std::string first = "    tcp flags & (fin|syn|rst|ack) == syn ", there = " redirect to :" + std::to_string(d.port) + "\n";
  std::string out;
  for (const Set& set : sets_of(d)) {
    if (set.name == "ports") out += first + "tcp dport @ports" + there;
    if (set.name == "datagrams") out += "    udp dport @datagrams" + there;
    if (set.name == "endpoints4") out += first + "ip daddr . tcp dport @endpoints4" + there;
    if (set.name == "endpoints6") out += first + "ip6 daddr . tcp dport @endpoints6" + there;
  }
  return out;
}

// What was led has another port by now; what still has this one was there before.
std::string cutting(const Diversion& d) {
  std::string out;
  for (const Set& set : sets_of(d)) {
    const std::string reset = " tcp flags & (syn|rst) == 0x0 reject with tcp reset\n";
    if (d.cut_existing && set.name == "ports") out += "    tcp dport @ports" + reset;
    if (d.cut_existing && set.name == "endpoints4") out += "    ip daddr . tcp dport @endpoints4" + reset;
    if (d.cut_existing && set.name == "endpoints6") out += "    ip6 daddr . tcp dport @endpoints6" + reset;
    if (set.name == "refused") out += "    udp dport @refused reject\n";
  }
  return out;
}

std::string without_outbound_loopback(std::string rules) {
  const std::string line = "    oif \"lo\" accept\n";
  if (const auto at = rules.find(line); at != std::string::npos) rules.erase(at, line.size());
  return rules;
}

void require(const FilterAnswer& answer) {
  if (!answer.done) throw std::runtime_error("the packet filter refused: " + answer.error.substr(0, 400));
}

bool loopback_is_up(const std::string& netns) {
  bool up = false;
  in_network(netns, [&] {
    const Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
    up = any.get() >= 0 && ::ioctl(any.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
  });
  return up;
}

}  // namespace

std::string to_text(const Diversion& d) {
  json spared = json::array();
  for (const Spared& one : d.spared) spared.push_back({one.network, one.port});
  return json{{"table", d.table}, {"number", d.number}, {"port", d.port}, {"six", d.six}, {"tcp", d.tcp}, {"udp", d.udp}, {"endpoints4", d.endpoints4},
              {"endpoints6", d.endpoints6}, {"cut-existing", d.cut_existing}, {"refused-udp", d.refused_udp}, {"spared", spared}}
      .dump();
}

Diversion diversion_from_text(const std::string& text) {
  const json j = json::parse(text);
  Diversion d{j.at("table"), j.at("number"), j.at("port"), j.at("six"), j.at("tcp"), j.at("udp"), j.at("endpoints4"), j.at("endpoints6"), j.at("cut-existing"), j.at("refused-udp"), {}};
  for (const json& one : j.at("spared")) d.spared.push_back({one.at(0), one.at(1)});
  return d;
}

unsigned mark_of(const Diversion& d) { return kMark + static_cast<unsigned>(std::clamp(d.number, 0, kMostNumbers)); }

std::string table_text(const Diversion& d, double lease) {
  const std::string name = "inet " + d.table;
  std::string out = "add table " + name + "\ndelete table " + name + "\ntable " + name + " {\n";
  for (const Set& set : sets_of(d)) out += "  set " + set.name + " {\n    type " + set.type + "\n    flags timeout\n    elements = { " + elements(set, lease) + " }\n  }\n";
  const std::string through = "    fib daddr type { local, broadcast, multicast } accept\n" + without_outbound_loopback(passing(d));
  out += "  chain out {\n    type nat hook output priority " + priority_of(d) + "; policy accept;\n" + passing(d) + leading(d) + "  }\n";
  out += "  chain through {\n    type nat hook prerouting priority " + priority_of(d) + "; policy accept;\n" + through + leading(d) + "  }\n";
  if (const std::string cuts = cutting(d); !cuts.empty()) {
    out += "  chain ended {\n    type filter hook output priority 0; policy accept;\n" + passing(d) + cuts + "  }\n";
    out += "  chain ended-through {\n    type filter hook forward priority 0; policy accept;\n" + passing(d) + cuts + "  }\n";
  }
  return out + "}\n";
}

void rehearse_diversion(const Diversion& d, const std::string& netns) {
  Diversion some = d;
  if (some.port == 0) some.port = 1;
  const FilterAnswer answer = filter(netns, table_text(some, 10), Filtering::rehearse);
  if (!answer.done) throw Refused({"the packet filter would refuse its rules: " + answer.error.substr(0, 400)});
}

void make_diversion(const Diversion& d, const std::string& netns, double lease) { require(filter(netns, table_text(d, lease))); }

void renew_diversion(const Diversion& d, const std::string& netns, double lease) {
  std::string batch;
  for (const Set& set : sets_of(d)) {
    const std::string at = " element inet " + d.table + " " + set.name + " { ";
    // One that has run out meanwhile must be there to be deleted.
    batch += "add" + at + elements(set, lease) + " }\ndelete" + at + elements(set, -1) + " }\nadd" + at + elements(set, lease) + " }\n";
  }
  require(filter(netns, batch));
}

void empty_diversion(const Diversion& d, const std::string& netns) {
  if (network_named(netns) == 0) return;
  std::string batch;
  for (const Set& set : sets_of(d)) batch += "flush set inet " + d.table + " " + set.name + "\n";
  filter(netns, batch);  // one that is gone cannot be emptied; what is wrong otherwise, the removal tells
}

void remove_diversion(const Diversion& d, const std::string& netns) {
  if (network_named(netns) == 0) return;  // the namespace is gone, and its tables with it
  require(filter(netns, "add table inet " + d.table + "\ndelete table inet " + d.table + "\n"));
}

Sight see_diversion(const Diversion& d, const std::string& netns) {
  try {
    if (network_named(netns) == 0) return {Presence::gone, "the network namespace " + netns + " is gone"};
    const FilterAnswer tables = filter(netns, "list tables", Filtering::list);
    require(tables);
    bool there = false;
    const json all = json::parse(tables.output);
    for (const auto& item : all.at("nftables"))
      if (item.contains("table")) there |= item["table"]["name"] == d.table && item["table"]["family"] == "inet";
    if (!there) return {Presence::gone, "table " + d.table + " is gone"};
    const FilterAnswer whole = filter(netns, "list table inet " + d.table, Filtering::list);
    require(whole);
    std::size_t found = 0, wanted = 0;
    const json contents = json::parse(whole.output);
    for (const auto& item : contents.at("nftables"))
      if (item.contains("set") && item["set"].contains("elem")) found += item["set"]["elem"].size();
    for (const Set& set : sets_of(d)) wanted += set.keys.size();
    const std::string count = std::to_string(found) + " of its " + std::to_string(wanted) + " elements";
    if (found < wanted) return {Presence::inert, "table " + d.table + " is still there with " + count + "; the kernel has ended the others"};
    return {Presence::in_effect, "table " + d.table + " holds " + count};
  } catch (const std::exception& error) {
    return {Presence::unknown, error.what()};
  }
}

std::vector<std::string> missing_for_diversion(const Target& target) try {
  const std::string who = "target " + target.name + ": ";
  if (geteuid() != 0) return {who + "diverting connections needs root"};
  if (network_named(target.netns) == 0) return {who + "there is no network namespace " + target.netns};
  if (!loopback_is_up(target.netns)) return {who + "its loopback device is down, over which connections would be led; ip link set lo up"};
  const Diversion sample{"muster_sample", 0, 1, true, {443}, {53}, {{"192.0.2.1", 1}}, {{"2001:db8::1", 1}}, true, {443}, {}};
  const FilterAnswer answer = filter(target.netns, table_text(sample, 10), Filtering::rehearse);
  if (!answer.done) return {who + "this kernel's packet filter cannot divert connections: " + answer.error.substr(0, 200)};
  return {};
} catch (const std::exception& error) {
  return {"target " + target.name + ": " + error.what()};
}

}  // namespace muster
