#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "exercise/clock.h"
#include "exercise/faults/cgroups.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/matching.h"
#include "exercise/faults/note.h"
#include "exercise/refused.h"

/// A process tree moved into a control group of its own, which is frozen; thawed, each process goes back to where it came from.
namespace muster {
namespace {

using nlohmann::json;

constexpr double kFreezing = 5, kMoving = 5;  // seconds

struct Settings {
  Quarry quarry;
  bool v2 = false;
  std::string mount, group;                    ///< folders
  std::map<pid_t, std::string> origins;        ///< of the tree's processes: the folders they came from
};

Settings settings_of(const Effect& effect) {
  const json j = json::parse(effect.settings);
  Settings s{quarry_from_json(j.at("quarry")), j.at("v2"), j.at("mount"), j.at("group"), {}};
  for (const json& each : j.at("origins")) s.origins[each.at(0)] = each.at(1);
  return s;
}

bool wait_until(double seconds, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::optional<CgroupMount> hierarchy() {
  // The root of version 2 has no cgroup.freeze; every other group of it has, whatever controllers it has.
  if (auto mount = cgroup_v2()) return mount;
  return cgroup_v1("freezer");
}

CgroupMount mount_of(const Settings& s) {
  for (const CgroupMount& mount : cgroup_mounts())
    if (mount.path == s.mount && mount.v2 == s.v2) return mount;
  throw std::runtime_error("there is no hierarchy of control groups at " + s.mount + " any more");
}

bool is_frozen(const Settings& s) {
  return s.v2 ? read_cgroup(s.group, "cgroup.events").find("frozen 1") != std::string::npos : read_cgroup(s.group, "freezer.state") == "FROZEN";
}

bool write_state(const Settings& s, bool frozen) {
  return s.v2 ? write_cgroup(s.group, "cgroup.freeze", frozen ? "1" : "0") : write_cgroup(s.group, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

// Where the children that were born since are to go: with the pid and start time of each.
struct Born {
  ProcessIdentity who;
  std::string origin;
};

std::vector<Born> born_since(const Effect& effect) {
  std::vector<Born> out;
  std::istringstream in(read_note(effect, "born"));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Born one;
    if (words >> one.who.pid >> one.who.start && std::getline(words >> std::ws, one.origin)) out.push_back(one);
  }
  return out;
}

bool move(pid_t pid, const std::string& folder) { return write_cgroup(folder, "cgroup.procs", std::to_string(pid)); }

// What descends from the tree now and is not in it. What is born in the group itself needs no record but its origin.
void gather(const Effect& effect, const Settings& s) {
  const CgroupMount mount = mount_of(s);
  std::string noted = read_note(effect, "born");
  for (int round = 0; round < 20; ++round) {
    std::vector<pid_t> roots;
    for (const ProcessIdentity& one : s.quarry.tree)
      if (state_of(one) != 0) roots.push_back(one.pid);
    bool moved = false;
    for (const ProcessSight& each : with_descendants(all_processes(), roots)) {
      const std::string in = cgroup_of(each.identity.pid, mount);
      if (each.dead() || in == s.group || in.empty()) continue;
      const bool known = std::find(s.quarry.tree.begin(), s.quarry.tree.end(), each.identity) != s.quarry.tree.end();
      if (!known) {
        noted += std::to_string(each.identity.pid) + " " + std::to_string(each.identity.start) + " " + in + "\n";
        keep_note(effect, "born", noted);
      }
      if (!move(each.identity.pid, s.group) && errno != ESRCH)
        throw std::runtime_error("process " + std::to_string(each.identity.pid) + " cannot be moved into " + s.group + ": " + std::strerror(errno));
      moved = true;
    }
    if (!moved) return;
  }
  throw std::runtime_error("its processes have children faster than they can be gathered");
}

struct Origin {
  ProcessIdentity who;
  std::string folder;
};

// Of all that was moved: known beforehand, or noted.
std::vector<Origin> origins_of(const Effect& effect, const Settings& s) {
  std::vector<Origin> out;
  for (const ProcessIdentity& one : s.quarry.tree)
    if (const auto found = s.origins.find(one.pid); found != s.origins.end()) out.push_back({one, found->second});
  for (const Born& one : born_since(effect)) out.push_back({one.who, one.origin});
  return out;
}

// Who was born in the group itself goes where it would have been born: to its nearest forebear's.
std::map<pid_t, std::string> homes(const Effect& effect, const Settings& s) {
  const std::vector<Origin> known = origins_of(effect, s);
  const std::vector<pid_t> members = pids_in(s.group);
  std::map<pid_t, pid_t> parents;  // looked at last: a member that is not there is dead by now
  for (const ProcessSight& one : all_processes()) parents[one.identity.pid] = one.parent;
  std::map<pid_t, std::string> moved, out;
  for (const Origin& one : known)
    if (parents.contains(one.who.pid) && state_of(one.who) != 0) moved[one.who.pid] = one.folder;
  for (const pid_t pid : members) {
    pid_t forebear = pid;
    while (parents.contains(forebear) && !moved.contains(forebear)) forebear = parents[forebear];
    if (const auto found = moved.find(forebear); found != moved.end()) out[pid] = found->second;
    else out[pid] = known.empty() ? s.mount : known.front().folder;  // its forebears are dead
  }
  return out;
}

void put_back(const Effect& effect, const Settings& s) {
  for (const auto& [pid, home] : homes(effect, s)) {
    // A group that is gone meanwhile cannot be gone back to.
    if (move(pid, is_folder(home) ? home : s.mount) || errno == ESRCH) continue;
    throw std::runtime_error("process " + std::to_string(pid) + " cannot be moved back to " + home + ": " + std::strerror(errno));
  }
}

// All that lives of what was moved, and is not where it came from.
std::string astray(const Effect& effect, const Settings& s) {
  const CgroupMount mount = mount_of(s);
  std::string out;
  for (const auto& [who, origin] : origins_of(effect, s))
    if (state_of(who) != 0 && is_folder(origin) && cgroup_of(who.pid, mount) != origin) out += " " + std::to_string(who.pid);
  return out;
}

Sight see(const Effect& effect) {
  const Settings s = settings_of(effect);
  if (s.quarry.boot != boot_id()) return {Presence::gone, "the machine was started anew"};
  if (!is_folder(s.group)) {
    const std::string lost = astray(effect, s);
    if (lost.empty()) return {Presence::gone, "the control group is gone, and each process is in the one that it came from"};
    return {Presence::unknown, "not in the control group that they came from, and not in ours: processes" + lost};
  }
  const std::size_t held = pids_in(s.group).size();
  const std::string said = std::to_string(held) + " processes in " + s.group + (is_frozen(s) ? ", frozen" : ", not frozen");
  return {is_frozen(s) && held > 0 ? Presence::in_effect : Presence::inert, said};
}

class FreezeKind : public FaultKind {
 public:
  std::string name() const override { return "freeze"; }
  LastResort last_resort() const override { return LastResort::fuse; }

  std::vector<std::string> missing(const Target& target) const override {
    std::vector<std::string> out = missing_for_processes(target);
    if (geteuid() != 0) out.push_back("target " + target.name + ": control groups are root's to make");
    if (!hierarchy()) out.push_back("target " + target.name + ": no hierarchy of control groups that can freeze is mounted here (cgroup version 2, or version 1's freezer)");
    return out;
  }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const Quarry quarry = find_quarry(std::get<FreezeFault>(fault.settings).match, target, around);
    const auto mount = hierarchy();
    if (!mount) throw Refused({"there are no control groups here"});
    Effect effect{around.exercise, fault.name, 0, name(), target, "", around.folder};
    json origins = json::array();
    for (const ProcessIdentity& one : quarry.tree) {
      const std::string origin = cgroup_of(one.pid, *mount);
      if (origin.empty()) continue;
      if (std::filesystem::path(origin).filename().string().starts_with("muster_")) throw Refused({"process " + std::to_string(one.pid) + " is frozen by another fault: " + origin});
      origins.push_back({one.pid, origin});
    }
    effect.settings = json{{"quarry", to_json(quarry)}, {"v2", mount->v2}, {"mount", mount->path}, {"group", mount->path + "/" + effect_name(effect)}, {"origins", origins}}.dump();
    return effect;
  }

  PlannedEffect describe(const Effect& effect) const override {
    const Settings s = settings_of(effect);
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    plan.does = {"freezes process " + pids_of(s.quarry.roots) + " and all that descends from it (" + std::to_string(s.quarry.tree.size()) + " now), in the control group " + s.group};
    plan.undone_by = {"thawing it, moving each process back to the control group that it came from, and removing ours"};
    plan.by_hand = {s.v2 ? "echo 0 > " + s.group + "/cgroup.freeze" : "echo THAWED > " + s.group + "/freezer.state"};
    for (const auto& [pid, origin] : s.origins) plan.by_hand.push_back("echo " + std::to_string(pid) + " > " + origin + "/cgroup.procs");
    plan.by_hand.push_back("rmdir " + s.group);
    return plan;
  }

  void apply(const Effect& effect, double) const override {
    const Settings s = settings_of(effect);
    const auto dead = [](const ProcessIdentity& one) { return state_of(one) == 0; };
    if (s.quarry.boot != boot_id() || std::any_of(s.quarry.roots.begin(), s.quarry.roots.end(), dead))
      throw std::runtime_error("process " + pids_of(s.quarry.roots) + ", which was to be frozen, lives no more");
    if (::mkdir(s.group.c_str(), 0755) != 0 && errno != EEXIST) throw std::runtime_error(s.group + " cannot be made: " + std::strerror(errno));
    gather(effect, s);
    if (!write_state(s, true)) throw std::runtime_error(s.group + " cannot be frozen: " + std::strerror(errno));
    if (!wait_until(kFreezing, [&] { return is_frozen(s); })) throw std::runtime_error(s.group + " is not frozen five seconds after it was told");
  }

  void undo(const Effect& effect) const override {
    const Settings s = settings_of(effect);
    if (s.quarry.boot != boot_id() || !is_folder(s.group)) return;
    if (!write_state(s, false)) throw std::runtime_error(s.group + " cannot be thawed: " + std::strerror(errno));
    wait_until(kFreezing, [&] { return !is_frozen(s); });
    const bool empty = wait_until(kMoving, [&] {
      put_back(effect, s);
      return pids_in(s.group).empty();
    });
    if (!empty || !remove_cgroup(s.group, 2)) throw std::runtime_error(s.group + " cannot be removed: " + std::to_string(pids_in(s.group).size()) + " processes are in it");
  }

  Sight check(const Effect& effect) const override {
    try {
      return see(effect);
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }
};

}  // namespace

const FaultKind& freeze_kind() {
  static const FreezeKind kind;
  return kind;
}

}  // namespace muster
