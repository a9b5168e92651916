#include "models/mixture_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "models/elementary.h"
#include "models/likelihood.h"

namespace muster {
namespace {

constexpr double half_log_two_pi = 0.91893853320467274178;
constexpr int most_rounds = 2000;
constexpr double settled = 1e-10;  // of the likelihood's rise in a round, for each length

struct Part {
  double weight, mu, sigma;
};
using Parts = std::array<Part, 2>;

/// What an expectation step adds up for one part: how many belong to it, and the sum and the sum of squares of their logs.
struct Sums {
  double count = 0, sum = 0, squares = 0;
};

/// Shares of the two parts in what they explain together, by the logarithms of what each does; the logarithm of that sum.
double shared(const std::array<double, 2>& logs, std::array<double, 2>& share) {
  const double most = std::max(logs[0], logs[1]), least = std::min(logs[0], logs[1]);
  const double log_sum = most + log1p_exact(exp_exact(least - most));
  for (std::size_t k = 0; k < 2; ++k) share[k] = exp_exact(logs[k] - log_sum);
  return log_sum;
}

double expectation(const ScaledDurations& d, const Parts& parts, std::array<Sums, 2>& sums) {
  double likelihood = 0;
  std::array<double, 2> logs{}, share{};
  std::array<double, 2> log_weight{log_exact(parts[0].weight), log_exact(parts[1].weight)}, log_sigma{log_exact(parts[0].sigma), log_exact(parts[1].sigma)};
  for (const double y : d.log_ended) {
    for (std::size_t k = 0; k < 2; ++k) {
      const double z = (y - parts[k].mu) / parts[k].sigma;
      logs[k] = log_weight[k] - 0.5 * z * z - log_sigma[k] - half_log_two_pi;
    }
    likelihood += shared(logs, share) - y;
    for (std::size_t k = 0; k < 2; ++k) {
      sums[k].count += share[k];
      sums[k].sum += share[k] * y;
      sums[k].squares += share[k] * y * y;
    }
  }
  for (const double y : d.log_censored) {
    std::array<double, 2> mean{}, square{};
    for (std::size_t k = 0; k < 2; ++k) {
      const auto& [weight, mu, sigma] = parts[k];
      const double z = (y - mu) / sigma, hazard = normal_hazard(z);
      logs[k] = log_weight[k] + log_normal_upper(z);
      mean[k] = mu + sigma * hazard;  // of a normal beyond a point, and its square's
      square[k] = mu * mu + sigma * sigma + sigma * (mu + y) * hazard;
    }
    likelihood += shared(logs, share);
    for (std::size_t k = 0; k < 2; ++k) {
      sums[k].count += share[k];
      sums[k].sum += share[k] * mean[k];
      sums[k].squares += share[k] * square[k];
    }
  }
  return likelihood;
}

struct Climbed {
  Parts parts;
  double likelihood = 0;
  bool converged = false;
};

Climbed climbed(const ScaledDurations& d, Parts parts, double narrowest) {
  const double n = static_cast<double>(d.ended.size() + d.censored.size());
  Climbed out{parts, -INFINITY, false};
  for (int round = 0; round < most_rounds; ++round) {
    std::array<Sums, 2> sums{};
    const double likelihood = expectation(d, parts, sums);
    out.converged = likelihood - out.likelihood <= settled * n;
    if (!(likelihood >= out.likelihood - 1e-9 * n)) break;
    out.parts = parts;
    out.likelihood = likelihood;
    if (out.converged) break;
    for (std::size_t k = 0; k < 2; ++k) {
      if (sums[k].count < 1e-6 * n) return out;  // a part that explains nothing
      const double mu = sums[k].sum / sums[k].count;
      parts[k] = {sums[k].count / n, mu, std::max(narrowest, std::sqrt(std::max(0.0, sums[k].squares / sums[k].count - mu * mu)))};
    }
  }
  return out;
}

// Each start cuts the sorted logs in two.
std::vector<Parts> starts(std::vector<double> logs, double narrowest) {
  std::sort(logs.begin(), logs.end());
  std::vector<Parts> out;
  for (const double at : {0.15, 0.3, 0.5, 0.7, 0.85}) {
    const auto cut = std::clamp<std::size_t>(static_cast<std::size_t>(at * static_cast<double>(logs.size())), 2, logs.size() - 2);
    Parts parts{};
    for (std::size_t k = 0; k < 2; ++k) {
      const std::size_t from = k == 0 ? 0 : cut, to = k == 0 ? cut : logs.size();
      const double size = static_cast<double>(to - from);
      double mu = 0, squares = 0;
      for (std::size_t i = from; i < to; ++i) mu += logs[i] / size;
      for (std::size_t i = from; i < to; ++i) squares += (logs[i] - mu) * (logs[i] - mu) / size;
      parts[k] = {size / static_cast<double>(logs.size()), mu, std::max(narrowest, std::sqrt(squares))};
    }
    out.push_back(parts);
  }
  return out;
}

Parts parts_of(const MixtureFit& m, double log_unit) {
  return {Part{m.weight, m.first.mu - log_unit, m.first.sigma}, Part{1 - m.weight, m.second.mu - log_unit, m.second.sigma}};
}

}  // namespace

MixtureFit judged(MixtureFit m, const Durations& durations) {
  const ScaledDurations d(durations);
  std::array<Sums, 2> sums{};
  const double likelihood = expectation(d, parts_of(m, d.log_unit), sums);
  m.log_likelihood = likelihood - static_cast<double>(durations.ended.size()) * d.log_unit;
  m.aic = 10 - 2 * m.log_likelihood;
  m.bic = 5 * log_exact(static_cast<double>(durations.size())) - 2 * m.log_likelihood;
  return m;
}

Distribution MixtureFit::law() const { return Distribution(Mixture{{weight, 1 - weight}, {Distribution(first), Distribution(second)}}); }

std::optional<MixtureFit> fitted_mixture(const Durations& durations, const MixtureFit* near) {
  if (durations.ended.size() < 6) return {};
  const ScaledDurations d(durations);
  const double narrowest = 0.02 * std::sqrt(d.spread);
  if (!(narrowest > 1e-9)) return {};
  std::vector<Parts> from;
  if (near)
    from.push_back(parts_of(*near, d.log_unit));
  else
    from = starts(d.log_ended, narrowest);
  Climbed best{{}, -INFINITY, false};
  for (const Parts& start : from)
    if (const Climbed one = climbed(d, start, narrowest); one.likelihood > best.likelihood) best = one;
  if (!std::isfinite(best.likelihood)) return {};
  if (best.parts[0].mu > best.parts[1].mu) std::swap(best.parts[0], best.parts[1]);
  MixtureFit out;
  out.weight = best.parts[0].weight;
  out.first = {best.parts[0].mu + d.log_unit, best.parts[0].sigma};
  out.second = {best.parts[1].mu + d.log_unit, best.parts[1].sigma};
  out.log_likelihood = best.likelihood - static_cast<double>(d.ended.size()) * d.log_unit;
  out.aic = 10 - 2 * out.log_likelihood;
  out.bic = 5 * log_exact(static_cast<double>(durations.size())) - 2 * out.log_likelihood;
  out.converged = best.converged;
  try {
    out.law();
  } catch (const std::invalid_argument&) {
    return {};
  }
  return out;
}

}  // namespace muster
