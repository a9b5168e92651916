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

Scenario concern(const Scenario& scenario, const std::string& name) {
  const Scenario& seen = scenario.seen_by(name);
  const auto outage = std::find_if(seen.outages.begin(), seen.outages.end(), [&](const Outage& o) { return o.name == name; });
  if (outage == seen.outages.end()) throw std::logic_error("concern_of: no outage " + name);
  const Plan* plan = plan_of(seen, *outage);
  if (!plan) throw std::logic_error("concern_of: no plan for " + name);
  const std::set<std::string> used = used_by(*plan);
  std::set<std::string> struck;
  for (const Strike& strike : outage->strikes)
    for (std::string& service : struck_services(seen, strike)) struck.insert(std::move(service));

  Scenario out;
  out.time_zone = seen.time_zone;
  out.regions = seen.regions;
  out.services = seen.services;
  for (Service& service : out.services)
    if (service.data) {
      service.data->size.reset();
      if (!struck.contains(service.name)) service.data->copies.clear();
    }
  for (const Role& role : seen.roles)
    if (used.contains("role/" + role.name)) out.roles.push_back(role);
  for (const Capacity& capacity : seen.capacity)
    if (used.contains("capacity/" + capacity.name)) out.capacity.push_back(capacity);
  out.plans = {*plan};
  out.outages = {*outage};
  out.outages[0].rate.reset();
  out.outages[0].interval.reset();
  out.outages[0].clock_always = false;
  return out;
}

}  // namespace

std::string concern_of(const Scenario& scenario, const std::string& name) { return sha256_hex(canonical_json(concern(scenario, name))); }

std::string course_of(const Scenario& scenario, const std::string& name) {
  Scenario course = concern(scenario, name);
  for (Service& service : course.services) {
    service.objective.reset();
    service.cost.reset();
    if (service.data) service.data->copies.clear();
  }
  return sha256_hex(canonical_json(course));
}

}  // namespace muster
