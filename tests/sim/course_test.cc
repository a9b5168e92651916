#include "sim/course.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "models/calibrate.h"
#include "models/load.h"
#include "sim/isa.h"
#include "sim/replication.h"
#include "tests/sim/random_plan.h"
#include "tests/sim/random_scenario.h"

// Course against all the events of Replication, which are its definition: every number, bit for bit.
namespace muster {
namespace {

struct Share {
  std::uint64_t programs = 0, enough = 0, phased = 0, replications = 0, given_up = 0;
  std::uint64_t never = 0, lost = 0, waited = 0;  ///< of those compared: what they are worth
};

void compare(const Scenario& scenario, std::uint64_t seed, std::uint32_t n, Share& share) {
  for (const Outage& outage : scenario.outages) {
    const Program program = compile(scenario, outage.name);
    const CoursePlan plan(program);
    ++share.programs;
    if (!plan.enough) continue;
    ++share.enough;
    share.phased += plan.phased && !plan.early.empty() && !plan.late.empty() && !plan.pools.empty();
    Course course(program, plan, lane_kernels(best_isa()));
    Replication alone(program);
    for (std::uint32_t first = 0; first < n; first += lanes::capacity) {
      const std::uint32_t count = std::min(n - first, lanes::capacity);
      course.run(seed, first, count);
      share.replications += count;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (course.needs_events(i)) {
          ++share.given_up;
          continue;
        }
        alone.run(seed, first + i, false);
        const std::string where = "outage " + outage.name + ", replication " + std::to_string(first + i);
        ASSERT_FALSE(alone.stopped() || alone.stood_down()) << where;
        ASSERT_EQ(course.plan_end()[i], alone.plan_end()) << where;
        ASSERT_EQ(course.recovery()[i], alone.recovery()) << where;
        for (std::size_t s = 0; s < program.steps.size(); ++s) {
          const auto& step = alone.step(static_cast<std::int32_t>(s));
          share.waited += step.ran && step.start > step.requested;
        }
        for (const CoursePlan::Service& service : plan.services) {
          ASSERT_EQ(course.rto(service.node)[i], alone.rto(service.node)) << where << ", service " << program.node_names[static_cast<std::size_t>(service.node)];
          share.never += alone.rto(service.node) == never;
          ASSERT_FALSE(alone.node(service.node).by_repair_uncommitted) << where;
          if (program.nodes[static_cast<std::size_t>(service.node)].store == none) continue;
          std::int32_t chosen = none;
          ASSERT_EQ(course.own_loss(service.node, i, chosen), alone.node(service.node).own_loss) << where;
          ASSERT_EQ(chosen, alone.node(service.node).chosen) << where;
          share.lost += chosen != none;
        }
        double last = 0;
        for (std::int32_t s = 0; s < program.services; ++s) last = std::max(last, alone.rto(s));
        ASSERT_EQ(course.recovery()[i], last) << where << ": a service outside its reach was down";
      }
    }
  }
}

struct TraceShare {
  std::uint64_t programs = 0, replications = 0, given_up = 0, waited = 0, failed = 0;
};

/// Statistics of steps by Course against count_steps() of all events, replication by replication.
void compare_traces(const Scenario& scenario, std::uint64_t seed, std::uint32_t n, TraceShare& share) {
  for (const Outage& outage : scenario.outages) {
    const Program program = compile(scenario, outage.name);
    const CoursePlan plan(program);
    if (!CourseTrace::enough(program, plan)) continue;
    ++share.programs;
    const Columns columns(program, scenario.seen_by(outage.name));
    CourseTrace trace(program, plan, columns);
    Course course(program, plan, lane_kernels(best_isa()));
    Replication alone(program);
    Paths paths;
    Counts counts(program, columns), expected(program, columns);
    StepColumns steps, expected_steps;
    steps.resize(program, n);
    expected_steps.resize(program, n);
    course.trace(&trace, &counts, &steps, 0, n);
    for (std::uint32_t first = 0; first < n; first += lanes::capacity) {
      const std::uint32_t count = std::min(n - first, lanes::capacity);
      course.run(seed, first, count);
      share.replications += count;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (!course.traced(i)) {
          ++share.given_up;
          continue;
        }
        ASSERT_FALSE(course.needs_events(i));
        alone.run(seed, first + i, true);
        count_steps(program, columns, alone, first + i, expected, expected_steps, paths);
        const auto all = steps.all(), others = expected_steps.all();
        for (std::size_t a = 0; a < all.size(); ++a)
          for (std::size_t c = 0; c < all[a]->size(); ++c)
            ASSERT_EQ((*all[a])[c][first + i], (*others[a])[c][first + i]) << "outage " << outage.name << ", replication " << first + i << ", column " << a << " " << c;
      }
    }
    EXPECT_EQ(counts.critical, expected.critical);
    EXPECT_EQ(counts.critical_service, expected.critical_service);
    EXPECT_EQ(counts.failed, expected.failed);
    EXPECT_EQ(counts.waited_on, expected.waited_on);
    for (const std::uint64_t k : counts.waited_on) share.waited += k;
    for (const std::uint64_t k : counts.failed) share.failed += k;
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

TEST(Course, AgreesWithAllEventsOnRandomPlansOfItsKind) {
  Share share;
  for (std::uint64_t seed = 0; seed < random_scenarios(); ++seed) {
    const std::string text = random_plan(seed);
    SCOPED_TRACE("plan " + std::to_string(seed) + "\n" + text);
    compare(parse_scenario(text, "random.yaml").scenario, seed, 64, share);
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(share.enough, share.programs);
  EXPECT_GT(share.phased * 20, share.programs);
  EXPECT_LT(share.given_up, share.replications / 2);
  for (const std::uint64_t count : {share.never, share.lost, share.waited}) EXPECT_GT(count, random_scenarios());
}

TEST(Course, AgreesWithAllEventsOnScenariosOverAllFeatures) {
  Share share;
  for (std::uint64_t seed = 0; seed < random_scenarios(); ++seed) {
    SCOPED_TRACE("random scenario " + std::to_string(seed));
    compare(parse_scenario(random_scenario(seed), "random.yaml").scenario, seed, 48, share);
    if (HasFatalFailure()) return;
  }
  RecordProperty("enough", static_cast<int>(share.enough));
}

TEST(Course, AgreesWithAllEventsOnTheReferenceWorkload) {
  Share share;
  compare(load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml").scenario, 5, 20'000, share);
  EXPECT_EQ(share.enough, 1u);
  EXPECT_EQ(share.given_up, 0u);
}

TEST(Course, AgreesWithAllEventsOnWhatWasLearned) {
  Loaded loaded = load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml");
  std::vector<Observation> observations;
  for (const char* name : {"detect", "decide", "db", "tier1", "tier2", "verify"}) {
    Observation o;
    o.name = name;
    o.seconds = 900;
    observations.push_back(o);
  }
  apply(calibrate(loaded.scenario, observations, {}), loaded.scenario);
  Share share;
  compare(loaded.scenario, 5, 4000, share);
  EXPECT_EQ(share.enough, 1u);
  EXPECT_EQ(share.given_up, 0u);
}

TEST(CourseTrace, AgreesWithAllEventsOnRandomPlans) {
  TraceShare share;
  for (std::uint64_t seed = 0; seed < random_scenarios(); ++seed) {
    const std::string text = random_plan(seed);
    SCOPED_TRACE("plan " + std::to_string(seed) + "\n" + text);
    compare_traces(parse_scenario(text, "random.yaml").scenario, seed, 64, share);
    if (HasFailure()) return;
  }
  for (std::uint64_t seed = 0; seed < random_scenarios(); ++seed) {
    SCOPED_TRACE("random scenario " + std::to_string(seed));
    compare_traces(parse_scenario(random_scenario(seed), "random.yaml").scenario, seed, 48, share);
    if (HasFailure()) return;
  }
  EXPECT_GT(share.programs * 40, random_scenarios());
  EXPECT_LT(share.given_up, share.replications * 9 / 10);
  for (const std::uint64_t count : {share.waited, share.failed}) EXPECT_GT(count, 0u);
  for (const auto& [name, count] : {std::pair{"programs", share.programs}, {"replications", share.replications}, {"given_up", share.given_up}, {"waited", share.waited}, {"failed", share.failed}})
    RecordProperty(name, static_cast<int>(count));
}

TEST(CourseTrace, AgreesWithAllEventsOnTheReferenceWorkload) {
  TraceShare share;
  compare_traces(load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml").scenario, 5, 20'000, share);
  EXPECT_EQ(share.programs, 1u);
  EXPECT_LT(share.given_up, 20u);
}

// Many wait for few, more than a list is kept of.
TEST(Course, AgreesWithAllEventsWhereACrowdWaits) {
  for (const std::string dispatch : {"declared", "critical-path-first"}) {
    std::string text = "muster: 1\nroles: {engineer: {count: 4}}\nservices: {product: {}}\noutages: {o: {strikes: [{services: [product]}]}}\nplan:\n  dispatch: " + dispatch + "\n  steps:\n    a: {takes: 5m}\n";
    std::string all;
    for (int s = 0; s < 120; ++s) {
      const std::string name = "b" + std::to_string(s);
      text += "    " + name + ": {after: [a], takes: " + (s % 3 ? "{exponential: {mean: " + std::to_string(1 + s % 7) + "m}}" : "10m") + ", by: {engineer: 1}}\n";
      text += "    c" + name + ": {after: [" + name + "], takes: {uniform: [1m, 90m]}, by: {engineer: 1}}\n";
      all += (all.empty() ? "c" : ", c") + name;
    }
    text += "    z: {after: [" + all + "], takes: 1m, recovers: [product]}\n";
    SCOPED_TRACE(dispatch);
    Share share;
    compare(parse_scenario(text, "crowd.yaml").scenario, 3, 300, share);
    if (HasFatalFailure()) return;
    EXPECT_EQ(share.given_up, 0u);
  }
}

}  // namespace
}  // namespace muster
