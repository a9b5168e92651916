#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "models/story.h"
#include "sim/draws_ahead.h"
#include "sim/luck.h"
#include "sim/program.h"
#include "sim/standing.h"
#include "sim/world.h"

/// One replication of a compiled outage: from onset to the last thing that can still happen.
///
/// A Replication owns the state of one and is run again and again; after the first few it touches no heap. It belongs to
/// one thread; the Program is shared. What happens is a pure function of (program, seed, replication).
///
/// Alone it has a world of its own (run, tell). In a forecast several that are on at the same time share one: each begins there
/// and is asked whether it is over; what their world shares is then no function of one of them.
namespace muster {

class Replication {
 public:
  enum class State : std::uint8_t { idle, patient, waiting_needs, waiting_seats, running, pausing, replaced, ended };
  enum class How : std::uint8_t { not_ended, passed, succeeded, failed, replaced, cut_short };
  using Why = World::Why;
  using CauseOf = World::CauseOf;

  struct StepRun {
    std::int32_t waiting_for = 0;  ///< predecessors that have not ended
    std::uint32_t epoch = 0;       ///< events scheduled under an older one are stale
    std::uint32_t attempt = 0;     ///< within the instance
    std::uint32_t instance = 0;    ///< of a duty
    std::uint32_t part = 0;
    std::int32_t unmet = 0;        ///< clauses of `needs` that are not met now
    State state = State::idle;
    How how = How::not_ended;
    bool called = false;           ///< a fallback whose turn it is
    bool holds = false;            ///< seats and slots
    bool timed_out = false;
    bool was_called_off = false;   ///< may not recover its services any more
    bool expiry_pending = false, end_pending = false;
    double ready = 0, requested = 0, start = 0;
    double attempt_start = 0;      ///< between two attempts: when the last one ended
    double run_end = 0;            ///< when it ended its own run or was cut short
    double finish = 0;             ///< when it ended; of a replaced step, when its fallback did
    double part_end = 0;
    double target = 0;             ///< of a transfer, in its link's virtual time
    CauseOf became_ready, began;
    std::int32_t slowed_by = none;   ///< step whose transfer left the shared link last
    std::int32_t ended_by = none;    ///< fallback whose end was this step's
    bool ran = false;
  };

  struct NodeRun {
    std::int32_t outstanding = 0;  ///< strikes not repaired yet
    std::uint32_t may_recover = 0; ///< steps that may still bring it back
    bool struck = false;           ///< down itself, by this outage
    bool ever_struck = false;
    bool recovered = false;        ///< by a step: strikes do nothing any more
    bool by_repair_uncommitted = false;
    double spell = 0;              ///< when the present or last spell of its own began
    double own_loss = 0;
    std::int32_t chosen = none;    ///< copy restored from, index in its store; -2: no usable one
  };

  explicit Replication(const Program& program);
  /// One of several in a world, which must outlive it.
  Replication(const Program& program, World& world);

  /// Runs one. `trace` also fills what only statistics of steps and roles need (busy, waited).
  void run(std::uint64_t seed, std::uint32_t replication, bool trace);
  /// The same, with what is true of calibrated laws drawn as `truth` says, whatever the replication.
  void run(std::uint64_t seed, std::uint32_t replication, bool trace, std::uint32_t truth);
  /// Runs one that is under way from where it stands: what has ended is as it was, what runs is drawn given that it has lasted so long,
  /// the rest as run() draws it. Standing at the onset with nothing known it is run(). Only recovery times and steps are summed up.
  void resume(const Standing& from, std::uint64_t seed, std::uint32_t replication);
  /// Runs one up to an instant, with all that happens then; nothing is summed up.
  void run_until(std::uint64_t seed, std::uint32_t replication, double until);
  /// Runs one and writes down its story (everything but the titles). The critical path is of that service's recovery, of the
  /// last one's without.
  Story tell(std::uint64_t seed, std::uint32_t replication, std::int32_t service = none);

  /// The outage strikes in its world, now; it is the world's `number`th, from 1. `clock`: the instant that this is.
  void begin(std::uint64_t seed, std::uint32_t replication, std::uint32_t number, double clock);
  /// Draws what is true of calibrated laws, until it is drawn anew; before begin().
  void draw_truths(std::uint64_t seed, std::uint32_t truth);
  /// Whether it can change nothing any more: repaired, and its plan at an end.
  bool over() const;
  /// Whether nothing more can come of it by itself.
  bool stuck() const { return over() || only_duties_left(); }
  /// Gives back what it holds in its world, once it is over; people whom no other has called go home. It stays on the world's
  /// list, from which its owner takes it when it holds_down() nothing.
  void leave_world();
  /// Settles what was lost, for rpo().
  void sum_up_losses();
  std::uint32_t number() const { return number_; }
  double began() const { return start_; }
  /// Whether the service is down, and has been since before this outage struck it or because it did.
  bool holds_down(std::int32_t service) const;

