#pragma once
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"

/// What there is that a fault could have left: nftables tables and chains, qdiscs, cgroups, mounts, listeners, stopped and frozen
/// processes, namespaces and fill files, on the machine and in the targets' namespaces.
namespace muster {

struct Footprint {
  std::vector<std::string> things;  ///< sorted; one line each: "east: table inet muster_…"
};
/// Looks only. What cannot be looked at is a line that says so.
Footprint take_footprint(const std::vector<Target>& targets);
/// `remains`: what is in `after` and not in `before` and is the exercise's (muster_ID in it, or a process that an effect stopped).
FootprintCompared compare(const Footprint& before, const Footprint& after, const std::string& exercise);

}  // namespace muster
