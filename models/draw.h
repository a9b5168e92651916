#pragma once
#include <array>
#include <cstdint>
#include <string_view>

/// Random draws as pure functions of (seed, replication, name, attempt).
///
/// No generator has state: a draw is a counter put through Philox4x32-7 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
/// easy as 1, 2, 3", SC'11, who found seven rounds to be the fewest that pass all of TestU01's BigCrush). So results do not depend on
/// threads or the order of events, and two variants of a scenario face the same luck. Everything here is pure and thread-safe.
///
/// A word of 32 bits is what one draw takes of a block of four, which four replications share. That cuts the unit interval into 2^32
/// equal parts; where more matters, more is drawn: a tail below 2^-21 has 53 bits, and a coin that falls into the very part in which
/// its probability lies is decided by 32 more. So far tails are as the law has them, and probabilities are exact to 2^-53.
namespace muster {

/// Version of the draws: with the same version, seed and scenario the same bytes come out, for ever.
inline constexpr int draws_version = 2;

inline constexpr int philox_rounds = 7;
/// Philox4x32; passes the known-answer tests of Random123 for seven and for ten rounds.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key, int rounds = philox_rounds);

/// What a draw is for, e.g. "step/restore-db/takes". A 64-bit hash of the name, fixed for ever.
struct Stream {
  std::uint64_t name = 0;
  friend bool operator==(const Stream&, const Stream&) = default;
};
Stream stream(std::string_view name);

/// One draw: what word() and all below make of it. It holds two independent numbers, a value and a coin.
struct Draw {
  std::uint64_t seed = 0;
  Stream name;
  std::uint32_t replication = 0;
  std::uint32_t place = 0;  ///< attempt and part
};
/// `attempt` < 2^20; `part` < 2^12 numbers the random parts of one attempt.
inline Draw draw(std::uint64_t seed, std::uint32_t replication, Stream name, std::uint32_t attempt = 0, std::uint32_t part = 0) {
  return {seed, name, replication, (attempt << 12) | (part & 0xfffu)};
}

/// The words of a draw. Those of a block go to the replications n, n + 8, n + 16 and n + 24, so that a vector of blocks gives vectors of
/// neighbours.
enum class Word : std::uint32_t { value, coin, more_of_value, more_of_coin };
inline std::uint32_t block_of(std::uint32_t replication) { return (replication >> 5 << 3) | (replication & 7); }  ///< below 2^30
inline std::uint32_t place_in_block(std::uint32_t replication) { return (replication >> 3) & 3; }
std::uint32_t word(const Draw& d, Word which);

/// A uniform in (0, 1) held without loss near both ends: u = tail or 1 - tail, tail in (0, 1/2).
struct Uniform01 {
  double tail;  ///< (0, 1/2), an odd multiple of 2^-33; below 2^-21 of 2^-54
  bool upper;   ///< whether u is above one half
  double value() const { return upper ? 1.0 - tail : tail; }
};
Uniform01 uniform(const Draw& d);         ///< the value
Uniform01 second_uniform(const Draw& d);  ///< the coin, where two uniforms are wanted
/// The uniform nearest to u in (0, 1), and no nearer to an end than 2^-54.
Uniform01 uniform_at(double u);

/// A word whose tail is below 2^-21, which takes the draw's other word too.
inline bool is_extreme(std::uint32_t word) { return word < (1u << 12); }
inline Uniform01 uniform_of(std::uint32_t word) { return {static_cast<double>(word | 1) * 0x1p-33, (word & 1) != 0}; }

/// Whether the coin, of the given probability (0 to 1, both exact), shows heads.
bool heads(const Draw& d, double probability);

/// 64 bits of the coin: a seed for other draws.
std::uint64_t seed_of(const Draw& d);

}  // namespace muster
