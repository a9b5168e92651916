#include "sim/population.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr double furthest = 36;   ///< of a value: what draws can hold
constexpr double stride = 1.5;    ///< of a step of a value, either way

double in_unit(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

/// Those of them that a number below 1 points at, evenly spaced from it: each as often as it should be, up to one (Kitagawa 1996).
void pick_evenly(const std::vector<double>& weights, double total, double offset, std::vector<std::uint32_t>& chosen) {
  const auto n = static_cast<std::uint32_t>(weights.size());
  double passed = 0;
  std::uint32_t i = 0;
  chosen.clear();
  for (std::uint32_t k = 0; k < n; ++k) {
    const double at = (k + offset) / n * total;
    while (passed + weights[i] <= at && i + 1 < n) passed += weights[i++];
    std::uint32_t one = i;
    while (weights[one] == 0 && one > 0) --one;  // rounding, behind the last
    chosen.push_back(one);
  }
}

}  // namespace

void Deck::deal(std::size_t way, double degree, std::array<std::uint32_t, 2> key, std::uint32_t who, std::uint32_t when) {
  loading_ = &loadings_.ways[way];
  changed_ = nullptr;
  key_ = key;
  who_ = who;
  when_ = when;
  degree_ = degree;
  next_ = 0;
  dealt_.clear();
  if (++round_ == 0 || slots_.empty()) {
    slots_.assign(std::max<std::size_t>(slots_.size(), 256), {});
    round_ = 1;
  }
}

void Deck::change(const Hand& hand, double share, std::size_t way, double degree, std::array<std::uint32_t, 2> key, std::uint32_t who, std::uint32_t when) {
  deal(way, degree, key, who, when);
  changed_ = &hand;
  share_ = static_cast<std::uint32_t>(std::min(share * 0x1p32, 0x1p32 - 1));
}

/// Replications ask in much the same order.
const Card* Deck::old(std::uint64_t key) {
  if (!changed_) return nullptr;
  const std::size_t n = changed_->size();
  for (std::size_t tried = 0; tried < n; ++tried) {
    if (next_ >= n) next_ = 0;
    const Card& c = (*changed_)[next_++];
    if (c.key == key) return &c;
  }
  return nullptr;
}

