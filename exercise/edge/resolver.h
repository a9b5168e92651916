#pragma once
#include <cstdint>
#include <memory>

#include "exercise/edge/diversion.h"
#include "exercise/edge/serving.h"
#include "models/exercise.h"

/// A resolver in the path: it answers some names as its fault says, and passes everything else on as it is.
namespace muster {

struct ResolverSettings {
  DnsFault fault;
  std::uint64_t seed = 0;   ///< of the draws by its share
  Diversion diversion;      ///< of ports of TCP and UDP; its port and `six` are found when it opens
};

/// What is passed on goes to the server that was asked, unread and whole, and so does the answer come back. Without `answer`, names get
/// their true answers late.
std::unique_ptr<Server> make_resolver(boost::asio::io_context& io, const ResolverSettings& settings);

}  // namespace muster
