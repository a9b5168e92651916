#include <benchmark/benchmark.h>

#include "models/fit_result.h"

// The cost of a fit: of one family, of its bootstrapped tests, and of all that `muster fit` does. Items are lengths.
namespace muster {
namespace {

Durations lengths(std::int64_t n, bool cut) {
  const Distribution law(Lognormal{8, 1}), cuts(Exponential{20'000});
  Durations out;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto r = static_cast<std::uint32_t>(i);
    const double x = law.quantile(uniform(draw(1, r, stream("bench/length")))), c = cuts.quantile(uniform(draw(1, r, stream("bench/cut"))));
    if (cut && c < x)
      out.censored.push_back(c);
    else
      out.ended.push_back(x);
  }
  return out;
}

void family(benchmark::State& state, Family which, bool cut) {
  const Durations d = lengths(state.range(0), cut);
  for (auto _ : state) benchmark::DoNotOptimize(fitted(which, d));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
#define FAMILY(NAME)                                                                                \
  BENCHMARK_CAPTURE(family, NAME, Family::NAME, false)->Arg(150)->Arg(100'000)->Unit(benchmark::kMicrosecond); \
  BENCHMARK_CAPTURE(family, NAME##_censored, Family::NAME, true)->Arg(150)->Arg(10'000)->Unit(benchmark::kMicrosecond);
FAMILY(exponential)
FAMILY(lognormal)
FAMILY(gamma)
FAMILY(weibull)

void mixture(benchmark::State& state) {
  const Durations d = lengths(state.range(0), true);
  for (auto _ : state) benchmark::DoNotOptimize(fitted_mixture(d));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(mixture)->Arg(150)->Unit(benchmark::kMillisecond);

void whole(benchmark::State& state) {
  Measurements m;
  for (const double x : lengths(state.range(0), false).ended) m.add(x, false);
  for (auto _ : state) benchmark::DoNotOptimize(analysed({}, m, {1, 100, 0.05}));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(whole)->Arg(150)->Unit(benchmark::kMillisecond);

void ten_million_rows(benchmark::State& state) {
  for (auto _ : state) {
    Measurements m;
    for (std::int64_t i = 0; i < state.range(0); ++i) m.add(60 + 17.0 * static_cast<double>(i % 1009), i % 10 == 0);
    benchmark::DoNotOptimize(m.durations());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ten_million_rows)->Arg(10'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster
