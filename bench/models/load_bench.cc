#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <string>

#include "models/load.h"

// From the bytes of a file to a checked scenario; items are loads, bytes those of the file.
namespace muster {
namespace {

void load(benchmark::State& state, const std::string& name) {
  const std::string folder = MUSTER_SOURCE "/scenarios";
  std::ifstream file(folder + "/" + name, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) return state.SkipWithError("the scenario cannot be read");
  for (auto _ : state) benchmark::DoNotOptimize(parse_scenario(text, name, folder));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(load, small, "small.yaml")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(load, stackery, "stackery.yaml")->Unit(benchmark::kMicrosecond);

void schema(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(scenario_json_schema());
}
BENCHMARK(schema)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace muster
