#include <signal.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "exercise/clock.h"
#include "exercise/command.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/note.h"
#include "exercise/faults/words.h"
#include "exercise/processes.h"
#include "exercise/refused.h"

/// Anything else: a cloud's command line, kubectl. `check` says 0 in effect, 1 gone; all else is unknown.
namespace muster {
namespace {

using nlohmann::json;

constexpr double kEnding = 5;  // seconds until a killed process is gone

json to_json(const Run& run) { return {{"argv", run.argv}, {"timeout", run.timeout.value_or(30)}, {"env", run.env}}; }

// In the environment of `do` and of all that it starts.
std::string mark_of(const Effect& effect) { return "MUSTER_DO=" + effect_name(effect); }

bool has_mark(pid_t pid, const std::string& mark) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
  for (std::string entry; std::getline(in, entry, '\0');)
    if (entry == mark) return true;
  return false;
}

// A `do` whose sender was killed goes on, and what it does must not come after the undo. Once it has ended, what it left running is
// the effect itself, and the undo's to end. Looked at twice: one that was just started may not be its program yet.
void end_unfinished_do(const Effect& effect) {
  if (!read_note(effect, "did").empty()) return;
  const std::string mark = mark_of(effect);
  const Moment since = system_clock().now();
  for (int clean = 0; clean < 2;) {
    bool found = false;
    for (const ProcessSight& each : all_processes())
      if (!each.dead() && !each.kernel && has_mark(each.identity.pid, mark)) found |= signal_process(each.identity, SIGKILL);
    clean = found ? 0 : clean + 1;
    if (system_clock().now().since(since) > kEnding) throw std::runtime_error("its `do`, which nobody waits for any more, cannot be ended");
    if (clean < 2) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

CommandResult perform(const Effect& effect, const char* which) {
  const json settings = json::parse(effect.settings);
  const json& run = settings.at(which);
  CommandSettings command;
  command.argv = run.at("argv").get<Argv>();
  command.env = run.at("env").get<std::map<std::string, std::string>>();
  command.env["MUSTER_EXERCISE"] = effect.exercise;
  if (std::string_view(which) == "do") command.env["MUSTER_DO"] = effect_name(effect);
  command.timeout = run.at("timeout");
  command.netns = effect.target.netns;
  command.folder = settings.at("folder");
  return run_command(command);
}

class CommandKind : public FaultKind {
 public:
  std::string name() const override { return "command"; }
  LastResort last_resort() const override { return LastResort::nobody; }
  std::vector<std::string> missing(const Target&) const override { return {}; }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const auto& settings = std::get<CommandFault>(fault.settings);
    const json all{{"do", to_json(settings.apply)},
                   {"undo", to_json(settings.undo)},
                   {"check", to_json(settings.check)},
                   {"folder", around.plan ? around.plan->folder : ""}};
    Effect effect{around.exercise, fault.name, 0, name(), target, all.dump(), around.folder};
    const Sight before = check(effect);
    if (before.presence == Presence::in_effect) throw Refused({"its `check` says that it is in effect already; undo it first"});
    if (before.presence != Presence::gone) throw Refused({"its `check` must end with 1 beforehand, but " + before.what});
    return effect;
  }

  PlannedEffect describe(const Effect& effect) const override {
    const json settings = json::parse(effect.settings);
    const auto argv = [&](const char* which) { return settings.at(which).at("argv").get<Argv>(); };
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    plan.does = {"runs " + as_typed(argv("do"))};
    plan.undone_by = {"running " + as_typed(argv("undo")) + ", until " + as_typed(argv("check")) + " ends with 1"};
    plan.by_hand = {as_typed_at(argv("undo"), settings.at("folder"), effect.target.netns)};
    return plan;
  }

  void apply(const Effect& effect, double) const override {
    const CommandResult result = perform(effect, "do");
    keep_note(effect, "did", result.text() + "\n");
    if (!result.succeeded()) throw std::runtime_error("its `do` " + result.text() + (result.tail.empty() ? "" : ": " + result.tail));
  }

  // Half a `do` may be there although `check` says that it is gone: `undo` runs once in any case, and its failure is none where
  // nothing is left afterwards.
  void undo(const Effect& effect) const override {
    if (read_note(effect, "undone") == "0\n" && check(effect).presence == Presence::gone) return;
    end_unfinished_do(effect);
    const CommandResult result = perform(effect, "undo");
    if (result.succeeded()) return keep_note(effect, "undone", "0\n");
    if (check(effect).presence == Presence::gone) return;
    throw std::runtime_error("its `undo` " + result.text() + (result.tail.empty() ? "" : ": " + result.tail));
  }

  Sight check(const Effect& effect) const override {
    try {
      const CommandResult result = perform(effect, "check");
      const std::string said = "its `check` " + result.text();
      if (result.succeeded()) return {Presence::in_effect, said};
      if (result.end == CommandResult::End::exited && result.status == 1) return {Presence::gone, said};
      return {Presence::unknown, said + (result.tail.empty() ? "" : ": " + result.tail)};
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }
};

}  // namespace

const FaultKind& command_kind() {
  static const CommandKind kind;
  return kind;
}

}  // namespace muster
