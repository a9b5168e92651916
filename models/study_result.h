#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/outcomes.h"

/// What a study found: values that the reports render, one model for all of them.
/// Times are seconds; money is in the scenario's currency, a year.
namespace muster {

/// A variant less the baseline, replication by replication on the same draws. NaN where it is not defined: the mean where some
/// replication is `never` in one of the two and not in the other, the quantile where it is `never`.
struct PairedDifference {
  double mean = 0, p95 = 0;
  Interval mean_ci;  ///< 95%, Student's t of the differences
  Interval p95_ci;   ///< 95%, sectioning: Student's t of 16 consecutive batches (models/sobol.h); NaN below 64 replications
};

struct ServiceDifference {
  std::string service;
  PairedDifference rto, rpo;
};

struct OutageDifference {
  std::string outage;
  std::vector<ServiceDifference> services;  ///< those in both, in the scenario's order
};

/// What can be promised of a service in one outage: upper 95% confidence bounds of the quantiles at promise_levels.
inline constexpr std::array<double, 5> promise_levels{0.5, 0.8, 0.9, 0.95, 0.99};
struct ServicePromise {
  std::string service;
  std::array<double, promise_levels.size()> rto{}, rpo{};
};

/// What one variant does in one outage. Variants that the outage cannot tell apart share one.
struct OutageOutcome {
  OutageResult result;          ///< without steps, roles and their statistics
  double loss = 0;              ///< mean cost of one such outage; `never` where some replication's has no end
  Interval loss_ci;             ///< 95%
  OutageDifference difference;  ///< no services: of the baseline itself, and of outages that it does not have
  PairedDifference loss_difference;  ///< of the cost; only the mean
  std::vector<ServicePromise> promises;  ///< where they were asked for; every service
};

/// One change that a variant makes.
struct SetValue {
  std::string pointer;
  std::string json;   ///< the value as JSON
  std::string shown;  ///< for people
};

/// An objective that is missed.
struct Miss {
  double by = 0;  ///< max(0, confidence - met)
  double met = 1, confidence = 0;
  std::string outage, service;  ///< empty: nothing is missed
  bool rpo = false;
  double target = 0;
};

struct VariantResult {
  std::string name;
  std::vector<std::string> options;  ///< names
  std::vector<std::size_t> cell;     ///< of each axis, which value
  std::vector<SetValue> set;
  double cost_per_year = 0;
  /// Over outages that say how often they happen: how often a year, times the mean cost of one.
  double expected_loss_per_year = 0;
  Interval expected_loss_ci;  ///< 95% or wider: half-widths of outages, which share draws, are added up
  PairedDifference loss_difference;  ///< a year; only the mean, with the same kind of interval
  Miss worst;
  std::vector<std::shared_ptr<const OutageOutcome>> outages;  ///< in the variant's own order

  const OutageOutcome* outage(const std::string& wanted) const {
    for (const auto& one : outages)
      if (one->result.name == wanted) return one.get();
    return nullptr;
  }
};

struct ResultAxis {
  std::string pointer, title;
  std::vector<std::string> values;  ///< for people
};

struct ResultOption {
  std::string name, title;
  double cost_per_year = 0;
};

struct StudyResult {
  std::string program;
  std::string title, file, sha256;                    ///< of the scenario
  std::string study_title, study_file, study_sha256;  ///< empty: changes were given on the command line
  std::string currency;
  std::uint64_t seed = 0;
  std::uint64_t replications = 0;
  bool partial = false;  ///< interrupted: of the outages asked for, only those in `outages` are told, for every variant
  double seconds = 0;    ///< wall time; never in JSON
  std::vector<std::string> outages;  ///< told, in the baseline's order, then those that only variants have
  std::vector<std::string> no_rate;  ///< of these, those that do not say how often they happen: they cost nothing a year
  std::uint64_t left_out = 0;        ///< combinations that would put one value over another
  std::uint64_t simulated = 0, reused = 0;  ///< outages of variants; reused: no change touches them, or another variant's did in the same way
  std::vector<ResultOption> options;
  std::vector<ResultAxis> axes;
  std::optional<double> budget;
  bool has_costs = false;       ///< whether any service has a `cost`, so that expected losses mean something
  VariantResult baseline;
  std::vector<VariantResult> variants;
  /// Of the variants, those that no other beats. By cost.
  std::vector<std::size_t> frontier;
  /// Within the budget: the smallest worst miss, then the smallest cost plus loss, then cost. None where nothing fits.
  std::optional<std::size_t> recommended;
  std::optional<std::size_t> next_best;  ///< the same of the others that fit
  bool leave_it = false;  ///< by that order the baseline is better than all that fits: the best of these is no reason to change anything
};

/// max(0, confidence - met), the largest over the outages.
Miss worst_miss(const VariantResult& variant);
/// At most the cost, loss and worst miss of the other, and less of one.
bool beats(const VariantResult& one, const VariantResult& other);
/// Fills frontier, recommended, next_best and leave_it from what the variants are.
void decide(StudyResult& study);

/// The differences after[i] - before[i] of paired replications. At least one value.
PairedDifference paired_difference(const std::vector<double>& before, const std::vector<double>& after, bool quantile = true);

/// Half the width of a 95% interval of a mean, in standard errors: Student's t with that many degrees of freedom (>= 1).
double student_95(double degrees);

}  // namespace muster
