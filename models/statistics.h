#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/outcomes.h"

/// Summaries of samples, and what they can claim.
///
/// All functions are pure and deterministic (models/elementary.h). Values may be infinite (`never`); NaN is a bug.
namespace muster {

/// Exact two-sided binomial interval (Clopper and Pearson, Biometrika 26, 1934). n > 0.
Interval clopper_pearson(std::uint64_t successes, std::uint64_t n, double confidence = 0.95);
Share share(std::uint64_t successes, std::uint64_t n);
/// met when the whole interval is at or above the confidence, missed when it is below, else undecided.
Verdict verdict(const Share& share, double confidence);

/// P(Binomial(n, p) <= k), 0 < p < 1.
double binomial_cdf(std::int64_t k, std::uint64_t n, double p);

/// The order statistic that is the p-quantile of n values: the smallest r >= 1 with r / n >= p.
std::uint64_t rank_of(double p, std::uint64_t n);

/// Ranks (from 1) of the order statistics between which the p-quantile lies with 95% confidence whatever the law
/// (David and Nagaraja, Order Statistics, 7.1). low = 0: nothing below is excluded; high = n + 1: nothing above is.
struct Ranks {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const Ranks&, const Ranks&) = default;
};
Ranks quantile_ranks(double p, std::uint64_t n);
/// The smallest rank that is at or above the p-quantile with 95% confidence (one-sided); n + 1 when n is too small for one.
std::uint64_t upper_rank(std::uint64_t n, double p);

/// Half the interval's width relative to its middle: 0 for equal ends (both infinite too), infinite when one end is.
double relative_half_width(const Interval& interval);

/// Count, mean and spread of a stream, to be merged in a fixed order for reproducible bits
/// (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm", 1979).
struct Moments {
  std::uint64_t count = 0, infinite = 0;
  double mean = 0, m2 = 0;  ///< of the finite values
  double min = never, max = -never;
  void add(double x);
  void merge(const Moments& other);
  double sd() const;  ///< of the sample (n - 1); 0 for fewer than two values
  template <class Archive>
  friend void archive(Archive& a, Moments& m) {
    a(m.count, m.infinite, m.mean, m.m2, m.min, m.max);
  }
};

/// Statistics from moments and whatever answers for the order statistics (ranks from 1), such as a sketch. A bound
/// that no rank gives is 0 below (minus infinity where a value is negative) and `never` above; nor does the mean's
/// interval reach below 0 where no value does. No values: see Stats.
Stats summarize(const Moments& moments, const std::function<double(std::uint64_t)>& value_of_rank);
/// The ranks that it asks for, sorted, each once. n > 0.
std::vector<std::uint64_t> ranks_of_summary(std::uint64_t n);
/// Statistics of exact values; reorders them. `moments` must be those of the same values.
Stats summarize(std::span<double> values, const Moments& moments);
/// The same, taking the moments in the order given.
Stats summarize(std::span<double> values);
/// The same of each column; quicker than one by one.
std::vector<Stats> summarize(std::span<const std::span<double>> columns);

}  // namespace muster
