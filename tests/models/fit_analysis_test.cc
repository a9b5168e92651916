#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/draw.h"
#include "models/elementary.h"
#include "models/fit_result.h"
#include "models/load.h"

namespace muster {
namespace {

using testing::HasSubstr;

FitResult analysed(const std::vector<double>& ended, const std::vector<double>& censored = {}, std::uint32_t resamples = 200) {
  Measurements m;
  for (const double x : ended) m.add(x, false);
  for (const double x : censored) m.add(x, true);
  FitResult about;
  about.what = "step x";
  about.of = "step";
  return analysed(std::move(about), m, {1, resamples, 0.05});
}
std::string remarks(const FitResult& r) {
  std::string out;
  for (const std::string& one : r.remarks) out += one + "\n";
  return out;
}
std::vector<double> drawn(const Distribution& law, std::uint32_t n) {
  std::vector<double> out;
  for (std::uint32_t i = 0; i < n; ++i) out.push_back(law.quantile(uniform(draw(5, i, stream("analysis-test")))));
  return out;
}

TEST(FitAnalysis, HasNothingToSayOfNothing) {
  const FitResult none = analysed({});
  EXPECT_EQ(none.advice, Advice::nothing);
  EXPECT_EQ(none.yaml, "");
  EXPECT_THAT(remarks(none), HasSubstr("nothing to fit"));
  EXPECT_THAT(remarks(analysed({0, 0, 0})), HasSubstr("Nothing took any time at all"));
  const FitResult cut = analysed({}, {60, 600});
  EXPECT_EQ(cut.advice, Advice::nothing);
  EXPECT_THAT(remarks(cut), HasSubstr("Nothing ended: all that is known is that it takes longer than 10 min."));
}

TEST(FitAnalysis, GuessesAnExponentialFromOneOrTwo) {
  const FitResult one = analysed({300});
  EXPECT_EQ(one.yaml, "takes: {exponential: {mean: 5m}}");
  EXPECT_THAT(remarks(one), HasSubstr("take this for a guess"));
  const FitResult two = analysed({200, 400});
  EXPECT_EQ(two.yaml, "takes: {exponential: {mean: 5m}}");
  for (const JudgedFit& fit : two.fits)
    if (fit.fit.family != Family::exponential) {
      EXPECT_EQ(fit.fit.why_not, "it takes three that ended, and there are two");
    }
  EXPECT_EQ(analysed({60}, {540}).yaml, "takes: {exponential: {mean: 10m}}") << "what was cut off counts";
}

TEST(FitAnalysis, GivesAConstantWhereAllAreEqual) {
  const FitResult same = analysed({300, 300, 300, 300}, {100});
  EXPECT_EQ(same.advice, Advice::constant);
  EXPECT_EQ(same.yaml, "takes: 5m");
}

TEST(FitAnalysis, LeavesZerosOutAndSaysSo) {
  const FitResult some = analysed({0, 60, 70, 95, 130, 60, 0});
  EXPECT_EQ(some.rows, 7u);
  EXPECT_EQ(some.zeros, 2u);
  EXPECT_EQ(some.durations.size(), 5u);
  EXPECT_EQ(some.summary.mean, 83);
  EXPECT_THAT(remarks(some), HasSubstr("2 of 7 took no time at all"));
}

TEST(Measurements, RefuseWhatIsNoLength) {
  Measurements m;
  for (const double x : {-1.0, -1e-300, static_cast<double>(NAN), static_cast<double>(INFINITY)}) EXPECT_THROW(m.add(x, false), std::invalid_argument) << x;
  EXPECT_EQ(m.rows(), 0u);
}

TEST(FitAnalysis, TakesTheFamilyThatTheLengthsAreOf) {
  const FitResult r = analysed(drawn(Distribution(Weibull{3, 600}), 500));
  EXPECT_EQ(r.advice, Advice::family);
  EXPECT_EQ(r.fits.front().fit.family, Family::weibull);
  const auto& law = std::get<Weibull>(r.advised->law());
  EXPECT_NEAR(law.shape, 3, 0.3);
  EXPECT_NEAR(law.scale, 600, 30);
}

TEST(FitAnalysis, OffersAMixtureWhereNoFamilyGoes) {
  const Distribution truth(Mixture{{0.6, 0.4}, {Distribution(Lognormal{4, 0.2}), Distribution(Lognormal{8, 0.3})}});
  const FitResult r = analysed(drawn(truth, 200), {}, 100);
  EXPECT_EQ(r.advice, Advice::mixture);
  for (const JudgedFit& fit : r.fits) EXPECT_TRUE(fit.rejected(0.05)) << name_of(fit.fit.family);
  EXPECT_THAT(r.yaml, testing::ContainsRegex("takes: .mixture: ..weight: 0.(5[6-9]|6[0-4])"));
}

TEST(FitAnalysis, OffersTheLengthsThemselvesWhereNothingGoes) {
  // Three far clusters: no two bells go with them.
  std::vector<double> x;
  for (int i = 0; i < 240; ++i) x.push_back((i % 3 == 0 ? 10 : i % 3 == 1 ? 1000 : 100'000) * (1 + 0.001 * (i % 7)));
  const FitResult r = analysed(x, {}, 100);
  EXPECT_EQ(r.advice, Advice::empirical);
  EXPECT_EQ(std::get<Empirical>(r.advised->law()).values.size(), 200u);
  x.resize(60);
  const FitResult few = analysed(x, {}, 100);
  EXPECT_EQ(std::get<Empirical>(few.advised->law()).values.size(), 60u);
  const FitResult cut = analysed(x, {50'000}, 50);
  EXPECT_EQ(cut.advice, Advice::nothing);
  EXPECT_THAT(remarks(cut), HasSubstr("No empirical law"));
}

// What is to be pasted means, once it is loaded, what was advised.
TEST(FitAnalysis, WritesWhatAScenarioReads) {
  for (const Distribution& law :
       {Distribution(Exponential{123.456789}), Distribution(Lognormal{5.123456, 0.71234}), Distribution(Gamma{2.51234, 91.8765}), Distribution(Weibull{0.731234, 1e-3}),
        Distribution(Constant{300.5}), Distribution(Empirical{{1.5, 90, 3600.25}}), Distribution(Mixture{{0.3333, 0.6667}, {Distribution(Lognormal{5, 0.5}), Distribution(Lognormal{9, 0.25})}}),
        Distribution(Lognormal{18, 2.5}), Distribution(Gamma{1e4, 1e-3})}) {
    const Distribution short_law = rounded(law);
    const std::string text = "muster: 1\nservices: {a: {}}\noutages: {o: {strikes: [{services: [a]}]}}\nplan: {steps: {s: {takes: " + scenario_text(short_law) + ", recovers: [a]}}}\n";
    SCOPED_TRACE(text);
    const Loaded loaded = parse_scenario(text, "x.yaml");
    const auto& read = std::get<Distribution>(loaded.scenario.plans.at(0).steps.at(0).takes.at(0));
    EXPECT_NEAR(read.mean() / short_law.mean(), 1, 1e-9);
    EXPECT_NEAR(short_law.mean() / law.mean(), 1, 6e-3);
    EXPECT_EQ(read.law().index(), law.law().index());
    EXPECT_NEAR(read.sd(), law.sd(), 2e-2 * law.sd());
  }
}

// Of ten million rows two hundred thousand are kept; the mixture, tests and resamples go over fewer still.
TEST(FitAnalysis, BoundsItsWorkOnTenMillionRows) {
  Measurements m;
  for (std::uint32_t i = 0; i < 10'000'000; ++i) m.add(60 + 17.0 * (i % 1009) + (i % 4096) / 4096.0, i % 10 == 0, 1'000'000'000'000'000'000 + i);
  EXPECT_EQ(m.rows(), 10'000'000u);
  EXPECT_TRUE(m.sampled());
  EXPECT_EQ(m.durations().size(), Measurements::most);
  EXPECT_LE(m.durations().ended.capacity() + m.durations().censored.capacity(), 4 * Measurements::most);
  EXPECT_NEAR(static_cast<double>(m.durations().censored.size()), 2e4, 850) << "one in ten, at six standard deviations";
  const FitResult r = analysed(FitResult(), m, {1, 20, 0.05});
  EXPECT_EQ(r.fits.size(), 4u);
  for (const JudgedFit& fit : r.fits) {
    ASSERT_TRUE(fit.fit.law) << name_of(fit.fit.family) << fit.fit.why_not;
    EXPECT_EQ(fit.test->lengths, most_tested_censored);
  }
  EXPECT_THAT(remarks(r), HasSubstr("Fitted to a sample of 200000 of them, drawn with seed 1."));
}

// Each of a long list is as likely to be kept as any other: the mean of what is kept is that of all.
TEST(Measurements, KeepAFairSample) {
  Measurements m;
  constexpr std::uint32_t n = 3'000'000;
  for (std::uint32_t i = 1; i <= n; ++i) m.add(i, false);
  double sum = 0;
  for (const double x : m.durations().ended) sum += x / static_cast<double>(m.durations().size());
  EXPECT_NEAR(sum / n, 0.5, 4 / std::sqrt(12.0 * Measurements::most));
}

}  // namespace
}  // namespace muster
