#include "exercise/prepared_faults.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "exercise/refused.h"

namespace muster {
namespace {

std::vector<Target> targets_of(const Exercise& exercise, const FaultPlan& fault) {
  if (const Target* target = exercise.target(fault.on)) return {*target};
  std::vector<Target> all;
  if (const auto* dark = std::get_if<RegionDarkFault>(&fault.settings))
    for (const Target& target : exercise.targets)
      if (target.region == dark->region) all.push_back(target);
  return all;
}

/// In the order in which they begin.
std::vector<const FaultPlan*> in_order(const Exercise& exercise) {
  std::vector<const FaultPlan*> plans;
  for (const FaultPlan& fault : exercise.faults) plans.push_back(&fault);
  std::stable_sort(plans.begin(), plans.end(),
                   [](const FaultPlan* a, const FaultPlan* b) { return a->after < b->after; });
  return plans;
}

/// The plan's fault as it strikes one of its targets.
FaultPlan fault_on(const FaultPlan& plan, const Target& target, std::size_t targets) {
  FaultPlan fault = plan;
  fault.on = target.name;
  if (targets > 1) fault.name += "@" + target.name;
  return fault;
}

struct There {
  Effect effect;
  PlannedEffect planned;
};

/// What agents resolve on their hosts, each asked once for all of its faults; by the number of the fault.
std::map<int, There> resolved_elsewhere(const Exercise& exercise, const RunParts& parts, std::vector<std::string>& reasons) {
  std::map<int, There> out;
  for (const Target& agent : exercise.targets) {
    if (agent.agent.empty()) continue;
    std::vector<FaultThere> faults;
    int number = 0;
    for (const FaultPlan* plan : in_order(exercise)) {
      const std::vector<Target> targets = targets_of(exercise, *plan);
      for (const Target& target : targets) {
        ++number;
        if (target == agent) faults.push_back({fault_on(*plan, target, targets.size()), number});
      }
    }
    try {
      if (!parts.effects_there) throw Refused({"target “" + agent.name + "”: no agents can be reached from here"});
      std::vector<PlannedEffect> planned;
      const std::vector<Effect> effects = parts.effects_there(agent, faults, planned);
      for (std::size_t i = 0; i < effects.size(); ++i) out[faults[i].number] = {effects[i], planned[i]};
    } catch (const Refused& refused) {
      for (const std::string& reason : refused.reasons()) reasons.push_back("target “" + agent.name + "”: " + reason);
    }
  }
  return out;
}

}  // namespace

std::vector<PreparedFault> prepare_faults(const Exercise& exercise, const std::string& id,
                                          const std::string& folder, const RunParts& parts) {
  std::vector<std::string> reasons;
  std::vector<PreparedFault> prepared;
  const std::map<int, There> elsewhere = resolved_elsewhere(exercise, parts, reasons);
  int number = 0;
  for (const FaultPlan* plan : in_order(exercise)) {
    const FaultKind* kind = parts.fault_kind(kind_of(plan->settings));
    const std::vector<Target> targets = targets_of(exercise, *plan);
    if (!kind || targets.empty()) {
      reasons.push_back(
          "fault “" + plan->name + "”: " +
          (kind ? "there is no target that it could strike"
                : "this version knows no faults of the kind " + kind_of(plan->settings)));
      continue;
    }
    for (const Target& target : targets) try {
        ++number;
        if (!target.agent.empty()) {
          const auto there = elsewhere.find(number);
          if (there == elsewhere.end()) continue;
          prepared.push_back({plan, kind, there->second.effect, there->second.planned});
          PlannedEffect& planned = prepared.back().planned;
          planned.fault = there->second.effect.fault;
          planned.target = target.name;
          planned.at = plan->after;
          planned.until = plan->lasts ? std::optional(plan->after + *plan->lasts) : std::nullopt;
          continue;
        }
        for (const std::string& missing : kind->missing(target))
          reasons.push_back("fault “" + plan->name + "”: " + missing);
        const FaultPlan fault = fault_on(*plan, target, targets.size());
        Surroundings around{id, &exercise, folder, {}, {getpid()}};
        if (parts.opt_in) around.management_addresses = parts.opt_in(target).management;
        PreparedFault each{plan, kind, kind->prepare(fault, target, around), {}};
        each.effect.number = number;
        each.planned = kind->describe(each.effect);
        each.planned.fault = each.effect.fault;
        each.planned.target = target.name;
        each.planned.at = plan->after;
        each.planned.until = plan->lasts ? std::optional(plan->after + *plan->lasts) : std::nullopt;
        prepared.push_back(each);
      } catch (const Refused& refused) {
        for (const std::string& reason : refused.reasons())
          reasons.push_back("fault “" + plan->name + "”: " + reason);
      }
  }
  std::vector<std::string> once;  // what is missing on a machine is missing for each of its faults
  for (const std::string& reason : reasons)
    if (std::find(once.begin(), once.end(), reason) == once.end()) once.push_back(reason);
  if (!once.empty()) throw Refused(once);
  return prepared;
}

}  // namespace muster
