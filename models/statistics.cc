#include "models/statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "models/elementary.h"

namespace muster {

Interval clopper_pearson(std::uint64_t successes, std::uint64_t n, double confidence) {
  if (n == 0 || successes > n)
    throw std::logic_error("clopper_pearson: no trials, or more successes than trials");
  const double k = static_cast<double>(successes), rest = static_cast<double>(n - successes);
  const double tail = (1 - confidence) / 2;
  return {successes == 0 ? 0.0 : beta_p_inverse(k, rest + 1, tail),
          successes == n ? 1.0 : beta_p_inverse(k + 1, rest, tail, true)};
}

Share share(std::uint64_t successes, std::uint64_t n) {
  return {static_cast<double>(successes) / static_cast<double>(n), clopper_pearson(successes, n)};
}

Verdict verdict(const Share& s, double confidence) {
  if (s.ci.low >= confidence) return Verdict::met;
  return s.ci.high < confidence ? Verdict::missed : Verdict::undecided;
}

double binomial_cdf(std::int64_t k, std::uint64_t n, double p) {
  if (k < 0) return 0;
  if (static_cast<std::uint64_t>(k) >= n) return 1;
  return beta_q(static_cast<double>(k) + 1, static_cast<double>(n) - static_cast<double>(k), p);
}

std::uint64_t rank_of(double p, std::uint64_t n) {
  const double exact = p * static_cast<double>(n);
  const double nearest = std::floor(exact + 0.5);
  // 0.95 * 100 is not 95 in binary; what rounding p and the product can explain means the whole number.
  const double r = std::fabs(exact - nearest) <= exact * 0x1p-51 ? nearest : std::ceil(exact);
  return std::clamp<std::uint64_t>(r < 1 ? 1 : static_cast<std::uint64_t>(r), 1,
                                   std::max<std::uint64_t>(n, 1));
}

namespace {

/// The smallest k in [-1, n] with P(Binomial(n, p) <= k) >= level, by bisection around the normal
/// approximation.
std::int64_t binomial_quantile(std::uint64_t n, double p, double level) {
  const double mean = static_cast<double>(n) * p, sd = std::sqrt(mean * (1 - p));
  auto low = static_cast<std::int64_t>(std::floor(mean - 10 * sd)) - 2,
       high = static_cast<std::int64_t>(std::ceil(mean + 10 * sd)) + 2;
  low = std::max<std::int64_t>(low, -1);
  high = std::min<std::int64_t>(high, static_cast<std::int64_t>(n));
  if (low >= 0 && binomial_cdf(low, n, p) >= level) low = -1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (binomial_cdf(middle, n, p) >= level ? high : low) = middle;
  }
  return high;
}

}  // namespace

namespace {

/// What was asked last: the same few levels are asked for again and again, of as many values.
struct Known {
  double p = -1;
  std::uint64_t n = 0;
  Ranks ranks;
};
thread_local std::array<Known, 8> known;
thread_local std::size_t oldest = 0;

}  // namespace

Ranks quantile_ranks(double p, std::uint64_t n) {
  if (n == 0) return {0, 1};
  for (const Known& each : known)
    if (each.p == p && each.n == n) return each.ranks;
  // The quantile is below the r-th value with probability P(Bin < r), above it with P(Bin >= r).
  const std::int64_t low = binomial_quantile(n, p, 0.025);   // P(Bin <= low - 1) < 0.025
  const std::int64_t high = binomial_quantile(n, p, 0.975);  // P(Bin <= high) >= 0.975
  const Ranks ranks{static_cast<std::uint64_t>(std::max<std::int64_t>(low, 0)), static_cast<std::uint64_t>(high) + 1};
  known[oldest++ % known.size()] = {p, n, ranks};
  return ranks;
}

std::uint64_t upper_rank(std::uint64_t n, double p) {
  if (n == 0) return 1;
  return static_cast<std::uint64_t>(binomial_quantile(n, p, 0.95)) + 1;
}

double relative_half_width(const Interval& i) {
  if (i.low == i.high) return 0;
  if (!std::isfinite(i.low) || !std::isfinite(i.high)) return never;
  return (i.high - i.low) / (std::fabs(i.high) + std::fabs(i.low));
}

void Moments::add(double x) {
  ++count;
  min = std::min(min, x);
  max = std::max(max, x);
  if (std::isinf(x)) {
    ++infinite;
    return;
  }
  const double n = static_cast<double>(count - infinite), delta = x - mean;
  mean += delta / n;
  m2 += delta * (x - mean);
}

void Moments::merge(const Moments& o) {
  const double a = static_cast<double>(count - infinite), b = static_cast<double>(o.count - o.infinite);
  if (b > 0) {
    const double delta = o.mean - mean;
    m2 += o.m2 + delta * delta * (a * b / (a + b));
    mean += delta * (b / (a + b));
  }
  count += o.count;
  infinite += o.infinite;
  min = std::min(min, o.min);
  max = std::max(max, o.max);
}

double Moments::sd() const {
  const std::uint64_t n = count - infinite;
  return n < 2 ? 0 : std::sqrt(std::max(0.0, m2) / static_cast<double>(n - 1));
}

