#pragma once
#include <sys/socket.h>

#include <string>
#include <vector>

/// Where a proxy listens and where it connects to, as people and clients write it: HOST:PORT.
namespace muster::proxy {

/// A name or a number, and a port; IPv6 numbers stand in brackets.
struct HostPort {
  std::string host;  ///< without brackets; "" means every address of this machine
  int port = 0;
};
/// Throws std::invalid_argument, with what is wrong with it: no port, a port above 65535, a name with what no name has.
HostPort parse_host_port(const std::string& text);

/// An address of the socket API. A value.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};
std::string text_of(const SocketAddress& address);  ///< 127.0.0.1:80, [::1]:80
bool is_loopback(const SocketAddress& address);

/// The addresses of a number, of localhost (which never asks anybody) and of "" (every address); empty for any other name.
std::vector<SocketAddress> known_addresses(const HostPort& where);
/// The same, and of names by the system's resolver, which may block. Throws std::runtime_error when it finds none.
std::vector<SocketAddress> resolve(const HostPort& where);

}  // namespace muster::proxy
