#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/statistics.h"

/// A mergeable quantile sketch of values >= 0 (seconds), infinity included.
///
/// Buckets are cut by the number's own bits: each power of two into 2^13 equal parts. A bucket answers with its
/// middle, kept within the least and the greatest finite value seen, so a quantile is within 2^-14 < 1e-4 of the true
/// order statistic, relatively, and a constant is answered exactly. Counts are whole numbers: merging is exactly
/// commutative and associative. Below a microsecond everything is one bucket, answered by the least value seen; from
/// 70,000 years (2^41 s) on everything finite is one, answered by the greatest; infinity is counted apart. An octave
/// takes 32 KiB, from the least to the greatest in use, of 61 at most: under 2 MiB. It holds 2^32 - 1 values at most; more throw std::length_error. Not thread-safe.
/// How many values lie at or below a target cannot be had from it exactly: count those of objectives beside it.
namespace muster {

class Sketch {
 public:
  void add(double value) { add(value, 1); }  ///< a negative value or NaN is a bug
  void add(double value, std::uint64_t times);
  void add(std::span<const double> values, double least, double greatest);  ///< of which these are the least and the greatest; none is NaN
  void merge(const Sketch& other);
  std::uint64_t count() const { return count_; }
  std::uint64_t infinite() const { return infinite_; }
  double min() const { return min_; }
  double max() const { return infinite_ > 0 ? never : greatest_; }
  /// The value of that rank, 1 to count().
  double quantile(std::uint64_t rank) const;
  template <class Archive>
  friend void archive(Archive& a, Sketch& s) {
    a(s.first_, s.counts_, s.count_, s.tiny_, s.huge_, s.infinite_, s.min_, s.greatest_);
    s.check();
  }

 private:
  static constexpr int bits = 13;
  static constexpr std::int32_t lowest = -20, octaves = 61;  ///< 2^-20 s is just under a microsecond
  static constexpr std::size_t per_octave = std::size_t{1} << bits;
  static std::int32_t octave_of(double value);
  static std::uint64_t bucket_of(double value);
  std::uint64_t first_bucket() const;
  std::int32_t end() const { return first_ + static_cast<std::int32_t>(counts_.size() / per_octave); }
  void check() const;  ///< throws DamagedArchive (models/archive.h) if this is no sketch
  void make_sure_of(std::uint64_t count) const;
  void widen(std::int32_t from, std::int32_t to);
  std::int32_t first_ = 0;             ///< the octave where the counts begin
  std::vector<std::uint32_t> counts_;  ///< of whole octaves; small, so that what is counted stays in the nearest caches
  std::uint64_t count_ = 0, tiny_ = 0, huge_ = 0, infinite_ = 0;
  double min_ = never, greatest_ = 0;  ///< greatest finite
};

/// Statistics as of exact values, quantiles from the sketch. `moments` must be those of the same values.
Stats summarize(const Sketch& sketch, const Moments& moments);

}  // namespace muster
