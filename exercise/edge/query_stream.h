#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "exercise/edge/connections.h"
#include "exercise/edge/name_rule.h"

/// DNS over one TCP connection (RFC 7766): each message is judged by itself, and what passes shares one connection to the true server.
namespace muster {

struct QueryStreamTerms {
  Endpoint server;                       ///< whom it was opened to
  unsigned mark = 0;                     ///< of its own way out
  std::function<NameVerdict(std::string_view message)> judge;
  std::function<void(const std::string& remember, std::string_view answer)> keep;
  std::function<void()> over;            ///< once, at its end
};

class QueryStream {
 public:
  virtual ~QueryStream() = default;
  virtual void close() = 0;
};
/// Begins. It keeps itself alive until it is over.
std::shared_ptr<QueryStream> begin_query_stream(boost::asio::io_context& io, boost::asio::ip::tcp::socket client, QueryStreamTerms terms);

}  // namespace muster
