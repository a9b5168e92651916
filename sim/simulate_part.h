#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/shard.h"
#include "sim/simulate.h"

/// A simulation in parts, on several machines, and the whole from them: the same bytes as simulate().
namespace muster {

/// The replications of one part, of every outage: a section for each, in order. Without precision, sensitivity and samples
/// (std::logic_error). Empty when it was interrupted: half a part is of no use.
std::vector<std::string> simulate_part(const Scenario& scenario, const SimulationOptions& options, const ShardPart& part,
                                       const ProgressSink& progress = {}, const std::atomic<bool>* interrupted = nullptr);

/// `section(part, outage)`, both from 0, is what simulate_part() gave; each is asked for once, in memory is one at a time. Throws
/// DamagedArchive (models/archive.h) for what it did not give.
SimulationResult merge_parts(const Scenario& scenario, const SimulationOptions& options, std::uint64_t parts,
                             const std::function<std::string(std::uint64_t part, std::size_t outage)>& section);

}  // namespace muster
