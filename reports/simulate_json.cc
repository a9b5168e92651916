#include "reports/simulate_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/rare_miss.h"
#include "models/sensitivity.h"
#include "reports/json_values.h"
#include "reports/sensitivity_json.h"

namespace muster {
namespace {

const char* word_of_verdict(Verdict verdict) {
  return verdict == Verdict::met ? "met" : verdict == Verdict::missed ? "missed" : "undecided";
}

template <class Named>
Provenance provenance_of(const std::vector<Named>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? Provenance{} : found->provenance;
}

Json target(const TargetResult& result) {
  return {{"target", json_number(result.target)},
          {"met", json_number(result.share.met)},
          {"met-ci95", json_interval(result.share.ci)},
          {"verdict", word_of_verdict(result.verdict)},
          {"achievable", json_number(result.achievable)}};
}

Json objective(const ObjectiveResult& result) {
  Json out{{"confidence", json_number(result.confidence)}};
  if (result.rto) out["rto"] = target(*result.rto);
  if (result.rpo) out["rpo"] = target(*result.rpo);
  out["both"] = {{"met", json_number(result.both.met)},
                 {"met-ci95", json_interval(result.both.ci)},
                 {"verdict", word_of_verdict(result.both_verdict)}};
  if (result.mtpd) out["mtpd"] = target(*result.mtpd);
  return out;
}

void add_weight(Json& out, const StepWeight& weight) {
  out["criticality"] = json_number(weight.criticality);
  out["correlation"] = weight.correlation ? json_number(*weight.correlation) : Json(nullptr);
}

Json service(const ServiceResult& result) {
  Json out{{"rto", json_stats(result.rto)},
           {"rpo", json_stats(result.rpo)},
           {"unrecovered", json_number(result.unrecovered)},
           {"stood-down", json_number(result.stood_down)},
           {"lost-for-good", json_number(result.lost_for_good)}};
  if (result.objective) out["objective"] = objective(*result.objective);
  if (!result.copies.empty()) {
    Json& copies = out["copies"] = Json::array();
    for (const CopyUse& use : result.copies)
      copies.push_back({{"copy", use.copy}, {"chosen", json_number(use.chosen)}});
  }
  return out;
}

Json service_with_steps(const ServiceResult& result) {
  Json out = service(result);
  Json& steps = out["steps"] = Json::object();
  for (const StepWeight& weight : result.steps) add_weight(steps[weight.step], weight);
  return out;
}

Json rare_miss(const RareMiss& miss) {
  static constexpr const char* words[] = {"rto", "rpo", "mtpd"};
  Json out{{"service", miss.service},
           {"objective", words[static_cast<int>(miss.what)]},
           {"target", json_number(miss.target)},
           {"found", miss.found},
           {"chance", json_number(miss.chance)},
           {"chance-ci95", json_interval(miss.ci)}};
  if (miss.found) {
    out["relative-error"] = json_number(miss.relative_error);
    out["estimates"] = miss.runs;
    out["replaces"] = json_number(miss.replaced);
  } else {
    out["furthest"] = json_number(miss.furthest);
  }
  out["spent"] = miss.replications;
  return out;
}

Json all_objectives(const OutageResult& result) {
  if (!result.has_objectives) return nullptr;
  return {{"met", json_number(result.all_objectives.met)}, {"met-ci95", json_interval(result.all_objectives.ci)}};
}

Json step(const StepResult& result) {
  Json out{{"ran", json_number(result.ran)},
           {"start", json_stats(result.start)},
           {"wait", json_stats(result.wait)},
           {"duration", json_stats(result.duration)},
           {"finish", json_stats(result.finish)}};
  add_weight(out, result.weight);
  out["failed"] = json_number(result.failed);
  out["replaced"] = json_number(result.replaced);
  if (!result.waits_for.empty()) out["waits-for"] = result.waits_for;
  if (result.duty) out["duty"] = true;
  return out;
}

Json outage(const Scenario& scenario, const OutageResult& result) {
  const Scenario& seen = scenario.seen_by(result.name);
  Json out = Json::object();
  out["all-objectives"] = all_objectives(result);
  out["replications"] = result.replications;
  out["stood-down"] = json_number(result.stood_down);
  out["stopped"] = json_number(result.stopped);
  out["recovery"] = json_stats(result.recovery);
  out["work-recovery"] = json_stats(result.work_recovery);
  out["plan-end"] = json_stats(result.plan_end);
  add_provenance(out, provenance_of(seen.outages, result.name));
  Json& services = out["services"] = Json::object();
  for (const ServiceResult& one : result.services) {
    services[one.name] = service_with_steps(one);
    add_provenance(services[one.name], provenance_of(seen.services, one.name));
  }
  const auto of_outage = std::find_if(seen.outages.begin(), seen.outages.end(),
                                      [&](const Outage& o) { return o.name == result.name; });
  const auto plan = std::find_if(seen.plans.begin(), seen.plans.end(), [&](const Plan& p) {
    return of_outage != seen.outages.end() && p.name == of_outage->plan;
  });
  Json& steps = out["steps"] = Json::object();
  for (const StepResult& one : result.steps) {
    steps[one.name] = step(one);
    if (plan != seen.plans.end()) add_provenance(steps[one.name], provenance_of(plan->steps, one.name));
  }
  Json& roles = out["roles"] = Json::object();
  for (const RoleResult& one : result.roles) {
    roles[one.name] = {{"busy", json_stats(one.busy)}, {"waited-for", json_stats(one.waited_for)}};
    add_provenance(roles[one.name], provenance_of(seen.roles, one.name));
  }
  if (result.rare) {
    Json& misses = out["rare-misses"] = Json::array();
    for (const RareMiss& miss : *result.rare) misses.push_back(rare_miss(miss));
  }
  if (result.sensitivity) out["sensitivity"] = sensitivity_json(*result.sensitivity);
  return out;
}

}  // namespace

Json services_json(const OutageResult& result) {
  Json out{{"all-objectives", all_objectives(result)}};
  Json& services = out["services"] = Json::object();
  for (const ServiceResult& one : result.services) services[one.name] = service(one);
  return out;
}

std::string simulate_json(const Scenario& scenario, const SimulationResult& result) {
  Json out = json_preamble(result.program, "simulate");
  out["scenario"] = json_scenario(scenario, result.title, result.file, result.sha256);
  out["seed"] = result.seed;
  out["replications"] = result.replications;
  out["steps-replications"] = result.steps_replications;
  out["partial"] = result.partial;
  out["quantiles"] = result.sketched ? "sketch" : "exact";
  if (result.precision)
    out["precision"] = {{"asked", json_number(*result.precision)}, {"reached", result.precision_reached}};
  Json& outages = out["outages"] = Json::object();
  for (const OutageResult& one : result.outages) outages[one.name] = outage(scenario, one);
  return json_text(out);
}

}  // namespace muster
