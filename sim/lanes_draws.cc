#include <algorithm>

#include "models/elementary.h"
#include "sim/lanes.h"

namespace muster {

void Lanes::words(Stream name, std::uint32_t place, Word which, const std::uint32_t* list, std::uint32_t n, std::uint64_t* out) {
  const LaneDraw d{seed_, name.name, place, static_cast<std::uint32_t>(which)};
  if (list == all_ && first_ % 32 == 0)
    k_.words(d, first_, n, out);
  else
    k_.words_of(d, replications_of(list, n), n, out);
}

/// The places in the list whose coins show heads.
std::uint32_t Lanes::toss(Stream name, std::uint32_t place, double probability, const std::uint32_t* list, std::uint32_t n, std::uint32_t* found) {
  words(name, place, Word::coin, list, n, words_);
  bool undecided = false;
  std::uint32_t count = k_.heads(words_, probability, n, found, undecided);
  if (!undecided) return count;
  count = 0;
  for (std::uint32_t k = 0; k < n; ++k)
    if (heads({seed_, name, replications_[list[k]], place}, probability)) found[count++] = k;
  return count;
}

/// Added to `from`, which must not be `out`, where that is given.
void Lanes::sample(const Sampler& law, Stream name, std::uint32_t place, const std::uint32_t* list, std::uint32_t n, double* out, const double* from) {
  const QuantileTable& table = p_.tables[at(law.table)];
  if (table.rows()) {
    words(name, place, Word::value, list, n, words_);
    if (!k_.quantile(table.rows(), words_, from, n, out)) return;
  }
  for (std::uint32_t k = 0; k < n; ++k)
    if (!table.rows() || out[k] != out[k]) out[k] = (from ? from[k] : 0) + table(uniform({seed_, name, replications_[list[k]], place}));
}

/// As Replication::reset() does it.
void Lanes::correlate() {
  const std::size_t n = p_.correlated_steps.size();
  for (std::size_t i = 0; i < n; ++i) {
    const auto& s = p_.steps[at(p_.correlated_steps[i])];
    for (std::uint32_t l = 0; l < n_; ++l) {
      const Uniform01 u = uniform(draw(seed_, replications_[l], s.stream, 0, s.correlated_part));
      normals_[i][l] = u.upper ? -normal_quantile(u.tail) : normal_quantile(u.tail);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto& s = p_.steps[at(p_.correlated_steps[i])];
    const QuantileTable& table = p_.tables[at(p_.parts[at(p_.pool[s.random.begin])].law.table)];
    for (std::uint32_t l = 0; l < n_; ++l) {
      double z = 0;
      for (std::size_t k = 0; k <= i; ++k) z += p_.correlation_factor[i * n + k] * normals_[k][l];
      const double tail = normal_cdf(z < 0 ? z : -z);
      correlated_[i][l] = table(Uniform01{std::clamp(tail, 0x1p-54, 0.5 - 0x1p-54), z >= 0});
    }
  }
}

/// How long after the call each seat of a role is there, the soonest first.
void Lanes::draw_delays(std::size_t r, const Sampler& law, double* const* of_all) {
  double* const* delays = of_all + plan_.resources[r].first;
  for (std::uint32_t k = 0; k < plan_.resources[r].count; ++k) {
    if (law.table == none)
      std::fill_n(delays[k], n_, law.constant);
    else
      sample(law, p_.resources[r].stream, k << 12, all_, n_, delays[k]);
    for (std::uint32_t j = k; j > 0; --j)
      for (std::uint32_t i = 0; i < n_; ++i) {
        const double a = delays[j - 1][i], b = delays[j][i];
        delays[j - 1][i] = std::min(a, b);
        delays[j][i] = std::max(a, b);
      }
  }
}

const std::uint32_t* Lanes::replications_of(const std::uint32_t* list, std::uint32_t n) {
  if (list == all_) return replications_;
  for (std::uint32_t k = 0; k < n; ++k) some_[k] = replications_[list[k]];
  for (std::uint32_t k = n; k < lanes::capacity && k < n + 8; ++k) some_[k] = 0;
  return some_;
}

/// `lost_` holds places in the list, ascending.
void Lanes::attempts(std::int32_t s, const double* from, double* to, const std::uint32_t* list,
                     std::uint32_t n, std::uint32_t first) {
  const auto& step = p_.steps[at(s)];
  lost_count_ = 0;
  const std::uint32_t failed = attempt(s, first, from, to, list, n);
  if (failed == 0) return;
  std::copy_n(failed_.begin(), failed, places_.begin());
  std::uint32_t left = failed;
  for (std::uint32_t k = 1; k < step.attempts && left > 0; ++k) {
    for (std::uint32_t j = 0; j < left; ++j) {
      again_[j] = list[places_[j]];
      retry_[j] = to[places_[j]];
    }
    if (step.retry_after.table != none) {
      sample(step.retry_after, step.retry_stream, draw(seed_, 0, step.retry_stream, (first + k - 1) & 0xfffffu).place, again_.data(), left, length_);
      for (std::uint32_t j = 0; j < left; ++j) retry_[j] += length_[j];
    } else if (step.retry_after.constant != 0) {
      for (std::uint32_t j = 0; j < left; ++j) retry_[j] += step.retry_after.constant;
    }
    const std::uint32_t still = attempt(s, first + k, retry_, retry_, again_.data(), left);
    for (std::uint32_t j = 0; j < left; ++j) to[places_[j]] = retry_[j];
    for (std::uint32_t j = 0; j < still; ++j) places_[j] = places_[failed_[j]];
    left = still;
  }
  std::copy_n(places_.begin(), left, lost_.begin());
  lost_count_ = left;
}

void Lanes::draw_part(std::int32_t s, const Program::Part& part, std::uint32_t attempt,
                      const std::uint32_t* list, std::uint32_t n, double* out) {
  const auto& step = p_.steps[at(s)];
  if (step.correlated != none && attempt == 0 && part.index == step.correlated_part) {
    for (std::uint32_t k = 0; k < n; ++k) out[k] = correlated_[at(step.correlated)][list[k]];
    return;
  }
  sample(part.law, step.stream, draw(seed_, 0, step.stream, attempt, part.index).place, list, n, out);
}

/// What a step takes where that is a single draw.
const Program::Part* Lanes::only_draw(const Program::Step& step) const {
  const bool is_it = step.plain && step.random.size() == 1 && step.constant == 0 && step.timeout == forever && step.correlated == none;
  return is_it ? &p_.parts[at(p_.pool[step.random.begin])] : nullptr;
}

/// One attempt in each of these lanes; `to` becomes its end and may be `from`. Returns how many failed;
/// `failed_` holds their places.
std::uint32_t Lanes::attempt(std::int32_t s, std::uint32_t number, const double* from, double* to,
                             const std::uint32_t* list, std::uint32_t n) {
  const auto& step = p_.steps[at(s)];
  if (step.plain && step.random.size() == 0 && step.constant <= step.timeout) {
    k_.add_constant(to, from, step.constant, n);
    if (step.timeout < forever) std::fill_n(timed_out_.begin(), n, 0);
  } else if (const Program::Part* only = only_draw(step); only && to != from) {
    sample(only->law, step.stream, draw(seed_, 0, step.stream, number, only->index).place, list, n, to, from);
  } else if (step.plain) {
    lengths(s, number, list, n, length_);
    k_.add(to, from, length_, n);
  } else {
    if (step.timeout < forever) std::fill_n(timed_out_.begin(), n, 0);
    drained(s, number, from, to, list, n);
  }
  return failures(s, number, list, n);
}

/// Of an attempt of a plain step; marks those that are timed out.
void Lanes::lengths(std::int32_t s, std::uint32_t number, const std::uint32_t* list, std::uint32_t n, double* length) {
  const auto& step = p_.steps[at(s)];
  if (step.random.size() == 0) std::fill_n(length, n, step.constant);
  for (std::uint32_t i = step.random.begin; i < step.random.end; ++i) {
    const Program::Part& part = p_.parts[at(p_.pool[i])];
    const bool first = i == step.random.begin;
    draw_part(s, part, number, list, n, first ? length : part_);
    if (first && step.constant != 0) k_.add_constant(length, length, step.constant, n);
    if (!first) k_.add(length, length, part_, n);
  }
  if (step.timeout == forever) return;
  for (std::uint32_t k = 0; k < n; ++k) {
    timed_out_[k] = length[k] > step.timeout;
    length[k] = std::min(length[k], step.timeout);
  }
}

std::uint32_t Lanes::failures(std::int32_t s, std::uint32_t number, const std::uint32_t* list, std::uint32_t n) {
  const auto& step = p_.steps[at(s)];
  std::uint32_t failed = 0;
  if (step.fails > 0) failed = toss(step.stream, draw(seed_, 0, step.stream, number).place, step.fails, list, n, failed_.data());
  if (step.timeout == forever) return failed;
  for (std::uint32_t j = 0; j < failed; ++j) timed_out_[failed_[j]] = 1;
  failed = 0;
  for (std::uint32_t k = 0; k < n; ++k)
    if (timed_out_[k]) failed_[failed++] = k;
  return failed;
}

/// Part after part, for a drain takes in proportion to the time since the onset.
void Lanes::drained(std::int32_t s, std::uint32_t number, const double* from, double* to,
                    const std::uint32_t* list, std::uint32_t n) {
  const auto& step = p_.steps[at(s)];
  for (std::uint32_t k = 0; k < n; ++k) deadline_[k] = from[k] + step.timeout;
  if (to != from) std::copy_n(from, n, to);
  for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) {
    const Program::Part& part = p_.parts[i];
    if (part.kind == Program::Part::Kind::drain) {
      for (std::uint32_t k = 0; k < n; ++k) to[k] += to[k] * part.amount;
    } else if (part.kind == Program::Part::Kind::transfer) {
      if (part.amount == 0) continue;
      const double alone = part.amount / p_.links[at(part.link)].rate;
      for (std::uint32_t k = 0; k < n; ++k) {
        double &first = transfer_from_[at(s)][list[k]], &last = transfer_to_[at(s)][list[k]];
        first = std::min(first, to[k]);
        to[k] += alone;
        last = std::max(last, to[k]);
      }
    } else if (part.law.table == none) {
      k_.add_constant(to, to, part.law.constant, n);
    } else {
      draw_part(s, part, number, list, n, length_);
      k_.add(to, to, length_, n);
    }
  }
  for (std::uint32_t k = 0; step.timeout < forever && k < n; ++k)
    if (to[k] > deadline_[k]) {
      to[k] = deadline_[k];
      timed_out_[k] = 1;
    }
}

}  // namespace muster
