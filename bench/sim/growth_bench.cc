#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>

#include "models/load.h"
#include "sim/course.h"
#include "sim/isa.h"
#include "sim/lanes.h"
#include "sim/replication.h"

// What a replication costs as the plan grows: by step (items) and by service, in lanes, by the events that decide and by all of them. Flat is good.
namespace muster {
namespace {

/// Half of the steps in a row, half beside them with an engineer each; services that hang on one another in tens.
std::string chain(std::int64_t steps, std::int64_t services) {
  const auto number = [](std::int64_t i) { return std::to_string(i); };
  std::string text = "muster: 1\nroles: {engineer: {count: 3}}\nservices:\n  s0: {}\n";
  for (std::int64_t i = 1; i < services; ++i) text += "  s" + number(i) + ": {needs: [s" + number(i % 10 ? i - 1 : 0) + "]}\n";
  text += "outages: {all: {strikes: [{services: [s0]}]}}\nplan:\n  steps:\n    a0: {takes: {exponential: {mean: 5m}}}\n";
  for (std::int64_t i = 1; i < steps / 2; ++i) text += "    a" + number(i) + ": {after: [a" + number(i - 1) + "], takes: {exponential: {mean: 5m}}}\n";
  for (std::int64_t i = 0; i < steps - steps / 2 - 1; ++i)
    text += "    b" + number(i) + ": {after: [a" + number(std::min(i, steps / 2 - 1)) + "], takes: {lognormal: {p50: 5m, p95: 15m}}, by: {engineer: 1}}\n";
  return text + "    z: {after: [a" + number(std::max<std::int64_t>(0, steps / 2 - 1)) + "], takes: 1m, recovers: [s0]}\n";
}

/// All ask for three engineers at the same instant.
std::string crowd(std::int64_t steps) {
  std::string text = "muster: 1\nroles: {engineer: {count: 3}}\nservices: {s: {}}\noutages: {all: {strikes: [{services: [s]}]}}\nplan:\n  steps:\n    a: {takes: 5m, recovers: [s]}\n";
  for (std::int64_t i = 1; i < steps; ++i)
    text += "    b" + std::to_string(i) + ": {after: [a], takes: {lognormal: {p50: " + std::to_string(2 + i % 9) + "m, p95: 30m}}, by: {engineer: 1}}\n";
  return text;
}

/// By an engine that takes many replications at a time: Course by CoursePlan, Lanes by LanePlan.
template <class Engine, class Plan>
void many_at_once(benchmark::State& state, const std::string& text, std::int64_t items) {
  const Scenario scenario = parse_scenario(text, "growth.yaml").scenario;
  const Program program = compile(scenario, "all");
  const Plan plan(program);
  Engine engine(program, plan, lane_kernels(best_isa()));
  std::uint32_t first = 0;
  for (auto _ : state) {
    engine.run(1, first, lanes::capacity);
    benchmark::DoNotOptimize(engine.plan_end());
    first += lanes::capacity;
  }
  state.SetItemsProcessed(state.iterations() * lanes::capacity * items);
}

void all_events(benchmark::State& state, const std::string& text, std::int64_t items) {
  const Scenario scenario = parse_scenario(text, "growth.yaml").scenario;
  const Program program = compile(scenario, "all");
  Replication r(program);
  DrawsAhead ahead(program, lane_kernels(best_isa()));
  r.draw_from(&ahead);
  std::uint32_t i = 0;
  for (auto _ : state) {
    if (i % lanes::capacity == 0) ahead.draw(1, i);
    r.run(1, i++, false);
  }
  benchmark::DoNotOptimize(r.plan_end());
  state.SetItemsProcessed(state.iterations() * items);
}

#define GROWTH(name, text, sizes)                                                                                           \
  void name##_decisive(benchmark::State& state) { many_at_once<Course, CoursePlan>(state, text, state.range(0)); }            \
  void name##_lanes(benchmark::State& state) { many_at_once<Lanes, LanePlan>(state, text, state.range(0)); }                  \
  void name##_all(benchmark::State& state) { all_events(state, text, state.range(0)); }                                       \
  BENCHMARK(name##_decisive)->ArgName(#name) sizes;                                                                           \
  BENCHMARK(name##_lanes)->ArgName(#name) sizes;                                                                              \
  BENCHMARK(name##_all)->ArgName(#name) sizes
GROWTH(steps, chain(state.range(0), 1), ->Arg(10)->Arg(30)->Arg(100)->Arg(300)->Arg(1000));
GROWTH(waiting, crowd(state.range(0)), ->Arg(10)->Arg(30)->Arg(100)->Arg(300)->Arg(1000));
GROWTH(services, chain(10, state.range(0)), ->Arg(1)->Arg(10)->Arg(100)->Arg(500));
#undef GROWTH

}  // namespace
}  // namespace muster
