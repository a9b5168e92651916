#include "models/fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <functional>

#include "models/draw.h"

// The oracle is the likelihood written down once more, in forty digits with Boost's functions, and climbed by the simplex method of
// Nelder and Mead: no derivative, no start and no line of code in common.
namespace muster {
namespace {

using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<40>, boost::multiprecision::et_off>;
using Point = std::array<Wide, 2>;

Wide log_likelihood(Family family, const Durations& d, const Point& p) {
  using std::exp, std::log;
  Wide sum = 0;
  const Wide root_two_pi = sqrt(2 * boost::math::constants::pi<Wide>());
  for (const double x0 : d.ended) {
    const Wide x = x0;
    switch (family) {
      case Family::exponential: sum += -p[0] - x / exp(p[0]); break;
      case Family::lognormal: {
        const Wide z = (log(x) - p[0]) / exp(p[1]);
        sum += -z * z / 2 - log(x) - p[1] - log(root_two_pi);
        break;
      }
      case Family::gamma: sum += (exp(p[0]) - 1) * log(x) - x / exp(p[1]) - exp(p[0]) * p[1] - boost::math::lgamma(Wide(exp(p[0]))); break;
      case Family::weibull: {
        const Wide z = exp(p[0]) * (log(x) - p[1]);
        sum += p[0] - log(x) + z - exp(z);
        break;
      }
    }
  }
  for (const double x0 : d.censored) {
    const Wide x = x0;
    switch (family) {
      case Family::exponential: sum += -x / exp(p[0]); break;
      case Family::lognormal: sum += log(boost::math::erfc(Wide((log(x) - p[0]) / exp(p[1]) / sqrt(Wide(2)))) / 2); break;
      case Family::gamma: sum += log(boost::math::gamma_q(Wide(exp(p[0])), Wide(x / exp(p[1])))); break;
      case Family::weibull: sum += -exp(Wide(exp(p[0]) * (log(x) - p[1]))); break;
    }
  }
  return sum;
}

/// Nelder and Mead, Computer Journal 7 (1965), until the simplex is a point as far as doubles can tell.
Point climbed(const std::function<Wide(const Point&)>& f, Point start, bool one) {
  struct Corner {
    Point at;
    Wide value;
  };
  const auto corner = [&](Point at) { return Corner{at, f(at)}; };
  std::vector<Corner> s{corner(start), corner({start[0] + Wide(0.3), start[1]})};
  if (!one) s.push_back(corner({start[0], start[1] + Wide(0.2)}));
  const auto by_value = [](const Corner& a, const Corner& b) { return a.value > b.value; };
  for (int i = 0; i < 600; ++i) {
    std::sort(s.begin(), s.end(), by_value);
    const Corner worst = s.back();
    if (abs(s.front().at[0] - worst.at[0]) + abs(s.front().at[1] - worst.at[1]) < 1e-13) break;
    Point centre{0, 0};
    for (std::size_t c = 0; c + 1 < s.size(); ++c)
      for (int k = 0; k < 2; ++k) centre[k] += s[c].at[k] / Wide(s.size() - 1);
    const auto at = [&](double t) { return corner({centre[0] + (worst.at[0] - centre[0]) * Wide(t), centre[1] + (worst.at[1] - centre[1]) * Wide(t)}); };
    Corner next = at(-1);
    if (next.value > s.front().value) {
      const Corner further = at(-2);
      if (further.value > next.value) next = further;
    } else if (!(next.value > s[s.size() - 2].value)) {
      next = next.value > worst.value ? at(-0.5) : at(0.5);
      if (!(next.value > worst.value)) {
        for (std::size_t c = 1; c < s.size(); ++c)
          s[c] = corner({(s[c].at[0] + s[0].at[0]) / 2, (s[c].at[1] + s[0].at[1]) / 2});
        continue;
      }
    }
    s.back() = next;
  }
  std::sort(s.begin(), s.end(), by_value);
  return s.front().at;
}

/// What the law's parameters are in the oracle's coordinates.
Point coordinates(const Distribution& law) {
  if (const auto* e = std::get_if<Exponential>(&law.law())) return {log(Wide(e->mean)), 0};
  if (const auto* l = std::get_if<Lognormal>(&law.law())) return {Wide(l->mu), log(Wide(l->sigma))};
  if (const auto* g = std::get_if<Gamma>(&law.law())) return {log(Wide(g->shape)), log(Wide(g->scale))};
  const auto& w = std::get<Weibull>(law.law());
  return {log(Wide(w.shape)), log(Wide(w.scale))};
}

/// Drawn from the law, and cut off where a second draw from `cuts` is shorter.
Durations drawn(const Distribution& law, const std::optional<Distribution>& cuts, std::uint32_t n) {
  Durations out;
  for (std::uint32_t i = 0; i < n; ++i) {
    const double x = law.quantile(uniform(draw(5, i, stream("fit-test/length"))));
    const double cut = cuts ? cuts->quantile(uniform(draw(5, i, stream("fit-test/cut")))) : INFINITY;
    (x <= cut ? out.ended : out.censored).push_back(std::min(x, cut));
  }
  return out;
}

struct Case {
  const char* name;
  Durations durations;
};
std::vector<Case> cases() {
  return {{"few", {{60, 95, 240}, {}}},
          {"hours", drawn(Distribution(Lognormal{9, 1.1}), {}, 40)},
          {"half cut off", drawn(Distribution(Lognormal{5, 0.7}), Distribution(Exponential{200}), 40)},
          {"nearly all cut off", drawn(Distribution(Gamma{2.5, 100}), Distribution(Uniform{1, 120}), 180)},
          {"shape below one", drawn(Distribution(Gamma{0.3, 1e4}), Distribution(Exponential{6000}), 40)},
          {"narrow", drawn(Distribution(Gamma{400, 2}), Distribution(Uniform{780, 860}), 30)},
          {"weibull in milliseconds", drawn(Distribution(Weibull{1.7, 0.02}), Distribution(Exponential{0.05}), 40)},
          {"one cut off far out", {{1, 2, 3, 4, 5}, {400}}},
          {"cut off together", {{10, 12, 15, 19, 24, 28}, {30, 30, 30, 30, 30, 30}}}};
}

TEST(Fit, IsTheOptimumThatFortyDigitsFind) {
  for (const Case& c : cases())
    for (const Family family : all_families) {
      SCOPED_TRACE(std::string(c.name) + ", " + name_of(family));
      const FamilyFit fit = fitted(family, c.durations);
      ASSERT_TRUE(fit.law) << fit.why_not;
      const Point got = coordinates(*fit.law);
      const auto f = [&](const Point& p) { return log_likelihood(family, c.durations, p); };
      const Point want = climbed(f, {got[0] + Wide(0.4), got[1] - Wide(0.3)}, family == Family::exponential);
      // In the logarithm of each parameter: a relative 1e-8, a hundredth of what is promised.
      EXPECT_NEAR(static_cast<double>(got[0] - want[0]), 0, 1e-8);
      if (family != Family::exponential) {
        EXPECT_NEAR(static_cast<double>(got[1] - want[1]), 0, 1e-8);
      }
      EXPECT_NEAR(fit.log_likelihood, static_cast<double>(f(want)), 1e-9 * (1 + std::fabs(fit.log_likelihood)));
    }
}

}  // namespace
}  // namespace muster
