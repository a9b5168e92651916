#include "models/scenario_check.h"

#include "models/json_pointer.h"

namespace muster {

std::string pointer_of(const Plan& plan) { return plan.name.empty() ? "/plan" : "/plans/" + escaped_token(plan.name); }

std::string pointer_of(const Plan& plan, const Step& step) { return pointer_of(plan) + "/steps/" + escaped_token(step.name); }

namespace {
bool is_map(const Findings& findings, const std::string& pointer) {
  const Node* node = resolve(findings.root(), pointer);
  return node != nullptr && node->kind == Node::Kind::map;
}
}  // namespace

std::string pointer_of_need(const Findings& findings, const std::string& needs, std::size_t index, bool at_least, int member) {
  std::string need = is_map(findings, needs) ? needs : needs + "/" + std::to_string(index);
  if (at_least && member >= 0) need += "/of/" + std::to_string(member);
  return need;
}

std::string pointer_of_part(const Findings& findings, const std::string& takes, std::size_t index) {
  const Node* node = resolve(findings.root(), takes);
  return node != nullptr && node->kind == Node::Kind::list ? takes + "/" + std::to_string(index) : takes;
}

std::unordered_map<std::string, const Step*> steps_by_name(const Plan& plan) {
  std::unordered_map<std::string, const Step*> steps;
  for (const Step& step : plan.steps) steps.emplace(step.name, &step);
  return steps;
}

std::vector<std::string> struck_services(const Scenario& scenario, const Strike& strike) {
  if (strike.region.empty()) return strike.services;
  std::vector<std::string> struck;
  for (const Service& service : scenario.services)
    if (service.region == strike.region) struck.push_back(service.name);
  return struck;
}

const Plan* plan_of(const Scenario& scenario, const Outage& outage) {
  for (const Plan& plan : scenario.plans)
    if (plan.name == outage.plan) return &plan;
  return nullptr;
}

std::vector<const Outage*> outages_seen(const Scenario& scenario, const Findings& findings, const std::string& seen_by) {
  std::unordered_set<std::string> setting;
  if (const Node* outages = resolve(findings.root(), "/outages"))
    for (const Member& member : outages->members)
      if (member.value.find("set") != nullptr) setting.insert(member.key);
  std::vector<const Outage*> seen;
  for (const Outage& outage : scenario.outages)
    if (seen_by.empty() ? setting.count(outage.name) == 0 : outage.name == seen_by) seen.push_back(&outage);
  return seen;
}

void check_scenario(const Scenario& scenario, Findings& findings, const std::string& seen_by) {
  check_names(scenario, findings);
  check_circles(scenario, findings);
  check_plans(scenario, findings);
  check_correlations(scenario, findings);
  check_outages(scenario, findings);
  if (findings.errors() > 0) return;
  warn_of_surprises(scenario, findings, seen_by);
  warn_of_unreachable_steps(scenario, findings, seen_by);
}

}  // namespace muster
