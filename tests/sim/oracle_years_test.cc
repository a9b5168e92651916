#include <algorithm>
#include <numeric>

#include "models/load.h"
#include "models/units.h"
#include "sim/forecast.h"
#include "sim/years.h"
#include "tests/sim/oracle_support.h"

// Years with outages that overlap and share people, against renewal theory and queueing theory.
namespace muster::oracle {
namespace {

#ifdef MUSTER_SANITIZED
constexpr std::uint32_t fewer = 20;
#else
constexpr std::uint32_t fewer = 1;
#endif

/// Replications of a horizon, kept one by one.
struct Observations {
  std::vector<Values> downtime, outages;  ///< by service
  std::vector<Values> yearly_cost;        ///< by year
  Values waits, requests, waited, busy;   ///< sums by replication, of the first role

  Observations(const std::string& yaml, std::uint32_t replications, int how_many_years = 1) {
    const Scenario scenario = parse_scenario("muster: 1\n" + yaml, "test.yaml").scenario;
    const Years years(scenario, how_many_years);
    YearsReplication r(years);
    downtime.resize(scenario.services.size());
    outages.resize(scenario.services.size());
    yearly_cost.resize(static_cast<std::size_t>(how_many_years));
    for (std::uint32_t i = 0; i < replications / fewer; ++i) {
      r.run(1, i);
      for (std::size_t n = 0; n < downtime.size(); ++n) {
        downtime[n].push_back(r.services()[n].downtime);
        outages[n].push_back(r.services()[n].outages);
      }
      for (std::size_t y = 0; y < yearly_cost.size(); ++y) yearly_cost[y].push_back(r.yearly_cost()[y]);
      double sum = 0, positive = 0;
      for (const World::Wait& w : r.waits()) {
        sum += w.seconds;
        positive += w.seconds > 0;
      }
      waits.push_back(sum);
      waited.push_back(positive);
      requests.push_back(static_cast<double>(r.waits().size()));
      if (!scenario.roles.empty()) busy.push_back(r.busy(0));
    }
  }
};

/// sum(numerator) / sum(denominator) is `exact`: the differences numerator - exact * denominator have mean 0.
void expect_ratio(const Values& numerator, const Values& denominator, double exact) {
  Values differences;
  for (std::size_t i = 0; i < numerator.size(); ++i) differences.push_back(numerator[i] - exact * denominator[i]);
  expect_mean(differences, 0);
}

double factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }
double poisson(int n, double mean) {
  if (mean == 0) return n == 0;
  return std::exp(-mean + n * std::log(mean) - std::lgamma(n + 1.0));
}
/// P(Erlang(n, mean of one) > x): fewer than n events in x.
double erlang_above(int n, double mean, double x) {
  double sum = 0;
  for (int k = 0; k < n; ++k) sum += poisson(k, x / mean);
  return sum;
}
/// The probability that a two-state Markov process that begins up is down at t.
double down_at(double t, double up_mean, double down_mean) {
  const double fails = 1 / up_mean, mends = 1 / down_mean;
  return fails / (fails + mends) * -std::expm1(-(fails + mends) * t);
}

// Incidents in a Poisson stream of lambda = 1/2 an hour, each fixed by one of c = 3 engineers in an
// exponential time of 4 hours: M/M/c with a = 2 erlangs. An arrival waits with probability
// C = a^c/c! / ((1 - a/c) sum_{k<c} a^k/k! + a^c/c!) (Erlang 1917), on average C * 4 h / (c - a), and a/c of the seats
// are busy. The year begins empty; what that takes away (some 40 of 8766 hours) is far below the error allowed.
TEST(OracleYears, IncidentsThatShareEngineersWaitAsInErlangsQueue) {
  const Observations seen(R"(
roles: {engineer: {count: 3}}
services: {thing: {}}
outages: {incident: {strikes: [{services: [thing]}], happens: 12/day, clock: always}}
plan: {steps: {fix: {takes: {exponential: {mean: 4h}}, by: {engineer: 1}, recovers: [thing]}}}
)",
                          200);
  const int c = 3;
  const double a = 2;
  double sum = 0;
  for (int k = 0; k < c; ++k) sum += std::pow(a, k) / factorial(k);
  const double all = std::pow(a, c) / factorial(c), waits = all / ((1 - a / c) * sum + all);
  expect_mean(seen.requests, 12 * 365.25);
  expect_ratio(seen.waited, seen.requests, waits);
  expect_ratio(seen.waits, seen.requests, waits * 4 * hour / (c - a));
  Values busy = seen.busy;
  for (double& b : busy) b /= c * year;
  expect_mean(busy, a / c);
}

