#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "models/fit.h"

// Fits of R on public data: tests/models/fits/README.md says which and how.
namespace muster {
namespace {

Durations read(const std::string& name) {
  std::ifstream in(MUSTER_SOURCE "/tests/models/fits/" + name + ".csv");
  EXPECT_TRUE(in);
  Durations out;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const double x = std::stod(line);
    const auto comma = line.find(',');
    (comma == std::string::npos || line[comma + 1] == '1' ? out.ended : out.censored).push_back(x);
  }
  return out;
}

Estimate estimate(const FamilyFit& fit, const std::string& name) {
  for (const Estimate& e : fit.estimates)
    if (e.name == name) return e;
  ADD_FAILURE() << name;
  return {};
}

/// What survreg says of one law: coefficient and log(scale) with their standard errors, and the likelihood.
struct Survreg {
  const char* data;
  Family family;
  double intercept, log_scale, log_likelihood, intercept_error, log_scale_error, aic;
};
constexpr double none = NAN;
constexpr Survreg survregs[] = {
    {"lung", Family::exponential, 6.04447379265, none, -1162.33817579, 0.0778498944162, none, 2326.67635157},
    {"veteran", Family::exponential, 4.86891570762, none, -751.221210575, 0.0883883476483, none, 1504.44242115},
    {"ovarian", Family::exponential, 7.16935001667, none, -98.0322002, 0.288675134595, none, 198.0644004},
    {"lung", Family::lognormal, 5.66330496221, 0.0931617551997, -1169.26905531, 0.0779959393336, 0.0563619851504, 2342.53811061},
    {"veteran", Family::lognormal, 4.15766495616, 0.320843188533, -749.473984949, 0.119054446309, 0.0628166266987, 1502.9479699},
    {"ovarian", Family::lognormal, 6.77210985859, 0.235681365501, -97.1217420427, 0.319506880713, 0.227607138801, 198.243484085},
    {"lung", Family::weibull, 6.03490391023, -0.275235057445, -1153.85118809, 0.0591359105117, 0.0624303063471, 2311.70237618},
    {"veteran", Family::weibull, 4.79314563679, 0.160069249763, -748.091213992, 0.107801109245, 0.0669293238079, 1500.18242798},
    {"ovarian", Family::weibull, 7.1110380718, -0.102610503454, -97.9539010471, 0.292727955912, 0.25360470139, 199.907802094}};

// survreg writes ln T = intercept + scale * error: a Weibull's shape is 1/scale and its scale e^intercept. The standard errors are
// carried over by the delta method: the same relative error for shape as for scale.
TEST(FitReference, AgreesWithSurvregOnCensoredData) {
  for (const Survreg& r : survregs) {
    SCOPED_TRACE(std::string(r.data) + ", " + name_of(r.family));
    const FamilyFit fit = fitted(r.family, read(r.data));
    ASSERT_TRUE(fit.law) << fit.why_not;
    EXPECT_NEAR(fit.log_likelihood, r.log_likelihood, 1e-7);
    EXPECT_NEAR(fit.aic, r.aic, 2e-7);
    const bool lognormal = r.family == Family::lognormal;
    const Estimate place = estimate(fit, lognormal ? "mu" : r.family == Family::weibull ? "scale" : "mean");
    EXPECT_NEAR(lognormal ? place.value : std::log(place.value), r.intercept, 1e-7);
    EXPECT_NEAR(lognormal ? place.standard_error : place.standard_error / place.value, r.intercept_error, 1e-6);
    if (std::isnan(r.log_scale)) continue;
    const Estimate spread = estimate(fit, lognormal ? "sigma" : "shape");
    EXPECT_NEAR((lognormal ? 1 : -1) * std::log(spread.value), r.log_scale, 1e-7);
    EXPECT_NEAR(spread.standard_error / spread.value, r.log_scale_error, 1e-6);
  }
}

/// Newton's method in R on dgamma and pgamma, in ln shape and ln scale, with differences of the fourth order.
TEST(FitReference, AgreesWithRsOwnGammaFunctionsOnCensoredData) {
  struct Climbed {
    const char* data;
    double shape, scale, log_likelihood, shape_error, scale_error;
  };
  for (const Climbed& r : {Climbed{"lung", 1.4780836305152, 266.17770497391, -1154.7346325957, 0.095430612413047, 0.12663466716497},
                           Climbed{"veteran", 0.80947147091026, 162.23044652464, -749.12158624956, 0.10620160805604, 0.14836208214358},
                           Climbed{"ovarian", 1.2293331480909, 947.71799205809, -97.863797234258, 0.34806577092836, 0.57438072115186}}) {
    SCOPED_TRACE(r.data);
    const FamilyFit fit = fitted(Family::gamma, read(r.data));
    ASSERT_TRUE(fit.law) << fit.why_not;
    const Estimate shape = estimate(fit, "shape"), scale = estimate(fit, "scale");
    EXPECT_NEAR(fit.log_likelihood, r.log_likelihood, 1e-9);
    EXPECT_NEAR(shape.value, r.shape, 1e-9 * r.shape);
    EXPECT_NEAR(scale.value, r.scale, 1e-9 * r.scale);
    EXPECT_NEAR(shape.standard_error / shape.value, r.shape_error, 1e-6 * r.shape_error);
    EXPECT_NEAR(scale.standard_error / scale.value, r.scale_error, 1e-6 * r.scale_error);
  }
}

// fitdistr gives standard errors of the observed information. Its gamma stops early: that is uniroot's on digamma.
TEST(FitReference, AgreesWithFitdistr) {
  const Durations rain = read("precip");
  const FamilyFit lognormal = fitted(Family::lognormal, rain), gamma = fitted(Family::gamma, rain), weibull = fitted(Family::weibull, rain),
                  exponential = fitted(Family::exponential, rain);
  EXPECT_NEAR(estimate(lognormal, "mu").value, 3.44235093858, 1e-10);
  EXPECT_NEAR(estimate(lognormal, "sigma").value, 0.524679564798, 1e-10);
  EXPECT_NEAR(estimate(lognormal, "mu").standard_error, 0.062711202658, 1e-10);
  EXPECT_NEAR(estimate(lognormal, "sigma").standard_error, 0.0443435166558, 1e-10);
  EXPECT_NEAR(lognormal.log_likelihood, -295.142534141, 1e-8);
  EXPECT_NEAR(estimate(gamma, "shape").value, 4.7170797265413, 1e-10);
  EXPECT_NEAR(1 / estimate(gamma, "scale").value, 0.13521522557653, 1e-12);
  EXPECT_NEAR(estimate(gamma, "shape").standard_error, 0.77079220231929, 1e-10);
  EXPECT_NEAR(gamma.log_likelihood, -288.46462441685, 1e-9);
  EXPECT_NEAR(estimate(weibull, "shape").value, 2.82877385509, 1e-5);
  EXPECT_NEAR(estimate(weibull, "scale").value, 39.0843713988, 1e-4);
  EXPECT_NEAR(estimate(weibull, "scale").standard_error, 1.72542289272, 1e-3);
  EXPECT_NEAR(weibull.log_likelihood, -282.406300721, 1e-8);
  EXPECT_NEAR(estimate(exponential, "mean").value, 1 / 0.028665028665, 1e-7);
  EXPECT_NEAR(exponential.log_likelihood, -318.645418883, 1e-8);
}

}  // namespace
}  // namespace muster
