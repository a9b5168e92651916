#include "exercise/proxy/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "models/wording.h"

namespace muster::proxy {
namespace {

int parse_port(const std::string& text, const std::string& whole) {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    throw std::invalid_argument("address " + in_quotes(whole) + ": expected HOST:PORT with a port from 0 to 65535");
  const int port = std::stoi(text);
  if (port > 65535) throw std::invalid_argument("address " + in_quotes(whole) + ": the port is above 65535");
  return port;
}

bool in_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

SocketAddress v4(in_addr host, int port) {
  SocketAddress out;
  auto* to = reinterpret_cast<sockaddr_in*>(&out.storage);
  to->sin_family = AF_INET;
  to->sin_addr = host;
  to->sin_port = htons(static_cast<std::uint16_t>(port));
  out.size = sizeof *to;
  return out;
}

SocketAddress v6(const in6_addr& host, int port) {
  SocketAddress out;
  auto* to = reinterpret_cast<sockaddr_in6*>(&out.storage);
  to->sin6_family = AF_INET6;
  to->sin6_addr = host;
  to->sin6_port = htons(static_cast<std::uint16_t>(port));
  out.size = sizeof *to;
  return out;
}

}  // namespace

HostPort parse_host_port(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("address " + in_quotes(text) + ": missing port in address");
  HostPort out;
  out.port = parse_port(text.substr(colon + 1), text);
  out.host = text.substr(0, colon);
  in6_addr ignored{};
  if (out.host.starts_with('[')) {
    if (!out.host.ends_with(']') || (out.host = out.host.substr(1, out.host.size() - 2), inet_pton(AF_INET6, out.host.c_str(), &ignored) != 1))
      throw std::invalid_argument("address " + in_quotes(text) + ": expected an IPv6 address in brackets");
    return out;
  }
  if (out.host.size() > 253 || !std::all_of(out.host.begin(), out.host.end(), in_a_name))
    throw std::invalid_argument("address " + in_quotes(text) + ": " + in_quotes(out.host) + " is neither a name nor a number");
  return out;
}

std::string text_of(const SocketAddress& address) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.family() == AF_INET) {
    const auto* from = reinterpret_cast<const sockaddr_in*>(&address.storage);
    inet_ntop(AF_INET, &from->sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(ntohs(from->sin_port));
  }
  const auto* from = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  inet_ntop(AF_INET6, &from->sin6_addr, host, sizeof host);
  return "[" + std::string(host) + "]:" + std::to_string(ntohs(from->sin6_port));
}

bool is_loopback(const SocketAddress& address) {
  if (address.family() == AF_INET)
    return (ntohl(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr.s_addr) >> 24) == 127;
  const in6_addr& host = reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&host) || (IN6_IS_ADDR_V4MAPPED(&host) && host.s6_addr[12] == 127);
}

std::vector<SocketAddress> known_addresses(const HostPort& where) {
  in_addr four{};
  in6_addr six{};
  if (where.host.empty()) return {v6(in6addr_any, where.port), v4({INADDR_ANY}, where.port)};
  if (inet_pton(AF_INET, where.host.c_str(), &four) == 1) return {v4(four, where.port)};
  if (inet_pton(AF_INET6, where.host.c_str(), &six) == 1) return {v6(six, where.port)};
  std::string lower = where.host;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "localhost" || lower == "localhost.") return {v4({htonl(INADDR_LOOPBACK)}, where.port), v6(in6addr_loopback, where.port)};
  return {};
}

std::vector<SocketAddress> resolve(const HostPort& where) {
  if (std::vector<SocketAddress> known = known_addresses(where); !known.empty()) return known;
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &wanted, &found);
  if (error != 0) throw std::runtime_error("lookup " + where.host + ": " + gai_strerror(error));
  std::vector<SocketAddress> out;
  for (const addrinfo* each = found; each; each = each->ai_next) {
    SocketAddress address;
    address.size = each->ai_addrlen;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    out.push_back(address);
  }
  freeaddrinfo(found);
  return out;
}

}  // namespace muster::proxy
