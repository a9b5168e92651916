#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <vector>

#include "exercise/apart.h"

/// One port of this network for all that is led there: IPv4 and, where there is one, IPv6; TCP and, where it is asked for, datagrams.
namespace muster {

struct Listening {
  int port = 0;
  bool six = false;                     ///< IPv6 too
  std::vector<Descriptor> tcp, udp;     ///< listening; bound. Neither blocks
};
/// A free port, on all addresses: what is led there arrives at whichever the kernel takes. Throws std::runtime_error.
Listening listen_anywhere(bool datagrams);

/// Accepts until it is closed, also when descriptors run out for a while. Not thread-safe; outlived by what it calls.
class Accepting {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  Accepting(boost::asio::io_context& io, Descriptor listener, bool six, std::function<void(Socket)> use);
  ~Accepting();
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace muster
