#include "models/goodness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/draw.h"
#include "models/mixture_fit.h"

namespace muster {
namespace {

Durations drawn(const Distribution& law, const std::optional<Distribution>& cuts, std::uint32_t n, std::uint64_t seed = 5) {
  Durations out;
  for (std::uint32_t i = 0; i < n; ++i) {
    const double x = law.quantile(uniform(draw(seed, i, stream("goodness-test/length"))));
    const double cut = cuts ? cuts->quantile(uniform(draw(seed, i, stream("goodness-test/cut")))) : INFINITY;
    (x <= cut ? out.ended : out.censored).push_back(std::min(x, cut));
  }
  return out;
}

Refit refit(Family family) {
  return [family](const Durations& d) { return fitted(family, d).law; };
}

// survfit(Surv(futime, fustat) ~ 1, ovarian) of R's survival 3.5-3.
TEST(KaplanMeier, AgreesWithSurvfit) {
  const Durations ovarian{{59, 115, 156, 431, 464, 475, 563, 638, 268, 329, 353, 365}, {421, 448, 477, 744, 769, 770, 803, 855, 1040, 1106, 1129, 1206, 1227, 377}};
  const KaplanMeier km = kaplan_meier(ovarian);
  const std::vector<double> at{59, 115, 156, 268, 329, 353, 365, 431, 464, 475, 563, 638};
  const std::vector<double> left{0.961538461538, 0.923076923077, 0.884615384615, 0.846153846154, 0.807692307692, 0.769230769231,
                                 0.730769230769, 0.687782805430, 0.641930618401, 0.596078431373, 0.546405228758, 0.496732026144};
  ASSERT_EQ(km.at, at);
  for (std::size_t i = 0; i < at.size(); ++i) EXPECT_NEAR(1 - km.share[i], left[i], 1e-11) << at[i];
  EXPECT_EQ(km.last, 1227);
  EXPECT_EQ(km.quantile(0.5), 638);
  EXPECT_EQ(km.quantile(0.9), INFINITY);
}

TEST(KaplanMeier, PutsCutsBehindEndsOfTheSameInstant) {
  const KaplanMeier km = kaplan_meier({{2, 2, 5}, {2, 5}});
  EXPECT_EQ(km.at, (std::vector<double>{2, 5}));
  EXPECT_DOUBLE_EQ(km.share[0], 0.4);
  EXPECT_DOUBLE_EQ(km.share[1], 0.7);
  const KaplanMeier cuts = kaplan_meier_of_cuts({{2, 2, 5}, {2, 5}});
  EXPECT_DOUBLE_EQ(cuts.share[0], 1.0 / 3);
  EXPECT_DOUBLE_EQ(cuts.share[1], 1);
}

// T. W. Anderson and D. A. Darling, J. Am. Stat. Assoc. 49 (1954): A^2 = -n - 1/n sum (2i - 1)(ln u_i + ln(1 - u_(n+1-i))).
TEST(Distances, AreTheTextbooksWithoutCensoring) {
  const Distribution law(Lognormal{5, 0.8});
  for (const std::uint32_t n : {1u, 2u, 7u, 50u, 333u}) {
    std::vector<double> x = drawn(Distribution(Gamma{2, 90}), {}, n).ended;
    std::sort(x.begin(), x.end());
    double a2 = -static_cast<double>(n), d = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      a2 -= (2.0 * i + 1) / n * (std::log(law.cdf(x[i])) + std::log(law.survival(x[n - 1 - i])));
      d = std::max({d, (i + 1.0) / n - law.cdf(x[i]), law.cdf(x[i]) - static_cast<double>(i) / n});
    }
    const Distances got = distances({x, {}}, law);
    EXPECT_NEAR(got.anderson_darling, a2, 1e-10 * (1 + a2)) << n;
    EXPECT_NEAR(got.kolmogorov_smirnov, d, 1e-14) << n;
  }
}

// With censoring the integral of the definition, summed up finely over the law's own probability.
TEST(Distances, AreTheIntegralOfTheDefinitionWithCensoring) {
  const Distribution law(Weibull{1.3, 160});
  const Durations d = drawn(Distribution(Lognormal{4.8, 0.9}), Distribution(Exponential{300}), 60);
  const KaplanMeier km = kaplan_meier(d);
  const double end = km.share.back() == 1 ? 1 : law.cdf(km.last);
  constexpr int steps = 2'000'000;
  double sum = 0, largest = 0;
  std::size_t at = 0;
  std::vector<double> u;
  for (const double x : km.at) u.push_back(law.cdf(x));
  for (int i = 0; i < steps; ++i) {
    const double v = end * (i + 0.5) / steps;
    while (at < u.size() && u[at] <= v) ++at;
    const double share = at == 0 ? 0 : km.share[at - 1];
    sum += (share - v) * (share - v) / (v * (1 - v)) * end / steps;
    largest = std::max(largest, std::fabs(share - v));
  }
  const Distances got = distances(d, law);
  EXPECT_NEAR(got.anderson_darling, sum * static_cast<double>(d.size()), 1e-4 * sum * static_cast<double>(d.size()));
  EXPECT_NEAR(got.kolmogorov_smirnov, largest, 1e-5);
}

// R. B. D'Agostino and M. A. Stephens, Goodness-of-Fit Techniques (1986), table 4.9: p of A^2 of a normal law with both parameters
// estimated. Their divisor of the variance is n - 1 and their law of A* is asymptotic, so the comparison is loose.
TEST(GoodnessTest, GivesThePOfStephensForLognormalLaws) {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u, 6u}) {
    const Durations d = drawn(Distribution(Gamma{3, 90}), {}, 80, seed);
    const FamilyFit fit = fitted(Family::lognormal, d);
    const GoodnessTest test = goodness_test(d, *fit.law, refit(Family::lognormal), 1, 1000, "fit/lognormal");
    const double n = 80, a = test.measured.anderson_darling * (1 + 0.75 / n + 2.25 / (n * n));
    const double p = a >= 0.6    ? std::exp(1.2937 - 5.709 * a + 0.0186 * a * a)
                     : a >= 0.34 ? std::exp(0.9177 - 4.279 * a - 1.38 * a * a)
                     : a >= 0.2  ? 1 - std::exp(-8.318 + 42.796 * a - 59.938 * a * a)
                                 : 1 - std::exp(-13.436 + 101.14 * a - 223.73 * a * a);
    EXPECT_NEAR(test.p_anderson_darling, p, 0.01 + 4 * std::sqrt(p * (1 - p) / 1000)) << seed << ": A* = " << a;
    EXPECT_EQ(test.resamples, 1000u);
  }
}

