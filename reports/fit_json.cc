#include "reports/fit_json.h"

#include <nlohmann/json.hpp>

#include "models/moments.h"
#include "reports/fit_view.h"
#include "reports/json_values.h"

namespace muster {
namespace {

const char* word_of(Advice advice) {
  switch (advice) {
    case Advice::nothing: return "nothing";
    case Advice::constant: return "constant";
    case Advice::family: return "family";
    case Advice::mixture: return "mixture";
    case Advice::empirical: return "empirical";
  }
  return "";
}

Json test_json(const GoodnessTest& test, double level) {
  return {{"lengths", test.lengths},
          {"resamples", test.resamples},
          {"ks", {{"distance", json_number(test.measured.kolmogorov_smirnov)}, {"p", json_number(test.p_kolmogorov_smirnov)}}},
          {"ad", {{"distance", json_number(test.measured.anderson_darling)}, {"p", json_number(test.p_anderson_darling)}}},
          {"rejected", test.p_anderson_darling < level}};
}

Json fit_of(const JudgedFit& judged, double level) {
  const FamilyFit& fit = judged.fit;
  Json out{{"family", name_of(fit.family)}};
  if (!fit.law) {
    out["why-not"] = fit.why_not;
    return out;
  }
  for (const Estimate& e : fit.estimates)
    out["parameters"][e.name] = {{"estimate", json_number(e.value)}, {"standard-error", json_number(e.standard_error)}};
  out["log-likelihood"] = json_number(fit.log_likelihood);
  out["aic"] = json_number(fit.aic);
  out["bic"] = json_number(fit.bic);
  if (judged.test) out["test"] = test_json(*judged.test, level);
  return out;
}

Json mixture_json(const FitResult& r) {
  const MixtureFit& m = *r.mixture;
  Json out{{"weight", json_number(m.weight)},
           {"first", {{"mu", json_number(m.first.mu)}, {"sigma", json_number(m.first.sigma)}}},
           {"second", {{"mu", json_number(m.second.mu)}, {"sigma", json_number(m.second.sigma)}}},
           {"log-likelihood", json_number(m.log_likelihood)},
           {"aic", json_number(m.aic)},
           {"bic", json_number(m.bic)},
           {"converged", m.converged}};
  if (r.mixture_test) out["test"] = test_json(*r.mixture_test, r.settings.level);
  return out;
}

Json bins_json(const FitView& view) {
  Json out = Json::array();
  for (const auto& bin : view.bins)
    out.push_back({{"from", json_number(bin.from)}, {"to", json_number(bin.to)}, {"measured", json_number(bin.measured)}, {"law", json_number(bin.expected)}});
  return out;
}

Json quantiles_json(const FitView& view) {
  Json out = Json::array();
  for (const auto& p : view.quantiles) out.push_back({{"share", json_number(p.share)}, {"law", json_number(p.expected)}, {"measured", json_number(p.measured)}});
  return out;
}

}  // namespace

std::string fit_json(const FitResult& r, const std::string& program) {
  Json out = json_preamble(program, "fit");
  out["what"] = r.what;
  out["of"] = r.of.empty() ? Json() : Json(r.of);
  out["name"] = r.name.empty() ? Json() : Json(r.name);
  out["seed"] = r.settings.seed;
  out["rows"] = r.rows;
  out["ended"] = r.ended;
  out["censored"] = r.censored;
  out["zeros"] = r.zeros;
  out["fitted"] = r.durations.size();
  out["first"] = r.first ? Json(iso_text({0, r.first})) : Json();
  out["last"] = r.last ? Json(iso_text({0, r.last})) : Json();
  const MeasuredSummary& s = r.summary;
  out["summary"] = {{"min", json_number(s.least)}, {"median", json_number(s.median)}, {"mean", json_number(s.mean)}, {"sd", json_number(s.sd)}, {"max", json_number(s.most)},
                    {"mean-log", json_number(s.mean_log)}, {"sd-log", json_number(s.sd_log)}};
  Json& fits = out["fits"] = Json::array();
  for (const JudgedFit& one : r.fits) fits.push_back(fit_of(one, r.settings.level));
  out["mixture"] = r.mixture ? mixture_json(r) : Json();
  out["advice"] = {{"kind", word_of(r.advice)}, {"yaml", r.yaml.empty() ? Json() : Json(r.yaml)}, {"said", fit_answer(r)}};
  out["remarks"] = r.remarks;
  const FitView view = fit_view(r);
  out["density"] = {{"bins", bins_json(view)}, {"beyond", {{"measured", json_number(view.measured_beyond)}, {"law", json_number(view.expected_beyond)}}}};
  out["quantiles"] = quantiles_json(view);
  return json_text(out);
}

std::string fit_charts_json(const FitResult& r) {
  const FitView view = fit_view(r);
  if (view.bins.empty()) return "";
  Json out{{"currency", ""}, {"distributions", Json::object()}, {"gantts", Json::object()}, {"tornados", Json::object()}, {"heats", Json::object()}};
  out["fit"] = {{"law", view.law}, {"bins", bins_json(view)}, {"quantiles", quantiles_json(view)}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace muster
