#include <benchmark/benchmark.h>

#include "models/load.h"
#include "sim/simulate.h"

// Replications per second (items), end to end through simulate(): compiling the scenario, running it, and the
// statistics.
namespace muster {
namespace {

constexpr std::uint64_t replications = 20'000;

void simulate_file(benchmark::State& state, const char* path) {
  const Scenario scenario = load_scenario(path).scenario;
  SimulationOptions options;
  options.threads = static_cast<int>(state.range(0));  // 0: all cores
  options.replications = replications;
  options.outages = {scenario.outages.front().name};
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulate(scenario, options));
    ++options.seed;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(replications));
}
BENCHMARK_CAPTURE(simulate_file, stackery_14, MUSTER_SOURCE "/bench/stackery-14.yaml")
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(0)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(simulate_file, stackery, MUSTER_SOURCE "/scenarios/stackery.yaml")
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(0)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(simulate_file, small, MUSTER_SOURCE "/scenarios/small.yaml")
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(0)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace muster
