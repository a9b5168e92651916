#include <algorithm>

#include "tests/sim/oracle_support.h"

// The provider's own repair against the plan: standing down, patience, and stopped plans.
namespace muster::oracle {
namespace {

// Repair L exponential of mean m, decision after D constant, then X exponential of mean x. The plan stands
// down when L < D. RTO = L or D + X: mean m (1 - w) + x w with w = exp(-D/m), since E min(L, D) = m (1 - w).
// The data are the provider's when it stood down (no loss), else as old as the replica.
TEST(OracleStandDown, ARepairBeforeTheDecisionEndsThePlan) {
  const Observed seen(R"(
services: {product: {data: {copies: [{replica: {lag: 7s}}]}}}
outages: {loss: {strikes: [{services: [product]}], lasts: {exponential: {mean: 2h}}}}
plan:
  commits-at: decide
  steps:
    decide: {takes: 45m}
    restore: {after: [decide], takes: {exponential: {mean: 3h}}, recovers: [product]}
)",
                      {.steps = true});
  const double w = std::exp(-45.0 / 120), n = static_cast<double>(seen.rto("product").size());
  const Values& rto = seen.rto("product");
  expect_mean(rto, (120 * (1 - w) + 180 * w) * minute);
  for (double t : {10.0, 40.0}) expect_cdf(rto, t * minute, 1 - std::exp(-t / 120));
  for (double t : {60.0, 400.0}) expect_cdf(rto, t * minute, 1 - w * std::exp(-(t - 45) / 180));
  expect_share(seen.service("product").stood_down, n, 1 - w);
  expect_share(seen.result().stood_down, n, 1 - w);
  expect_share(
      seen.rpo("product"), [](double v) { return v == 0; }, 1 - w);
  expect_share(
      seen.rpo("product"), [](double v) { return v == 7; }, w);
  EXPECT_NEAR(static_cast<double>(present(seen.start("restore")).size()) / n + seen.result().stood_down, 1,
              1e-12);
}

// The decision takes an exponential time too, of mean d: L < D with probability d/(d + m), E min(L, D) =
// dm/(d + m).
TEST(OracleStandDown, TheRepairAndTheDecisionRace) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}], lasts: {exponential: {mean: 2h}}}}
plan:
  commits-at: decide
  steps:
    decide: {takes: {exponential: {mean: 1h}}}
    restore: {after: [decide], takes: {exponential: {mean: 3h}}, recovers: [product]}
)");
  const double n = static_cast<double>(seen.rto("product").size());
  // min and who came first are independent: hypoexponential with probability 2/3.
  expect_mean_and_variance(seen.rto("product"), (2.0 / 3 + 2.0 / 3 * 3) * hour,
                           (4.0 / 9 + 2.0 / 3 * 9 + 2.0 / 3 * 1.0 / 3 * 9) * hour * hour);
  expect_share(seen.result().stood_down, n, 1.0 / 3);
  expect_mean(seen.rto("product"), 8.0 / 3 * hour);
}

// Patience: deciding (15 min) may not start before 30 min, and needs a detection of exponential length (mean
// 20 min). So the plan commits at C = max(S, 30) + 15, and RTO = min(L, C) + [C < L] x. With survival
// functions s_L, s_C: E min(L, C) = integral s_L s_C; P(C < L) = E exp(-C/m) by the density of S and its mass
// at 30.
TEST(OracleStandDown, PatienceHoldsTheDecisionBack) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}], lasts: {exponential: {mean: 1h}}}}
plan:
  commits-at: decide
  patience: 30m
  steps:
    detect: {takes: {exponential: {mean: 20m}}}
    decide: {after: [detect], takes: 15m}
    restore: {after: [decide], takes: 80m, recovers: [product]}
)");
  const double m = 60, d = 20, late = std::exp(-30 / d);
  const double commits =
      (1 - late) * std::exp(-45 / m) +
      integrate([&](double s) { return std::exp(-s / d) / d * std::exp(-(s + 15) / m); }, 30, never);
  EXPECT_NEAR(commits, std::exp(-45 / m) * (1 - late + late * m / (m + d)), 1e-9);
  const double earlier =
      m * -std::expm1(-45 / m) +
      integrate([&](double t) { return std::exp(-t / m) * std::exp(-(t - 15) / d); }, 45, never);
  expect_mean(seen.rto("product"), (earlier + commits * 80) * minute);
  expect_share(seen.result().stood_down, static_cast<double>(seen.rto("product").size()), 1 - commits);
}

