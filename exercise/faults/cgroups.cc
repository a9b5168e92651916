#include "exercise/faults/cgroups.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "exercise/apart.h"

namespace muster {
namespace {

// A space, a tab, a newline and a backslash come as three octal digits.
std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, by);) out.push_back(one);
  return out;
}

bool contains(const std::vector<std::string>& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

bool frozen(const std::string& folder, bool v2) {
  if (v2) return read_cgroup(folder, "cgroup.events").find("frozen 1") != std::string::npos;
  return read_cgroup(folder, "freezer.state") == "FROZEN";
}

}  // namespace

std::vector<CgroupMount> cgroup_mounts() {
  std::vector<CgroupMount> mounts;
  std::ifstream in("/proc/self/mountinfo");
  // 36 35 98:0 /root /where options optional… - type source options
  for (std::string line; std::getline(in, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto before = split(line.substr(0, dash), ' '), after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3 || (after[0] != "cgroup" && after[0] != "cgroup2")) continue;
    mounts.push_back({unescaped(before[4]), unescaped(before[3]), after[0] == "cgroup2", split(after[2], ',')});
  }
  return mounts;
}

std::optional<CgroupMount> cgroup_v2() {
  for (const CgroupMount& mount : cgroup_mounts())
    if (mount.v2) return mount;
  return std::nullopt;
}

std::optional<CgroupMount> cgroup_v1(const std::string& controller) {
  for (const CgroupMount& mount : cgroup_mounts())
    if (!mount.v2 && contains(mount.controllers, controller)) return mount;
  return std::nullopt;
}

std::string cgroup_of(pid_t pid, const CgroupMount& mount) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/cgroup");
  for (std::string line; std::getline(in, line);) {  // number:controllers:/path
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto controllers = split(line.substr(first + 1, second - first - 1), ',');
    std::string path = line.substr(second + 1);
    const bool same = mount.v2 ? line.starts_with("0::") : !controllers.empty() && contains(mount.controllers, controllers[0]);
    if (!same || path.find("/..") != std::string::npos || path.ends_with(" (deleted)")) continue;
    if (mount.root != "/") {
      if (!path.starts_with(mount.root)) return "";
      path = path.substr(mount.root.size());
    }
    const std::string folder = path == "/" || path.empty() ? mount.path : mount.path + path;
    return is_folder(folder) ? folder : "";
  }
  return "";
}

std::string read_cgroup(const std::string& folder, const std::string& file) {
  // By hand: a stream's iterator throws when the group is removed between the opening and the reading.
  const Descriptor in(open((folder + "/" + file).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; in.get() >= 0 && (n = read(in.get(), buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool write_cgroup(const std::string& folder, const std::string& file, const std::string& text) {
  const Descriptor out(open((folder + "/" + file).c_str(), O_WRONLY | O_CLOEXEC));
  return out.get() >= 0 && write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::vector<pid_t> pids_in(const std::string& folder) {
  std::vector<pid_t> pids;
  std::ifstream in(folder + "/cgroup.procs");
  for (pid_t pid; in >> pid;)
    if (pid > 0) pids.push_back(pid);
  return pids;
}

bool is_folder(const std::string& path) {
  struct stat there {};
  return stat(path.c_str(), &there) == 0 && S_ISDIR(there.st_mode);
}

bool remove_cgroup(const std::string& folder, double patience) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(patience);
  for (;;) {
    if (rmdir(folder.c_str()) == 0 || errno == ENOENT) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::vector<CgroupSight> cgroups_called(const std::string& prefix) {
  namespace fs = std::filesystem;
  std::vector<CgroupSight> out;
  for (const CgroupMount& mount : cgroup_mounts()) {
    std::error_code error;
    const bool freezes = mount.v2 || contains(mount.controllers, "freezer");
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(mount.path, options, error), end; !error && at != end; at.increment(error)) {
      std::error_code vanished;
      if (!at->is_directory(vanished)) continue;
      const bool cold = freezes && frozen(at->path(), mount.v2);
      if (cold || at->path().filename().string().starts_with(prefix)) out.push_back({at->path(), cold});
    }
  }
  return out;
}

}  // namespace muster
