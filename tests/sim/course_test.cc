#include "sim/course.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "models/calibrate.h"
#include "models/load.h"
#include "sim/isa.h"
#include "sim/replication.h"
#include "tests/sim/random_scenario.h"

// Course against all the events of Replication, which are its definition: every number, bit for bit.
namespace muster {
namespace {

struct Share {
  std::uint64_t programs = 0, enough = 0, replications = 0, given_up = 0;
  std::uint64_t never = 0, lost = 0, waited = 0;  ///< of those compared: what they are worth
};

void compare(const Scenario& scenario, std::uint64_t seed, std::uint32_t n, Share& share) {
  for (const Outage& outage : scenario.outages) {
    const Program program = compile(scenario, outage.name);
    const CoursePlan plan(program);
    ++share.programs;
    if (!plan.enough) continue;
    ++share.enough;
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

std::uint64_t random_scenarios() {
  const char* more = std::getenv("MUSTER_RANDOM_SCENARIOS");
#ifdef MUSTER_SANITIZED
  return more ? std::strtoull(more, nullptr, 10) : 200;
#else
  return more ? std::strtoull(more, nullptr, 10) : 3000;
#endif
}

/// A plan over all that Course takes on. Durations are often from a few round values, so that much happens at the same instant.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::string write() {
    const int roles = 1 + below(3), services = 1 + below(5), steps = 1 + below(14);
    std::string text = "muster: 1\nregions: [east, west]\nroles:\n";
    for (int r = 0; r < roles; ++r) {
      each_.push_back(1 + (chance(15) ? below(2) : 0));
      text += "  r" + std::to_string(r) + ": {count: " + std::to_string(each_.back() + below(chance(10) ? 12 : 3));
      if (chance(25)) text += std::string(", hours: [\"Mon-Fri 09:00-18:00\"], responds: {on-hours: ") + law() + ", off-hours: " + (chance(30) ? "absent" : law()) + "}";
      text += "}\n";
    }
    text += "services:\n";
    std::vector<std::string> names;
    for (int s = 0; s < services; ++s) {
      std::string body;
      if (chance(50)) body = std::string("region: ") + (chance(50) ? "east" : "west");
      if (chance(40)) body += (body.empty() ? "" : ", ") + std::string("data: {size: 10 GB, copies: [{replica: {region: west, lag: ") + law() + "}}, {backup: {every: 6h, takes: " + law() + ", succeeds: 80%}}]}";
      if (s > 0 && chance(60)) body += (body.empty() ? "" : ", ") + std::string("needs: [") + (s > 2 && chance(50) ? "{at-least: " + std::to_string(1 + below(2)) + ", of: [s0, s1, east]}" : names[static_cast<std::size_t>(below(s))]) + "]";
      names.push_back("s" + std::to_string(s));
      text += "  " + names.back() + ": {" + body + "}\n";
    }
    text += "plan:\n";
    if (chance(60)) text += "  dispatch: " + std::string(chance(70) ? "declared" : "critical-path-first") + "\n";
    if (chance(25)) text += "  commits-at: t" + std::to_string(below(steps)) + "\n  patience: " + minutes() + "\n";
    std::string lines;
    std::vector<std::string> correlatable;
    for (int t = 0; t < steps; ++t) {
      std::string after;
      for (int a = 0; t > 0 && a < below(3); ++a) {
        const std::string one = "t" + std::to_string(below(t));
        if ((after + ",").find(one + ",") == std::string::npos) after += (after.empty() ? "" : ", ") + one;
      }
      const std::string first = law();
      const int kind = below(10);
      lines += "    t" + std::to_string(t) + ": {after: [" + after + "], takes: " + (kind < 7 ? first : kind == 7 ? "[" + first + ", " + law() + "]" : kind == 8 ? "[{drain: {arrives: 1/s, served: 3/s}}, " + first + "]" : "0s");
      if (kind < 7 && first.front() == '{' && first.find("empirical") == std::string::npos) correlatable.push_back("t" + std::to_string(t));
      if (chance(60)) {
        const auto role = static_cast<std::size_t>(below(roles));
        lines += ", by: {r" + std::to_string(role) + ": " + std::to_string(each_[role]) + "}";
      }
      if (chance(30)) lines += ", fails: " + std::to_string(10 * (1 + below(6))) + "%, attempts: " + std::to_string(1 + below(4));
      if (chance(20)) lines += ", retry-after: " + law();
      if (chance(10)) lines += ", timeout: " + std::to_string(5 + 5 * below(4)) + "m";
      if (chance(70)) lines += ", on-failure: continue";
      if (chance(15)) lines += ", priority: " + std::to_string(below(3));
      if (chance(15)) lines += ", only-if: [" + names[static_cast<std::size_t>(below(services))] + "]";
      if (chance(50)) lines += ", recovers: [" + names[static_cast<std::size_t>(below(services))] + "]";
      lines += "}\n";
    }
    if (correlatable.size() >= 2 && chance(30)) text += "  correlated: [{steps: [" + correlatable[0] + ", " + correlatable[1] + "], rho: 0.7}]\n";
    text += "  steps:\n" + lines + "outages:\n  o:\n    strikes: [" + (chance(50) ? std::string("{region: east") : "{services: [s0]") + (chance(30) ? ", probability: 60%" : "") +
            (chance(20) ? ", lasts: " + law() : "") + "}" + (chance(40) ? ", {services: [" + names.back() + "]}" : "") + "]\n";
    if (chance(40)) text += "    lasts: " + law() + "\n";
    if (chance(30)) text += "    data: lost\n";
    return text;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  std::string minutes() { return std::to_string(5 * (1 + below(4))) + "m"; }
  std::string law() {
    static const std::vector<std::string> laws{"{uniform: [5m, 25m]}", "{exponential: {mean: 12m}}", "{lognormal: {p50: 10m, p95: 40m}}", "{pert: [2m, 8m, 30m]}", "{empirical: [5m, 10m, 15m]}",
                                               "{gamma: {shape: 2, mean: 9m}}"};
    return chance(40) ? minutes() : laws[static_cast<std::size_t>(below(static_cast<int>(laws.size())))];
  }

  std::mt19937_64 random_;
  std::vector<int> each_;
};

TEST(Course, AgreesWithAllEventsOnRandomPlansOfItsKind) {
  Share share;
  for (std::uint64_t seed = 0; seed < random_scenarios(); ++seed) {
    const std::string text = Writer(seed).write();
    SCOPED_TRACE("plan " + std::to_string(seed) + "\n" + text);
    compare(parse_scenario(text, "random.yaml").scenario, seed, 64, share);
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(share.enough, share.programs);
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