// Six machines, each failing 10 days after it was mended, and two repairers with 2 days' work (all exponential):
// the number that is down is a birth-and-death process (Feller, An Introduction to Probability Theory, XVII.7) from
// 0, whose probabilities are followed by Runge-Kutta steps through the year.
TEST(OracleYears, SixMachinesAndTwoRepairers) {
  std::string services, outages, recovers;
  for (int m = 1; m <= 6; ++m) {
    const std::string name = std::string("m").append(std::to_string(m));
    services += name + ": {}, ";
    outages += "  " + name + "-fails: {strikes: [{services: [" + name + "]}], happens: {every: {exponential: {mean: 10d}}}}\n";
    recovers += name + ", ";
  }
  const Observations seen("roles: {repairer: {count: 2}}\nservices: {" + services + "}\noutages:\n" + outages +
                              "plan: {steps: {mend: {takes: {exponential: {mean: 2d}}, by: {repairer: 1}, recovers: [" + recovers + "]}}}\n",
                          2000);
  std::vector<double> p{1, 0, 0, 0, 0, 0, 0};
  const auto slope = [](const std::vector<double>& at) {
    std::vector<double> d(7, 0.0);
    for (int n = 0; n < 7; ++n) {
      const double fails = (6 - n) / 10.0, mends = std::min(n, 2) / 2.0, flow = at[static_cast<std::size_t>(n)];
      d[static_cast<std::size_t>(n)] -= (fails + mends) * flow;
      if (n < 6) d[static_cast<std::size_t>(n) + 1] += fails * flow;
      if (n > 0) d[static_cast<std::size_t>(n) - 1] += mends * flow;
    }
    return d;
  };
  const auto plus = [](std::vector<double> x, const std::vector<double>& d, double h) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += h * d[i];
    return x;
  };
  const auto number_down = [](const std::vector<double>& at) {
    double sum = 0;
    for (std::size_t n = 0; n < 7; ++n) sum += static_cast<double>(n) * at[n];
    return sum;
  };
  const double h = 0.01;
  double down = 0;  // machine-days
  for (int i = 0; i < 36525; ++i) {
    const auto k1 = slope(p), k2 = slope(plus(p, k1, h / 2)), k3 = slope(plus(p, k2, h / 2)), k4 = slope(plus(p, k3, h));
    const double before = number_down(p);
    for (std::size_t n = 0; n < 7; ++n) p[n] += h / 6 * (k1[n] + 2 * k2[n] + 2 * k3[n] + k4[n]);
    down += h * (before + number_down(p)) / 2;
  }
  Values all(seen.downtime[0].size(), 0.0);
  for (const Values& machine : seen.downtime)
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += machine[i];
  expect_mean(all, down * day);
  for (const Values& machine : seen.downtime) expect_mean(machine, down / 6 * day);
}

