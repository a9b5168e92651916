#include "exercise/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>

#include "exercise/pidfd.h"

namespace muster {
namespace {

struct Process {
  pid_t pid = 0, parent = 0, session = 0;
  std::uint64_t start = 0;
  bool dead = false, member = false;
};

std::string read_whole(const std::string& path) {
  std::string text;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  char buffer[8192];
  for (ssize_t got; (got = read(file, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(file);
  return text;
}

std::optional<Process> read_process(pid_t pid) {
  const std::string text = read_whole("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');  // the name may hold anything, parentheses too
  if (name_end == std::string::npos) return std::nullopt;
  Process process;
  char state = 0;
  unsigned long long start = 0;
  if (std::sscanf(text.c_str() + name_end + 1,
                  " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
                  &process.parent, &process.session, &start) != 4)
    return std::nullopt;
  process.pid = pid;
  process.start = start;
  process.dead = state == 'Z' || state == 'X';
  return process;
}

std::vector<Process> all_processes() {
  std::vector<Process> processes;
  DIR* folder = opendir("/proc");
  if (!folder) return processes;
  while (const dirent* entry = readdir(folder)) {
    const int pid = std::atoi(entry->d_name);
    if (pid > 1)
      if (auto process = read_process(pid)) processes.push_back(*process);
  }
  closedir(folder);
  return processes;
}

bool has_mark(pid_t pid, const std::string& mark) {
  const std::string environment = read_whole("/proc/" + std::to_string(pid) + "/environ");
  const std::string entry = "MUSTER_TREE=" + mark;
  for (std::size_t at = 0; at < environment.size();) {
    const std::size_t end = std::min(environment.find('\0', at), environment.size());
    if (std::string_view(environment).substr(at, end - at) == entry) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

ProcessTree::ProcessTree(pid_t leader, std::string mark) : leader_(leader), mark_(std::move(mark)) {
  if (auto process = read_process(leader)) known_.push_back({leader, process->start});
}

std::vector<ProcessTree::Member> ProcessTree::members(bool search_environments) {
  std::vector<Process> processes = all_processes();
  const pid_t own = getpid();
  const auto known = [&](const Process& process) {
    return std::any_of(known_.begin(), known_.end(),
                       [&](const Member& m) { return m.pid == process.pid && m.start == process.start; });
  };
  for (Process& process : processes)
    process.member =
        process.pid != own && (process.session == leader_ || known(process) ||
                               (search_environments && !process.dead && has_mark(process.pid, mark_)));
  std::sort(processes.begin(), processes.end(),
            [](const Process& a, const Process& b) { return a.pid < b.pid; });
  for (bool grew = true; grew;) {  // pids wrap, so parents need not come before children
    grew = false;
    for (Process& process : processes) {
      if (process.member || process.pid == own) continue;
      const auto parent = std::lower_bound(processes.begin(), processes.end(), process.parent,
                                           [](const Process& a, pid_t pid) { return a.pid < pid; });
      if (parent != processes.end() && parent->pid == process.parent && parent->member)
        grew = process.member = true;
    }
  }
  known_.clear();
  std::vector<Member> living;
  for (const Process& process : processes) {
    if (!process.member) continue;
    known_.push_back({process.pid, process.start});
    if (!process.dead) living.push_back({process.pid, process.start});
  }
  return living;
}

void ProcessTree::look() { members(false); }

std::size_t ProcessTree::signal(int number) {
  const std::vector<Member> living = members(true);
  for (const Member& member : living) {
    const int file = open_pidfd(member.pid);
    if (file < 0) continue;
    const auto still =
        read_process(member.pid);  // between the look and the pidfd the pid may have passed to another
    if (still && still->start == member.start) signal_pidfd(file, number);
    close(file);
  }
  return living.size();
}

bool ProcessTree::end(double grace) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(10)); };
  const auto began = now();
  const auto seconds = [&] { return std::chrono::duration<double>(now() - began).count(); };
  if (signal(SIGTERM) == 0) return true;
  signal(SIGCONT);  // a stopped process takes SIGTERM only when it goes on
  while (seconds() < grace) {
    if (members(true).empty()) return true;
    pause();
  }
  while (seconds() < grace + 1) {
    if (signal(SIGKILL) == 0) return true;  // again and again: members may have been starting others
    pause();
  }
  return members(true).empty();
}

}  // namespace muster
