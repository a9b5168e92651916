#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "sim/loading.h"
#include "sim/program.h"
#include "sim/replication.h"

/// A population of replications that is led, step by step, to where something rare happens.
///
/// A replication is the hand of draws that it asked for; what it did not ask for has its law whatever happened, and is dealt when it is
/// asked for. Belongs to one thread; everything is a pure function of what it is given.
namespace muster {

/// Deals hands: new ones, or such that differ from a hand in some cards, so that the law of hands stays what it is.
class Deck final : public Dealer {
 public:
  explicit Deck(const Loadings& loadings) : loadings_(loadings) {}

  /// What is dealt from now on is a function of these: a hand from the law of that way at that degree.
  void deal(std::size_t way, double degree, std::array<std::uint32_t, 2> key, std::uint32_t who, std::uint32_t when);
  /// Instead, each card of the hand, which must outlive the replication, is changed with probability `share`: a step of a chain for which the
  /// law at that degree is stationary and that can be reversed (Au and Beck, Probabilistic Engineering Mechanics 16, 2001). So it is
  /// still when a new hand is refused for what it leads to.
  void change(const Hand& hand, double share, std::size_t way, double degree, std::array<std::uint32_t, 2> key, std::uint32_t who, std::uint32_t when);
  Hand& hand() { return dealt_; }

  Uniform01 value(Stream name, std::uint32_t attempt, std::uint32_t part) override { return card(name, attempt, part, 0, -1).uniform(); }
  Uniform01 second(Stream name, std::uint32_t attempt, std::uint32_t part) override { return card(name, attempt, part, 1, -1).uniform(); }
  bool heads(Stream name, std::uint32_t attempt, std::uint32_t part, double probability) override { return card(name, attempt, part, 2, probability).y != 0; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t when = 0, place = 0;
  };
  const Card& card(Stream name, std::uint32_t attempt, std::uint32_t part, std::uint32_t which, double probability);
  const Card* old(std::uint64_t key);
  Card made(std::uint64_t key, double probability, const Card* before);
  Slot& slot_of(std::uint64_t key);

  const Loadings& loadings_;
  const Loading* loading_ = nullptr;
  const Hand* changed_ = nullptr;
  std::array<std::uint32_t, 2> key_{};
  std::uint32_t who_ = 0, when_ = 0, share_ = 0, round_ = 0;
  double degree_ = 1;
  std::size_t next_ = 0;
  Hand dealt_;
  std::vector<Slot> slots_;
};

/// What is looked for: that a recovery time or a loss exceeds something.
struct RareTarget {
  std::int32_t service = 0;
  bool loss = false;
  double beyond = 0;  ///< seconds
};

class Population {
 public:
  Population(const Program& program, const RareTarget& target, const Loadings& loadings, std::uint32_t size);

  /// New hands at degree 1.
  void begin(std::array<std::uint32_t, 2> key);
  std::uint32_t above(double level) const;
  /// Those above the level take the place of the others, in fair shares. There must be some.
  void keep_above(double level);
  /// The weights that lead from one degree to another.
  void weigh(double from, double to, std::vector<double>& weights) const;
  /// Draws a new population by weights, of which one at least is positive.
  void resample(const std::vector<double>& weights);
  /// Each tries to change, at a degree, and does if it stays above the level. Returns the share of those that did.
  double move(double share, double degree, double level);

  const std::vector<Hand>& hands() const { return hands_; }
  const std::vector<double>& scores() const { return scores_; }
  std::uint64_t replications() const { return replications_; }

 private:
  double score();
  std::size_t way_of(const Hand& hand, double degree, std::uint32_t who);
  void take(const std::vector<std::uint32_t>& chosen);

  RareTarget target_;
  const Loadings& loadings_;
  Replication replication_;
  Deck deck_;
  std::array<std::uint32_t, 2> key_{};
  std::uint32_t when_ = 0;
  std::vector<Hand> hands_, others_;
  std::vector<double> scores_, other_scores_;
  std::vector<std::uint32_t> chosen_;
  mutable std::vector<double> by_way_;
  std::uint64_t replications_ = 0;
};

}  // namespace muster
