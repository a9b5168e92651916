#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/outcomes.h"
#include "models/scenario.h"
#include "models/sketch.h"
#include "models/statistics.h"
#include "sim/program.h"
#include "sim/replication.h"
#include "sim/rows.h"

/// What is counted over the replications of one outage.
namespace muster {

/// Which quantities vary in this outage: fixed before the first replication. Quantities are columns: the recovery time of each
/// service that can be down, the data loss of each that can lose data, then the last recovery, the work recovery and the plan's end;
/// then, where it is asked for, what the outage costs (models/cost.h).
struct Columns {
  std::vector<std::int32_t> rto, rpo;  ///< services
  std::vector<std::int32_t> rto_of, rpo_of;  ///< by service: index of its column, none when it is always 0
  std::size_t recovery = 0, work_recovery = 0, plan_end = 0, count = 0;
  std::optional<std::size_t> cost;
  std::vector<std::optional<Cost>> costs;  ///< by service; empty without `cost`
  std::vector<std::optional<Objective>> objectives;  ///< by service

  Columns(const Program& program, const Scenario& seen, bool with_cost = false);
};

/// Whole numbers, so that the order of adding up does not matter. One a thread, added up at the end.
struct Counts {
  struct OfService {
    std::uint64_t unrecovered = 0, stood_down = 0, lost_for_good = 0, lost = 0;
    std::uint64_t met_rto = 0, met_rpo = 0, met_mtpd = 0, met_both = 0;
    template <class Archive>
    friend void archive(Archive& a, OfService& c) {
      a(c.unrecovered, c.stood_down, c.lost_for_good, c.lost, c.met_rto, c.met_rpo, c.met_mtpd, c.met_both);
    }
  };
  std::vector<OfService> services;
  std::vector<std::uint64_t> chosen;  ///< by copy of the program, then by store: no usable one
  std::uint64_t met_all = 0, stood_down = 0, stopped = 0;
  std::uint64_t events = 0;  ///< replications that the lane engine left to true events
  // Over the traced replications only:
  std::vector<std::uint64_t> critical;          ///< by step, for the last recovery
  std::vector<std::uint64_t> critical_service;  ///< [rto column][step]
  std::vector<std::uint64_t> failed, replaced;  ///< by step
  std::vector<std::uint64_t> waited_on;         ///< [step][resource, then "needs"]: replications in which it waited last for that

  Counts() = default;
  Counts(const Program& program, const Columns& columns);
  void add(const Counts& other);
  bool fits(const Counts& other) const;  ///< whether both are of the same program
  template <class Archive>
  friend void archive(Archive& a, Counts& c) {
    a(c.services, c.chosen, c.met_all, c.stood_down, c.stopped, c.critical, c.critical_service, c.failed, c.replaced, c.waited_on);
  }
};

/// Per-step columns of the traced replications; NaN where it did not happen.
struct StepColumns {
  Rows start, wait, duration, finish;  ///< [step][replication]
  Rows busy, waited;                   ///< [role][replication]
  void resize(const Program& program, std::size_t replications);  ///< what is new holds anything
  std::array<Rows*, 6> all() { return {&start, &wait, &duration, &finish, &busy, &waited}; }
  template <class Archive>
  friend void archive(Archive& a, StepColumns& c) {
    for (Rows* columns : c.all()) a(*columns);
  }
};

/// A difference of two instants carries their rounding; what never varies must not seem to.
double to_the_microsecond(double seconds);

/// Scratch of count_steps(): the critical paths of one replication, each step once.
struct Paths {
  std::vector<std::int32_t> steps, one;  ///< one path after another; the one that is looked for
  std::vector<std::int32_t> up_by;       ///< by path: the step that ends it
  std::vector<std::size_t> end;          ///< likewise: of its steps
};

/// Counts one finished replication, which must have kept its spells where the cost is a column. `values` receives every column's
/// value.
void count(const Program& program, const Columns& columns, const Replication& r, Counts& counts, double* values);
/// The same for what is traced; `index` is the replication.
void count_steps(const Program& program, const Columns& columns, const Replication& r, std::size_t index, Counts& counts,
                 StepColumns& steps, Paths& paths);

}  // namespace muster
