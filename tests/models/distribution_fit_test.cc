#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/weibull.hpp>
#include <cmath>

#include "models/distribution.h"

namespace muster {
namespace {

using testing::HasSubstr;

// The oracle is the definition: Boost's quantiles of the solved law are the percentiles that were asked for.
TEST(LognormalOfPercentiles, HasThePercentilesThatWereGiven) {
  for (auto [p1, p2] : std::vector<std::pair<double, double>>{{.5, .9}, {.5, .95}, {.5, .99}, {.9, .95}, {.9, .99}, {.95, .99}})
    for (double ratio : {1.0001, 1.3, 4.0, 1000.0}) {
      const Lognormal l = lognormal_of_percentiles(p1, 300, p2, 300 * ratio);
      const boost::math::lognormal_distribution<long double> oracle(l.mu, l.sigma);
      EXPECT_NEAR(static_cast<double>(quantile(oracle, static_cast<long double>(p1))), 300, 300e-12);
      EXPECT_NEAR(static_cast<double>(quantile(oracle, static_cast<long double>(p2))), 300 * ratio, 300e-12 * ratio);
      EXPECT_EQ(lognormal_of_percentiles(p2, 300 * ratio, p1, 300), l) << "whatever the order they are given in";
    }
}

// sigma = log(4) / 1.6448536269514722 (z of 95%, as R's qnorm(0.95) prints with 17 digits).
TEST(LognormalOfPercentiles, HasTheClosedFormForMedianAndP95) {
  const Lognormal l = lognormal_of_percentiles(0.5, 5 * 3600, 0.95, 20 * 3600);
  EXPECT_NEAR(l.mu, std::log(18000.0), 1e-14);
  EXPECT_NEAR(l.sigma, std::log(4.0) / 1.6448536269514722, 1e-14);
}

TEST(LognormalOfMoments, HasThatMeanAndDeviation) {
  for (double cv : {1e-3, 0.2, 1.0, 5.0, 100.0}) {
    const Distribution d(lognormal_of_moments(600, 600 * cv));
    EXPECT_NEAR(d.mean(), 600, 600e-12);
    EXPECT_NEAR(d.sd(), 600 * cv, 600e-11 * cv);
  }
  EXPECT_EQ(lognormal_of_median(300, 0.6).sigma, 0.6);
  EXPECT_NEAR(lognormal_of_median(300, 0.6).mu, std::log(300.0), 1e-15);
}

TEST(GammaOfMoments, HasThatMeanAndDeviation) {
  const Gamma g = gamma_of_moments(120, 60);
  EXPECT_EQ(g.shape, 4);
  EXPECT_EQ(g.scale, 30);
  EXPECT_EQ(gamma_of_shape(4, 120), g);
}

TEST(WeibullOfPercentiles, HasThePercentilesThatWereGiven) {
  for (auto [p1, p2] : std::vector<std::pair<double, double>>{{.5, .9}, {.5, .95}, {.5, .99}, {.9, .95}, {.9, .99}, {.95, .99}})
    for (double ratio : {1.01, 1.3, 4.0, 1000.0}) {
      const Weibull l = weibull_of_percentiles(p1, 300, p2, 300 * ratio);
      const boost::math::weibull_distribution<long double> oracle(l.shape, l.scale);
      EXPECT_NEAR(static_cast<double>(quantile(oracle, static_cast<long double>(p1))), 300, 300e-12);
      EXPECT_NEAR(static_cast<double>(quantile(oracle, static_cast<long double>(p2))), 300 * ratio, 300e-12 * ratio);
    }
}

// With p50 = log 2 and p = 1 - 1/16, four times as long, the law is exponential with mean 1.
TEST(WeibullOfPercentiles, FindsTheExponential) {
  const Weibull l = weibull_of_percentiles(0.5, std::log(2.0), 0.9375, 4 * std::log(2.0));
  EXPECT_NEAR(l.shape, 1, 1e-15);
  EXPECT_NEAR(l.scale, 1, 1e-15);
}

template <class Solve>
void expect_refused(Solve solve, const char* sentence) {
  try {
    solve();
    ADD_FAILURE() << "accepted, expected: " << sentence;
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr(sentence));
  }
}

TEST(Fitting, SaysWhatIsWrongWithImpossibleParameters) {
  expect_refused([] { lognormal_of_percentiles(.5, 1200, .95, 300); }, "lognormal: p95 (5 min) must be above p50 (20 min)");
  expect_refused([] { weibull_of_percentiles(.5, 300, .95, 300); }, "weibull: p95 (5 min) must be above p50 (5 min)");
  expect_refused([] { lognormal_of_percentiles(.5, 0, .95, 300); }, "percentiles must be above zero");
  expect_refused([] { lognormal_of_percentiles(.5, 1, .5, 300); }, "two different percentiles");
  expect_refused([] { lognormal_of_percentiles(0, 1, .5, 300); }, "between p0 and p100");
  expect_refused([] { weibull_of_percentiles(.5, 1, .95, std::nan("")); }, "above zero");
  expect_refused([] { lognormal_of_median(0, 1); }, "the median must be above zero");
  expect_refused([] { lognormal_of_median(1, 0); }, "sigma must be above zero");
  expect_refused([] { lognormal_of_moments(0, 1); }, "the mean must be above zero");
  expect_refused([] { lognormal_of_moments(1, 0); }, "the standard deviation must be above zero");
  expect_refused([] { lognormal_of_moments(1e300, 1e-300); }, "too far apart");
  expect_refused([] { gamma_of_shape(0, 1); }, "the shape must be above zero");
  expect_refused([] { gamma_of_moments(10, 0); }, "the standard deviation must be above zero");
  expect_refused([] { gamma_of_moments(1e-300, 1e300); }, "too far apart");
}

}  // namespace
}  // namespace muster
