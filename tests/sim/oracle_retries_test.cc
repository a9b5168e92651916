#include "tests/sim/oracle_support.h"

// Attempts, pauses between them, and fallbacks.
namespace muster::oracle {
namespace {

struct MeanVariance {
  double mean, variance;
};

/// Of a mixture: the law of total variance.
MeanVariance mixed(const std::vector<std::pair<double, MeanVariance>>& cases) {
  double mean = 0, second = 0;
  for (const auto& [p, m] : cases) {
    mean += p * m.mean;
    second += p * (m.variance + m.mean * m.mean);
  }
  return {mean, second - mean * mean};
}

constexpr const char* thrice = R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    restore:
      takes: {gamma: {mean: 20m, sd: 10m}}
      fails: 40%
      attempts: 3
      retry-after: {uniform: [2m, 8m]}
      on-failure: {do: rebuild}
      recovers: [product]
    rebuild: {takes: {exponential: {mean: 2h}}, recovers: [product]}
)";

// K attempts, P(K = 1) = 1 - f, P(K = 2) = f (1 - f), K = 3 otherwise; the fallback runs with f^3. Given the
// case the time is a sum of independent parts, so its mean and variance add up; the cases mix by the law of
// total variance. Cross-check of the mean by Wald's equation: E K = (1 - f^3)/(1 - f).
TEST(OracleRetries, ThreeAttemptsThenAFallback) {
  const Observed seen(thrice, {.steps = true});
  const double f = 0.4;
  const MeanVariance attempt{20 * minute, 100 * minute * minute}, pause{5 * minute, 3 * minute * minute},
      rebuild{2 * hour, 4 * hour * hour};
  const auto tries = [&](int k) {
    return MeanVariance{k * attempt.mean + (k - 1) * pause.mean,
                        k * attempt.variance + (k - 1) * pause.variance};
  };
  const MeanVariance failed{tries(3).mean + rebuild.mean, tries(3).variance + rebuild.variance};
  const MeanVariance exact =
      mixed({{1 - f, tries(1)}, {f * (1 - f), tries(2)}, {f * f * (1 - f), tries(3)}, {f * f * f, failed}});
  const double attempts = (1 - f * f * f) / (1 - f);
  ASSERT_NEAR(exact.mean, attempts * attempt.mean + (attempts - 1) * pause.mean + f * f * f * rebuild.mean,
              1e-9);
  expect_mean_and_variance(seen.rto("product"), exact.mean, exact.variance);
  const double n = static_cast<double>(seen.rto("product").size());
  expect_share(static_cast<double>(present(seen.start("rebuild")).size()) / n, n, f * f * f);
  const double traced = static_cast<double>(seen.step("restore").start.count);
  expect_share(seen.step("rebuild").ran, traced, f * f * f);
  expect_share(seen.step("restore").replaced, traced, f * f * f);
  EXPECT_EQ(seen.step("restore").failed, 0) << "a step whose fallback took its place counts as replaced";
  const MeanVariance own = mixed({{1 - f, tries(1)}, {f * (1 - f), tries(2)}, {f * f, tries(3)}});
  EXPECT_NEAR(seen.step("restore").duration.mean, own.mean,
              standard_errors * std::sqrt(own.variance / traced));
}

// A timeout cuts every attempt at D; a cut attempt has failed. Exponential attempts of mean m without other
// failures: an attempt succeeds with q = 1 - exp(-D/m), and takes E min(X, D) = m q, so with unlimited
// attempts the mean is m q / q = m by Wald's equation: cutting a memoryless attempt and starting again
// changes nothing, not even the law.
TEST(OracleRetries, TimeoutsDoNotChangeAMemorylessStep) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    restore: {takes: {exponential: {mean: 30m}}, timeout: 20m, attempts: 60, recovers: [product]}
)");
  const Values& rto = seen.rto("product");
  expect_mean_and_variance(rto, 30 * minute, 900 * minute * minute);
  for (double p : {0.25, 0.5, 0.95})
    expect_quantile(seen.service("product").rto, rto, p, -std::log1p(-p) * 30 * minute);
}

// A step that is replaced after waiting W for an engineer who is busy for an exponential time X: with
// probability exp(-W/m) it is replaced at W, else it starts at X. E start = E min(X, W) + ..., here the
// replacement takes r and the step itself s: mean = m (1 - exp(-W/m)) + (1 - exp(-W/m)) s + exp(-W/m) r.
TEST(OracleRetries, WaitingAtMostThenAReplacement) {
  const Observed seen(R"(
roles: {engineer: {count: 1}}
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    busy: {takes: {exponential: {mean: 30m}}, by: {engineer: 1}}
    mend: {takes: 10m, by: {engineer: 1}, waits-at-most: 20m, otherwise: improvise, recovers: [product]}
    improvise: {takes: 45m, recovers: [product]}
)");
  const double waits = std::exp(-20.0 / 30);
  const auto value = [](double x) { return x < 20 ? x + 10 : 65; };
  const double mean = 30 * (1 - waits) + (1 - waits) * 10 + waits * 45;
  EXPECT_NEAR(
      mean, integrate([&](double x) { return value(x) * std::exp(-x / 30) / 30; }, 0, 20) + 65 * waits, 1e-9);
  expect_mean(seen.rto("product"), mean * minute);
  expect_share(
      seen.rto("product"), [](double v) { return v == 65 * minute; }, waits);
}

}  // namespace
}  // namespace muster::oracle
