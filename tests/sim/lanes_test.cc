#include "sim/lanes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

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
  std::uint64_t stopped = 0, stood_down = 0;  ///< of those compared
};

/// Compares n replications of each outage in lanes with the same ones alone.
void compare(const Scenario& scenario, std::uint64_t seed, std::uint32_t n, const LaneKernels& kernels,
             Share& share, std::map<std::string, int>* why = nullptr, std::uint32_t block = lanes::capacity, std::uint32_t enough = 8192) {
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
    Lanes lanes(program, plan, kernels, enough);
    Replication alone(program);
    for (std::uint32_t first = 0; first < n; first += block) {
      const std::uint32_t count = std::min(n - first, block);
      lanes.run(seed, first, count);
      share.lanes += count;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (lanes.needs_events(i)) {
          ++share.events;
          continue;
        }
        alone.run(seed, first + i, false);
        const std::string where = "outage " + outage.name + ", replication " + std::to_string(first + i);
        ASSERT_EQ(lanes.stopped(i), alone.stopped()) << where;
        ASSERT_EQ(lanes.stood_down(i), alone.stood_down()) << where;
        share.stopped += alone.stopped();
        share.stood_down += alone.stood_down();
        const bool early = alone.stopped() || alone.stood_down();
        for (std::int32_t s = 0; s < static_cast<std::int32_t>(program.steps.size()); ++s)
          if (alone.step(s).how != Replication::How::not_ended && program.steps[static_cast<std::size_t>(s)].every == 0 && !early) {
            ASSERT_EQ(lanes.finish(s)[i], alone.step(s).finish)
                << where << ", step " << program.step_names[static_cast<std::size_t>(s)];
          }
        for (std::int32_t s = 0; s < program.services; ++s) {
          ASSERT_EQ(lanes.rto(s)[i], alone.rto(s))
              << where << ", service " << program.node_names[static_cast<std::size_t>(s)];
          ASSERT_EQ(lanes.by_repair_uncommitted(s, i), alone.node(s).by_repair_uncommitted) << where;
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

std::uint64_t random_scenarios() {
  const char* more = std::getenv("MUSTER_RANDOM_SCENARIOS");
#ifdef MUSTER_SANITIZED
  return more ? std::strtoull(more, nullptr, 10) : 200;
#else
  return more ? std::strtoull(more, nullptr, 10) : 3000;
#endif
}

TEST(Lanes, AgreeWithEventsOnRandomScenarios) {
  Share share;
  for (std::uint64_t seed = 0; seed < random_scenarios(); ++seed) {
    SCOPED_TRACE("random scenario " + std::to_string(seed));
    compare(parse_scenario(random_scenario(seed), "random.yaml").scenario, seed, 48, lane_kernels(best_isa()), share);
    if (HasFatalFailure()) return;
  }
  RecordProperty("fall_back", static_cast<int>(share.fall_back));
  RecordProperty("need_events", static_cast<int>(share.events));
  RecordProperty("lanes", static_cast<int>(share.lanes));
  EXPECT_LT(share.fall_back * 10, share.programs);  // duties that transfer
  EXPECT_GT((share.lanes - share.events) * 5, share.lanes);
  for (const std::uint64_t count : {share.stopped, share.stood_down}) EXPECT_GT(count, random_scenarios() / 10);
}

// Found among the first 360,000: duties that fall due as another gives up or a plan stops, k of n that were never down together, zero time at the instant of a
// repair, a fallback that is not called and what it would come after, who is passed and then stops the plan, a queue
// behind a step that had better wait for it.
TEST(Lanes, AgreeWithEventsWhereTheyOnceDidNot) {
  Share share;
  for (const std::uint64_t seed : {1139u, 1330u, 2309u, 2655u, 3209u, 3383u, 5479u, 7282u, 13315u, 24987u, 50541u, 58352u, 82045u, 84090u, 92748u, 147275u, 153869u, 358140u}) {
    SCOPED_TRACE("random scenario " + std::to_string(seed));
    compare(parse_scenario(random_scenario(seed), "random.yaml").scenario, seed, 48, lane_kernels(best_isa()), share);
  }
  EXPECT_EQ(share.fall_back, 0u);
}

TEST(Lanes, AgreeWithEventsInEveryInstructionSet) {
  for (const Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512}) {
    if (!present(isa)) continue;
    Share share;
    for (std::uint64_t seed = 5000; seed < 5200; ++seed) compare(parse_scenario(random_scenario(seed), "random.yaml").scenario, seed, 19, lane_kernels(isa), share);
    compare(load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml").scenario, 11, 5000, lane_kernels(isa), share);
    EXPECT_GT(share.lanes, 5000u) << isa_name(isa);
  }
}

// What is shipped falls back nowhere.
TEST(Lanes, AgreeWithEventsOnShippedScenarios) {
  struct Shipped {
    const char* path;
    std::uint64_t fall_back;
  };
  for (const Shipped& shipped :
       {Shipped{"/bench/stackery-14.yaml", 0}, {"/scenarios/small.yaml", 0}, {"/scenarios/stackery.yaml", 0}, {"/scenarios/ransomware.yaml", 0},
        {"/scenarios/us-east-1-2025-10-20.yaml", 0}, {"/scenarios/strategies/active-active.yaml", 0}, {"/scenarios/strategies/backup-and-restore.yaml", 0},
        {"/scenarios/strategies/pilot-light.yaml", 0}, {"/scenarios/strategies/warm-standby.yaml", 0}}) {
    Share share;
    compare(load_scenario(MUSTER_SOURCE + std::string(shipped.path)).scenario, 7, 2000, lane_kernels(best_isa()), share);
    EXPECT_EQ(share.fall_back, shipped.fall_back) << shipped.path;
  }
  Share share;
  compare(load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml").scenario, 8, 20'000, lane_kernels(best_isa()), share);
  EXPECT_EQ(share.events, 0u) << "the order of stackery-14 is provable";
}

/// The reference workload with its durations and edges changed at random; `whole`: durations are a few multiples of five minutes, so that much happens at one
/// instant, and attempts often fail.
std::string random_variant(std::mt19937_64& random, bool whole) {
  std::string text = "muster: 1\nroles: {engineer: {count: " + std::to_string(2 + random() % 3) +
                     "}}\nservices: {product: {}}\noutages: {o: {strikes: [{services: [product]}]}}\nplan:\n  dispatch: " +
                     (random() % 2 ? "declared" : "critical-path-first") + "\n  steps:\n";
  std::vector<std::string> names;
  for (int s = 0; s < 16; ++s) {
    std::string after;
    for (int a = 0; s > 0 && a < 1 + static_cast<int>(random() % 3); ++a) {
      const std::string& name = names[static_cast<std::size_t>(s - 1) - random() % std::min<std::size_t>(static_cast<std::size_t>(s), 5)];
      if (after.find(name) == std::string::npos) after += (after.empty() ? "" : ", ") + name;
    }
    names.push_back("x" + std::string(1, static_cast<char>('a' + s)));
    text += "    " + names.back() + ": {after: [" + after + "], takes: " +
            (whole             ? std::to_string(5 + 5 * (random() % 3)) + "m"
             : random() % 2 ? "{lognormal: {median: " + std::to_string(5 + random() % 60) + "m, sigma: 0.5}}"
                            : "{pert: [5m, 10m, " + std::to_string(15 + random() % 60) + "m]}") +
            (random() % 2 ? ", by: {engineer: 1}" : "") + (random() % 4 == 0 || (whole && random() % 2) ? ", fails: " + std::string(whole ? "40" : "10") + "%, attempts: 3, on-failure: continue" : "") +
            (s == 15 ? ", recovers: [product]" : "") + "}\n";
  }
  return text;
}

// So that nothing fits one plan.
TEST(Lanes, AgreeWithEventsOnVariantsOfTheReferenceWorkload) {
  std::mt19937_64 random(14);
  Share share;
  for (int variant = 0; variant < 40; ++variant) {
    const std::string text = random_variant(random, false);
    SCOPED_TRACE(text);
    compare(parse_scenario(text, "variant.yaml").scenario, random(), 512, lane_kernels(best_isa()), share);
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(share.fall_back, 0u);
  EXPECT_EQ(share.events, 0u) << "who asks for the same seats in whatever order is served turn by turn";
}

// A queue leaves out who was never served at a turn. After a few lanes he is often missed in others, also where he would only have gone first of two who are
// ready at one instant: that has to be found out.
TEST(Lanes, WhoIsLeftOutAndMissedIsFoundOut) {
  std::mt19937_64 random(15);
  for (const bool whole : {false, true}) {
    Share share;
    for (int variant = 0; variant < 150; ++variant) {
      const std::string text = random_variant(random, whole);
      SCOPED_TRACE(text);
      const Scenario scenario = parse_scenario(text, "variant.yaml").scenario;
      for (const std::uint32_t block : {4u, 8u, 40u})
        for (const Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512})
          if (present(isa)) compare(scenario, random(), 5 * block, lane_kernels(isa), share, nullptr, block, 2 * block);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(share.events, 200u);
    EXPECT_LT(share.events, share.lanes / 10);
  }
}

/// A plan whose steps ask for seats of several kinds in whatever order, with all that a queue knows: ranks, several seats at once, failures, pauses,
/// time-outs, steps between; and before and after it a service that has to be up, and a fallback.
std::string random_queue(std::mt19937_64& random) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const bool by_path = below(2), firsts = below(2), needs = below(2);
  std::string text = "muster: 1\nroles: {engineer: {count: " + std::to_string(2 + below(3)) + "}, clerk: {count: 2}}\ncapacity: {console: {slots: " + std::to_string(1 + below(2)) +
                     "}}\nservices: {product: {}, chat: {}}\noutages: {o: {strikes: [{services: [product, chat]}]}}\nplan:\n  dispatch: " +
                     (by_path ? "critical-path-first" : "declared") + "\n  steps:\n    chat-back: {takes: {pert: [5m, 10m, 30m]}, recovers: [chat]}\n" +
                     "    open: {after: [chat-back]" + std::string(needs ? ", needs: [chat]" : "") + ", takes: {uniform: [1m, 5m]}, fails: 20%, on-failure: {do: open-anew}}\n" +
                     "    open-anew: {takes: {uniform: [1m, 5m]}}\n";
  std::vector<std::string> names;
  const unsigned steps = 6 + below(12);
  for (unsigned s = 0; s < steps; ++s) {
    std::string after;
    for (unsigned a = 0; a < below(3); ++a) {
      const std::string name = names.empty() || below(6) == 0 ? "open" : names[names.size() - 1 - below(static_cast<unsigned>(std::min<std::size_t>(names.size(), 5)))];
      if (after.find(name) == std::string::npos) after += (after.empty() ? "" : ", ") + name;
    }
    names.push_back("x" + std::string(1, static_cast<char>('a' + s)));
    text += "    " + names.back() + ": {after: [" + after + "], takes: ";
    text += below(3) == 0 ? "{pert: [5m, 10m, " + std::to_string(15 + below(60)) + "m]}" : below(3) == 0 ? std::to_string(5 * (1 + below(4))) + "m" : "{lognormal: {median: " + std::to_string(5 + below(60)) + "m, sigma: 0.5}}";
    switch (below(5)) {
      case 0: text += ", by: {clerk: 2}"; break;
      case 1: text += ", uses: {console: 1}"; break;
      case 2: case 3: text += ", by: {engineer: 1}"; break;
      default: break;
    }
    if (firsts && below(3) == 0) text += ", priority: " + std::to_string(below(3));
    if (below(3) == 0) text += ", fails: 30%, attempts: " + std::to_string(1 + below(3));
    if (below(4) == 0) text += std::string(", retry-after: ") + (below(2) ? "3m" : "{uniform: [1m, 9m]}");
    if (below(6) == 0) text += ", timeout: 40m";
    text += below(40) == 0 ? ", on-failure: stop" : ", on-failure: continue";
    text += s + 1 == steps || below(6) == 0 ? ", recovers: [product]}\n" : "}\n";
  }
  return text + "    last: {after: [" + names.back() + ", open], takes: {uniform: [1m, 5m]}}\n";
}

TEST(Lanes, ServeWhoAsksTurnByTurn) {
  std::mt19937_64 random(2026);
  std::uint64_t queues = 0;
  Share with, without, narrowed;
  for (int plan = 0; plan < 300; ++plan) {
    const std::string text = random_queue(random);
    SCOPED_TRACE(text);
    const Scenario scenario = parse_scenario(text, "queue.yaml").scenario;
    const Program program = compile(scenario, "o");
    const LanePlan plan_of(program);
    const bool queue = !plan_of.queue.turns.empty();
    queues += queue;
    for (const Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512})
      if (present(isa)) compare(scenario, random(), 96, lane_kernels(isa), queue ? with : without);
    if (queue) compare(scenario, random(), 200, lane_kernels(best_isa()), narrowed, nullptr, 40, 20);
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(with.fall_back, 0u);
  EXPECT_GT(queues, 200u);
  EXPECT_LT(with.events * 20, with.lanes) << "but where a plan stops";
  RecordProperty("queues", static_cast<int>(queues));
  RecordProperty("lanes_with", static_cast<int>(with.lanes));
  RecordProperty("events_with", static_cast<int>(with.events));
  RecordProperty("lanes_without", static_cast<int>(without.lanes));
  RecordProperty("events_without", static_cast<int>(without.events));
}

}  // namespace
}  // namespace muster
