#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exercise/proxy/address.h"
#include "exercise/proxy/toxic.h"

/// Where bytes are forwarded, as the API's side sees it.
namespace muster::proxy {

/// What a proxy has carried, by direction; counted by the threads that carry it.
struct Traffic {
  std::array<std::atomic<std::uint64_t>, 2> received{}, sent{};  ///< bytes, by Way
  std::atomic<std::uint64_t> accepted{0}, refused{0}, open{0};   ///< connections; refused: no room, or no upstream
};

class Plane {
 public:
  virtual ~Plane() = default;
  /// What a proxy's listen address means; may ask the system's resolver. Throws std::runtime_error or std::invalid_argument.
  virtual std::vector<SocketAddress> addresses(const std::string& listen) const = 0;
  /// Begins to listen. Returns the address that it listens on, with its port. Throws std::runtime_error with why it cannot.
  virtual std::string open(const std::string& proxy, const std::string& listen, const std::string& upstream,
                           const std::array<ToxicChain, 2>& chains, const std::shared_ptr<Traffic>& traffic) = 0;
  /// Ends the listener and all its connections. When it returns, nobody is served any more.
  virtual void close(const std::string& proxy) = 0;
  /// From when it returns on, every connection of the proxy, old and new, has these toxics and no others. Never waits for a peer.
  virtual void apply(const std::string& proxy, Way way, const ToxicChain& chain) = 0;
};

}  // namespace muster::proxy