  /// From the next run on draws are taken from there where they are held; null: all are drawn here.
  void draw_from(const DrawsAhead* ahead) { ahead_ = ahead; }
  /// From the next run on they are dealt by this one, and nothing is taken from ahead; null: as usual.
  void deal_from(Dealer* dealer) { dealer_ = dealer; }
  /// Of a replication with a world of its own: from the next run on, times of being down are kept there.
  void keep_spells() { w_.keep_log = true; }
  const World& world() const { return w_; }
  /// From the next run on it can be told what else would have been lost.
  void keep_losses() { keeps_losses_ = true; }
  /// As if the last run had been of another program that differs from this one in copies alone: what rpo(), lost_data() and node() say of losses.
  void lose_again(const Program& other);

  // Results of the last run. Times in seconds since onset; never is infinity.
  double rto(std::int32_t service) const;
  double rpo(std::int32_t service) const { return losses_[static_cast<std::size_t>(service)]; }
  const NodeRun& node(std::int32_t n) const { return nodes_[static_cast<std::size_t>(n)]; }
  const StepRun& step(std::int32_t s) const { return steps_[static_cast<std::size_t>(s)]; }
  bool lost_data(std::int32_t service) const { return node(service).chosen != none; }
  bool stood_down() const { return stood_down_; }
  bool stopped() const { return stopped_; }
  double committed_at() const { return committed_at_; }
  double recovery() const { return recovery_; }  ///< of the last service
  double plan_end() const { return plan_end_; }
  double onset() const { return onset_; }
  double busy(std::int32_t resource) const { return w_.resource(resource).busy; }      ///< seat-seconds, traced
  double waited(std::int32_t resource) const { return w_.resource(resource).waited; }  ///< step-seconds, traced
  /// Steps on the critical path of a service's recovery, last first, into `path` (cleared).
  void critical_path(std::int32_t service, std::vector<std::int32_t>& path) const;
  /// The service that recovered last (first in file order among equals), none when nothing was down.
  std::int32_t last_service() const { return last_service_; }

 private:
  Replication(const Program& program, std::unique_ptr<World> world);
  friend struct World;
  using enum World::Kind;

  void reset();
  void meet_world();
  void loop(double until = Program::forever);
  double draw_onset() const;
  void handle(const Event& e);
  void schedule(double time, Phase phase, World::Kind kind, std::int32_t subject, std::uint32_t epoch) {
    w_.queue.push(time, phase, kind, subject, epoch, number_);
  }
  bool only_duties_left() const;
  bool nothing_left() const;
  bool plan_over() const { return stood_down_ || (stopped_ ? running_ == 0 : steps_left_ == 0); }

  // Steps (replication_steps.cc).
  void predecessors_done(std::int32_t s, CauseOf cause);
  void make_ready(std::int32_t s);
  void request(std::int32_t s) { request(s, w_.now); }
  void request(std::int32_t s, double asked);
  void take_seats(std::int32_t s);
  void count_shortage(std::int32_t s, double seconds);
  void left_queue(std::int32_t s);
  void give_up_waiting();
  void start(std::int32_t s, CauseOf cause);
  void begin_attempt(std::int32_t s);
  void begin_part(std::int32_t s);
  void end_attempt(std::int32_t s);
  void fail_for_good(std::int32_t s);
  void call(std::int32_t caller, std::int32_t fallback);
  void call_off(std::int32_t fallback);
  void end(std::int32_t s, How how);
  void release(std::int32_t s);
  void expire(std::int32_t s);
  void ask(std::int32_t resource, std::int32_t asker);
  void duty(std::int32_t s);
  void stop_waiting(std::int32_t s);
  void invalidate(std::int32_t s);
  void schedule_expiry(std::int32_t s);
  double draw_part(std::int32_t s, const Program::Part& part) const;
  double draw_response(const Sampler& law, Stream role, std::int32_t seat) const;
  double sample(const Sampler& law, Uniform01 u) const {
    if (law.belief == none) return p_.tables[static_cast<std::size_t>(law.table)](u);
    const auto i = static_cast<std::size_t>(law.belief);
    return p_.beliefs[i].at(truths_[i], u, p_.tables[static_cast<std::size_t>(law.table)]);
  }
  Luck luck() const { return {seed_, replication_, dealer_}; }
  double sample(const Sampler& law, const Draw& d) const { return law.table == none ? law.constant : sample(law, uniform(d)); }
  bool fits(std::int32_t s) const;
  CauseOf cause_of_grant(std::int32_t s) const;

