#pragma once
#include <cstddef>
#include <vector>

#include "models/distribution.h"

/// The sampler: a distribution's quantile function tabulated once, evaluated without a branch.
///
/// Cells are dyadic in the tail probability (Giles and Sheridan-Methven, arXiv 2012.09715): an octave of the tail is cut
/// into 16 cells, each holds a cubic that is monotone and continuous across cells. Relative error against
/// Distribution::quantile is at most 1e-6 of max(|x|, sd) between tails of 2^-40 (tested); beyond, the last cell goes on.
/// Discrete laws (constant, empirical, and mixtures that hold one) are answered by their own quantile function.
/// Immutable after construction, so safe to share among threads; sampling touches no heap.
namespace muster {

class QuantileTable {
 public:
  explicit QuantileTable(const Distribution& of);
  /// Monotone in u; a pure function of (distribution, u), bit for bit.
  double operator()(Uniform01 u) const;
  double operator()(std::uint64_t bits) const { return (*this)(uniform(bits)); }
  const Distribution& distribution() const { return of_; }

 private:
  Distribution of_;
  bool tabulated_ = false;
  std::vector<double> cubic_;  // 4 coefficients a cell, lower tail first
};

}  // namespace muster
