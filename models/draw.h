#pragma once
#include <array>
#include <cstdint>
#include <string_view>

/// Random draws as pure functions of (seed, replication, name, attempt).
///
/// No generator has state: a draw is a counter put through Philox4x32-10 (Salmon, Moraes, Dror, Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", SC'11). So results do not depend on threads or the order of
/// events, and two variants of a scenario face the same luck. Everything here is pure and thread-safe.
namespace muster {

/// Version of the draws: with the same version, seed and scenario the same bytes come out, for ever.
inline constexpr int draws_version = 1;

/// Philox4x32 with ten rounds; passes the known-answer tests of Random123.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// What a draw is for, e.g. "step/restore-db/takes". A 64-bit hash of the name, fixed for ever.
struct Stream {
  std::uint64_t name = 0;
  friend bool operator==(const Stream&, const Stream&) = default;
};
Stream stream(std::string_view name);

/// 128 random bits, of which each draw takes its share.
struct Bits {
  std::uint64_t first;   ///< the value: a uniform for a quantile function
  std::uint64_t second;  ///< the coin: whether an attempt fails, a strike hits
};

/// The bits of one draw. `attempt` < 2^20; `part` < 2^12 numbers the random parts of one attempt.
Bits draw(std::uint64_t seed, std::uint32_t replication, Stream name, std::uint32_t attempt = 0, std::uint32_t part = 0);

/// A uniform in (0, 1) held without loss near both ends: u = tail or 1 - tail, tail in (0, 1/2).
struct Uniform01 {
  double tail;  ///< (0, 1/2), an odd multiple of 2^-54
  bool upper;   ///< whether u is above one half
  double value() const { return upper ? 1.0 - tail : tail; }
};
inline Uniform01 uniform(std::uint64_t bits) {
  return {static_cast<double>((bits >> 11) | 1) * 0x1p-54, (bits & 1) != 0};
}
/// The uniform nearest to u in (0, 1); clamps at both ends.
Uniform01 uniform_at(double u);

/// Whether a coin of the given probability (0 to 1, both exact) shows heads.
inline bool heads(std::uint64_t bits, double probability) {
  return static_cast<double>(bits >> 11) * 0x1p-53 < probability;
}

}  // namespace muster
