#include "models/quantile_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace muster {
namespace {

Distribution mixture(std::vector<double> weights, std::vector<Distribution> of) {
  return Distribution(Mixture{std::move(weights), std::move(of)});
}
Distribution shifted(double by, Distribution of) { return Distribution(Shifted{by, {std::move(of)}}); }

/// Every family, with shapes as people use them.
std::vector<Distribution> usual_laws() {
  return {Distribution(Uniform{60, 300}),
          Distribution(Triangular{60, 120, 900}),
          Distribution(Pert{300, 900, 3600}),
          Distribution(Exponential{45}),
          Distribution(TruncatedNormal{100, 20}),
          Distribution(TruncatedNormal{100, 90}),
          Distribution(Lognormal{5, 0.6}),
          Distribution(Lognormal{6, 1.2}),
          Distribution(Gamma{0.5, 2}),
          Distribution(Gamma{4.2, 100}),
          Distribution(Weibull{0.8, 10}),
          Distribution(Weibull{3.5, 600}),
          shifted(120, Distribution(Gamma{2, 30})),
          mixture({9, 1}, {Distribution(Lognormal{4, 0.5}), Distribution(Exponential{7200})})};
}

/// Shapes as far out as Distribution takes them, and mixtures with kinks, gaps, jumps and singularities.
std::vector<Distribution> extreme_laws() {
  return {Distribution(Triangular{0, 0, 10}),
          Distribution(Triangular{5, 10, 10}),
          Distribution(Triangular{0, 3, 10}),
          Distribution(Pert{0, 0, 1}),
          Distribution(Pert{2, 7, 7}),
          Distribution(Pert{0, 0.01, 1}),
          Distribution(TruncatedNormal{0, 7}),
          Distribution(TruncatedNormal{3e5, 1}),
          Distribution(Lognormal{-2, 1e-4}),
          Distribution(Lognormal{3, 3}),
          Distribution(Lognormal{0, 15}),
          Distribution(Gamma{0.001, 1}),
          Distribution(Gamma{0.01, 50}),
          Distribution(Gamma{1e4, 0.01}),
          Distribution(Gamma{1e10, 1}),
          Distribution(Weibull{0.015, 1}),
          Distribution(Weibull{0.2, 10}),
          Distribution(Weibull{1e6, 10}),
          mixture({9, 1}, {Distribution(Lognormal{4, 0.1}), Distribution(Lognormal{8, 0.1})}),
          mixture({1, 2}, {Distribution(Uniform{0, 10}), shifted(20, Distribution(Uniform{0, 1}))}),
          mixture({9, 1}, {Distribution(Constant{300}), Distribution(Lognormal{6, 1})}),
          mixture({9, 1}, {Distribution(Constant{300}), Distribution(Constant{400})}),
          mixture({1, 1}, {Distribution(Empirical{{1, 2, 3, 4, 5, 6, 7, 8, 9}}), Distribution(Exponential{4})}),
          mixture({1, 1}, {Distribution(Triangular{0, 5, 6}), mixture({1, 3}, {Distribution(Pert{1, 2, 30}), Distribution(Weibull{2, 3})})}),
          shifted(7, mixture({1, 1}, {Distribution(Gamma{0.2, 1}), Distribution(Pert{1, 1, 2})}))};
}

std::vector<Distribution> all_laws() {
  std::vector<Distribution> all = usual_laws(), more = extreme_laws();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// The oracle is Distribution::quantile, itself compared with Boost.
TEST(QuantileTable, IsWithinAMillionthOfEveryFamilysQuantileFunction) {
  for (const Distribution& d : all_laws()) {
    SCOPED_TRACE(d.describe());
    const QuantileTable table(d);
    const double sd = d.sd();
    double worst = 0, where = 0;
    for (bool upper : {false, true})
      for (double v = 0x1p-40; v < 0.5; v *= 1.00771) {
        const double want = d.quantile(Uniform01{v, upper}), got = table(Uniform01{v, upper});
        const double error = std::fabs(got - want) / std::max(want, sd);
        if (!(error <= worst)) {
          worst = error;
          where = upper ? 1 - v : v;
        }
      }
    EXPECT_LE(worst, 1e-6) << where;
  }
}

TEST(QuantileTable, IsMonotoneAlsoAcrossCellsAndWhereTheTailsMeet) {
  for (const Distribution& d : all_laws()) {
    SCOPED_TRACE(d.describe());
    const QuantileTable table(d);
    std::vector<Uniform01> ascending;
    for (double v = 0x1p-54; v < 0.5; v *= 1.0091) ascending.push_back({v, false});
    for (int octave = -41; octave < -1; ++octave)
      for (int cell = 0; cell < 16; ++cell) {
        const double edge = std::ldexp(1 + cell / 16.0, octave);
        for (double v : {std::nextafter(edge, 0), edge, std::nextafter(edge, 1)}) ascending.push_back({v, false});
      }
    ascending.push_back({0.5 - 0x1p-54, false});
    std::sort(ascending.begin(), ascending.end(), [](auto a, auto b) { return a.tail < b.tail; });
    const std::size_t n = ascending.size();
    for (std::size_t i = n; i-- > 0;) ascending.push_back({ascending[i].tail, true});
    double last = d.low();
    for (const Uniform01& u : ascending) {
      const double x = table(u);
      // In far tails the law answers itself, with the rounding of its exponent.
      const double rounding = u.tail < QuantileTable::smallest_tail ? 1e-14 : 1e-15;
      ASSERT_GE(x, last - rounding * (last + d.sd())) << u.tail << (u.upper ? " above" : " below");
      last = std::max(x, last);
    }
    EXPECT_LE(last, d.high() * (1 + 1e-15));
  }
}

TEST(QuantileTable, IsContinuousWhereNeighbouringCellsMeet) {
  for (const Distribution& d : usual_laws()) {
    SCOPED_TRACE(d.describe());
    const QuantileTable table(d);
    for (bool upper : {false, true})
      for (double edge = QuantileTable::smallest_tail; edge < 0.5; edge *= 2)
        for (int cell = 0; cell < 16; ++cell) {
          const double v = edge * (1 + cell / 16.0);
          const double below = table(Uniform01{std::nextafter(v, 0), upper}), at = table(Uniform01{v, upper});
          EXPECT_NEAR(below, at, 1e-13 * (at + d.sd())) << v;
        }
    EXPECT_NEAR(table(Uniform01{0.5 - 0x1p-54, false}), table(Uniform01{0.5 - 0x1p-54, true}), 1e-13 * (d.sd() + d.mean()));
  }
}

TEST(QuantileTable, AnswersTailsBeyondItsLastCellExactly) {
  for (const Distribution& d : all_laws()) {
    SCOPED_TRACE(d.describe());
    const QuantileTable table(d);
    for (bool upper : {false, true})
      for (double v : {0x1p-54, 0x1.8p-47, 0x1.fp-41, 0x1.fffp-22}) {
        EXPECT_EQ(table(Uniform01{v, upper}), d.quantile(Uniform01{v, upper}));
        EXPECT_TRUE(std::isfinite(table(Uniform01{v, upper})));
      }
  }
}

TEST(QuantileTable, AnswersConstantsAndSamplesExactly) {
  EXPECT_EQ(QuantileTable(Distribution(Constant{300}))(uniform_at(0.3)), 300);
  const Distribution d(Empirical{{1, 2, 4}});
  const QuantileTable table(d);
  for (double p : {0.01, 0.33, 0.34, 0.49}) EXPECT_EQ(table(Uniform01{p, false}), d.quantile(Uniform01{p, false})) << p;
  for (double q : {0.01, 0.33, 0.34, 0.49}) EXPECT_EQ(table(Uniform01{q, true}), d.quantile(Uniform01{q, true})) << q;
}

TEST(QuantileTable, AnswersNearlyAllDrawsFromCells) {
  for (const Distribution& d : usual_laws()) EXPECT_EQ(QuantileTable(d).exact_share(), 0x1p-20) << d.describe();
  for (const Distribution& d : extreme_laws()) EXPECT_LE(QuantileTable(d).exact_share(), 0.01) << d.describe();
  EXPECT_EQ(QuantileTable(Distribution(Constant{3})).exact_share(), 1);
}

TEST(QuantileTable, DrawsOnlyTheAtomsOfADiscreteMixture) {
  const QuantileTable table(mixture({9, 1}, {Distribution(Constant{300}), Distribution(Empirical{{1, 400}})}));
  int ones = 0, fours = 0;
  for (std::uint32_t i = 0; i < 100000; ++i) {
    const double x = table(uniform(draw(1, i, stream("atoms"))));
    ASSERT_TRUE(x == 1 || x == 300 || x == 400) << x;
    ones += x == 1;
    fours += x == 400;
  }
  const double se = std::sqrt(100000 * 0.05 * 0.95);
  EXPECT_NEAR(ones, 5000, 4 * se);
  EXPECT_NEAR(fours, 5000, 4 * se);
}

std::vector<double> sample(const Distribution& d, std::uint32_t n) {
  const QuantileTable table(d);
  const Stream name = stream("test/sample");
  std::vector<double> xs(n);
  for (std::uint32_t i = 0; i < n; ++i) xs[i] = table(uniform(draw(20251020, i, name)));
  return xs;
}

// The variance's standard error is that of the sample itself: sqrt((m4 - m2^2) / n).
TEST(Sampling, HasMeanAndVarianceWithinFourStandardErrorsInAMillionDraws) {
  for (const Distribution& d : usual_laws()) {
    SCOPED_TRACE(d.describe());
    const std::vector<double> xs = sample(d, 1'000'000);
    const double n = static_cast<double>(xs.size());
    double mean = 0, m2 = 0, m4 = 0;
    for (double x : xs) mean += x / n;
    for (double x : xs) {
      const double square = (x - d.mean()) * (x - d.mean());
      m2 += square / n;
      m4 += square * square / n;
    }
    EXPECT_NEAR(mean, d.mean(), 4 * d.sd() / std::sqrt(n));
    EXPECT_NEAR(m2, d.variance(), 4 * std::sqrt((m4 - m2 * m2) / n));
  }
}

// Kolmogorov's limit law: P(D sqrt(n) > 2.23) = 1e-4.
TEST(Sampling, PassesTheTestOfKolmogorovAndSmirnov) {
  for (const Distribution& d : all_laws()) {
    if (d.next_atom(-1) < std::numeric_limits<double>::infinity()) continue;  // the law of D is another with atoms
    if (std::holds_alternative<Gamma>(d.law()) && std::get<Gamma>(d.law()).shape < 0.005) continue;  // half of it underflows
    SCOPED_TRACE(d.describe());
    std::vector<double> xs = sample(d, 200'000);
    std::sort(xs.begin(), xs.end());
    const double n = static_cast<double>(xs.size());
    double distance = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const double f = d.cdf(xs[i]), at = static_cast<double>(i);
      distance = std::max({distance, f - at / n, (at + 1) / n - f});
    }
    EXPECT_LE(distance * std::sqrt(n), 2.23);
  }
}

// With draws_version 2 these bits hold for ever and on every machine and build. Another value here is another version.
TEST(QuantileTable, GivesTheSameBitsForEver) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Distribution& d : usual_laws())
    for (double x : sample(d, 10'000)) {
      std::uint64_t bits;
      std::memcpy(&bits, &x, sizeof bits);
      hash = (hash ^ bits) * 0x100000001b3u;
    }
  static_assert(draws_version == 2);
  EXPECT_EQ(hash, 1891038480356982756u);
}

}  // namespace
}  // namespace muster
