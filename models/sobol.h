#pragma once
#include <cstdint>
#include <span>

#include "models/outcomes.h"

/// Estimates of sensitivity from paired runs. Pure and deterministic; values are finite.
namespace muster {

struct SobolEstimate {
  double first = 0, total = 0;
  Interval first_ci, total_ci;  ///< 95%
};

/// Sobol's indices by pick-freeze: `a` and `b` are outputs for two independent sets of inputs, `ab` for those of a with the one
/// factor in question taken from b. First order after Saltelli et al., "Variance based sensitivity analysis of model output",
/// Computer Physics Communications 181, 2010, table 2 (b), on centred outputs; total after Jansen, Computer Physics
/// Communications 117, 1999. Intervals by deleting one of 32 batches at a time (the jackknife). All of one size, at
/// least 64. No variance: all zero.
SobolEstimate sobol_indices(std::span<const double> a, std::span<const double> b, std::span<const double> ab);

struct PairedChange {
  double change = 0;  ///< the quantile after less the quantile before; NaN where one of them is not finite
  Interval ci;        ///< 95%, by Student's law from 16 batches; NaN where a batch has none
};
/// What became of the p-quantile, on common random numbers: before[i] and after[i] met the same draws. At least 64 values.
PairedChange paired_quantile_change(std::span<const double> before, std::span<const double> after, double p);

}  // namespace muster
