#include "exercise/faults/pressure.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/faults/cgroups.h"
#include "exercise/faults/note.h"
#include "exercise/faults/words.h"

namespace muster {
namespace {

constexpr double kMargin = 20;         // seconds: keeper and fuse come first
constexpr double kWeek = 7 * 24 * 3600;
constexpr double kKilled = 5;          // seconds until a killed process is gone

std::vector<ProcessIdentity> on_record(const Effect& effect) {
  std::vector<ProcessIdentity> out;
  std::istringstream in(read_note(effect, "process"));
  std::string boot;
  in >> boot;
  for (ProcessIdentity one; boot == boot_id() && in >> one.pid >> one.start;) out.push_back(one);
  return out;
}

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

ProcessIdentity identity_of(pid_t pid) {
  for (const ProcessSight& each : all_processes())
    if (each.identity.pid == pid) return each.identity;
  throw std::runtime_error("the process that presses ended at once");
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

// In the process itself: nothing before it is on record; everything ends with it.
void live(int go, int said, const std::string& name, const PressureSettings& settings, const std::string& group, const Press& press) {
  char told = 0;
  if (::read(go, &told, 1) != 1) return;
  ::close(go);
  ::prctl(PR_SET_NAME, pressure_process);
  ::memfd_create(name.c_str(), 0);  // open until the end, so that a footprint tells whose it is
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

std::string first_line(int descriptor) {
  std::string line;
  char c = 0;
  while (::read(descriptor, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

}  // namespace

void begin_pressure(const Effect& effect, const PressureSettings& settings, const Press& press) {
  int go[2], said[2];
  if (::pipe2(go, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const Descriptor go_out(go[0]), go_in(go[1]);
  if (::pipe2(said, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const Descriptor said_out(said[0]);
  Descriptor said_in(said[1]);
  const std::string group = make_group(effect, settings);
  const pid_t pid = fork_apart({go_out.get(), said_in.get()}, 0, [&, name = effect_name(effect)] { live(go_out.get(), said_in.get(), name, settings, group, press); });
  said_in.close();
  const ProcessIdentity who = identity_of(pid);
  keep_note(effect, "process", boot_id() + " " + std::to_string(who.pid) + " " + std::to_string(who.start) + "\n");
  if (!write_all(go_in.get(), "+")) throw std::runtime_error("the process that presses ended at once");
  const std::string answer = first_line(said_out.get());
  if (!answer.starts_with("+")) throw std::runtime_error(answer.empty() ? "the process that presses died; memory may have run out" : answer.substr(1));
  keep_note(effect, "held", answer.substr(1));
}

void end_pressure(const Effect& effect) {
  const Moment since = system_clock().now();
  std::vector<ProcessIdentity> all = on_record(effect);
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
  const auto leaders = on_record(effect);
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
