#include <nlohmann/json.hpp>

#include "reports/json_values.h"
#include "reports/targets_report.h"

namespace muster {
namespace {

Json target(const StudyResult& study, const PromisedTarget& one, bool rpo) {
  Json out{{"confidence", json_number(one.confidence)}, {"bound", json_number(one.bound)}, {"target", json_number(one.target)}};
  if (!one.outage.empty()) out["outage"] = one.outage;
  out["cost"] = json_number(one.cost);
  if (!rpo) out["beyond-mtpd"] = one.beyond_mtpd;
  if (!one.next) return out;
  Json& next = out["next-tighter"] = {{"target", json_number(one.next->target)}, {"variant", nullptr}};
  if (one.next->variant) {
    next["variant"] = study.variants[*one.next->variant].name;
    next["cost-per-year"] = json_number(study.variants[*one.next->variant].cost_per_year);
  }
  return out;
}

Json service(const StudyResult& study, const ServiceTargets& one) {
  Json out = Json::object();
  if (one.objective) {
    Json& asked = out["objective"] = {{"confidence", json_number(one.objective->confidence)}};
    const std::pair<const char*, const std::optional<double>&> targets[] = {{"rto", one.objective->rto}, {"rpo", one.objective->rpo}, {"mtpd", one.objective->mtpd}};
    for (const auto& [key, value] : targets)
      if (value) asked[key] = json_number(*value);
  }
  for (const bool rpo : {false, true}) {
    Json& list = out[rpo ? "rpo" : "rto"] = Json::array();
    for (const PromisedTarget& each : rpo ? one.rpo : one.rto) list.push_back(target(study, each, rpo));
  }
  Json& outages = out["outages"] = Json::object();
  for (const auto& outcome : study.baseline.outages)
    for (const ServicePromise& promise : outcome->promises) {
      if (promise.service != one.service || (promise.rto.back() == 0 && promise.rpo.back() == 0)) continue;
      Json rto = Json::array(), rpo = Json::array();
      for (double bound : promise.rto) rto.push_back(json_number(bound));
      for (double bound : promise.rpo) rpo.push_back(json_number(bound));
      outages[outcome->result.name] = {{"rto", rto}, {"rpo", rpo}};
    }
  return out;
}

}  // namespace

std::string targets_json(const Scenario& scenario, const StudyResult& study, const std::vector<ServiceTargets>& targets) {
  Json out = json_preamble(study.program, "targets");
  out["scenario"] = json_scenario(scenario, study.title, study.file, study.sha256);
  if (!study.study_file.empty()) out["study"] = {{"title", study.study_title}, {"file", study.study_file}, {"sha256", study.study_sha256}};
  out["seed"] = study.seed;
  out["replications"] = study.replications;
  out["partial"] = study.partial;
  out["currency"] = study.currency;
  out["confidences"] = promise_levels;
  Json& services = out["services"] = Json::object();
  for (const ServiceTargets& one : targets) services[one.service] = service(study, one);
  return json_text(out);
}

}  // namespace muster
