#include <netdb.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "exercise/apart.h"
#include "exercise/faults/cut.h"
#include "exercise/faults/networks.h"
#include "exercise/namespace_entry.h"
#include "exercise/refused.h"

/// What names and addresses in an exercise file mean to a packet filter.
namespace muster {
namespace {

void tell_addresses(const std::string& host, int out) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    char text[INET6_ADDRSTRLEN + 20];
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
      write_all(out, std::string(text) + "\n");
  }
  freeaddrinfo(found);
}

// By the names that the namespace knows, in a process of its own: only such a one can enter it with its own /etc.
std::vector<std::string> look_up(const std::string& host, const std::string& netns) {
  const NamespaceEntry there(netns);  // whether there is one
  Errand errand(9, [&](int out) {
    if (!NamespaceEntry(netns).enter()) tell_addresses(host, out);  // an errand has no descriptors of ours
  });
  errand.listen_for(10);
  std::vector<std::string> addresses;
  std::istringstream lines(errand.said());
  for (std::string line; std::getline(lines, line);)
    if (family_of(line) != 0) addresses.push_back(line);
  return addresses;
}

struct Reader {
  const Target& target;
  const Surroundings& around;
  Cut cut{};
  std::vector<std::string> reasons{};

  void refuse(const std::string& why) { reasons.push_back(why); }

  std::vector<std::string> addresses(const std::string& host) {
    std::vector<std::string> out = addresses_of(host, target.netns);
    if (out.empty()) refuse("'" + host + "' is no target, address or network, and no address is known for it");
    return out;
  }

  void add_network(const std::string& network) {
    if (family_of(network) == 0) return refuse("'" + network + "' is no address or network");
    (family_of(network) == 4 ? cut.peers4 : cut.peers6).push_back(network);
  }

  static int port_of(const std::string& digits) {
    const bool number = !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("0123456789") == std::string::npos;
    const int port = number ? std::atoi(digits.c_str()) : 0;
    return port <= 65535 ? port : 0;
  }

  void add_port(const std::string& host, const std::string& digits) {
    const int port = port_of(digits);
    if (port == 0) return refuse("'" + host + ":" + digits + "' has no port between 1 and 65535");
    if (host.empty()) return cut.ports.push_back(port);
    for (const std::string& one : addresses(host)) {
      if (one.find('/') != std::string::npos) return refuse("'" + host + ":" + digits + "': a port goes with one address, not with a network");
      (family_of(one) == 4 ? cut.endpoints4 : cut.endpoints6).emplace_back(one, port);
    }
  }

  void add(const std::string& peer) {
    if (peer == "*") {
      add_network("0.0.0.0/0");
      add_network("::/0");
      if (target.netns.empty() && around.management_addresses.empty())
        refuse("cutting this machine off from everything needs a management address in the target's opt-in file, to be spared");
      return;
    }
    if (const Target* other = around.plan ? around.plan->target(peer) : nullptr) {
      if (other->addresses.empty()) refuse("target " + peer + " has no addresses to be cut off from");
      for (const std::string& one : other->addresses) add_network(one);
      return;
    }
    const auto [host, port] = host_and_port(peer);
    if (!port.empty()) return add_port(host, port);
    for (const std::string& one : addresses(host)) add_network(one);
  }

  void spare(const std::string& management) {
    const auto [host, port] = host_and_port(management);
    if (!port.empty() && port_of(port) == 0) return refuse("management address '" + management + "' has no port between 1 and 65535");
    if (host.empty() && !port.empty()) return cut.spared.push_back({"", port});
    for (const std::string& one : addresses(host)) cut.spared.push_back({one, port});
  }
};

template <class T>
void once(std::vector<T>& all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

}  // namespace

std::vector<std::string> addresses_of(const std::string& host, const std::string& netns) {
  return family_of(host) != 0 ? std::vector<std::string>{host} : look_up(host, netns);
}

std::vector<Spared> resolve_spared(const Target& target, const Surroundings& around) {
  Reader reader{target, around};
  for (const std::string& one : around.management_addresses) reader.spare(one);
  if (!reader.reasons.empty()) throw Refused(reader.reasons);
  return reader.cut.spared;
}

Cut resolve_cut(const PartitionFault& settings, const Target& target, const Surroundings& around) {
  Reader reader{target, around};
  Cut& cut = reader.cut;
  cut.netns = target.netns;
  cut.how = settings.how;
  cut.share = settings.share;
  cut.inbound = settings.inbound;
  for (const std::string& one : around.management_addresses) reader.spare(one);
  for (const std::string& peer : settings.peers) reader.add(peer);
  cut.peers4 = disjoint(cut.peers4);
  cut.peers6 = disjoint(cut.peers6);
  once(cut.ports);
  once(cut.endpoints4);
  once(cut.endpoints6);
  if (reader.reasons.empty() && cut.peers4.empty() && cut.peers6.empty() && cut.ports.empty() && cut.endpoints4.empty() && cut.endpoints6.empty())
    reader.refuse("it names no peer");
  if (!reader.reasons.empty()) throw Refused(reader.reasons);
  return cut;
}

}  // namespace muster
