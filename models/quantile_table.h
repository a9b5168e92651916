#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "models/distribution.h"

/// The sampler: a distribution's quantile function tabulated once, evaluated in a few nanoseconds.
///
/// Cells are dyadic in the tail probability (Giles and Sheridan-Methven, arXiv 2012.09715): an octave of the tail is cut
/// into 16 cells, each holds a cubic (monotone Hermite: Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980) that
/// is monotone, and continuous across cells. The error against Distribution::quantile is at most 1e-6 of max(|x|, sd)
/// (tested). A cell that cannot keep that (a kink, a jump or the turn of a mixture inside it) is cut into 16 again, up to three
/// times, and what still cannot is answered by Distribution::quantile, as are constants and empirical laws altogether, and
/// tails below 2^-21, of which a million draws have one.
/// Immutable after construction, so safe to share among threads; sampling touches no heap. 32 kB; the time to build one is
/// 25 to 150 microseconds, some milliseconds for mixtures with jumps.
namespace muster {

/// Memory for rows of four doubles, so that none lies across two cache lines.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};
using AlignedDoubles = std::vector<double, AlignedAllocator<double>>;

class QuantileTable {
 public:
  explicit QuantileTable(const Distribution& of);
  /// Monotone in u, to rounding; a pure function of (distribution, u), bit for bit.
  double operator()(Uniform01 u) const;
  const Distribution& distribution() const { return of_; }

  static constexpr int octaves = 20;  ///< from 2^-21 to 2^-1
  static constexpr int cells = octaves * 16;  ///< of one tail
  static constexpr double smallest_tail = 0x1p-21;
  /// Tails are counted in units of half a word (models/draw.h), so that they are odd whole numbers.
  static constexpr double unit = 0x1p-33;
  /// Rows of four coefficients, aligned to 32 bytes, for a kernel that does what operator() does to many words at once. The row of a
  /// tail: its exponent and four leading bits count from 1 up, two rows each, the second one of the upper tail. A row that begins with
  /// NaN is left to operator(). Null where there is no table.
  const double* rows() const { return tabulated_ ? cubic_.data() : nullptr; }
  /// The probability that a draw is answered by Distribution::quantile.
  double exact_share() const { return exact_share_; }

 private:
  double refined(Uniform01 u, double tail, const double* marked) const;

  Distribution of_;
  bool tabulated_ = false;
  double exact_share_ = 1;
  static constexpr int octaves_below = 12;  ///< of tails that are whole numbers: rows of NaN
  // The rows, then groups of 16 of finer cells. A marked cell begins with NaN; then comes the index of its group, or -1 for an exact
  // answer.
  AlignedDoubles cubic_;
};

// The exponent and the four leading bits of the tail number the cell; what it is beyond the cell's lower end is the place in it.
inline double QuantileTable::operator()(Uniform01 u) const {
  if (!tabulated_ || u.tail < smallest_tail) [[unlikely]] return of_.quantile(u);
  const double tail = u.tail * (1 / unit);
  const auto bits = std::bit_cast<std::uint64_t>(tail);
  constexpr std::uint64_t first = std::bit_cast<std::uint64_t>(1.0) >> 48;
  const double* c = cubic_.data() + 4 * (2 * ((bits >> 48) - first) + u.upper);
  const double s = tail - std::bit_cast<double>(bits & 0xffff000000000000u);
  const double x = c[0] + s * (c[1] + s * (c[2] + s * c[3]));
  if (x != x) [[unlikely]] return refined(u, tail, c);
  return x;
}

}  // namespace muster
