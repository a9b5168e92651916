#include <algorithm>

#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::string few(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  if (names.size() <= most) return listed(names, "and");
  std::vector<std::string> first(names.begin(), names.begin() + most);
  first.push_back(std::to_string(names.size() - most) + " more");
  return listed(first, "and");
}

void warn_of_objective(const Service& service, Findings& findings) {
  if (!service.objective || !service.objective->rto || !service.objective->mtpd || *service.objective->rto <= *service.objective->mtpd) return;
  findings.warning("/services/" + escaped_token(service.name) + "/objective",
                   "the rto of " + human_duration(*service.objective->rto) + " is longer than the mtpd of " + human_duration(*service.objective->mtpd));
}

const std::string& region_of(const Copy& copy) {
  return std::visit([](const auto& each) -> const std::string& { return each.region; }, copy);
}

void warn_of_retention(const Service& service, Findings& findings) {
  if (!service.data) return;
  for (std::size_t i = 0; i < service.data->copies.size(); ++i) {
    const auto* backup = std::get_if<Backup>(&service.data->copies[i]);
    if (backup != nullptr && backup->kept && *backup->kept < backup->every)
      findings.warning("/services/" + escaped_token(service.name) + "/data/copies/" + std::to_string(i) + "/backup/kept",
                       "a copy is gone " + human_duration(*backup->kept) + " after it was made, and the next comes only after " + human_duration(backup->every));
  }
}

std::unordered_set<std::string> recovered_by(const Plan& plan) {
  std::unordered_set<std::string> recovered;
  for (const Step& step : plan.steps) recovered.insert(step.recovers.begin(), step.recovers.end());
  return recovered;
}

// Data is lost unless the provider brings it back whole; then a copy must be outside what is struck for certain.
void warn_of_lost_data(const Scenario& scenario, const Outage& outage, Findings& findings) {
  const Plan* plan = plan_of(scenario, outage);
  if (plan == nullptr) return;
  const auto recovered = recovered_by(*plan);
  std::unordered_set<std::string> regions, struck;
  for (const Strike& strike : outage.strikes) {
    if (strike.probability < 1) continue;
    regions.insert(strike.region);
    for (const std::string& name : struck_services(scenario, strike)) struck.insert(name);
  }
  regions.erase("");
  for (const Service& service : scenario.services) {
    bool restored = outage.data != DataState::kept || recovered.count(service.name) != 0;
    if (!service.data || struck.count(service.name) == 0 || !restored) continue;
    const auto& copies = service.data->copies;
    bool usable = std::any_of(copies.begin(), copies.end(), [&](const Copy& copy) {
      bool corrupted = outage.data == DataState::corrupted && std::holds_alternative<Replica>(copy);
      return regions.count(region_of(copy)) == 0 && !corrupted;
    });
    if (usable) continue;
    std::string why = copies.empty() ? "it has none" : outage.data == DataState::corrupted ? "all are corrupted with it or in a struck region" : "all are in a struck region";
    findings.warning("/services/" + escaped_token(service.name) + "/data", "in the outage " + in_quotes(outage.name) + " no copy is of use (" + why + "): all its data is lost");
  }
}

void warn_of_endless_outage(const Scenario& scenario, const Outage& outage, Findings& findings) {
  const Plan* plan = plan_of(scenario, outage);
  if (plan == nullptr || outage.lasts) return;
  auto recovered = recovered_by(*plan);
  for (std::size_t i = 0; i < outage.strikes.size(); ++i) {
    if (outage.strikes[i].lasts) continue;
    std::vector<std::string> lost;
    for (const std::string& name : struck_services(scenario, outage.strikes[i]))
      if (recovered.count(name) == 0) lost.push_back(name);
    if (lost.empty()) continue;
    findings.warning("/outages/" + escaped_token(outage.name) + "/strikes/" + std::to_string(i),
                     "nothing brings back " + few(lost) + ": the outage never ends (it has no `lasts`) and no step of its plan recovers " + (lost.size() == 1 ? "it" : "them"));
  }
}

void warn_of_idle_strikes(const Scenario& scenario, const Outage& outage, Findings& findings) {
  for (std::size_t i = 0; i < outage.strikes.size(); ++i)
    if (struck_services(scenario, outage.strikes[i]).empty())
      findings.warning("/outages/" + escaped_token(outage.name) + "/strikes/" + std::to_string(i), "no service is in the region " + in_quotes(outage.strikes[i].region) + ": the strike takes nothing down");
}

void warn_of_plan(const Scenario& scenario, const Plan& plan, Findings& findings) {
  const std::string pointer = pointer_of(plan);
  bool used = std::any_of(scenario.outages.begin(), scenario.outages.end(), [&](const Outage& outage) { return outage.plan == plan.name; });
  if (!used) findings.warning(pointer, "no outage uses this plan");
  if (plan.patience > 0 && plan.commits_at.empty()) findings.warning(pointer + "/patience", "`patience` holds back the step `commits-at`, and the plan has none");
}

void warn_of_unused_delays(Findings& findings) {
  const Node* outages = resolve(findings.root(), "/outages");
  if (outages == nullptr) return;
  for (const Member& outage : outages->members)
    if (outage.value.find("noticed-after") != nullptr && outage.value.find("data") == nullptr)
      findings.warning("/outages/" + escaped_token(outage.key) + "/noticed-after", "it matters with `data: corrupted` only, and the outage does not say so");
}

// Each strike is laid against each service, each outage against each plan.
bool is_huge(const Scenario& scenario) {
  constexpr std::size_t most = 3'000'000;
  std::size_t strikes = 0, steps = 0;
  for (const Outage& outage : scenario.outages) strikes += outage.strikes.size();
  for (const Plan& plan : scenario.plans) steps += plan.steps.size();
  return strikes * (scenario.services.size() + steps + scenario.plans.size()) > most;
}

}  // namespace

void warn_of_surprises(const Scenario& scenario, Findings& findings, const std::string& seen_by) {
  if (is_huge(scenario)) return;
  for (const Service& service : scenario.services) warn_of_objective(service, findings);
  for (const Outage* outage : outages_seen(scenario, findings, seen_by)) {
    warn_of_endless_outage(scenario, *outage, findings);
    warn_of_lost_data(scenario, *outage, findings);
  }
  if (!seen_by.empty()) return;
  for (const Service& service : scenario.services) warn_of_retention(service, findings);
  for (const Outage& outage : scenario.outages) warn_of_idle_strikes(scenario, outage, findings);
  warn_of_unused_delays(findings);
  for (const Plan& plan : scenario.plans) warn_of_plan(scenario, plan, findings);
}

}  // namespace muster
