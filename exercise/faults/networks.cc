#include "exercise/faults/networks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

namespace muster {
namespace {

struct Network {
  int family = 0, prefix = 0;
  std::array<unsigned char, 16> bytes{};

  void mask() {
    for (int bit = prefix; bit < (family == 4 ? 32 : 128); ++bit)
      bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<unsigned char>(~(0x80 >> bit % 8));
  }
  bool covers(Network other) const {
    if (family != other.family || prefix > other.prefix) return false;
    other.prefix = prefix;
    other.mask();
    return bytes == other.bytes;
  }
  std::string text() const {
    char host[INET6_ADDRSTRLEN];
    inet_ntop(family == 4 ? AF_INET : AF_INET6, bytes.data(), host, sizeof host);
    const int whole = family == 4 ? 32 : 128;
    return prefix == whole ? host : host + ("/" + std::to_string(prefix));
  }
};

std::optional<Network> read_network(const std::string& text) {
  Network network;
  const std::size_t slash = text.find('/');
  const std::string host = text.substr(0, slash);
  if (inet_pton(AF_INET, host.c_str(), network.bytes.data()) == 1) network.family = 4;
  else if (inet_pton(AF_INET6, host.c_str(), network.bytes.data()) == 1) network.family = 6;
  else return std::nullopt;
  network.prefix = network.family == 4 ? 32 : 128;
  if (slash != std::string::npos) {
    const std::string digits = text.substr(slash + 1);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    if (std::atoi(digits.c_str()) > network.prefix) return std::nullopt;
    network.prefix = std::atoi(digits.c_str());
  }
  network.mask();
  return network;
}

}  // namespace

int family_of(const std::string& network) {
  const auto read = read_network(network);
  return read ? read->family : 0;
}

std::vector<std::string> disjoint(const std::vector<std::string>& networks) {
  std::vector<Network> all;
  for (const std::string& one : networks)
    if (auto network = read_network(one)) all.push_back(*network);
  std::sort(all.begin(), all.end(), [](const Network& a, const Network& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.bytes < b.bytes;
  });
  std::vector<Network> kept;
  for (const Network& one : all)
    if (std::none_of(kept.begin(), kept.end(), [&](const Network& wide) { return wide.covers(one); })) kept.push_back(one);
  std::vector<std::string> out;
  for (const Network& one : kept) out.push_back(one.text());
  return out;
}

std::pair<std::string, std::string> host_and_port(const std::string& text) {
  if (!text.empty() && text[0] == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string::npos) return {text, ""};
    return {text.substr(1, end - 1), end + 1 < text.size() && text[end + 1] == ':' ? text.substr(end + 2) : ""};
  }
  if (std::count(text.begin(), text.end(), ':') != 1) return {text, ""};
  const std::size_t colon = text.find(':');
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace muster
