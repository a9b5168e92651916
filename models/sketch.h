#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/statistics.h"

/// A mergeable quantile sketch of values >= 0 (seconds), infinity included.
///
/// Buckets are cut by the number's own bits: each power of two into 2^13 equal parts. A bucket answers with its middle, so a
/// quantile is within 2^-14 < 1e-4 of the true order statistic, relatively. Counts are whole numbers: merging is exactly
/// commutative and associative. Below a microsecond everything is one bucket, answered by the least value seen. An octave takes 64 KiB on first use, 61 octaves
/// (1 us to 70,000 years) at most: under 4 MiB. Not thread-safe. Shares of values at or below a target cannot be had from it.
namespace muster {

class Sketch {
 public:
  Sketch() = default;
  Sketch(Sketch&&) = default;
  Sketch& operator=(Sketch&&) = default;
  Sketch(const Sketch& other);
  Sketch& operator=(const Sketch& other);

  void add(double value);
  void merge(const Sketch& other);
  std::uint64_t count() const { return count_; }
  double min() const { return min_; }
  double max() const { return max_; }
  /// The value of that rank, 1 to count().
  double quantile(std::uint64_t rank) const;

 private:
  static constexpr int bits = 13;
  static constexpr int lowest = -20, octaves = 61;  ///< 2^-20 s is just under a microsecond
  using Page = std::array<std::uint64_t, std::size_t{1} << bits>;
  std::array<std::unique_ptr<Page>, octaves> pages_;
  std::uint64_t count_ = 0, tiny_ = 0, infinite_ = 0;
  double min_ = never, max_ = 0;
};

/// Statistics as of exact values, quantiles from the sketch.
Stats summarize(const Sketch& sketch, const Moments& moments);

}  // namespace muster
