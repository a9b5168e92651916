#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "exercise/edge/diversion.h"
#include "exercise/edge/outage_rule.h"
#include "exercise/edge/serving.h"

/// An egress proxy in which some endpoints are dead.
namespace muster {

struct EgressSettings {
  EndpointOutageFault fault;
  std::uint64_t seed = 0;          ///< of the draws by its share
  Diversion diversion;             ///< its port and `six` are found when it opens; without ports nothing is led there
};

/// Serves what is led to it (TLS by the name in its hello, which is not decrypted; HTTP by what it asks for), and at `fault.listen`, where
/// there is one, whoever asks for a proxy (CONNECT, absolute form).
std::unique_ptr<Server> make_egress(boost::asio::io_context& io, const EgressSettings& settings);

}  // namespace muster
