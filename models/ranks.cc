#include "models/ranks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace muster {
namespace {

std::uint64_t ordered_bits(double value) {
  const auto raw = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  return raw & (std::uint64_t{1} << 63) ? ~raw : raw | (std::uint64_t{1} << 63);
}

/// Values in order, each by the leading bits in which they differ, and below them where it stands: half of what a value and its place would take.
class Sorted {
 public:
  explicit Sorted(std::span<const double> values) : values_(values), items_(values.size()) {
    std::uint64_t greatest = 0;
    for (const double value : values) {
      if (std::isnan(value)) throw std::logic_error("ranks: a value is not a number");
      least_ = std::min(least_, ordered_bits(value));
      greatest = std::max(greatest, ordered_bits(value));
    }
    const int digits = values.size() < 16'384 ? 2 : most_digits;
    shift_ = values.empty() ? 0 : std::max(0, static_cast<int>(std::bit_width(greatest - least_)) - digits * digit);
    for (std::size_t i = 0; i < values.size(); ++i) items_[i] = (ordered_bits(values[i]) - least_) >> shift_ << place_bits | i;
    constexpr std::size_t many = 1'000;  // from which on digits are quicker than comparing
    if (values.size() > many)
      by_digits(digits);
    else
      std::sort(items_.begin(), items_.end());
    put_alike_in_order();
  }
  std::size_t place(std::size_t i) const { return items_[i] & ((std::uint64_t{1} << place_bits) - 1); }
  bool equal(std::size_t i, std::size_t j) const { return leading(items_[i]) == leading(items_[j]) && (shift_ == 0 || bits(items_[i]) == bits(items_[j])); }

 private:
  static constexpr int digit = 11, most_digits = 3, place_bits = 64 - digit * most_digits;
  static std::uint64_t leading(std::uint64_t item) { return item >> place_bits; }
  std::uint64_t bits(std::uint64_t item) const { return ordered_bits(values_[item & ((std::uint64_t{1} << place_bits) - 1)]); }

  /// Least significant digit first, which is several times faster than comparing.
  void by_digits(int digits) {
    constexpr std::uint64_t mask = (1u << digit) - 1;
    std::array<std::array<std::uint32_t, mask + 1>, most_digits> counts{};
    for (const std::uint64_t item : items_)
      for (int d = 0; d < digits; ++d) ++counts[static_cast<std::size_t>(d)][(leading(item) >> (d * digit)) & mask];
    std::vector<std::uint64_t> other(items_.size());
    for (int d = 0; d < digits; ++d) {
      auto& of = counts[static_cast<std::size_t>(d)];
      if (of[(leading(items_[0]) >> (d * digit)) & mask] == items_.size()) continue;
      std::uint32_t sum = 0;
      for (auto& c : of) sum += std::exchange(c, sum);
      for (const std::uint64_t item : items_) other[of[(leading(item) >> (d * digit)) & mask]++] = item;
      items_.swap(other);
    }
  }

  void put_alike_in_order() {
    for (auto first = items_.begin(); shift_ > 0 && first != items_.end();) {
      auto last = first + 1;
      bool differ = false;  // mostly they do not: much takes no time, or just as long
      for (; last != items_.end() && leading(*last) == leading(*first); ++last) differ |= bits(*last) != bits(*first);
      if (differ) std::sort(first, last, [this](std::uint64_t a, std::uint64_t b) { return bits(a) < bits(b); });
      first = last;
    }
  }

  std::span<const double> values_;
  std::vector<std::uint64_t> items_;
  std::uint64_t least_ = ~std::uint64_t{0};
  int shift_ = 0;
};

}  // namespace

std::vector<double> ranks(std::span<const double> values) {
  if (values.size() >> 31 != 0) throw std::length_error("ranks: 2^31 values or more");
  const Sorted sorted(values);
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < out.size();) {
    std::size_t j = i + 1;
    while (j < out.size() && sorted.equal(i, j)) ++j;
    const double average = (static_cast<double>(i + 1) + static_cast<double>(j)) / 2;
    for (; i < j; ++i) out[sorted.place(i)] = average;
  }
  return out;
}

std::optional<double> pearson_of_ranks(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) throw std::logic_error("pearson_of_ranks: vectors of different lengths");
  const double n = static_cast<double>(x.size()), mean = (n + 1) / 2;
  // Of up to a hundred thousand ranks, which are halves of whole numbers, every sum is exact, in whatever order: so a vector of them will do.
  constexpr std::size_t wide = 8, exact = 150'000;
  double xx = 0, yy = 0, xy = 0;
  std::size_t i = 0;
  if (x.size() <= exact) {
    std::array<double, wide> xxs{}, yys{}, xys{};
    for (; i + wide <= x.size(); i += wide)
      for (std::size_t k = 0; k < wide; ++k) {
        const double a = x[i + k] - mean, b = y[i + k] - mean;
        xxs[k] += a * a;
        yys[k] += b * b;
        xys[k] += a * b;
      }
    for (std::size_t k = 0; k < wide; ++k) {
      xx += xxs[k];
      yy += yys[k];
      xy += xys[k];
    }
  }
  for (; i < x.size(); ++i) {
    const double a = x[i] - mean, b = y[i] - mean;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

}  // namespace muster
