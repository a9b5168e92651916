#include "exercise/prepared_faults.h"

#include <unistd.h>

#include <algorithm>

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

/// What is read from files and is for a later version.
std::vector<std::string> not_yet(const Exercise& exercise) {
  std::vector<std::string> reasons;
  for (const FaultPlan& fault : exercise.faults)
    if (std::holds_alternative<PathFault>(fault.settings))
      reasons.push_back("fault “" + fault.name + "”: not yet: this version knows no faults of the kind " +
                        kind_of(fault.settings));
  for (const Target& target : exercise.targets)
    if (!target.agent.empty())
      reasons.push_back("target “" + target.name +
                        "”: not yet: this version knows no targets on other hosts (agent)");
  return reasons;
}

}  // namespace

std::vector<PreparedFault> prepare_faults(const Exercise& exercise, const std::string& id,
                                          const std::string& folder, const RunParts& parts) {
  std::vector<std::string> reasons = not_yet(exercise);
  if (!reasons.empty()) throw Refused(reasons);
  std::vector<PreparedFault> prepared;
  std::vector<const FaultPlan*> plans;
  for (const FaultPlan& fault : exercise.faults) plans.push_back(&fault);
  std::stable_sort(plans.begin(), plans.end(),
                   [](const FaultPlan* a, const FaultPlan* b) { return a->after < b->after; });
  int number = 0;
  for (const FaultPlan* plan : plans) {
    const FaultKind* kind = parts.fault_kind(kind_of(plan->settings));
    const std::vector<Target> targets = targets_of(exercise, *plan);
    if (!kind || targets.empty()) {
      reasons.push_back(
          "fault “" + plan->name + "”: " +
          (kind ? "there is no target that it could strike"
                : "not yet: this version knows no faults of the kind " + kind_of(plan->settings)));
      continue;
    }
    for (const Target& target : targets) try {
        for (const std::string& missing : kind->missing(target))
          reasons.push_back("fault “" + plan->name + "”: " + missing);
        FaultPlan fault = *plan;
        fault.on = target.name;
        if (targets.size() > 1) fault.name += "@" + target.name;
        Surroundings around{id, &exercise, folder, {}, {getpid()}};
        if (parts.opt_in) around.management_addresses = parts.opt_in(target).management;
        PreparedFault each{plan, kind, kind->prepare(fault, target, around), {}};
        each.effect.number = ++number;
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
