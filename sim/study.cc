#include "sim/study.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "models/statistics.h"
#include "models/units.h"
#include "sim/blocks.h"
#include "sim/concern.h"
#include "sim/outage_run.h"

namespace muster {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double yearly_rate(const Outage& outage) {
  if (outage.interval) return year / outage.interval->mean();
  return outage.rate.value_or(0) * year;
}

/// What of one run is compared: a column for each service that has one.
struct Values {
  std::vector<std::string> services;  ///< all, in order
  std::map<std::string, std::vector<double>> rto, rpo;
  std::vector<double> cost;
};

struct Run {
  OutageResult result;
  Values values;
  double loss = 0;
  Interval loss_ci;
};

/// Nothing when it was interrupted.
std::optional<Run> simulate_one(const Scenario& scenario, const std::string& outage, const SimulationOptions& options,
                                const std::atomic<bool>* interrupted, const ProgressSink& progress, const Progress& where) {
  const Program program = compile(scenario, outage);
  OutageRun run(program, scenario.seen_by(outage), options, options.replications, true);
  run.run_to(options.replications, interrupted, progress, where, {});
  if (run.done() < options.replications) return {};
  Run out;
  out.result = run.result();
  const Moments& cost = run.moments(*run.columns().cost);
  const double n = static_cast<double>(cost.count);
  const double half = cost.count > 1 ? student_95(n - 1) * cost.sd() / std::sqrt(n) : nan;
  out.loss = cost.infinite > 0 ? never : cost.mean;
  out.loss_ci = cost.infinite > 0 ? Interval{never, never} : Interval{std::max(0.0, cost.mean - half), cost.mean + half};
  const Columns& columns = run.columns();
  for (std::size_t s = 0; s < columns.rto_of.size(); ++s) {
    const std::string& name = program.node_names[s];
    out.values.services.push_back(name);
    if (columns.rto_of[s] != none) out.values.rto[name] = run.take_values(static_cast<std::size_t>(columns.rto_of[s]));
    if (columns.rpo_of[s] != none) out.values.rpo[name] = run.take_values(static_cast<std::size_t>(columns.rpo_of[s]));
  }
  out.values.cost = run.take_values(*columns.cost);
  return out;
}

/// A service without a column is never down, or never loses anything.
PairedDifference difference_of(const std::string& service, const std::map<std::string, std::vector<double>>& before,
                               const std::map<std::string, std::vector<double>>& after, std::uint64_t n) {
  const auto x = before.find(service), y = after.find(service);
  if (x == before.end() && y == after.end()) return {};
  if (x != before.end() && y != after.end()) return paired_difference(x->second, y->second);
  const std::vector<double> zeros(n, 0.0);
  return paired_difference(x != before.end() ? x->second : zeros, y != after.end() ? y->second : zeros);
}

OutageDifference differences(const std::string& outage, const Values& before, const Values& after, std::uint64_t n) {
  OutageDifference out{outage, {}};
  for (const std::string& service : after.services)
    if (std::find(before.services.begin(), before.services.end(), service) != before.services.end())
      out.services.push_back({service, difference_of(service, before.rto, after.rto, n), difference_of(service, before.rpo, after.rpo, n)});
  return out;
}

std::array<double, promise_levels.size()> bounds_of(const std::string& service, const std::map<std::string, std::vector<double>>& columns) {
  std::array<double, promise_levels.size()> out{};
  const auto found = columns.find(service);
  if (found == columns.end()) return out;
  std::vector<double> values = found->second;
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t rank = upper_rank(values.size(), promise_levels[i]);
    out[i] = rank > values.size() ? never : values[rank - 1];
  }
  return out;
}

std::vector<ServicePromise> promises_of(const Values& values) {
  std::vector<ServicePromise> out;
  for (const std::string& service : values.services) out.push_back({service, bounds_of(service, values.rto), bounds_of(service, values.rpo)});
  return out;
}

using Outcomes = std::vector<std::shared_ptr<const OutageOutcome>>;  ///< by case

