#include "models/goodness.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/draw.h"
#include "models/elementary.h"
#include "models/quantile_table.h"

namespace muster {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t attempts = 1u << 20;  // that a draw tells apart; the rest goes to its part

/// Of those that `leave` at a time while all others are still looked at; `ends_first`: those that leave otherwise at the same
/// instant are still looked at.
KaplanMeier product_limit(std::vector<double> leave, std::vector<double> other, bool ends_first) {
  std::sort(leave.begin(), leave.end());
  std::sort(other.begin(), other.end());
  KaplanMeier out;
  std::size_t gone = 0;
  double left = 1;
  for (std::size_t i = 0; i < leave.size();) {
    const double t = leave[i];
    std::size_t same = i;
    while (same < leave.size() && leave[same] == t) ++same;
    while (gone < other.size() && (other[gone] < t || (!ends_first && other[gone] == t))) ++gone;
    const auto looked_at = static_cast<double>(leave.size() - i + other.size() - gone), leaving = static_cast<double>(same - i);
    // Without others the product telescopes: the plain quotient has no rounding that adds up.
    left = gone == 0 ? static_cast<double>(leave.size() + other.size() - same) / static_cast<double>(leave.size() + other.size())
                     : left * (1 - leaving / looked_at);
    out.at.push_back(t);
    out.share.push_back(1 - left);
    i = same;
  }
  out.last = std::max(leave.empty() ? 0 : leave.back(), other.empty() ? 0 : other.back());
  return out;
}

/// The integral of (c - u)^2 / (u (1 - u)) from u = a to b, with the complements given too, as they are accurate near 1. Its two
/// logarithms and the length are those of partial fractions.
double anderson_darling_piece(double c, double a, double not_a, double b, double not_b) {
  if (!(b > a) && !(not_a > not_b)) return 0;
  double out = -(b < 0.5 ? b - a : not_a - not_b);
  if (c > 0) out += c * c * log_exact(b / a);
  if (c < 1) out -= (1 - c) * (1 - c) * log_exact(not_b / not_a);
  return std::max(0.0, out);
}

double length_of(double p, const std::vector<double>& shares, const std::vector<double>& at) {
  const auto found = std::lower_bound(shares.begin(), shares.end(), p);
  return found == shares.end() ? infinity : at[static_cast<std::size_t>(found - shares.begin())];
}

Durations resampled(const QuantileTable& lengths, const KaplanMeier& cuts, std::size_t n, std::uint64_t seed, std::uint32_t resample,
                    const std::string& name) {
  const Stream length = stream(name + "/length"), cut = stream(name + "/cut");
  Durations out;
  out.ended.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto attempt = static_cast<std::uint32_t>(i % attempts), part = static_cast<std::uint32_t>(i / attempts);
    const double x = std::max(lengths(uniform(draw(seed, resample, length, attempt, part))), 1e-300);
    const double c = cuts.at.empty() ? infinity : cuts.quantile(uniform(draw(seed, resample, cut, attempt, part)).value());
    if (x <= c)
      out.ended.push_back(x);
    else
      out.censored.push_back(c);
  }
  return out;
}

}  // namespace

double KaplanMeier::quantile(double p) const { return length_of(p, share, at); }

KaplanMeier kaplan_meier(const Durations& d) { return product_limit(d.ended, d.censored, true); }
KaplanMeier kaplan_meier_of_cuts(const Durations& d) { return product_limit(d.censored, d.ended, false); }

Distances distances(const Durations& d, const Distribution& law) {
  const KaplanMeier measured = kaplan_meier(d);
  Distances out;
  double share = 0, below = 0, above = 1;  // of the law, at the last step
  const auto go_to = [&](double x, bool whole) {
    const double f = whole ? 1 : law.cdf(x), not_f = whole ? 0 : law.survival(x);
    out.kolmogorov_smirnov = std::max({out.kolmogorov_smirnov, std::fabs(share - f), std::fabs(share - below)});
    out.anderson_darling += anderson_darling_piece(share, below, above, f, not_f);
    below = f;
    above = not_f;
  };
  for (std::size_t i = 0; i < measured.at.size(); ++i) {
    go_to(measured.at[i], false);
    share = measured.share[i];
    out.kolmogorov_smirnov = std::max(out.kolmogorov_smirnov, std::fabs(share - below));
  }
  if (share == 1)
    go_to(infinity, true);
  else
    go_to(measured.last, false);
  out.anderson_darling *= static_cast<double>(d.size());
  return out;
}

GoodnessTest goodness_test(const Durations& d, const Distribution& law, const Refit& refit, std::uint64_t seed, std::uint32_t resamples,
                           const std::string& name) {
  GoodnessTest out;
  out.measured = distances(d, law);
  out.lengths = d.size();
  const QuantileTable lengths(law);
  const KaplanMeier cuts = d.censored.empty() ? KaplanMeier() : kaplan_meier_of_cuts(d);
  std::uint32_t no_nearer_ks = 0, no_nearer_ad = 0;
  for (std::uint32_t i = 0; i < resamples; ++i) {
    const Durations sample = resampled(lengths, cuts, d.size(), seed, i, name);
    const std::optional<Distribution> fit = refit(sample);
    if (!fit) continue;
    ++out.resamples;
    const Distances there = distances(sample, *fit);
    no_nearer_ks += there.kolmogorov_smirnov >= out.measured.kolmogorov_smirnov;
    no_nearer_ad += there.anderson_darling >= out.measured.anderson_darling;
  }
  out.p_kolmogorov_smirnov = (1.0 + no_nearer_ks) / (1.0 + out.resamples);
  out.p_anderson_darling = (1.0 + no_nearer_ad) / (1.0 + out.resamples);
  return out;
}

// Floyd's choice of a subset would not keep the order; this goes once through all (Knuth, The Art of Computer Programming 2, 3.4.2 S).
Durations drawn_from(const Durations& d, std::size_t most, std::uint64_t seed, const std::string& name) {
  if (d.size() <= most) return d;
  Durations out;
  const Stream choice = stream(name);
  std::size_t wanted = most;
  for (std::size_t i = 0; i < d.size() && wanted > 0; ++i) {
    const double u = uniform(draw(seed, 0, choice, static_cast<std::uint32_t>(i % attempts), static_cast<std::uint32_t>(i / attempts))).value();
    if (u * static_cast<double>(d.size() - i) >= static_cast<double>(wanted)) continue;
    --wanted;
    if (i < d.ended.size())
      out.ended.push_back(d.ended[i]);
    else
      out.censored.push_back(d.censored[i - d.ended.size()]);
  }
  return out;
}

}  // namespace muster
