#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/calibrate.h"
#include "models/load.h"
#include "sim/learned_law.h"
#include "sim/simulate.h"
#include "sim/streams.h"
#include "sim/years.h"

namespace muster {
namespace {

constexpr std::int64_t day = 86'400'000'000'000;

Observation seen(const std::string& name, double seconds, bool censored = false, Observation::Of of = Observation::Of::step) {
  Observation o;
  o.of = of;
  o.name = name;
  o.seconds = seconds;
  o.censored = censored;
  o.ended = 20'000 * day + static_cast<std::int64_t>(seconds);
  o.source = "exercise 1";
  return o;
}

Scenario one_step(const std::string& takes, const std::string& more = "") {
  return parse_scenario("muster: 1\ncapacity: {link: {rate: 10 MB/s}}\nservices: {db: {}}\noutages: {o: {strikes: [{services: [db]}]}}\nplan: {steps: {fix: {takes: " + takes +
                            ", recovers: [db]" + more + "}}}\n",
                        "test.yaml")
      .scenario;
}

/// Recovery times of the only step, which are its durations; sorted.
std::vector<double> recoveries(const Scenario& s, std::uint64_t replications) {
  std::vector<double> out;
  SimulationOptions options;
  options.replications = replications;
  options.threads = 2;
  options.steps = false;
  simulate(s, options, {}, [&](const SampleBlock& block) { out.insert(out.end(), block.rto.begin(), block.rto.end()); });
  std::sort(out.begin(), out.end());
  return out;
}

double below(const std::vector<double>& sorted, double x) {
  return static_cast<double>(std::upper_bound(sorted.begin(), sorted.end(), x) - sorted.begin()) / static_cast<double>(sorted.size());
}

// Student's t in closed form, through the stated law's quantile function; what is simulated draws (mu, tau) and then the duration.
TEST(Calibration, WhatIsSimulatedIsThePredictiveLawOfEveryFamily) {
  const std::uint64_t replications = 40'000;
  for (const char* takes :
       {"{lognormal: {p50: 10m, p95: 40m}}", "{uniform: [5m, 25m]}", "{pert: [5m, 10m, 30m]}", "{triangular: [5m, 10m, 30m]}", "{exponential: {mean: 10m}}",
        "{normal: {mean: 10m, sd: 3m}}", "{gamma: {shape: 2, mean: 10m}}", "{weibull: {shape: 1.5, scale: 12m}}", "{empirical: [5m, 7m, 8m, 10m, 11m, 20m, 30m]}",
        "{mixture: [{weight: 0.9, of: {uniform: [5m, 12m]}}, {weight: 0.1, of: {lognormal: {p50: 40m, p95: 80m}}}]}", "10m", "{shifted: {by: 4m, of: {exponential: {mean: 6m}}}}",
        "[2m, {pert: [5m, 10m, 20m]}]", "[{pert: [2m, 4m, 9m]}, {uniform: [3m, 9m]}]", "[{transfer: 6 GB, over: link}, {uniform: [1m, 2m]}]"}) {
    Scenario s = one_step(takes);
    const std::vector<Observation> observations{seen("fix", 700), seen("fix", 560), seen("fix", 610, true)};
    const Calibration calibration = calibrate(s, observations, {});
    ASSERT_EQ(calibration.items.size(), 1u) << takes;
    EXPECT_EQ(apply(calibration, s).size(), 0u);
    const CalibratedLaw& law = s.plans[0].steps[0].calibrated.value();
    const std::vector<double> times = recoveries(s, replications);
    for (double p : {0.05, 0.25, 0.5, 0.75, 0.95, 0.99})
      EXPECT_NEAR(below(times, predictive_quantile(law, p)), p, 4 * std::sqrt(p * (1 - p) / replications) + 1e-5) << takes << " at " << p;
  }
}

TEST(Calibration, WithoutObservationsTheStatedP5P50AndP95Stay) {
  const Scenario stated = one_step("{gamma: {shape: 2, mean: 10m}}");
  Scenario s = stated;
  const Calibration calibration = calibrate(s, {}, {});
  ASSERT_EQ(calibration.items.size(), 1u);
  apply(calibration, s);
  const Distribution law = std::get<Distribution>(stated.plans[0].steps[0].takes[0]);
  const std::vector<double> times = recoveries(s, 40'000);
  for (double p : {0.05, 0.5, 0.95}) EXPECT_NEAR(below(times, law.quantile(p)), p, 4 * std::sqrt(p * (1 - p) / 40'000));
}

TEST(Calibration, WhatIsStatedAsExactStaysSoUntilItWasObserved) {
  for (const char* takes : {"10m", "{transfer: 6 GB, over: link}", "[{pert: [2m, 4m, 9m]}, {uniform: [3m, 9m]}]"}) {
    Scenario s = one_step(takes);
    const Calibration calibration = calibrate(s, {}, {});
    EXPECT_TRUE(calibration.items.empty()) << takes;
    const std::string before = s.sha256;
    apply(calibration, s);
    EXPECT_EQ(s.sha256, before);
  }
}

TEST(Calibration, ObservationsPullThePredictionTowardsThem) {
  const Scenario s = one_step("{lognormal: {p50: 10m, p95: 40m}}");
  double last = 600;
  for (std::size_t n : {1u, 3u, 10u, 100u}) {
    std::vector<Observation> many;
    for (std::size_t i = 0; i < n; ++i) many.push_back(seen("fix", 1500 + static_cast<double>(i)));
    Scenario after = s;
    apply(calibrate(s, many, {}), after);
    const double p50 = predictive_quantile(*after.plans[0].steps[0].calibrated, 0.5);
    EXPECT_GT(p50, last);
    EXPECT_LT(p50, 1600);
    last = p50;
  }
}

TEST(Calibration, HashCoversItAndOrderThreadsAndRepetitionDoNotShow) {
  const Scenario s = one_step("{lognormal: {p50: 10m, p95: 40m}}");
  std::vector<Observation> observations{seen("fix", 700), seen("fix", 560), seen("fix", 610, true), seen("fix", 1200)};
  const Calibration first = calibrate(s, observations, {.half_life = 1e7, .as_of = 20'100 * day});
  std::reverse(observations.begin(), observations.end());
  EXPECT_EQ(calibrate(s, observations, {.half_life = 1e7, .as_of = 20'100 * day}), first);
  observations.push_back(observations[1]);
  const Calibration again = calibrate(s, observations, {.half_life = 1e7, .as_of = 20'100 * day});
  EXPECT_EQ(again.items, first.items);
  ASSERT_EQ(again.unused.size(), 1u);
  EXPECT_EQ(again.unused[0].count, 1u);
  Scenario a = s, b = s;
  apply(first, a);
  apply(first, b);
  EXPECT_NE(a.sha256, s.sha256);
  EXPECT_EQ(a.sha256, b.sha256);
  apply(first, b);  // once more: the same
  EXPECT_EQ(a.sha256, b.sha256);
  SimulationOptions one, many;
  one.replications = many.replications = 20'000;
  one.threads = 1;
  many.threads = 5;
  const Stats x = simulate(a, one).outages[0].services[0].rto, y = simulate(a, many).outages[0].services[0].rto;
  EXPECT_EQ(x.mean, y.mean);
  EXPECT_EQ(x.quantiles, y.quantiles);
}

TEST(Calibration, OldObservationsCountForLess) {
  const Scenario s = one_step("{lognormal: {p50: 10m, p95: 40m}}");
  Observation old = seen("fix", 1500), young = seen("fix", 700);
  young.ended = 20'365 * day;
  old.ended = young.ended - 365 * day;
  const Calibration c = calibrate(s, {old, young}, {.half_life = 365 * 86400.0, .as_of = young.ended});
  ASSERT_EQ(c.items.size(), 1u);
  EXPECT_NEAR(c.items[0].worth, 1.5, 1e-12);
  EXPECT_NEAR(c.items[0].age_days, 0.5 * 365 / 1.5, 1e-9);
  EXPECT_NEAR(c.items[0].posterior.weight, 6.5, 1e-12);
  old.ended = 0;
  const Calibration unknown = calibrate(s, {old, young}, {.half_life = 365 * 86400.0, .as_of = young.ended});
  EXPECT_NEAR(unknown.items[0].worth, 1, 1e-12);
  ASSERT_EQ(unknown.unused.size(), 1u);
  EXPECT_NE(unknown.unused[0].why.find("age is not known"), std::string::npos);
}

TEST(Calibration, PriorWeightOfTheScenarioCounts) {
  const Scenario s = one_step("{lognormal: {p50: 10m, p95: 40m}}", ", prior-weight: 20"), plain = one_step("{lognormal: {p50: 10m, p95: 40m}}");
  EXPECT_EQ(s.sha256, plain.sha256);  // it changes no result by itself
  EXPECT_EQ(calibrate(s, {}, {}).items[0].prior.weight, 20);
  EXPECT_EQ(calibrate(plain, {}, {.prior_weight = 7, .half_life = {}}).items[0].prior.weight, 7);
}

TEST(Calibration, WhatCannotBeByTheStatedLawIsDriftAndBecomesPossible) {
  const Scenario s = one_step("{uniform: [5m, 10m]}");
  const Calibration c = calibrate(s, {seen("fix", 1800), seen("fix", 2000), seen("fix", 1900)}, {});
  ASSERT_EQ(c.items.size(), 1u);
  EXPECT_TRUE(c.items[0].stand_in.has_value());
  EXPECT_EQ(c.items[0].drift, 0);
  EXPECT_TRUE(c.items[0].drifted());
  Scenario after = s;
  apply(c, after);
  EXPECT_GT(recoveries(after, 5000).back(), 1900);
  const Calibration inside = calibrate(s, {seen("fix", 400), seen("fix", 420), seen("fix", 430)}, {});
  EXPECT_FALSE(inside.items[0].stand_in.has_value());
  EXPECT_FALSE(inside.items[0].drifted());
}

TEST(Calibration, ValuesBeyondP99AreDriftAndValuesInsideNarrow) {
  const Scenario s = one_step("{lognormal: {p50: 10m, p99: 30m}}");
  EXPECT_TRUE(calibrate(s, {seen("fix", 1810), seen("fix", 1850), seen("fix", 1900)}, {}).items[0].drifted());
  for (double middle : {400.0, 600.0, 900.0}) {  // p10 is 5.5 min, p90 is 18 min
    const Calibration c = calibrate(s, {seen("fix", middle), seen("fix", middle + 5), seen("fix", middle + 9)}, {});
    EXPECT_FALSE(c.items[0].drifted()) << middle;
    Scenario after = s;
    apply(c, after);
    const auto before_times = recoveries(s, 20'000), after_times = recoveries(after, 20'000);
    const auto spread = [](const std::vector<double>& v) { return std::log(v[v.size() * 95 / 100] / v[v.size() * 5 / 100]); };
    EXPECT_LT(spread(after_times), spread(before_times)) << middle;
  }
}

TEST(Calibration, SaysWhatItLeavesOut) {
  const Scenario s = parse_scenario(R"(
muster: 1
title: shop
roles: {ada: {count: 1, hours: ["Mon-Fri 09:00-17:00"], responds: {on-hours: {lognormal: {p50: 5m, p95: 20m}}, off-hours: {lognormal: {p50: 20m, p95: 2h}}}}}
services: {db: {}}
outages: {o: {strikes: [{services: [db]}], lasts: {lognormal: {p50: 5h, p95: 20h}}}}
plan: {steps: {fix: {takes: {uniform: [5m, 25m]}, by: {ada: 1}, recovers: [db]}, drain: {after: [fix], takes: {drain: {arrives: 1/s, served: 2/s}}}, nothing: {takes: 0s}}}
)",
                                    "test.yaml")
                         .scenario;
  Observation foreign = seen("fix", 600), tabletop = seen("fix", 600), with = seen("fix", 600);
  foreign.scenario = "another";
  tabletop.source = "exercise 3 (tabletop)";
  with.with_response_of = "ada";
  const Calibration c = calibrate(
      s, {foreign, tabletop, with, seen("drain", 60), seen("nothing", 5), seen("fix", 0), seen("who", 5), seen("o", 3600, false, Observation::Of::outage)}, {});
  EXPECT_EQ(c.unused.size(), 7u);
  for (const CalibratedItem& item : c.items) EXPECT_EQ(item.observations, item.of == Observation::Of::outage ? 1u : 0u) << title_of(item);
}

// Three outages: two plans state the step alike, the third, by what it sets, differently.
constexpr const char* three_ways = R"(
muster: 1
services: {db: {objective: {rto: 1h}}}
outages:
  fire: {strikes: [{services: [db]}], plan: here}
  flood: {strikes: [{services: [db]}], plan: there}
  theft: {strikes: [{services: [db]}], plan: there, set: {/plans/there/steps/fix/takes: {lognormal: {p50: 3h, p95: 9h}}}}
plans:
  here: {steps: {fix: {takes: {lognormal: {p50: 10m, p95: 40m}}, recovers: [db]}}}
  there: {steps: {fix: {takes: {lognormal: {p50: 10m, p95: 40m}}, recovers: [db]}}}
)";

TEST(Calibration, AStepStatedAlikeIsOneItemInWhateverPlan) {
  Scenario s = parse_scenario(three_ways, "test.yaml", ".", {{"/outages/theft/set", "null"}}).scenario;
  Observation of_fire = seen("fix", 1500), of_flood = seen("fix", 1600), of_any = seen("fix", 1700);
  of_fire.during = "fire";
  of_flood.during = "flood";
  const Calibration c = calibrate(s, {of_fire, of_flood, of_any}, {});
  ASSERT_EQ(c.items.size(), 1u);
  EXPECT_EQ(c.items[0].observations, 3u);
  EXPECT_EQ(title_of(c.items[0]), "step fix");
  EXPECT_TRUE(c.unused.empty());
  EXPECT_TRUE(apply(c, s).empty());
  EXPECT_EQ(s.plans[0].steps[0].calibrated.value(), s.plans[1].steps[0].calibrated.value());
}

TEST(Calibration, AStepStatedDifferentlyIsAnItemForEachWayAndLearnsFromItsOwnOutages) {
  Scenario s = parse_scenario(three_ways, "test.yaml").scenario;
  Observation of_fire = seen("fix", 1500), of_theft = seen("fix", 12'000), of_any = seen("fix", 1700), of_none = seen("fix", 1800);
  of_fire.during = "fire";
  of_theft.during = "theft";
  of_none.during = "quake";
  const Calibration c = calibrate(s, {of_fire, of_theft, of_any, of_none}, {});
  ASSERT_EQ(c.items.size(), 2u);
  EXPECT_EQ(title_of(c.items[0]), "step fix for fire, flood");
  EXPECT_EQ(title_of(c.items[1]), "step fix for theft");
  EXPECT_EQ(c.items[0].observations, 1u);
  EXPECT_EQ(c.items[1].observations, 1u);
  EXPECT_NE(c.items[0].law, c.items[1].law);
  ASSERT_EQ(c.unused.size(), 2u);
  EXPECT_NE(c.unused[0].why.find("not for 'quake'"), std::string::npos) << c.unused[0].why;
  EXPECT_NE(c.unused[1].why.find("of which it is is not known"), std::string::npos) << c.unused[1].why;
  EXPECT_TRUE(apply(c, s).empty());
  const auto predicted = [](const Scenario& seen_by, std::size_t plan) { return predictive_quantile(seen_by.plans[plan].steps[0].calibrated.value(), 0.5); };
  EXPECT_GT(predicted(s, 0), 600);
  EXPECT_LT(predicted(s, 0), 1500);
  EXPECT_EQ(predicted(s, 0), predicted(s, 1));
  EXPECT_GT(predicted(s.seen_by("theft"), 1), 10'000);
  EXPECT_LT(predicted(s.seen_by("theft"), 1), 12'000);
}

TEST(Calibration, AResponseIsOnOrOffHoursByWhenItBegan) {
  const Scenario s = parse_scenario(R"(
muster: 1
roles: {ada: {count: 1, hours: ["Mon-Fri 09:00-17:00"], responds: {on-hours: {lognormal: {p50: 5m, p95: 20m}}, off-hours: {lognormal: {p50: 20m, p95: 2h}}}}}
services: {db: {}}
outages: {o: {strikes: [{services: [db]}]}}
plan: {steps: {fix: {takes: 5m, by: {ada: 1}, recovers: [db]}}}
)",
                                    "test.yaml")
                         .scenario;
  // 1970-01-01 was a Thursday; day 20000, 2024-10-04, a Friday.
  Observation on = seen("ada", 600, false, Observation::Of::response), off = on;
  on.ended = 20'000 * day + day / 24 * 9 + 600'000'000'000;   // asked at 09:00
  off.ended = on.ended - 1'000'000'000;                       // a second before
  const Calibration c = calibrate(s, {on, off}, {});
  ASSERT_EQ(c.items.size(), 2u);
  EXPECT_EQ(title_of(c.items[0]), "role ada, on-hours");
  EXPECT_EQ(c.items[0].observations, 1u);
  EXPECT_EQ(title_of(c.items[1]), "role ada, off-hours");
  EXPECT_EQ(c.items[1].observations, 1u);
}

TEST(LearnedLaw, OneTruthHoldsForAllDrawsOfAReplication) {
  const Belief prior = prior_belief(3);
  const CalibratedLaw law{Distribution(lognormal_of_median(600, 0.5)), prior, "", ""};
  const LearnedLaw drawn(law, stream("belief/x"));
  const auto a = drawn.truth(1, 7), b = drawn.truth(1, 7), c = drawn.truth(1, 8);
  EXPECT_EQ(a.mu, b.mu);
  EXPECT_EQ(a.tau, b.tau);
  EXPECT_NE(a.mu, c.mu);
  const QuantileTable table(law.scores);
  EXPECT_LT(drawn.at(a, uniform_at(0.3), table), drawn.at(a, uniform_at(0.31), table));
}

// What is not known does not average out over the occurrences of many years.
TEST(LearnedLaw, OneTruthHoldsForAllTheYears) {
  Scenario s = parse_scenario(
                   "muster: 1\nservices: {db: {}}\noutages: {o: {happens: 40/year, strikes: [{services: [db]}]}}\n"
                   "plan: {steps: {fix: {takes: {lognormal: {p50: 10m, p95: 40m}}, recovers: [db]}}}\n",
                   "test.yaml")
                   .scenario;
  const Belief place_unknown{0, 1e-6, 1e9, 0.001};  // mu has an sd of 1, tau is 0.001
  s.plans[0].steps[0].calibrated = CalibratedLaw{std::get<Distribution>(s.plans[0].steps[0].takes[0]), place_unknown, "", ""};
  const Years years(s, 1);
  YearsReplication replication(years);
  double least = 1e9, most = 0;
  for (std::uint32_t i = 0; i < 20; ++i) {
    replication.run(1, i);
    ASSERT_GT(replication.occurrences().size(), 10u);
    double low = 1e9, high = 0;
    for (const auto& occurrence : replication.occurrences()) {
      low = std::min(low, occurrence.rto);
      high = std::max(high, occurrence.rto);
    }
    EXPECT_LT(high / low, 1.02);
    least = std::min(least, low);
    most = std::max(most, high);
  }
  EXPECT_GT(most / least, 2);
}

TEST(LearnedLaw, IsInATransferAsMuchAsTheLinkHasToMove) {
  Scenario s = one_step("{transfer: 6 GB, over: link}");
  apply(calibrate(s, {seen("fix", 1200), seen("fix", 1190), seen("fix", 1210)}, {.prior_weight = 1, .half_life = {}}), s);
  const auto times = recoveries(s, 20'000);
  EXPECT_NEAR(times[times.size() / 2], predictive_quantile(*s.plans[0].steps[0].calibrated, 0.5), 15);
}

}  // namespace
}  // namespace muster
