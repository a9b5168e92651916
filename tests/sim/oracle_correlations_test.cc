#include "tests/sim/oracle_support.h"

// What is drawn together: strikes and durations.
namespace muster::oracle {
namespace {

// One strike of two services is one draw: both or none. Two strikes are two independent draws.
TEST(OracleStrikes, OneDrawStrikesAllOrNone) {
  const Observed seen(R"(
services: {a: {}, b: {}, c: {}, front: {needs: [a, c]}}
outages: {loss: {strikes: [{services: [a, b], probability: 30%}, {services: [c], probability: 20%}]}}
plan: {steps: {restore: {takes: 1h, recovers: [a, b, c]}}}
)");
  const double n = static_cast<double>(seen.rto("a").size());
  double both = 0, apart = 0, a_and_c = 0, either = 0;
  for (std::size_t i = 0; i < seen.rto("a").size(); ++i) {
    const bool a = seen.rto("a")[i] > 0, b = seen.rto("b")[i] > 0, c = seen.rto("c")[i] > 0;
    both += a && b;
    apart += a != b;
    a_and_c += a && c;
    either += seen.rto("front")[i] > 0;
  }
  EXPECT_EQ(apart, 0);
  expect_share(both / n, n, 0.3);
  expect_share(a_and_c / n, n, 0.06);
  expect_share(either / n, n, 0.44);
}

// Two lognormals of sigma s, t whose normals correlate with rho: E XY = E X E Y exp(rho s t), so
// Cov = E X E Y (exp(rho s t) - 1) (e.g. Law, Simulation Modeling and Analysis, 6.10), and Var(X + Y) is
// known exactly.
TEST(OracleCopula, SumsOfTwoCorrelatedLognormals) {
  for (const double rho : {0.8, -0.6}) {
    SCOPED_TRACE(rho);
    const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  correlated: [{steps: [first, second], rho: )" +
                            std::to_string(rho) + R"(}]
  steps:
    first: {takes: {lognormal: {median: 20m, sigma: 0.5}}}
    second: {after: [first], takes: [3m, {lognormal: {median: 10m, sigma: 0.8}}], recovers: [product]}
)",
                        {.steps = true});
    const double s = 0.5, t = 0.8, x = 20 * std::exp(s * s / 2), y = 10 * std::exp(t * t / 2);
    const double vx = x * x * std::expm1(s * s), vy = y * y * std::expm1(t * t),
                 cov = x * y * std::expm1(rho * s * t);
    expect_mean_and_variance(seen.rto("product"), (x + y + 3) * minute,
                             (vx + vy + 2 * cov) * minute * minute);
    // The margins stay what they were.
    expect_mean_and_variance(seen.end("first"), x * minute, vx * minute * minute);
    expect_mean_and_variance(difference(seen.end("second"), seen.start("second")), (y + 3) * minute,
                             vy * minute * minute);
    for (double p : {0.05, 0.5, 0.95}) {
      const double z = solve([&](double q) { return normal_cdf(q) - p; }, -9, 9);
      expect_quantile(seen.end("first"), p, 20 * minute * std::exp(s * z));
    }
    // Concordance: P((X - median)(Y - median) > 0) = 1/2 + asin(rho)/pi (Sheppard's orthant probability).
    double same = 0;
    const double n = static_cast<double>(seen.end("first").size());
    for (std::size_t i = 0; i < seen.end("first").size(); ++i)
      same += (seen.end("first")[i] > 20 * minute) ==
              (seen.end("second")[i] - seen.start("second")[i] > 13 * minute);
    expect_share(same / n, n, 0.5 + std::asin(rho) / 3.14159265358979323846);
  }
}

// Different laws too: uniforms correlated by the copula have Pearson's r = 6/pi asin(rho/2), so
// Var(U + V) = 2/12 + 2 r/12 of unit uniforms.
TEST(OracleCopula, ThreeUniformsInOneGroup) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  correlated: [{steps: [a, b, c], rho: 0.5}]
  steps:
    a: {takes: {uniform: [0s, 1h]}}
    b: {after: [a], takes: {uniform: [0s, 1h]}}
    c: {after: [b], takes: {uniform: [0s, 1h]}, recovers: [product]}
)");
  const double r = 6 / 3.14159265358979323846 * std::asin(0.25);
  expect_mean_and_variance(seen.rto("product"), 1.5 * hour, (3.0 / 12 + 6 * r / 12) * hour * hour);
}

// Only first attempts are drawn together: with failures the second attempts are independent. First attempts
// X1, Y1 of the copula, X fails once with f and takes X2, independent: Var = (as above) + f Var X2 + f (1 -
// f) (E X2)^2.
TEST(OracleCopula, SecondAttemptsAreIndependent) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  correlated: [{steps: [first, second], rho: 0.9}]
  steps:
    first: {takes: {uniform: [0s, 1h]}, fails: 30%, attempts: 2, on-failure: continue}
    second: {after: [first], takes: {uniform: [0s, 1h]}, recovers: [product]}
)");
  const double r = 6 / 3.14159265358979323846 * std::asin(0.45);
  expect_mean_and_variance(seen.rto("product"), (1 + 0.3 * 0.5) * hour,
                           (2.0 / 12 + 2 * r / 12 + 0.3 / 12 + 0.3 * 0.7 * 0.25) * hour * hour);
}

// The maximum of two correlated normals (Clark, "The greatest of a finite set of random variables",
// Operations Research 9, 1961): with a^2 = s^2 + t^2 - 2 rho s t, alpha = (m - k)/a, E = m Phi(alpha) + k
// Phi(-alpha) + a phi(alpha), E^2 = (m^2 + s^2) Phi(alpha) + (k^2 + t^2) Phi(-alpha) + (m + k) a phi(alpha).
// Both means are ten standard deviations from 0, where the laws are cut.
TEST(OracleCopula, TheLaterOfTwoCorrelatedNormals) {
  for (const double rho : {0.7, 0.0, -0.5}) {
    SCOPED_TRACE(rho);
    const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  correlated: [{steps: [a, b], rho: )" +
                        std::to_string(rho) + R"(}]
  steps:
    a: {takes: {normal: {mean: 100m, sd: 10m}}}
    b: {takes: {normal: {mean: 105m, sd: 6m}}}
    both: {after: [a, b], recovers: [product]}
)");
    const double m = 100, s = 10, k = 105, t = 6, a = std::sqrt(s * s + t * t - 2 * rho * s * t),
                 alpha = (m - k) / a;
    const double up = normal_cdf(alpha), down = normal_cdf(-alpha), peak = a * normal_density(alpha);
    const double mean = m * up + k * down + peak,
                 second = (m * m + s * s) * up + (k * k + t * t) * down + (m + k) * peak;
    if (rho == 0) {
      EXPECT_NEAR(mean,
                  200 - integrate([&](double x) { return normal_cdf((x - m) / s) * normal_cdf((x - k) / t); },
                                  0, 200),
                  1e-8);
    }
    expect_mean_and_variance(seen.rto("product"), mean * minute, (second - mean * mean) * minute * minute);
  }
}

}  // namespace
}  // namespace muster::oracle
