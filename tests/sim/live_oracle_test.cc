#include "sim/live.h"
#include "tests/sim/oracle_support.h"

#include "models/load.h"

// What may still come of a recovery under way, against closed forms.
namespace muster::oracle {
namespace {

#ifdef MUSTER_SANITIZED
constexpr std::uint64_t n = 5'000;
#else
constexpr std::uint64_t n = 100'000;
#endif

Scenario scenario_of(const std::string& yaml) { return parse_scenario("muster: 1\n" + yaml, "s.yaml").scenario; }

RunProgress::Step running(const std::string& name, double began, std::uint32_t attempt = 0) {
  RunProgress::Step step;
  step.name = name;
  step.state = RunProgress::Step::State::running;
  step.ready = 0;
  step.began = step.attempt_began = began;
  step.attempt = attempt;
  return step;
}
RunProgress::Step ended(const std::string& name, RunProgress::Step::State how, double began, double at) {
  RunProgress::Step step = running(name, began);
  step.state = how;
  step.ended = at;
  step.past = {{began, at}};
  return step;
}

const LiveForecast::Service& only(const LiveForecast& f) { return f.services.at(0); }
void expect_met(const LiveForecast& f, double exact) { expect_share(only(f).met, static_cast<double>(f.replications), exact); }

constexpr auto succeeded = RunProgress::Step::State::succeeded;

const char* const three_exponentials = R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    first: {takes: {exponential: {mean: 10m}}}
    second: {after: [first], takes: {exponential: {mean: 20m}}, recovers: [product]}
)";

TEST(LiveOracle, AtTheOnsetItIsTheUnconditionalShare) {
  const Scenario s = scenario_of(three_exponentials);
  SimulationOptions options;
  options.replications = 20'000;
  const SimulationResult whole = simulate(s, options);
  const LiveForecast f = LiveSimulation(s, "loss").forecast({}, 1, 20'000);
  EXPECT_EQ(only(f).met, whole.outages[0].services[0].objective->rto->share.met);
  EXPECT_EQ(only(f).met_ci, whole.outages[0].services[0].objective->rto->share.ci);
  EXPECT_EQ(only(f).finish.p90, whole.outages[0].services[0].rto.quantile(0.9));
}

// Whatever it has lasted, an exponential step lasts an exponential time more; the sum of two is hypoexponential.
TEST(LiveOracle, AnExponentialStepForgetsHowLongItHasRun) {
  const LiveSimulation live(scenario_of(three_exponentials), "loss");
  for (const double now : {1 * minute, 15 * minute, 45 * minute}) {
    RunProgress p;
    p.now = now;
    p.steps = {running("first", 0)};
    const double left = 60 * minute - now, a = 1 / (10 * minute), b = 1 / (20 * minute);
    const LiveForecast f = live.forecast(p, 1, n);
    expect_met(f, 1 - (b * std::exp(-a * left) - a * std::exp(-b * left)) / (b - a));
    EXPECT_NEAR(only(f).finish.expected, now + 30 * minute, 4 * std::sqrt(500.0) * minute / std::sqrt(static_cast<double>(n)));
    p.steps = {ended("first", succeeded, 0, now / 2), running("second", now / 2)};
    expect_met(live.forecast(p, 1, n), 1 - std::exp(-b * left));
  }
}

// The same with the predictive law, Student's t of the logarithm: how long it has lasted teaches of the law too. Drawing the truth first,
// whatever was seen, would be off by many standard errors.
TEST(LiveOracle, ACalibratedStepIsCutInItsPredictiveLaw) {
  Scenario s = scenario_of(R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {only: {takes: {lognormal: {median: 30m, sigma: 0.8}}, recovers: [product]}}}
)");
  Step& step = s.plans[0].steps[0];
  step.calibrated = CalibratedLaw{std::get<Distribution>(step.takes[0]), {0.3, 2, 3, 1.1}, "", ""};
  const Belief belief = step.calibrated->belief;
  const auto cdf = [&](double minutes) { return predictive_cdf(belief, std::log(minutes / 30) / 0.8); };
  const LiveSimulation live(s, "loss");
  for (const double now : {5.0, 30.0, 50.0}) {
    RunProgress p;
    p.now = now * minute;
    p.steps = {running("only", 0)};
    expect_met(live.forecast(p, 1, n), (cdf(60) - cdf(now)) / (1 - cdf(now)));
  }
}

// P(X <= 60 | X > t) = (F(60) - F(t)) / (1 - F(t)).
TEST(LiveOracle, ALognormalStepIsCutAtWhatItHasLasted) {
  const LiveSimulation live(scenario_of(R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {only: {takes: {lognormal: {median: 30m, sigma: 0.8}}, recovers: [product]}}}
)"),
                            "loss");
  const auto cdf = [](double minutes) { return normal_cdf(std::log(minutes / 30) / 0.8); };
  for (const double now : {5.0, 30.0, 55.0, 59.9}) {
    RunProgress p;
    p.now = now * minute;
    p.steps = {running("only", 0)};
    expect_met(live.forecast(p, 1, n), (cdf(60) - cdf(now)) / (1 - cdf(now)));
  }
  RunProgress p;
  p.now = 3000 * minute;  // far out, where the table of quantiles ends
  p.steps = {running("only", 0)};
  const LiveForecast f = live.forecast(p, 1, 1000);
  EXPECT_GE(only(f).finish.p10, p.now);
  EXPECT_LT(only(f).finish.p50, 1.5 * p.now);
}