// Two strikes with repairs of their own, exponential of 1 h and 3 h, decision exponential of 2 h. Each
// service comes back at its own repair while nothing is decided; the plan stands down when both are back:
// P(max(L1, L2) < D) = 1 - d/(d + l1) - d/(d + l2) + d/(d + l1 + l2) with rates d, l1, l2 (inclusion and
// exclusion).
TEST(OracleStandDown, ThePlanStandsDownWhenAllAreBack) {
  const Observed seen(R"(
services: {a: {}, b: {}}
outages:
  loss: {strikes: [{services: [a], lasts: {exponential: {mean: 1h}}}, {services: [b], lasts: {exponential: {mean: 3h}}}]}
plan:
  commits-at: decide
  steps:
    decide: {takes: {exponential: {mean: 2h}}}
    restore: {after: [decide], takes: 6h, recovers: [a, b]}
)");
  const double d = 1 / 2.0, l1 = 1, l2 = 1 / 3.0, n = static_cast<double>(seen.rto("a").size());
  const double down = 1 - d / (d + l1) - d / (d + l2) + d / (d + l1 + l2);
  EXPECT_NEAR(
      down,
      integrate([&](double t) { return d * std::exp(-d * t) * -std::expm1(-l1 * t) * -std::expm1(-l2 * t); },
                0, never),
      1e-9);
  expect_share(seen.result().stood_down, n, down);
  expect_share(seen.service("a").stood_down, n, l1 / (d + l1));
  expect_share(seen.service("b").stood_down, n, l2 / (d + l2));
  expect_mean(seen.rto("a"), (1 / (d + l1) + d / (d + l1) * 6) * hour);
  expect_mean(seen.rto("b"), (1 / (d + l2) + d / (d + l2) * 6) * hour);
}

// Data lost: the repair brings nothing back that has data and a step; the plan never stands down.
TEST(OracleStandDown, LostDataNeedTheirStep) {
  const Observed seen(R"(
services: {product: {data: {copies: [{log: {lag: {exponential: {mean: 5m}}}}]}}}
outages: {loss: {strikes: [{services: [product]}], lasts: {exponential: {mean: 10m}}, data: lost}}
plan:
  commits-at: decide
  steps:
    decide: {takes: {exponential: {mean: 2h}}}
    restore: {after: [decide], takes: {exponential: {mean: 3h}}, recovers: [product]}
)");
  expect_mean_and_variance(seen.rto("product"), 5 * hour, 13 * hour * hour);
  EXPECT_EQ(seen.result().stood_down, 0);
  expect_mean_and_variance(seen.rpo("product"), 5 * minute, 25 * minute * minute);
}

// A step that fails with p stops the plan. Without a provider's repair the service stays down for good:
// P(never) = p, and quantiles below 1 - p are those of the exponential at level q/(1 - p).
TEST(OracleStops, AStoppedPlanLeavesTheServiceDownForGood) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    restore: {takes: {exponential: {mean: 1h}}, fails: 20%, attempts: 1, recovers: [product]}
)");
  const Values& rto = seen.rto("product");
  const double n = static_cast<double>(rto.size());
  const ServiceResult& told = seen.service("product");
  expect_share(
      rto, [](double v) { return v == never; }, 0.2);
  expect_share(told.unrecovered, n, 0.2);
  expect_share(seen.result().stopped, n, 0.2);
  expect_mean_and_variance(present(rto), hour, hour * hour);
  for (double p : {0.25, 0.5, 0.75}) expect_quantile(told.rto, rto, p, -std::log1p(-p / 0.8) * hour);
  for (double p : {0.9, 0.95, 0.99, 0.999}) EXPECT_EQ(told.rto.quantile(p), never);
  EXPECT_EQ(told.rto.mean, never);
  EXPECT_EQ(told.rto.sd, never);
  EXPECT_EQ(told.rto.max, never);
}

// With a repair L (exponential, mean m) the service comes back at max(X, L) when the step fails at X, whether
// the plan stops or goes on: mean (1 - p) x + p (x + m - xm/(x + m)), since the minimum of both has mean
// xm/(x + m).
TEST(OracleStops, AStoppedPlanWaitsForTheRepair) {
  for (const char* on_failure : {"stop", "continue"}) {
    SCOPED_TRACE(on_failure);
    const Observed seen(std::string(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}], lasts: {exponential: {mean: 4h}}}}
plan:
  steps:
    restore: {takes: {exponential: {mean: 1h}}, fails: 20%, on-failure: )") +
                        on_failure + ", recovers: [product]}\n");
    const double failed = 1 + 4 - 0.8, n = static_cast<double>(seen.rto("product").size());
    expect_mean(seen.rto("product"), (0.8 * 1 + 0.2 * failed) * hour);
    for (double t : {0.5, 2.0, 6.0})
      expect_cdf(seen.rto("product"), t * hour, -std::expm1(-t) * (0.8 + 0.2 * -std::expm1(-t / 4)));
    EXPECT_EQ(seen.service("product").unrecovered, 0);
    EXPECT_EQ(seen.result().stood_down, 0) << "a plan without commits-at is committed";
    expect_share(seen.result().stopped, n, *on_failure == 's' ? 0.2 : 0);
  }
}

}  // namespace
}  // namespace muster::oracle