namespace {

/// The low end of what the values can be: durations, counts and costs are never below zero.
double least_possible(const Moments& moments) { return moments.min >= 0 ? 0 : -never; }

struct IntervalOf {
  double level;
  Interval Stats::*to;
};
constexpr IntervalOf quantile_intervals[] = {
    {0.50, &Stats::p50_ci}, {0.90, &Stats::p90_ci}, {0.95, &Stats::p95_ci}, {0.99, &Stats::p99_ci}};

/// One NaN among the values makes their mean NaN for good.
void check_numbers(const Moments& m) {
  if (std::isnan(m.mean)) throw std::logic_error("summarize: a value is not a number");
}

Stats nothing() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Stats s;
  s.mean = s.sd = s.min = s.max = nan;
  s.quantiles.fill(nan);
  s.mean_ci = s.p50_ci = s.p90_ci = s.p95_ci = s.p99_ci = {nan, nan};
  return s;
}

void set_mean(Stats& s, const Moments& m) {
  if (s.min == s.max) {
    // Nothing varies: sums must not blur the value.
    s.mean = s.min;
    s.sd = std::isinf(s.min) ? never : 0;
    s.mean_ci = {s.min, s.min};
  } else if (m.infinite > 0) {
    s.mean = s.sd = never;
    s.mean_ci = {never, never};
  } else {
    s.mean = std::clamp(m.mean, s.min, s.max);
    s.sd = m.sd();
    const double half = 1.959963984540054 * s.sd / std::sqrt(static_cast<double>(s.count));
    s.mean_ci = {std::max(s.mean - half, least_possible(m)), s.mean + half};
  }
}

/// Puts the values of these ranks (sorted) where sorting would, halving the ranks and so the values at every
/// step.
void put_in_place(std::vector<double>::iterator first, std::vector<double>::iterator last,
                  std::uint64_t rank_before, std::span<const std::uint64_t> wanted) {
  if (wanted.empty() || first == last) return;
  const std::size_t middle = wanted.size() / 2;
  const auto at = first + static_cast<std::ptrdiff_t>(wanted[middle] - rank_before - 1);
  std::nth_element(first, at, last);
  put_in_place(first, at, rank_before, wanted.first(middle));
  put_in_place(at + 1, last, wanted[middle], wanted.subspan(middle + 1));
}

constexpr std::size_t many = 500;  ///< values from which on counting is quicker than comparing

/// The values of these ranks (ascending), as sorting would find them. Most values are only counted, by equal steps from the least to the
/// greatest; those of the steps that hold a rank are put in order.
std::vector<double> order_statistics(std::vector<double>& values, const Moments& m, std::span<const std::uint64_t> wanted) {
  const std::size_t steps = std::clamp<std::size_t>(values.size() / 8, 64, 4096);
  const double scale = static_cast<double>(steps - 1) / (m.max - m.min);
  std::vector<double> out;
  if (values.size() < many || m.infinite > 0 || !std::isfinite(scale)) {
    if (m.min != m.max) put_in_place(values.begin(), values.end(), 0, wanted);
    for (const std::uint64_t rank : wanted) out.push_back(values[rank - 1]);
    return out;
  }
  const auto step_of = [&](double x) { return static_cast<std::size_t>((x - m.min) * scale); };
  std::vector<std::uint64_t> counts(steps);
  for (const double x : values) ++counts[step_of(x)];
  std::vector<std::vector<double>> kept(steps);
  std::vector<char> holds(steps);
  std::uint64_t before = 0;
  auto next = wanted.begin();
  for (std::size_t s = 0; s < steps && next != wanted.end(); before += counts[s++])
    for (; next != wanted.end() && *next <= before + counts[s]; ++next) holds[s] = 1;
  for (const double x : values)
    if (holds[step_of(x)]) kept[step_of(x)].push_back(x);
  before = 0;
  next = wanted.begin();
  for (std::size_t s = 0; s < steps && next != wanted.end(); before += counts[s++]) {
    const auto first = next;
    while (next != wanted.end() && *next <= before + counts[s]) ++next;
    put_in_place(kept[s].begin(), kept[s].end(), before, {first, next});
    for (auto rank = first; rank != next; ++rank) out.push_back(kept[s][*rank - before - 1]);
  }
  return out;
}

}  // namespace

