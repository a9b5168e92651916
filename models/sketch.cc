#include "models/sketch.h"

#include <algorithm>
#include <cmath>

namespace muster {

Sketch::Sketch(const Sketch& other) { *this = other; }

Sketch& Sketch::operator=(const Sketch& other) {
  if (this == &other) return *this;
  for (std::size_t i = 0; i < pages_.size(); ++i) pages_[i] = other.pages_[i] ? std::make_unique<Page>(*other.pages_[i]) : nullptr;
  count_ = other.count_;
  tiny_ = other.tiny_;
  infinite_ = other.infinite_;
  min_ = other.min_;
  max_ = other.max_;
  return *this;
}

void Sketch::add(double value) {
  ++count_;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  const auto raw = std::bit_cast<std::uint64_t>(value);
  const int octave = static_cast<int>(raw >> 52) - 1023 - lowest;
  if (octave < 0) {
    ++tiny_;
  } else if (octave >= octaves) {
    ++infinite_;
  } else {
    auto& page = pages_[static_cast<std::size_t>(octave)];
    if (!page) page = std::make_unique<Page>();
    ++(*page)[(raw >> (52 - bits)) & ((std::uint64_t{1} << bits) - 1)];
  }
}

void Sketch::merge(const Sketch& other) {
  count_ += other.count_;
  tiny_ += other.tiny_;
  infinite_ += other.infinite_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (!other.pages_[i]) continue;
    if (!pages_[i]) pages_[i] = std::make_unique<Page>();
    for (std::size_t k = 0; k < pages_[i]->size(); ++k) (*pages_[i])[k] += (*other.pages_[i])[k];
  }
}

double Sketch::quantile(std::uint64_t rank) const {
  if (rank <= tiny_) return min_;
  std::uint64_t seen = tiny_;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (!pages_[i]) continue;
    for (std::size_t k = 0; k < pages_[i]->size(); ++k) {
      seen += (*pages_[i])[k];
      if (seen < rank) continue;
      const double scale = std::ldexp(1.0, static_cast<int>(i) + lowest);
      const double middle = scale * (1 + (static_cast<double>(k) + 0.5) / static_cast<double>(pages_[i]->size()));
      return std::clamp(middle, min_, max_);
    }
  }
  return max_;
}

Stats summarize(const Sketch& sketch, const Moments& moments) {
  const std::uint64_t n = sketch.count();
  // A summary of nothing, or of the two ends, has all but the ranks right.
  std::vector<double> ends;
  if (n > 0) ends = {moments.min, moments.max};
  Stats s = summarize(ends, moments);
  s.count = n;
  if (n == 0) return s;
  if (moments.min != moments.max && !moments.infinite) {
    const double half = 1.959963984540054 * s.sd / std::sqrt(static_cast<double>(n));
    s.mean_ci = {s.mean - half, s.mean + half};
  }
  for (std::size_t i = 0; i < Stats::levels.size(); ++i) s.quantiles[i] = sketch.quantile(rank_of(Stats::levels[i], n));
  const std::pair<double, Interval*> intervals[] = {{0.50, &s.p50_ci}, {0.90, &s.p90_ci}, {0.95, &s.p95_ci}, {0.99, &s.p99_ci}};
  for (const auto& [level, to] : intervals) {
    const Ranks r = quantile_ranks(level, n);
    *to = {r.low >= 1 ? sketch.quantile(r.low) : s.min, r.high <= n ? sketch.quantile(r.high) : never};
  }
  return s;
}

}  // namespace muster
