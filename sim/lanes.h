#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/lane_kernels.h"
#include "sim/lane_plan.h"
#include "sim/program.h"

/// Many replications of a program at once, each a lane: the recursion that a replication's events amount to
/// where the order of what happens is known beforehand. A step's finish is a sum of draws and a maximum over
/// those before it; seats are given out in a fixed order, and in each lane it is looked at whether that was
/// the true one.
///
/// A lane is exactly what Replication::run() makes of the same seed and number, bit for bit, or it says that
/// it needs true events. Belongs to one thread; the program, the plan and the kernels are shared. Touches no
/// heap after construction, but for once when it has seen enough to look at less (learn()).
namespace muster {

class Lanes {
 public:
  /// From as many lanes as `enough` it learns who is ever served at which turn of the queue.
  Lanes(const Program& program, const LanePlan& plan, const LaneKernels& kernels, std::uint32_t enough = 8192);

  /// The replications first, first + 1, ..., of which there are n, at most lanes::capacity.
  void run(std::uint64_t seed, std::uint32_t first, std::uint32_t n);

  /// Whether the lane is not to be used.
  bool needs_events(std::uint32_t lane) const { return bad_[lane] != 0; }
  bool any_needs_events() const { return any_bad_; }
  void leave_to_events(std::uint32_t lane) { condemn(lane); }
  /// Whether anything was, after the onset.
  bool struck_late(std::uint32_t lane) const { return struck_late_[lane] != 0; }
  // By lane, times in seconds since onset; never is infinity.
  const double* rto(std::int32_t service) const { return up_[static_cast<std::size_t>(service)]; }
  const double* finish(std::int32_t step) const { return finish_[static_cast<std::size_t>(step)]; }
  const double* plan_end() const { return plan_ends_; }
  const double* recovery() const { return recovery_; }
  /// Whether any plan may have ended early.
  bool may_end_early() const { return back_ || plan_.may_stop; }
  bool stood_down(std::uint32_t lane) const { return ending_[lane] == Ending::stood_down; }
  bool stopped(std::uint32_t lane) const { return ending_[lane] == Ending::stopped; }
  /// As Replication::NodeRun has it.
  bool by_repair_uncommitted(std::int32_t service, std::uint32_t lane) const;
  /// Of a service whose data one lane lost: its own loss, and the copy chosen as Replication::NodeRun has it
  /// (none: nothing was lost).
  double own_loss(std::int32_t service, std::uint32_t lane, std::int32_t& chosen) { return own_loss(p_, service, lane, chosen); }
  /// As if its copies were those of that program.
  double own_loss(const Program& of, std::int32_t service, std::uint32_t lane, std::int32_t& chosen);

 private:
  static constexpr double forever = Program::forever;
  struct Free {
    void operator()(void* p) const;
  };
  double* array(std::size_t in_a_row = 1);  ///< lanes::apart from one to the next
  void strike();
  void correlate();
  void call_people(std::size_t resource);
  void draw_delays(std::size_t resource, const Sampler& law, double* const* delays);
  void look_at_transfers(std::int32_t s);
  void look_at_strikes(const LanePlan::Step& planned, std::uint32_t lane, double ready, double began);
  void look_at_needs();
  void note_instants(std::int32_t step, const double* from, const double* to, const std::uint32_t* list, std::uint32_t n);
  bool any_brief(std::uint32_t lane, double when) const;
  bool comes_after(const LanePlan::Step& planned, std::uint32_t lane, double asked) const;
  void look_at_instant(const LanePlan::Step& planned, std::uint32_t lane, double when);
  std::uint32_t mores(std::int32_t s) const;
  void make_queue();
  void find_turns();
  void learn();
  void queue();
  void draw_whole(std::int32_t s);
  const double* when_ready(std::int32_t s, double* to);
  const double* latest_of(const std::vector<const double*>& ends, double* to);
  void make_duties();
  void begin_duties(std::size_t place);
  void catch_up(const std::vector<LanePlan::Rival>& duties, std::size_t place, const double* asked, const std::uint32_t* list, std::uint32_t n);
  void do_duty(std::uint32_t duty, std::uint32_t instance, std::size_t place, std::uint32_t n);
  void skip_duty(std::uint32_t duty, std::uint32_t lane, double end);
  void end_duties();
  bool is_wanted(const Program::Step& step, std::uint32_t lane, double ready) const;
  void simple(const LanePlan::Step& planned);
  void general(const LanePlan::Step& planned, const std::uint32_t* lanes, std::uint32_t lane_count);
  void put_back(const LanePlan::Step& planned, const LanePlan::Step& by, double asked, std::uint32_t lane);
  void do_passed(const LanePlan::Step& planned);
  void give_up(const LanePlan::Step& planned, std::uint32_t lane, double when);
  void fail_for_good(const LanePlan::Step& planned, std::uint32_t lane, double began, double when);
  void end_tree(std::int32_t root);
  bool is_up_with_step(std::int32_t node) const;
  void bring_up(std::int32_t node);
  double need(const Program::Step& step, std::uint32_t lane);
  double met(const Program::Clause& clause, std::uint32_t lane);
  void make_endings();
  void begin_endings();
  void note_back(std::int32_t service);
  void stops(std::uint32_t lane, double began, double when);
  void stand_down();
  void end_stopped();
  void stop(std::uint32_t lane);
  bool data_gone(std::int32_t service) const;
  double back_in_stopped(std::int32_t service, std::uint32_t lane, double when);

