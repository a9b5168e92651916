#include "app/predictions.h"

#include <algorithm>
#include <cmath>

#include "models/statistics.h"
#include "sim/simulate.h"

namespace muster {
namespace {

// Order statistics at each thousandth: the smallest x with F(x) >= k/1000.
Prediction quantiles_of(std::vector<double> values) {
  Prediction out;
  if (values.empty()) return out;
  std::sort(values.begin(), values.end());
  for (int k = 0; k <= 1000; ++k) out.quantiles.push_back(values[std::max<std::uint64_t>(rank_of(k / 1000.0, values.size()), 1) - 1]);
  return out;
}

std::ptrdiff_t place_of(std::span<const std::string> names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() || name.empty() ? -1 : found - names.begin();
}

struct Gathered {
  std::vector<std::string> steps;
  std::vector<std::vector<double>> durations, finishes;
  std::vector<double> recovery, loss;
};

}  // namespace

Scenario without_repair(Scenario scenario, const std::string& name) {
  for (Outage& outage : scenario.outages) {
    if (outage.name != name) continue;
    outage.lasts.reset();
    for (Strike& strike : outage.strikes) strike.lasts.reset();
  }
  for (auto& [outage, seen] : scenario.as_seen_by) seen = without_repair(seen, name);
  return scenario;
}

Predictions predictions_for(const LoadedExercise& loaded, std::uint64_t seed, std::uint64_t replications, const std::atomic<bool>* interrupted) {
  const Exercise& exercise = loaded.exercise;
  SimulationOptions options;
  options.seed = seed;
  options.replications = replications;
  options.outages = {exercise.outage};
  options.sample_steps = true;
  Gathered all;
  const auto gather = [&](const SampleBlock& block) {
    if (all.steps.empty()) {
      all.steps.assign(block.steps.begin(), block.steps.end());
      all.durations.resize(all.steps.size());
      all.finishes.resize(all.steps.size());
    }
    const std::ptrdiff_t recovered = place_of(block.services, exercise.recovered_service);
    const std::ptrdiff_t written = exercise.canary ? place_of(block.services, exercise.canary->service) : -1;
    const std::size_t services = block.services.size(), steps = block.steps.size();
    for (std::size_t i = 0; i < block.count; ++i) {
      if (recovered >= 0) all.recovery.push_back(block.rto[i * services + static_cast<std::size_t>(recovered)]);
      if (written >= 0) all.loss.push_back(block.rpo[i * services + static_cast<std::size_t>(written)]);
      for (std::size_t s = 0; s < steps; ++s) {
        const double start = block.start[i * steps + s], end = block.end[i * steps + s];
        if (!std::isfinite(start) || !std::isfinite(end)) continue;
        all.durations[s].push_back(end - start);
        all.finishes[s].push_back(end);
      }
    }
  };
  const SimulationResult result = simulate(exercise.kind == Exercise::Kind::incident ? loaded.scenario : without_repair(loaded.scenario, exercise.outage), options, {}, gather, interrupted);
  Predictions out;
  out.seed = seed;
  out.replications = result.replications;
  for (std::size_t s = 0; s < all.steps.size(); ++s)
    out.steps.push_back({all.steps[s], quantiles_of(std::move(all.durations[s])), quantiles_of(std::move(all.finishes[s]))});
  out.recovery = quantiles_of(std::move(all.recovery));
  out.loss = quantiles_of(std::move(all.loss));
  return out;
}

}  // namespace muster
