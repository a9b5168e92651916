#include <benchmark/benchmark.h>

#include <array>

#include "models/draw.h"
#include "sim/event_queue.h"

// Events per second (items) by the hold model (Jones, "An empirical comparison of priority-queue and
// event-set implementations", CACM 29(4), 1986): the earliest event is taken out and one is scheduled a
// random time later, at a steady number of pending events.
namespace muster {
namespace {

/// Delays to take from in turn, so that drawing them is no part of what is measured.
std::array<double, 4096> delays() {
  std::array<double, 4096> out{};
  for (std::uint32_t i = 0; i < out.size(); ++i)
    out[i] = uniform(draw(1, i, stream("bench/hold"))).value();
  return out;
}

void hold(benchmark::State& state) {
  const auto later = delays();
  EventQueue queue;
  std::size_t next = 0;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    queue.push(later[next++ % later.size()], Phase::ends, 0, 0, 0);
  for (auto _ : state) {
    const Event event = queue.pop();
    queue.push(event.time + later[next++ % later.size()], Phase::ends, 0, event.subject, 0);
  }
  benchmark::DoNotOptimize(queue.top());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold)->ArgName("pending")->Arg(4)->Arg(16)->Arg(64)->Arg(1024);

}  // namespace
}  // namespace muster
