#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What a simulation found: values that the reports render, one model for all of them.
/// Times are seconds; "never" is infinity; a fraction is of replications.
namespace muster {

inline constexpr double never = std::numeric_limits<double>::infinity();

struct Interval {
  double low = 0, high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// Summary of a sample. Quantiles are order statistics: the smallest x with F(x) >= p. Mean and sd are `never`
/// when any value is. An empty sample has count 0 and everything else NaN.
struct Stats {
  static constexpr std::array<double, 9> levels{0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 0.999};
  std::uint64_t count = 0;
  double mean = 0, sd = 0, min = 0, max = 0;
  std::array<double, 9> quantiles{};  ///< at `levels`
  /// 95% confidence intervals: the mean's by the normal law, the quantiles' by the binomial law of ranks.
  Interval mean_ci, p50_ci, p90_ci, p95_ci, p99_ci;
  double quantile(double level) const {
    for (std::size_t i = 0; i < levels.size(); ++i)
      if (levels[i] == level) return quantiles[i];
    return std::numeric_limits<double>::quiet_NaN();
  }
};

enum class Verdict { met, missed, undecided };

/// A share of replications, with its exact binomial (Clopper-Pearson) 95% interval.
struct Share {
  double met = 0;
  Interval ci;
};

/// A target for one quantity and what became of it.
struct TargetResult {
  double target = 0;
  Share share;
  Verdict verdict = Verdict::undecided;
  double achievable = never;  ///< upper 95% confidence bound of the quantile at the objective's confidence
};

struct ObjectiveResult {
  double confidence = 0.95;
  std::optional<TargetResult> rto, rpo, mtpd;
  Share both;
  Verdict both_verdict = Verdict::undecided;
};

struct StepWeight {
  std::string step;
  double criticality = 0;            ///< fraction of replications in which it is on the critical path
  std::optional<double> correlation; ///< Spearman's rho of its duration with the recovery time; absent when one of them never varies
};

/// Why data were lost or not: how often each copy was the one restored from.
struct CopyUse {
  std::string copy;       ///< "replica in us-west-2"
  double chosen = 0;      ///< fraction of the replications in which the service lost its own data
};

struct ServiceResult {
  std::string name;
  bool affected = false;  ///< down in at least one replication
  Stats rto, rpo;
  double unrecovered = 0, stood_down = 0;  ///< fractions; stood_down: came back with the provider's repair before the plan committed
  double lost_for_good = 0;                ///< fraction with infinite data loss
  std::optional<ObjectiveResult> objective;
  std::vector<StepWeight> steps;           ///< for this service's own recovery, in plan order
  std::vector<CopyUse> copies;             ///< in file order, then "no usable copy"
};

struct StepResult {
  std::string name;
  double ran = 0;  ///< fraction of replications in which it started
  Stats start, wait, duration, finish;  ///< over those in which it ran (start, wait) and ended (duration, finish)
  double failed = 0;    ///< fraction in which it ended without success
  double replaced = 0;  ///< fraction in which its fallback took its place
  StepWeight weight;    ///< on the last service's recovery
  std::string waits_for;  ///< what it waited for most: "engineer", "restore-link", "needs", "" when never
  bool duty = false;
};

struct RoleResult {
  std::string name;
  Stats busy;        ///< seat-seconds
  Stats waited_for;  ///< step-seconds during which a step waited while this role was short of seats
};

struct OutageSensitivity;  // models/sensitivity.h
struct RareMiss;           // models/rare_miss.h

struct OutageResult {
  std::string name;
  Share all_objectives;
  bool has_objectives = false;
  double stood_down = 0;  ///< fraction in which the plan stood down
  double stopped = 0;     ///< fraction in which the plan stopped on a failed step
  std::vector<ServiceResult> services;
  std::vector<StepResult> steps;
  std::vector<RoleResult> roles;
  Stats recovery;  ///< of the last service to recover
  Stats work_recovery, plan_end;
  std::shared_ptr<const OutageSensitivity> sensitivity;  ///< where it was asked for
  std::shared_ptr<const std::vector<RareMiss>> rare;     ///< likewise: objectives that are hardly ever missed
  std::uint64_t replications = 0;
};

/// What a simulation took; part of no report.
struct Effort {
  double compiled = 0, replications = 0, statistics = 0;  ///< seconds of CPU time of all threads
  std::uint64_t in_lanes = 0, by_events = 0;              ///< replications
};

struct SimulationResult {
  std::string program;
  std::string title, file, sha256;
  std::uint64_t seed = 0;
  std::uint64_t replications = 0;        ///< asked and done (of the outage that did least, when partial)
  std::uint64_t steps_replications = 0;  ///< over which steps and roles are counted
  bool partial = false;                  ///< interrupted
  bool sketched = false;                 ///< quantiles from the sketch (relative error at most 1e-4)
  std::optional<double> precision;       ///< asked relative half-width
  bool precision_reached = true;
  double seconds = 0;                    ///< wall time; never in JSON
  Effort effort;
  std::vector<OutageResult> outages;

  bool missed() const {  ///< whether any objective's verdict is `missed`
    for (const auto& o : outages)
      for (const auto& s : o.services)
        if (s.objective) {
          const auto& g = *s.objective;
          for (const auto* t : {&g.rto, &g.rpo, &g.mtpd})
            if (*t && (*t)->verdict == Verdict::missed) return true;
        }
    return false;
  }
};

}  // namespace muster
