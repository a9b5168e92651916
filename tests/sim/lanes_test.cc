#include "sim/lanes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "models/load.h"
#include "sim/isa.h"
#include "sim/replication.h"
#include "tests/sim/random_scenario.h"

// The lane engine against the events of Replication, which is its definition: every number of every lane, bit
// for bit.
namespace muster {
namespace {

struct Share {
  std::uint64_t programs = 0, fall_back = 0, lanes = 0, events = 0;
};

/// Compares n replications of each outage in lanes with the same ones alone.
void compare(const Scenario& scenario, std::uint64_t seed, std::uint32_t n, const LaneKernels& kernels,
             Share& share, std::map<std::string, int>* why = nullptr) {
  for (const Outage& outage : scenario.outages) {
    const Program program = compile(scenario, outage.name);
    const LanePlan plan(program);
    ++share.programs;
    if (!plan.reasons.empty()) {
      ++share.fall_back;
      if (why)
        for (const auto& r : plan.reasons) ++(*why)[r];
      continue;
    }
    Lanes lanes(program, plan, kernels);
    Replication alone(program);
    for (std::uint32_t first = 0; first < n; first += lanes::capacity) {
      const std::uint32_t count = std::min(n - first, lanes::capacity);
      lanes.run(seed, first, count);
      share.lanes += count;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (lanes.needs_events(i)) {
          ++share.events;
          continue;
        }
        alone.run(seed, first + i, false);
        const std::string where = "outage " + outage.name + ", replication " + std::to_string(first + i);
        ASSERT_FALSE(alone.stopped() || alone.stood_down()) << where;
        for (std::int32_t s = 0; s < static_cast<std::int32_t>(program.steps.size()); ++s)
          if (alone.step(s).how != Replication::How::not_ended && program.steps[static_cast<std::size_t>(s)].every == 0) {
            ASSERT_EQ(lanes.finish(s)[i], alone.step(s).finish)
                << where << ", step " << program.step_names[static_cast<std::size_t>(s)];
          }
        for (std::int32_t s = 0; s < program.services; ++s) {
          ASSERT_EQ(lanes.rto(s)[i], alone.rto(s))
              << where << ", service " << program.node_names[static_cast<std::size_t>(s)];
          if (program.nodes[static_cast<std::size_t>(s)].store == none) continue;
          std::int32_t chosen = none;
          const double own = lanes.own_loss(s, i, chosen);
          ASSERT_EQ(own, alone.node(s).own_loss) << where;
          ASSERT_EQ(chosen, alone.node(s).chosen) << where;
        }
        ASSERT_EQ(lanes.recovery()[i], alone.recovery()) << where;
        ASSERT_EQ(lanes.plan_end()[i], alone.plan_end()) << where;
      }
    }
  }
}

TEST(Lanes, AgreeWithEventsOnRandomScenarios) {
  Share share;
  std::map<std::string, int> why;
  const char* more = std::getenv("MUSTER_RANDOM_SCENARIOS");
  const std::uint64_t scenarios = more ? std::strtoull(more, nullptr, 10) : 2000;
  for (std::uint64_t seed = 0; seed < scenarios; ++seed) {
    SCOPED_TRACE("random scenario " + std::to_string(seed));
    const Loaded loaded = parse_scenario(random_scenario(seed), "random.yaml");
    compare(loaded.scenario, seed, 48, lane_kernels(best_isa()), share, &why);
    if (HasFatalFailure()) return;
  }
  if (more)
    for (const auto& [reason, n] : why)
      if (n > 20) std::cout << n << " " << reason << "\n";
  std::cout << share.programs << " programs, " << share.fall_back << " fall back; " << share.lanes
            << " lanes, " << share.events << " need events\n";
}

TEST(Lanes, AgreeWithEventsOnShippedScenarios) {
  for (const std::string path :
       {"/bench/stackery-14.yaml", "/scenarios/small.yaml", "/scenarios/stackery.yaml",
        "/scenarios/ransomware.yaml", "/scenarios/us-east-1-2025-10-20.yaml",
        "/scenarios/strategies/active-active.yaml", "/scenarios/strategies/backup-and-restore.yaml",
        "/scenarios/strategies/pilot-light.yaml", "/scenarios/strategies/warm-standby.yaml"}) {
    Share share;
    std::map<std::string, int> why;
    compare(load_scenario(MUSTER_SOURCE + path).scenario, 7, 3000, lane_kernels(best_isa()), share, &why);
    std::cout << path << ": " << share.programs << " programs, " << share.fall_back << " fall back; "
              << share.lanes << " lanes, " << share.events << " need events\n";
    for (const auto& [reason, n] : why) std::cout << "   " << n << " " << reason << "\n";
  }
}

}  // namespace
}  // namespace muster
