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
}

/// The bits of draw(seed, replication, stream, attempt, part) for many replications.
struct LaneDraw {
  std::uint64_t seed, name;
  std::uint32_t place;  ///< attempt and part, as draw() packs them
};

struct LaneKernels {
  /// first and second words of a draw; `second` may be null.
  void (*bits)(const LaneDraw& d, const std::uint32_t* replications, std::uint32_t n, std::uint64_t* first,
               std::uint64_t* second);
  /// The quantile table at `first`; a lane that needs more than its first cell comes out as NaN. Returns
  /// whether any did.
  bool (*quantile)(const double* cells, const std::uint64_t* first, std::uint32_t n, double* out);
  /// Both at once, and the second word where `second` is not null.
  bool (*sample)(const LaneDraw& d, const double* cells, const std::uint32_t* replications, std::uint32_t n,
                 double* out, std::uint64_t* second);
  /// The lanes in which the coin shows heads, ascending; returns how many.
  std::uint32_t (*heads)(const std::uint64_t* second, double probability, std::uint32_t n,
                         std::uint32_t* list);

  void (*add)(double* to, const double* a, const double* b, std::uint32_t n);     ///< to = a + b
  void (*add_constant)(double* to, const double* a, double b, std::uint32_t n);   ///< to = a + b
  void (*latest)(double* to, const double* a, const double* b, std::uint32_t n);  ///< to = max(a, b)
  void (*latest_constant)(double* to, const double* a, double b, std::uint32_t n);
  void (*earliest)(double* to, const double* a, const double* b, std::uint32_t n);  ///< to = min(a, b)
  /// Of seats in ascending order of when they are free, the first is taken until then, and they are in order
  /// again.
  void (*take)(double* const* seats, std::uint32_t count, const double* until, std::uint32_t n);
  /// Mean and sum of squared deviations of eight columns of finite values, `stride` apart, each as
  /// Moments::add does it in order; and whether all are finite (otherwise the rest means nothing), the least
  /// and the greatest.
  bool (*moments)(const double* columns, std::uint64_t stride, std::uint32_t n, double* mean, double* m2,
                  double* least, double* greatest);
};

}  // namespace muster
