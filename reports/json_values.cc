#include "reports/json_values.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/draw.h"

namespace muster {
namespace {

Json document_control(const DocumentControl& document) {
  Json out = Json::object();
  const std::pair<const char*, const std::string&> entries[] = {{"version", document.version},
                                                                {"owner", document.owner},
                                                                {"approved-by", document.approved_by},
                                                                {"approved-on", document.approved_on},
                                                                {"review-by", document.review_by}};
  for (const auto& [key, value] : entries)
    if (!value.empty()) out[key] = value;
  return out;
}

}  // namespace

Json json_number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return "never";
  return value;
}

Json json_interval(const Interval& interval) {
  return Json::array({json_number(interval.low), json_number(interval.high)});
}

Json json_stats(const Stats& stats) {
  if (stats.count == 0) return nullptr;
  static constexpr const char* names[] = {"p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p999"};
  Json out{{"mean", json_number(stats.mean)}, {"sd", json_number(stats.sd)}, {"min", json_number(stats.min)}};
  for (std::size_t i = 0; i < stats.quantiles.size(); ++i) out[names[i]] = json_number(stats.quantiles[i]);
  out["max"] = json_number(stats.max);
  out["ci95"] = {{"mean", json_interval(stats.mean_ci)},
                 {"p50", json_interval(stats.p50_ci)},
                 {"p90", json_interval(stats.p90_ci)},
                 {"p95", json_interval(stats.p95_ci)},
                 {"p99", json_interval(stats.p99_ci)}};
  return out;
}

Json json_preamble(const std::string& program, const std::string& command) {
  return {{"muster", 1}, {"program", program}, {"draws", draws_version}, {"command", command}};
}

Json json_scenario(const Scenario& scenario, const std::string& title, const std::string& file, const std::string& sha256) {
  Json out{{"title", title}, {"file", file}, {"sha256", sha256}};
  if (Json document = document_control(scenario.document); !document.empty()) out["document"] = document;
  return out;
}

void add_provenance(Json& object, const Provenance& provenance) {
  if (!provenance.note.empty()) object["note"] = provenance.note;
  if (!provenance.source.empty()) object["source"] = provenance.source;
}

std::string json_text(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace muster
