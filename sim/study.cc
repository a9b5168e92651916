#include "sim/study.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "models/statistics.h"
#include "models/units.h"
#include "sim/concern.h"
#include "sim/study_outcomes.h"

namespace muster {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double yearly_rate(const Outage& outage) {
  if (outage.interval) return year / outage.interval->mean();
  return outage.rate.value_or(0) * year;
}

void widen(Interval& sum, double middle, const Interval& other, double scale) {
  // Sums of intervals around their own middles.
  sum.low += scale * (other.low - middle);
  sum.high += scale * (other.high - middle);
}

/// Sums over outages what one of them costs, as often as it happens.
void add_up_losses(VariantResult& variant, const StudyCases& cases, std::size_t number, const VariantResult* baseline) {
  double loss = 0, change = 0;
  Interval around, change_around;
  for (const auto& outcome : variant.outages) {
    const auto of = std::find_if(cases.outages().begin(), cases.outages().end(), [&](const auto& o) { return o.name == outcome->result.name; });
    const double rate = of->rate_of.at(number);
    if (rate == 0 || outcome->loss == 0) continue;
    loss += rate * outcome->loss;
    if (std::isfinite(outcome->loss)) widen(around, outcome->loss, outcome->loss_ci, rate);
  }
  variant.expected_loss_per_year = loss;
  variant.expected_loss_ci = {std::max(0.0, loss + around.low), loss + around.high};
  if (!baseline) return;
  for (const auto& of : cases.outages()) {
    const OutageOutcome *was = baseline->outage(of.name), *is = variant.outage(of.name);
    if (!was && !is) continue;
    const double rate_before = was ? of.rate_of.at(StudyCases::baseline) : 0, rate_after = is ? of.rate_of.at(number) : 0;
    if (was && is && rate_before == rate_after) {
      if (rate_after == 0 || was == is) continue;
      change += rate_after * is->loss_difference.mean;
      widen(change_around, is->loss_difference.mean, is->loss_difference.mean_ci, rate_after);
      continue;
    }
    if (was && rate_before > 0) {
      change -= rate_before * was->loss;
      widen(change_around, was->loss, was->loss_ci, rate_before);
    }
    if (is && rate_after > 0) {
      change += rate_after * is->loss;
      widen(change_around, is->loss, is->loss_ci, rate_after);
    }
  }
  variant.loss_difference.mean = std::isfinite(change) ? change : nan;
  variant.loss_difference.mean_ci = {variant.loss_difference.mean + change_around.low, variant.loss_difference.mean + change_around.high};
}

void describe(StudyResult& result, const Study& study) {
  result.study_title = study.title;
  result.study_file = study.file;
  result.study_sha256 = study.sha256;
  result.left_out = study.left_out;
  result.budget = study.budget;
  for (const StudyOption& option : study.options) result.options.push_back({option.name, option.title, option.cost_per_year});
  for (const StudyAxis& axis : study.axes) {
    ResultAxis out{axis.pointer, axis.title, {}};
    for (const Change& value : axis.values) out.values.push_back(shown(value.value));
    result.axes.push_back(std::move(out));
  }
  result.baseline.name = "as it is";
  for (const StudyVariant& variant : study.variants) {
    VariantResult out;
    out.name = variant.name;
    for (std::size_t option : variant.options) out.options.push_back(study.options[option].name);
    out.cell = variant.cell;
    for (const Change* change : study.changes_of(variant)) out.set.push_back({change->pointer, json_of(change->value), shown(change->value)});
    out.cost_per_year = variant.cost_per_year;
    result.variants.push_back(std::move(out));
  }
}

}  // namespace

StudyCases::StudyCases(const Scenario& scenario, std::vector<std::string> outages) : wanted_(std::move(outages)) { place(baseline, scenario); }

void StudyCases::add(const Scenario& variant) { place(variants_++, variant); }

void StudyCases::place(std::size_t variant, const Scenario& scenario) {
  std::vector<std::string>& order = orders_[variant];
  for (const Outage& outage : scenario.outages) {
    if (!wanted_.empty() && std::find(wanted_.begin(), wanted_.end(), outage.name) == wanted_.end()) continue;
    order.push_back(outage.name);
    auto of = std::find_if(outages_.begin(), outages_.end(), [&](const OfOutage& o) { return o.name == outage.name; });
    if (of == outages_.end()) of = outages_.insert(of, OfOutage{outage.name, {}, {}, {}, {}, {}});
    const auto [known, is_new] = of->by_concern.emplace(concern_of(scenario, outage.name), of->cases.size());
    if (is_new) {
      of->cases.push_back(variant);
      of->courses.push_back(course_of(scenario, outage.name));
    }
    of->case_of[variant] = known->second;
    of->rate_of[variant] = yearly_rate(outage);
  }
}

StudyResult study_result(const Scenario& baseline, const Study& study, const StudyCases& cases, const StudyOptions& options, const std::vector<Outcomes>& outcomes) {
  StudyResult result;
  result.title = baseline.title;
  result.file = baseline.file;
  result.sha256 = baseline.sha256;
  result.currency = baseline.currency;
  result.seed = options.seed;
  result.replications = options.replications;
  result.has_costs = std::any_of(baseline.services.begin(), baseline.services.end(), [](const Service& s) { return s.cost.has_value(); });
  result.partial = outcomes.size() < cases.outages().size();
  describe(result, study);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& of = cases.outages()[i];
    result.outages.push_back(of.name);
    if (std::all_of(of.rate_of.begin(), of.rate_of.end(), [](const auto& each) { return each.second == 0; })) result.no_rate.push_back(of.name);
    result.simulated += of.cases.size();
    result.reused += of.case_of.size() - of.cases.size();
  }
  const auto fill = [&](VariantResult& variant, std::size_t number) {
    for (const std::string& name : cases.order_of(number))
      for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (const auto& of = cases.outages()[i]; of.name == name) variant.outages.push_back(outcomes[i][of.case_of.at(number)]);
    variant.worst = worst_miss(variant);
    add_up_losses(variant, cases, number, number == StudyCases::baseline ? nullptr : &result.baseline);
  };
  fill(result.baseline, StudyCases::baseline);
  for (std::size_t i = 0; i < result.variants.size(); ++i) fill(result.variants[i], i);
  decide(result);
  return result;
}

StudyResult run_study(const Scenario& baseline, const Study& study, const StudyCases& cases, const VariantScenario& scenario_of,
                      const StudyOptions& options, const ProgressSink& progress, const std::atomic<bool>* interrupted) {
  const auto began = std::chrono::steady_clock::now();
  if (cases.variants() != study.variants.size()) throw std::logic_error("run_study: cases of another study");
  std::vector<Outcomes> outcomes;
  for (const StudyCases::OfOutage& of : cases.outages()) {
    const Progress where{of.name, 0, options.replications, static_cast<int>(outcomes.size()), static_cast<int>(cases.outages().size())};
    if (interrupted && *interrupted) break;
    auto found = simulate_cases(of, [](std::size_t) { return true; }, baseline, scenario_of, options, progress, interrupted, where);
    if (!found) break;
    outcomes.push_back(*std::move(found));
  }
  StudyResult result = study_result(baseline, study, cases, options, outcomes);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace muster
