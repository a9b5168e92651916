#include "reports/forecast_json.h"

#include <nlohmann/json.hpp>

#include "reports/json_values.h"

namespace muster {
namespace {

Json service(const ServiceForecast& result, bool has_cost) {
  Json out{{"downtime", json_stats(result.downtime)},
           {"availability", {{"mean", json_number(result.availability)}, {"ci95", json_interval(result.availability_ci)}}},
           {"outages", json_stats(result.outages)},
           {"data-loss", json_stats(result.data_loss)}};
  if (has_cost) out["cost"] = json_stats(result.cost);
  Json missed = Json::object(), intervals = Json::object();
  const std::pair<const char*, const std::optional<Share>&> targets[] = {
      {"rto", result.missed_rto}, {"rpo", result.missed_rpo}, {"mtpd", result.missed_mtpd}};
  for (const auto& [name, share] : targets)
    if (share) {
      missed[name] = json_number(share->met);
      intervals[name] = json_interval(share->ci);
    }
  if (!missed.empty()) {
    missed["ci95"] = intervals;
    out["missed-in-a-year"] = missed;
  }
  return out;
}

}  // namespace

std::string forecast_json(const Scenario& scenario, const ForecastResult& result) {
  Json out = json_preamble(result.program, "forecast");
  out["scenario"] = json_scenario(scenario, result.title, result.file, result.sha256);
  out["seed"] = result.seed;
  out["years"] = result.years;
  out["replications"] = result.replications;
  out["partial"] = result.partial;
  out["quantiles"] = result.sketched ? "sketch" : "exact";
  if (result.precision)
    out["precision"] = {{"asked", json_number(*result.precision)}, {"reached", result.precision_reached}};
  out["left-out"] = result.left_out;
  Json& services = out["services"] = Json::object();
  for (std::size_t n = 0; n < result.services.size(); ++n) {
    const ServiceForecast& one = result.services[n];
    services[one.name] = service(one, scenario.services.at(n).cost.has_value());
    add_provenance(services[one.name], scenario.services.at(n).provenance);
  }
  Json& outages = out["outages"] = Json::object();
  for (const OutageForecast& one : result.outages)
    outages[one.name] = {{"count", json_stats(one.count)}, {"rto", json_stats(one.rto)}, {"rpo", json_stats(one.rpo)}};
  Json& roles = out["roles"] = Json::object();
  for (const RoleForecast& one : result.roles)
    roles[one.name] = {{"requests", one.requests},
                       {"wait", json_stats(one.wait)},
                       {"wait-probability", json_number(one.wait_probability)},
                       {"busy", json_number(one.busy)}};
  if (result.has_costs) {
    out["currency"] = scenario.currency;
    out["cost"] = json_stats(result.cost);
    out["yearly-cost"] = json_stats(result.yearly_cost);
    Json& exceedance = out["exceedance"] = Json::array();
    for (const ExceedancePoint& point : result.exceedance)
      exceedance.push_back({{"cost", json_number(point.cost)}, {"probability", json_number(point.probability)}});
  }
  return json_text(out);
}

}  // namespace muster
