#include "tests/sim/oracle_support.h"
#include "tests/sim/phase_type.h"

// Steps that wait for engineers: first come, first served, never interrupted.
namespace muster::oracle {
namespace {

std::string six_steps(int engineers, const std::vector<int>& minutes) {
  std::string yaml = "roles: {engineer: {count: " + std::to_string(engineers) + "}}\n";
  yaml += "services: {product: {}}\noutages: {loss: {strikes: [{services: [product]}]}}\nplan:\n  steps:\n";
  for (std::size_t i = 0; i < minutes.size(); ++i)
    yaml += "    s" + std::to_string(i) + ": {takes: {exponential: {mean: " + std::to_string(minutes[i]) +
            "m}}, by: {engineer: 1}}\n";
  return yaml + "    end: {after: [s0, s1, s2, s3, s4, s5], recovers: [product]}\n";
}

// Six equal exponential steps, all ready at t = 0, c engineers: while all are busy somebody ends at rate c/m,
// so the k-th step (from 1) waits for k - c ends, an Erlang of mean (k - c) m / c; the last c ends add the
// harmonic H_c. Makespan: mean (6 - c)/c + H_c, variance (6 - c)/c^2 + sum_{j <= c} 1/j^2.
TEST(OracleQueue, SixEqualStepsForOneTwoAndThreeEngineers) {
  for (int c = 1; c <= 3; ++c) {
    SCOPED_TRACE(std::to_string(c) + " engineers");
    const Observed seen(six_steps(c, {60, 60, 60, 60, 60, 60}), {.steps = true});
    double mean = (6.0 - c) / c, variance = (6.0 - c) / (c * c);
    for (int j = 1; j <= c; ++j) {
      mean += 1.0 / j;
      variance += 1.0 / (j * j);
    }
    const PhaseType chain(seen.scenario(), seen.scenario().plans.at(0));
    EXPECT_NEAR(chain.mean() / hour, mean, 1e-12);
    EXPECT_NEAR(chain.variance() / (hour * hour), variance, 1e-12);
    expect_mean_and_variance(seen.rto("product"), mean * hour, variance * hour * hour);
    for (int k = 1; k <= 6; ++k) {
      SCOPED_TRACE("step " + std::to_string(k));
      const std::string step = std::string("s").append(std::to_string(k - 1));
      const double wait = std::max(0.0, double(k - c) / c);
      expect_mean_and_variance(seen.start(step), wait * hour, wait / c * hour * hour);
      const Stats& told = seen.step(step).wait;
      EXPECT_NEAR(told.mean, wait * hour,
                  standard_errors * std::sqrt(wait / c / static_cast<double>(told.count)) * hour);
    }
    // Seats are held for the work alone: six exponential hours, whatever the engineers.
    const Stats& busy = seen.result().roles.at(0).busy;
    EXPECT_NEAR(busy.mean, 6 * hour,
                standard_errors * std::sqrt(6.0 / static_cast<double>(busy.count)) * hour);
  }
}

// Different means in the order of the file: no closed form as short, but the Markov chain has 2^6 states at
// most.
TEST(OracleQueue, DifferentStepsAreServedInTheOrderOfTheFile) {
  const std::vector<int> minutes{20, 90, 45, 10, 60, 30};
  for (int c = 1; c <= 3; ++c) {
    SCOPED_TRACE(std::to_string(c) + " engineers");
    const Observed seen(six_steps(c, minutes));
    const PhaseType exact(seen.scenario(), seen.scenario().plans.at(0));
    expect_mean_and_variance(seen.rto("product"), exact.mean(), exact.variance());
  }
}

// Two seats for one step: it starts when both of two others have ended, and a later step that needs one goes
// first. pair waits for max(X, Y) of the two that run; single starts at min(X, Y) but is asked for later, so
// it takes the seat that pair cannot use: pair then waits for max(max(X, Y), min(X, Y) + 15m).
TEST(OracleQueue, AStepThatDoesNotFitLetsALaterOneGoFirst) {
  const Observed seen(R"(
roles: {engineer: {count: 2}}
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    x: {takes: {exponential: {mean: 1h}}, by: {engineer: 1}}
    y: {takes: {exponential: {mean: 1h}}, by: {engineer: 1}}
    pair: {takes: 10m, by: {engineer: 2}, recovers: [product]}
    single: {takes: 15m, by: {engineer: 1}}
)",
                      {.steps = true});
  // min is exponential of half an hour, max - min an independent exponential of one hour: the excess of the
  // wait over min is max(D, 15m), so E start = 0.5 + 0.25 + exp(-0.25) hours.
  expect_mean(seen.start("single"), 0.5 * hour);
  expect_mean(seen.start("pair"), (0.75 + std::exp(-0.25)) * hour);
  expect_mean(seen.rto("product"), (0.75 + std::exp(-0.25)) * hour + 10 * minute);
}

}  // namespace
}  // namespace muster::oracle
