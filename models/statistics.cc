#include "models/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <stdexcept>

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

/// The smallest k in [-1, n] with P(Binomial(n, p) <= k) >= level: from where the first terms of the Cornish-Fisher expansion put it, which is
/// hardly ever more than one off, in steps that double until it lies between two, then by bisection.
std::int64_t binomial_quantile(std::uint64_t n, double p, double level) {
  const auto end = static_cast<std::int64_t>(n);
  const double z = normal_quantile(level), sd = std::sqrt(static_cast<double>(n) * p * (1 - p));
  const double guess = std::floor(static_cast<double>(n) * p + z * sd + (1 - 2 * p) * (z * z - 1) / 6);
  const auto reaches = [&](std::int64_t k) { return k >= end || (k >= 0 && binomial_cdf(k, n, p) >= level); };
  std::int64_t low = std::clamp<std::int64_t>(static_cast<std::int64_t>(guess) - 1, -1, end), high = low;
  if (reaches(low)) {
    for (std::int64_t step = 1; reaches(low); step *= 2) {
      high = low;
      low = std::max<std::int64_t>(low - step, -1);
    }
  } else {
    for (std::int64_t step = 1; !reaches(high); step *= 2) {
      low = high;
      high = std::min(high + step, end);
    }
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (reaches(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace

Ranks quantile_ranks(double p, std::uint64_t n) {
  if (n == 0) return {0, 1};
  // The quantile is below the r-th value with probability P(Bin < r), above it with P(Bin >= r).
  const std::int64_t low = binomial_quantile(n, p, 0.025);   // P(Bin <= low - 1) < 0.025
  const std::int64_t high = binomial_quantile(n, p, 0.975);  // P(Bin <= high) >= 0.975
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(low, 0)), static_cast<std::uint64_t>(high) + 1};
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

/// Which ranks a summary of n values asks for. Most columns have as many values as the one before, so the last answer is kept.
struct Places {
  std::uint64_t n = 0;
  std::array<std::uint64_t, Stats::levels.size()> of_level;
  std::array<Ranks, std::size(quantile_intervals)> of_interval;
};

const Places& places(std::uint64_t n) {
  thread_local Places last;
  if (last.n == n) return last;
  for (std::size_t i = 0; i < last.of_level.size(); ++i) last.of_level[i] = rank_of(Stats::levels[i], n);
  for (std::size_t i = 0; i < last.of_interval.size(); ++i) last.of_interval[i] = quantile_ranks(quantile_intervals[i].level, n);
  last.n = n;
  return last;
}

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
void put_in_place(std::span<double>::iterator first, std::span<double>::iterator last,
                  std::uint64_t rank_before, std::span<const std::uint64_t> wanted) {
  if (wanted.empty() || first == last) return;
  const std::size_t middle = wanted.size() / 2;
  const auto at = first + static_cast<std::ptrdiff_t>(wanted[middle] - rank_before - 1);
  std::nth_element(first, at, last);
  put_in_place(first, at, rank_before, wanted.first(middle));
  put_in_place(at + 1, last, wanted[middle], wanted.subspan(middle + 1));
}

constexpr std::size_t many = 1'000;  ///< values from which on counting is quicker than comparing

/// The values of these ranks (ascending), as sorting would find them. Most values are only counted, by equal steps from the least to the
/// greatest; those of the steps that hold a rank are put in order.
std::vector<double> order_statistics(std::span<double> values, const Moments& m, std::span<const std::uint64_t> wanted) {
  constexpr std::size_t steps = 4096;
  const double scale = static_cast<double>(steps - 1) / (m.max - m.min);
  std::vector<double> out;
  if (values.size() < many || values.size() >> 32 != 0 || m.infinite > 0 || !std::isfinite(scale)) {
    if (m.min != m.max) put_in_place(values.begin(), values.end(), 0, wanted);
    for (const std::uint64_t rank : wanted) out.push_back(values[rank - 1]);
    return out;
  }
  std::vector<std::uint16_t> step_of(values.size());
  std::vector<std::uint32_t> counts(steps), place(steps);  // place: where the next value of a step that holds a rank is kept, from 1
  for (std::size_t i = 0; i < values.size(); ++i) ++counts[step_of[i] = static_cast<std::uint16_t>((values[i] - m.min) * scale)];
  std::uint64_t before = 0;
  std::uint32_t room = 1;
  auto next = wanted.begin();
  for (std::size_t s = 0; s < steps && next != wanted.end(); before += counts[s++]) {
    if (*next > before + counts[s]) continue;
    place[s] = room;
    room += counts[s];
    while (next != wanted.end() && *next <= before + counts[s]) ++next;
  }
  std::vector<double> kept(room);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::uint32_t& to = place[step_of[i]]) kept[to++] = values[i];
  before = 0;
  next = wanted.begin();
  for (std::size_t s = 0; s < steps && next != wanted.end(); before += counts[s++]) {
    if (place[s] == 0) continue;
    const auto begin = next;
    while (next != wanted.end() && *next <= before + counts[s]) ++next;
    const auto last = std::span(kept).begin() + place[s], first = last - counts[s];
    put_in_place(first, last, before, {begin, next});
    for (auto rank = begin; rank != next; ++rank) out.push_back(first[static_cast<std::ptrdiff_t>(*rank - before - 1)]);
  }
  return out;
}

}  // namespace

std::vector<std::uint64_t> ranks_of_summary(std::uint64_t n) {
  std::vector<std::uint64_t> wanted;
  const Places& of = places(n);
  wanted.assign(of.of_level.begin(), of.of_level.end());
  for (const Ranks& r : of.of_interval) {
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
  const Places of = places(n);
  for (std::size_t i = 0; i < of.of_level.size(); ++i) s.quantiles[i] = value_of_rank(of.of_level[i]);
  for (std::size_t i = 0; i < of.of_interval.size(); ++i) {
    const Ranks& r = of.of_interval[i];
    s.*quantile_intervals[i].to = {r.low >= 1 ? value_of_rank(r.low) : least_possible(moments),
               r.high <= n ? value_of_rank(r.high) : never};
  }
  return s;
}

Stats summarize(std::span<double> values, const Moments& moments) {
  if (moments.count != values.size()) throw std::logic_error("summarize: the moments are of other values");
  check_numbers(moments);
  if (values.empty()) return nothing();
  const std::vector<std::uint64_t> wanted = ranks_of_summary(values.size());
  const std::vector<double> found = order_statistics(values, moments, wanted);
  return summarize(moments, [&](std::uint64_t rank) { return found[static_cast<std::size_t>(std::lower_bound(wanted.begin(), wanted.end(), rank) - wanted.begin())]; });
}

Stats summarize(std::span<double> values) {
  Moments m;
  for (double v : values) m.add(v);
  return summarize(values, m);
}

namespace {

bool never_varies(std::span<const double> values) {
  return !values.empty() && std::memcmp(values.data(), values.data() + 1, sizeof(double) * (values.size() - 1)) == 0;
}

constexpr std::size_t abreast = 4;
using Columns = std::array<const double*, abreast>;

/// As Moments::add() does it of the first rows, in their order, but four columns side by side, since each by itself waits for a division at every value.
/// Of no use for a column that is not finite, which the least or the greatest tells.
std::array<Moments, abreast> finite_moments(const Columns& columns, std::size_t rows) {
  std::array<double, abreast> mean{}, m2{}, least, greatest;
  least.fill(never);
  greatest.fill(-never);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto n = static_cast<double>(i + 1);
    for (std::size_t c = 0; c < abreast; ++c) {
      const double x = columns[c][i], delta = x - mean[c];
      mean[c] += delta / n;
      m2[c] += delta * (x - mean[c]);
      least[c] = std::min(least[c], x);
      greatest[c] = std::max(greatest[c], x);
    }
  }
  std::array<Moments, abreast> out;
  for (std::size_t c = 0; c < abreast; ++c) out[c] = {rows, 0, mean[c], m2[c], least[c], greatest[c]};
  return out;
}

Moments moments_one_by_one(std::span<const double> values) {
  Moments m;
  for (const double x : values) m.add(x);
  return m;
}

std::vector<Moments> moments_of(std::span<const std::span<double>> columns) {
  std::vector<Moments> out(columns.size());
  std::vector<std::size_t> varying;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (never_varies(columns[c])) {
      const double x = columns[c][0];
      const std::uint64_t n = columns[c].size();
      out[c] = std::isinf(x) ? Moments{n, n, 0, 0, x, x} : Moments{n, 0, x, 0, x, x};
    } else {
      varying.push_back(c);
    }
  }
  for (std::size_t first = 0; first < varying.size(); first += abreast) {
    const std::size_t some = std::min(abreast, varying.size() - first);
    Columns values;
    std::size_t rows = columns[varying[first]].size();
    for (std::size_t i = 0; i < abreast; ++i) {
      const std::span<const double> column = columns[varying[first + std::min(i, some - 1)]];
      values[i] = column.data();
      rows = std::min(rows, column.size());
    }
    const std::array<Moments, abreast> found = finite_moments(values, rows);
    for (std::size_t i = 0; i < some; ++i) {
      const std::span<const double> column = columns[varying[first + i]];
      Moments m = found[i];
      if (std::isinf(m.min) || std::isinf(m.max)) {
        m = moments_one_by_one(column);
      } else {
        for (std::size_t row = rows; row < column.size(); ++row) m.add(column[row]);
      }
      out[varying[first + i]] = m;
    }
  }
  return out;
}

}  // namespace

std::vector<Stats> summarize(std::span<const std::span<double>> columns) {
  const std::vector<Moments> moments = moments_of(columns);
  std::vector<Stats> out;
  for (std::size_t c = 0; c < columns.size(); ++c) out.push_back(summarize(columns[c], moments[c]));
  return out;
}

}  // namespace muster
