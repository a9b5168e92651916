#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/simulate.h"

/// What the oracle tests share: one outage simulated with every replication's values kept, and comparisons of
/// a sample with an exact number.
///
/// Every comparison allows four standard errors of the estimate, whatever the number of replications: fewer
/// of them (under sanitizers) make the interval wider by themselves, not by hand. Seeds are fixed, so a test
/// that passes always passes; for a right engine one comparison in 16,000 would fail for a new seed.
namespace muster::oracle {

#ifdef MUSTER_SANITIZED
inline constexpr std::uint64_t replications = 20'000;
#else
inline constexpr std::uint64_t replications = 1'000'000;
#endif
inline constexpr double standard_errors = 4;
inline constexpr double minute = 60, hour = 3600;

using Values = std::vector<double>;  ///< by replication; infinity for never, NaN for a step that did not run

/// The only (or the named) outage of a scenario, simulated.
class Observed {
 public:
  struct Options {
    std::uint64_t replications = oracle::replications;
    std::uint64_t seed = 1;
    bool steps = false;  ///< keep start and end of the steps
    std::vector<std::pair<std::string, std::string>> settings{};
    std::string outage{};  ///< empty: the first
  };
  /// `yaml` without its first line `muster: 1`, which is added.
  explicit Observed(std::string_view yaml);
  Observed(std::string_view yaml, const Options& options);
  Observed(const Scenario& scenario, const Options& options);

  const Scenario& scenario() const { return scenario_; }
  const Values& rto(const std::string& service) const { return rto_.at(service); }
  const Values& rpo(const std::string& service) const { return rpo_.at(service); }
  const Values& start(const std::string& step) const { return start_.at(step); }
  const Values& end(const std::string& step) const { return end_.at(step); }
  const OutageResult& result() const { return result_.outages.at(0); }
  const ServiceResult& service(const std::string& name) const;
  const StepResult& step(const std::string& name) const;

 private:
  Scenario scenario_;
  SimulationResult result_;
  std::map<std::string, Values> rto_, rpo_, start_, end_;
};

/// Finite values only, and without NaN.
Values present(const Values& values);
Values difference(const Values& a, const Values& b);

struct SampleMoments {
  double n, mean, variance, mean_error, variance_error;  ///< errors: one standard error of the estimates
};
SampleMoments moments(const Values& values);

/// All values must be finite.
void expect_mean(const Values& values, double exact);
void expect_variance(const Values& values, double exact);
void expect_mean_and_variance(const Values& values, double mean, double variance);
/// Share of values <= x; infinite values count, NaN does not.
void expect_cdf(const Values& values, double x, double exact);
void expect_share(const Values& values, const std::function<bool(double)>& holds, double exact);
void expect_share(double share, double n, double exact);
/// The p-quantile of a law without atoms is `exact`: so a share p of the values lies below, and the order
/// statistic that Stats reports has a rank within four standard errors of p * n.
void expect_quantile(const Values& values, double p, double exact);
void expect_quantile(const Stats& stats, const Values& values, double p, double exact);
/// Every value, up to rounding (relative 1e-9).
void expect_always(const Values& values, double exact);

/// The root of a growing function in [low, high], by bisection to the last bit.
double solve(const std::function<double(double)>& f, double low, double high);
/// Adaptive quadrature (Gauss-Kronrod, from Boost); infinite limits are allowed.
double integrate(const std::function<double(double)>& f, double low, double high);
double normal_cdf(double x);
double normal_density(double x);

}  // namespace muster::oracle
