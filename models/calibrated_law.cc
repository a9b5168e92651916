#include "models/calibrated_law.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

std::optional<Distribution> smooth(const Constant& l) {
  if (l.value == 0) return {};
  return Distribution(Lognormal{log_exact(l.value), spread_of_constants});
}

std::optional<Distribution> smooth(const Empirical& l) {
  constexpr std::size_t most = 64;
  const std::size_t last = l.values.size() - 1, pieces = std::min(most, last);
  if (l.values.front() == l.values.back()) return smooth(Constant{l.values.front()});
  Mixture out;
  for (std::size_t i = 0; i < pieces; ++i) {
    const double low = l.values[i * last / pieces], high = l.values[(i + 1) * last / pieces];
    const auto piece = low == high ? smooth(Constant{low}) : Distribution(Uniform{low, high});
    if (!piece) return {};
    out.weights.push_back(1);
    out.of.push_back(*piece);
  }
  return Distribution(std::move(out));
}

std::optional<Distribution> smooth(const Mixture& l) {
  Mixture out;
  for (std::size_t i = 0; i < l.of.size(); ++i)
  {
    auto piece = scores_of(l.of[i]);
    if (!piece) return {};
    out.weights.push_back(l.weights[i]);
    out.of.push_back(*std::move(piece));
  }
  return Distribution(std::move(out));
}

std::optional<Distribution> smooth(const Shifted& l) {
  if (l.of[0].is_constant()) return smooth(Constant{l.by + l.of[0].mean()});
  const auto inner = scores_of(l.of[0]);
  if (!inner) return {};
  return Distribution(Shifted{l.by, {*inner}});
}

std::optional<Distribution> smooth(const auto& l) { return Distribution(l); }

}  // namespace

std::optional<Distribution> scores_of(const Distribution& stated) {
  return std::visit([](const auto& l) { return smooth(l); }, stated.law());
}

Lognormal stand_in(const Distribution& scores) {
  const double middle = scores.quantile(0.5), low = std::max(scores.quantile(0.05), 1e-300), high = scores.quantile(0.95);
  const double sigma = (log_exact(high) - log_exact(low)) / (2 * normal_quantile(0.95));
  return {log_exact(middle), std::clamp(sigma, 0.01, 5.0)};
}

std::optional<ShiftedLognormal> as_lognormal(const Distribution& law) {
  if (const auto* l = std::get_if<Lognormal>(&law.law())) return ShiftedLognormal{0, l->mu, l->sigma};
  const auto* shifted = std::get_if<Shifted>(&law.law());
  if (!shifted) return {};
  auto inner = as_lognormal(shifted->of[0]);
  if (inner) inner->by += shifted->by;
  return inner;
}

double score(const Distribution& scores, double x) {
  if (const auto l = as_lognormal(scores)) return x <= l->by ? -never : (log_exact(x - l->by) - l->mu) / l->sigma;
  const double below = scores.cdf(x), above = scores.survival(x);
  return below < above ? normal_quantile(below) : normal_quantile_upper(above);
}

double at_score(const Distribution& scores, double z) {
  if (const auto l = as_lognormal(scores)) return l->by + exp_exact(l->mu + l->sigma * z);
  const double tail = std::clamp(normal_cdf(z < 0 ? z : -z), 0x1p-54, 0.5 - 0x1p-54);
  return scores.quantile(Uniform01{tail, z >= 0});
}

double predictive_quantile(const CalibratedLaw& law, double p) { return at_score(law.scores, predictive_quantile(law.belief, p)); }

}  // namespace muster
