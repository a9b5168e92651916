#pragma once
#include <cstdint>
#include <vector>

#include "sim/course.h"
#include "sim/lanes.h"
#include "sim/replication.h"
#include "sim/tally.h"

/// Counts what the lane engine, or Course, found, as count() does replication by replication.
namespace muster {

/// Runs replications first, first + 1, ... of which there are n (at most lanes::capacity) in lanes, those
/// that need true events in `r`, and counts them. values[c] receives column c. Columns without a cost only.
template <class Engine>
void count_lanes(const Program& program, const Columns& columns, Engine& lanes, Replication& r,
                 std::uint64_t seed, std::uint32_t first, std::uint32_t n, Counts& counts,
                 double* const* values, std::vector<double>& scratch);
extern template void count_lanes(const Program&, const Columns&, Lanes&, Replication&, std::uint64_t, std::uint32_t, std::uint32_t, Counts&, double* const*,
                                 std::vector<double>&);
extern template void count_lanes(const Program&, const Columns&, Course&, Replication&, std::uint64_t, std::uint32_t, std::uint32_t, Counts&, double* const*,
                                 std::vector<double>&);

}  // namespace muster
