#include "reports/board_charts.h"

#include <nlohmann/json.hpp>

#include "reports/by_name.h"
#include "reports/json_values.h"
#include "reports/page_tables.h"

namespace muster {
namespace {

Json curve(const Curve& of) {
  Json quantiles = Json::array(), shares = Json::array();
  for (const double x : of.quantiles) quantiles.push_back(json_number(x));
  for (const double x : of.shares) shares.push_back(json_number(x));
  return {{"quantiles", quantiles},
          {"histogram", {{"width", json_number(of.width)}, {"shares", shares}, {"beyond", json_number(of.beyond)}}}};
}

Json targets(const OutageResult& outage, const std::string& service) {
  Json out{{"confidence", 0.95}};
  const ServiceResult* result = by_name(outage.services, service);
  if (!result || !result->objective) return out;
  const ObjectiveResult& objective = *result->objective;
  out["confidence"] = objective.confidence;
  if (objective.rto) out["rto"] = json_number(objective.rto->target);
  if (objective.rpo) out["rpo"] = json_number(objective.rpo->target);
  if (objective.mtpd) out["mtpd"] = json_number(objective.mtpd->target);
  return out;
}

Json distributions(const OutageResult& outage, const OutagePicture& picture) {
  Json out = Json::array();
  for (const ServiceCurves& service : picture.services)
    out.push_back({{"name", service.service},
                   {"rto", curve(service.rto)},
                   {"rpo", curve(service.rpo)},
                   {"targets", targets(outage, service.service)}});
  return out;
}

Json gantt_step(const StoryStep& step) {
  Json attempts = Json::array();
  for (const StoryAttempt& attempt : step.attempts)
    attempts.push_back(
        {{"start", json_number(attempt.start)}, {"end", json_number(attempt.end)}, {"failed", attempt.failed}});
  std::string by;
  for (const std::string& one : step.by) by += (by.empty() ? "" : ", ") + one;
  return {{"name", step.name + (step.duty ? " #" + std::to_string(step.instance + 1) : "")},
          {"ready", json_number(step.ready)},
          {"attempts", attempts},
          {"critical", step.critical},
          {"waited", step.cause.name},
          {"by", by}};
}

Json gantt(const Story& story) {
  Json steps = Json::array();
  for (const StoryStep& step : drawn_steps(story)) steps.push_back(gantt_step(step));
  return {{"title", story.chosen_because}, {"steps", steps}, {"recovery", json_number(story.recovery)}};
}

}  // namespace

std::string board_charts_json(const BoardReport& report) {
  Json out{{"currency", report.scenario.currency},
           {"distributions", Json::object()},
           {"gantts", Json::object()},
           {"tornados", Json::object()},
           {"heats", Json::object()}};
  for (std::size_t i = 0; i < report.pictures.size(); ++i) {
    const OutagePicture& picture = report.pictures[i];
    out["distributions"][picture.outage] = distributions(report.simulation.outages[i], picture);
    Json& gantts = out["gantts"][picture.outage] = Json::array();
    for (const Story& story : picture.stories) gantts.push_back(gantt(story));
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace muster
