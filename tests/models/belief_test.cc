#include "models/belief.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

#include "models/draw.h"
#include "models/elementary.h"

namespace muster {
namespace {

namespace bm = boost::math;

double normal_draw(std::uint32_t number, const char* name, std::uint32_t part = 0) {
  return bm::quantile(bm::normal(), uniform(draw(17, number, stream(name), 0, part)).value());
}

TEST(Belief, StudentsAndFishersLawsAreBoosts) {
  for (double freedom : {1.0, 2.5, 5.0, 33.0, 1e4})
    for (double p : {0.001, 0.05, 0.3, 0.5, 0.8, 0.95, 0.9999}) {
      const double t = bm::quantile(bm::students_t(freedom), p);
      EXPECT_NEAR(student_quantile(p, freedom), t, 1e-9 * (1 + std::fabs(t))) << freedom << " " << p;
      EXPECT_NEAR(student_cdf(t, freedom), p, 1e-12);
      EXPECT_NEAR(f_upper(2 * p, freedom, 7), bm::cdf(bm::complement(bm::fisher_f(freedom, 7), 2 * p)), 1e-12);
    }
}

TEST(Belief, WithoutObservationsTheStatedQuantilesAreExpected) {
  for (double weight : {1.0, 5.0, 80.0}) {
    const Belief prior = prior_belief(weight);
    EXPECT_EQ(updated(prior, {}), prior);
    for (double p : {0.05, 0.5, 0.95}) EXPECT_NEAR(predictive_quantile(prior, p), bm::quantile(bm::normal(), p), 1e-9);
    EXPECT_LT(predictive_quantile(prior, 0.999), 100);
    EXPECT_GT(predictive_quantile(prior, 0.999), bm::quantile(bm::normal(), 0.999));
  }
}

// Gelman et al., Bayesian Data Analysis, 3rd ed., equations 3.7 and following, one observation after the other.
TEST(Belief, IsConjugate) {
  const std::vector<Score> scores{{0.4}, {-1.1}, {2.2}, {0.9}, {0.1, 0.25}};
  double m = 0, k = 5, nu = 5, spread = 5 * std::pow(prior_belief(5).scale, 2);
  for (const Score& s : scores) {
    spread += s.weight * k / (k + s.weight) * (s.z - m) * (s.z - m);
    m = (k * m + s.weight * s.z) / (k + s.weight);
    k += s.weight;
    nu += s.weight;
  }
  const Belief b = updated(prior_belief(5), scores);
  EXPECT_NEAR(b.location, m, 1e-12);
  EXPECT_NEAR(b.weight, k, 1e-12);
  EXPECT_NEAR(b.freedom, nu, 1e-12);
  EXPECT_NEAR(b.scale, std::sqrt(spread / nu), 1e-12);
  const double scale = std::sqrt(spread / nu * (1 + 1 / k));
  for (double p : {0.05, 0.5, 0.99}) {
    EXPECT_NEAR(predictive_quantile(b, p), m + scale * bm::quantile(bm::students_t(nu), p), 1e-9);
    EXPECT_NEAR(predictive_cdf(b, m + scale * bm::quantile(bm::students_t(nu), p)), p, 1e-10);
  }
}

TEST(Belief, OrderDoesNotShowInASingleBit) {
  std::vector<Score> scores;
  for (std::uint32_t i = 0; i < 9; ++i) scores.push_back({normal_draw(i, "order"), i % 2 ? 0.3 : 1.0, i % 4 == 0});
  const Belief first = updated(prior_belief(5), scores);
  const double drift = drift_probability(prior_belief(5), scores);
  for (int i = 0; i < 5; ++i) {
    std::rotate(scores.begin(), scores.begin() + 2, scores.end());
    EXPECT_EQ(updated(prior_belief(5), scores), first);
    EXPECT_EQ(drift_probability(prior_belief(5), scores), drift);
  }
}

/// The predictive law by brute force over (mu, tau): a fine grid of other variables than the program's, normal tails by Boost.
double integrated_cdf(const Belief& prior, const std::vector<Score>& scores, double z) {
  double mass = 0, below = 0;
  for (double tau = 0.02; tau < 12; tau *= 1.02)
    for (double mu = -12; mu < 14; mu += 0.02) {
      const double precision = 1 / (tau * tau);
      // Density in (mu, tau), times tau for the step in log tau.
      double l = -(prior.freedom + 1) * std::log(tau) -
                 precision / 2 * (prior.freedom * prior.scale * prior.scale + prior.weight * (mu - prior.location) * (mu - prior.location));
      for (const Score& s : scores) {
        const double x = (s.z - mu) / tau;
        l += s.weight * (s.censored ? std::log(0.5 * std::erfc(x / std::sqrt(2))) : -std::log(tau) - x * x / 2);
      }
      if (!std::isfinite(l)) continue;
      const double w = std::exp(l);
      mass += w;
      below += w * 0.5 * std::erfc(-(z - mu) / tau / std::sqrt(2));
    }
  return below / mass;
}

TEST(Belief, CensoredScoresAgreeWithIntegration) {
  const Belief prior = prior_belief(5);
  const std::vector<std::vector<Score>> cases{
      {{0.5, 1, true}},
      {{0.2}, {0.8}, {1.0, 1, true}},
      {{-0.5}, {0.3}, {1.5, 1, true}, {2.0, 1, true}, {0.1, 0.5}},
      {{1, 1, true}, {1, 1, true}, {1, 1, true}, {1, 1, true}},
  };
  for (const auto& scores : cases) {
    const Belief b = updated(prior, scores);
    // The nearest normal-inverse-gamma law is not the posterior itself; furthest from it where nothing ended.
    const bool none_ended = std::all_of(scores.begin(), scores.end(), [](const Score& s) { return s.censored; });
    for (double p : {0.05, 0.25, 0.5, 0.75, 0.95}) {
      const double z = predictive_quantile(b, p);
      EXPECT_NEAR(integrated_cdf(prior, scores, z), p, none_ended ? 0.025 : 0.01) << "of " << scores.size() << " at " << p;
    }
  }
}

TEST(Belief, CensoringTellsLessThanAnEndAndNeverTheWrongWay) {
  const Belief prior = prior_belief(5);
  EXPECT_NEAR(updated(prior, std::vector<Score>{{-6, 1, true}}).location, 0, 1e-3);  // it takes longer than next to nothing
  for (double z : {-1.0, 0.0, 1.0, 3.0}) {
    const Belief ended = updated(prior, std::vector<Score>{{z}}), censored = updated(prior, std::vector<Score>{{z, 1, true}});
    EXPECT_GT(censored.location, ended.location);
    EXPECT_GT(censored.location, 0);
    EXPECT_LT(censored.weight, ended.weight);
  }
}

TEST(Belief, AWeightOfOneHalfTwiceIsOneObservation) {
  const Belief once = updated(prior_belief(5), std::vector<Score>{{0.7}}), twice = updated(prior_belief(5), std::vector<Score>{{0.7, 0.5}, {0.7, 0.5}});
  EXPECT_NEAR(once.location, twice.location, 1e-14);
  EXPECT_NEAR(once.scale, twice.scale, 1e-14);
  EXPECT_EQ(once.freedom, twice.freedom);
}

/// A truth drawn from the prior, `shift` scores off, and n observations of it.
std::vector<Score> drawn(const Belief& prior, std::uint32_t truth, std::size_t n, double shift) {
  double chi = 0;  // chi-squared of whole degrees
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(prior.freedom); ++i) chi += std::pow(normal_draw(truth, "chi", i), 2);
  const double tau = prior.scale * std::sqrt(prior.freedom / chi), mu = shift != 0 ? shift : tau / std::sqrt(prior.weight) * normal_draw(truth, "mu");
  std::vector<Score> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back({mu + tau * normal_draw(truth, "score", static_cast<std::uint32_t>(i))});
  return out;
}

TEST(Drift, FalseAlarmsComeAtTheirLevel) {
  const Belief prior = prior_belief(5);
  constexpr std::uint32_t truths = 20'000;
  for (std::size_t n : {1u, 3u, 10u, 30u})
    for (double level : {0.01, 0.1, 0.5}) {
      std::uint32_t alarms = 0;
      for (std::uint32_t t = 0; t < truths; ++t) alarms += drift_probability(prior, drawn(prior, t, n, 0)) < level;
      EXPECT_NEAR(alarms / double{truths}, level, 4 * std::sqrt(level * (1 - level) / truths)) << n << " observations";
    }
}

TEST(Drift, TwoSdsOffAreFoundInFourOfFiveWithTenObservations) {
  const Belief prior = prior_belief(5);
  int found = 0;
  for (std::uint32_t t = 0; t < 1000; ++t) found += drift_probability(prior, drawn(prior, t, 10, 2)) < 0.01;
  EXPECT_GE(found, 800);
}

TEST(Drift, WiderIsImprobableAndNarrowerIsNot) {
  const Belief prior = prior_belief(5);
  EXPECT_LT(drift_probability(prior, std::vector<Score>{{-5}, {5}, {-4.5}, {4.5}, {-5}, {5}}), 0.01);
  EXPECT_GT(drift_probability(prior, std::vector<Score>{{0}, {0}, {0}, {0}, {0}, {0}}), 0.5);
  EXPECT_GT(drift_probability(prior, std::vector<Score>{{1.2}, {1.2}, {1.2}}), 0.01);
  EXPECT_LT(drift_probability(prior, std::vector<Score>{{2.4}, {2.4}, {2.4}}), 0.01);
}

TEST(Drift, AnEarlyEndOfWatchingIsNoSignOfHaste) {
  const Belief prior = prior_belief(5);
  const std::vector<Score> early(8, Score{-3, 1, true});
  EXPECT_GT(drift_probability(prior, early), 0.5);
  EXPECT_TRUE(std::isnan(drift_probability(prior, {})));
}

}  // namespace
}  // namespace muster
