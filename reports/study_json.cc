#include "reports/study_json.h"

#include <nlohmann/json.hpp>

#include "reports/json_values.h"
#include "reports/simulate_json.h"

namespace muster {
namespace {

Json difference(const PairedDifference& d) {
  return {{"mean", json_number(d.mean)}, {"ci95", json_interval(d.mean_ci)}, {"p95", json_number(d.p95)}, {"p95-ci95", json_interval(d.p95_ci)}};
}

Json differences(const VariantResult& variant) {
  Json out = Json::object();
  for (const auto& outcome : variant.outages) {
    Json& services = out[outcome->difference.outage.empty() ? outcome->result.name : outcome->difference.outage] = Json::object();
    for (const ServiceDifference& one : outcome->difference.services) services[one.service] = {{"rto", difference(one.rto)}, {"rpo", difference(one.rpo)}};
  }
  return out;
}

// Of an outage that no change touches every difference is none.
void add_untouched(Json& out, const VariantResult& variant, const VariantResult& baseline) {
  const PairedDifference none;
  for (const auto& outcome : variant.outages)
    if (baseline.outage(outcome->result.name) == outcome.get())
      for (const ServiceResult& service : outcome->result.services) out[outcome->result.name][service.name] = {{"rto", difference(none)}, {"rpo", difference(none)}};
}

// Several that append to one list have one pointer; their values stand in a list then.
Json set_json(const VariantResult& variant) {
  Json out = Json::object(), repeated = Json::object();
  for (const SetValue& one : variant.set) repeated[one.pointer].push_back(Json::parse(one.json));
  for (const auto& [pointer, values] : repeated.items()) out[pointer] = values.size() == 1 ? values[0] : values;
  return out;
}

Json variant_json(const StudyResult& study, const VariantResult& variant, bool is_baseline) {
  Json out{{"name", variant.name}};
  if (!is_baseline && !study.options.empty()) out["options"] = variant.options;
  if (!is_baseline && !study.axes.empty()) out["cell"] = variant.cell;
  out["set"] = set_json(variant);
  out["cost-per-year"] = json_number(variant.cost_per_year);
  out["expected-loss-per-year"] = json_number(variant.expected_loss_per_year);
  out["expected-loss-ci95"] = json_interval(variant.expected_loss_ci);
  out["worst-miss"] = json_number(variant.worst.by);
  if (variant.worst.by > 0)
    out["worst-missed"] = {{"outage", variant.worst.outage}, {"service", variant.worst.service}, {"objective", variant.worst.rpo ? "rpo" : "rto"}};
  Json& outages = out["outages"] = Json::object();
  for (const auto& outcome : variant.outages) outages[outcome->result.name] = services_json(outcome->result);
  if (is_baseline) return out;
  out["difference"] = differences(variant);
  add_untouched(out["difference"], variant, study.baseline);
  out["expected-loss-difference"] = {{"mean", json_number(variant.loss_difference.mean)}, {"ci95", json_interval(variant.loss_difference.mean_ci)}};
  return out;
}

// Members on lines of their own down to a service, which is one line: a study has very many numbers.
std::string laid_out(const Json& value, int levels, int indent) {
  if (levels == 0 || !value.is_structured() || value.empty()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string margin(static_cast<std::size_t>(indent) + 2, ' ');
  std::string out;
  for (const auto& [key, member] : value.items())
    out += (out.empty() ? "" : ",") + ("\n" + margin) + (value.is_object() ? Json(key).dump(-1, ' ', false, Json::error_handler_t::replace) + ": " : "") + laid_out(member, levels - 1, indent + 2);
  return (value.is_object() ? "{" : "[") + out + "\n" + std::string(static_cast<std::size_t>(indent), ' ') + (value.is_object() ? "}" : "]");
}

constexpr int down_to_services = 4;

}  // namespace

void write_study_json(std::ostream& out, const Scenario& scenario, const StudyResult& result) {
  Json head = json_preamble(result.program, "what-if");
  head["scenario"] = json_scenario(scenario, result.title, result.file, result.sha256);
  if (!result.study_file.empty()) head["study"] = {{"title", result.study_title}, {"file", result.study_file}, {"sha256", result.study_sha256}};
  head["seed"] = result.seed;
  head["replications"] = result.replications;
  head["partial"] = result.partial;
  head["currency"] = result.currency;
  head["budget"] = result.budget ? json_number(*result.budget) : Json(nullptr);
  head["left-out"] = result.left_out;
  head["without-rate"] = result.no_rate;
  Json& axes = head["grid"] = Json::array();
  for (const ResultAxis& axis : result.axes) axes.push_back({{"pointer", axis.pointer}, {"title", axis.title}, {"values", axis.values}});
  head["frontier"] = result.frontier;
  head["recommended"] = result.recommended ? Json(*result.recommended) : Json(nullptr);
  if (result.leave_it) head["leave-as-it-is"] = true;
  std::string text = head.dump(2, ' ', false, Json::error_handler_t::replace);
  text.erase(text.find_last_of('}'));
  while (text.back() == '\n') text.pop_back();
  out << text << ",\n  \"baseline\": " << laid_out(variant_json(result, result.baseline, true), down_to_services, 2) << ",\n  \"variants\": [";
  for (std::size_t i = 0; i < result.variants.size(); ++i)
    out << (i == 0 ? "\n    " : ",\n    ") << laid_out(variant_json(result, result.variants[i], false), down_to_services, 4);
  out << "\n  ]\n}\n";
}

}  // namespace muster
