#include "models/elementary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>

// The oracle is Boost.Math and Boost.Multiprecision, evaluated with 30 digits or more where the argument at
// hand could not be trusted to long double.
namespace muster {
namespace {

using Wide =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<40>, boost::multiprecision::et_off>;
using Exact = boost::math::policies::policy<
    boost::math::policies::promote_double<false>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::underflow_error<boost::math::policies::ignore_error>>;

double relative_error(double got, const Wide& want) {
  if (want == 0) return std::fabs(got);
  return static_cast<double>(abs((Wide(got) - want) / want));
}

TEST(Exp, AgreesWithFortyDigitsOverTheWholeRange) {
  double worst = 0;
  for (double x = -708; x < 709.7; x += 0.0371)
    worst = std::max(worst, relative_error(exp_exact(x), exp(Wide(x))));
  for (double x = 1e-300; x < 1; x *= 1.7) {
    worst = std::max(worst, relative_error(exp_exact(x), exp(Wide(x))));
    worst = std::max(worst, relative_error(exp_exact(-x), exp(Wide(-x))));
  }
  EXPECT_LE(worst, 2.3e-16);
}

TEST(Exp, EndsInZeroSubnormalsAndInfinity) {
  EXPECT_EQ(exp_exact(0), 1);
  EXPECT_EQ(exp_exact(-746), 0);
  EXPECT_EQ(exp_exact(-745.1), 0x1p-1074);
  EXPECT_EQ(exp_exact(-0x1.8p9), 0);
  EXPECT_NEAR(exp_exact(-720) / static_cast<double>(exp(Wide(-720))), 1, 1e-7);  // subnormal: fewer bits
  EXPECT_EQ(exp_exact(710), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isfinite(exp_exact(709.7827)));
  EXPECT_TRUE(std::isnan(exp_exact(std::nan(""))));
}

TEST(Log, AgreesWithFortyDigitsFromSubnormalsToTheLargest) {
  double worst = 0;
  for (double x = 1e-320; x < 1e308; x *= 1.0137)
    worst = std::max(worst, relative_error(log_exact(x), log(Wide(x))));
  for (double d = 1e-16; d < 0.5; d *= 1.03)
    for (double x : {1 - d, 1 + d})
      if (x != 1) worst = std::max(worst, relative_error(log_exact(x), log(Wide(x))));
  EXPECT_LE(worst, 4e-16);
  worst = std::max(worst, relative_error(log_exact(0x1p-1074), log(Wide(0x1p-1074))));
  EXPECT_LE(worst, 4e-16);
  EXPECT_EQ(log_exact(1), 0);
  EXPECT_EQ(log_exact(0), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(log_exact(-1)));
}

TEST(Log1p, AndItsRelativesKeepTheirPrecisionNearZero) {
  double worst = 0, worst_difference = 0;
  for (double d = 1e-17; d < 0.999; d *= 1.01)
    for (double x : {-d, d}) {
      worst = std::max(worst, relative_error(log1p_exact(x), log1p(Wide(x))));
      worst = std::max(worst, relative_error(expm1_exact(x), expm1(Wide(x))));
      if (d > 1e-8)
        worst_difference =
            std::max(worst_difference, relative_error(log1p_minus(x), log1p(Wide(x)) - Wide(x)));
    }
  for (double x = 1; x < 1e300; x *= 3)
    worst = std::max(worst, relative_error(log1p_exact(x), log1p(Wide(x))));
  for (double x = -40; x < 700; x += 0.31)
    if (x != 0) worst = std::max(worst, relative_error(expm1_exact(x), expm1(Wide(x))));
  EXPECT_LE(worst, 1e-15);
  EXPECT_LE(worst_difference, 2e-15);
}

TEST(Pow, StaysWithinItsStatedError) {
  double worst = 0;
  for (double x = 1e-30; x < 1e30; x *= 7.3)
    for (double y : {-9.0, -2.5, -0.5, 0.01, 0.2, 1.0 / 3, 1.0, 2.0, 5.0, 9.7})
      worst = std::max(
          worst, relative_error(pow_exact(x, y), pow(Wide(x), Wide(y))) / (1 + std::fabs(y * std::log(x))));
  EXPECT_LE(worst, 1e-15);
  EXPECT_EQ(pow_exact(0, 2), 0);
  EXPECT_EQ(pow_exact(0, 0), 1);
  EXPECT_EQ(pow_exact(0, -1), std::numeric_limits<double>::infinity());
}

TEST(LogGamma, KeepsItsRelativePrecisionAlsoAtItsZeros) {
  double worst = 0;
  auto check = [&](double x) {
    worst = std::max(worst, relative_error(log_gamma(x), boost::math::lgamma(Wide(x))));
  };
  for (double x = 1e-10; x < 1e9; x *= 1.171) check(x);
  for (double d = 1e-12; d < 0.4; d *= 2.7)
    for (double x : {1 - d, 1 + d, 2 - d, 2 + d}) check(x);
  EXPECT_LE(worst, 1e-14);
}

TEST(StirlingError, IsWhatStirlingsFormulaLacks) {
  double worst = 0;
  const Wide half_log_two_pi = log(2 * boost::math::constants::pi<Wide>()) / 2;
  for (double x = 1e-6; x < 1e6; x *= 1.37) {
    const Wide want =
        boost::math::lgamma(Wide(x) + 1) - (Wide(x) + 0.5) * log(Wide(x)) + Wide(x) - half_log_two_pi;
    worst = std::max(worst, std::fabs(static_cast<double>(Wide(stirling_error(x)) - want)));
  }
  EXPECT_LE(worst, 1e-14);
}

TEST(NormalCdf, AgreesWithBoostToTheFarTail) {
  const boost::math::normal_distribution<long double> normal;
  double worst = 0;
  for (double z = -37; z < 9; z += 0.0131)
    worst = std::max(worst, relative_error(normal_cdf(z), cdf(normal, static_cast<long double>(z))));
  EXPECT_LE(worst, 1e-14);
}

TEST(NormalQuantile, AgreesWithBoostAndInvertsTheCdf) {
  const boost::math::normal_distribution<long double> normal;
  double worst = 0;
  for (double p = 1e-300; p < 0.5; p *= 1.31) {
    const long double want = quantile(normal, static_cast<long double>(p));
    worst = std::max(worst, relative_error(normal_quantile(p), want));
    worst = std::max(worst, relative_error(normal_quantile_upper(p), -want));
  }
  EXPECT_LE(worst, 1e-14);
  for (double p : {0.025, 0.3, 0.5, 0.9, 0.999}) EXPECT_NEAR(normal_cdf(normal_quantile(p)), p, 1e-15);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_EQ(normal_quantile(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(normal_quantile(1), std::numeric_limits<double>::infinity());
}

TEST(IncompleteGamma, AgreesWithBoostInBothTailsForShapesFromAThousandthToAHundredMillion) {
  double worst = 0;
  for (double a : {1e-3, 0.01, 0.1, 0.5, 0.99, 1.0, 1.5, 2.0, 5.0, 17.3, 100.0, 1e3, 1e4, 1e4, 9.9e4, 1e5, 1e7, 1e8})
    for (double z : {-12.0, -6.0, -3.0, -1.0, -0.1, 0.0, 0.1, 1.0, 3.0, 6.0, 12.0}) {
      const double x =
          a < 1 ? std::exp(2 * z) : a * std::pow(std::max(0.02, 1 - 1 / (9 * a) + z / (3 * std::sqrt(a))), 3);
      const Wide p = boost::math::gamma_p(Wide(a), Wide(x)), q = boost::math::gamma_q(Wide(a), Wide(x));
      if (p > 1e-290) worst = std::max(worst, relative_error(gamma_p(a, x), p));
      if (q > 1e-290) worst = std::max(worst, relative_error(gamma_q(a, x), q));
    }
  EXPECT_LE(worst, 1e-12);
}

TEST(IncompleteGamma, EndsAtZeroAndOneAndRefusesWhatHasNoMeaning) {
  EXPECT_EQ(gamma_p(2, 0), 0);
  EXPECT_EQ(gamma_q(2, 0), 1);
  EXPECT_EQ(gamma_q(2, std::numeric_limits<double>::infinity()), 0);
  EXPECT_TRUE(std::isnan(gamma_p(0, 1)));
  EXPECT_TRUE(std::isnan(gamma_p(1, -1)));
  EXPECT_TRUE(std::isnan(gamma_p(1e11, 1e11)));
}

/// How far x is from having the tail p, as a relative error of x: the error of the tail over its slope.
double inverse_error(double tail_error, double slope) { return std::fabs(tail_error / slope); }

TEST(IncompleteGammaInverse, IsTheArgumentToTheLastBits) {
  double worst = 0;
  for (double a : {0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 50.0, 1e3, 1e4, 1e6})
    for (double p : {1e-15, 1e-9, 1e-4, 0.01, 0.2, 0.5, 0.8, 0.99}) {
      for (bool upper : {false, true}) {
        const double x = gamma_p_inverse(a, p, upper);
        if (x < 1e-290) continue;
        const Wide tail =
            upper ? boost::math::gamma_q(Wide(a), Wide(x)) : boost::math::gamma_p(Wide(a), Wide(x));
        const Wide slope = Wide(x) * boost::math::gamma_p_derivative(Wide(a), Wide(x));
        worst = std::max(worst, inverse_error(static_cast<double>(tail - p), static_cast<double>(slope)));
      }
    }
  EXPECT_LE(worst, 1e-13);
  EXPECT_EQ(gamma_p_inverse(2, 0), 0);
  EXPECT_EQ(gamma_p_inverse(2, 1), std::numeric_limits<double>::infinity());
  EXPECT_EQ(gamma_p_inverse(2, 0, true), std::numeric_limits<double>::infinity());
  EXPECT_EQ(gamma_p_inverse(1e-6, 0.5), 0) << "underflows: 2^-1000000";
}

TEST(IncompleteBeta, AgreesWithBoostInBothTails) {
  double worst = 0;
  for (double a : {0.01, 0.5, 1.0, 1.01, 2.5, 5.0, 40.0, 1e3, 1e5})
    for (double b : {0.01, 0.5, 1.0, 3.3, 5.0, 40.0, 1e3, 1e5})
      for (double z : {-9.0, -4.0, -1.0, 0.0, 0.3, 2.0, 5.0, 9.0}) {
        const double mean = a / (a + b), sd = std::sqrt(a / (a + b) * b / (a + b) / (a + b + 1));
        const double x =
            1 / (1 + std::exp(-std::log(mean / (1 - mean)) -
                              z * sd / (mean * (1 - mean)) * std::min(1.0, 30 * mean * (1 - mean) / sd)));
        if (!(x > 1e-300 && x < 1)) continue;
        const Wide p = boost::math::ibeta(Wide(a), Wide(b), Wide(x)),
                   q = boost::math::ibetac(Wide(a), Wide(b), Wide(x));
        if (p > 1e-290) worst = std::max(worst, relative_error(beta_p(a, b, x), p));
        if (q > 1e-290) worst = std::max(worst, relative_error(beta_q(a, b, x), q));
      }
  EXPECT_LE(worst, 1e-12);
}

TEST(IncompleteBeta, StaysAccurateForTenMillion) {
  double worst = 0;
  const double n = 1e7;
  for (double a : {1.0, 30.0, 5e3, 1.1e4, 5e5, 5e6})
    for (double z : {-8.0, -2.0, 0.0, 2.0, 8.0}) {
      const double b = n - a + 1, mean = a / n, x = mean + z * std::sqrt(mean * (1 - mean) / n);
      if (x <= 0) continue;
      worst = std::max(worst, relative_error(beta_p(a, b, x), boost::math::ibeta(Wide(a), Wide(b), Wide(x))));
      worst =
          std::max(worst, relative_error(beta_q(a, b, x), boost::math::ibetac(Wide(a), Wide(b), Wide(x))));
      worst = std::max(
          worst, relative_error(beta_p(b, a, 1 - x), boost::math::ibeta(Wide(b), Wide(a), Wide(1 - x))));
    }
  EXPECT_LE(worst, 1e-12);
}

TEST(IncompleteBeta, EndsAtZeroAndOneAndRefusesWhatHasNoMeaning) {
  EXPECT_EQ(beta_p(2, 3, 0), 0);
  EXPECT_EQ(beta_p(2, 3, 1), 1);
  EXPECT_EQ(beta_q(2, 3, 1), 0);
  EXPECT_TRUE(std::isnan(beta_p(0, 1, 0.5)));
  EXPECT_TRUE(std::isnan(beta_p(1, 1, 1.5)));
  EXPECT_TRUE(std::isnan(beta_p(1e11, 1, 0.5)));
}

TEST(IncompleteBetaInverse, IsTheArgumentToTheLastBits) {
  double worst = 0;
  for (double a : {0.5, 1.0, 1.2, 3.0, 5.0, 200.0, 1e5})
    for (double b : {0.5, 1.0, 2.0, 4.5, 300.0, 1e5})
      for (double p : {1e-13, 1e-6, 0.01, 0.3, 0.5, 0.9})
        for (bool upper : {false, true}) {
          const double x = beta_p_inverse(a, b, p, upper);
          ASSERT_TRUE(x >= 0 && x <= 1) << a << ' ' << b << ' ' << p;
          if (x == 0 || x == 1) continue;
          const Wide tail = upper ? boost::math::ibetac(Wide(a), Wide(b), Wide(x))
                                  : boost::math::ibeta(Wide(a), Wide(b), Wide(x));
          const Wide slope = Wide(x) * boost::math::ibeta_derivative(Wide(a), Wide(b), Wide(x));
          worst = std::max(worst, inverse_error(static_cast<double>(tail - p), static_cast<double>(slope)));
        }
  EXPECT_LE(worst, 1e-13);
}

// Clopper and Pearson's bounds without events have closed forms: 1 - alpha^(1/n).
TEST(IncompleteBetaInverse, GivesTheClosedFormOfClopperAndPearsonWithoutEvents) {
  for (double n : {1.0, 10.0, 1e3, 1e5, 1e7}) {
    const double want = -std::expm1(std::log(0.025) / n);
    EXPECT_NEAR(beta_p_inverse(1, n, 0.975) / want, 1, 1e-13) << n;
    EXPECT_NEAR(beta_p_inverse(n, 1, 0.025) / (1 - want), 1, 1e-15) << n;
  }
}

}  // namespace
}  // namespace muster