/// All cases of one outage; nothing when it was interrupted.
std::optional<Outcomes> simulate_cases(const StudyCases::OfOutage& of, const Scenario& baseline, const VariantScenario& scenario_of,
                                       const StudyOptions& options, const ProgressSink& progress, const std::atomic<bool>* interrupted,
                                       Progress where) {
  SimulationOptions each;
  each.replications = options.replications;
  each.seed = options.seed;
  each.steps = false;
  Outcomes out(of.cases.size());
  std::optional<Values> before;
  std::size_t first = 0;
  if (of.cases[0] == StudyCases::baseline) {
    each.threads = options.threads;
    auto run = simulate_one(baseline, of.name, each, interrupted, progress, where);
    if (!run) return {};
    auto outcome = std::make_shared<OutageOutcome>(OutageOutcome{std::move(run->result), run->loss, run->loss_ci, {of.name, {}}, {}, {}});
    if (options.promises) outcome->promises = promises_of(run->values);
    out[0] = std::move(outcome);
    before = std::move(run->values);
    first = 1;
  }
  const std::uint64_t left = of.cases.size() - first;
  const std::uint64_t cores = options.threads > 0 ? static_cast<unsigned>(options.threads) : std::max(1u, std::thread::hardware_concurrency());
  const std::uint64_t side_by_side = std::max<std::uint64_t>(1, std::min(cores, left));
  each.threads = static_cast<int>(std::max<std::uint64_t>(1, cores / side_by_side));
  const auto make_worker = [&] {
    return [&](std::uint64_t index, std::uint64_t) -> std::shared_ptr<const OutageOutcome> {
      const std::size_t k = first + index;
      auto run = simulate_one(scenario_of(of.cases[k]), of.name, each, interrupted, {}, {});
      if (!run) return nullptr;
      auto outcome = std::make_shared<OutageOutcome>();
      outcome->result = std::move(run->result);
      outcome->loss = run->loss;
      outcome->loss_ci = run->loss_ci;
      if (options.promises) outcome->promises = promises_of(run->values);
      if (before) {
        outcome->difference = differences(of.name, *before, run->values, options.replications);
        outcome->loss_difference = paired_difference(before->cost, run->values.cost, false);
      }
      return outcome;
    };
  };
  bool whole = true;
  where.outage = of.name + ", variants";
  const BlocksToRun work{0, left, 1, static_cast<int>(side_by_side), interrupted};
  const std::uint64_t done = run_blocks(work, where, progress, make_worker, [&](std::uint64_t index, std::uint64_t, std::shared_ptr<const OutageOutcome> one) {
    whole &= one != nullptr;
    out[first + index] = std::move(one);
  });
  if (!whole || done < left) return {};
  return out;
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
    if (of == outages_.end()) of = outages_.insert(of, OfOutage{outage.name, {}, {}, {}, {}});
    const auto [known, is_new] = of->by_concern.emplace(concern_of(scenario, outage.name), of->cases.size());
    if (is_new) of->cases.push_back(variant);
    of->case_of[variant] = known->second;
    of->rate_of[variant] = yearly_rate(outage);
  }
}

StudyResult run_study(const Scenario& baseline, const Study& study, const StudyCases& cases, const VariantScenario& scenario_of,
                      const StudyOptions& options, const ProgressSink& progress, const std::atomic<bool>* interrupted) {
  const auto began = std::chrono::steady_clock::now();
  if (cases.variants() != study.variants.size()) throw std::logic_error("run_study: cases of another study");
  StudyResult result;
  result.title = baseline.title;
  result.file = baseline.file;
  result.sha256 = baseline.sha256;
  result.currency = baseline.currency;
  result.seed = options.seed;
  result.replications = options.replications;
  result.has_costs = std::any_of(baseline.services.begin(), baseline.services.end(), [](const Service& s) { return s.cost.has_value(); });
  describe(result, study);
  std::map<std::string, Outcomes> outcomes;
  for (std::size_t i = 0; i < cases.outages().size(); ++i) {
    const auto& of = cases.outages()[i];
    const Progress where{of.name, 0, options.replications, static_cast<int>(i), static_cast<int>(cases.outages().size())};
    auto found = interrupted && *interrupted ? std::nullopt : simulate_cases(of, baseline, scenario_of, options, progress, interrupted, where);
    if (!found) {
      result.partial = true;
      break;
    }
    result.outages.push_back(of.name);
    if (std::all_of(of.rate_of.begin(), of.rate_of.end(), [](const auto& each) { return each.second == 0; })) result.no_rate.push_back(of.name);
    result.simulated += of.cases.size();
    result.reused += of.case_of.size() - of.cases.size();
    outcomes[of.name] = *std::move(found);
  }
  const auto fill = [&](VariantResult& variant, std::size_t number) {
    for (const std::string& name : cases.order_of(number)) {
      const auto found = outcomes.find(name);
      if (found == outcomes.end()) continue;
      const auto of = std::find_if(cases.outages().begin(), cases.outages().end(), [&](const auto& o) { return o.name == name; });
      variant.outages.push_back(found->second[of->case_of.at(number)]);
    }
    variant.worst = worst_miss(variant);
    add_up_losses(variant, cases, number, number == StudyCases::baseline ? nullptr : &result.baseline);
  };
  fill(result.baseline, StudyCases::baseline);
  for (std::size_t i = 0; i < result.variants.size(); ++i) fill(result.variants[i], i);
  decide(result);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace muster
