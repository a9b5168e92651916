#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "exercise/clock.h"
#include "exercise/command.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/matching.h"
#include "exercise/faults/note.h"
#include "exercise/faults/words.h"
#include "exercise/refused.h"

/// Signals a process tree of the target. What is stopped is continued; what was killed is started again.
namespace muster {
namespace {

using nlohmann::json;
using Signal = ProcessFault::Signal;

struct Settings {
  Signal signal;
  Argv restart;
  bool supervised;
  Quarry quarry;
};

Settings settings_of(const Effect& effect) {
  const json j = json::parse(effect.settings);
  return {static_cast<Signal>(j.at("signal").get<int>()), j.at("restart"), j.at("supervised"), quarry_from_json(j.at("quarry"))};
}

bool any_alive(const std::vector<ProcessIdentity>& all) {
  return std::any_of(all.begin(), all.end(), [](const auto& one) { return state_of(one) != 0; });
}
bool all_alive(const std::vector<ProcessIdentity>& all) {
  return std::all_of(all.begin(), all.end(), [](const auto& one) { return state_of(one) != 0; });
}

bool wait_until(double seconds, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::vector<ProcessIdentity> newly_descended(const std::vector<ProcessIdentity>& known) {
  std::vector<pid_t> living;
  for (const auto& one : known)
    if (state_of(one) != 0) living.push_back(one.pid);
  std::vector<ProcessIdentity> out;
  for (const auto& one : with_descendants(all_processes(), living))
    if (std::find(known.begin(), known.end(), one.identity) == known.end()) out.push_back(one.identity);
  return out;
}

// Children that were born between the look and the stop; they are noted before they are stopped.
std::vector<ProcessIdentity> born_since(const Effect& effect) {
  std::vector<ProcessIdentity> out;
  std::istringstream in(read_note(effect, "born"));
  for (ProcessIdentity one; in >> one.pid >> one.start;) out.push_back(one);
  return out;
}

std::vector<ProcessIdentity> whole_tree(const Effect& effect, const Settings& s) {
  std::vector<ProcessIdentity> all = s.quarry.tree;
  for (const auto& one : born_since(effect)) all.push_back(one);
  return all;
}

void stop_tree(const Effect& effect, const Settings& s) {
  std::vector<ProcessIdentity> known = s.quarry.tree;
  std::string born;
  for (const auto& one : known) signal_process(one, SIGSTOP);
  for (int i = 0; i < 20; ++i) {
    const auto more = newly_descended(known);
    if (more.empty()) return;
    for (const auto& one : more) born += std::to_string(one.pid) + " " + std::to_string(one.start) + "\n";
    keep_note(effect, "born", born);
    for (const auto& one : more) signal_process(one, SIGSTOP);
    known.insert(known.end(), more.begin(), more.end());
  }
}

Sight see_stopped(const Effect& effect, const Settings& s) {
  std::size_t living = 0, still = 0, free_roots = 0;
  for (const auto& one : whole_tree(effect, s)) {
    const char state = state_of(one);
    living += state != 0;
    still += state == 'T';
    free_roots += state != 0 && state != 'T' && std::find(s.quarry.roots.begin(), s.quarry.roots.end(), one) != s.quarry.roots.end();
  }
  if (living == 0) return {Presence::gone, "none of the processes lives any more"};
  const std::string said = std::to_string(still) + " of " + std::to_string(living) + " living processes are stopped";
  return {still == 0 ? Presence::gone : free_roots > 0 ? Presence::inert : Presence::in_effect, said};
}

void kill_tree(const Settings& s, int number) {
  for (const auto& one : newly_descended(s.quarry.tree)) signal_process(one, number);
  for (const auto& one : s.quarry.tree) signal_process(one, number);
  for (const auto& one : newly_descended(s.quarry.tree)) signal_process(one, number);
}

// Who lives in their place. The pid file or the pattern must tell others than those that were there.
std::vector<ProcessIdentity> successors(const Effect& effect, const Settings& s) {
  std::vector<ProcessIdentity> out;
  for (const auto& one : matching(s.quarry.match, s.quarry.folder, effect.target, all_processes(), {getpid()}))
    if (std::find(s.quarry.tree.begin(), s.quarry.tree.end(), one.identity) == s.quarry.tree.end()) out.push_back(one.identity);
  return out;
}

Sight see_killed(const Effect& effect, const Settings& s) {
  if (s.quarry.boot == boot_id() && all_alive(s.quarry.roots)) return {Presence::gone, "the same process runs: " + pids_of(s.quarry.roots)};
  if (network_named(effect.target.netns) == 0) return {Presence::gone, "the network namespace " + effect.target.netns + " is gone"};
  const auto living = successors(effect, s);
  if (living.empty()) return {Presence::in_effect, "process " + pids_of(s.quarry.roots) + " is dead, and none took its place"};
  const std::string said = "process " + pids_of(living) + " took the place of " + pids_of(s.quarry.roots);
  if (s.supervised) return {Presence::gone, said};
  if (read_note(effect, "restart") == "0\n") return {Presence::gone, said + ", and its restart ended with 0"};
  return {Presence::inert, said + ", but its restart has not ended with 0"};
}

void restart(const Effect& effect, const Settings& s) {
  CommandSettings command;
  command.argv = s.restart;
  command.netns = effect.target.netns;
  command.folder = s.quarry.folder;
  command.env["MUSTER_EXERCISE"] = effect.exercise;
  command.output_file = note_file(effect, "restart.log");
  const CommandResult result = run_command(command);
  if (!result.succeeded()) throw std::runtime_error("its restart " + result.text() + (result.tail.empty() ? "" : ": " + result.tail));
  keep_note(effect, "restart", "0\n");
}

class ProcessKind : public FaultKind {
 public:
  std::string name() const override { return "process"; }
  LastResort last_resort() const override { return LastResort::fuse; }
  bool momentary(const Effect& effect) const override { return settings_of(effect).signal != Signal::stop; }
  std::vector<std::string> missing(const Target& target) const override { return missing_for_processes(target); }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const auto& wanted = std::get<ProcessFault>(fault.settings);
    Quarry quarry = find_quarry(wanted.match, target, around);
    if (wanted.signal == Signal::stop) {
      // One that was stopped before is somebody else's: to continue it would not restore it.
      std::erase_if(quarry.tree, [](const auto& one) { return state_of(one) == 'T'; });
      std::erase_if(quarry.roots, [](const auto& one) { return state_of(one) == 'T'; });
      if (quarry.roots.empty()) throw Refused({"what matches is stopped already"});
    }
    const json settings{{"signal", static_cast<int>(wanted.signal)},
                        {"restart", wanted.restart},
                        {"supervised", wanted.supervised},
                        {"quarry", to_json(quarry)}};
    return {around.exercise, fault.name, 0, name(), target, settings.dump(), around.folder};
  }

  PlannedEffect describe(const Effect& effect) const override {
    const Settings s = settings_of(effect);
    static constexpr const char* words[] = {"kills (SIGKILL)", "asks to end (SIGTERM)", "stops (SIGSTOP)"};
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    plan.does = {words[static_cast<int>(s.signal)] + std::string(" process ") + pids_of(s.quarry.roots) + " and all that descends from it (" +
                 std::to_string(s.quarry.tree.size()) + " now)"};
    if (s.signal == Signal::stop) {
      plan.undone_by = {"continuing the same processes (SIGCONT)"};
      plan.by_hand = {"kill -CONT " + pids_of(s.quarry.tree)};
    } else if (s.supervised) {
      plan.undone_by = {"its supervisor, which starts it anew"};
      plan.by_hand = {"# wait for its supervisor to start it anew, or start it as you do"};
    } else {
      plan.undone_by = {"running " + as_typed(s.restart) + ", unless nothing was killed"};
      plan.by_hand = {as_typed_at(s.restart, s.quarry.folder, effect.target.netns)};
    }
    return plan;
  }

  void apply(const Effect& effect, double) const override {
    const Settings s = settings_of(effect);
    const std::string who = "process " + pids_of(s.quarry.roots);
    if (s.quarry.boot != boot_id() || !all_alive(s.quarry.roots)) throw std::runtime_error(who + ", which was to be signalled, lives no more");
    if (s.signal == Signal::stop) {
      stop_tree(effect, s);
      if (!wait_until(2, [&] { return see_stopped(effect, s).presence == Presence::in_effect; }))
        throw std::runtime_error(who + " runs two seconds after SIGSTOP");
      return;
    }
    kill_tree(s, s.signal == Signal::kill ? SIGKILL : SIGTERM);
    if (!wait_until(5, [&] { return !any_alive(s.quarry.roots); }))
      throw std::runtime_error(who + " lives five seconds after its signal");
  }

  void undo(const Effect& effect) const override {
    const Settings s = settings_of(effect);
    if (s.signal == Signal::stop) {
      if (s.quarry.boot != boot_id()) return;  // all processes of that boot are gone
      for (const auto& one : whole_tree(effect, s)) signal_process(one, SIGCONT);
      wait_until(1, [&] { return see_stopped(effect, s).presence == Presence::gone; });
      return;
    }
    if (see_killed(effect, s).presence == Presence::gone) return;
    if (!s.restart.empty()) restart(effect, s);
    wait_until(3, [&] { return see_killed(effect, s).presence == Presence::gone; });
  }

  Sight check(const Effect& effect) const override {
    try {
      const Settings s = settings_of(effect);
      if (s.signal != Signal::stop) return see_killed(effect, s);
      if (s.quarry.boot != boot_id()) return {Presence::gone, "the machine was started anew"};
      return see_stopped(effect, s);
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }
};

}  // namespace

const FaultKind& process_kind() {
  static const ProcessKind kind;
  return kind;
}

}  // namespace muster
