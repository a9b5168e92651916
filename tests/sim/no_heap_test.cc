#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "models/calibrate.h"
#include "models/load.h"
#include "sim/course.h"
#include "sim/isa.h"
#include "sim/lanes.h"
#include "sim/replication.h"
#include "sim/years.h"
#include "tests/sim/random_plan.h"
#include "tests/sim/random_scenario.h"

namespace {
std::atomic<long> allocations{0};
}

// All forms that the others fall back on: an allocation by one form may be given back by any other.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size ? size : 1);
}
void* operator new(std::size_t size) {
  if (void* p = operator new(size, std::nothrow)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(step, (size + step - 1) / step * step)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace muster {
namespace {

constexpr const char* a_bit_of_everything = R"(
muster: 1
title: a bit of everything
regions: [east, west]
roles:
  ceo: {count: 1, responds: {on-hours: 4m, off-hours: {lognormal: {p50: 20m, p90: 4h}}}}
  board: {count: 2}
  engineer: {count: 2, hours: ["Mon-Fri 09:00-18:00"], responds: {on-hours: {uniform: [1m, 5m]}, off-hours: absent}}
capacity: {link: {rate: 1 GB/s}, slot: {slots: 1}}
services:
  db: {region: east, data: {size: 800 GB, copies: [{replica: {region: west, lag: {exponential: {mean: 1s}}}}, {backup: {region: west, every: 1h, takes: {uniform: [5m, 20m]}, succeeds: 90%}}]}}
  fn: {region: east}
  chat: {}
  api: {region: east, needs: [db, {at-least: 1, of: [fn, chat]}]}
outages:
  o: {happens: 40/year, strikes: [{region: east}, {services: [chat], probability: 50%, after: {uniform: [0s, 1h]}, lasts: 2h}], lasts: {lognormal: {p50: 2h, p95: 20h}}}
plan:
  commits-at: decide
  patience: 10m
  correlated: [{steps: [restore, swap], rho: 0.5}]
  steps:
    detect: {takes: {gamma: {shape: 2, mean: 5m}}}
    decide: {after: [detect], takes: 5m, by: {ceo: 1}, waits-at-most: 15m, otherwise: alone}
    alone: {takes: 10m, by: {board: 1}}
    mail: {after: [detect], every: 10m, until: swap, takes: 5m, by: {board: 1}}
    tell: {after: [decide], takes: 1m, needs: [chat], otherwise: phone}
    phone: {takes: 12m}
    restore: {after: [decide], takes: [{pert: [5m, 10m, 30m]}], by: {engineer: 1}, fails: 30%, attempts: 3, retry-after: 1m, on-failure: {do: again}, recovers: [db]}
    again: {takes: {transfer: db, over: link}, by: {engineer: 1}, recovers: [db]}
    code: {after: [decide], takes: {transfer: 100 GB, over: link}, timeout: 10m, attempts: 2, on-failure: continue, by: {engineer: 1}, uses: {slot: 1}, recovers: [fn]}
    swap: {after: [restore, code, tell], takes: {exponential: {mean: 5m}}, recovers: [api]}
    drain: {after: [swap], takes: {drain: {arrives: 1/s, served: 2/s}}}
)";

constexpr const char* a_bit_of_everything_in_lanes = R"(
muster: 1
title: what lanes evaluate
regions: [east, west]
roles:
  ceo: {count: 1, responds: {on-hours: 4m, off-hours: {lognormal: {p50: 20m, p90: 4h}}}}
  engineer: {count: 2, hours: ["Mon-Fri 09:00-18:00"], responds: {on-hours: {uniform: [1m, 5m]}, off-hours: absent}}
capacity: {link: {rate: 1 GB/s}}
services:
  db: {region: east, data: {size: 800 GB, copies: [{replica: {region: west, lag: {exponential: {mean: 1s}}}}, {backup: {region: west, every: 1h, takes: {uniform: [5m, 20m]}, succeeds: 90%}}]}}
  chat: {}
  api: {region: east, needs: [db, {at-least: 1, of: [db, chat]}]}
outages:
  o: {strikes: [{region: east}, {services: [chat], probability: 50%, after: {uniform: [0s, 1h]}, lasts: 2h}]}
plan:
  correlated: [{steps: [restore, swap], rho: 0.5}]
  steps:
    decide: {takes: 5m, by: {ceo: 1}, waits-at-most: 15m, otherwise: alone}
    alone: {takes: 10m}
    mail: {after: [decide], every: 10m, until: swap, takes: 5m}
    tell: {after: [decide], takes: 1m, needs: [chat], otherwise: phone}
    phone: {takes: 12m}
    restore: {after: [decide], takes: [{pert: [5m, 10m, 30m]}], by: {engineer: 1}, fails: 30%, attempts: 3, retry-after: 1m, on-failure: {do: again}, recovers: [db]}
    again: {takes: {transfer: db, over: link}, by: {engineer: 2}, recovers: [db]}
    swap: {after: [restore, tell], takes: {exponential: {mean: 5m}}, recovers: [api]}
    drain: {after: [swap], takes: {drain: {arrives: 1/s, served: 2/s}}}
)";

TEST(YearsReplication, TouchesNoHeapOnceItHasWarmedUp) {
  const Loaded loaded = parse_scenario(a_bit_of_everything, "test.yaml");
  const Years years(loaded.scenario, 2);
  YearsReplication r(years);
  for (std::uint32_t i = 0; i < 100; ++i) r.run(1, i);
  const long before = allocations;
  double sum = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    r.run(1, i);
    sum += r.services()[0].downtime;
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(sum, 0);
}

TEST(Replication, TouchesNoHeapWithWhatWasLearned) {
  Loaded loaded = parse_scenario(a_bit_of_everything, "test.yaml");
  std::vector<Observation> observations;
  for (const char* name : {"detect", "decide", "restore", "again", "code", "swap"}) {
    Observation o;
    o.name = name;
    o.seconds = 500;
    observations.push_back(o);
  }
  const Calibration calibration = calibrate(loaded.scenario, observations, {});
  EXPECT_GE(calibration.items.size(), 9u);
  apply(calibration, loaded.scenario);
  const Program program = compile(loaded.scenario, "o");
  Replication r(program);
  for (std::uint32_t i = 0; i < 2000; ++i) r.run(1, i, true);
  const long before = allocations;
  double sum = 0;
  for (std::uint32_t i = 2000; i < 4000; ++i) {
    r.run(1, i, true);
    sum += std::min(r.recovery(), 1e6);
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(sum, 0);
}

TEST(Replication, TouchesNoHeapOnceItHasWarmedUp) {
  const Loaded loaded = parse_scenario(a_bit_of_everything, "test.yaml");
  const Program program = compile(loaded.scenario, "o");
  Replication r(program);
  for (std::uint32_t i = 0; i < 2000; ++i) r.run(1, i, true);
  const long before = allocations;
  double sum = 0;
  for (std::uint32_t i = 2000; i < 4000; ++i) {
    r.run(1, i, true);
    sum += std::min(r.recovery(), 1e6);
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(sum, 0);
}

// Replications that it has been through before, so that nothing can have to grow: whatever they are made of.
TEST(Replication, TouchesNoHeapInRandomScenarios) {
  constexpr std::uint32_t replications = 60;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Loaded loaded = parse_scenario(random_scenario(seed), "random.yaml");
    const Program program = compile(loaded.scenario, "o");
    Replication r(program);
    DrawsAhead ahead(program, lane_kernels(best_isa()));
    ahead.draw(1, 0);
    r.draw_from(&ahead);
    long before = 0;
    for (std::uint32_t i = 0; i < 2 * replications; ++i) {
      if (i == replications) before = allocations;
      r.run(1, i % replications, true);
    }
    ASSERT_EQ(allocations - before, 0) << random_scenario(seed);
  }
}

TEST(Course, TouchesNoHeapFromItsFirstReplicationOn) {
  std::uint64_t tried = 0;
  for (std::uint64_t seed = 0; seed < 800; ++seed) {
    const Loaded loaded = parse_scenario(seed % 2 ? random_plan(seed) : random_scenario(seed), "random.yaml");
    const Program program = compile(loaded.scenario, "o");
    const CoursePlan plan(program);
    if (!plan.enough) continue;
    ++tried;
    Course course(program, plan, lane_kernels(best_isa()));
    const long before = allocations;
    for (std::uint32_t i = 0; i < 3; ++i) course.run(1, i * lanes::capacity, lanes::capacity);
    ASSERT_EQ(allocations - before, 0) << (seed % 2 ? random_plan(seed) : random_scenario(seed));
  }
  EXPECT_GE(tried, 400u);
}

TEST(Lanes, TouchNoHeap) {
  const Loaded loaded = parse_scenario(a_bit_of_everything_in_lanes, "test.yaml");
  const Program program = compile(loaded.scenario, "o");
  const LanePlan plan(program);
  ASSERT_TRUE(plan.reasons.empty()) << plan.reasons.front();
  Lanes lanes(program, plan, lane_kernels(best_isa()));
  DrawsAhead ahead(program, lane_kernels(best_isa()));
  lanes.run(1, 0, lanes::capacity);
  const long before = allocations;
  double sum = 0;
  for (std::uint32_t i = 1; i < 20; ++i) {
    lanes.run(1, i * lanes::capacity, lanes::capacity);
    ahead.draw(1, i * lanes::capacity);
    std::int32_t chosen = none;
    for (std::uint32_t lane = 0; lane < lanes::capacity; ++lane) sum += std::min(lanes.own_loss(0, lane, chosen), 1e6);
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(sum, 0);
}

}  // namespace
}  // namespace muster
