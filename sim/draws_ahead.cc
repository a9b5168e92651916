#include "sim/draws_ahead.h"

#include <algorithm>

namespace muster {

DrawsAhead::DrawsAhead(const Program& program, const LaneKernels& kernels)
    : p_(program),
      k_(kernels),
      length_of_(program.parts.size(), none),
      coin_of_(program.steps.size(), none),
      words_(lanes::capacity),
      heads_(lanes::capacity + 8),
      replications_(lanes::capacity) {
  std::int32_t lengths = 0;
  for (std::size_t s = 0; s < p_.steps.size(); ++s) {
    const auto& step = p_.steps[s];
    if (step.fails > 0) {
      coin_of_[s] = static_cast<std::int32_t>(drawn_coins_.size());
      drawn_coins_.push_back({step.stream, step.fails});
    }
    for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) {
      const auto& part = p_.parts[i];
      const bool correlated = step.correlated != none && part.index == step.correlated_part;
      if (part.kind != Program::Part::Kind::law || part.law.table == none || part.law.belief != none || correlated) continue;
      length_of_[i] = lengths++;
      drawn_lengths_.push_back({step.stream, part.index, part.law.table, length_of_[i]});
    }
  }
  lengths_.resize(static_cast<std::size_t>(lengths) * stride);
  fails_.resize(drawn_coins_.size() * stride);
}

void DrawsAhead::words(Stream name, std::uint32_t part, Word which) {
  const LaneDraw d{seed_, name.name, muster::draw(0, 0, name, 0, part).place, static_cast<std::uint32_t>(which)};
  if (first_ % 32 == 0)
    k_.words(d, first_, lanes::capacity, words_.data());
  else
    k_.words_of(d, replications_.data(), lanes::capacity, words_.data());
}

void DrawsAhead::draw(std::uint64_t seed, std::uint32_t first) {
  seed_ = seed;
  first_ = first;
  drawn_ = true;
  for (std::uint32_t i = 0; i < lanes::capacity; ++i) replications_[i] = first + i;
  for (const Length& l : drawn_lengths_) {
    words(l.name, l.part, Word::value);
    const QuantileTable& table = p_.tables[static_cast<std::size_t>(l.table)];
    double* out = lengths_.data() + static_cast<std::size_t>(l.column) * stride;
    const double* rows = table.rows();
    const bool left = !rows || k_.quantile(rows, words_.data(), nullptr, lanes::capacity, out);
    for (std::uint32_t i = 0; left && i < lanes::capacity; ++i)
      if (!rows || out[i] != out[i]) out[i] = table(uniform(muster::draw(seed, replications_[i], l.name, 0, l.part)));
  }
  std::fill(fails_.begin(), fails_.end(), 0);
  for (std::size_t c = 0; c < drawn_coins_.size(); ++c) {
    const Coin& coin = drawn_coins_[c];
    std::uint8_t* out = fails_.data() + c * stride;
    words(coin.name, 0, Word::coin);
    bool undecided = false;
    const std::uint32_t n = k_.heads(words_.data(), coin.probability, lanes::capacity, heads_.data(), undecided);
    for (std::uint32_t k = 0; k < n; ++k) out[heads_[k]] = 1;
    for (std::uint32_t i = 0; undecided && i < lanes::capacity; ++i) out[i] = heads(muster::draw(seed, replications_[i], coin.name), coin.probability);
  }
}

}  // namespace muster
