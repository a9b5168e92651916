#include "models/calibration_result.h"

#include <stdexcept>

namespace muster {
namespace {

struct Laws {
  Distribution scores;
  std::optional<std::pair<double, double>> stated;  ///< its p50 and p95, where it is one law
};

Laws laws_of(const Distribution& law) { return {scores_of(law).value(), std::pair(law.quantile(0.5), law.quantile(0.95))}; }

std::optional<Laws> laws_of_step(const CalibratedItem& item, const Scenario& s) {
  for (const Plan& p : s.plans)
    for (const Step& step : p.steps)
      if (item.of == Observation::Of::step && step.name == item.name && law_of(step, s) == item.law) {
        bool varies = false;
        double whole = 0;
        for (const double mean : means_alone(step, s)) whole += mean;
        for (const Part& part : step.takes) varies |= std::holds_alternative<Distribution>(part) && !std::get<Distribution>(part).is_constant();
        if (!varies) return Laws{time_alone(step, s).scores.value(), std::pair(whole, whole)};
        return Laws{time_alone(step, s).scores.value(), {}};
      }
  return {};
}

Laws laws_of(const CalibratedItem& item, const Scenario& s) {
  for (const Role& r : s.roles)
    if (item.of == Observation::Of::response && r.name == item.name)
      return laws_of(item.hours == CalibratedItem::Hours::off ? r.responds->off_hours : r.responds->on_hours);
  for (const Outage& o : s.outages)
    if (item.of == Observation::Of::outage && o.name == item.name) return laws_of(*o.lasts);
  if (const auto laws = laws_of_step(item, s)) return *laws;
  for (const auto& [outage, seen] : s.as_seen_by)
    if (const auto laws = laws_of_step(item, seen)) return *laws;
  throw std::logic_error("change_of: an item of another scenario");
}

}  // namespace

ItemChange change_of(const CalibratedItem& item, const Scenario& scenario) {
  const Laws laws = laws_of(item, scenario);
  ItemChange out;
  out.p50_before = laws.stated ? laws.stated->first : laws.scores.quantile(0.5);
  out.p95_before = laws.stated ? laws.stated->second : laws.scores.quantile(0.95);
  const CalibratedLaw after{item.stand_in ? Distribution(*item.stand_in) : laws.scores, item.posterior, "", ""};
  out.p50_after = predictive_quantile(after, 0.5);
  out.p95_after = predictive_quantile(after, 0.95);
  return out;
}

}  // namespace muster