Deck::Slot& Deck::slot_of(std::uint64_t key) {
  std::size_t i = key & (slots_.size() - 1);
  while (slots_[i].when == round_ && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
  return slots_[i];
}

const Card& Deck::card(Stream name, std::uint32_t attempt, std::uint32_t part, std::uint32_t which, double probability) {
  std::uint64_t key = name.name + 0x9e3779b97f4a7c15u * ((std::uint64_t{which} << 32) | (attempt << 12) | (part & 0xfffu));
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
  key ^= key >> 27;
  Slot* slot = &slot_of(key);
  if (slot->when == round_) return dealt_[slot->place];
  if (2 * dealt_.size() >= slots_.size()) {
    slots_.assign(2 * slots_.size(), {});
    for (std::uint32_t i = 0; i < dealt_.size(); ++i) slot_of(dealt_[i].key) = {dealt_[i].key, round_, i};
    slot = &slot_of(key);
  }
  *slot = {key, round_, static_cast<std::uint32_t>(dealt_.size())};
  dealt_.push_back(made(key, probability, old(key)));
  return dealt_.back();
}

Card Deck::made(std::uint64_t key, double probability, const Card* before) {
  const auto words = philox({who_, when_, static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}, key_);
  if (before && words[0] > share_) return *before;
  if (probability >= 0) {
    const double q = loading_->coin(key, probability, degree_);
    const double u = (static_cast<double>((std::uint64_t{words[1]} << 21) | (words[2] >> 11)) + 0.5) * 0x1p-53;
    return {key, u < q ? 1.0 : 0.0, 0.5, probability};
  }
  Card card{key, 0, 0.5, -1};
  const bool anew = !before || (words[3] & 3) == 0;
  if (anew) {
    const Load load = loading_->value(key, degree_);
    const double share = load.share, which = in_unit(words[3]);
    const double length = -log_exact((static_cast<double>((std::uint64_t{words[1]} << 20) | (words[2] >> 12)) + 0.5) * 0x1p-52);
    if (which < share)
      card.y = which < share * load.up ? length / load.rate : -length / load.rate;
    else
      card.y = which - share < (1 - share) / 2 ? length : -length;
  } else {
    card.y = before->y + stride * (2 * in_unit(words[1]) - 1);
  }
  card.y = std::clamp(card.y, -furthest, furthest);
  card.tail = std::clamp(0.5 * exp_exact(-std::abs(card.y)), 0x1p-54, 0.5 - 0x1p-54);
  if (!anew && in_unit(words[2]) * before->tail * loading_->ratio(*before, degree_) > card.tail * loading_->ratio(card, degree_)) return *before;
  return card;
}

Population::Population(const Program& program, const RareTarget& target, const Loadings& loadings, std::uint32_t size)
    : target_(target), loadings_(loadings), replication_(program), deck_(loadings), hands_(size), others_(size), scores_(size), other_scores_(size) {
  replication_.deal_from(&deck_);
}

double Population::score() {
  ++replications_;
  replication_.run(0, 0, false);
  return target_.loss ? replication_.rpo(target_.service) : replication_.rto(target_.service);
}

void Population::begin(std::array<std::uint32_t, 2> key) {
  key_ = key;
  when_ = 0;
  const double offset = in_unit(philox({~0u, when_, 0, 0}, key_)[0]), n = static_cast<double>(hands_.size());
  double passed = loadings_.shares[0];
  std::size_t way = 0;
  for (std::uint32_t i = 0; i < hands_.size(); ++i) {
    while (passed <= (i + offset) / n && way + 1 < loadings_.ways.size()) passed += loadings_.shares[++way];
    deck_.deal(way, 1, key_, i, when_);
    scores_[i] = score();
    hands_[i].swap(deck_.hand());
  }
}

std::uint32_t Population::above(double level) const {
  return static_cast<std::uint32_t>(std::count_if(scores_.begin(), scores_.end(), [&](double s) { return s > level; }));
}

void Population::keep_above(double level) {
  std::vector<double> weights;
  for (double s : scores_) weights.push_back(s > level ? 1 : 0);
  resample(weights);
}

void Population::weigh(double from, double to, std::vector<double>& weights) const {
  weights.clear();
  for (const Hand& hand : hands_) weights.push_back(exp_exact(loadings_.log_ratio(hand, to, by_way_) - loadings_.log_ratio(hand, from, by_way_)));
}

void Population::resample(const std::vector<double>& weights) {
  double total = 0;
  for (double w : weights) total += w;
  if (!(total > 0)) throw std::logic_error("Population: nobody is left");
  ++when_;
  pick_evenly(weights, total, in_unit(philox({~0u, when_, 0, 0}, key_)[0]), chosen_);
  take(chosen_);
}

void Population::take(const std::vector<std::uint32_t>& chosen) {
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    others_[i] = hands_[chosen[i]];
    other_scores_[i] = scores_[chosen[i]];
  }
  hands_.swap(others_);
  scores_.swap(other_scores_);
}

/// One of the ways in which the hand may have come about, as likely as it is: the law over all ways stays what it is then (Gibbs).
std::size_t Population::way_of(const Hand& hand, double degree, std::uint32_t who) {
  const double all = loadings_.log_ratio(hand, degree, by_way_), at = in_unit(philox({who, when_, ~0u, ~0u}, key_)[0]);
  std::size_t way = 0;
  for (double passed = exp_exact(by_way_[0] - all); passed <= at && way + 1 < by_way_.size();) passed += exp_exact(by_way_[++way] - all);
  return way;
}

double Population::move(double share, double degree, double level) {
  ++when_;
  std::uint32_t moved = 0;
  for (std::uint32_t i = 0; i < hands_.size(); ++i) {
    deck_.change(hands_[i], share, way_of(hands_[i], degree, i), degree, key_, i, when_);
    const double there = score();
    if (!(there > level)) continue;
    ++moved;
    scores_[i] = there;
    hands_[i].swap(deck_.hand());
  }
  return static_cast<double>(moved) / static_cast<double>(hands_.size());
}

}  // namespace muster
