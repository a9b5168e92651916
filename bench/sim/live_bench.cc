#include <benchmark/benchmark.h>

#include "models/load.h"
#include "sim/live.h"

// Replications per second (items) from the middle of a plan: its first steps have ended, the next ones run.
namespace muster {
namespace {

void forecast_live(benchmark::State& state, const char* path) {
  const Scenario scenario = load_scenario(path).scenario;
  const LiveSimulation live(scenario, scenario.outages.front().name);
  const Program& p = live.program();
  RunProgress progress;
  progress.now = 1800;
  for (std::size_t s = 0; s < p.steps.size(); ++s) {
    if (p.steps[s].after.size() > 0 || p.steps[s].caller != none) continue;
    RunProgress::Step step;
    step.name = p.step_names[s];
    step.state = RunProgress::Step::State::running;
    step.began = step.attempt_began = 1700;
    progress.steps.push_back(step);
  }
  const auto replications = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t seed = 1;
  for (auto _ : state) benchmark::DoNotOptimize(live.forecast(progress, seed++, replications));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(forecast_live, stackery, MUSTER_SOURCE "/scenarios/stackery.yaml")->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(forecast_live, small, MUSTER_SOURCE "/scenarios/small.yaml")->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster
