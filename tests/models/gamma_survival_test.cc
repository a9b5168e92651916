#include "models/gamma_survival.h"

#include <gtest/gtest.h>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include "models/elementary.h"

// The oracle is Boost in fifty digits; derivatives in the shape are its differences, of the sixth order.
namespace muster {
namespace {

using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_off>;

Wide log_upper(const Wide& a, double x) {
  // Far out the regularised function is below what Boost's own continued fraction keeps; its logarithm is not.
  return log(boost::math::tgamma(a, Wide(x))) - boost::math::lgamma(a);
}

TEST(Digamma, AgreesWithBoost) {
  for (double x = 1e-6; x < 1e9; x *= 1.37) {
    const Wide want = boost::math::digamma(Wide(x)), slope = boost::math::trigamma(Wide(x));
    EXPECT_NEAR(static_cast<double>(Wide(digamma(x)) - want), 0, 1e-14 * (1 + std::fabs(static_cast<double>(want)))) << x;
    EXPECT_NEAR(static_cast<double>(Wide(trigamma(x)) / slope), 1, 1e-14) << x;
  }
  EXPECT_TRUE(std::isnan(digamma(0)));
  EXPECT_TRUE(std::isnan(trigamma(-1)));
}

TEST(NormalHazard, AgreesWithFiftyDigitsFarIntoBothTails) {
  for (double z = -37; z < 300; z += z < 12 ? 0.173 : 7.31) {  // below, a double has no density
    const Wide upper = boost::math::erfc(Wide(z) / sqrt(Wide(2))) / 2, lower = boost::math::erfc(Wide(-z) / sqrt(Wide(2))) / 2;
    const Wide log_of_upper = z < 0 ? boost::math::log1p(Wide(-lower)) : Wide(log(upper));  // fifty digits cannot tell 1 - 1e-300 from 1
    const Wide density = exp(-Wide(z) * z / 2) / sqrt(2 * boost::math::constants::pi<Wide>());
    EXPECT_NEAR(static_cast<double>(Wide(normal_hazard(z)) * upper / density), 1, 1e-12) << z;
    EXPECT_NEAR(static_cast<double>(Wide(log_normal_upper(z)) / log_of_upper), 1, 1e-12) << z;
  }
}

TEST(LogGammaTail, AgreesWithFiftyDigitsAndTheirDifferences) {
  for (const double a : {0.02, 0.3, 0.97, 1.0, 2.5, 17.0, 230.0, 4000.0})
    for (const double at : {0.001, 0.1, 0.6, 0.95, 1.0, 1.05, 1.7, 6.0, 40.0}) {
      const double x = a * at;
      const LogGammaTail got = log_gamma_tail(a, x);
      const Wide h = Wide(a) * 1e-6;
      const auto f = [&](int k) { return log_upper(Wide(a) + k * h, x); };
      const Wide slope = (f(3) - f(-3) - 9 * (f(2) - f(-2)) + 45 * (f(1) - f(-1))) / (60 * h);
      const Wide curve = (2 * (f(3) + f(-3)) - 27 * (f(2) + f(-2)) + 270 * (f(1) + f(-1)) - 490 * f(0)) / (180 * h * h);
      SCOPED_TRACE("a = " + std::to_string(a) + ", x = " + std::to_string(x));
      const double size = std::fabs(std::log(x)) + 1;  // what is added up to the logarithm
      EXPECT_NEAR(static_cast<double>(Wide(got.value) - f(0)), 0, 1e-13 * (1 + a * size + x));
      EXPECT_NEAR(static_cast<double>(Wide(got.by_shape) - slope), 0, 1e-12 * (1 + std::fabs(static_cast<double>(slope)) + size));
      EXPECT_NEAR(static_cast<double>(Wide(got.by_shape_twice) - curve), 0, 1e-11 * (std::fabs(static_cast<double>(curve)) + trigamma(a)));
    }
}

}  // namespace
}  // namespace muster
