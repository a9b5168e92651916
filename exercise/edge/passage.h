#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "exercise/edge/connections.h"
#include "exercise/edge/outage_rule.h"

/// One connection that came to the egress proxy, from its first byte to its last.
namespace muster {

struct PassageTerms {
  const OutageRule* rule = nullptr;            ///< lives longer, as all that is pointed to here
  unsigned mark = 0;                           ///< of its own way out; 0: none
  std::uint64_t number = 0;                    ///< of the connection
  std::optional<Endpoint> destination;         ///< where it was led away from; nothing: it asked for a proxy
  std::function<void(bool struck)> judged;     ///< once
  std::function<void()> over;                  ///< once, at its end
};

class Passage {
 public:
  virtual ~Passage() = default;
  /// What is idle ends in good order, what failed is cut; true when nothing of it is left.
  virtual bool close() = 0;
  /// Ends it at once.
  virtual void cut() = 0;
};

/// Begins. It keeps itself alive until it is over.
std::shared_ptr<Passage> begin_passage(boost::asio::io_context& io, boost::asio::ip::tcp::socket client, PassageTerms terms);

}  // namespace muster
