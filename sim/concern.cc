#include "sim/concern.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "models/fingerprint.h"
#include "models/scenario_check.h"

namespace muster {
namespace {

std::set<std::string> used_by(const Plan& plan) {
  std::set<std::string> used;
  for (const Step& step : plan.steps) {
    for (const Seats& seats : step.by) used.insert("role/" + seats.of);
    for (const Seats& seats : step.uses) used.insert("capacity/" + seats.of);
    for (const Part& part : step.takes)
      if (const auto* transfer = std::get_if<Transfer>(&part)) used.insert("capacity/" + transfer->over);
  }
  return used;
}

}  // namespace

std::string concern_of(const Scenario& scenario, const std::string& name) {
  const Scenario& seen = scenario.seen_by(name);
  const auto outage = std::find_if(seen.outages.begin(), seen.outages.end(), [&](const Outage& o) { return o.name == name; });
  if (outage == seen.outages.end()) throw std::logic_error("concern_of: no outage " + name);
  const Plan* plan = plan_of(seen, *outage);
  if (!plan) throw std::logic_error("concern_of: no plan for " + name);
  const std::set<std::string> used = used_by(*plan);
  std::set<std::string> struck;
  for (const Strike& strike : outage->strikes)
    for (std::string& service : struck_services(seen, strike)) struck.insert(std::move(service));

  Scenario concern;
  concern.time_zone = seen.time_zone;
  concern.regions = seen.regions;
  concern.services = seen.services;
  for (Service& service : concern.services)
    if (service.data) {
      service.data->size.reset();
      if (!struck.contains(service.name)) service.data->copies.clear();
    }
  for (const Role& role : seen.roles)
    if (used.contains("role/" + role.name)) concern.roles.push_back(role);
  for (const Capacity& capacity : seen.capacity)
    if (used.contains("capacity/" + capacity.name)) concern.capacity.push_back(capacity);
  concern.plans = {*plan};
  concern.outages = {*outage};
  concern.outages[0].rate.reset();
  concern.outages[0].interval.reset();
  concern.outages[0].clock_always = false;
  return sha256_hex(canonical_json(concern));
}

}  // namespace muster
