#include <benchmark/benchmark.h>

#include "models/distribution.h"
#include "models/draw.h"
#include "models/quantile_table.h"

// The cost of a duration: `table` is what a replication pays (a draw and the sampler's table), `quantile` the
// exact quantile function that the table stands for, `compile` what a scenario pays once. Items are samples.
namespace muster {
namespace {

void draw_bits(benchmark::State& state) {
  const Stream name = stream("step/restore-db");
  std::uint32_t replication = 0;
  for (auto _ : state) benchmark::DoNotOptimize(draw(1, replication++, name));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw_bits);

void table(benchmark::State& state, const Distribution& of) {
  const QuantileTable sampler(of);
  const Stream name = stream("step/restore-db");
  std::uint32_t replication = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sampler(uniform(draw(1, replication++, name))));
  state.SetItemsProcessed(state.iterations());
}

void quantile(benchmark::State& state, const Distribution& of) {
  const Stream name = stream("step/restore-db");
  std::uint32_t replication = 0;
  for (auto _ : state) benchmark::DoNotOptimize(of.quantile(uniform(draw(1, replication++, name))));
  state.SetItemsProcessed(state.iterations());
}

void compile(benchmark::State& state, const Distribution& of) {
  for (auto _ : state) benchmark::DoNotOptimize(QuantileTable(of));
}

Distribution mixed() {
  return Distribution(
      Mixture{{0.9, 0.1}, {Distribution(Lognormal{5, 0.6}), Distribution(Exponential{7200})}});
}

// One line a distribution: what it is called, and one of its kind, in seconds.
#define FOR_EACH_DISTRIBUTION(MEASURE)                                \
  MEASURE(constant, Constant{300})                                    \
  MEASURE(uniform, (Uniform{60, 300}))                                \
  MEASURE(triangular, (Triangular{60, 120, 300}))                     \
  MEASURE(pert, (Pert{300, 900, 3600}))                               \
  MEASURE(exponential, Exponential{600})                              \
  MEASURE(normal, (TruncatedNormal{600, 300}))                        \
  MEASURE(lognormal, (Lognormal{5.7, 0.6}))                           \
  MEASURE(gamma, (Gamma{2.5, 240}))                                   \
  MEASURE(weibull, (Weibull{1.5, 600}))                               \
  MEASURE(empirical, (Empirical{{60, 90, 120, 300, 305, 900, 4000}})) \
  MEASURE(mixture, mixed())                                           \
  MEASURE(shifted, (Shifted{60, {Distribution(Lognormal{5.7, 0.6})}}))

#define SAMPLE(NAME, OF) BENCHMARK_CAPTURE(table, NAME, Distribution(OF));
#define INVERT(NAME, OF) BENCHMARK_CAPTURE(quantile, NAME, Distribution(OF));
#define COMPILE(NAME, OF) BENCHMARK_CAPTURE(compile, NAME, Distribution(OF))->Unit(benchmark::kMicrosecond);
FOR_EACH_DISTRIBUTION(SAMPLE)
FOR_EACH_DISTRIBUTION(INVERT)
FOR_EACH_DISTRIBUTION(COMPILE)

}  // namespace
}  // namespace muster
