#include "exercise/edge/listening.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "exercise/edge/connections.h"
#include "models/exercise_shape.h"

namespace muster {
namespace {

constexpr int kTries = 50;  // ports that are free for one family or protocol and not for another

/// -1 in it and errno where there can be none.
Descriptor bound(int family, int type, int port) {
  Descriptor file(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (file.get() < 0) return file;
  const int on = 1;
  if (family == AF_INET6) ::setsockopt(file.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (type == SOCK_DGRAM) {
    ::setsockopt(file.get(), family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP, family == AF_INET6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof on);
    const int room = 1 << 20;
    ::setsockopt(file.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  }
  const auto at = endpoint(family == AF_INET6 ? "::" : "0.0.0.0", port);
  const bool done = ::bind(file.get(), reinterpret_cast<const sockaddr*>(&at->bytes), at->size()) == 0 && (type == SOCK_DGRAM || ::listen(file.get(), SOMAXCONN) == 0);
  if (!done) {
    const int error = errno;
    file.close();
    errno = error;
  }
  return file;
}

}  // namespace

Listening listen_anywhere(bool datagrams) {
  std::string why;
  for (int i = 0; i < kTries; ++i) {
    Listening out;
    bool taken = false;
    const auto add = [&](std::vector<Descriptor>& to, int family, int type) {
      Descriptor file = bound(family, type, out.port);
      if (file.get() < 0) {
        why = std::strerror(errno);
        taken |= errno == EADDRINUSE;
        return false;
      }
      if (out.port == 0) out.port = local_end(file.get()).port();
      to.push_back(std::move(file));
      return true;
    };
    if (!add(out.tcp, AF_INET, SOCK_STREAM)) continue;
    if (datagrams && !add(out.udp, AF_INET, SOCK_DGRAM)) continue;
    out.six = add(out.tcp, AF_INET6, SOCK_STREAM) && (!datagrams || add(out.udp, AF_INET6, SOCK_DGRAM));
    if (!taken) return out;
  }
  throw std::runtime_error("no port can be listened at: " + why);
}

Descriptor listen_at(const std::string& host_and_port) {
  const auto [host, port] = parse_host_and_port(host_and_port);
  const auto at = endpoint(host, port);
  if (!at) throw std::runtime_error("to listen at " + host_and_port + " takes an address");
  Descriptor file(::socket(at->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(file.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(file.get(), reinterpret_cast<const sockaddr*>(&at->bytes), at->size()) != 0 || ::listen(file.get(), SOMAXCONN) != 0)
    throw std::runtime_error(host_and_port + " cannot be listened at: " + std::strerror(errno));
  return file;
}

}  // namespace muster
