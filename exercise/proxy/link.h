#pragma once
#include <set>
#include <string>
#include <vector>

#include "exercise/proxy/address.h"
#include "exercise/proxy/flow.h"

namespace muster::proxy {

/// What epoll tells of.
struct Watched {
  enum class Kind { mail, timer, listener, client, server } kind = Kind::mail;
  void* owner = nullptr;
};

/// One connection through a proxy: the client's socket, the upstream's, and a flow for each direction. Lives in one thread.
class Link {
 public:
  Link(Descriptor client, std::shared_ptr<Traffic> traffic, Carrying& carrying, const Luck& luck);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  const std::shared_ptr<Traffic> traffic;  ///< a connection may outlive its proxy for a moment
  Watched client_watch{Watched::Kind::client, this}, server_watch{Watched::Kind::server, this};
  Side client, server;
  Flow up, down;
  std::vector<SocketAddress> upstream;  ///< to be tried, the next one last
  Nanoseconds armed = never;            ///< in the thread's list of times
  void* home = nullptr;                 ///< the proxy that it belongs to
  bool connected = false, dead = false, waits_for_turn = false;

  Flow& flow(Way way) { return way == Way::upstream ? up : down; }
  void reset_both();
};

}  // namespace muster::proxy
