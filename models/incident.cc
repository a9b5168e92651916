#include "models/incident.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::vector<Observation> observations_of(const Incident& incident) {
  std::vector<Observation> out;
  if (incident.replaced) return out;
  const std::string source = "incident " + std::to_string(incident.number);
  const std::int64_t end = incident.ended.value_or(incident.recorded);
  if (!incident.outage.empty())
    out.push_back({Observation::Of::outage, incident.outage, static_cast<double>(std::max<std::int64_t>(0, end - incident.started)) / 1e9,
                   !incident.ended, end, source, incident.scenario, ""});
  for (const Incident::Step& step : incident.steps)
    out.push_back({Observation::Of::step, step.name, step.seconds, step.censored, step.ended ? step.ended : end, source, incident.scenario, "", incident.outage});
  for (const Incident::Response& response : incident.responses)
    out.push_back({Observation::Of::response, response.role, response.seconds, false, incident.started, source, incident.scenario, "", incident.outage});
  return out;
}

std::string to_json_line(const Incident& incident) {
  Json out{{"number", incident.number}, {"title", incident.title}, {"outage", incident.outage}, {"scenario", incident.scenario},
           {"started", incident.started}};
  if (incident.ended) out["ended"] = *incident.ended;
  Json& steps = out["steps"] = Json::array();
  for (const Incident::Step& step : incident.steps)
    steps.push_back({{"name", step.name}, {"seconds", step.seconds}, {"censored", step.censored}, {"ended", step.ended}});
  Json& responses = out["responses"] = Json::array();
  for (const Incident::Response& response : incident.responses) responses.push_back({{"role", response.role}, {"seconds", response.seconds}});
  out["by"] = incident.by;
  out["note"] = incident.note;
  out["recorded"] = incident.recorded;
  if (incident.replaces) out["replaces"] = incident.replaces;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Incident incident_from_json(std::string_view line) try {
  const Json in = Json::parse(line);
  Incident out;
  out.number = in.at("number");
  out.title = in.at("title");
  out.outage = in.at("outage");
  out.scenario = in.at("scenario");
  out.started = in.at("started");
  if (in.contains("ended")) out.ended = in.at("ended").get<std::int64_t>();
  for (const Json& step : in.at("steps")) out.steps.push_back({step.at("name"), step.at("seconds"), step.at("censored"), step.at("ended")});
  for (const Json& response : in.at("responses")) out.responses.push_back({response.at("role"), response.at("seconds")});
  out.by = in.at("by");
  out.note = in.at("note");
  out.recorded = in.at("recorded");
  out.replaces = in.value("replaces", std::int64_t{0});
  return out;
} catch (const Json::exception& error) {
  throw std::invalid_argument(error.what());
}

}  // namespace muster
