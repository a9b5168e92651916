#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "exercise/apart.h"

/// Connections as they come.
namespace muster {

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
