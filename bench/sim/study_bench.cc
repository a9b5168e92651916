#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "models/load_study.h"
#include "sim/study.h"
#include "sim/study_outcomes.h"

// Variants per second (items), end to end through run_study(), each with 100,000 replications of each outage, or 200 where
// the argument says so; then what checking a study takes.
namespace muster {
namespace {

constexpr const char* stackery = MUSTER_SOURCE "/scenarios/stackery.yaml";
constexpr const char* options_file = MUSTER_SOURCE "/scenarios/studies/stackery-options.yaml";
constexpr const char* grid = R"(muster-what-if: 1
grid:
  /roles/engineer/count: [1, 2, 3, 4, 6, 8]
  /services/cognito/data/copies/0/backup/every: [15m, 1h, 4h, 1d]
)";

std::string options_32() { return read_file(options_file, 1 << 20); }
std::string grid_6_by_4() { return grid; }

void run(benchmark::State& state, std::string (*study)()) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  StudyCases cases(scenario.as_it_is().scenario, {"region-loss"});
  const LoadedStudy loaded = parse_study(study(), "study.yaml", scenario, [&](std::size_t, const Scenario& s) { cases.add(s); });
  StudyOptions options;
  options.replications = static_cast<std::uint64_t>(state.range(0));
  std::int64_t variants = 0;
  for (auto _ : state) {
    const StudyResult result = run_study(
        scenario.as_it_is().scenario, loaded.study, cases, [&](std::size_t i) { return scenario_of(loaded.study, i, scenario); }, options);
    benchmark::DoNotOptimize(result.recommended);
    variants += static_cast<std::int64_t>(result.variants.size());
    ++options.seed;
  }
  state.SetItemsProcessed(variants);
}
BENCHMARK_CAPTURE(run, options_32, options_32)->ArgName("replications")->Arg(200)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(run, grid_6_by_4, grid_6_by_4)->ArgName("replications")->Arg(200)->Unit(benchmark::kMillisecond)->UseRealTime();

// A thousand variants of one outage, of people and of copies; then as if each were simulated by itself, beside the baseline that it is compared with.
// 100 of them with the tests; the argument is the replications.
std::string grid_of(bool whole) {
  return std::string("muster-what-if: 1\ngrid:\n  /roles/engineer/count: [") + (whole ? "1, 2, 3, 4, 5" : "1, 4") +
         "]\n  /services/cognito/data/copies/0/backup/every: [15m, 30m, 1h, 2h, 4h]\n  /services/rds/data/copies/1/backup/every: [1h, 2h, 3h, 6h, 12h]\n" +
         (whole ? "  /services/dynamodb/data/copies/1/backup/every: [1h, 2h, 3h, 6h]\n  /services/rds/data/copies/0/log/kept: [7d, 35d]\n" : "");
}

void thousand(benchmark::State& state, bool whole, bool together) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  StudyCases cases(scenario.as_it_is().scenario, {"region-loss"});
  const LoadedStudy loaded = parse_study(grid_of(whole), "study.yaml", scenario, [&](std::size_t, const Scenario& s) { cases.add(s); });
  const StudyCases::OfOutage& of = cases.outages().at(0);
  StudyOptions options;
  options.threads = 1;
  options.replications = static_cast<std::uint64_t>(state.range(0));
  const VariantScenario variant = [&](std::size_t i) { return scenario_of(loaded.study, i, scenario); };
  const auto simulate = [&](const CaseFilter& wanted) {
    benchmark::DoNotOptimize(simulate_cases(of, wanted, scenario.as_it_is().scenario, variant, options, {}, nullptr, {}));
  };
  std::int64_t variants = 0;
  const std::size_t step = together ? 1 : of.cases.size() / 5;  // by themselves a few tell
  for (auto _ : state) {
    if (together) {
      simulate([](std::size_t) { return true; });
      variants += static_cast<std::int64_t>(of.cases.size() - 1);
    } else {
      for (std::size_t k = 1; k < of.cases.size(); k += step, ++variants)
        simulate([&](std::size_t which) { return which == k; });
    }
  }
  state.SetItemsProcessed(variants);
}
BENCHMARK_CAPTURE(thousand, together, false, true)->ArgName("replications")->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(thousand, alone, false, false)->ArgName("replications")->Arg(200)->Unit(benchmark::kMillisecond);

void check_options_32(benchmark::State& state) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  std::int64_t variants = 0;
  for (auto _ : state) variants += static_cast<std::int64_t>(load_study(options_file, scenario).study.variants.size());
  state.SetItemsProcessed(variants);
}
BENCHMARK(check_options_32)->Unit(benchmark::kMillisecond)->UseRealTime();

// Too long for the tests, which only see that the benchmarks run: MUSTER_BENCH_WHOLE in the environment asks for them.
const bool whole = [] {
  if (!std::getenv("MUSTER_BENCH_WHOLE")) return false;
  for (const auto& [name, study] : std::initializer_list<std::pair<const char*, std::string (*)()>>{{"whole/options_32", options_32}, {"whole/grid_6_by_4", grid_6_by_4}})
    benchmark::RegisterBenchmark(name, run, study)->ArgName("replications")->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);
  for (const bool together : {true, false})
    benchmark::RegisterBenchmark(together ? "whole/thousand/together" : "whole/thousand/alone", thousand, true, together)->ArgName("replications")->Arg(100'000)->Unit(benchmark::kMillisecond)->Iterations(1);
  return true;
}();

}  // namespace
}  // namespace muster
