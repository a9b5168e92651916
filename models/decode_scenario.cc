#include <algorithm>
#include <stdexcept>

#include "models/decode.h"
#include "models/scalars.h"
#include "models/units.h"

namespace muster {
namespace {

Role decode_role(const View& value, Decoding& decoding) {
  Role role;
  role.name = value.key;
  role.count = static_cast<int>(std::clamp(number_field(value, "count").value_or(1), 1.0, 1e6));
  for (const std::string& hours : names_field(value, "hours")) {
    try {
      role.hours.push_back(parse_opening_hours(hours));
    } catch (const std::invalid_argument&) {
    }
  }
  if (auto responds = field(value, "responds")) role.responds = decode_response(*responds, decoding);
  role.prior_weight = number_field(value, "prior-weight");
  role.provenance = decode_provenance(value);
  return role;
}

Capacity decode_capacity(const View& value) {
  Capacity capacity;
  capacity.name = value.key;
  capacity.rate = quantity_field(value, "rate", parse_rate);
  if (auto slots = number_field(value, "slots")) capacity.slots = static_cast<int>(std::clamp(*slots, 1.0, 1e6));
  capacity.provenance = decode_provenance(value);
  return capacity;
}

Strike decode_strike(const View& value, Decoding& decoding) {
  Strike strike;
  strike.region = text_field(value, "region");
  strike.services = names_field(value, "services");
  strike.probability = probability_field(value, "probability").value_or(1);
  strike.after = distribution_field(value, "after", decoding);
  strike.lasts = distribution_field(value, "lasts", decoding);
  strike.provenance = decode_provenance(value);
  return strike;
}

std::optional<Onset> decode_onset(const std::string& text) {
  if (text.empty()) return {};
  try {
    return parse_onset(text);
  } catch (const std::invalid_argument&) {
    return {};
  }
}

DocumentControl decode_document_control(const View& value) {
  return {text_field(value, "version"), text_field(value, "owner"), text_field(value, "approved-by"), text_field(value, "approved-on"),
          text_field(value, "review-by")};
}

void decode_objectives(const View& root, Decoding& decoding) {
  if (auto objectives = field(root, "objectives"))
    each_member(*objectives, [&](const View& member) {
      decoding.objectives.emplace(member.key, decode_objective(member));
      decoding.objective_names.emplace_back(member.key);
    });
}

// Services before plans: a transfer may name a service for its data's size.
void decode_services(const View& root, Scenario& scenario, Decoding& decoding) {
  auto services = field(root, "services");
  if (!services) return;
  each_member(*services, [&](const View& member) {
    Service service = decode_service(member, decoding);
    decoding.service_names.push_back(service.name);
    if (service.data) decoding.sizes.emplace(service.name, service.data->size);
    scenario.services.push_back(std::move(service));
  });
}

void decode_plans(const View& root, Scenario& scenario, Decoding& decoding) {
  if (auto plan = field(root, "plan")) scenario.plans.push_back(decode_plan(*plan, decoding));
  if (auto plans = field(root, "plans"))
    each_member(*plans, [&](const View& member) {
      scenario.plans.push_back(decode_plan(member, decoding));
      scenario.plans.back().name = member.key;
    });
  // Without any plan the services wait for the provider.
  if (scenario.plans.empty()) scenario.plans.emplace_back();
}

}  // namespace

Outage decode_outage(const View& value, Decoding& decoding) {
  Outage outage;
  outage.name = value.key;
  if (auto strikes = field(value, "strikes"))
    each_item(*strikes, [&](const View& item) { outage.strikes.push_back(decode_strike(item, decoding)); });
  if (auto happens = field(value, "happens")) {
    outage.interval = distribution_field(*happens, "every", decoding);
    outage.rate = quantity_field(value, "happens", parse_frequency);
  }
  outage.clock_always = text_field(value, "clock") == "always";
  outage.lasts = distribution_field(value, "lasts", decoding);
  std::string data = text_field(value, "data");
  outage.data = data == "lost" ? DataState::lost : data == "corrupted" ? DataState::corrupted : DataState::kept;
  outage.noticed_after = distribution_field(value, "noticed-after", decoding).value_or(Distribution());
  outage.starts = decode_onset(text_field(value, "starts"));
  outage.plan = text_field(value, "plan");
  outage.prior_weight = number_field(value, "prior-weight");
  outage.provenance = decode_provenance(value);
  return outage;
}

Scenario decode_scenario(const View& root, Decoding& decoding) {
  Scenario scenario;
  scenario.title = text_field(root, "title");
  if (auto zone = text_field(root, "time-zone"); !zone.empty()) scenario.time_zone = zone;
  if (auto currency = text_field(root, "currency"); !currency.empty()) scenario.currency = currency;
  if (auto document = field(root, "document")) scenario.document = decode_document_control(*document);
  scenario.regions = names_field(root, "regions");
  if (auto roles = field(root, "roles")) each_member(*roles, [&](const View& member) { scenario.roles.push_back(decode_role(member, decoding)); });
  if (auto capacity = field(root, "capacity"))
    each_member(*capacity, [&](const View& member) { scenario.capacity.push_back(decode_capacity(member)); });
  decode_objectives(root, decoding);
  decode_services(root, scenario, decoding);
  decode_plans(root, scenario, decoding);
  if (auto outages = field(root, "outages"))
    each_member(*outages, [&](const View& member) { scenario.outages.push_back(decode_outage(member, decoding)); });
  return scenario;
}

}  // namespace muster
