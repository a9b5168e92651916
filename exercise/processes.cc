#include "exercise/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <system_error>

#include "exercise/apart.h"
#include "exercise/pidfd.h"

namespace muster {
namespace {

// By hand: a stream's iterator throws when the process ends between the opening and the reading.
std::string slurp(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  while (file.get() >= 0) {
    const ssize_t n = read(file.get(), buffer, sizeof buffer);
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR) break;
  }
  return text;
}

// pid (name) state ppid …; the name may hold anything, so the last parenthesis counts. The start time is field 22.
std::optional<ProcessSight> read_process(pid_t pid) {
  const std::string stat = slurp("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > stat.size()) return {};
  ProcessSight sight;
  sight.identity.pid = pid;
  sight.state = stat[close + 2];
  std::size_t at = close + 4;
  for (int field = 4; field <= 22; ++field) {
    if (field == 4) sight.parent = static_cast<pid_t>(std::strtol(stat.c_str() + at, nullptr, 10));
    if (field == 22) sight.identity.start = std::strtoull(stat.c_str() + at, nullptr, 10);
    at = stat.find(' ', at);
    if (at == std::string::npos) break;
    ++at;
  }
  sight.command = slurp("/proc/" + std::to_string(pid) + "/cmdline");
  sight.kernel = sight.command.empty() && !sight.dead();
  while (!sight.command.empty() && sight.command.back() == '\0') sight.command.pop_back();
  std::replace(sight.command.begin(), sight.command.end(), '\0', ' ');
  if (sight.command.empty()) sight.command = "[" + stat.substr(open + 1, close - open - 1) + "]";
  return sight;
}

std::uint64_t inode(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

std::vector<ProcessSight> all_processes() {
  std::vector<ProcessSight> out;
  DIR* folder = opendir("/proc");
  if (!folder) return out;
  while (const dirent* entry = readdir(folder)) {
    const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid <= 0) continue;
    if (auto sight = read_process(pid)) out.push_back(std::move(*sight));
  }
  closedir(folder);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.identity.pid < b.identity.pid; });
  return out;
}

std::optional<ProcessIdentity> identity_of(pid_t pid) {
  const auto sight = read_process(pid);
  return sight ? std::optional(sight->identity) : std::nullopt;
}

ProcessIdentity this_process() { return identity_of(getpid()).value_or(ProcessIdentity{getpid(), 0}); }

char state_of(const ProcessIdentity& identity) {
  const auto sight = read_process(identity.pid);
  return sight && sight->identity == identity && !sight->dead() ? sight->state : 0;
}

std::vector<ProcessSight> with_descendants(const std::vector<ProcessSight>& all, const std::vector<pid_t>& roots) {
  std::set<pid_t> chosen(roots.begin(), roots.end());
  for (bool grew = true; grew;) {
    grew = false;
    for (const ProcessSight& one : all)
      if (!chosen.contains(one.identity.pid) && chosen.contains(one.parent)) grew = chosen.insert(one.identity.pid).second;
  }
  std::vector<ProcessSight> out;
  for (const ProcessSight& one : all)
    if (chosen.contains(one.identity.pid) && !one.dead()) out.push_back(one);
  return out;
}

std::set<pid_t> relatives(const std::vector<ProcessSight>& all, const std::vector<pid_t>& pids) {
  std::set<pid_t> out(pids.begin(), pids.end());
  for (const ProcessSight& one : with_descendants(all, pids)) out.insert(one.identity.pid);
  for (pid_t pid : pids) {
    const auto parent_of = [&](pid_t child) {
      const auto at = std::lower_bound(all.begin(), all.end(), child, [](const ProcessSight& one, pid_t p) { return one.identity.pid < p; });
      return at != all.end() && at->identity.pid == child ? at->parent : 0;
    };
    for (pid = parent_of(pid); pid > 1; pid = parent_of(pid)) out.insert(pid);
  }
  return out;
}

bool signal_process(const ProcessIdentity& identity, int number) {
  const Descriptor handle(open_pidfd(identity.pid));
  if (handle.get() < 0 || state_of(identity) == 0) return false;
  if (signal_pidfd(handle.get(), number) == 0) return true;
  if (errno == ESRCH) return false;
  throw std::system_error(errno, std::generic_category(), "process " + std::to_string(identity.pid) + " cannot be signalled");
}

std::uint64_t network_of(pid_t pid) { return inode("/proc/" + std::to_string(pid) + "/ns/net"); }

std::uint64_t network_named(const std::string& netns) {
  return netns.empty() ? inode("/proc/self/ns/net") : inode("/run/netns/" + netns);
}

}  // namespace muster
