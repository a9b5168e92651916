#include <nlohmann/json.hpp>

#include "reports/calibration_report.h"
#include "reports/json_values.h"

namespace muster {
namespace {

Json belief(const Belief& b) {
  return {{"location", json_number(b.location)}, {"weight", json_number(b.weight)}, {"freedom", json_number(b.freedom)}, {"scale", json_number(b.scale)}};
}

Json item_json(const CalibratedItem& item, const ItemChange& change) {
  static constexpr const char* kinds[] = {"step", "role", "outage"};
  Json out{{"kind", kinds[static_cast<int>(item.of)]}, {"name", item.name}};
  if (item.hours != CalibratedItem::Hours::all) out["hours"] = item.hours == CalibratedItem::Hours::on ? "on" : "off";
  if (!item.outages.empty()) out["outages"] = item.outages;
  out["stated"] = item.stated;
  out["observations"] = item.observations;
  out["censored"] = item.censored;
  out["worth"] = json_number(item.worth);
  out["first"] = item.first.empty() ? Json(nullptr) : Json(item.first);
  out["last"] = item.last.empty() ? Json(nullptr) : Json(item.last);
  out["age-days"] = item.first.empty() ? Json(nullptr) : json_number(item.age_days);
  out["from"] = item.sources;
  out["prior"] = belief(item.prior);
  out["posterior"] = belief(item.posterior);
  out["stand-in"] = item.stand_in.has_value();
  out["drift"] = item.observations > 0 ? json_number(item.drift) : Json(nullptr);
  out["drifted"] = item.drifted();
  out["before"] = {{"p50", json_number(change.p50_before)}, {"p95", json_number(change.p95_before)}};
  out["after"] = {{"p50", json_number(change.p50_after)}, {"p95", json_number(change.p95_after)}};
  return out;
}

Json quantiles(const Stats& s, const TargetResult* target) {
  Json out{{"p50", json_number(s.quantile(0.5))}, {"p90", json_number(s.quantile(0.9))}, {"p95", json_number(s.quantile(0.95))}};
  if (target) {
    out["target"] = json_number(target->target);
    out["met"] = json_number(target->share.met);
  }
  return out;
}

const TargetResult* target_of(const ServiceResult& s, bool rpo) {
  if (!s.objective) return nullptr;
  const auto& target = rpo ? s.objective->rpo : s.objective->rto;
  return target ? &*target : nullptr;
}

Json service(const CalibrationResult& result, const std::string& outage, const ServiceResult& before, const ServiceResult& after) {
  Json out = Json::object();
  for (const bool rpo : {false, true}) {
    Json& one = out[rpo ? "rpo" : "rto"] = {{"before", quantiles(rpo ? before.rpo : before.rto, target_of(before, rpo))},
                                            {"after", quantiles(rpo ? after.rpo : after.rto, target_of(after, rpo))}};
    if (rpo) continue;
    for (const BelievedQuantiles& each : result.believed)
      if (each.outage == outage && each.service == before.name) one["credible"] = {{"p50", json_interval(each.p50)}, {"p95", json_interval(each.p95)}};
  }
  return out;
}

}  // namespace

std::string calibration_json(const Scenario& scenario, const CalibrationResult& result) {
  Json out = json_preamble(result.program, "calibrate");
  out["scenario"] = json_scenario(scenario, scenario.title, scenario.file, scenario.sha256);
  out["calibrated-sha256"] = result.after.sha256;
  out["seed"] = result.before.seed;
  out["replications"] = result.before.replications;
  out["partial"] = result.before.partial || result.after.partial;
  out["as-of"] = result.calibration.as_of;
  out["half-life"] = result.calibration.half_life ? json_number(*result.calibration.half_life) : Json(nullptr);
  Json& items = out["items"] = Json::array();
  for (std::size_t i = 0; i < result.items.size(); ++i) items.push_back(item_json(result.calibration.items[i], result.items[i]));
  Json& unused = out["unused"] = Json::array();
  for (const UnusedObservations& u : result.calibration.unused) unused.push_back({{"what", u.what}, {"why", u.why}, {"count", u.count}});
  Json& outages = out["outages"] = Json::object();
  for (std::size_t i = 0; i < result.before.outages.size() && i < result.after.outages.size(); ++i) {
    const OutageResult &before = result.before.outages[i], &after = result.after.outages[i];
    Json& services = outages[before.name] = {{"services", Json::object()}};
    for (std::size_t s = 0; s < before.services.size() && s < after.services.size(); ++s)
      services["services"][before.services[s].name] = service(result, before.name, before.services[s], after.services[s]);
  }
  return json_text(out);
}

}  // namespace muster