// A step of two exponential parts of the same mean: Erlang, P(X > x) = e^-x (1 + x).
TEST(LiveOracle, TheSumOfTwoPartsIsCutAtWhatItHasLasted) {
  const LiveSimulation live(scenario_of(R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {only: {takes: [{exponential: {mean: 10m}}, {exponential: {mean: 10m}}], recovers: [product]}}}
)"),
                            "loss");
  const auto survival = [](double x) { return std::exp(-x) * (1 + x); };
  for (const double now : {5.0, 30.0, 50.0}) {
    RunProgress p;
    p.now = now * minute;
    p.steps = {running("only", 0)};
    expect_met(live.forecast(p, 1, n), 1 - survival(6) / survival(now / 10));
  }
}

TEST(LiveOracle, WhatHasEndedIsAsItWas) {
  const LiveSimulation live(scenario_of(R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    first: {takes: 10m}
    second: {after: [first], takes: 20m}
    third: {after: [second], takes: 5m, recovers: [product]}
)"),
                            "loss");
  RunProgress p;
  p.now = 40 * minute;
  p.steps = {ended("first", succeeded, 0, 25 * minute), running("second", 30 * minute)};
  const LiveForecast f = live.forecast(p, 1, 100);
  EXPECT_EQ(only(f).finish.p10, 55 * minute);
  EXPECT_EQ(only(f).finish.p90, 55 * minute);
  EXPECT_EQ(f.deciding, "second");
  EXPECT_EQ(f.deciding_share, 1);
  EXPECT_TRUE(f.overdue.empty());
  p.now = 58 * minute;  // longer than it can: it ends at once
  const LiveForecast late = live.forecast(p, 1, 100);
  EXPECT_EQ(only(late).finish.expected, 63 * minute);
  EXPECT_EQ(late.overdue, std::vector<std::string>{"second"});
  EXPECT_EQ(late.deciding, "third");
}

