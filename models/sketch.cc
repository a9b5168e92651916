#include "models/sketch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "models/archive.h"

namespace muster {

/// From 0; what is tiny lies before.
std::int32_t Sketch::octave_of(double value) { return static_cast<std::int32_t>(bucket_of(value) >> bits) - (1023 + lowest); }

/// Without its sign: -0 is 0.
std::uint64_t Sketch::bucket_of(double value) { return std::bit_cast<std::uint64_t>(value) << 1 >> (53 - bits); }

std::uint64_t Sketch::first_bucket() const { return static_cast<std::uint64_t>(first_ + 1023 + lowest) << bits; }

/// Has counts of these octaves and all between.
void Sketch::widen(std::int32_t from, std::int32_t to) {
  if (!counts_.empty()) {
    if (from >= first_ && to < end()) return;
    from = std::min(from, first_);
    to = std::max(to, end() - 1);
  }
  std::vector<std::uint32_t> wider(static_cast<std::size_t>(to - from + 1) * per_octave);
  std::copy(counts_.begin(), counts_.end(), wider.begin() + (counts_.empty() ? 0 : first_ - from) * static_cast<std::ptrdiff_t>(per_octave));
  counts_.swap(wider);
  first_ = from;
}

void Sketch::add(double value, std::uint64_t times) {
  if (!(value >= 0)) throw std::logic_error("Sketch: a value is negative or not a number");
  if (times == 0) return;
  value += 0.0;  // -0 becomes 0
  make_sure_of(times);
  count_ += times;
  min_ = std::min(min_, value);
  if (value == never) {
    infinite_ += times;
    return;
  }
  greatest_ = std::max(greatest_, value);
  const auto octave = octave_of(value);
  if (octave < 0) {
    tiny_ += times;
  } else if (octave >= octaves) {
    huge_ += times;
  } else {
    widen(octave, octave);
    counts_[bucket_of(value) - first_bucket()] += static_cast<std::uint32_t>(times);
  }
}

void Sketch::add(std::span<const double> values, double least, double greatest) {
  if (values.empty()) return;
  if (!(least >= 0) || octave_of(greatest) >= octaves) {
    for (const double value : values) add(value);
    return;
  }
  make_sure_of(values.size());
  if (octave_of(greatest) < 0) {
    tiny_ += values.size();
  } else {
    double from = least;
    if (octave_of(least) < 0) {
      from = greatest;
      constexpr double tiniest = 0x1p-20;
      static_assert(lowest == -20);
      for (const double value : values) from = std::min(from, value < tiniest ? greatest : value);
    }
    widen(octave_of(from), octave_of(greatest));
    const std::uint64_t base = first_bucket();
    std::uint32_t* const counts = counts_.data();
    if (from == least) {
      for (const double value : values) ++counts[bucket_of(value) - base];
    } else {
      std::array<std::uint32_t, 8> tiny{};  // in turn, lest one addition waits for the one before
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint64_t bucket = bucket_of(values[i]);
        ++*(bucket < base ? &tiny[i % tiny.size()] : counts + (bucket - base));
      }
      tiny_ += std::accumulate(tiny.begin(), tiny.end(), std::uint64_t{0});
    }
  }
  count_ += values.size();
  min_ = std::min(min_, least);
  greatest_ = std::max(greatest_, greatest);
}

void Sketch::make_sure_of(std::uint64_t count) const {
  if (count > std::numeric_limits<std::uint32_t>::max() - count_) throw std::length_error("Sketch: more than 2^32 - 1 values");
}

void Sketch::merge(const Sketch& other) {
  make_sure_of(other.count_);
  count_ += other.count_;
  tiny_ += other.tiny_;
  huge_ += other.huge_;
  infinite_ += other.infinite_;
  min_ = std::min(min_, other.min_);
  greatest_ = std::max(greatest_, other.greatest_);
  if (other.counts_.empty()) return;
  widen(other.first_, other.end() - 1);
  std::uint32_t* const from = counts_.data() + static_cast<std::size_t>(other.first_ - first_) * per_octave;
  for (std::size_t k = 0; k < other.counts_.size(); ++k) from[k] += other.counts_[k];
}

double Sketch::quantile(std::uint64_t rank) const {
  if (rank == 0 || rank > count_) throw std::logic_error("Sketch: no such rank");
  if (rank <= tiny_) return min_;
  if (rank > count_ - infinite_) return never;
  std::uint64_t seen = tiny_;
  for (std::size_t from = 0; from < counts_.size(); from += per_octave) {
    const std::uint64_t inside = std::accumulate(counts_.begin() + static_cast<std::ptrdiff_t>(from), counts_.begin() + static_cast<std::ptrdiff_t>(from + per_octave), std::uint64_t{0});
    if (seen + inside < rank) {
      seen += inside;
      continue;
    }
    std::size_t k = 0;
    while ((seen += counts_[from + k]) < rank) ++k;
    const double scale = std::ldexp(1.0, first_ + static_cast<int>(from / per_octave) + lowest);
    const double middle = scale * (1 + (static_cast<double>(k) + 0.5) / static_cast<double>(per_octave));
    return std::clamp(middle, min_, greatest_);
  }
  return greatest_;
}

void Sketch::check() const {
  if (counts_.size() % per_octave != 0 || counts_.size() > octaves * per_octave || first_ < 0 || end() > octaves) throw DamagedArchive();
}

Stats summarize(const Sketch& sketch, const Moments& moments) {
  if (sketch.count() != moments.count) throw std::logic_error("summarize: the moments are of other values");
  return summarize(moments, [&](std::uint64_t rank) { return sketch.quantile(rank); });
}

}  // namespace muster
