#include "sim/learned_law.h"

#include <algorithm>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double known = 1e6;  ///< observations; what is worth more is known

double normal_at(Uniform01 u) {
  const double z = normal_quantile(u.tail);
  return u.upper ? -z : z;
}

Distribution precision_of(const Belief& b) {
  if (!(b.freedom < known)) return Distribution(Constant{1});
  return Distribution(Gamma{b.freedom / 2, 2 / b.freedom});
}

}  // namespace

LearnedLaw::LearnedLaw(const CalibratedLaw& law, Stream stream)
    : belief_(law.belief),
      stream_(stream),
      precision_(precision_of(law.belief)),
      spread_of_mu_(law.belief.weight < known ? std::sqrt(1 / law.belief.weight) : 0) {
  const double reach = 7 * std::max(1.0, belief_.scale);
  lowest_ = belief_.location - reach;
  highest_ = belief_.location + reach;
  const auto direct = as_lognormal(law.scores);
  lognormal_ = direct.has_value();
  if (direct) direct_ = *direct;
}

LearnedLaw::Truth LearnedLaw::truth(const Luck& luck) const {
  const double precision = std::max(precision_(luck.value(stream_)), 1e-12);
  const double tau = belief_.scale / std::sqrt(precision);
  return {belief_.location + tau * spread_of_mu_ * normal_at(luck.second(stream_)), tau};
}

double LearnedLaw::at(const Truth& truth, Uniform01 u, const QuantileTable& table) const {
  const double z = truth.mu + truth.tau * normal_at(u);
  if (lognormal_) return direct_.by + exp_exact(direct_.mu + direct_.sigma * std::clamp(z, lowest_, highest_));
  const double tail = normal_cdf(z < 0 ? z : -z);
  return table(Uniform01{std::clamp(tail, 0x1p-54, 0.5 - 0x1p-54), z >= 0});
}

}  // namespace muster
