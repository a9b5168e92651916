#include "tests/sim/oracle_support.h"

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <limits>
#include <numbers>

#include "models/load.h"

namespace muster::oracle {

Observed::Observed(std::string_view yaml) : Observed(yaml, Options{}) {}

Observed::Observed(std::string_view yaml, const Options& options)
    : Observed(
          parse_scenario("muster: 1\n" + std::string(yaml), "oracle.yaml", ".", options.settings).scenario,
          options) {}

Observed::Observed(const Scenario& scenario, const Options& options) : scenario_(scenario) {
  SimulationOptions asked;
  asked.replications = options.replications;
  asked.seed = options.seed;
  asked.sample_steps = options.steps;
  asked.outages = {options.outage.empty() ? scenario.outages.at(0).name : options.outage};
  result_ = simulate(scenario, asked, {}, [this](const SampleBlock& block) {
    const auto keep = [&](std::map<std::string, Values>& columns, std::span<const std::string> names,
                          std::span<const double> rows) {
      for (std::size_t c = 0; c < names.size(); ++c) {
        Values& column = columns[names[c]];
        for (std::size_t i = 0; i < block.count; ++i) column.push_back(rows[i * names.size() + c]);
      }
    };
    keep(rto_, block.services, block.rto);
    keep(rpo_, block.services, block.rpo);
    keep(start_, block.steps, block.start);
    keep(end_, block.steps, block.end);
  });
}

const ServiceResult& Observed::service(const std::string& name) const {
  for (const ServiceResult& s : result().services)
    if (s.name == name) return s;
  throw std::out_of_range("no service " + name);
}

const StepResult& Observed::step(const std::string& name) const {
  for (const StepResult& s : result().steps)
    if (s.name == name) return s;
  throw std::out_of_range("no step " + name);
}

Values present(const Values& values) {
  Values out;
  std::copy_if(values.begin(), values.end(), std::back_inserter(out),
               [](double v) { return std::isfinite(v); });
  return out;
}

Values difference(const Values& a, const Values& b) {
  Values out(a.size());
  std::transform(a.begin(), a.end(), b.begin(), out.begin(), std::minus<>());
  return out;
}

SampleMoments moments(const Values& values) {
  const double n = static_cast<double>(values.size());
  long double sum = 0, second = 0, fourth = 0;
  for (double v : values) sum += v;
  const long double mean = sum / n;
  for (double v : values) {
    const long double d = (v - mean) * (v - mean);
    second += d;
    fourth += d * d;
  }
  const double variance = static_cast<double>(second / (n - 1));
  const double spread =
      static_cast<double>(fourth / n) - variance * variance;  // n times the variance of the variance
  return {n, static_cast<double>(mean), variance, std::sqrt(variance / n),
          std::sqrt(std::max(0.0, spread) / n)};
}

namespace {
double rounding(double x) { return 1e-9 * std::fabs(x) + 1e-9; }
}  // namespace

void expect_mean(const Values& values, double exact) {
  ASSERT_GT(values.size(), 1u);
  const SampleMoments m = moments(values);
  ASSERT_TRUE(std::isfinite(m.mean));
  EXPECT_NEAR(m.mean, exact, standard_errors * m.mean_error + rounding(exact))
      << (m.mean - exact) / m.mean_error << " standard errors off";
}

void expect_variance(const Values& values, double exact) {
  ASSERT_GT(values.size(), 1u);
  const SampleMoments m = moments(values);
  ASSERT_TRUE(std::isfinite(m.variance));
  EXPECT_NEAR(m.variance, exact, standard_errors * m.variance_error + rounding(exact))
      << (m.variance - exact) / m.variance_error << " standard errors off";
}

void expect_mean_and_variance(const Values& values, double mean, double variance) {
  expect_mean(values, mean);
  expect_variance(values, variance);
}

void expect_share(double share, double n, double exact) {
  const double error = std::sqrt(exact * (1 - exact) / n);
  EXPECT_NEAR(share, exact, standard_errors * error + 1e-12)
      << (share - exact) / error << " standard errors off";
}

void expect_share(const Values& values, const std::function<bool(double)>& holds, double exact) {
  double n = 0, met = 0;
  for (double v : values) {
    if (std::isnan(v)) continue;
    ++n;
    met += holds(v);
  }
  ASSERT_GT(n, 0);
  expect_share(met / n, n, exact);
}

void expect_cdf(const Values& values, double x, double exact) {
  expect_share(
      values, [x](double v) { return v <= x; }, exact);
}

void expect_quantile(const Values& values, double p, double exact) {
  SCOPED_TRACE("quantile at " + std::to_string(p));
  expect_cdf(values, exact, p);
}

void expect_quantile(const Stats& stats, const Values& values, double p, double exact) {
  expect_quantile(values, p, exact);
  const double told = stats.quantile(p);
  EXPECT_EQ(std::count_if(values.begin(), values.end(), [&](double v) { return v <= told; }),
            static_cast<std::ptrdiff_t>(std::ceil(p * static_cast<double>(values.size()) - 1e-6)))
      << "the reported quantile is the order statistic";
}

void expect_always(const Values& values, double exact) {
  ASSERT_FALSE(values.empty());
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  EXPECT_NEAR(*low, exact, rounding(exact));
  EXPECT_NEAR(*high, exact, rounding(exact));
}

double solve(const std::function<double(double)>& f, double low, double high) {
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    (f(middle) < 0 ? low : high) = middle;
  }
}

double integrate(const std::function<double(double)>& f, double low, double high) {
  return boost::math::quadrature::gauss_kronrod<double, 31>::integrate(f, low, high, 12, 1e-12);
}

double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }
double normal_density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }

}  // namespace muster::oracle