// A service that needs three of five parts, each part up and down for exponential times by itself: it is down while three
// or more are, and the parts are independent two-state processes.
TEST(OracleYears, ThreeOfFive) {
  std::string services, outages;
  for (const char* part : {"a", "b", "c", "d", "e"}) {
    services += std::string(part) + ": {}, ";
    outages += std::string("  loss-of-") + part + ": {strikes: [{services: [" + part +
               "]}], happens: {every: {exponential: {mean: 20d}}}, lasts: {exponential: {mean: 4d}}}\n";
  }
  const Observations seen("services: {" + services + "site: {needs: [{at-least: 3, of: [a, b, c, d, e]}]}}\noutages:\n" + outages +
                              "plan: {steps: {look: {takes: 0s}}}\n",
                          20'000);
  const auto three_down = [](double t) {
    const double p = down_at(t, 20 * day, 4 * day), q = 1 - p;
    return 10 * p * p * p * q * q + 5 * p * p * p * p * q + p * p * p * p * p;
  };
  expect_mean(seen.downtime[5], integrate(three_down, 0, 100 * day) + integrate(three_down, 100 * day, year));
  expect_mean(seen.downtime[0], integrate([](double t) { return down_at(t, 20 * day, 4 * day); }, 0, 100 * day) +
                                    integrate([](double t) { return down_at(t, 20 * day, 4 * day); }, 100 * day, year));
}

// The downtime of an alternating renewal process by T (Takacs, "On certain sojourn time problems in the theory of
// stochastic processes", Acta Math. Hung. 8, 1957), with exponential times up of rate lambda:
// P(D <= x) = sum_n G_n(x) Poisson(n; lambda (T - x)), G_n the law of n repairs together. G_n by convolution of
// the repair's law on a lattice; exact for a constant that is a multiple of its width.
TEST(OracleYears, DowntimeOfAnAlternatingRenewalProcess) {
  const double width = 0.05 * day, mean = 8 * day;
  const struct {
    const char* yaml;
    std::function<double(double)> cdf;
  } repairs[] = {
      {"{exponential: {mean: 8d}}", [&](double x) { return x > 0 ? -std::expm1(-x / mean) : 0.0; }},
      {"{lognormal: {median: 5d, sigma: 0.9}}", [](double x) { return x > 0 ? normal_cdf(std::log(x / (5 * day)) / 0.9) : 0.0; }},
      {"8d", [&](double x) { return x >= mean ? 1.0 : 0.0; }},
  };
  for (const auto& repair : repairs) {
    SCOPED_TRACE(repair.yaml);
    const Observations seen(std::string("services: {thing: {}}\noutages: {loss: {strikes: [{services: [thing]}], happens: 3/year, lasts: ") +
                                repair.yaml + "}}\nplan: {steps: {look: {takes: 0s}}}\n",
                            100'000);
    const std::size_t cells = 1601;  // 80 days
    std::vector<double> one(cells);
    for (std::size_t j = 0; j < cells; ++j)
      one[j] = repair.cdf((static_cast<double>(j) + 0.5) * width) - (j == 0 ? 0 : repair.cdf((static_cast<double>(j) - 0.5) * width));
    // Between the lattice's points, so that each point's whole mass is below or above; no constant multiple of 8 days either.
    for (double x : {0.0, 4.025 * day, 12.025 * day, 20.025 * day, 36.025 * day, 60.025 * day}) {
      const double up = 3 / year * (year - x);
      double exact = poisson(0, up);
      std::vector<double> sum{1.0};  // of n repairs
      for (int n = 1; n <= 25 && x > 0; ++n) {
        std::vector<double> next(std::min(cells, sum.size() + cells - 1), 0.0);
        for (std::size_t i = 0; i < sum.size(); ++i)
          for (std::size_t j = 0; sum[i] > 0 && j < cells && i + j < next.size(); ++j) next[i + j] += sum[i] * one[j];
        sum = std::move(next);
        double below = 0;
        for (std::size_t j = 0; j < sum.size() && static_cast<double>(j) * width <= x; ++j) below += sum[j];
        exact += below * poisson(n, up);
      }
      expect_cdf(seen.downtime[0], x, exact);
    }
  }
}

// Losses of data in a Poisson stream (rate 2 a year), each exponential: a year's loss S is compound Poisson,
// P(S > x) = sum_n Poisson(n) P(Erlang(n) > x), mean 2m, variance 2 * 2m^2. Every year of a longer horizon is alike.
TEST(OracleYears, YearlyLossesAreCompoundPoisson) {
  const std::string yaml = R"(
services: {thing: {data: {copies: [{log: {lag: {exponential: {mean: 1h}}}}]}, cost: {downtime: [{from: 0s, per-hour: 7}], data-loss: {per-hour: 1000}}}}
outages: {loss: {strikes: [{services: [thing]}], happens: 2/year, clock: always, data: lost}}
plan: {steps: {restore: {takes: 0s, recovers: [thing]}}}
)";
  const auto above = [](double x) {
    double sum = 0;
    for (int n = 1; n < 40; ++n) sum += poisson(n, 2) * erlang_above(n, 1000, x);
    return sum;
  };
  const Observations seen(yaml, 200'000, 3);
  for (const Values& of_year : seen.yearly_cost) {
    expect_mean_and_variance(of_year, 2000, 4e6);
    for (double x : {0.0, 1000.0, 4000.0, 9000.0}) expect_cdf(of_year, x, 1 - above(x));
  }
  ForecastOptions options;
  options.years = 3;
  options.replications = 200'000 / fewer;
  const ForecastResult told = forecast(parse_scenario("muster: 1\n" + yaml, "test.yaml").scenario, options);
  ASSERT_GT(told.exceedance.size(), 80u);
  EXPECT_EQ(told.exceedance.front().cost, 0);
  const double n = static_cast<double>(told.yearly_cost.count);
  EXPECT_EQ(n, 3.0 * static_cast<double>(options.replications));
  for (std::size_t i = 0; i + 1 < told.exceedance.size(); ++i) {
    expect_share(told.exceedance[i].probability, n, above(told.exceedance[i].cost));
    EXPECT_LT(told.exceedance[i].cost, told.exceedance[i + 1].cost);
    EXPECT_GT(told.exceedance[i].probability, told.exceedance[i + 1].probability);
  }
  EXPECT_NEAR(told.cost.mean, 6000, standard_errors * std::sqrt(3 * 4e6 / static_cast<double>(options.replications)));
}

// Two regions that fail by themselves, and a shock that takes both (Marshall and Olkin, "A multivariate exponential
// distribution", JASA 62, 1967). All three are independent two-state processes E, W, S; the application, served by
// either region, is down with probability s + (1 - s) e w, and goes down at rate
// (1 - s) [lambda_S (1 - e w) + lambda_E (1 - e) w + lambda_W (1 - w) e].
TEST(OracleYears, TwoRegionsAndACommonShock) {
  const Observations seen(R"(
regions: [east, west]
services:
  app-east: {region: east}
  app-west: {region: west}
  app: {needs: [{at-least: 1, of: [app-east, app-west]}]}
outages:
  east-fails: {strikes: [{region: east}], happens: {every: {exponential: {mean: 30d}}}, lasts: {exponential: {mean: 6d}}}
  west-fails: {strikes: [{region: west}], happens: {every: {exponential: {mean: 40d}}}, lasts: {exponential: {mean: 5d}}}
  both-fail: {strikes: [{region: east}, {region: west}], happens: {every: {exponential: {mean: 60d}}}, lasts: {exponential: {mean: 2d}}}
plan: {steps: {look: {takes: 0s}}}
)",
                          20'000);
  const auto e = [](double t) { return down_at(t, 30 * day, 6 * day); };
  const auto w = [](double t) { return down_at(t, 40 * day, 5 * day); };
  const auto s = [](double t) { return down_at(t, 60 * day, 2 * day); };
  const auto over_the_year = [](const std::function<double(double)>& f) { return integrate(f, 0, 60 * day) + integrate(f, 60 * day, year); };
  expect_mean(seen.downtime[0], over_the_year([&](double t) { return 1 - (1 - e(t)) * (1 - s(t)); }));
  expect_mean(seen.downtime[1], over_the_year([&](double t) { return 1 - (1 - w(t)) * (1 - s(t)); }));
  expect_mean(seen.downtime[2], over_the_year([&](double t) { return s(t) + (1 - s(t)) * e(t) * w(t); }));
  expect_mean(seen.outages[2], over_the_year([&](double t) {
                return (1 - s(t)) * ((1 - e(t) * w(t)) / (60 * day) + (1 - e(t)) * w(t) / (30 * day) + (1 - w(t)) * e(t) / (40 * day));
              }));
}

// One strike, judged by hand: the chance that a year has an outage longer than its target is 1 - exp(-rate * P(longer)) for a
// plain Poisson process whose outages do not meet (a service for itself, repairs much shorter than what lies between).
TEST(OracleYears, TheChanceThatAYearMissesATarget) {
  const Scenario scenario = parse_scenario(R"(
muster: 1
services: {thing: {objective: {rto: 30m, mtpd: 2h}}}
outages: {loss: {strikes: [{services: [thing]}], happens: 2/year, lasts: {exponential: {mean: 1h}}}}
plan: {steps: {look: {takes: 0s}}}
)",
                                          "test.yaml")
                                .scenario;
  ForecastOptions options;
  options.years = 4;
  options.replications = 50'000 / fewer;
  const ForecastResult told = forecast(scenario, options);
  const double n = 4.0 * static_cast<double>(options.replications);
  // The clock stands still for an hour, so some 2/8766 of the outages do not come: less than the error here.
  expect_share(told.services[0].missed_rto->met, n, -std::expm1(-2 * std::exp(-0.5)));
  expect_share(told.services[0].missed_mtpd->met, n, -std::expm1(-2 * std::exp(-2.0)));
  EXPECT_FALSE(told.services[0].missed_rpo);
}

}  // namespace
}  // namespace muster::oracle
