#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

/// What is wrong with a connection, as settings: the vocabulary of Toxiproxy's API, version 2.
namespace muster::proxy {

/// Upstream is what the client sends, downstream what it gets.
enum class Way { upstream, downstream };
inline const char* word_of(Way way) { return way == Way::upstream ? "upstream" : "downstream"; }

/// Everything comes `latency` later, give or take `jitter`, in its order. Milliseconds.
struct LatencyToxic {
  std::int64_t latency = 0, jitter = 0;
};
/// So many kilobytes (of 1000) a second; 0: nothing passes.
struct BandwidthToxic {
  std::int64_t rate = 0;
};
/// The end of the stream comes `delay` milliseconds later.
struct SlowCloseToxic {
  std::int64_t delay = 0;
};
/// Nothing passes; the connection is closed after so many milliseconds (0: never), or when the toxic goes.
struct TimeoutToxic {
  std::int64_t timeout = 0;
};
/// The first bytes, or the end, are lost, and so many milliseconds later both sides are reset.
struct ResetPeerToxic {
  std::int64_t timeout = 0;
};
/// Cut in pieces of `average_size` bytes, give or take `size_variation`, each sent by itself, `delay` microseconds apart.
struct SlicerToxic {
  std::int64_t average_size = 0, size_variation = 0, delay = 0;
};
/// The connection is closed once so many bytes have passed.
struct LimitDataToxic {
  std::int64_t bytes = 0;
};
using ToxicSettings =
    std::variant<LatencyToxic, BandwidthToxic, SlowCloseToxic, TimeoutToxic, ResetPeerToxic, SlicerToxic, LimitDataToxic>;

struct Toxic {
  std::string name;
  Way stream = Way::downstream;
  double toxicity = 1;         ///< share of connections that it applies to
  ToxicSettings settings;
  std::int64_t ttl = 0;        ///< milliseconds from its making or latest change; then it is removed by itself
  std::int64_t expires = 0;    ///< that instant, nanoseconds of CLOCK_BOOTTIME
  std::string expires_at;      ///< the same for people, UTC
  std::uint64_t id = 0;        ///< of this making: a second toxic of the same name has another
  std::uint64_t version = 0;   ///< counts its changes
};
/// "latency", "bandwidth", …
const char* type_of(const ToxicSettings& settings);
const std::vector<std::string>& toxic_types();

/// Those of one direction, in the order in which bytes meet them. Never changed once it is shared.
using ToxicChain = std::shared_ptr<const std::vector<Toxic>>;

}  // namespace muster::proxy
