#include "app/programme_worth.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "app/predictions.h"
#include "models/elementary.h"
#include "models/units.h"
#include "models/wording.h"
#include "sim/sensitivity.h"

namespace muster {
namespace {

using Key = std::pair<std::size_t, std::string>;

// Enough to tell to a few percent what decides a recovery, which is all that an order of exercises needs.
constexpr std::uint64_t index_replications = 2048;

struct Simulated {
  OutageResult outage;
  std::optional<OutageSensitivity> sensitivity;
};

Simulated simulated(const Scenario& scenario, const std::string& outage, const WorthRequest& request, const ProgressSink& progress, const std::atomic<bool>* interrupted) {
  SimulationOptions options;
  options.seed = request.seed;
  options.replications = request.replications;
  options.threads = request.threads;
  options.outages = {outage};
  const Scenario performed = without_repair(scenario, outage);
  Simulated out;
  out.outage = simulate(performed, options, progress, {}, interrupted).outages.at(0);
  out.sensitivity = sensitivity(performed, outage, options, progress, interrupted, {.replications = index_replications, .levers = false});
  return out;
}

// Where one in ten never recovers, the highest level that does.
double finite_quantile(const Stats& stats, double level) {
  double out = 0;
  for (std::size_t i = 0; i < Stats::levels.size(); ++i)
    if (Stats::levels[i] <= level && std::isfinite(stats.quantiles[i])) out = stats.quantiles[i];
  return out;
}

struct Seen {
  double count = 0;                      ///< discounted by age
  std::uint64_t rows = 0;
  std::optional<double> newest;          ///< days
};

// As calibration has it: of this scenario or of none in particular, done and not talked through, with an age that can be told.
Seen seen_of(const std::string& name, Observation::Of of, const Scenario& scenario, const WorthRequest& request) {
  Seen out;
  for (const Observation& one : request.observations) {
    if (one.of != of || one.name != name || one.censored || one.ended == 0 || one.source.ends_with("(tabletop)")) continue;
    if (!one.scenario.empty() && one.scenario != scenario.title) continue;
    const double days = std::max(0.0, request.today - static_cast<double>(one.ended / 1'000'000'000) / day);
    out.count += pow_exact(0.5, days / half_life);
    ++out.rows;
    if (!out.newest || days < *out.newest) out.newest = days;
  }
  return out;
}

// Steps that are drawn together ("a + b") are known as well as the one that was seen least.
Seen seen_of(const SobolIndex& factor, const Scenario& scenario, const WorthRequest& request) {
  if (factor.kind == SobolIndex::Kind::role) return seen_of(factor.name, Observation::Of::response, scenario, request);
  std::optional<Seen> out;
  for (std::size_t at = 0; at <= factor.name.size();) {
    const std::size_t plus = std::min(factor.name.find(" + ", at), factor.name.size());
    const Seen one = seen_of(factor.name.substr(at, plus - at), Observation::Of::step, scenario, request);
    if (!out || one.count < out->count) out = one;
    at = plus + 3;
  }
  return *out;
}

void add_value(const PlannedExercise& exercise, const Scenario& scenario, const Simulated& simulated, const WorthRequest& request, ExerciseWorth& worth) {
  if (!simulated.sensitivity) return;
  // The last to recover is the first of them; it stands for services without an RTO too.
  const RecoverySensitivity* recovery = &simulated.sensitivity->recoveries.front();
  for (const RecoverySensitivity& one : simulated.sensitivity->recoveries)
    if (one.service == exercise.service) recovery = &one;
  if (!recovery->varies) return;
  std::vector<double> shares, counts;
  double most = 0;
  for (const SobolIndex& factor : recovery->factors) {
    if (factor.kind != SobolIndex::Kind::step && factor.kind != SobolIndex::Kind::role) continue;
    const Seen seen = seen_of(factor, scenario, request);
    shares.push_back(std::clamp(factor.first, 0.0, 1.0));
    counts.push_back(seen.count);
    worth.observations += seen.rows;
    if (seen.newest && (!worth.newest_days || *seen.newest < *worth.newest_days)) worth.newest_days = seen.newest;
    const double part = shares.back() / ((prior_weight + seen.count) * (prior_weight + seen.count + 1));
    if (part > most) {
      most = part;
      worth.learns_most_of = factor.name;
    }
  }
  if (exercise.kind != Exercise::Kind::tabletop) worth.value = expected_reduction(worth.p90_recovery - worth.p50_recovery, shares, counts);
}

}  // namespace

double expected_reduction(double spread, const std::vector<double>& shares, const std::vector<double>& counts) {
  double variance = 1, removed = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double n = prior_weight + counts[i];
    variance += shares[i] / n;
    removed += shares[i] / (n * (n + 1));
  }
  return spread * (1 - std::sqrt((variance - removed) / variance));
}

std::vector<ExerciseWorth> worth_of(const LoadedProgramme& loaded, const WorthRequest& request, const ProgressSink& progress, const std::atomic<bool>* interrupted) {
  std::map<Key, Simulated> known;
  std::vector<ExerciseWorth> out;
  std::vector<Problem> problems;
  for (const PlannedExercise& exercise : loaded.programme.exercises) {
    const Key key{exercise.scenario, exercise.outage};
    if (!known.contains(key)) {
      if (interrupted && interrupted->load()) break;
      known.emplace(key, simulated(loaded.scenarios[exercise.scenario], exercise.outage, request, progress, interrupted));
    }
    const Simulated& result = known.at(key);
    ExerciseWorth worth;
    worth.p90 = result.outage.plan_end.quantile(0.9);
    const Stats* recovery = &result.outage.recovery;
    for (const ServiceResult& service : result.outage.services)
      if (service.name == exercise.service) recovery = &service.rto;
    worth.p50_recovery = finite_quantile(*recovery, 0.5);
    worth.p90_recovery = std::max(worth.p50_recovery, finite_quantile(*recovery, 0.9));
    add_value(exercise, loaded.scenarios[exercise.scenario], result, request, worth);
    if (!std::isfinite(worth.p90) && !exercise.lasts) {
      Problem problem;
      problem.file = loaded.programme.file;
      problem.pointer = "/exercises/" + exercise.name;
      problem.message = "the plan of " + in_quotes(exercise.outage) + " does not end in 9 of 10 replications, so nobody knows how long this takes; expected `lasts: 4h`";
      problems.push_back(problem);
    }
    out.push_back(std::move(worth));
  }
  if (!problems.empty()) throw InvalidInput(problems);
  out.resize(loaded.programme.exercises.size());
  return out;
}

}  // namespace muster
