#pragma once
#include <cstdint>
#include <vector>

#include "models/outcomes.h"
#include "sim/course_plan.h"
#include "sim/course_trace.h"
#include "sim/draws_ahead.h"
#include "sim/program.h"
#include "sim/requests.h"

/// Replications one after another by the events that decide: who asks for seats when. What follows from a step's beginning without asking
/// for any, its end and the steps after it and theirs, is known at once, and needs no queue.
///
/// Requests are taken in the order of time, so each finds the seats as they are then: what is not known yet lies later. A replication is exactly what
/// Replication::run() makes of the same seed and number, bit for bit, or it says that it needs all events: where a step takes its seats for
/// no time at all, the plan stops, or a repair comes before the plan is committed. The loop is compiled once for each set of features that a
/// scenario may do without. Belongs to one thread; the program and the plan are shared. Touches no heap after construction.
namespace muster {

class Course {
 public:
  /// The plan must be `enough`.
  Course(const Program& program, const CoursePlan& plan, const LaneKernels& kernels);

  /// The replications first, first + 1, ..., of which there are n, at most lanes::capacity. Of each, told by its place among them:
  void run(std::uint64_t seed, std::uint32_t first, std::uint32_t n);

  /// From the next run on, statistics of steps are counted into these of replications below `until`, that of replication i at i - base; which are then
  /// told by traced(). The plan must be enough for CourseTrace. Null: no more.
  void trace(CourseTrace* trace, Counts* counts, StepColumns* steps, std::uint64_t base, std::uint64_t until);
  bool traced(std::uint32_t lane) const { return traced_[lane] != 0; }

  /// Whether it is not to be used.
  bool needs_events(std::uint32_t lane) const { return bad_[lane] != 0; }
  bool any_needs_events() const { return any_bad_; }
  bool may_end_early() const { return false; }  ///< where a plan does, it is not to be used
  bool stood_down(std::uint32_t) const { return false; }
  bool stopped(std::uint32_t) const { return false; }
  bool by_repair_uncommitted(std::int32_t, std::uint32_t) const { return false; }
  // Times in seconds since onset; never is infinity.
  const double* rto(std::int32_t service) const { return up_.data() + static_cast<std::size_t>(service) * stride; }
  const double* recovery() const { return recovery_.data(); }
  const double* plan_end() const { return plan_end_.data(); }
  void leave_to_events(std::uint32_t lane) {
    bad_[lane] = 1;
    any_bad_ = true;
  }
  bool struck_late(std::uint32_t) const { return false; }
  double own_loss(const Program&, std::int32_t service, std::uint32_t lane, std::int32_t& chosen) const { return own_loss(service, lane, chosen); }
  /// The service's own loss, and the copy chosen as Replication::NodeRun has it (none: nothing was lost).
  double own_loss(std::int32_t service, std::uint32_t lane, std::int32_t& chosen) const {
    chosen = none;
    if (plan_.plain_fate) return 0;
    chosen = chosen_[static_cast<std::size_t>(service) * stride + lane];
    return loss_[static_cast<std::size_t>(service) * stride + lane];
  }

 private:
  static constexpr std::size_t stride = DrawsAhead::stride;
  /// What a scenario may do without.
  static constexpr unsigned seated = 1, ranked = 2, unsure = 4, fateful = 8, special = 16, recorded = 32, all_features = 63;

  /// A line of the cache.
  struct Step {
    const double* length;         ///< of its first attempt, by lane
    const std::uint8_t* coin;     ///< likewise; of one that may fail: whether it does
    double* seats;                ///< of its pool, by when they are free; null: it asks for none
    std::uint32_t successors, successors_end, recovers, recovers_end;
    std::uint32_t place;
    std::uint16_t count, each;    ///< of the seats: all, and what it takes
    CoursePlan::Run run;
    bool holds, conditional, ranked, called, told;
  };
  struct Join {
    double ready;                 ///< when the last of those that are known has ended
    std::uint32_t waiting_for;
  };
  struct Waiting {
    std::uint32_t rank;
    double asked;
    std::int32_t step;
    bool operator<(const Waiting& o) const { return rank != o.rank ? rank > o.rank : asked != o.asked ? asked > o.asked : step > o.step; }
  };
  struct PoolRun {
    std::vector<Waiting> waiting;  ///< a heap, the next to be served first
    bool called = false;
  };

  template <unsigned features>
  void go(std::uint32_t n);
  using Loop = void (Course::*)(std::uint32_t);
  template <unsigned from>
  static Loop loop(unsigned features);
  Loop loop_for(unsigned features) const;
  void record(std::uint32_t lane);
  void begin_all();
  void end_all();
  const double* ready(std::int32_t s, double* scratch) const;
  void run_all(const std::vector<std::int32_t>& steps);
  bool next_in_line(const Requests& requests, std::int32_t& s);
  bool stands_in_line(std::int32_t s, double asked, double start);
  void prepare();
  double attempts(std::int32_t s, double start, bool& won);
  double after_failure(std::int32_t s, double end, std::uint32_t attempt, bool& won);
  double attempt_once(std::int32_t s, std::uint32_t attempt, double start, bool& failed);
  double draw_part(std::int32_t s, std::uint32_t part, std::uint32_t attempt);
  Draw draw_of(std::int32_t s, std::uint32_t attempt, std::uint32_t index) const;
  double sample(const Sampler& law, Uniform01 u) const;
  double sample(const Sampler& law, const Draw& d) const { return law.table == none ? law.constant : sample(law, uniform(d)); }
  void call_people(std::int32_t s, double asked);
  void strike();
  bool is_passed(std::int32_t s) const;
  double back(std::size_t node) const;
  void sum_up();
  double met(const CoursePlan::Clause& clause, std::size_t lane);
  void lose(std::size_t service, double up);

  const Program& p_;
  const CoursePlan& plan_;
  const LaneKernels& k_;
  DrawsAhead ahead_;
  Loop go_;
  CourseTrace* trace_ = nullptr;
  Counts* trace_counts_ = nullptr;
  StepColumns* trace_steps_ = nullptr;
  std::uint64_t trace_base_ = 0, trace_until_ = 0;
  Luck luck() const { return {seed_, replication_}; }

  std::uint64_t seed_ = 0;
  std::uint32_t first_ = 0, lane_ = 0, replication_ = 0;
  bool any_bad_ = false, gives_up_ = false;  ///< gives_up_: the present one

  std::vector<Step> steps_;
  std::vector<std::int32_t> added_up_, specials_;  ///< steps whose lengths are sums of draws ahead, or others
  AlignedDoubles lengths_;
  std::vector<Join> joins_, fresh_joins_;
  std::vector<std::int32_t> known_;      ///< steps whose predecessors' ends are
  std::vector<Request> requests_;
  std::vector<PoolRun> pools_;
  std::vector<double> seats_;
  double committed_ = 0, first_repair_ = never, onset_ = 0;

  AlignedDoubles ends_, entries_;        ///< by step, by entry of the plan: columns by lane
  // Unless the fate is plain, by node:
  std::vector<double> recovered_, gone_; ///< when a step first won it back; when the last of those steps ended
  std::vector<char> struck_;
  std::vector<std::int32_t> region_struck_;
  std::vector<double> repaired_, members_;
  std::vector<LearnedLaw::Truth> truths_;
  std::vector<double> normals_;
  std::vector<Uniform01> correlated_;

  std::vector<std::uint8_t> bad_, traced_;
  AlignedDoubles up_, recovery_, plan_end_, loss_;
  std::vector<std::int32_t> chosen_;
};

}  // namespace muster
