#include "tests/sim/oracle_support.h"
#include "tests/sim/phase_type.h"

// Plans of exponential steps: sums, maxima and the Wheatstone bridge. Arbitrary networks: phase_type_test.cc.
namespace muster::oracle {
namespace {

// The time of three exponential steps one after another is hypoexponential: with rates l_i all different
// F(t) = 1 - sum_i c_i exp(-l_i t), c_i = prod_{j != i} l_j / (l_j - l_i)  (Ross, Introduction to Probability
// Models, 5.2.4).
TEST(OracleSeries, DifferentExponentialsAddUpToAHypoexponential) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    first: {takes: {exponential: {mean: 10m}}}
    second: {after: [first], takes: {exponential: {mean: 20m}}}
    third: {after: [second], takes: {exponential: {mean: 30m}}, recovers: [product]}
)");
  const double rates[] = {1 / (10 * minute), 1 / (20 * minute), 1 / (30 * minute)};
  const auto survival = [&](double t) {
    double sum = 0;
    for (double l : rates) {
      double c = 1;
      for (double other : rates)
        if (other != l) c *= other / (other - l);
      sum += c * std::exp(-l * t);
    }
    return sum;
  };
  EXPECT_NEAR(integrate(survival, 0, never), 60 * minute, 1e-6) << "the law's mean is the sum of the means";
  const Values& rto = seen.rto("product");
  expect_mean_and_variance(rto, 60 * minute, (100 + 400 + 900) * minute * minute);
  const Stats& stats = seen.service("product").rto;
  for (double p : {0.05, 0.5, 0.95, 0.99})
    expect_quantile(stats, rto, p, solve([&](double t) { return 1 - survival(t) - p; }, 0, 1e6));
}

// Three equal ones: Erlang. Median and p95 from tables of chi-square with 6 degrees of freedom,
// halved: 5.34812, 12.59159.
TEST(OracleSeries, EqualExponentialsAddUpToAnErlang) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    only: {takes: [{exponential: {mean: 1h}}, {exponential: {mean: 1h}}, {exponential: {mean: 1h}}], recovers: [product]}
)");
  const Values& rto = seen.rto("product");
  expect_mean_and_variance(rto, 3 * hour, 3 * hour * hour);
  expect_quantile(seen.service("product").rto, rto, 0.5, 5.348120627447 / 2 * hour);
  expect_quantile(seen.service("product").rto, rto, 0.95, 12.591587243744 / 2 * hour);
}

// The maximum of n unit exponentials: F = (1 - exp(-t))^n, mean the harmonic number H_n, variance sum 1/k^2
// (Renyi's representation of order statistics). H_5 = 137/60, sum 1/k^2 = 5269/3600.
TEST(OracleParallel, TheLastOfFiveExponentialsComesAfterAHarmonicNumber) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    a: {takes: {exponential: {mean: 1h}}}
    b: {takes: {exponential: {mean: 1h}}}
    c: {takes: {exponential: {mean: 1h}}}
    d: {takes: {exponential: {mean: 1h}}}
    e: {takes: {exponential: {mean: 1h}}}
    all: {after: [a, b, c, d, e], recovers: [product]}
)");
  EXPECT_NEAR(integrate([](double t) { return 1 - std::pow(-std::expm1(-t), 5); }, 0, never), 137.0 / 60,
              1e-9);
  const Values& rto = seen.rto("product");
  expect_mean_and_variance(rto, 137.0 / 60 * hour, 5269.0 / 3600 * hour * hour);
  for (double p : {0.05, 0.5, 0.95, 0.99})
    expect_quantile(seen.service("product").rto, rto, p, -std::log1p(-std::pow(p, 0.2)) * hour);
}

// The Wheatstone bridge with unit exponential arcs, the classic network that is neither series nor parallel:
// completion time has mean 83/24 and variance 1663/576 (Kulkarni and Adlakha, "Markov and Markov-regenerative
// PERT networks", Operations Research 34, 1986, treat this network; the fractions follow from its Markov
// chain, solved again here).
TEST(OracleNetwork, WheatstoneBridge) {
  const Observed seen(R"(
services: {product: {}}
outages: {loss: {strikes: [{services: [product]}]}}
plan:
  steps:
    a: {takes: {exponential: {mean: 1h}}}
    b: {takes: {exponential: {mean: 1h}}}
    c: {after: [a], takes: {exponential: {mean: 1h}}}
    d: {after: [a], takes: {exponential: {mean: 1h}}}
    e: {after: [b, d], takes: {exponential: {mean: 1h}}}
    end: {after: [c, e], recovers: [product]}
)");
  const PhaseType chain(seen.scenario(), seen.scenario().plans.at(0));
  EXPECT_NEAR(chain.mean() / hour, 83.0 / 24, 1e-12);
  EXPECT_NEAR(chain.variance() / (hour * hour), 1663.0 / 576, 1e-12);
  expect_mean_and_variance(seen.rto("product"), 83.0 / 24 * hour, 1663.0 / 576 * hour * hour);
  for (double t : {1.0, 3.0, 6.0}) expect_cdf(seen.rto("product"), t * hour, chain.cdf(t * hour));
}

}  // namespace
}  // namespace muster::oracle
