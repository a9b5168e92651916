#pragma once
#include <string>
#include <vector>

#include "exercise/faults/fault.h"
#include "exercise/processes.h"

/// Which processes of a target a fault means.
namespace muster {

/// The roots of what matches: of the target's network namespace (for an ordinary user, of those that it may look at), alive, no kernel
/// thread, no relative of `own`; one that descends from another match is part of its tree. `folder` is where a relative pid file is.
std::vector<ProcessSight> matching(const Match& match, const std::string& folder, const Target& target, const std::vector<ProcessSight>& all,
                                   const std::vector<pid_t>& own);

/// What a fault takes hold of; as settings of an effect it knows them again after any crash.
struct Quarry {
  Match match;
  std::string boot, folder;
  std::vector<ProcessIdentity> roots, tree;  ///< the matches, and with all that had descended from them when it was looked at
};
/// Throws Refused: none matches, or more than at-most (with the list).
Quarry find_quarry(const Match& match, const Target& target, const Surroundings& around);
nlohmann::json to_json(const Quarry& quarry);
Quarry quarry_from_json(const nlohmann::json& json);

std::string pids_of(const std::vector<ProcessIdentity>& all);  ///< "12 15"
/// What is missing to look for processes of this target.
std::vector<std::string> missing_for_processes(const Target& target);

}  // namespace muster
