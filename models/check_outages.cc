#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/wording.h"

namespace muster {
namespace {

class PlansOfOutages {
 public:
  PlansOfOutages(const Scenario& scenario, Findings& findings) : findings_(findings), several_(resolve(findings.root(), "/plans") != nullptr) {
    for (const Plan& plan : scenario.plans) {
      if (plan.name.empty()) continue;
      names_.push_back(plan.name);
      known_.insert(plan.name);
    }
  }

  void check(const Outage& outage) {
    const std::string pointer = "/outages/" + escaped_token(outage.name);
    if (!findings_.clean(pointer + "/plan") || findings_.full()) return;
    if (several_ && outage.plan.empty()) {
      findings_.error(pointer, "the key 'plan' is missing; with several plans each outage names its own: " + listed(names_, "or"));
    } else if (!several_ && !outage.plan.empty()) {
      findings_.error(pointer + "/plan", "the document has no `plans` to choose from; leave `plan` away, or write plans: {" + outage.plan + ": …}");
    } else if (several_ && known_.count(outage.plan) == 0) {
      findings_.error(pointer + "/plan", "no plan " + in_quotes(outage.plan) + " is defined" + did_you_mean(outage.plan, names_));
    }
  }

 private:
  Findings& findings_;
  bool several_;
  std::vector<std::string> names_;
  std::unordered_set<std::string> known_;
};

void check_needs(const Service& service, Findings& findings) {
  const std::string pointer = "/services/" + escaped_token(service.name) + "/needs";
  for (std::size_t i = 0; i < service.needs.size(); ++i) {
    const Need& need = service.needs[i];
    if (need.at_least <= static_cast<int>(need.of.size())) continue;
    std::string at = pointer_of_need(findings, pointer, i, true) + "/at-least";
    if (findings.clean(at)) findings.error(at, "at least " + std::to_string(need.at_least) + " of " + std::to_string(need.of.size()) + " can never be up");
  }
}

void check_cost(const Service& service, Findings& findings) {
  if (!service.cost) return;
  const std::string pointer = "/services/" + escaped_token(service.name) + "/cost/downtime";
  if (!findings.clean(pointer)) return;
  const auto& bands = service.cost->downtime;
  for (std::size_t i = 1; i < bands.size(); ++i)
    if (bands[i].from <= bands[i - 1].from)
      findings.error(pointer + "/" + std::to_string(i) + "/from", "bands stand in ascending order of `from`, each once; this one begins no later than the one before");
}

}  // namespace

void check_outages(const Scenario& scenario, Findings& findings) {
  PlansOfOutages plans(scenario, findings);
  for (const Outage& outage : scenario.outages) plans.check(outage);
  for (const Service& service : scenario.services) {
    check_needs(service, findings);
    check_cost(service, findings);
  }
}

}  // namespace muster
