#include "models/load.h"
#include "tests/sim/oracle_support.h"

// The reference workload (bench/stackery-14.yaml) against what independent implementations found.
namespace muster::oracle {
namespace {

struct Published {
  double value, error;  ///< minutes; one standard error
};

/// One standard error of a reported quantile: its distribution-free 95% interval is 2 x 1.96 of them wide.
double error_of(const Interval& interval) { return (interval.high - interval.low) / (2 * 1.959964); }

void expect_published(const Stats& stats, const Published& mean, const Published& p50, const Published& p95,
                      const Published& p99) {
  const auto expect = [](const char* what, double got, double error, const Published& p) {
    EXPECT_NEAR(got / minute, p.value, standard_errors * std::hypot(error / minute, p.error)) << what;
  };
  expect("mean", stats.mean, stats.sd / std::sqrt(static_cast<double>(stats.count)), mean);
  expect("p50", stats.quantile(0.5), error_of(stats.p50_ci), p50);
  expect("p95", stats.quantile(0.95), error_of(stats.p95_ci), p95);
  expect("p99", stats.quantile(0.99), error_of(stats.p99_ci), p99);
}

// Twelve million replications of independent implementations, with their standard errors.
TEST(OracleStackery, AgreesWithIndependentImplementations) {
  const Observed seen(load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml").scenario, {.steps = true});
  expect_published(seen.service("product").rto, {180.2413, 0.0101}, {174.1084, 0.0108}, {249.2012, 0.0403},
                   {302.3343, 0.1055});
  // A tier has failed three times when it went on without success: 3 x 0.001 of the replications but for
  // coincidence.
  double exhausted = 1;
  const double traced = static_cast<double>(seen.step("tier1").start.count);
  for (const char* tier : {"tier1", "tier2", "tier3"}) {
    expect_share(seen.step(tier).failed, traced, 0.001);
    exhausted *= 1 - 0.001;
  }
  EXPECT_NEAR(1 - exhausted, 0.0030, 0.00005);
  EXPECT_EQ(seen.service("product").unrecovered, 0);
}

// Seven engineers are more than there ever is work for. Published to a hundredth of a minute, from as many
// replications.
TEST(OracleStackery, AgreesWithoutAnyLimitOfEngineers) {
  const auto loaded =
      load_scenario(MUSTER_SOURCE "/bench/stackery-14.yaml", {{"/roles/engineer/count", "7"}});
  const Observed seen(loaded.scenario, {});
  const double rounded = 0.01 / std::sqrt(12.0);  // the standard deviation of rounding to 0.01
  expect_published(seen.service("product").rto, {172.11, std::hypot(0.0101, rounded)},
                   {166.24, std::hypot(0.0108, rounded)}, {238.10, std::hypot(0.0403, rounded)},
                   {289.34, std::hypot(0.1055, rounded)});
  for (const StepResult& s : seen.result().steps) EXPECT_EQ(s.wait.max, 0) << s.name;
}

}  // namespace
}  // namespace muster::oracle