std::vector<std::uint64_t> ranks_of_summary(std::uint64_t n) {
  std::vector<std::uint64_t> wanted;
  for (const double level : Stats::levels) wanted.push_back(rank_of(level, n));
  for (const IntervalOf& i : quantile_intervals) {
    const Ranks r = quantile_ranks(i.level, n);
    if (r.low >= 1) wanted.push_back(r.low);
    if (r.high <= n) wanted.push_back(r.high);
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  return wanted;
}

Stats summarize(const Moments& moments, const std::function<double(std::uint64_t)>& value_of_rank) {
  const std::uint64_t n = moments.count;
  if (n == 0) return nothing();
  check_numbers(moments);
  Stats s;
  s.count = n;
  s.min = moments.min;
  s.max = moments.max;
  set_mean(s, moments);
  for (std::size_t i = 0; i < Stats::levels.size(); ++i)
    s.quantiles[i] = value_of_rank(rank_of(Stats::levels[i], n));
  for (const IntervalOf& i : quantile_intervals) {
    const Ranks r = quantile_ranks(i.level, n);
    s.*i.to = {r.low >= 1 ? value_of_rank(r.low) : least_possible(moments),
               r.high <= n ? value_of_rank(r.high) : never};
  }
  return s;
}

Stats summarize(std::vector<double>& values, const Moments& moments) {
  if (moments.count != values.size()) throw std::logic_error("summarize: the moments are of other values");
  check_numbers(moments);
  if (values.empty()) return nothing();
  const std::vector<std::uint64_t> wanted = ranks_of_summary(values.size());
  const std::vector<double> found = order_statistics(values, moments, wanted);
  return summarize(moments, [&](std::uint64_t rank) { return found[static_cast<std::size_t>(std::lower_bound(wanted.begin(), wanted.end(), rank) - wanted.begin())]; });
}

Stats summarize(std::vector<double>& values) {
  Moments m;
  if (!values.empty() && std::isfinite(values[0]) && std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; })) {
    m.count = values.size();
    m.mean = m.min = m.max = values[0];
  } else {
    for (double v : values) m.add(v);
  }
  return summarize(values, m);
}

namespace {

struct Ranked {
  std::uint64_t key;  ///< ordered as the value is
  std::uint32_t index;
};

std::uint64_t ordered_bits(double value) {
  const auto raw = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  return raw & (std::uint64_t{1} << 63) ? ~raw : raw | (std::uint64_t{1} << 63);
}

/// Into equal steps from the least finite value to the greatest, about one for every other value; then those of a step among themselves.
void sort(std::vector<Ranked>& items, std::span<const double> values) {
  const auto by_key = [](const Ranked& a, const Ranked& b) { return a.key < b.key; };
  double least = never, most = -never;
  for (const double v : values) {
    least = std::min(least, v);
    if (v < never) most = std::max(most, v);
  }
  const std::size_t steps = items.size() / 2;
  const double scale = static_cast<double>(steps - 1) / (most - least);
  if (items.size() < many || !std::isfinite(scale) || !std::isfinite(least)) return std::sort(items.begin(), items.end(), by_key);
  const auto step_of = [&](double v) { return v == never ? steps : static_cast<std::size_t>((v - least) * scale); };
  std::vector<std::uint32_t> begin(steps + 2);
  for (const double v : values) ++begin[step_of(v) + 1];
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<Ranked> placed(items.size());
  std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t i = 0; i < values.size(); ++i) placed[next[step_of(values[i])]++] = items[i];
  for (std::size_t i = 0; i + 1 < begin.size(); ++i)
    if (begin[i + 1] - begin[i] > 1) std::sort(placed.begin() + begin[i], placed.begin() + begin[i + 1], by_key);
  items.swap(placed);
}

}  // namespace

std::vector<double> ranks(std::span<const double> values) {
  std::vector<Ranked> order(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) throw std::logic_error("ranks: a value is not a number");
    order[i] = {ordered_bits(values[i]), static_cast<std::uint32_t>(i)};
  }
  sort(order, values);
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t j = i + 1;
    while (j < order.size() && order[j].key == order[i].key) ++j;
    const double average = (static_cast<double>(i + 1) + static_cast<double>(j)) / 2;
    for (; i < j; ++i) out[order[i].index] = average;
  }
  return out;
}

std::optional<double> pearson_of_ranks(std::span<const double> x, std::span<const double> y) {
  const std::span<const double> one[] = {x};
  return pearsons_of_ranks(one, y)[0];
}

/// Several sums side by side, since each by itself waits for an addition at every value.
std::vector<std::optional<double>> pearsons_of_ranks(std::span<const std::span<const double>> xs, std::span<const double> y) {
  constexpr std::size_t together = 4;
  const std::size_t size = y.size();
  const double n = static_cast<double>(size), mean = (n + 1) / 2;
  std::vector<std::optional<double>> out;
  for (std::size_t first = 0; first < xs.size(); first += together) {
    std::array<const double*, together> x;
    for (std::size_t k = 0; k < together; ++k) {
      const auto& from = xs[std::min(first + k, xs.size() - 1)];
      if (from.size() != size) throw std::logic_error("pearson_of_ranks: vectors of different lengths");
      x[k] = from.data();
    }
    double yy = 0;
    std::array<double, together> xx{}, xy{};
    for (std::size_t i = 0; i < size; ++i) {
      const double b = y[i] - mean;
      yy += b * b;
      for (std::size_t k = 0; k < together; ++k) {
        const double a = x[k][i] - mean;
        xx[k] += a * a;
        xy[k] += a * b;
      }
    }
    for (std::size_t k = 0; k < std::min(together, xs.size() - first); ++k)
      out.push_back(xx[k] == 0 || yy == 0 ? std::nullopt : std::optional(std::clamp(xy[k] / std::sqrt(xx[k] * yy), -1.0, 1.0)));
  }
  return out;
}

}  // namespace muster
