#include "sim/study_outcomes.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "models/statistics.h"
#include "sim/blocks.h"
#include "sim/on_threads.h"
#include "sim/outage_run.h"

namespace muster {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t together = 8;  ///< variants; each keeps all its values

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

Run told_of(OutageRun& run, OutageResult result) {
  Run out;
  out.result = std::move(result);
  const Moments& cost = run.moments(*run.columns().cost);
  const double n = static_cast<double>(cost.count);
  const double half = cost.count > 1 ? student_95(n - 1) * cost.sd() / std::sqrt(n) : nan;
  out.loss = cost.infinite > 0 ? never : cost.mean;
  out.loss_ci = cost.infinite > 0 ? Interval{never, never} : Interval{std::max(0.0, cost.mean - half), cost.mean + half};
  return out;
}

void take_values(OutageRun& run, const Program& program, Values& out) {
  const Columns& columns = run.columns();
  for (std::size_t s = 0; s < columns.rto_of.size(); ++s) {
    const std::string& name = program.node_names[s];
    out.services.push_back(name);
    if (columns.rto_of[s] != none) out.rto[name] = run.take_values(static_cast<std::size_t>(columns.rto_of[s]));
    if (columns.rpo_of[s] != none) out.rpo[name] = run.take_values(static_cast<std::size_t>(columns.rpo_of[s]));
  }
  out.cost = run.take_values(*columns.cost);
}

/// Scenarios in which the outage goes the same course, together. Nothing when it was interrupted.
std::vector<Run> simulate_together(const std::vector<Scenario>& scenarios, const std::string& outage, const SimulationOptions& options,
                                   const std::atomic<bool>* interrupted, const ProgressSink& progress, const Progress& where) {
  std::deque<Program> programs;
  std::deque<OutageRun> runs;
  std::vector<OutageRun*> followers;
  for (const Scenario& scenario : scenarios) {
    programs.push_back(compile(scenario, outage));
    runs.emplace_back(programs.back(), scenario.seen_by(outage), options, options.replications, true);
    if (runs.size() > 1) followers.push_back(&runs.back());
  }
  runs.front().lead(std::move(followers));
  runs.front().run_to(options.replications, interrupted, progress, where, {});
  if (runs.front().done() < options.replications) return {};
  std::vector<Run> out;
  for (OutageRun& run : runs) out.push_back(told_of(run, run.result()));
  for (std::size_t i = 0; i < runs.size(); ++i) take_values(runs[i], programs[i], out[i].values);
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

bool same_column(const std::string& service, const std::map<std::string, std::vector<double>>& one, const std::map<std::string, std::vector<double>>& other) {
  const auto x = one.find(service), y = other.find(service);
  return x == one.end() || y == other.end() ? x == one.end() && y == other.end() : x->second == y->second;
}

/// `like`: values whose differences are known, and those; recoveries that are the same are not compared again.
OutageDifference differences(const std::string& outage, const Values& before, const Values& after, std::uint64_t n, const Values& like, const OutageDifference* known) {
  OutageDifference out{outage, {}};
  for (const std::string& service : after.services) {
    if (std::find(before.services.begin(), before.services.end(), service) == before.services.end()) continue;
    const std::size_t k = out.services.size();
    if (known && k < known->services.size() && known->services[k].service == service) {
      const ServiceDifference& there = known->services[k];
      out.services.push_back({service, same_column(service, like.rto, after.rto) ? there.rto : difference_of(service, before.rto, after.rto, n),
                              same_column(service, like.rpo, after.rpo) ? there.rpo : difference_of(service, before.rpo, after.rpo, n)});
    } else {
      out.services.push_back({service, difference_of(service, before.rto, after.rto, n), difference_of(service, before.rpo, after.rpo, n)});
    }
  }
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

}  // namespace

std::optional<Outcomes> simulate_cases(const StudyCases::OfOutage& of, const CaseFilter& wanted, const Scenario& baseline,
                                       const VariantScenario& scenario_of, const StudyOptions& options, const ProgressSink& progress,
                                       const std::atomic<bool>* interrupted, Progress where) {
  SimulationOptions each;
  each.replications = options.replications;
  each.seed = options.seed;
  each.steps = false;
  Outcomes out(of.cases.size());
  std::optional<Values> before;
  std::vector<std::size_t> others;
  const bool has_baseline = of.cases[0] == StudyCases::baseline, baseline_wanted = has_baseline && wanted(0);
  for (std::size_t k = has_baseline ? 1 : 0; k < of.cases.size(); ++k)
    if (wanted(k)) others.push_back(k);
  if (has_baseline && (baseline_wanted || !others.empty())) {
    each.threads = options.threads;
    auto runs = simulate_together({baseline}, of.name, each, interrupted, progress, where);
    if (runs.empty()) return {};
    Run& run = runs.front();
    auto outcome = std::make_shared<OutageOutcome>(OutageOutcome{std::move(run.result), run.loss, run.loss_ci, {of.name, {}}, {}, {}});
    if (options.promises) outcome->promises = promises_of(run.values);
    if (baseline_wanted) out[0] = std::move(outcome);
    before = std::move(run.values);
  }
  // Those that go the same course, a few at a time.
  std::map<std::string, std::vector<std::size_t>> open;
  std::vector<std::vector<std::size_t>> groups;
  for (const std::size_t k : others) {
    std::vector<std::size_t>& group = open[of.courses[k]];
    group.push_back(k);
    if (group.size() == together) groups.push_back(std::exchange(group, {}));
  }
  for (auto& [course, group] : open)
    if (!group.empty()) groups.push_back(std::move(group));
  const std::uint64_t left = groups.size();
  const std::uint64_t cores = threads_for(options.threads);
  const std::uint64_t side_by_side = std::max<std::uint64_t>(1, std::min(cores, left));
  each.threads = static_cast<int>(std::max<std::uint64_t>(1, cores / side_by_side));
  using Some = std::vector<std::shared_ptr<const OutageOutcome>>;
  const auto make_worker = [&] {
    return [&](std::uint64_t index, std::uint64_t) -> Some {
      std::vector<Scenario> scenarios;
      for (const std::size_t k : groups[index]) scenarios.push_back(scenario_of(of.cases[k]));
      std::vector<Run> runs = simulate_together(scenarios, of.name, each, interrupted, {}, {});
      Some some;
      for (Run& run : runs) {
        auto outcome = std::make_shared<OutageOutcome>();
        outcome->result = std::move(run.result);
        outcome->loss = run.loss;
        outcome->loss_ci = run.loss_ci;
        if (options.promises) outcome->promises = promises_of(run.values);
        if (before) {
          outcome->difference = differences(of.name, *before, run.values, options.replications, runs.front().values, some.empty() ? nullptr : &some.front()->difference);
          outcome->loss_difference = paired_difference(before->cost, run.values.cost, false);
        }
        some.push_back(std::move(outcome));
      }
      return some;
    };
  };
  bool whole = true;
  where.outage = of.name + ", variants";
  const BlocksToRun work{0, left, 1, static_cast<int>(side_by_side), interrupted};
  const std::uint64_t done = run_blocks(work, where, progress, make_worker, [&](std::uint64_t index, std::uint64_t, Some some) {
    whole &= !some.empty();
    for (std::size_t i = 0; i < some.size(); ++i) out[groups[index][i]] = std::move(some[i]);
  });
  if (!whole || done < left) return {};
  return out;
}

}  // namespace muster
