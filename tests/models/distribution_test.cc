#include "models/distribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/triangular.hpp>
#include <boost/math/distributions/uniform.hpp>
#include <boost/math/distributions/weibull.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>

// Oracles: Boost.Math's distributions in long double, and integrals of the quantile function by Boost's quadrature.
namespace muster {
namespace {

using testing::HasSubstr;

constexpr double infinity = std::numeric_limits<double>::infinity();

Distribution mixture(std::vector<double> weights, std::vector<Distribution> of) {
  return Distribution(Mixture{std::move(weights), std::move(of)});
}
Distribution shifted(double by, Distribution of) { return Distribution(Shifted{by, {std::move(of)}}); }

std::vector<Distribution> continuous_laws() {
  return {Distribution(Uniform{60, 300}),
          Distribution(Triangular{60, 120, 900}),
          Distribution(Triangular{0, 0, 10}),
          Distribution(Triangular{5, 10, 10}),
          Distribution(Pert{300, 900, 3600}),
          Distribution(Pert{0, 0, 1}),
          Distribution(Pert{2, 7, 7}),
          Distribution(Exponential{45}),
          Distribution(TruncatedNormal{100, 20}),
          Distribution(TruncatedNormal{100, 90}),
          Distribution(TruncatedNormal{0, 7}),
          Distribution(Lognormal{5, 0.6}),
          Distribution(Lognormal{-2, 0.05}),
          Distribution(Lognormal{3, 3}),
          Distribution(Gamma{0.01, 50}),
          Distribution(Gamma{0.5, 2}),
          Distribution(Gamma{1, 3}),
          Distribution(Gamma{4.2, 100}),
          Distribution(Gamma{1e4, 0.01}),
          Distribution(Weibull{0.2, 10}),
          Distribution(Weibull{1, 10}),
          Distribution(Weibull{3.5, 600}),
          shifted(120, Distribution(Gamma{2, 30})),
          mixture({9, 1}, {Distribution(Lognormal{4, 0.5}), Distribution(Exponential{7200})}),
          mixture({1, 2}, {Distribution(Uniform{0, 10}), shifted(20, Distribution(Uniform{0, 1}))}),
          mixture({1, 1}, {Distribution(Triangular{0, 5, 6}), mixture({1, 3}, {Distribution(Pert{1, 2, 30}), Distribution(Weibull{2, 3})})})};
}

template <class Boost>
void expect_agreement(const Distribution& d, const Boost& oracle, long double origin = 0, long double width = 1) {
  SCOPED_TRACE(d.describe());
  for (double v : {1e-12, 1e-7, 1e-3, 0.02, 0.1, 0.25, 0.4, 0.5}) {
    const double lower = static_cast<double>(origin + width * quantile(oracle, static_cast<long double>(v)));
    const double upper = static_cast<double>(origin + width * quantile(complement(oracle, static_cast<long double>(v))));
    const auto near = [](double x) { return 1e-12 * std::fabs(x); };
    EXPECT_NEAR(d.quantile(Uniform01{v, false}), lower, near(lower)) << v;
    EXPECT_NEAR(d.quantile(Uniform01{v, true}), upper, near(upper)) << v;
    for (double x : {lower, upper}) {
      const long double y = (static_cast<long double>(x) - origin) / width;
      // Where the density is steep, x itself is known to half a unit in the last place only.
      const long double f = pdf(oracle, y), slack = 4e-16L * std::fabs(x) * f / width;
      const long double below = cdf(oracle, y), above = cdf(complement(oracle, y));
      EXPECT_NEAR(d.cdf(x), static_cast<double>(below), static_cast<double>(1e-12L * below + slack)) << x;
      EXPECT_NEAR(d.survival(x), static_cast<double>(above), static_cast<double>(1e-12L * above + slack)) << x;
      if (x > 0) {
        EXPECT_NEAR(d.density(x), static_cast<double>(f / width), static_cast<double>(1e-10L * f / width)) << x;
      }
    }
  }
  const double mean = static_cast<double>(origin + width * boost::math::mean(oracle));
  const double var = static_cast<double>(width * width * variance(oracle));
  EXPECT_NEAR(d.mean(), mean, 1e-12 * mean);
  EXPECT_NEAR(d.variance(), var, 1e-11 * var);
}

TEST(Distribution, AgreesWithBoostOnTheLognormalAlsoWithASigmaOfThree) {
  for (double sigma : {0.01, 0.3, 0.6, 1.5, 3.0})
    expect_agreement(Distribution(Lognormal{5.7, sigma}), boost::math::lognormal_distribution<long double>(5.7, sigma));
}

TEST(Distribution, AgreesWithBoostOnTheGammaForShapesFromAHundredthToTenThousand) {
  for (double shape : {0.01, 0.2, 0.9, 1.0, 1.7, 6.0, 80.0, 1e4})
    expect_agreement(Distribution(Gamma{shape, 30}), boost::math::gamma_distribution<long double>(shape, 30));
}

TEST(Distribution, AgreesWithBoostOnTheWeibullForShapesFromAFifthToAHundred) {
  for (double shape : {0.2, 0.7, 1.0, 2.0, 9.0, 100.0})
    expect_agreement(Distribution(Weibull{shape, 400}), boost::math::weibull_distribution<long double>(shape, 400));
}

TEST(Distribution, AgreesWithBoostOnThePertWithItsModeAnywhere) {
  for (double mode : {0.0, 0.5, 12.0, 50.0, 88.0, 100.0}) {
    const auto [a, b] = beta_shape(Pert{0, mode, 100});
    EXPECT_DOUBLE_EQ(a + b, 6);
    expect_agreement(Distribution(Pert{0, mode, 100}), boost::math::beta_distribution<long double>(a, b), 0, 100);
    expect_agreement(Distribution(Pert{300, 300 + mode, 400}), boost::math::beta_distribution<long double>(a, b), 300, 100);
  }
}

TEST(Distribution, AgreesWithBoostOnUniformTriangularAndExponential) {
  expect_agreement(Distribution(Uniform{60, 90}), boost::math::uniform_distribution<long double>(60, 90));
  expect_agreement(Distribution(Exponential{90}), boost::math::exponential_distribution<long double>(1.0L / 90));
  for (double mode : {10.0, 12.0, 35.0, 59.0, 60.0})
    expect_agreement(Distribution(Triangular{10, mode, 60}), boost::math::triangular_distribution<long double>(10, mode, 60));
}

TEST(Distribution, OfANormalIsConditionedOnNotBeingNegative) {
  for (double mean : {0.0, 5.0, 30.0, 100.0, 900.0}) {
    const double sd = 30;
    const Distribution d(TruncatedNormal{mean, sd});
    const boost::math::normal_distribution<long double> normal(mean, sd);
    const long double mass = cdf(complement(normal, 0.0L));
    for (double x = 0; x < mean + 9 * sd; x += 1.7) {
      const long double above = cdf(complement(normal, static_cast<long double>(x))) / mass;
      EXPECT_NEAR(d.survival(x), static_cast<double>(above), 1e-12 * static_cast<double>(above)) << x;
      EXPECT_NEAR(d.cdf(x), static_cast<double>(1 - above), 1e-15) << x;
    }
    for (double v : {1e-9, 1e-3, 0.1, 0.3, 0.5}) {
      EXPECT_NEAR(d.quantile(Uniform01{v, true}), static_cast<double>(quantile(complement(normal, v * mass))), 1e-12 * (mean + sd)) << v;
      EXPECT_NEAR(d.quantile(Uniform01{v, false}), static_cast<double>(quantile(normal, cdf(normal, 0.0L) + v * mass)), 1e-12 * (mean + sd)) << v;
    }
    EXPECT_EQ(d.low(), 0);
    EXPECT_EQ(d.cdf(-1e-9), 0);
  }
}

/// E[(X - about)^power] as an integral of the quantile function over both tails.
double moment(const Distribution& d, double about, int power) {
  boost::math::quadrature::tanh_sinh<double> integrator;
  auto integrate = [&](bool upper) {
    return integrator.integrate([&](double v) { return std::pow(d.quantile(Uniform01{std::max(v, 1e-300), upper}) - about, power); }, 0.0, 0.5);
  };
  return integrate(false) + integrate(true);
}

TEST(Distribution, HasTheMeanAndVarianceThatItsQuantileFunctionIntegratesTo) {
  for (const Distribution& d : continuous_laws()) {
    SCOPED_TRACE(d.describe());
    const bool kinked = std::holds_alternative<Mixture>(d.law()) || std::holds_alternative<Triangular>(d.law());
    const double tolerance = kinked ? 1e-4 : 1e-8;  // of the quadrature, which knows nothing of kinks and jumps
    EXPECT_NEAR(moment(d, 0, 1), d.mean(), tolerance * d.mean());
    EXPECT_NEAR(moment(d, d.mean(), 2), d.variance(), 20 * tolerance * d.variance());
    EXPECT_DOUBLE_EQ(d.sd() * d.sd(), d.variance());
  }
}

TEST(Distribution, ScaledHasItsQuantilesScaled) {
  for (const Distribution& d : continuous_laws()) {
    SCOPED_TRACE(d.describe());
    const Distribution less = d.scaled(0.9);
    EXPECT_NEAR(less.mean(), 0.9 * d.mean(), 1e-10 * d.mean());
    EXPECT_NEAR(less.sd(), 0.9 * d.sd(), 1e-10 * d.sd());
    for (double p : {0.01, 0.3, 0.9, 0.999}) EXPECT_NEAR(less.quantile(p), 0.9 * d.quantile(p), 1e-9 * d.quantile(p));
  }
  EXPECT_EQ(Distribution(Empirical{{1, 2, 4}}).scaled(0.5), Distribution(Empirical{{0.5, 1, 2}}));
  EXPECT_EQ(Distribution(Constant{3}).scaled(2), Distribution(Constant{6}));
}

TEST(Distribution, InvertsItsCdfInBothTails) {
  for (const Distribution& d : continuous_laws()) {
    SCOPED_TRACE(d.describe());
    for (double v : {1e-13, 1e-8, 1e-4, 0.01, 0.1, 0.2, 0.31, 0.4, 0.4999, 0.5}) {
      for (bool upper : {false, true}) {
        const double x = d.quantile(Uniform01{v, upper});
        if (x == 0) continue;  // underflow of a gamma with a tiny shape
        // The last place of x moves the tail by this much.
        const double slack = 4e-16 * x * d.density(x);
        EXPECT_NEAR(upper ? d.survival(x) : d.cdf(x), v, 1e-12 * v + 1e-16 + slack) << x;
      }
    }
  }
}

TEST(Distribution, HasAMonotoneQuantileFunctionWithinItsSupport) {
  for (const Distribution& d : continuous_laws()) {
    SCOPED_TRACE(d.describe());
    double last = d.low();
    for (double p = 0; p <= 1; p += 1.0 / 512) {
      const double x = d.quantile(p);
      EXPECT_GE(x, last) << p;
      EXPECT_LE(x, d.high());
      last = x;
    }
    EXPECT_EQ(d.quantile(0.0), d.low());
    EXPECT_EQ(d.quantile(1.0), d.high());
    EXPECT_EQ(d.cdf(std::nextafter(d.low(), -1)), 0);
    EXPECT_EQ(d.survival(d.high()), 0);
  }
}

TEST(Distribution, IntegratesItsDensityToItsCdf) {
  for (const Distribution& d : continuous_laws()) {
    SCOPED_TRACE(d.describe());
    for (double p : {0.3, 0.6, 0.9}) {
      const double x = d.quantile(p), h = 1e-6 * x;
      if (x < 1e-30) continue;
      EXPECT_NEAR((d.cdf(x + h) - d.cdf(x - h)) / (2 * h), d.density(x), 1e-5 * d.density(x) + 1e-9 / x) << p;
    }
  }
}

TEST(EmpiricalDistribution, TakesEachOfItsValuesEquallyOften) {
  const Distribution d(Empirical{{30, 10, 20, 20, 90}});
  EXPECT_EQ(d.mean(), 34);
  EXPECT_DOUBLE_EQ(d.variance(), (24.0 * 24 + 2 * 14 * 14 + 4 * 4 + 56 * 56) / 5);
  EXPECT_EQ(d.low(), 10);
  EXPECT_EQ(d.high(), 90);
  EXPECT_EQ(d.cdf(9), 0);
  EXPECT_EQ(d.cdf(20), 0.6);
  EXPECT_EQ(d.survival(20), 0.4);
  EXPECT_EQ(d.quantile(0.2), 10);
  EXPECT_EQ(d.quantile(0.2000001), 20);
  EXPECT_EQ(d.quantile(0.6), 20);
  EXPECT_EQ(d.quantile(0.61), 30);
  EXPECT_EQ(d.quantile(0.8), 30);
  EXPECT_EQ(d.quantile(0.81), 90);
  EXPECT_EQ(d.next_atom(20), 30);
  EXPECT_EQ(d.next_atom(90), infinity);
}

TEST(EmpiricalDistribution, InvertsItsStepsExactlyWhateverTheirNumber) {
  for (int n = 2; n < 400; ++n) {
    Empirical law;
    for (int i = 0; i < n; ++i) law.values.push_back(i);
    const Distribution d(law);
    for (double x : law.values) ASSERT_EQ(d.quantile(d.cdf(x)), x) << n;
    for (double x : law.values)
      if (d.survival(x) > 0 && d.survival(x) < 0.5) {
        ASSERT_EQ(d.quantile(Uniform01{d.survival(x), true}), x) << n;
      }
  }
}

TEST(MixtureDistribution, IsTheWeightedSumOfItsParts) {
  const Distribution a(Lognormal{4, 0.5}), b(Exponential{7200});
  const Distribution d = mixture({9, 1}, {a, b});
  EXPECT_DOUBLE_EQ(d.mean(), 0.9 * a.mean() + 0.1 * 7200);
  const double second = 0.9 * (a.variance() + a.mean() * a.mean()) + 0.1 * 2 * 7200 * 7200.0;
  EXPECT_NEAR(d.variance(), second - d.mean() * d.mean(), 1e-9 * second);
  EXPECT_DOUBLE_EQ(d.cdf(100), 0.9 * a.cdf(100) + 0.1 * b.cdf(100));
}

TEST(MixtureDistribution, ReturnsItsAtomsExactly) {
  // 1/4 at 0, 1/2 uniform on (0, 8), 1/4 at 4: F jumps from 1/2 to 3/4 at 4.
  const Distribution d = mixture({1, 2, 1}, {Distribution(Constant{0}), Distribution(Uniform{0, 8}), Distribution(Constant{4})});
  EXPECT_EQ(d.quantile(0.1), 0);
  EXPECT_EQ(d.quantile(0.25), 0);
  EXPECT_NEAR(d.quantile(0.375), 2, 1e-14);
  EXPECT_NEAR(d.quantile(0.5), 4, 1e-14);
  EXPECT_EQ(d.quantile(0.501), 4);
  EXPECT_EQ(d.quantile(0.7499), 4);
  EXPECT_NEAR(d.quantile(0.875), 6, 1e-14);
  EXPECT_EQ(d.quantile(1.0), 8);
  EXPECT_EQ(d.mean(), 3);
  EXPECT_NEAR(d.variance(), 0.5 * 64.0 / 3 + 4 - 9, 1e-14);
}

TEST(MixtureDistribution, OfConstantsAndSamplesAloneIsAStepFunction) {
  const Distribution d = mixture({1, 1, 2}, {Distribution(Constant{7}), Distribution(Empirical{{1, 2, 3, 4}}), shifted(10, Distribution(Empirical{{0, 5}}))});
  const std::vector<std::pair<double, double>> steps = {{1, 0.0625}, {2, 0.125}, {3, 0.1875}, {4, 0.25}, {7, 0.5}, {10, 0.75}, {15, 1}};
  double from = 0;
  for (auto [x, to] : steps) {
    EXPECT_EQ(d.cdf(x), to);
    for (double p : {from + 1e-9, (from + to) / 2, to}) EXPECT_EQ(d.quantile(p), x) << p;
    EXPECT_EQ(d.next_atom(std::nextafter(x, 0)), x);
    from = to;
  }
}

TEST(MixtureDistribution, JumpsOverGapsBetweenItsParts) {
  const Distribution d = mixture({1, 1}, {Distribution(Uniform{0, 1}), Distribution(Uniform{100, 101})});
  EXPECT_NEAR(d.quantile(0.4999), 0.9998, 1e-12);
  EXPECT_NEAR(d.quantile(0.5), 1, 1e-12);
  EXPECT_NEAR(d.quantile(0.5001), 100.0002, 1e-12);
}

TEST(ShiftedDistribution, MovesAllButTheVariance) {
  const Distribution inner(Gamma{2, 30}), d = shifted(120, inner);
  EXPECT_EQ(d.mean(), 180);
  EXPECT_EQ(d.variance(), 1800);
  EXPECT_EQ(d.low(), 120);
  EXPECT_EQ(d.high(), infinity);
  EXPECT_EQ(d.quantile(0.3), 120 + inner.quantile(0.3));
  EXPECT_EQ(d.cdf(150), inner.cdf(30));
}

TEST(Distribution, WithoutWidthIsAConstant) {
  EXPECT_TRUE(Distribution(Uniform{5, 5}).is_constant());
  EXPECT_TRUE(Distribution(Triangular{5, 5, 5}).is_constant());
  EXPECT_TRUE(Distribution(Pert{5, 5, 5}).is_constant());
  EXPECT_TRUE(Distribution(Empirical{{5, 5}}).is_constant());
  EXPECT_EQ(shifted(5, Distribution(Constant{3})), Distribution(Constant{8}));
  EXPECT_EQ(mixture({1, 2}, {Distribution(Constant{3}), Distribution(Constant{3})}), Distribution(Constant{3}));
  EXPECT_FALSE(Distribution(Uniform{5, 6}).is_constant());
  const Distribution d(Constant{8});
  EXPECT_EQ(d.mean(), 8);
  EXPECT_EQ(d.variance(), 0);
  EXPECT_EQ(d.quantile(0.1), 8);
  EXPECT_EQ(d.cdf(7.9), 0);
  EXPECT_EQ(d.cdf(8), 1);
}

TEST(Distribution, IsComparedAsAValueAfterNormalisation) {
  EXPECT_EQ(Distribution(Empirical{{2, 1}}), Distribution(Empirical{{1, 2}}));
  const Distribution a(Exponential{1}), b(Exponential{2});
  EXPECT_EQ(mixture({9, 1}, {a, b}), mixture({0.9, 0.1}, {a, b}));
  EXPECT_NE(mixture({9, 1}, {a, b}), mixture({9, 1}, {b, a}));
  EXPECT_NE(Distribution(Weibull{1, 2}), Distribution(Gamma{1, 2}));
  EXPECT_EQ(Distribution(), Distribution(Constant{0}));
}

void expect_refused(Distribution::Law law, const char* sentence) {
  try {
    Distribution d(std::move(law));
    ADD_FAILURE() << "accepted, expected: " << sentence;
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr(sentence));
  }
}

TEST(Distribution, RefusesParametersOutOfRangeWithASentence) {
  const double nan = std::nan("");
  expect_refused(Constant{-1}, "not negative");
  expect_refused(Constant{infinity}, "finite");
  expect_refused(Uniform{2, 1}, "low end");
  expect_refused(Uniform{-1, 1}, "not negative");
  expect_refused(Uniform{0, nan}, "finite");
  expect_refused(Triangular{1, 5, 4}, "low <= most likely <= high");
  expect_refused(Pert{3, 2, 4}, "low <= most likely <= high");
  expect_refused(Exponential{0}, "above zero");
  expect_refused(TruncatedNormal{5, 0}, "above zero");
  expect_refused(TruncatedNormal{-5, 1}, "not negative");
  expect_refused(Lognormal{nan, 1}, "median");
  expect_refused(Lognormal{1, 0}, "sigma");
  expect_refused(Lognormal{1, 40}, "too large");
  expect_refused(Gamma{0, 1}, "above zero");
  expect_refused(Gamma{1e-5, 1}, "at least 0.001");
  expect_refused(Gamma{1e12, 1}, "constant in all but name");
  expect_refused(Weibull{-1, 1}, "above zero");
  expect_refused(Weibull{1e-3, 1}, "too large");
  expect_refused(Weibull{1e9, 1}, "constant in all but name");
  expect_refused(Empirical{}, "at least one value");
  expect_refused(Empirical{{1, -2}}, "not negative");
  expect_refused(Mixture{}, "at least one part");
  expect_refused(Mixture{{1}, {Distribution(Exponential{1}), Distribution(Exponential{2})}}, "needs a weight");
  expect_refused(Mixture{{1, 0}, {Distribution(Exponential{1}), Distribution(Exponential{2})}}, "above zero");
  expect_refused(Shifted{-1, {Distribution(Exponential{1})}}, "`by`");
  expect_refused(Uniform{0, 1e200}, "too large");
  EXPECT_THROW(Distribution(Exponential{1}).quantile(1.5), std::logic_error);
}

TEST(Distribution, DescribesItselfToPeople) {
  EXPECT_EQ(Distribution(Constant{300}).describe(), "5 min");
  EXPECT_EQ(Distribution(Uniform{60, 300}).describe(), "uniform, 60 s to 5 min");
  EXPECT_EQ(Distribution(Pert{300, 900, 3600}).describe(), "PERT, 5 min to 1 h, most likely 15 min");
  EXPECT_EQ(Distribution(Exponential{90}).describe(), "exponential, mean 90 s");
  EXPECT_EQ(Distribution(lognormal_of_median(300, 0.6)).describe(), "lognormal, median 5 min, p95 13 min");
  EXPECT_EQ(Distribution(Gamma{4, 30}).describe(), "gamma, mean 2 min, sd 60 s");
  EXPECT_EQ(Distribution(Empirical{{60, 120}}).describe(), "one of 2 values, 60 s to 2 min");
  EXPECT_EQ(shifted(60, Distribution(Exponential{60})).describe(), "60 s plus exponential, mean 60 s");
  EXPECT_EQ(mixture({3, 1}, {Distribution(Exponential{60}), Distribution(Constant{600})}).describe(),
            "mixture: 75% exponential, mean 60 s; 25% 10 min");
}

TEST(SumOfParts, AddsMeansAndVariancesOfIndependentParts) {
  const std::vector<Distribution> parts = {Distribution(Constant{60}), Distribution(Exponential{10}), Distribution(Uniform{0, 12})};
  EXPECT_EQ(mean_of_sum(parts), 76);
  EXPECT_EQ(variance_of_sum(parts), 112);
  EXPECT_EQ(mean_of_sum({}), 0);
  EXPECT_EQ(variance_of_sum({}), 0);
}

}  // namespace
}  // namespace muster
