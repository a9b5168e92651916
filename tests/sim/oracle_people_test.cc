#include <algorithm>

#include "tests/sim/oracle_support.h"

// People who have to be called, and the week in which an outage begins.
namespace muster::oracle {
namespace {

// On-hours are 5 x 9 = 45 of the 168 hours of the week, and the onset is uniform: the response is a mixture.
TEST(OracleHours, ResponsesMixByTheShareOfOnHours) {
  const Observed seen(R"(
roles:
  engineer:
    count: 1
    hours: ["Mon-Fri 09:00-18:00"]
    responds: {on-hours: {exponential: {mean: 10m}}, off-hours: {exponential: {mean: 40m}}}
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {takes: 1m, by: {engineer: 1}, recovers: [product]}}}
)");
  const double on = 45.0 / 168, mean = on * 10 + (1 - on) * 40, second = on * 200 + (1 - on) * 3200;
  expect_mean_and_variance(seen.rto("product"), (mean + 1) * minute,
                           (second - mean * mean) * minute * minute);
  for (double t : {5.0, 30.0, 120.0})
    expect_cdf(seen.rto("product"), (t + 1) * minute,
               1 - on * std::exp(-t / 10) - (1 - on) * std::exp(-t / 40));
}

// Nobody comes off-hours: the wait to the next opening, of a uniform moment, is that of renewal theory with
// the gaps of the week: four nights of 15 h and a weekend of 63 h. E W = sum g^2 / 2 / 168 = 4869/336 h, E
// W^2 = sum g^3 / 3 / 168. On-hours the engineer comes after 6 minutes; a response that crosses the closing
// time still counts.
TEST(OracleHours, AbsentUntilTheNextMorning) {
  const Observed seen(R"(
roles:
  engineer: {count: 1, hours: ["Mon-Fri 09:00-18:00"], responds: {on-hours: 6m, off-hours: absent}}
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {by: {engineer: 1}, recovers: [product]}}}
)");
  const double on = 45.0 / 168, first = (4 * 15.0 * 15 + 63.0 * 63) / 2 / 168,
               second = (4 * std::pow(15.0, 3) + std::pow(63.0, 3)) / 3 / 168;
  const double mean = first + on * 0.1;
  EXPECT_NEAR(first, 4869.0 / 336, 1e-12);
  expect_mean_and_variance(seen.rto("product"), mean * hour,
                           (second + on * 0.01 - mean * mean) * hour * hour);
  expect_cdf(seen.rto("product"), 15 * hour, on + (5 * 15.0) / 168);
  expect_share(
      seen.rto("product"), [](double v) { return v == 6 * minute; }, on);
  EXPECT_LE(seen.service("product").rto.max, 63 * hour);
  const Observed saturday(R"(
roles:
  engineer: {count: 1, hours: ["Mon-Fri 09:00-18:00"], responds: {on-hours: 6m, off-hours: absent}}
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}], starts: "Sat 03:00"}}
plan: {steps: {restore: {by: {engineer: 1}, recovers: [product]}}}
)",
                          {.replications = 100});
  expect_always(saturday.rto("product"), 54 * hour);
}

// Three engineers answer independently: one is enough for `one` (the minimum, mean 1/3), `two` and `three`
// wait for the second and the last (mean 1/3 + 1/2, and H_3): each step asks for the role at t = 0, so the
// seats answer once, for all steps.
TEST(OracleResponses, SeatsAnswerIndependentlyAndOnce) {
  const std::string text = R"(
roles: {engineer: {count: 3, responds: {exponential: {mean: 1h}}}}
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {by: {engineer: 1}, recovers: [product]}}}
)";
  double mean = 0, variance = 0;
  for (int seats = 1; seats <= 3; ++seats) {
    mean += 1.0 / (4 - seats);
    variance += 1.0 / ((4 - seats) * (4 - seats));
    const Observed seen(text, {.settings = {{"/plan/steps/restore/by/engineer", std::to_string(seats)}}});
    expect_mean_and_variance(seen.rto("product"), mean * hour, variance * hour * hour);
  }
}

// A second request does not call anybody again: after a first step of an hour that needed one of one, the
// next starts at once. Asked first after an exponential time, the response counts from then.
TEST(OracleResponses, AResponseCountsFromTheFirstRequest) {
  const Observed seen(R"(
roles: {engineer: {count: 1, responds: {exponential: {mean: 30m}}}}
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    detect: {takes: {exponential: {mean: 20m}}}
    look: {after: [detect], takes: 10m, by: {engineer: 1}}
    mend: {after: [look], takes: 15m, by: {engineer: 1}, recovers: [product]}
)");
  expect_mean_and_variance(seen.rto("product"), 75 * minute, (900 + 400) * minute * minute);
}

// A service that needs three of five is up when the third smallest of five exponentials is over:
// mean 1/5 + 1/4 + 1/3 = 47/60, variance 1/25 + 1/16 + 1/9 (Renyi), F = P(Binomial(5, 1 - e^-t) >= 3).
TEST(OracleNeeds, ThreeOfFive) {
  const Observed seen(R"(
services:
  a: {}
  b: {}
  c: {}
  d: {}
  e: {}
  quorum: {needs: [{at-least: 3, of: [a, b, c, d, e]}]}
  all: {needs: [a, b, c, d, e]}
outages: {loss: {strikes: [{services: [a, b, c, d, e]}]}}
plan:
  steps:
    restore-a: {takes: {exponential: {mean: 1h}}, recovers: [a]}
    restore-b: {takes: {exponential: {mean: 1h}}, recovers: [b]}
    restore-c: {takes: {exponential: {mean: 1h}}, recovers: [c]}
    restore-d: {takes: {exponential: {mean: 1h}}, recovers: [d]}
    restore-e: {takes: {exponential: {mean: 1h}}, recovers: [e]}
)");
  expect_mean_and_variance(seen.rto("quorum"), 47.0 / 60 * hour,
                           (1.0 / 25 + 1.0 / 16 + 1.0 / 9) * hour * hour);
  for (double t : {0.3, 0.8, 2.0}) {
    const double f = -std::expm1(-t), g = 1 - f;
    expect_cdf(seen.rto("quorum"), t * hour, 10 * f * f * f * g * g + 5 * f * f * f * f * g + std::pow(f, 5));
  }
  expect_mean(seen.rto("all"), 137.0 / 60 * hour);
  EXPECT_NEAR(seen.result().recovery.mean, 137.0 / 60 * hour,
              standard_errors * seen.result().recovery.sd / std::sqrt(static_cast<double>(replications)));
}

// A drain works off the backlog since t = 0: arrivals 3/s, served 5/s, so it lasts 1.5 times as long as
// everything before it: it ends at 2.5 X. Work recovery is 1.5 X after the recovery at X.
TEST(OracleDrain, TheBacklogTakesAsLongAsTheOutageWasLong) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    restore: {takes: {gamma: {mean: 2h, sd: 1h}}, recovers: [product]}
    catch-up: {after: [restore], takes: {drain: {arrives: 3/s, served: 5/s}}}
)",
                      {.steps = true});
  expect_mean_and_variance(seen.end("catch-up"), 5 * hour, 6.25 * hour * hour);
  const double n = static_cast<double>(seen.rto("product").size());
  EXPECT_NEAR(seen.result().work_recovery.mean, 3 * hour, standard_errors * 1.5 * hour / std::sqrt(n));
  EXPECT_NEAR(seen.result().plan_end.mean, 5 * hour, standard_errors * 2.5 * hour / std::sqrt(n));
}

}  // namespace
}  // namespace muster::oracle
