#include "models/predicted.h"

#include "models/calibrated_law.h"

namespace muster {
namespace {

Distribution predicted(const CalibratedLaw& law) {
  constexpr int points = 1000;
  std::vector<double> values;
  for (int i = 0; i < points; ++i) values.push_back(predictive_quantile(law, (i + 0.5) / points));
  return Distribution(Empirical{std::move(values)});
}

template <class Law>
void replace(std::optional<CalibratedLaw>& calibrated, Law& stated) {
  if (calibrated) stated = predicted(*calibrated);
  calibrated.reset();
}

void replace_all(Scenario& scenario) {
  for (Role& role : scenario.roles)
    if (role.responds) {
      replace(role.responds->on_calibrated, role.responds->on_hours);
      replace(role.responds->off_calibrated, role.responds->off_hours);
    }
  for (Outage& outage : scenario.outages)
    if (outage.lasts) replace(outage.calibrated, *outage.lasts);
  for (Plan& plan : scenario.plans)
    for (Step& step : plan.steps) {
      if (step.calibrated) step.takes = {Part{predicted(*step.calibrated)}};
      step.calibrated.reset();
    }
}

}  // namespace

Scenario with_predicted_laws(Scenario scenario) {
  replace_all(scenario);
  for (auto& [name, seen] : scenario.as_seen_by) replace_all(seen);
  return scenario;
}

}  // namespace muster
