#include <benchmark/benchmark.h>

#include "sim/learned_law.h"

// What a replication pays once for a calibrated law, and for each duration of it. Items are samples.
namespace muster {
namespace {

void calibrated(benchmark::State& state, const Distribution& of) {
  const LearnedLaw law({of, prior_belief(5), "", ""}, stream("belief/step/restore-db"));
  const QuantileTable table(of);
  const Stream name = stream("step/restore-db");
  const LearnedLaw::Truth truth = law.truth(1, 0);
  std::uint32_t replication = 0;
  for (auto _ : state) benchmark::DoNotOptimize(law.at(truth, uniform(draw(1, replication++, name)), table));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(calibrated, lognormal, Distribution(Lognormal{5.7, 0.6}));
BENCHMARK_CAPTURE(calibrated, weibull, Distribution(Weibull{1.5, 600}));

void truth(benchmark::State& state) {
  const LearnedLaw law({Distribution(Lognormal{5.7, 0.6}), prior_belief(5), "", ""}, stream("belief/step/restore-db"));
  std::uint32_t replication = 0;
  for (auto _ : state) benchmark::DoNotOptimize(law.truth(1, replication++));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(truth);

}  // namespace
}  // namespace muster
