#include "sim/simulate.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "sim/outage_run.h"
#include "sim/rare.h"
#include "sim/replication.h"
#include "sim/sensitivity.h"

namespace muster {
namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

constexpr std::uint64_t first_look = 16'384;        ///< replications before a precision is judged
constexpr std::uint64_t precision_limit = 64'000'000;

// None for no name.
std::int32_t service_of(const Program& program, const std::string& name) {
  if (name.empty()) return none;
  const auto end = program.node_names.begin() + program.services;
  const auto it = std::find(program.node_names.begin(), end, name);
  if (it == end) throw std::logic_error("there is no service " + name);
  return static_cast<std::int32_t>(it - program.node_names.begin());
}

}  // namespace

std::vector<std::string> asked_outages(const Scenario& scenario, const SimulationOptions& options) {
  if (!options.outages.empty()) return options.outages;
  std::vector<std::string> names;
  for (const Outage& o : scenario.outages) names.push_back(o.name);
  return names;
}

SimulationResult begun_result(const Scenario& scenario, const SimulationOptions& options) {
  SimulationResult result;
  result.title = scenario.title;
  result.file = scenario.file;
  result.sha256 = scenario.sha256;
  result.seed = options.seed;
  result.precision = options.precision;
  return result;
}

SimulationResult simulate(const Scenario& scenario, const SimulationOptions& options, const ProgressSink& progress,
                          const SampleSink& samples, const std::atomic<bool>* interrupted) {
  const auto began = std::chrono::steady_clock::now();
  SimulationResult result = begun_result(scenario, options);
  const std::vector<std::string> names = asked_outages(scenario, options);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0 && interrupted && *interrupted) {
      result.partial = true;
      break;
    }
    double before = cpu_seconds();
    const auto spent = [&before](double& on) {
      const double now = cpu_seconds();
      on += now - before;
      before = now;
    };
    const Program program = compile(scenario, names[i], options.at);
    const Progress where{names[i], 0, options.replications, static_cast<int>(i), static_cast<int>(names.size())};
    std::uint64_t goal = options.precision ? first_look : options.replications;
    OutageRun run(program, scenario.seen_by(names[i]), options, goal);
    spent(result.effort.compiled);
    run.run_to(goal, interrupted, progress, where, samples);
    if (options.precision)
      while (run.done() == goal && run.widest() > *options.precision) {
        if (goal >= precision_limit) {
          result.precision_reached = false;
          break;
        }
        goal *= 2;
        run.run_to(goal, interrupted, progress, where, samples);
      }
    result.partial |= run.done() < goal;
    result.sketched |= run.sketched();
    result.replications = std::max(result.replications, run.done());
    spent(result.effort.replications);
    result.outages.push_back(run.result());
    spent(result.effort.statistics);
    result.effort.in_lanes += run.in_lanes_done();
    result.effort.by_events += run.done() - run.in_lanes_done();
    if (options.rare && !result.partial) {
      RareOptions rare;
      rare.error = *options.rare;
      rare.seed = options.seed;
      rare.threads = options.threads;
      auto found = rare_misses(program, run.columns(), result.outages.back(), rare, progress, interrupted, where);
      result.outages.back().rare = std::make_shared<const std::vector<RareMiss>>(std::move(found));
      if (interrupted && *interrupted) result.partial = true;
    }
    if (!options.sensitivity || result.partial) continue;
    if (auto found = sensitivity(scenario, names[i], options, progress, interrupted))
      result.outages.back().sensitivity = std::make_shared<const OutageSensitivity>(std::move(*found));
    else
      result.partial = true;
  }
  if (options.precision && result.partial) result.precision_reached = false;
  result.steps_replications = std::min(result.replications, OutageRun::steps_limit);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

Story explain(const Scenario& scenario, const std::string& outage, std::uint64_t seed, std::uint64_t replication,
              const std::optional<Onset>& at, const std::string& service) {
  const Program program = compile(scenario, outage, at);
  Replication r(program);
  Story story = r.tell(seed, static_cast<std::uint32_t>(replication), service_of(program, service));
  story.title = scenario.title;
  story.file = scenario.file;
  story.sha256 = scenario.sha256;
  return story;
}

std::uint64_t replication_at(const Scenario& scenario, const std::string& outage, const std::string& service, double level,
                             const SimulationOptions& options) {
  const Program program = compile(scenario, outage, options.at);
  const std::int32_t s = service_of(program, service);
  std::vector<double> times;
  Replication r(program);
  for (std::uint64_t i = 0; i < options.replications; ++i) {
    r.run(options.seed, static_cast<std::uint32_t>(i), false);
    times.push_back(s == none ? r.recovery() : r.rto(s));
  }
  std::vector<double> sorted = times;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(rank_of(level, sorted.size()) - 1);
  std::nth_element(sorted.begin(), at, sorted.end());
  return static_cast<std::uint64_t>(std::find(times.begin(), times.end(), *at) - times.begin());
}

}  // namespace muster
