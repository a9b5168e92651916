#include <algorithm>

#include "tests/sim/oracle_support.h"

// The age of the youngest usable copy.
namespace muster::oracle {
namespace {

// A backup starts every e at a uniform phase and is usable d = held + takes later, if it succeeded (q). The
// youngest usable one is as old as d + U e + e G with U uniform and G geometric, P(G = g) = (1 - q)^g q,
// because the start of the latest cycle that could be done lies uniformly in the e before -d. Mean d + e/2 +
// e (1 - q)/q, variance e^2/12 + e^2 (1 - q)/q^2.
struct PeriodicBackup {
  double every, delay, succeeds;
  double mean() const { return delay + every / 2 + every * (1 - succeeds) / succeeds; }
  double variance() const { return every * every * (1.0 / 12 + (1 - succeeds) / (succeeds * succeeds)); }
  double cdf(double x) const {
    if (x < delay) return 0;
    const double cycles = (x - delay) / every, whole = std::floor(cycles),
                 missed = std::pow(1 - succeeds, whole);
    return 1 - missed + missed * succeeds * (cycles - whole);
  }
  double quantile(double p) const {
    return solve([&](double x) { return cdf(x) - p; }, 0, 100 * every);
  }
};

TEST(OracleBackups, UniformPhaseAndFailures) {
  const Observed seen(R"(
services:
  ledger: {data: {copies: [{backup: {every: 1h, held: 5m, takes: 20m, succeeds: 80%}}]}}
  archive: {data: {copies: [{backup: {every: 1d, takes: 6h, succeeds: 95%}}]}}
outages: {loss: {strikes: [{services: [ledger, archive]}]}}
plan: {steps: {restore: {takes: 1h, recovers: [ledger, archive]}}}
)");
  for (const auto& [service, law] :
       {std::pair<std::string, PeriodicBackup>{"ledger", {60 * minute, 25 * minute, 0.8}},
        std::pair<std::string, PeriodicBackup>{"archive", {24 * hour, 6 * hour, 0.95}}}) {
    SCOPED_TRACE(service);
    EXPECT_NEAR(
        law.delay + integrate([&](double x) { return 1 - law.cdf(law.delay + x); }, 0, 40 * law.every),
        law.mean(), 1e-4 * law.mean());
    const Values& rpo = seen.rpo(service);
    expect_mean_and_variance(rpo, law.mean(), law.variance());
    for (double p : {0.05, 0.5, 0.9, 0.99})
      expect_quantile(seen.service(service).rpo, rpo, p, law.quantile(p));
    EXPECT_GE(*std::min_element(rpo.begin(), rpo.end()), law.delay);
  }
  expect_share(
      seen.rpo("ledger"), [](double v) { return v < 15 * minute; }, 0);
}

// Kept for three hours only: what would be older is gone, and the loss is for good with probability 1 -
// F(kept).
TEST(OracleBackups, KeptForAWhile) {
  const Observed seen(R"(
services:
  ledger: {data: {copies: [{backup: {every: 1h, held: 5m, takes: 20m, succeeds: 50%, kept: 3h}}]}}
outages: {loss: {strikes: [{services: [ledger]}]}}
plan: {steps: {restore: {takes: 1h, recovers: [ledger]}}}
)");
  const PeriodicBackup law{60 * minute, 25 * minute, 0.5};
  const double gone = 1 - law.cdf(3 * hour);
  EXPECT_NEAR(gone, 0.25 * (1 - 0.5 * 35 / 60), 1e-12) << "two cycles failed, and the third too or too old";
  const Values& rpo = seen.rpo("ledger");
  expect_share(
      rpo, [](double v) { return v == never; }, gone);
  expect_share(seen.service("ledger").lost_for_good, static_cast<double>(rpo.size()), gone);
  for (double p : {0.25, 0.5, 0.75}) expect_quantile(seen.service("ledger").rpo, rpo, p, law.quantile(p));
  for (double p : {0.9, 0.95, 0.99}) EXPECT_EQ(seen.service("ledger").rpo.quantile(p), never);
  EXPECT_EQ(seen.service("ledger").rpo.mean, never);
  expect_share(seen.service("ledger").copies.back().chosen, static_cast<double>(rpo.size()), gone);
}

// Copies take an exponential time m, so a later one may be usable before an earlier one. Given the phase U
// the cycle of age a_j = (U + j) e is usable with p_j = q (1 - exp(-a_j / m)) independently of the others;
// the first usable one counts: E loss = E_U sum_j a_j p_j prod_{i<j} (1 - p_i), and likewise the distribution
// function.
TEST(OracleBackups, CopiesThatTakeARandomTimeMayOvertakeEachOther) {
  const Observed seen(R"(
services:
  ledger: {data: {copies: [{backup: {every: 1h, takes: {exponential: {mean: 100m}}, succeeds: 90%}}]}}
outages: {loss: {strikes: [{services: [ledger]}]}}
plan: {steps: {restore: {takes: 1h, recovers: [ledger]}}}
)");
  const auto expectation = [](const std::function<double(double)>& of) {
    return integrate(
        [&](double u) {
          double sum = 0, none_yet = 1;
          for (int j = 0; j < 200; ++j) {
            const double age = u + j, usable = 0.9 * -std::expm1(-age * 60 / 100);
            sum += of(age) * none_yet * usable;
            none_yet *= 1 - usable;
          }
          return sum;
        },
        0, 1);
  };
  const double mean = expectation([](double age) { return age; }),
               second = expectation([](double age) { return age * age; });
  const Values& rpo = seen.rpo("ledger");
  expect_mean_and_variance(rpo, mean * hour, (second - mean * mean) * hour * hour);
  // At whole cycles the indicator has no kink inside (0, 1): quadrature is exact there.
  for (int cycles : {1, 2, 3, 5})
    expect_cdf(rpo, cycles * hour, expectation([&](double age) { return age <= cycles ? 1.0 : 0.0; }));
}

// Independent uniform ages: the largest of three (F = x^3, mean 3/4, variance 3/80), the second smallest of
// three for at-least 2 (F = 3 x^2 - 2 x^3, mean 1/2, variance 1/20): beta laws of order statistics. A need's
// own need counts too.
TEST(OracleBackups, OneConsistentPointOverWhatAServiceNeeds) {
  const Observed seen(R"(
services:
  a: {data: {copies: [{backup: {every: 1h}}]}}
  b: {data: {copies: [{backup: {every: 1h}}]}}
  c: {data: {copies: [{backup: {every: 1h}}]}}
  some: {needs: [{at-least: 2, of: [a, b, c]}]}
  front: {needs: [a, b]}
  whole: {needs: [front, c], data: {copies: [{log: {lag: 12m}}]}}
outages: {loss: {strikes: [{services: [a, b, c]}]}}
plan: {steps: {restore: {takes: 1h, recovers: [a, b, c]}}}
)");
  expect_mean_and_variance(seen.rpo("a"), 0.5 * hour, hour * hour / 12);
  expect_mean_and_variance(seen.rpo("front"), 2.0 / 3 * hour, hour * hour / 18);
  expect_mean_and_variance(seen.rpo("whole"), 0.75 * hour, 3.0 / 80 * hour * hour);
  expect_mean_and_variance(seen.rpo("some"), 0.5 * hour, hour * hour / 20);
  for (double x : {0.1, 0.4, 0.8}) {
    expect_cdf(seen.rpo("whole"), x * hour, x * x * x);
    expect_cdf(seen.rpo("some"), x * hour, 3 * x * x - 2 * x * x * x);
  }
}

// With copies of its own that lag 12 minutes, struck too: the maximum of that and the needs'.
TEST(OracleBackups, OwnCopiesCountBesideTheNeeds) {
  const Observed seen(R"(
services:
  a: {data: {copies: [{backup: {every: 1h}}]}}
  whole: {needs: [a], data: {copies: [{log: {lag: 12m}}]}}
outages: {loss: {strikes: [{services: [a, whole]}]}}
plan: {steps: {restore: {takes: 1h, recovers: [a, whole]}}}
)");
  // max(U, 0.2) hours: mean 0.2^2 + (1 - 0.2^2)/2, and 0.2 itself with probability 0.2.
  expect_mean(seen.rpo("whole"), (0.04 + 0.48) * hour);
  expect_share(
      seen.rpo("whole"), [](double v) { return v == 12 * minute; }, 0.2);
}

// A cascade: the service is struck an exponential time after the outage began; the age counts from that
// strike, and is again uniform. Its recovery by the step that waits for the strike to be over is another
// test's concern.
TEST(OracleBackups, TheAgeCountsFromTheStrikeOfACascade) {
  const Observed seen(R"(
services:
  front: {}
  ledger: {data: {copies: [{backup: {every: 1h, takes: 10m, succeeds: 80%}}]}}
outages:
  loss: {strikes: [{services: [front]}, {services: [ledger], after: {exponential: {mean: 25m}}}]}
plan: {steps: {restore: {takes: 30d, recovers: [front, ledger]}}}
)");
  const PeriodicBackup law{60 * minute, 10 * minute, 0.8};
  const Values& rpo = seen.rpo("ledger");
  expect_mean_and_variance(rpo, law.mean(), law.variance());
  for (double p : {0.05, 0.5, 0.95}) expect_quantile(seen.service("ledger").rpo, rpo, p, law.quantile(p));
}

// A replica in a region that is struck two hours later with 30 % is no use in those replications. Otherwise
// the younger of the two counts: min(X, U e), X exponential of mean m: E = m - m^2 (1 - exp(-e/m)) / e.
TEST(OracleCopies, ARegionStruckLaterTakesItsReplicaAlong) {
  const Observed seen(R"(
regions: [east, west]
services:
  ledger:
    region: east
    data: {copies: [{replica: {region: west, lag: {exponential: {mean: 40m}}}}, {backup: {every: 1h}}]}
outages: {loss: {strikes: [{region: east}, {region: west, after: 2h, probability: 30%}]}}
plan: {steps: {restore: {takes: 1h, recovers: [ledger]}}}
)");
  const double m = 40, e = 60, both = m - m * m * -std::expm1(-e / m) / e;
  EXPECT_NEAR(both, integrate([&](double x) { return std::exp(-x / m) * (1 - x / e); }, 0, e), 1e-9);
  const Values& rpo = seen.rpo("ledger");
  expect_mean(rpo, (0.7 * both + 0.3 * e / 2) * minute);
  for (double x : {6.0, 30.0, 50.0})
    expect_cdf(rpo, x * minute, 1 - (1 - x / e) * (0.7 * std::exp(-x / m) + 0.3));
  const double replica =
      0.7 * (1 - integrate([&](double x) { return std::exp(-x / m) / e; }, 0, e));  // P(X < U e)
  expect_share(seen.service("ledger").copies.at(0).chosen, static_cast<double>(rpo.size()), replica);
}

// Corruption that goes unseen for N, uniform between 1 h and 9 h. The log loses N + lag, and is kept for 6 h.
// The backup must be from before the corruption: its age then is uniform over the cycle, so it loses N + U e
// (N >= takes), and is gone beyond 10 h.
TEST(OracleCopies, CorruptionNoticedLate) {
  const Observed seen(R"(
services:
  logged: {data: {copies: [{log: {lag: 5m, kept: 6h}}, {replica: {lag: 0s}}]}}
  backed-up: {data: {copies: [{backup: {every: 2h, takes: 1h, kept: 10h}}]}}
outages:
  loss: {strikes: [{services: [logged, backed-up]}], data: corrupted, noticed-after: {uniform: [1h, 9h]}}
plan: {steps: {restore: {takes: 1h, recovers: [logged, backed-up]}}}
)");
  const Values& logged = seen.rpo("logged");
  const double kept = (355.0 - 60) / 480;
  expect_share(
      logged, [](double v) { return v == never; }, 1 - kept);
  expect_mean_and_variance(present(logged), (65 + 360) / 2.0 * minute, 295.0 * 295 / 12 * minute * minute);
  // N + U e in hours: density the trapezoid on 1, 3, 9, 11; P(> 10 h) = (1/2) (1/16) 1^2.
  const Values& backed_up = seen.rpo("backed-up");
  expect_share(
      backed_up, [](double v) { return v == never; }, 1.0 / 32);
  expect_cdf(backed_up, 2 * hour, 1.0 / 32);
  expect_cdf(backed_up, 6 * hour, 0.5);
  EXPECT_EQ(seen.service("backed-up").rpo.p99_ci.high, never);
}

}  // namespace
}  // namespace muster::oracle
