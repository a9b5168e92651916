#include "reports/assumptions.h"

#include <variant>

namespace muster {
namespace {

void add(std::vector<Assumption>& all, const std::string& where, const Provenance& provenance) {
  if (!provenance.note.empty() || !provenance.source.empty()) all.push_back({where, provenance.note, provenance.source});
}

void add(std::vector<Assumption>& all, const std::string& where, const std::optional<CalibratedLaw>& law) {
  if (law) all.push_back({where, law->said, law->source});
}

std::string kind_of(const Copy& copy) {
  static constexpr const char* names[] = {"replica", "log", "backup"};
  return names[copy.index()];
}

}  // namespace

std::vector<Assumption> assumptions_of(const Scenario& scenario) {
  std::vector<Assumption> all;
  for (const Role& role : scenario.roles) {
    add(all, "role " + role.name, role.provenance);
    if (!role.responds) continue;
    const bool same = role.responds->on_calibrated == role.responds->off_calibrated;
    add(all, "role " + role.name + (same ? "" : ", on-hours"), role.responds->on_calibrated);
    if (!same) add(all, "role " + role.name + ", off-hours", role.responds->off_calibrated);
  }
  for (const Capacity& capacity : scenario.capacity) add(all, "capacity " + capacity.name, capacity.provenance);
  for (const Service& service : scenario.services) {
    add(all, "service " + service.name, service.provenance);
    if (!service.data) continue;
    for (const Copy& copy : service.data->copies)
      add(all, kind_of(copy) + " of " + service.name, std::visit([](const auto& c) { return c.provenance; }, copy));
  }
  for (const Outage& outage : scenario.outages) {
    add(all, "outage " + outage.name, outage.provenance);
    add(all, "outage " + outage.name, outage.calibrated);
    for (const Strike& strike : outage.strikes) add(all, "a strike of outage " + outage.name, strike.provenance);
  }
  for (const Plan& plan : scenario.plans) {
    const std::string of = plan.name.empty() ? "" : " of plan " + plan.name;
    add(all, plan.name.empty() ? "the plan" : "plan " + plan.name, plan.provenance);
    for (const Step& step : plan.steps) {
      add(all, "step " + step.name + of, step.provenance);
      add(all, "step " + step.name + of, step.calibrated);
    }
  }
  return all;
}

}  // namespace muster