  // Of lanes list[0..n), compactly: element k belongs to lane list[k].
  void ask(const LanePlan::Step& planned, const double* asked, const std::uint32_t* list, std::uint32_t n);
  void seat(const LanePlan::Step& planned, const double* asked, double* start, const std::uint32_t* list,
            std::uint32_t n);
  void take(const LanePlan::Step& planned, const double* until, const std::uint32_t* list, std::uint32_t n);
  void attempts(std::int32_t s, const double* from, double* to, const std::uint32_t* list, std::uint32_t n, std::uint32_t first = 0);
  std::uint32_t attempt(std::int32_t s, std::uint32_t number, const double* from, double* to,
                        const std::uint32_t* list, std::uint32_t n);
  void drained(std::int32_t s, std::uint32_t number, const double* from, double* to,
               const std::uint32_t* list, std::uint32_t n);
  void lengths(std::int32_t s, std::uint32_t number, const std::uint32_t* list, std::uint32_t n, double* length);
  std::uint32_t failures(std::int32_t s, std::uint32_t number, const std::uint32_t* list, std::uint32_t n);
  void draw_part(std::int32_t s, const Program::Part& part, std::uint32_t attempt, const std::uint32_t* list,
                 std::uint32_t n, double* out);
  void words(Stream name, std::uint32_t place, Word which, const std::uint32_t* list, std::uint32_t n, std::uint64_t* out);
  std::uint32_t toss(Stream name, std::uint32_t place, double probability, const std::uint32_t* list, std::uint32_t n, std::uint32_t* found);
  void sample(const Sampler& law, Stream name, std::uint32_t place, const std::uint32_t* list, std::uint32_t n, double* out, const double* from = nullptr);
  const Program::Part* only_draw(const Program::Step& step) const;
  const std::uint32_t* replications_of(const std::uint32_t* list, std::uint32_t n);

  void condemn(std::uint32_t lane) {
    bad_[lane] = 1;
    any_bad_ = true;
  }
  bool certain(std::int32_t s) const {
    return p_.steps[static_cast<std::size_t>(s)].fails == 0 &&
           p_.steps[static_cast<std::size_t>(s)].timeout == Program::forever;
  }

  /// What of a step in the queue is drawn before it is known when it begins.
  struct Whole {
    double* length = nullptr;           ///< in a row after the step's finish, and before `more`, as the kernels have it
    double* latest = nullptr;           ///< for when_ready(), where it waits for several
    std::vector<double*> more;          ///< pauses, where there are any, and further attempts, in turn; zero in lanes but those of `again`
    std::vector<std::uint8_t> waits;    ///< as the kernels have it
    std::vector<std::uint32_t> again, lost;  ///< lanes in which it fails at first, and for good
    std::uint32_t again_count = 0, lost_count = 0;
  };

  struct DutyRun {
    double *due, *last_due, *seen, *failed;  ///< when it falls due next, and did last; until when at least it was on; when it first failed for good
    std::vector<std::uint32_t> instance;
  };

  const Program& p_;
  const LanePlan& plan_;
  const LaneKernels& k_;
  std::uint64_t seed_ = 0;
  std::uint32_t first_ = 0, n_ = 0;
  bool any_bad_ = false, repairs_ = false;