/// Where the law is the right one, p is uniform, with censoring too.
TEST(GoodnessTest, RejectsTrueLawsAsOftenAsItSays) {
  int below = 0;
  double sum = 0;
  constexpr int times = 200;
  for (int i = 0; i < times; ++i) {
    const Durations d = drawn(Distribution(Weibull{1.4, 100}), Distribution(Exponential{150}), 40, 100 + static_cast<std::uint64_t>(i));
    const FamilyFit fit = fitted(Family::weibull, d);
    const double p = goodness_test(d, *fit.law, refit(Family::weibull), 1, 99, "fit/weibull").p_anderson_darling;
    below += p <= 0.1;
    sum += p;
  }
  // Binomial(200, 0.1) and the mean of 200 uniforms, at four standard deviations.
  EXPECT_NEAR(below, 20, 4 * std::sqrt(200 * 0.09));
  EXPECT_NEAR(sum / times, 0.5, 4 / std::sqrt(12.0 * times));
}

TEST(GoodnessTest, RejectsWrongLawsAndGivesTheSameForTheSameSeed) {
  const Durations d = drawn(Distribution(Mixture{{0.5, 0.5}, {Distribution(Lognormal{3, 0.3}), Distribution(Lognormal{7, 0.3})}}), Distribution(Exponential{5000}), 100);
  const FamilyFit fit = fitted(Family::lognormal, d);
  const GoodnessTest once = goodness_test(d, *fit.law, refit(Family::lognormal), 7, 200, "x"), again = goodness_test(d, *fit.law, refit(Family::lognormal), 7, 200, "x");
  EXPECT_LT(once.p_anderson_darling, 0.01);
  EXPECT_LT(once.p_kolmogorov_smirnov, 0.01);
  EXPECT_EQ(once.p_anderson_darling, again.p_anderson_darling);
  EXPECT_EQ(once.p_kolmogorov_smirnov, again.p_kolmogorov_smirnov);
}

