#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "exercise/faults/fault.h"

/// A network cut off from peers: what partition and region-dark have in common.
///
/// `drop` behaves as a router's that loses packets: what comes in is dropped where it enters a device, what goes out is led to the
/// loopback device and dropped there, so that the sender is told nothing, TCP goes on repeating, and connections resume. (Measured:
/// a drop in the output hook gives the sender EPERM, one at a device's egress ends established TCP with ETIMEDOUT.) Neighbour
/// discovery is let through, without which IPv6 would fail loudly. `reject` answers with a TCP reset or an ICMP error.
namespace muster {

struct Spared {
  std::string network, port;                  ///< port "": all of it
  friend bool operator==(const Spared&, const Spared&) = default;
};

/// From where to where. All values are checked: they go into rules as they are.
struct Cut {
  std::string netns, table;
  PartitionFault::How how = PartitionFault::How::drop;
  bool inbound = true;                        ///< also what comes in; what goes out is cut always
  double share = 1;
  std::vector<std::string> peers4, peers6;    ///< networks, none within another
  std::vector<int> ports;                     ///< of ":port": cut to and from these, whatever the address
  std::vector<std::pair<std::string, int>> endpoints4, endpoints6;
  std::vector<Spared> spared;
};
std::string to_text(const Cut& cut);
Cut cut_from_text(const std::string& text);

/// What the plan's peers mean: "*", targets by name, hosts, networks, ":port", "host:port". Throws Refused.
Cut resolve_cut(const PartitionFault& settings, const Target& target, const Surroundings& around);
/// Addresses of a host, as the network namespace's own resolver tells them; an address is its own. Empty: none is known.
std::vector<std::string> addresses_of(const std::string& host, const std::string& netns);
/// The target's management addresses, which no fault of the network touches. Throws Refused.
std::vector<Spared> resolve_spared(const Target& target, const Surroundings& around);

/// Lets the kernel examine the rules without making them. Throws Refused with its words.
void rehearse_cut(const Cut& cut);
/// Rules whose elements the kernel removes after `lease` seconds; in one batch. Throws std::runtime_error.
void make_cut(const Cut& cut, double lease);
/// Puts their end off, and covers devices that came since.
void renew_cut(const Cut& cut, double lease);
void heal_cut(const Cut& cut);
Sight see_cut(const Cut& cut);
std::string told(const Cut& cut);
std::string family_of(const Cut& cut);        ///< of its table: "netdev" or "inet"

/// What is missing for it on this machine and target; sentences.
std::vector<std::string> missing_for_cut(const Target& target);

}  // namespace muster
