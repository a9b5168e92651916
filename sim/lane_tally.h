#pragma once
#include <cstdint>
#include <vector>

#include "sim/lanes.h"
#include "sim/replication.h"
#include "sim/tally.h"

/// Counts what the lane engine found, as count() does replication by replication.
namespace muster {

/// Runs replications first, first + 1, ... of which there are n (at most lanes::capacity) in lanes, those
/// that need true events in `r`, and counts them. values[c] receives column c. Columns without a cost only.
void count_lanes(const Program& program, const Columns& columns, Lanes& lanes, Replication& r,
                 std::uint64_t seed, std::uint32_t first, std::uint32_t n, Counts& counts,
                 double* const* values, std::vector<double>& scratch);

}  // namespace muster
