#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/command.h"
#include "exercise/faults/kinds.h"
#include "exercise/faults/note.h"
#include "exercise/faults/words.h"
#include "exercise/refused.h"

/// Anything else: a cloud's command line, kubectl. `check` says 0 in effect, 1 gone; all else is unknown.
namespace muster {
namespace {

using nlohmann::json;

json to_json(const Run& run) { return {{"argv", run.argv}, {"timeout", run.timeout.value_or(30)}, {"env", run.env}}; }

CommandResult perform(const Effect& effect, const char* which) {
  const json settings = json::parse(effect.settings);
  const json& run = settings.at(which);
  CommandSettings command;
  command.argv = run.at("argv").get<Argv>();
  command.env = run.at("env").get<std::map<std::string, std::string>>();
  command.env["MUSTER_EXERCISE"] = effect.exercise;
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
    if (!result.succeeded()) throw std::runtime_error("its `do` " + result.text() + (result.tail.empty() ? "" : ": " + result.tail));
  }

  // Half a `do` may be there although `check` says that it is gone: `undo` runs once in any case, and its failure is none where
  // nothing is left afterwards.
  void undo(const Effect& effect) const override {
    if (read_note(effect, "undone") == "0\n" && check(effect).presence == Presence::gone) return;
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
