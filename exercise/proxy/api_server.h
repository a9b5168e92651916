#pragma once
#include <memory>
#include <string>

#include "exercise/proxy/address.h"
#include "exercise/proxy/api.h"

namespace boost::asio {
class io_context;
}

namespace muster::proxy {

/// The API over HTTP/1.1. At most 64 connections at a time, 16 KiB of headers, 1 MiB of body; a request and its answer get 15 s.
class ApiServer {
 public:
  /// Throws Refused where it cannot listen.
  ApiServer(boost::asio::io_context& io, const SocketAddress& listen, Api& api);
  ~ApiServer();  ///< ends all connections
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  std::string address() const;  ///< with the port that it got

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::proxy
