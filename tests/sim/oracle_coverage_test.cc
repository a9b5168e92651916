#include "models/load.h"
#include "models/statistics.h"
#include "tests/sim/oracle_support.h"

// What intervals promise: over many seeds they hold the truth as often as they say.
namespace muster::oracle {
namespace {

constexpr int seeds = 1000;
constexpr std::uint64_t few = 200;  ///< replications of each

/// P(the interval of ranks covers the p-quantile): X_(low) <= q <= X_(high) unless fewer than low or at least
/// high values lie below q; how many do is binomial (David and Nagaraja, Order Statistics, 7.1). Exact for
/// laws without atoms.
double exact_coverage(double p, const Ranks& ranks) {
  const double high = ranks.high > few ? 1 : binomial_cdf(static_cast<std::int64_t>(ranks.high) - 1, few, p);
  const double low = ranks.low == 0 ? 0 : binomial_cdf(static_cast<std::int64_t>(ranks.low) - 1, few, p);
  return high - low;
}

bool holds(const Interval& i, double x) { return i.low <= x && x <= i.high; }

// One exponential step (mean 1 h): all its quantiles are known.
TEST(Coverage, IntervalsHoldTheTruthAsOftenAsTheySay) {
  const Scenario scenario = parse_scenario(R"(muster: 1
services: {product: {objective: {rto: 2h, confidence: 90%}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {takes: {exponential: {mean: 1h}}, recovers: [product]}}}
)",
                                           "coverage.yaml")
                                .scenario;
  const double met = -std::expm1(-2.0);
  double achievable = 0, share_held = 0, mean_held = 0, held[4] = {}, both_sides[3] = {};
  const double levels[4] = {0.5, 0.9, 0.95, 0.99};
  for (int seed = 1; seed <= seeds; ++seed) {
    SimulationOptions options;
    options.replications = few;
    options.threads = 1;
    options.seed = static_cast<std::uint64_t>(seed);
    const SimulationResult result = simulate(scenario, options);
    const ServiceResult& s = result.outages[0].services[0];
    achievable += s.objective->rto->achievable >= -std::log1p(-0.9) * hour;
    share_held += holds(s.objective->rto->share.ci, met);
    mean_held += holds(s.rto.mean_ci, hour);
    const Interval intervals[4] = {s.rto.p50_ci, s.rto.p90_ci, s.rto.p95_ci, s.rto.p99_ci};
    for (int i = 0; i < 4; ++i) held[i] += holds(intervals[i], -std::log1p(-levels[i]) * hour);
    both_sides[static_cast<int>(s.objective->rto->verdict)] += 1;
  }
  for (int i = 0; i < 4; ++i) {
    SCOPED_TRACE(levels[i]);
    const double exact = exact_coverage(levels[i], quantile_ranks(levels[i], few));
    EXPECT_GE(exact, 0.95);
    expect_share(held[i] / seeds, seeds, exact);
  }
  const double promised = exact_coverage(0.9, {0, upper_rank(few, 0.9)});
  EXPECT_GE(promised, 0.95);
  EXPECT_LT(promised, 0.98) << "no wider than it needs to be";
  expect_share(achievable / seeds, seeds, promised);
  // Clopper and Pearson hold at least 95 %; exactly, the sum of the binomial law over the counts whose
  // interval covers.
  double covered = 0;
  for (std::uint64_t k = 0; k <= few; ++k)
    if (holds(share(k, few).ci, met))
      covered += binomial_cdf(static_cast<std::int64_t>(k), few, met) -
                 (k ? binomial_cdf(static_cast<std::int64_t>(k) - 1, few, met) : 0);
  EXPECT_GE(covered, 0.95);
  expect_share(share_held / seeds, seeds, covered);
  // The mean's interval is the normal law's; for a sample that is not normal it covers 1 - a + 2 q(z) phi(z)
  // / n, q(z) = z (k (z^2 - 3)/12 - g^2 (z^4 + 2 z^2 - 3)/18 - (z^2 + 3)/4) with skewness g = 2 and excess
  // kurtosis k = 6 of the exponential (Hall, The Bootstrap and Edgeworth Expansion, 2.6): 94.4 %.
  const double z = 1.959964,
               q = z * (6 * (z * z - 3) / 12 - 4 * (z * z * z * z + 2 * z * z - 3) / 18 - (z * z + 3) / 4);
  expect_share(mean_held / seeds, seeds, 0.95 + 2 * q * normal_density(z) / static_cast<double>(few));
  // The truth is 86.5 % against 90 %: `met` would be a false promise.
  EXPECT_LE(both_sides[static_cast<int>(Verdict::met)] / seeds, 0.025);
  EXPECT_GT(both_sides[static_cast<int>(Verdict::missed)], 0);
  EXPECT_GT(both_sides[static_cast<int>(Verdict::undecided)], 0);
}

// With 30 % unrecovered no target can be promised at 90 %: `achievable` is never, whatever the sample says.
TEST(Coverage, NothingCanBePromisedOfWhatIsOftenNever) {
  const Scenario scenario = parse_scenario(R"(muster: 1
services: {product: {objective: {rto: 2h, confidence: 90%}}}
outages: {loss: {strikes: [{services: [product]}]}}
plan: {steps: {restore: {takes: {exponential: {mean: 1h}}, fails: 30%, recovers: [product]}}}
)",
                                           "never.yaml")
                                .scenario;
  for (int seed = 1; seed <= 200; ++seed) {
    SimulationOptions options;
    options.replications = few;
    options.threads = 1;
    options.seed = static_cast<std::uint64_t>(seed);
    EXPECT_EQ(simulate(scenario, options).outages[0].services[0].objective->rto->achievable, never);
  }
}

}  // namespace
}  // namespace muster::oracle