TEST(DrawnFrom, IsASubsetOfTheSizeAskedInOrder) {
  Durations d;
  for (int i = 0; i < 5000; ++i) (i % 5 ? d.ended : d.censored).push_back(i);
  const Durations some = drawn_from(d, 1000, 3, "x");
  EXPECT_EQ(some.size(), 1000u);
  EXPECT_TRUE(std::includes(d.ended.begin(), d.ended.end(), some.ended.begin(), some.ended.end()));
  EXPECT_TRUE(std::includes(d.censored.begin(), d.censored.end(), some.censored.begin(), some.censored.end()));
  EXPECT_NEAR(static_cast<double>(some.censored.size()), 200, 60);
  EXPECT_EQ(drawn_from(d, 5000, 3, "x").ended, d.ended);
}

/// The likelihood of a mixture, written down once more.
double likelihood(const Durations& d, const MixtureFit& m) {
  double sum = 0;
  const Distribution a(m.first), b(m.second);
  for (const double x : d.ended) sum += std::log(m.weight * a.density(x) + (1 - m.weight) * b.density(x));
  for (const double x : d.censored) sum += std::log(m.weight * a.survival(x) + (1 - m.weight) * b.survival(x));
  return sum;
}

TEST(MixtureFit, FindsTwoKindsAgain) {
  const Distribution truth(Mixture{{0.7, 0.3}, {Distribution(Lognormal{4, 0.4}), Distribution(Lognormal{7, 0.6})}});
  for (const bool cut : {false, true}) {
    const Durations d = drawn(truth, cut ? std::optional(Distribution(Exponential{4000})) : std::nullopt, 2000);
    const auto m = fitted_mixture(d);
    ASSERT_TRUE(m);
    EXPECT_TRUE(m->converged);
    EXPECT_NEAR(m->weight, 0.7, 0.04);
    EXPECT_NEAR(m->first.mu, 4, 0.05);
    EXPECT_NEAR(m->first.sigma, 0.4, 0.04);
    EXPECT_NEAR(m->second.mu, 7, 0.12);
    EXPECT_NEAR(m->second.sigma, 0.6, 0.1);
    EXPECT_NEAR(m->log_likelihood, likelihood(d, *m), 1e-7 * std::fabs(m->log_likelihood));
  }
}

// At the optimum no parameter can be moved either way.
TEST(MixtureFit, IsAMaximumOfItsLikelihood) {
  const Durations d = drawn(Distribution(Mixture{{0.6, 0.4}, {Distribution(Lognormal{4, 0.5}), Distribution(Lognormal{5.5, 0.4})}}), Distribution(Exponential{600}), 300);
  const auto m = fitted_mixture(d);
  ASSERT_TRUE(m);
  const double top = likelihood(d, *m);
  for (int which = 0; which < 5; ++which)
    for (const double by : {-0.01, 0.01}) {
      MixtureFit moved = *m;
      *std::array<double*, 5>{&moved.weight, &moved.first.mu, &moved.first.sigma, &moved.second.mu, &moved.second.sigma}[static_cast<std::size_t>(which)] += by;
      EXPECT_LT(likelihood(d, moved), top + 1e-6) << which;
    }
}

TEST(MixtureFit, IsNoneOfAFew) {
  EXPECT_FALSE(fitted_mixture({{1, 2, 3, 4, 5}, {}}));
  EXPECT_FALSE(fitted_mixture({{3, 3, 3, 3, 3, 3, 3}, {}}));
}

}  // namespace
}  // namespace muster
