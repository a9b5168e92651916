#include "sim/draws_ahead.h"

namespace muster {

DrawsAhead::DrawsAhead(const Program& program, const LaneKernels& kernels)
    : p_(program), k_(kernels), length_of_(program.parts.size(), none), coin_of_(program.steps.size(), none), bits_(lanes::capacity), replications_(lanes::capacity) {
  std::int32_t lengths = 0, coins = 0;
  for (std::size_t s = 0; s < p_.steps.size(); ++s) {
    const auto& step = p_.steps[s];
    bool coin = step.fails > 0;
    if (coin) coin_of_[s] = coins++;
    for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) {
      const auto& part = p_.parts[i];
      const bool correlated = step.correlated != none && part.index == step.correlated_part;
      if (part.kind != Program::Part::Kind::law || part.law.table == none || part.law.belief != none || correlated) continue;
      const bool with_coin = coin && part.index == 0;
      length_of_[i] = lengths++;
      drawn_columns_.push_back({step.stream.name, part.index & 0xfffu, part.law.table, length_of_[i], with_coin ? coin_of_[s] : none});
      coin &= !with_coin;
    }
    if (coin) drawn_columns_.push_back({step.stream.name, 0, none, none, coin_of_[s]});
  }
  lengths_.resize(static_cast<std::size_t>(lengths) * stride);
  coins_.resize(static_cast<std::size_t>(coins) * stride);
}

void DrawsAhead::draw(std::uint64_t seed, std::uint32_t first) {
  seed_ = seed;
  first_ = first;
  drawn_ = true;
  for (std::uint32_t i = 0; i < lanes::capacity; ++i) replications_[i] = first + i;
  for (const Drawn& d : drawn_columns_) {
    std::uint64_t* coins = d.coin == none ? nullptr : coins_.data() + static_cast<std::size_t>(d.coin) * stride;
    const LaneDraw of{seed, d.name, d.part};
    const QuantileTable* table = d.table == none ? nullptr : &p_.tables[static_cast<std::size_t>(d.table)];
    const double* cells = table ? table->cells_of_tails() : nullptr;
    double* out = table ? lengths_.data() + static_cast<std::size_t>(d.length) * stride : nullptr;
    if (cells && !k_.sample(of, cells, replications_.data(), lanes::capacity, out, coins)) continue;
    k_.bits(of, replications_.data(), lanes::capacity, bits_.data(), coins);
    for (std::uint32_t i = 0; table && i < lanes::capacity; ++i)
      if (!cells || out[i] != out[i]) out[i] = (*table)(bits_[i]);
  }
}

}  // namespace muster
