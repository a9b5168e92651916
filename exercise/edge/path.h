#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exercise/edge/diversion.h"
#include "exercise/edge/serving.h"
#include "exercise/proxy/toxic.h"

/// A way to somebody on which connections are bad: muster proxy's threads, and what leads to them.
namespace muster {

struct PathSettings {
  ProxyFault fault;
  std::vector<std::pair<std::string, int>> ends;  ///< addresses of the upstream: where who comes to `fault.listen` is led, tried in this order
  std::uint64_t seed = 0;                         ///< of shares, jitter and slices
  Diversion diversion;                            ///< its port is found when it opens; without endpoints nobody is led there
};

/// What is led there goes on to where it was to go, with the fault's toxics. When it closes, they are taken away, and connections have until
/// they are idle, or a second.
std::unique_ptr<Server> make_path(const PathSettings& settings);

/// The fault's toxics, by proxy::Way. Times in milliseconds or microseconds and sizes in bytes, to the nearest, at least one where there was any.
std::array<std::vector<proxy::Toxic>, 2> toxics_of(const ProxyFault& fault);

/// What a toxic does, of "they", the clients: "what they get comes 80ms later".
std::string told(const PathToxic& toxic);

}  // namespace muster
