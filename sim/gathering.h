#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "models/sketch.h"
#include "models/statistics.h"
#include "sim/lane_kernels.h"

/// Takes in the columns of whole blocks of replications: their moments, and a sketch of each column where one
/// is kept.
///
/// The same to the last bit as adding value by value; but eight blocks side by side, and a column that is
/// constant or equal to an earlier one (the last recovery is often that of the only service) once. Belongs to
/// one thread.
namespace muster {

class Gathering {
 public:
  static constexpr std::uint32_t block = 1024;
  static constexpr std::uint32_t side_by_side = 8;

  Gathering(std::size_t columns, bool sketched, const LaneKernels& kernels);

  /// Where the values of a block's column are to be written, for block numbers below side_by_side.
  double* values(std::size_t column, std::uint32_t block_number) {
    return values_.get() + (column * side_by_side + block_number) * stride;
  }
  /// Takes in that many blocks, of which the last holds `last` values; moments(c, b) and the sketches are
  /// then of them too.
  void take_in(std::uint32_t blocks, std::uint32_t last);
  const Moments& moments(std::size_t column, std::uint32_t block_number) const {
    return moments_[column * side_by_side + block_number];
  }
  /// Adds what was gathered to these sketches. Once, at the end.
  void merge_into(std::vector<Sketch>& sketches);

 private:
  static constexpr std::uint32_t stride =
      block + 8;  ///< so that the blocks do not fall on the same lines of the cache
  struct Free {
    void operator()(double* p) const;
  };
  bool constant(std::size_t column, std::uint32_t blocks, std::uint32_t last) const;
  bool equal(std::size_t column, std::size_t other, std::uint32_t blocks, std::uint32_t last) const;

  std::size_t columns_;
  bool sketched_, begun_ = false;
  const LaneKernels& k_;
  std::unique_ptr<double[], Free> values_;
  std::vector<Moments> moments_;
  std::vector<Sketch> sketches_;
  std::vector<std::size_t> like_;  ///< by column: an earlier column that it has equalled so far, or itself
};

}  // namespace muster
