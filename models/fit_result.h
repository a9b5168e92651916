#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/fit.h"
#include "models/goodness.h"
#include "models/mixture_fit.h"

/// What was measured, what was fitted to it, and what to write into a scenario. Values.
namespace muster {

/// Lengths as they come, by the million: what a fit needs of them, in bounded memory. Not thread-safe.
class Measurements {
 public:
  /// Beyond so many a sample of so many is kept, each as likely as any other (draws named "fit/sample").
  static constexpr std::size_t most = 200'000;
  explicit Measurements(std::uint64_t seed = 1) : seed_(seed) {}

  /// Seconds, finite and >= 0; throws std::invalid_argument otherwise. `ended`: when, nanoseconds since 1970, 0: not known.
  void add(double seconds, bool censored, std::int64_t ended = 0);
  std::size_t rows() const { return rows_; }
  std::size_t ended() const { return rows_ - censored_; }
  std::size_t censored() const { return censored_; }
  std::size_t zeros() const { return zeros_; }  ///< of rows(): no law of the four has them, so they are told and not fitted
  bool sampled() const { return rows_ - zeros_ > most; }
  const Durations& durations() const { return kept_; }  ///< above 0
  std::int64_t first() const { return first_; }         ///< the earliest and latest `ended` that is known; 0: none
  std::int64_t last() const { return last_; }

 private:
  std::uint64_t seed_;
  std::size_t rows_ = 0, censored_ = 0, zeros_ = 0;
  std::int64_t first_ = 0, last_ = 0;
  Durations kept_;
};

/// Of the lengths above 0. NaN where censoring leaves it unknown.
struct MeasuredSummary {
  double least = 0, most = 0;      ///< of all
  double median = 0;               ///< the middle, or the mean of the two middle ones; with censoring the product-limit's
  double mean = 0, sd = 0;         ///< of lengths that all ended
  double mean_log = 0, sd_log = 0; ///< the logs of seconds of the same: the maximum likelihood estimates of a lognormal
};
MeasuredSummary summary_of(const Durations& durations);

struct JudgedFit {
  FamilyFit fit;
  std::optional<GoodnessTest> test;  ///< absent: there is no fit, or no test was wanted
  bool rejected(double level) const { return test && test->p_anderson_darling < level; }
};

enum class Advice {
  nothing,      ///< there is nothing to fit
  constant,     ///< all took the same time
  family,       ///< the fitted family of the smallest AIC that is not rejected
  mixture,      ///< all four are rejected, the mixture is not
  empirical     ///< all are rejected, or there are too few to tell
};

struct FitSettings {
  std::uint64_t seed = 1;
  std::uint32_t resamples = 1000;  ///< of the bootstrap; 0: no test
  double level = 0.05;             ///< a law is rejected where Anderson and Darling's p is below
};

struct FitResult {
  std::string what;                ///< "step promote", "outage region-loss", "role engineer", "FILE, column x"
  std::string of, name;            ///< "step", "outage", "role" and its name; "": lengths of nothing in particular
  std::size_t rows = 0, ended = 0, censored = 0, zeros = 0, with_response = 0, talked_through = 0;
  bool sampled = false;
  std::int64_t first = 0, last = 0;
  Durations durations;             ///< that were fitted, each list sorted
  MeasuredSummary summary;
  std::vector<JudgedFit> fits;     ///< smallest AIC first, those without a fit last
  std::optional<MixtureFit> mixture;  ///< where all four are rejected
  std::optional<GoodnessTest> mixture_test;
  Advice advice = Advice::nothing;
  std::optional<Distribution> advised;  ///< as it would be written down: rounded to what the data can bear
  std::string yaml;                ///< of it; "" for nothing
  std::vector<std::string> remarks;
  FitSettings settings;
};

/// At most so many lengths are tested by the bootstrap (a sample of all, drawn by name): without and with censoring.
inline constexpr std::size_t most_tested = 2000, most_tested_censored = 500;
/// The mixture is fitted to so many at most, drawn by name, and judged by all. Its test is dearer: so many resamples at most.
inline constexpr std::size_t most_mixed = 20'000;
inline constexpr std::uint32_t most_mixture_resamples = 200;

/// All of it. `result` has what is known of the measurements' origin; pure, deterministic, seconds of time at most.
FitResult analysed(FitResult result, const Measurements& measurements, const FitSettings& settings);

/// A law as a scenario has it, in one line: "{lognormal: {median: 2h5m, sigma: 0.71}}", "5m".
std::string scenario_text(const Distribution& law);
/// The law with its numbers rounded to `digits` significant ones, as scenario_text() then shows them.
Distribution rounded(const Distribution& law, int digits = 4);

}  // namespace muster
