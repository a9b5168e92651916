#include "reports/board_charts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/by_name.h"
#include "reports/json_values.h"
#include "reports/page_tables.h"
#include "reports/sensitivity_view.h"
#include "reports/study_view.h"

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

Json tornado(const RecoverySensitivity& recovery) {
  Json bars = Json::array();
  for (const Lever* lever : levers_that_move(recovery)) {
    if (bars.size() == 15) break;
    bars.push_back({{"label", said(*lever)},
                    {"low", std::min(lever->change, 0.0)},
                    {"high", std::max(lever->change, 0.0)},
                    {"text", said(*lever) + ": " + signed_duration(lever->change)}});
  }
  return bars;
}

Json heat(const HeatMap& map) {
  static constexpr const char* kinds[] = {"share", "time", "money"};
  Json measures = Json::array();
  for (const HeatMeasure& measure : map.measures) {
    Json cells = Json::array();
    for (const auto& row : measure.cells) {
      cells.push_back(Json::array());
      for (const double cell : row) cells.back().push_back(json_number(cell));
    }
    measures.push_back({{"name", measure.name}, {"kind", kinds[static_cast<int>(measure.kind)]}, {"better", measure.more_is_better ? "more" : "less"}, {"cells", cells}});
  }
  return {{"x", {{"name", map.x_name}, {"values", map.x}}}, {"y", {{"name", map.y_name}, {"values", map.y}}}, {"measures", measures}};
}

Json point(const VariantResult& variant, bool on, bool recommended) {
  return {{"name", variant.name},           {"cost", json_number(variant.cost_per_year)}, {"loss", json_number(variant.expected_loss_per_year)},
          {"miss", json_number(variant.worst.by)}, {"on", on},                                   {"recommended", recommended}};
}

Json frontier(const StudyResult& study) {
  Json points = Json::array();
  points.push_back(point(study.baseline, false, false));
  for (std::size_t i = 0; i < study.variants.size(); ++i)
    points.push_back(point(study.variants[i], std::find(study.frontier.begin(), study.frontier.end(), i) != study.frontier.end(), is_advised(study, i)));
  return points;
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
    if (const RecoverySensitivity* recovery = spoken_of(report.simulation.outages[i])) out["tornados"][picture.outage] = tornado(*recovery);
  }
  if (report.study) {
    const std::vector<HeatMap> maps = heat_maps(*report.study);
    for (std::size_t i = 0; i < maps.size(); ++i) out["heats"][std::to_string(i)] = heat(maps[i]);
    out["frontier"] = frontier(*report.study);
  }
  if (report.forecast && report.forecast->has_costs) {
    Json& points = out["exceedance"] = Json::array();
    for (const ExceedancePoint& each : report.forecast->exceedance) points.push_back({{"cost", json_number(each.cost)}, {"probability", each.probability}});
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace muster
