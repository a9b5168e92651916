#include "sim/loading.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double most = 0.97;        ///< no load is certain
constexpr double kept = 0.2;         ///< of the general load, when one is learned
constexpr double notable = 4;        ///< gain in log-likelihood below which a draw stays as it was

double value_ratio(const Load& load, double y) {
  if (load.share == 0) return 1;
  const double side = y > 0 ? load.up : 1 - load.up;
  return 1 - load.share + load.share * 2 * side * load.rate * exp_exact((1 - load.rate) * std::abs(y));
}

struct Seen {
  double weight = 0, heads = 0, probability = -1;
  std::vector<std::pair<double, double>> values;  ///< weight, y
};

Load most_likely(const Seen& seen) {
  Load load{0.5, 0.5, 0.3, -1};
  for (int round = 0; round < 12; ++round) {
    double from_load = 0, above = 0, length = 0;
    for (const auto& [w, y] : seen.values) {
      const double loaded = 1 - (1 - load.share) / value_ratio(load, y);
      from_load += w * loaded;
      above += y > 0 ? w * loaded : 0;
      length += w * loaded * std::abs(y);
    }
    if (!(from_load > 0)) return {};
    load = {std::min(from_load / seen.weight, most), std::clamp(above / from_load, 0.02, 0.98), std::clamp(from_load / length, 0.05, 1.0), -1};
  }
  return load;
}

}  // namespace

Loading::Loading(double values, double coins, double values_asked, double coins_asked)
    : value_share_(std::min(0.5, values / std::max(1.0, values_asked))), coin_share_(std::min(0.5, coins / std::max(1.0, coins_asked))) {}

Load Loading::value(std::uint64_t key, double degree) const {
  const auto known = loads_.find(key);
  Load load = known == loads_.end() ? Load{value_share_, 0.5, 0.15, -1} : known->second;
  load.up = 0.5 + degree * (load.up - 0.5);
  load.rate = 1 - degree * (1 - load.rate);
  if (degree == 0) load.share = 0;
  return load;
}

double Loading::coin(std::uint64_t key, double probability, double degree) const {
  if (probability <= 0 || probability >= 1 || degree == 0) return probability;
  const auto known = loads_.find(key);
  const double loaded = known == loads_.end() ? (1 - coin_share_) * probability + coin_share_ / 2 : known->second.heads;
  if (degree == 1 || loaded == probability) return loaded;
  const double odds = probability / (1 - probability), more = loaded / (1 - loaded) / odds;
  const double between = odds * pow_exact(more, degree);
  return between / (1 + between);
}

double Loading::ratio(const Card& card, double degree) const {
  if (!card.is_coin()) return value_ratio(value(card.key, degree), card.y);
  const double p = card.probability, q = coin(card.key, p, degree);
  return card.y != 0 ? q / p : (1 - q) / (1 - p);
}

double Loading::log_ratio(const Hand& hand, double degree) const {
  double sum = 0, product = 1;
  for (const Card& card : hand) {
    product *= ratio(card, degree);
    if (product > 1e-100 && product < 1e100) continue;
    sum += log_exact(product);
    product = 1;
  }
  return sum + log_exact(product);
}

Loading Loading::fitted(const std::vector<Hand>& hands, const std::vector<double>& weights) const {
  std::map<std::uint64_t, Seen> draws;
  double total = 0, squares = 0;
  for (std::size_t i = 0; i < hands.size(); ++i) {
    total += weights[i];
    squares += weights[i] * weights[i];
    for (const Card& card : hands[i]) {
      Seen& seen = draws[card.key];
      seen.weight += weights[i];
      seen.probability = card.probability;
      if (card.is_coin())
        seen.heads += card.y != 0 ? weights[i] : 0;
      else
        seen.values.emplace_back(weights[i], card.y);
    }
  }
  Loading out = *this;
  out.loads_.clear();
  out.value_share_ = value_share_ / 2;
  out.coin_share_ = coin_share_ / 2;
  const double samples = total * total / squares / 4;  // those that moved from one are not independent
  for (const auto& [key, seen] : draws) {
    if (seen.weight < 0.02 * total) continue;
    if (seen.probability >= 0) {
      const double general = out.coin(key, seen.probability, 1), found = seen.heads / seen.weight;
      const double p = seen.probability, spread = std::sqrt(found * (1 - found) / samples);
      if (p > 0 && p < 1 && std::abs(found - p) > 2 * spread) out.loads_[key] = {0, 0.5, 0.15, (1 - kept) * found + kept * general};
      continue;
    }
    Load load = most_likely(seen);
    if (load.share == 0) continue;
    double gain = 0;
    for (const auto& [w, y] : seen.values) gain += w * log_exact(value_ratio(load, y));
    if (gain / total * samples > notable) out.loads_[key] = load;
  }
  return out;
}

