#include "tests/sim/phase_type.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/load.h"
#include "sim/simulate.h"

namespace muster {
namespace {

#ifdef MUSTER_SANITIZED
constexpr std::uint64_t replications = 5'000;
#else
constexpr std::uint64_t replications = 100'000;
#endif

Scenario scenario_of(const std::string& roles, const std::string& steps) {
  return parse_scenario("muster: 1\ntitle: t\n" + roles + "services: {a: {}}\noutages: {o: {strikes: [{services: [a]}]}}\nplan:\n  steps:\n" + steps, "test.yaml").scenario;
}

PhaseType law_of(const Scenario& s) { return PhaseType(s, s.plans.at(0)); }

std::string exponential(const std::string& name, const std::string& after, const std::string& more = "") {
  return "    " + name + ": {after: [" + after + "], takes: {exponential: {mean: 1s}}" + more + "}\n";
}

// Oracle: the harmonic numbers: the maximum of n unit exponentials has mean sum 1/k and variance sum 1/k^2.
TEST(PhaseType, MaximumOfExponentialsHasTheHarmonicMoments) {
  std::string steps;
  double mean = 0, variance = 0;
  for (int k = 1; k <= 6; ++k) {
    steps += exponential("x" + std::to_string(k), "");
    mean += 1.0 / k;
    variance += 1.0 / (k * k);
  }
  const Scenario s = scenario_of("", steps);
  EXPECT_NEAR(law_of(s).mean(), mean, 1e-12);
  EXPECT_NEAR(law_of(s).variance(), variance, 1e-12);
  EXPECT_NEAR(law_of(s).cdf(2), std::pow(1 - std::exp(-2), 6), 1e-10);
}

// Oracle: one engineer makes a sum of it, Erlang with mean n and variance n.
TEST(PhaseType, OneSeatMakesASum) {
  std::string steps;
  for (int k = 1; k <= 5; ++k) steps += exponential("x" + std::to_string(k), "", ", by: {e: 1}");
  const Scenario s = scenario_of("roles: {e: {count: 1}}\n", steps);
  EXPECT_NEAR(law_of(s).mean(), 5, 1e-12);
  EXPECT_NEAR(law_of(s).variance(), 5, 1e-11);
}

// Oracle: the Wheatstone bridge with unit rates, published mean 83/24 and variance 1663/576 (its five arcs as steps).
TEST(PhaseType, WheatstoneBridgeHasThePublishedMoments) {
  const Scenario s = scenario_of("", exponential("a", "") + exponential("b", "") + exponential("cross", "a") + exponential("d", "a") + exponential("e", "b, cross"));
  EXPECT_NEAR(law_of(s).mean(), 83.0 / 24, 1e-12);
  EXPECT_NEAR(law_of(s).variance(), 1663.0 / 576, 1e-12);
}

// Oracle: a geometric number of exponential attempts, cut at three, then the fallback with what is left.
TEST(PhaseType, RetriesAndTheFallbackAddUp) {
  const Scenario s = scenario_of("", exponential("x", "", ", fails: 50%, attempts: 3, on-failure: {do: y}") + "    y: {takes: {exponential: {mean: 4s}}}\n");
  EXPECT_NEAR(law_of(s).mean(), 1 + 0.5 + 0.25 + 0.125 * 4, 1e-12);
}

/// A random plan within the solver's reach, as YAML (roles, steps).
std::pair<std::string, std::string> random_plan(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); };
  const int seats = 1 + below(3), leads = 1 + below(2);
  const std::string roles = "roles: {e: {count: " + std::to_string(seats) + "}, l: {count: " + std::to_string(leads) + "}}\n";
  std::string steps, all;
  int fallbacks = 0;
  const auto body = [&](bool may_fall_back) {
    std::string text = "takes: {exponential: {mean: " + std::to_string(1 + below(20)) + "m}}";
    std::string by;
    if (below(3) > 0) by += "e: " + std::to_string(1 + below(seats));
    if (below(3) == 0) by += (by.empty() ? "" : ", ") + std::string("l: ") + std::to_string(1 + below(leads));
    if (!by.empty()) text += ", by: {" + by + "}";
    text += ", on-failure: ";
    const bool fails = below(2) == 0;
    if (fails && may_fall_back && below(2) == 0)
      text += "{do: f" + std::to_string(fallbacks++) + "}";
    else
      text += "continue";
    if (fails) text += ", fails: " + std::to_string(10 * (1 + below(8))) + "%, attempts: " + std::to_string(1 + below(3));
    return text;
  };
  const int n = 4 + below(3);
  for (int i = 0; i < n; ++i) {
    std::string after;
    for (int j = 0; j < i; ++j)
      if (below(3) == 0) after += (after.empty() ? "t" : ", t") + std::to_string(j);
    if (i > 1 && below(8) == 0) {
      steps += "    t" + std::to_string(i) + ": {after: [" + after + "]}\n";
    } else {
      steps += "    t" + std::to_string(i) + ": {after: [" + after + "], " + body(fallbacks < 2) + "}\n";
    }
    all += (all.empty() ? "t" : ", t") + std::to_string(i);
  }
  for (int f = 0; f < fallbacks; ++f) steps += "    f" + std::to_string(f) + ": {" + body(false) + "}\n";
  steps += "    end: {after: [" + all + "], recovers: [a]}\n";
  return {roles, steps};
}

// Oracle: the Markov chain of each plan. 7 comparisons a plan, 60 plans: at 4.5 standard errors a true simulator fails with probability 0.3%,
// and the seeds are fixed.
TEST(PhaseType, SimulationAgreesWithTheExactLawOfRandomPlans) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto [roles, steps] = random_plan(seed);
    const Scenario s = scenario_of(roles, steps);
    const PhaseType law = law_of(s);
    std::vector<double> times;
    SimulationOptions options;
    options.replications = replications;
    options.seed = seed;
    simulate(s, options, {}, [&](const SampleBlock& b) { times.insert(times.end(), b.rto.begin(), b.rto.end()); });
    ASSERT_EQ(times.size(), replications);
    const double n = static_cast<double>(replications);
    double mean = 0, m2 = 0, m4 = 0;
    for (double t : times) mean += t / n;
    for (double t : times) m2 += (t - mean) * (t - mean) / n;
    for (double t : times) m4 += std::pow(t - mean, 4) / n;
    const std::string what = "seed " + std::to_string(seed) + ", " + std::to_string(law.states()) + " states\n" + roles + steps;
    EXPECT_NEAR(mean, law.mean(), 4.5 * std::sqrt(law.variance() / n)) << what;
    EXPECT_NEAR(m2, law.variance(), 4.5 * std::sqrt((m4 - m2 * m2) / n)) << what;
    for (const double z : {-1.0, -0.3, 0.3, 1.0, 2.5}) {
      const double t = law.mean() + z * std::sqrt(law.variance());
      const double p = law.cdf(t), share = static_cast<double>(std::count_if(times.begin(), times.end(), [&](double x) { return x <= t; })) / n;
      EXPECT_NEAR(share, p, 4.5 * std::sqrt(std::max(p * (1 - p), 1 / n) / n)) << what << "at " << t;
    }
  }
}

}  // namespace
}  // namespace muster
