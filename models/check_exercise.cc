#include <algorithm>
#include <unordered_set>

#include "models/decode_exercise.h"
#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

class ExerciseCheck {
 public:
  ExerciseCheck(const Exercise& exercise, const ExerciseDecoding& decoding, Findings& findings)
      : exercise_(exercise), scenario_(decoding.scenario), findings_(findings) {
    if (scenario_ == nullptr) return;
    for (const Outage& outage : scenario_->outages)
      if (outage.name == exercise.outage) plan_ = plan_of(*scenario_, outage);
  }

  void check() {
    for (const FaultPlan& fault : exercise_.faults) check_fault(fault);
    check_begin();
    check_canary();
    if (findings_.errors() > 0) return;
    if (exercise_.kind == Exercise::Kind::incident) return;  // what is not bound is asked for, as it is meant to be
    warn_of_faults();
    warn_of_measures();
    warn_of_steps();
  }

 private:
  static std::string pointer_of(const FaultPlan& fault) { return "/faults/" + escaped_token(fault.name); }
  void error(const std::string& pointer, const std::string& message) {
    if (findings_.clean(pointer)) findings_.error(pointer, message);
  }
  void check_fault(const FaultPlan& fault);
  void check_begin();
  void check_canary();
  void warn_of_faults();
  void warn_of_measures();
  void warn_of_steps();
  const Exercise& exercise_;
  const Scenario* scenario_;
  const Plan* plan_ = nullptr;
  Findings& findings_;
};

void ExerciseCheck::check_fault(const FaultPlan& fault) {
  const std::string pointer = pointer_of(fault);
  if (exercise_.limit > 0 && fault.after >= exercise_.limit)
    error(pointer + "/after", "it would begin after the limit of " + human_duration(exercise_.limit) +
                                  ", when every fault has ended");
  if (const auto* dark = std::get_if<RegionDarkFault>(&fault.settings)) {
    auto in_region = [&](const Target& target) { return target.region == dark->region; };
    if (std::none_of(exercise_.targets.begin(), exercise_.targets.end(), in_region))
      error(pointer + "/region-dark/region", "no target lies in the region " + in_quotes(dark->region) +
                                                 "; give one of them region: " + dark->region);
    if (!fault.on.empty())
      error(pointer + "/on", "a whole region goes dark, with all its targets; leave `on` away");
  }
  if (const auto* partition = std::get_if<PartitionFault>(&fault.settings))
    if (std::find(partition->peers.begin(), partition->peers.end(), fault.on) != partition->peers.end())
      error(pointer + "/partition", "the target " + in_quotes(fault.on) + " cannot be cut off from itself");
}

void ExerciseCheck::check_begin() {
  if (exercise_.faults.empty() || !findings_.clean("/faults")) return;
  auto at_once = [](const FaultPlan& fault) { return fault.after == 0; };
  if (std::none_of(exercise_.faults.begin(), exercise_.faults.end(), at_once))
    findings_.error(
        "/faults",
        "nothing happens at first: one fault has neither `after` nor `before`, and the others count from it");
}

void ExerciseCheck::check_canary() {
  if (!exercise_.canary || scenario_ == nullptr) return;
  for (const Service& service : scenario_->services)
    if (service.name == exercise_.canary->service && !service.data)
      error("/canary/service",
            "the service " + in_quotes(service.name) +
                " has no data in the scenario that could be lost; expected one with `data`");
}

void ExerciseCheck::warn_of_faults() {
  for (const FaultPlan& fault : exercise_.faults) {
    const std::string kind = kind_of(fault.settings);
    if (fault.before_undo && (kind == "partition" || kind == "region-dark" || kind == "endpoint-outage" || kind == "dns" || kind == "proxy"))
      findings_.warning(pointer_of(fault) + "/before-undo",
                        "the kernel's own timeout lifts a " + kind +
                            " without this fence when runner and keeper are both gone");
  }
  if (exercise_.kind == Exercise::Kind::tabletop && !exercise_.faults.empty())
    findings_.warning("/faults", "in a tabletop nothing is broken and every step is asked for");
}

void ExerciseCheck::warn_of_measures() {
  if (!exercise_.recovered) {
    findings_.warning("", "without recovered-when no recovery time is measured");
  } else if (exercise_.recovered->holds_for <= 0) {
    findings_.warning("/recovered-when", "without `for` one good answer counts as recovered");
  }
  if (!exercise_.faults.empty() && exercise_.steady_state.empty())
    findings_.warning("", "without steady-state it begins whether or not all is well");
}

void ExerciseCheck::warn_of_steps() {
  if (plan_ == nullptr) return;
  std::unordered_set<std::string> bound, probed;
  for (const Binding& binding : exercise_.steps) bound.insert(binding.step);
  for (const ServiceProbe& service : exercise_.services) probed.insert(service.service);
  for (const Step& step : plan_->steps) {
    if (exercise_.kind != Exercise::Kind::tabletop && bound.count(step.name) == 0)
      findings_.warning("/steps", "the step " + in_quotes(step.name) +
                                      " is asked for by hand: nothing here says how it is performed");
    for (const Need& need : step.needs)
      for (const std::string& name : need.of)
        if (probed.count(name) == 0)
          findings_.warning("/services", "the step " + in_quotes(step.name) + " needs " + in_quotes(name) +
                                             ", and no probe says whether it is up: it counts as up");
  }
}

}  // namespace

void check_exercise(const Exercise& exercise, const ExerciseDecoding& decoding, Findings& findings) {
  ExerciseCheck(exercise, decoding, findings).check();
}

}  // namespace muster