  // Services (replication_services.cc).
  void draw_strikes();
  void hit(std::int32_t which);
  void mend(std::int32_t which);
  void go_down(std::int32_t n);
  void check_up(std::int32_t n, std::int32_t by);
  void came_up(std::int32_t n, std::int32_t by);
  void needs_down(std::int32_t n);
  void needs_up(std::int32_t n, std::int32_t by);
  void release_node(std::int32_t n);
  void log_up(std::int32_t n);
  bool has_part_in(std::int32_t n) const;
  void recover(std::int32_t n, std::int32_t by);
  void recoverer_gone(std::int32_t n);
  void try_repair(std::int32_t n);
  void back_by_repair(std::int32_t n);
  bool data_gone(std::int32_t n) const;
  void commit();
  void stop();
  void judge_stand_down();
  void stand_down();
  void close_spell(std::int32_t n);
  void lose(const Program& p, std::int32_t n, double struck_at);
  void join_losses();
  void sum_up();
  void sum_up_recovery();

  // From the middle on (replication_resume.cc).
  bool replay(const Standing& from, bool freely, std::uint32_t round);
  void draw_strikes_given(const Standing& from);
  double lasts_given(const Sampler& lasts, Stream stream, double least) const;
  void draw_correlated_given(const Standing::Copula& known);
  void hold(std::int32_t s, bool freely, std::uint32_t round);
  bool is_held(std::int32_t s) const;
  void take_end(const Standing& from, std::int32_t s);
  void take_back(std::int32_t n);
  double first_to_leave(const Standing& from) const;
  void leave_link(const Standing& from);
  void place(const Standing& from);
  void place_people(const Standing& from);
  void place_step(const Standing& from, std::int32_t s);
  void place_attempt(const Standing::Step& known, std::int32_t s);

  // The story, only while one is told (replication_story.cc).
  void note(std::string what);
  void note_ready(std::int32_t s);
  void note_request(std::int32_t s);
  void note_start(std::int32_t s);
  void note_attempt(std::int32_t s, bool failed);
  void note_end(std::int32_t s);
  void note_strike(std::int32_t which, double repaired_at);
  void note_repair(std::int32_t which);
  void note_recovered(std::int32_t n, std::int32_t by);
  void note_repaired(std::int32_t n);
  void note_up(std::int32_t n, std::int32_t by);
  void finish_story(std::int32_t service);
  Cause told(const CauseOf& c) const;
  std::string list_of(const Span& nodes) const;

  bool is_down(std::int32_t n) const { return w_.node(n).down; }
  StepRun& at(std::int32_t s) { return steps_[static_cast<std::size_t>(s)]; }
  NodeRun& place(std::int32_t n) { return nodes_[static_cast<std::size_t>(n)]; }
  const Program::Step& step_of(std::int32_t s) const { return p_.steps[static_cast<std::size_t>(s)]; }
  std::uint32_t draw_index(std::int32_t s) const;

  const Program& p_;
  std::unique_ptr<World> own_world_;
  World& w_;
  const DrawsAhead* ahead_ = nullptr;
  Dealer* dealer_ = nullptr;
  bool drawn_ahead_ = false;  ///< whether it holds this replication
  std::uint32_t lane_ = 0;    ///< where
  std::uint64_t seed_ = 0;
  std::uint32_t replication_ = 0, number_ = 1;
  Story* story_ = nullptr;

  double start_ = 0;  ///< of the outage, in its world
  double onset_ = 0;  ///< the same as an instant
  std::int32_t steps_left_ = 0;  ///< not ended, duties apart
  std::int32_t struck_ = 0, strikes_to_come_ = 0;
  std::int32_t struck_recoverable_ = 0, ever_struck_recoverable_ = 0, ever_struck_ = 0;
  bool committed_ = false, stood_down_ = false, stopped_ = false, repair_brought_back_ = false;
  bool judge_due_ = false;
  double committed_at_ = 0, plan_end_ = 0, recovery_ = 0, last_end_ = 0;
  std::int32_t last_service_ = none;
  // What can still happen by itself, duties apart: when all are zero, only a duty's seats can bring anything about.
  std::int32_t running_ = 0, expiries_ = 0, repairs_ = 0, patient_ = 0;
  std::int32_t duties_running_ = 0, duties_in_vain_ = 0;

  std::vector<StepRun> steps_, fresh_steps_;
  std::vector<NodeRun> nodes_, fresh_nodes_;
  std::vector<std::int32_t> clause_up_, fresh_clause_up_;  ///< of steps' needs: members that are up
  std::vector<char> asked_;                                ///< by resource: whether this outage has called its people
  std::vector<char> strikes_region_;                       ///< by node
  std::vector<double> repair_at_;
  std::vector<double> losses_;
  struct Loss {
    std::int32_t service;
    double struck_at;  ///< since onset
  };
  bool keeps_losses_ = false;
  std::vector<Loss> kept_losses_;
  mutable std::vector<double> members_;
  std::vector<StoryStep> drafts_;
  std::vector<LearnedLaw::Truth> truths_;  ///< by belief
  std::vector<Uniform01> correlated_;
  std::vector<double> normals_;
  const Standing* standing_ = nullptr;  ///< while one is resumed
  bool replaying_ = false, too_short_ = false;
  std::vector<std::uint32_t> on_links_; ///< past attempts that are replayed now
  std::vector<double> held_;            ///< by part: lengths of attempts that run
};

}  // namespace muster
