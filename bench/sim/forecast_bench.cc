#include <benchmark/benchmark.h>

#include "models/load.h"
#include "sim/forecast.h"
#include "sim/sensitivity.h"

// Simulated years per second (items), end to end through forecast(); and what a sensitivity takes.
namespace muster {
namespace {

void forecast_file(benchmark::State& state, const char* path) {
  const Scenario scenario = load_scenario(path).scenario;
  ForecastOptions options;
  options.years = static_cast<int>(state.range(0));
  options.replications = 2000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(forecast(scenario, options));
    ++options.seed;
  }
  state.SetItemsProcessed(state.iterations() * 2000 * options.years);
}
BENCHMARK_CAPTURE(forecast_file, stackery, MUSTER_SOURCE "/scenarios/stackery.yaml")->ArgName("years")->Arg(1)->Arg(10)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(forecast_file, ransomware, MUSTER_SOURCE "/scenarios/ransomware.yaml")->ArgName("years")->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void sensitivity_of_stackery_14(benchmark::State& state) {
  const Scenario scenario = load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml").scenario;
  SimulationOptions options;
  for (auto _ : state) benchmark::DoNotOptimize(sensitivity(scenario, "region-loss", options));
}
BENCHMARK(sensitivity_of_stackery_14)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace muster
