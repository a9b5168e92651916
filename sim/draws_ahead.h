#pragma once
#include <cstdint>
#include <vector>

#include "models/quantile_table.h"
#include "sim/lane_kernels.h"
#include "sim/program.h"

/// The draws that nearly every replication takes, for many replications at once: how long the first attempts of its steps take, and the coins
/// of whether they fail.
///
/// What Replication would draw itself, bit for bit, at a fraction of the cost. Belongs to one thread; no heap after construction.
namespace muster {

class DrawsAhead {
 public:
  /// Between columns; no power of two, so that what one lane needs does not fall on the same lines of the cache.
  static constexpr std::size_t stride = lanes::capacity + 8;

  DrawsAhead(const Program& program, const LaneKernels& kernels);

  /// Draws for replications first, first + 1, ..., of which there are lanes::capacity.
  void draw(std::uint64_t seed, std::uint32_t first);
  bool hold(std::uint64_t seed, std::uint32_t replication) const { return drawn_ && seed == seed_ && replication - first_ < lanes::capacity; }
  /// The place of a replication that they hold.
  std::uint32_t lane(std::uint32_t replication) const { return replication - first_; }
  /// The law of a random part of a step's first attempt; `part` is its index in Program::parts.
  double length(std::uint32_t part, std::uint32_t lane) const { return lengths(part)[lane]; }
  bool has(std::uint32_t part) const { return length_of_[part] >= 0; }
  /// Whether a step's first attempt fails by its coin; of a step that may fail.
  bool fails(std::int32_t step, std::uint32_t lane) const { return failing(step)[lane] != 0; }
  /// The same by lane; of a part that it has, of a step that may fail.
  const double* lengths(std::uint32_t part) const { return lengths_.data() + static_cast<std::size_t>(length_of_[part]) * stride; }
  const std::uint8_t* failing(std::int32_t step) const { return fails_.data() + static_cast<std::size_t>(coin_of_[static_cast<std::size_t>(step)]) * stride; }

 private:
  struct Length {
    Stream name;
    std::uint32_t part;
    std::int32_t table, column;
  };
  struct Coin {
    Stream name;
    double probability;
  };
  void words(Stream name, std::uint32_t part, Word which);
  const Program& p_;
  const LaneKernels& k_;
  std::vector<Length> drawn_lengths_;
  std::vector<Coin> drawn_coins_;
  std::vector<std::int32_t> length_of_, coin_of_;
  AlignedDoubles lengths_;
  std::vector<std::uint8_t> fails_;
  std::vector<std::uint64_t, AlignedAllocator<std::uint64_t>> words_;
  std::vector<std::uint32_t> heads_;
  std::vector<std::uint32_t, AlignedAllocator<std::uint32_t>> replications_;
  std::uint64_t seed_ = 0;
  std::uint32_t first_ = 0;
  bool drawn_ = false;
};

}  // namespace muster
