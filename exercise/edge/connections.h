#pragma once
#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

/// What the kernel remembers of connections, where rules have led them somewhere else.
namespace muster {

/// An address and a port, of IPv4 or IPv6.
struct Endpoint {
  sockaddr_storage bytes{};
  socklen_t size() const;
  int family() const { return bytes.ss_family; }
  int port() const;
  void set_port(int port);
  std::string address() const;                ///< "10.9.1.1", "fd00::1"; a mapped IPv4 one is shown as IPv4
  std::string text() const;                   ///< "10.9.1.1:443", "[fd00::1]:443"
  bool same(const Endpoint& other) const;
};
/// Of an address as text; nothing where it is none.
std::optional<Endpoint> endpoint(const std::string& address, int port);
Endpoint local_end(int file);
Endpoint remote_end(int file);

/// Where a TCP connection that was accepted was to go; nothing when nobody led it here.
std::optional<Endpoint> meant_for(int file);
/// Where a datagram was to go that came from `remote` to our `local`; nothing when nobody led it here, or the kernel does not say.
std::optional<Endpoint> datagram_meant_for(const Endpoint& local, const Endpoint& remote);

/// Forgets UDP conversations that were led to this port of ours (`led_to`), or go to these ports elsewhere (`going_to`): the next datagram
/// is judged anew, by the rules that are there then. The caller's network. Throws std::runtime_error where the kernel refuses.
void forget_datagrams(int led_to, const std::vector<int>& going_to);

/// Whether the kernel tells of connections here at all; a sentence when not.
std::string missing_for_connections(const std::string& netns);

}  // namespace muster