namespace {

constexpr std::size_t groups = 3;
constexpr double least_share = 0.1;

/// Log of the sum of exponentials.
double log_sum(const std::vector<double>& logs) {
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (double x : logs) sum += exp_exact(x - largest);
  return largest + log_exact(sum);
}

/// How unlike two hands are: draws in the middle hardly count.
double unlike(const Hand& a, const std::unordered_map<std::uint64_t, double>& b) {
  double sum = 0;
  for (const Card& card : a) {
    const auto other = b.find(card.key);
    const double far = std::clamp(card.is_coin() ? 4 * card.y : card.y, -8.0, 8.0) - (other == b.end() ? 0.0 : other->second);
    sum += far * far;
  }
  return sum;
}

std::unordered_map<std::uint64_t, double> places_of(const Hand& hand) {
  std::unordered_map<std::uint64_t, double> out;
  for (const Card& card : hand) out[card.key] = std::clamp(card.is_coin() ? 4 * card.y : card.y, -8.0, 8.0);
  return out;
}

/// Each hand with the likest of a few that are far apart.
std::vector<std::size_t> grouped(const std::vector<Hand>& hands, const std::vector<double>& weights) {
  std::vector<std::size_t> of(hands.size(), 0);
  std::vector<double> least(hands.size(), 1e300);
  auto centre = static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
  for (std::size_t g = 0; g < groups; ++g) {
    const auto places = places_of(hands[centre]);
    double furthest = -1;
    std::size_t next = centre;
    for (std::size_t i = 0; i < hands.size(); ++i) {
      const double distance = unlike(hands[i], places);
      if (distance < least[i]) {
        least[i] = distance;
        of[i] = g;
      }
      if (weights[i] > 0 && least[i] > furthest) {
        furthest = least[i];
        next = i;
      }
    }
    centre = next;
  }
  return of;
}

}  // namespace

double Loadings::log_ratio(const Hand& hand, double degree, std::vector<double>& by_way) const {
  by_way.clear();
  if (degree == 0) {
    for (double share : shares) by_way.push_back(log_exact(share));
    return 0;
  }
  for (std::size_t i = 0; i < ways.size(); ++i) by_way.push_back(ways[i].log_ratio(hand, degree) + log_exact(shares[i]));
  return log_sum(by_way);
}

Loadings Loadings::fitted(const std::vector<Hand>& hands, const std::vector<double>& weights) const {
  const std::vector<std::size_t> group = grouped(hands, weights);
  std::vector<std::vector<double>> parts(groups, std::vector<double>(hands.size(), 0.0));
  for (std::size_t i = 0; i < hands.size(); ++i) parts[group[i]][i] = weights[i];
  Loadings out;
  std::vector<double> logs;
  for (int round = 0; round < 5; ++round) {
    out = {};
    double total = 0;
    for (const auto& part : parts) {
      double sum = 0;
      for (double w : part) sum += w;
      if (!(sum > 0)) continue;
      out.ways.push_back(ways.front().fitted(hands, part));
      out.shares.push_back(sum);
      total += sum;
    }
    for (double& share : out.shares) share /= total;
    if (round == 4) break;
    for (std::size_t i = 0; i < hands.size(); ++i) {
      const double all = out.log_ratio(hands[i], 1, logs);
      for (std::size_t k = 0; k < groups; ++k) parts[k][i] = k < logs.size() ? weights[i] * exp_exact(logs[k] - all) : 0;
    }
  }
  out.ways.insert(out.ways.begin(), ways.front());
  out.shares.insert(out.shares.begin(), least_share);
  double total = 0;
  for (double& share : out.shares) total += share = std::max(share, least_share);
  for (double& share : out.shares) share /= total;
  return out;
}

}  // namespace muster
