#pragma once
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"

/// What there is that a fault could have left: nftables tables and chains, qdiscs, cgroups of Muster's and frozen ones, mounts, listeners,
/// stopped processes, network namespaces, processes that press on the machine and the files that they fill it with, on the machine and in
/// the targets' namespaces.
namespace muster {

struct Footprint {
  std::vector<std::string> things;  ///< sorted; one line each: "east: table inet muster_…", "machine: mount /srv of tmpfs"
};
/// Looks only. What cannot be looked at is a line that says so.
Footprint take_footprint(const std::vector<Target>& targets);
/// `remains`: what is in `after` and not in `before` and is the exercise's (muster_ID in it, a qdisc with one of Muster's handles), or a process of
/// a target that was stopped meanwhile, or what could not be looked at. `changed`: all other differences, "new: …" and "gone: …".
FootprintCompared compare(const Footprint& before, const Footprint& after, const std::string& exercise);

}  // namespace muster
