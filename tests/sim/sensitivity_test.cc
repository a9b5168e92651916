#include "sim/sensitivity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/load.h"
#include "models/units.h"
#include "sim/replication.h"

namespace muster {
namespace {

OutageSensitivity sensitivity_of(const std::string& yaml, int threads = 0) {
  const Scenario scenario = parse_scenario("muster: 1\n" + yaml, "test.yaml").scenario;
  SimulationOptions options;
  options.threads = threads;
  return sensitivity(scenario, scenario.outages.front().name, options).value();
}

const SobolIndex& factor(const RecoverySensitivity& r, const std::string& name, SobolIndex::Kind kind = SobolIndex::Kind::step) {
  return *std::find_if(r.factors.begin(), r.factors.end(), [&](const SobolIndex& f) { return f.name == name && f.kind == kind; });
}
const Lever& lever(const RecoverySensitivity& r, Lever::Kind kind, const std::string& name) {
  return *std::find_if(r.levers.begin(), r.levers.end(), [&](const Lever& l) { return l.name == name && l.kind == kind; });
}

// The margin of an interval is about two standard errors; four are allowed.
void expect_index(double estimate, const Interval& ci, double exact) { EXPECT_NEAR(estimate, exact, (ci.high - ci.low) + 1e-12); }

// Steps one after another: the recovery is the sum of a response (variance 20^2 min^2 / 12) and independent durations of known
// variance, and a constant. Each index is its share of the variance, alone and in all.
TEST(Sensitivity, StepsInARowShareTheVarianceByTheirOwn) {
  const OutageSensitivity found = sensitivity_of(R"(
roles: {engineer: {count: 1, responds: {uniform: [0m, 20m]}}}
services: {thing: {}}
outages: {loss: {strikes: [{services: [thing]}]}}
plan:
  steps:
    look: {takes: {uniform: [0m, 30m]}, by: {engineer: 1}}
    wait: {after: [look], takes: 1h}
    fix: {after: [wait], takes: {normal: {mean: 100m, sd: 10m}}, recovers: [thing]}
)");
  const RecoverySensitivity& last = found.recoveries.at(0);
  ASSERT_EQ(last.factors.size(), 3u);
  const double response = 400.0 / 12, look = 900.0 / 12, fix = 100, all = response + look + fix;
  for (const auto& [index, exact] : {std::pair(factor(last, "engineer", SobolIndex::Kind::role), response / all),
                                     std::pair(factor(last, "look"), look / all), std::pair(factor(last, "fix"), fix / all)}) {
    SCOPED_TRACE(index.name);
    expect_index(index.first, index.first_ci, exact);
    expect_index(index.total, index.total_ci, exact);
    EXPECT_LT(index.first_ci.high - index.first_ci.low, 0.1);
  }
  EXPECT_GE(last.factors[0].total, last.factors[1].total);
}

// The larger of two equal uniforms (in minutes, on (0, 60)): Var max = 1/18, E(max | x) = (1 + x^2) / 2 has the variance 1/45, so the
// first index is 18/45 and, of two factors, the total is 1 less the other's first.
TEST(Sensitivity, StepsSideBySideInterplay) {
  const OutageSensitivity found = sensitivity_of(R"(
services: {thing: {}}
outages: {loss: {strikes: [{services: [thing]}]}}
plan:
  steps:
    x: {takes: {uniform: [0m, 60m]}}
    y: {takes: {uniform: [0m, 60m]}}
    end: {after: [x, y], recovers: [thing]}
)");
  for (const char* name : {"x", "y"}) {
    const SobolIndex& index = factor(found.recoveries.at(0), name);
    expect_index(index.first, index.first_ci, 0.4);
    expect_index(index.total, index.total_ci, 0.6);
  }
}

TEST(Sensitivity, StepsDrawnTogetherAreOneFactorAndTheOutagesLengthAnother) {
  const OutageSensitivity found = sensitivity_of(R"(
services: {thing: {}}
outages: {loss: {strikes: [{services: [thing], probability: 90%}], lasts: {exponential: {mean: 2h}}}}
plan:
  commits-at: decide
  correlated: [{steps: [decide, fix], rho: 0.8}]
  steps:
    decide: {takes: {exponential: {mean: 1h}}}
    fix: {after: [decide], takes: {exponential: {mean: 1h}}, recovers: [thing]}
)");
  const RecoverySensitivity& last = found.recoveries.at(0);
  EXPECT_GT(factor(last, "decide + fix").total, 0.1);
  EXPECT_GT(factor(last, "loss", SobolIndex::Kind::length).total, 0.1);
  EXPECT_GT(factor(last, "loss", SobolIndex::Kind::strikes).total, 0.01);
  EXPECT_EQ(last.factors.size(), 3u);
}

// Two equal constants of an hour for one person: with two of them both are done after one hour, an hour sooner. A
// tenth less of either is 6 minutes sooner.
TEST(Sensitivity, LeversMoveTheQuantileByWhatTheyMust) {
  const OutageSensitivity found = sensitivity_of(R"(
roles: {engineer: {count: 1}}
capacity: {link: {rate: 1 GB/s}}
services: {thing: {objective: {rto: 3h, confidence: 90%}}}
outages: {loss: {strikes: [{services: [thing]}]}}
plan:
  steps:
    x: {takes: 1h, by: {engineer: 1}}
    y: {takes: 1h, by: {engineer: 1}}
    copy: {after: [x, y], takes: {transfer: 3600 GB, over: link}, recovers: [thing]}
)");
  ASSERT_EQ(found.recoveries.size(), 2u);
  const RecoverySensitivity& thing = found.recoveries[1];
  EXPECT_EQ(thing.service, "thing");
  EXPECT_EQ(thing.level, 0.9);
  EXPECT_FALSE(thing.varies);
  EXPECT_NEAR(thing.quantile, 3 * hour, 1e-6);
  EXPECT_NEAR(lever(thing, Lever::Kind::seat, "engineer").change, -hour, 1e-6);
  for (const auto& [kind, name] : {std::pair(Lever::Kind::faster_step, "x"), std::pair(Lever::Kind::faster_step, "y"),
                                   std::pair(Lever::Kind::faster_step, "copy"), std::pair(Lever::Kind::faster_link, "link")})
    EXPECT_NEAR(lever(thing, kind, name).change, -6 * minute, 1e-6) << name;
  EXPECT_EQ(thing.levers.front().kind, Lever::Kind::seat);
  EXPECT_EQ(thing.levers.size(), 5u);
}

// The p95 of an exponential of mean m is m ln 20: a tenth less of it is 0.1 m ln 20 sooner, within the interval's margin doubled.
TEST(Sensitivity, AFasterStepIsATenthOfItsQuantile) {
  const OutageSensitivity found = sensitivity_of(R"(
services: {thing: {}}
outages: {loss: {strikes: [{services: [thing]}]}}
plan: {steps: {fix: {takes: {exponential: {mean: 1h}}, recovers: [thing]}}}
)");
  const Lever& fix = lever(found.recoveries.at(0), Lever::Kind::faster_step, "fix");
  EXPECT_NEAR(fix.change, -0.1 * std::log(20) * hour, fix.ci.high - fix.ci.low);
  EXPECT_LT(fix.ci.high - fix.ci.low, 120);
}

TEST(Sensitivity, TheNumberOfThreadsDoesNotShow) {
  const std::string yaml = R"(
roles: {engineer: {count: 1}}
services: {thing: {}}
outages: {loss: {strikes: [{services: [thing]}]}}
plan: {steps: {x: {takes: {exponential: {mean: 1h}}, by: {engineer: 1}}, y: {takes: {exponential: {mean: 2h}}, by: {engineer: 1}, recovers: [thing]}}}
)";
  const OutageSensitivity one = sensitivity_of(yaml, 1), four = sensitivity_of(yaml, 4);
  ASSERT_EQ(one.recoveries[0].factors.size(), four.recoveries[0].factors.size());
  for (std::size_t i = 0; i < one.recoveries[0].factors.size(); ++i) {
    EXPECT_EQ(one.recoveries[0].factors[i].total, four.recoveries[0].factors[i].total);
    EXPECT_EQ(one.recoveries[0].factors[i].first_ci, four.recoveries[0].factors[i].first_ci);
  }
}

}  // namespace
}  // namespace muster
