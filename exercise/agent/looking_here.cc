#include "exercise/agent/looking_here.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/agent/order_values.h"
#include "exercise/clock.h"
#include "exercise/faults/fault.h"
#include "exercise/guard.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;

struct Wanted {
  FaultPlan fault;
  int number = 0;
};

// Here the target is this host: what the runner calls it, and nothing else of it, is the runner's to say.
Exercise plan_of(const json& body) {
  Exercise plan;
  plan.kind = Exercise::Kind::functional;
  plan.environment = body.at("environment");
  plan.limit = body.at("limit");
  plan.folder = "/";
  for (const json& target : body.at("targets")) plan.targets.push_back(target_from_json(target));
  return plan;
}

std::vector<Wanted> wanted_of(const json& body) {
  std::vector<Wanted> out;
  for (const json& each : body.at("faults")) out.push_back({fault_from_json(each.at("fault")), each.at("number")});
  return out;
}

std::vector<std::string> reasons_here(const Exercise& plan, const Target& here, const std::vector<Wanted>& wanted, bool commands) {
  Exercise own = plan;
  own.targets = {here};
  for (const Wanted& each : wanted) own.faults.push_back(each.fault);
  for (FaultPlan& fault : own.faults) fault.on = here.name;
  std::vector<std::string> reasons = reasons_against(own, "", system_clock().now());
  if (commands && reasons.empty()) {
    const OptIn opt = read_opt_in(here);
    if (std::find(opt.allows.begin(), opt.allows.end(), "run") == opt.allows.end())
      reasons.push_back("target “" + here.name + "”: " + opt.file + " does not allow the plan's own commands (run), which steps, command probes and before-undo there need");
  }
  return reasons;
}

Effect prepared(const FaultKind& kind, const FaultPlan& fault, const Target& here, const Exercise& plan, const OptIn& opt, const Visited& visited) {
  Surroundings around{visited.exercise, &plan, visited.run_folder, opt.management, {visited.agent}};
  const bool cut = kind.name() == "partition" || kind.name() == "region-dark";
  if (cut && opt.management.empty()) kind.prepare(fault, here, around);  // the runner's address alone does not let people in
  if (cut) around.management_addresses.push_back(visited.control);
  return kind.prepare(fault, here, around);
}

}  // namespace

json look_here(const json& body, const Visited& visited) try {
  Exercise plan = plan_of(body);
  const std::string name = body.at("target");
  const auto mine = std::find_if(plan.targets.begin(), plan.targets.end(), [&](const Target& t) { return t.name == name; });
  if (mine == plan.targets.end()) throw std::invalid_argument("the target is none of the targets");
  mine->agent.clear();
  mine->netns = visited.netns;
  const Target here = *mine;
  const std::vector<Wanted> wanted = wanted_of(body);
  std::vector<std::string> reasons = reasons_here(plan, here, wanted, body.at("commands"));
  if (!reasons.empty()) throw Refused(reasons);
  const OptIn opt = read_opt_in(here);
  json effects = json::array();
  for (const Wanted& each : wanted) try {
      const FaultKind& kind = *fault_kind(kind_of(each.fault.settings));
      Effect effect = prepared(kind, each.fault, here, plan, opt, visited);
      effect.number = each.number;
      effects.push_back({{"effect", to_json(effect)}, {"planned", planned_to_json(kind.describe(effect))}, {"machine", kind.takes_machine()}});
    } catch (const Refused& refused) {
      for (const std::string& reason : refused.reasons()) reasons.push_back("fault “" + each.fault.name + "”: " + reason);
    }
  if (!reasons.empty()) throw Refused(reasons);
  return {{"effects", effects}};
} catch (const json::exception& error) {
  throw std::invalid_argument(std::string("not an order to look: ") + error.what());
}

}  // namespace muster
