#include "exercise/faults/pressure.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/faults/cgroups.h"
#include "exercise/faults/note.h"
#include "exercise/faults/noted_process.h"
#include "exercise/faults/words.h"

namespace muster {
namespace {

constexpr double kMargin = 20;         // seconds: keeper and fuse come first
constexpr double kWeek = 7 * 24 * 3600;
constexpr double kKilled = 5;          // seconds until a killed process is gone

// Those of them who live, with their children.
std::vector<ProcessIdentity> family(const std::vector<ProcessIdentity>& leaders) {
  std::vector<pid_t> roots;
  for (const ProcessIdentity& one : leaders)
    if (state_of(one) != 0) roots.push_back(one.pid);
  std::vector<ProcessIdentity> out;
  if (roots.empty()) return out;
  for (const ProcessSight& each : with_descendants(all_processes(), roots))
    if (!each.dead()) out.push_back(each.identity);
  return out;
}

// The hierarchy of version 1 that has the controller, else the one of version 2: next to the target's groups, not below ours.
std::optional<CgroupMount> hierarchy_of(const std::string& controller) {
  if (auto mount = cgroup_v1(controller)) return mount;
  return cgroup_v2();
}

std::vector<std::string> groups_of(const Effect& effect) {
  std::vector<std::string> out;
  for (const CgroupMount& mount : cgroup_mounts())
    if (const std::string folder = mount.path + "/" + effect_name(effect); is_folder(folder)) out.push_back(folder);
  return out;
}

std::string make_group(const Effect& effect, const PressureSettings& settings) {
  if (settings.controller.empty() || ::geteuid() != 0) return "";
  const auto mount = hierarchy_of(settings.controller);
  if (!mount) return "";
  const std::string folder = mount->path + "/" + effect_name(effect);
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return "";
  if (settings.most_memory > 0)
    write_cgroup(folder, mount->v2 ? "memory.max" : "memory.limit_in_bytes", std::to_string(static_cast<long long>(settings.most_memory)));
  return folder;
}

void put_on_oom_list(int score) {
  const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file.get() >= 0) write_all(file.get(), std::to_string(score));
}

// In the process itself; everything ends with it.
void live(int said, const PressureSettings& settings, const std::string& group, const Press& press) {
  put_on_oom_list(settings.oom_score);
  if (!group.empty()) write_cgroup(group, "cgroup.procs", std::to_string(::getpid()));
  const double ends_in = settings.ends_in > 0 ? settings.ends_in : kWeek;
  const Moment since = system_clock().now();
  try {
    press([&](const std::string& what) { write_all(said, "+" + what + "\n"); });
  } catch (const std::exception& error) {
    write_all(said, "-" + std::string(error.what()) + "\n");
    return;
  }
  ::close(said);
  // On a clock that counts while the machine sleeps.
  while (system_clock().now().since(since) < ends_in) ::poll(nullptr, 0, 1000);
}

}  // namespace

void begin_pressure(const Effect& effect, const PressureSettings& settings, const Press& press) {
  const std::string group = make_group(effect, settings);
  begin_noted(effect, {pressure_process, "presses", "; memory may have run out"}, {}, [&](int said) { live(said, settings, group, press); });
}

void end_pressure(const Effect& effect) {
  const Moment since = system_clock().now();
  std::vector<ProcessIdentity> all = noted_processes(effect);
  for (const ProcessIdentity& one : family(all)) all.push_back(one);
  const auto left = [&] {
    std::size_t living = 0;
    for (const ProcessIdentity& one : all)
      if (state_of(one) != 0 && signal_process(one, SIGKILL)) ++living;
    for (const std::string& group : groups_of(effect))
      for (const pid_t pid : pids_in(group)) {
        ::kill(pid, SIGKILL);  // nobody else is ever put into the group
        ++living;
      }
    return living;
  };
  while (left() > 0 && system_clock().now().since(since) < kKilled) ::poll(nullptr, 0, 10);
  if (left() > 0) throw std::runtime_error("processes that press on the machine were killed and are still there");
  for (const std::string& group : groups_of(effect))
    if (!remove_cgroup(group, 2)) throw std::runtime_error("the control group " + group + " cannot be removed: " + std::strerror(errno));
}

Sight see_pressure(const Effect& effect, std::size_t processes) {
  const auto leaders = noted_processes(effect);
  if (const auto living = family(leaders); !living.empty()) {
    const std::string held = read_note(effect, "held"), who = "process " + std::to_string(leaders.front().pid);
    if (held.empty()) return {Presence::inert, who + " lives, and has not said that it is at it"};
    if (living.size() >= processes) return {Presence::in_effect, who + " " + held};
    return {Presence::inert, "only " + std::to_string(living.size()) + " of " + std::to_string(processes) + " processes that press are left"};
  }
  if (const auto groups = groups_of(effect); !groups.empty()) return {Presence::inert, "no process presses, but there is the control group " + groups.front()};
  return {Presence::gone, "no process presses, and nothing of it is left"};
}

std::vector<std::string> pressure_by_hand(const Effect& effect) {
  std::vector<std::string> out{std::string("pkill -KILL -x ") + pressure_process};
  for (const char* controller : {"cpu", "memory"})
    if (effect.kind == controller)
      if (const auto mount = hierarchy_of(controller)) out.push_back("rmdir " + as_typed(mount->path + "/" + effect_name(effect)));
  return out;
}

double pressure_end(const FaultPlan& fault, const Surroundings& around) {
  double end = around.plan && around.plan->limit > 0 ? around.plan->limit : 0;
  if (fault.lasts) end = end > 0 ? std::min(end, *fault.lasts) : *fault.lasts;
  return end > 0 ? end + kMargin : 0;
}

std::string shown_bytes(double bytes) {
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < std::size(units)) {
    bytes /= 1000;
    ++unit;
  }
  char text[48];
  std::snprintf(text, sizeof text, "%.4g %s", bytes, units[unit]);
  return text;
}

}  // namespace muster
