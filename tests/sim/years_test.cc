#include "sim/years.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/load.h"
#include "models/units.h"
#include "sim/forecast.h"
#include "sim/streams.h"
#include "tests/sim/random_scenario.h"

// What happens when outages meet, by hand: constant times, so that every instant is known.
namespace muster {
namespace {

Scenario scenario_of(const std::string& yaml) { return parse_scenario("muster: 1\n" + yaml, "test.yaml").scenario; }

struct Ran {
  explicit Ran(const std::string& yaml, int how_many_years = 1)
      : scenario(scenario_of(yaml)), years(scenario, how_many_years), r(years) {
    r.run(1, 0);
  }
  Scenario scenario;
  Years years;
  YearsReplication r;
};

// a is on for 2 days after each 10 without it, b for 3 days after each 11: the union of their times, by brute force.
TEST(Years, AServiceStruckTwiceIsUpWhenBothAreOver) {
  const Ran ran(R"(
services: {thing: {objective: {rto: 3d, mtpd: 4d}}, user: {needs: [thing]}}
outages:
  a: {strikes: [{services: [thing]}], happens: {every: 10d}, lasts: 2d}
  b: {strikes: [{services: [thing]}], happens: {every: 11d}, lasts: 3d}
plan: {steps: {look: {takes: 0s}}}
)");
  double down = 0, until = 0;
  int spells = 0;
  std::vector<std::pair<double, double>> times;
  for (double t = 10; t < 365.25; t += 12) times.emplace_back(t, t + 2);
  for (double t = 11; t < 365.25; t += 14) times.emplace_back(t, t + 3);
  std::sort(times.begin(), times.end());
  bool longer = false;
  double since = 0;
  for (const auto& [from, to] : times) {
    if (from >= until) {
      ++spells;
      since = from;
    }
    down += std::max(0.0, std::min(to, 365.25) - std::max(from, until));
    until = std::max(until, to);
    longer |= until - since > 3;
  }
  ASSERT_TRUE(longer);
  for (std::size_t n = 0; n < 2; ++n) {
    EXPECT_NEAR(ran.r.services()[n].downtime, down * day, 1e-3);
    EXPECT_EQ(ran.r.services()[n].outages, spells);
  }
  EXPECT_EQ(ran.r.services()[0].missed_rto, 1);
  EXPECT_EQ(ran.r.counts(), (std::vector<std::uint32_t>{30, 26}));
  EXPECT_EQ(ran.r.occurrences().size(), 56u);
}

// The only engineer works on a from day 10 to 310, and again from 320; b asks for her at 10.5 and at 321.5 days.
TEST(Years, PlansShareTheirPeople) {
  const Ran ran(R"(
roles: {engineer: {count: 1}}
services: {x: {}, y: {}}
outages:
  a: {strikes: [{services: [x]}], happens: {every: 10d}, plan: mend-x}
  b: {strikes: [{services: [y]}], happens: {every: 252h}, plan: mend-y}
plans:
  mend-x: {steps: {mend: {takes: 300d, by: {engineer: 1}, recovers: [x]}}}
  mend-y: {steps: {mend: {takes: 1d, by: {engineer: 1}, recovers: [y]}}}
)");
  ASSERT_EQ(ran.r.waits().size(), 4u) << "at 10, 10.5, 320 and 321.5 days";
  EXPECT_EQ(ran.r.waits()[0].seconds, 0);
  EXPECT_NEAR(ran.r.waits()[1].seconds, 299.5 * day, 1e-3);
  EXPECT_NEAR(ran.r.services()[1].downtime, 300.5 * day + (365.25 - 321.5) * day, 1e-3) << "until the other is mended again";
  EXPECT_NEAR(ran.r.busy(0), (300 + 1 + 365.25 - 320 + 0) * day, 1e-3) << "up to the horizon";
}

// Both plans ask for the same two people, who take an hour to come: b strikes while a has them, so they are there.
TEST(Years, PeopleStayUntilTheLastOutageThatCalledThemIsOver) {
  const Ran ran(R"(
roles: {engineer: {count: 2, responds: 1h}}
services: {x: {}, y: {}}
outages:
  a: {strikes: [{services: [x]}], happens: {every: 10d}, lasts: 3h}
  b: {strikes: [{services: [y]}], happens: {every: 242h}, lasts: 300d}
plan: {steps: {look: {takes: 10m, by: {engineer: 1}}}}
)");
  ASSERT_GE(ran.r.waits().size(), 3u);
  EXPECT_NEAR(ran.r.waits()[0].seconds, hour, 1e-3);
  EXPECT_NEAR(ran.r.waits()[1].seconds, 0, 1e-3) << "called by a, which is on until its repair";
  EXPECT_NEAR(ran.r.waits()[2].seconds, 0, 1e-3) << "a again, while b is on";
}

// b's restore needs the network that a took down: it starts when a is repaired.
TEST(Years, AStepWaitsForAServiceThatAnotherOutageTookDown) {
  const Ran ran(R"(
services: {network: {}, thing: {}}
outages:
  a: {strikes: [{services: [network]}], happens: {every: 10d}, lasts: 50d, plan: none}
  b: {strikes: [{services: [thing]}], happens: {every: 20d}, plan: restore}
plans:
  none: {steps: {look: {takes: 0s}}}
  restore: {steps: {restore: {takes: 1d, needs: [network], recovers: [thing]}}}
)");
  ASSERT_FALSE(ran.r.occurrences().empty());
  EXPECT_EQ(ran.r.occurrences()[0].outage, 0u);
  EXPECT_NEAR(ran.r.occurrences()[1].rto, 41 * day, 1e-3) << "from 20 to 60, and a day";
}

// A copy in the west is of no use while another outage has the west.
TEST(Years, CopiesInARegionThatAnotherOutageStrikesAreNotUsable) {
  const Ran ran(R"(
regions: [east, west]
services: {db: {region: east, data: {copies: [{log: {region: west, lag: 5m}}, {log: {lag: 2h}}]}, cost: {data-loss: {per-hour: 10}}}}
outages:
  west-fails: {strikes: [{region: west}], happens: {every: 100d}, lasts: 10d, plan: none}
  east-fails: {strikes: [{region: east}], happens: {every: 105d}, lasts: 1h, data: lost, plan: restore}
plans:
  none: {steps: {look: {takes: 0s}}}
  restore: {steps: {restore: {takes: 1h, recovers: [db]}}}
)");
  // east-fails at 105, 210 and 315 days (and the hours between); west is down from 100 to 110, 210 to 220, 320 to 330.
  EXPECT_NEAR(ran.r.services()[0].data_loss, 2 * hour + 2 * hour + 300, 1e-3);
  EXPECT_NEAR(ran.r.services()[0].cost, 10 * (4 + 1.0 / 12), 1e-6);
}

// Down from day 360 on, repaired in the next year: the year counts 5.25 days, the recovery time is whole.
TEST(Years, TheHorizonCutsDowntimeButNotRecoveryTimes) {
  const Ran ran(R"(
services: {thing: {cost: {downtime: [{from: 0s, per-hour: 1}, {from: 1d, per-hour: 10}]}}}
outages: {loss: {strikes: [{services: [thing]}], happens: {every: 360d}, lasts: 20d}}
plan: {steps: {look: {takes: 0s}}}
)");
  EXPECT_NEAR(ran.r.services()[0].downtime, 5.25 * day, 1e-3);
  EXPECT_NEAR(ran.r.services()[0].cost, 24 + 4.25 * 240, 1e-6);
  ASSERT_EQ(ran.r.occurrences().size(), 1u);
  EXPECT_NEAR(ran.r.occurrences()[0].rto, 20 * day, 1e-3);
}

TEST(Years, WhatNothingBringsBackIsDownForGood) {
  const Ran ran(R"(
services: {thing: {objective: {rto: 1d}}}
outages: {loss: {strikes: [{services: [thing]}], happens: {every: 300d}}}
plan: {steps: {try: {takes: 1h, fails: 100%, recovers: [thing]}, tell: {takes: 1m, every: 1h, until: try}}}
)",
                2);
  EXPECT_NEAR(ran.r.services()[0].downtime, (2 * 365.25 - 300) * day, 1e-3);
  ASSERT_EQ(ran.r.occurrences().size(), 1u) << "it is on, so it cannot strike again";
  EXPECT_EQ(ran.r.occurrences()[0].rto, never);
  EXPECT_EQ(ran.r.services()[0].missed_rto, 1u);
}

TEST(Years, AnOutageWithAClockOfItsOwnCanBeOnTwice) {
  const Ran ran(R"(
services: {thing: {}}
outages: {loss: {strikes: [{services: [thing]}], happens: {every: 100d}, clock: always, lasts: 150d}}
plan: {steps: {look: {takes: 0s}}}
)");
  EXPECT_EQ(ran.r.counts()[0], 3u);
  EXPECT_NEAR(ran.r.services()[0].downtime, 265.25 * day, 1e-3);
  EXPECT_EQ(ran.r.services()[0].outages, 1u);
}

// Oracle: the replication of a single outage, itself held against a second simulator. An outage that meets no other is in the
// years what it is alone, under its own seed. It begins at 2^20 s, so that round durations still end at the same instant.
TEST(Years, AnOutageThatMeetsNoOtherIsWhatItIsAlone) {
#ifdef MUSTER_SANITIZED
  constexpr std::uint64_t scenarios = 100;
#else
  constexpr std::uint64_t scenarios = 1000;
#endif
  int recovered = 0, never_recovered = 0, lost = 0;
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    Scenario scenario = parse_scenario(random_scenario(seed), "random.yaml").scenario;
    scenario.as_seen_by.clear();
    for (Role& role : scenario.roles) role.hours.clear();  // the moment of the onset is another
    scenario.outages[0].rate.reset();
    scenario.outages[0].interval = Distribution(Constant{0x1p20});
    const Years years(scenario, 1);
    YearsReplication all(years);
    const Program program = compile(scenario, "o");
    Replication alone(program);
    for (std::uint32_t replication = 0; replication < 3; ++replication) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", replication " + std::to_string(replication));
      all.run(seed, replication);
      ASSERT_FALSE(all.occurrences().empty());
      const auto& first = all.occurrences().front();
      alone.run(seed_of(draw(seed, replication, streams::happens("o"))), replication, false);
      double loss = 0;
      for (std::int32_t n = 0; n < program.services; ++n) loss = std::max(loss, alone.rpo(n));
      if (alone.recovery() == never) {
        EXPECT_EQ(first.rto, never);
      } else {
        EXPECT_NEAR(first.rto, alone.recovery(), 1e-6);
      }
      if (loss == never) {
        EXPECT_EQ(first.rpo, never);
      } else {
        EXPECT_NEAR(first.rpo, loss, 1e-6);
      }
      recovered += first.rto > 0 && first.rto < never;
      never_recovered += first.rto == never;
      lost += first.rpo > 0;
      for (const auto& service : all.services()) {
        EXPECT_GE(service.downtime, 0);
        EXPECT_LE(service.downtime, years.horizon);
      }
      if (testing::Test::HasFailure()) return;
    }
  }
  for (const int count : {recovered, never_recovered, lost}) EXPECT_GT(count, static_cast<int>(scenarios) / 5);
}

