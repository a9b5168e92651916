#pragma once
#include <cstdint>

/// What the lane engine does to many replications at once: loops over arrays, compiled once for each
/// instruction set.
///
/// Every kernel does to a lane exactly what the scalar code does to one replication: the same operations on
/// doubles in the same order, no fused multiply-add, no reciprocal, no reassociation. So the instruction set
/// does not show in any result. Arrays hold `capacity` elements, aligned to 64 bytes; `n` may be any number
/// up to that: what lies beyond in the last vector is computed and never used. Pure and thread-safe.
namespace muster {

namespace lanes {
inline constexpr std::uint32_t capacity = 256;
inline constexpr std::uint32_t apart = capacity + 8;  ///< arrays that lie in a row
inline constexpr std::uint32_t most_requests = 32;
}

/// A word of a draw (models/draw.h), for many replications.
struct LaneDraw {
  std::uint64_t seed, name;
  std::uint32_t place;  ///< attempt and part, as draw() packs them
  std::uint32_t which;  ///< as Word counts them
};

/// Somebody who may ask for a seat at a turn of a queue, in each lane at its own time.
struct LaneRequest {
  const double* ready;        ///< when it asks; infinite: not yet known
  double* own;                ///< arrays in a row: when it ends, infinite until it has been served; what its first attempt takes; then what passes after that,
                              ///< added one by one, mostly nothing, 0
  std::uint32_t mores;        ///< how many of these
  std::uint8_t* waits;        ///< in which lanes it has not been served: eight a byte, the first of them in the lowest bit
  std::uint32_t pool;         ///< of whose seats it takes `each`
  bool outranked;             ///< by all those before it; otherwise as the one before it
  bool late;                  ///< doubtful wherever it is served and was ready before whoever was at the turn before; or at the same instant, if that one yields
  bool yields;
};
/// Seats by when they are free, ascending.
struct LanePool {
  double* const* seats;
  std::uint32_t count, each;
};
/// Who was served at a turn, for the next one: when he was ready, and whether he yields, by lane, eight a byte.
struct LaneTold {
  double* ready;
  std::uint8_t* yields;
};
/// At most lanes::most_requests of them, in dispatch order.
struct LaneTurn {
  const LaneRequest* requests;
  std::uint32_t count;
  bool any_late, tells;  ///< whether `told` is looked at, and written to; both only where nobody is outranked and all want seats of one pool
};

struct LaneKernels {
  /// Of the replications first, first + 1, ..., where `first` is a multiple of 32: four of them share the work.
  void (*words)(const LaneDraw& d, std::uint32_t first, std::uint32_t n, std::uint64_t* out);
  /// Of any replications.
  void (*words_of)(const LaneDraw& d, const std::uint32_t* replications, std::uint32_t n, std::uint64_t* out);
  /// The rows of a quantile table at these words, added to `from` where that is given; a lane that needs more than its first row comes out as NaN. Returns
  /// whether any did.
  bool (*quantile)(const double* rows, const std::uint64_t* words, const double* from, std::uint32_t n, double* out);
  /// The lanes in which the coin shows heads, ascending; returns how many. `undecided` tells whether for any lane the word is not enough.
  std::uint32_t (*heads)(const std::uint64_t* words, double probability, std::uint32_t n, std::uint32_t* list, bool& undecided);

  void (*add)(double* to, const double* a, const double* b, std::uint32_t n);     ///< to = a + b
  void (*add_constant)(double* to, const double* a, double b, std::uint32_t n);   ///< to = a + b
  void (*latest)(double* to, const double* a, const double* b, std::uint32_t n);  ///< to = max(a, b)
  void (*latest_constant)(double* to, const double* a, double b, std::uint32_t n);
  void (*earliest)(double* to, const double* a, const double* b, std::uint32_t n);  ///< to = min(a, b)
  /// Of seats in ascending order of when they are free, the first is taken until then, and they are in order
  /// again.
  void (*take)(double* const* seats, std::uint32_t count, const double* until, std::uint32_t n);
  /// One turn: of the requests, serves in each lane the one whose turn it is. That is one of those whom the earliest possible instant finds ready and with
  /// seats free: the highest rank, then the first to be ready. Marks lanes in which it would hold its seats for no time, nobody is ready, or somebody is late,
  /// in `doubtful`, and returns whether there are any. `told` is of those who were served at the turn before.
  bool (*serve)(const LaneTurn& turn, const LanePool* pools, std::uint32_t pool_count, const LaneTold& told, std::uint32_t n, std::uint8_t* doubtful);
  void (*latest_of)(double* to, const double* const* from, std::uint32_t count, std::uint32_t n);  ///< of one at least
  /// Mean and sum of squared deviations of eight columns of finite values, `stride` apart, each as
  /// Moments::add does it in order; and whether all are finite (otherwise the rest means nothing), the least
  /// and the greatest.
  bool (*moments)(const double* columns, std::uint64_t stride, std::uint32_t n, double* mean, double* m2,
                  double* least, double* greatest);
};

}  // namespace muster
