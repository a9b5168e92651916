#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/luck.h"

/// Loaded dice: laws under which draws come out unusual more often than they do, known well enough to be reckoned back.
///
/// A value is held as the signed y with the smaller tail probability exp(-|y|) / 2, positive above the median: under the true law a
/// Laplace variable, whatever the distribution behind. A coin is heads (1) or tails (0).
namespace muster {

/// What was dealt for one draw.
struct Card {
  std::uint64_t key = 0;      ///< of the draw's name, attempt and part
  double y = 0;
  double tail = 0.5;          ///< exp(-|y|) / 2, as dealt
  double probability = -1;    ///< of a coin's heads; below 0: a value
  bool is_coin() const { return probability >= 0; }
  Uniform01 uniform() const { return {tail, y > 0}; }
};
/// All the draws for which a replication asked, in the order in which it did.
using Hand = std::vector<Card>;

/// How one draw is loaded. A value: `share` of the times |y| is exponential with this rate, on the upper side `up` of those. A coin:
/// the probability that it is dealt with.
struct Load {
  double share = 0, up = 0.5, rate = 0.15;
  double heads = -1;
};

/// The loads of all draws, one way for a replication to become unusual. At a degree of 1 they are as they are, at 0 every draw has its true law; between, a value's load reaches less
/// far, and the odds of a coin lie between in proportion.
class Loading {
 public:
  /// Every draw alike: about `values` values and `coins` coins a replication come from the load, which reaches far on both sides.
  Loading(double values, double coins, double values_asked, double coins_asked);

  Load value(std::uint64_t key, double degree) const;
  double coin(std::uint64_t key, double probability, double degree) const;  ///< of heads

  /// How much likelier than under the true law.
  double ratio(const Card& card, double degree) const;
  /// The logarithm of how much likelier the hand is at a degree than under the true laws.
  double log_ratio(const Hand& hand, double degree) const;

  /// The loads under which hands like these come most often (maximum likelihood, by expectation and maximisation: cross-entropy, Rubinstein
  /// and Kroese 2004), with a share of the present ones kept.
  Loading fitted(const std::vector<Hand>& hands, const std::vector<double>& weights) const;

 private:
  double value_share_, coin_share_;
  std::unordered_map<std::uint64_t, Load> loads_;
};

/// Several ways, each taken by a share of the replications: what is rare may come about in more than one, and loads that fit one may
/// hide another.
struct Loadings {
  std::vector<Loading> ways;
  std::vector<double> shares;  ///< sum 1

  /// As Loading has it, over all ways; `by_way` receives the logarithm for each, its share included.
  double log_ratio(const Hand& hand, double degree, std::vector<double>& by_way) const;
  /// Ways that fit groups of hands that are alike (a mixture, by expectation and maximisation), and the first of the present ones beside.
  Loadings fitted(const std::vector<Hand>& hands, const std::vector<double>& weights) const;
};

}  // namespace muster