// In its second of three attempts: it succeeds now with 1 - f, then with f (1 - f); else never.
TEST(LiveOracle, RetriesGoOnFromTheAttemptThatRuns) {
  const LiveSimulation live(scenario_of(R"(
services: {product: {objective: {rto: 31m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {only: {takes: 10m, fails: 40%, attempts: 3, retry-after: 1m, recovers: [product]}}}
)"),
                            "loss");
  RunProgress p;
  p.now = 15 * minute;
  p.steps = {running("only", 0, 1)};
  p.steps[0].attempt_began = 11 * minute;
  const LiveForecast f = live.forecast(p, 1, n);
  expect_met(f, 0.6);
  expect_share(1 - only(f).finish.never_share, static_cast<double>(n), 0.84);
  p.steps[0].state = RunProgress::Step::State::pausing;
  p.steps[0].attempt = 2;
  p.steps[0].attempt_began = 15 * minute;
  const LiveForecast last = live.forecast(p, 1, n);
  expect_share(1 - only(last).finish.never_share, static_cast<double>(n), 0.6);
  EXPECT_EQ(only(last).finish.p10, 26 * minute);
}

TEST(LiveOracle, AFallbackThatWasCalledEndsItsCaller) {
  const LiveSimulation live(scenario_of(R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    first: {takes: 10m, fails: 50%, on-failure: {do: by-hand}}
    by-hand: {takes: {exponential: {mean: 20m}}}
    last: {after: [first], takes: 10m, recovers: [product]}
)"),
                            "loss");
  RunProgress p;
  p.now = 20 * minute;
  p.steps = {ended("first", RunProgress::Step::State::replaced, 0, 0), running("by-hand", 10 * minute)};
  expect_met(live.forecast(p, 1, n), 1 - std::exp(-30.0 / 20));
}

// Before the plan is committed the provider's repair, not come yet, stands it down: the first of two exponentials.
TEST(LiveOracle, TheProvidersRepairStandsAnUncommittedPlanDown) {
  const LiveSimulation live(scenario_of(R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}], lasts: {exponential: {mean: 30m}}}}
plan:
  commits-at: last
  steps:
    last: {takes: {exponential: {mean: 60m}}, recovers: [product]}
)"),
                            "loss");
  RunProgress p;
  p.now = 25 * minute;
  p.steps = {running("last", 0)};
  expect_met(live.forecast(p, 1, n), 1 - std::exp(-35.0 / 20));
  p.strikes = {{RunProgress::Strike::Seen::struck, 0, 20 * minute}};
  EXPECT_EQ(only(live.forecast(p, 1, 100)).finish.expected, 20 * minute) << "it is back since then";
}

// The second of two engineers has not come for 20 of 60 minutes, uniformly; the first works on another step.
TEST(LiveOracle, PeopleOnTheirWayComeLaterThanNow) {
  const LiveSimulation live(scenario_of(R"(
roles: {engineer: {count: 2, responds: {uniform: [0m, 60m]}}}
services: {product: {objective: {rto: 50m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    other: {takes: 100m, by: {engineer: 1}}
    restore: {takes: 10m, by: {engineer: 1}, recovers: [product]}
)"),
                            "loss");
  RunProgress p;
  p.now = 20 * minute;
  p.steps = {running("other", 5 * minute)};
  RunProgress::Step waiting;
  waiting.name = "restore";
  p.steps.push_back(waiting);
  p.roles = {{"engineer", 0, 1}};
  expect_met(live.forecast(p, 1, n), 0.5);
  p.roles = {{"engineer", 0, 2}};
  EXPECT_EQ(only(live.forecast(p, 1, 100)).finish.p90, 30 * minute);
}

// Two lognormal steps, correlated: given the first, the other's log is normal with mean rho z and variance 1 - rho^2.
TEST(LiveOracle, ADurationTellsOfTheOnesItIsCorrelatedWith) {
  const LiveSimulation live(scenario_of(R"(
services: {product: {objective: {rto: 60m}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  correlated: [{steps: [first, second], rho: 0.8}]
  steps:
    first: {takes: {lognormal: {median: 10m, sigma: 0.5}}}
    second: {after: [first], takes: {lognormal: {median: 20m, sigma: 0.5}}, recovers: [product]}
)"),
                            "loss");
  RunProgress p;
  p.now = 25 * minute;
  p.steps = {ended("first", succeeded, 0, 20 * minute), running("second", 20 * minute)};
  const double z = std::log(2.0) / 0.5;
  const auto cdf = [&](double minutes) { return normal_cdf((std::log(minutes / 20) / 0.5 - 0.8 * z) / 0.6); };
  expect_met(live.forecast(p, 1, n), (cdf(40) - cdf(5)) / (1 - cdf(5)));
}

}  // namespace
}  // namespace muster::oracle
