#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

/// Control groups, of both versions, wherever they are mounted.
namespace muster {

struct CgroupMount {
  std::string path;                      ///< where
  std::string root;                      ///< which part of the hierarchy is seen there; "/" mostly
  bool v2 = false;
  std::vector<std::string> controllers;  ///< of version 1
};
std::vector<CgroupMount> cgroup_mounts();
/// The hierarchy of version 2, or the one of a controller of version 1.
std::optional<CgroupMount> cgroup_v2();
std::optional<CgroupMount> cgroup_v1(const std::string& controller);

/// The folder of a process's group in a hierarchy; "" where it has none that can be seen.
std::string cgroup_of(pid_t pid, const CgroupMount& mount);

std::string read_cgroup(const std::string& folder, const std::string& file);            ///< without the newline; "" where there is none
bool write_cgroup(const std::string& folder, const std::string& file, const std::string& text);  ///< false and errno
std::vector<pid_t> pids_in(const std::string& folder);
bool is_folder(const std::string& path);

/// Removes a group once nobody is in it; waits so many seconds for that. True when it is gone.
bool remove_cgroup(const std::string& folder, double patience);

/// All groups whose name begins with `prefix`, and all that are frozen, below each mount.
struct CgroupSight {
  std::string folder;
  bool frozen = false;
};
std::vector<CgroupSight> cgroups_called(const std::string& prefix);

}  // namespace muster
