#pragma once
#include <string>
#include <utility>
#include <vector>

/// Addresses and networks as people write them: "10.1.0.0/16", "fd00::1".
namespace muster {

/// 4 or 6; 0 for what is no address or network. A prefix length must fit the family.
int family_of(const std::string& network);

/// The fewest networks that cover the same: no one twice, none that another contains, bits behind the prefix zero. All of one family.
std::vector<std::string> disjoint(const std::vector<std::string>& networks);

/// "host:port", ":port", "[v6]:port" in two; the port is empty where there is none. An IPv6 address without brackets has no port.
std::pair<std::string, std::string> host_and_port(const std::string& text);

}  // namespace muster