TEST(Forecast, TheNumberOfThreadsDoesNotShow) {
  const Scenario scenario = load_scenario(MUSTER_SOURCE "/scenarios/stackery.yaml").scenario;
  ForecastOptions options;
  options.replications = 1000;
  options.threads = 1;
  const ForecastResult one = forecast(scenario, options);
  options.threads = 3;
  const ForecastResult three = forecast(scenario, options);
  ASSERT_EQ(one.services.size(), three.services.size());
  for (std::size_t n = 0; n < one.services.size(); ++n) {
    EXPECT_EQ(one.services[n].downtime.mean, three.services[n].downtime.mean);
    EXPECT_EQ(one.services[n].downtime.sd, three.services[n].downtime.sd);
  }
  EXPECT_EQ(one.cost.mean, three.cost.mean);
  EXPECT_EQ(one.roles[0].wait.sd, three.roles[0].wait.sd);
}

TEST(Forecast, GoesOnUntilItIsPreciseEnough) {
  const Scenario scenario = scenario_of(R"(
services: {thing: {}}
outages: {loss: {strikes: [{services: [thing]}], happens: 1/year, lasts: {exponential: {mean: 1h}}}}
plan: {steps: {look: {takes: 0s}}}
)");
  ForecastOptions options;
  options.precision = 0.01;
  const ForecastResult told = forecast(scenario, options);
  EXPECT_TRUE(told.precision_reached);
  EXPECT_EQ(told.replications % 16'384, 0u);
  const Stats& down = told.services[0].downtime;
  EXPECT_LE((down.mean_ci.high - down.mean_ci.low) / 2, 0.01 * down.mean);
  EXPECT_GT((down.mean_ci.high - down.mean_ci.low) / 2, 0.005 * down.mean) << "and not longer";
}

TEST(Forecast, InterruptedTellsWhatIsDone) {
  const Scenario scenario = load_scenario(MUSTER_SOURCE "/scenarios/stackery.yaml").scenario;
  ForecastOptions options;
  options.replications = 100'000'000;
  const std::atomic<bool> interrupted{true};
  const ForecastResult told = forecast(scenario, options, {}, &interrupted);
  EXPECT_TRUE(told.partial);
  EXPECT_GT(told.replications, 0u);
  EXPECT_EQ(told.services[0].downtime.count, told.replications);
}

}  // namespace
}  // namespace muster
