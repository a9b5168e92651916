#include "models/sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace muster {

Sketch::Sketch(const Sketch& other) { *this = other; }

Sketch& Sketch::operator=(const Sketch& other) {
  if (this == &other) return *this;
  for (std::size_t i = 0; i < pages_.size(); ++i)
    pages_[i] = other.pages_[i] ? std::make_unique<Page>(*other.pages_[i]) : nullptr;
  count_ = other.count_;
  tiny_ = other.tiny_;
  huge_ = other.huge_;
  infinite_ = other.infinite_;
  min_ = other.min_;
  greatest_ = other.greatest_;
  return *this;
}

void Sketch::add(double value) { add(value, 1); }

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
  const auto raw = std::bit_cast<std::uint64_t>(value);
  const int octave = static_cast<int>(raw >> 52) - 1023 - lowest;
  if (octave < 0) {
    tiny_ += times;
  } else if (octave >= octaves) {
    huge_ += times;
  } else {
    auto& page = pages_[static_cast<std::size_t>(octave)];
    if (!page) page = std::make_unique<Page>();
    (*page)[(raw >> (52 - bits)) & ((std::uint64_t{1} << bits) - 1)] += static_cast<std::uint32_t>(times);
  }
}

/// Most values are tiny or fall into octaves that have their page already, and need no more than their bucket.
void Sketch::add(std::span<const double> values, double least, double greatest) {
  make_sure_of(values.size());
  std::array<std::uint32_t, 8> tiny{};  // in turn, lest one addition waits for the one before
  std::array<std::uint32_t*, octaves + 2> counts{tiny.data()};
  for (std::size_t i = 0; i < octaves; ++i) counts[i + 1] = pages_[i] ? pages_[i]->data() : nullptr;
  std::uint64_t plain = 0;
  for (const double value : values) {
    const auto raw = std::bit_cast<std::uint64_t>(value);
    constexpr std::uint64_t below = 1023 + lowest - 1;
    const std::uint64_t octave = std::min<std::uint64_t>(std::max(raw >> 52, below) - below, octaves + 1);
    if (!counts[octave]) {
      add(value);
      if (octave <= octaves) counts[octave] = pages_[octave - 1]->data();
      continue;
    }
    const std::uint64_t place = (raw >> (52 - bits)) & ((std::uint64_t{1} << bits) - 1), turn = plain++ % tiny.size();
    ++counts[octave][octave == 0 ? turn : place];
  }
  count_ += plain;
  tiny_ += std::accumulate(tiny.begin(), tiny.end(), std::uint64_t{0});
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
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (!other.pages_[i]) continue;
    if (!pages_[i]) pages_[i] = std::make_unique<Page>();
    for (std::size_t k = 0; k < pages_[i]->size(); ++k) (*pages_[i])[k] += (*other.pages_[i])[k];
  }
}

double Sketch::quantile(std::uint64_t rank) const {
  if (rank == 0 || rank > count_) throw std::logic_error("Sketch: no such rank");
  if (rank <= tiny_) return min_;
  if (rank > count_ - infinite_) return never;
  std::uint64_t seen = tiny_;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (!pages_[i]) continue;
    for (std::size_t k = 0; k < pages_[i]->size(); ++k) {
      seen += (*pages_[i])[k];
      if (seen < rank) continue;
      const double scale = std::ldexp(1.0, static_cast<int>(i) + lowest);
      const double middle =
          scale * (1 + (static_cast<double>(k) + 0.5) / static_cast<double>(pages_[i]->size()));
      return std::clamp(middle, min_, greatest_);
    }
  }
  return greatest_;
}

Stats summarize(const Sketch& sketch, const Moments& moments) {
  if (sketch.count() != moments.count) throw std::logic_error("summarize: the moments are of other values");
  return summarize(moments, [&](std::uint64_t rank) { return sketch.quantile(rank); });
}

}  // namespace muster