  std::vector<std::unique_ptr<double[], Free>> arrays_;
  // By step: when it ended; when with success, else never (the same array where it cannot matter); when it
  // was called; when it left the queue; when it asked, where that matters.
  std::vector<double*> finish_, won_, called_, began_, asked_;
  std::vector<double*> brief_, late_end_;    ///< by step that may be, or end, so: the instant at which it was; -1: none
  std::vector<double*> seats_, delays_, off_delays_;  ///< by seat of limited resources, the first to be free first
  std::vector<double*> ready_then_, needed_then_;     ///< by step that is unsure of its needs: what it went by; ready -1: did not come to it
  std::vector<double*> transfer_from_, transfer_to_;  ///< by step: between which its transfers lie; none: from above to
  std::vector<double*> struck_at_;                    ///< by node that may be struck after the onset; -1: not struck
  std::vector<std::int32_t> transfers_;               ///< steps with any, in the order in which they are evaluated
  std::vector<std::vector<const double*>> ends_before_;  ///< by step: when those end that it waits for
  std::vector<Whole> whole_;                          ///< by step
  LaneQueue queue_;
  std::vector<LaneRequest> requests_;                 ///< of all turns, one after another
  std::vector<LaneTurn> turns_;
  std::vector<std::uint32_t> served_;                 ///< by request: in how many lanes, while that is counted
  bool narrowed_ = false;
  std::uint32_t enough_, counted_ = 0, doubtful_ = 0, most_doubtful_ = 0;  ///< lanes
  LaneTold told_{};
  std::vector<std::uint8_t> yields_;
  std::vector<LanePool> pools_;
  enum class Ending : std::uint8_t { usual, stood_down, stopped };
  std::vector<Ending> ending_;               ///< by lane
  double* ends_early_;                       ///< when the plan stands down or stops; never is infinity
  std::vector<double*> start_, run_end_;     ///< by step, where the plan may stop: of its own run
  double *committed_ = nullptr;              ///< null: from the beginning
  double *back_ = nullptr, *back_recoverable_ = nullptr, *first_by_repair_ = nullptr, *first_repair_ = nullptr;  ///< of the struck services: the last to be back, needs apart, ...
  std::vector<std::uint8_t> struck_late_;
  std::vector<std::uint8_t> stays_down_;     ///< by node: struck at the onset and for good, in every lane
  bool all_known_ = false;                   ///< no step comes any more
  std::vector<std::vector<double*>> seats_then_;  ///< by step that is passed: the seats before it took one
  std::vector<std::uint8_t> has_passed_;          ///< by lane: somebody
  std::vector<std::uint32_t> passing_;
  std::uint32_t passing_count_ = 0;
  bool passed_ = false;                           ///< who was passed is done again
  std::vector<DutyRun> duties_;
  std::vector<LanePlan::Rival> all_duties_;
  std::vector<std::uint32_t> duty_lanes_, duty_asking_;
  double *duty_from_ = nullptr, *duty_start_ = nullptr, *duty_end_ = nullptr, *horizon_ = nullptr;
  double* onset_;
  std::vector<double*> last_asked_, held_until_;  ///< by resource
  std::vector<double*> up_, repair_;              ///< by node; repair -1: not struck
  std::vector<double*> correlated_, normals_;
  std::vector<std::vector<std::uint8_t>> by_repair_, region_hit_;  ///< by node
  std::vector<std::vector<std::int32_t>> recoverers_;              ///< by node
  std::vector<std::int32_t> touched_;                              ///< nodes that have to be brought up
  std::vector<const double*> sinks_, services_up_;                 ///< ends of the last steps; when each struck service is up
  const double *plan_ends_ = nullptr, *recovery_ = nullptr;
  std::vector<std::uint8_t> bad_, timed_out_, only_if_;
  double *zero_, *plan_end_, *all_up_, *scratch_, *length_, *part_, *times_, *more_times_, *ends_, *limit_, *ready_,
      *retry_, *deadline_;
  std::uint64_t* words_;
  std::uint32_t *all_, *replications_, *some_;
  std::vector<std::uint32_t> list_, asking_, starting_, failed_, again_, lost_, places_;
  std::uint32_t lost_count_ = 0;
  std::vector<double> members_;
  std::vector<std::int32_t> region_now_;
};

}  // namespace muster
