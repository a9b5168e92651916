#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "models/calibrated_law.h"
#include "models/draw.h"
#include "models/quantile_table.h"
#include "sim/luck.h"

/// The sampler of a calibrated law: what is true of it, drawn once in a replication, and durations given that.
///
/// Everything is a pure function of (law, bits), so that this is the one place that says what a calibrated draw is. Immutable; no heap.
namespace muster {

class LearnedLaw {
 public:
  /// Location and scale of the scores.
  struct Truth {
    double mu = 0, tau = 1;
  };

  LearnedLaw(const CalibratedLaw& law, Stream stream);

  /// Under the number of a replication. tau from the value drawn, by the quantile of its gamma law; mu from the second uniform.
  Truth truth(const Luck& luck) const;
  Truth truth(std::uint64_t seed, std::uint32_t number) const { return truth(Luck{seed, number}); }

  /// F^-1(Phi(mu + tau * Phi^-1(u))). `table` is of F. A lognormal law needs none; a score then goes no further than 7 (about a tail
  /// of 2^-40, as tables go) scales of the belief from its location, so that no draw overflows.
  double at(const Truth& truth, Uniform01 u, const QuantileTable& table) const;

  void redraw_under(std::uint64_t name) { stream_.name ^= name; }

 private:
  Belief belief_;
  Stream stream_;
  QuantileTable precision_;  ///< of scale^2 / tau^2: gamma of mean 1
  double spread_of_mu_;      ///< in tau
  double lowest_, highest_;  ///< scores of a lognormal law
  bool lognormal_;
  ShiftedLognormal direct_{};
};

}  // namespace muster
