#pragma once
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "models/happening.h"
#include "models/scenario.h"

/// A plan being performed, as a state machine: told what ended, it says what starts. No clock, no process, no
/// probe of its own.
///
/// The order of things is that of a replication (docs/semantics.md): a step is ready when all in `after` have
/// ended; `only-if` is judged then; `needs`, then seats and slots, granted all together; attempts; fallbacks;
/// duties. Unlike there, an attempt lasts as long as it really does, retry-after is its median, people are
/// there, and nothing is repaired by the provider. Instants are seconds since the plan began and never go
/// back.
namespace muster {

/// Something to tell, and where `change` is `began`, an attempt to perform.
struct RunbookLine {
  std::string step;
  StepChange change = StepChange::ready;
  int attempt = 0;  ///< of began and retried; from 1
  std::string replaced_by, why;
  friend bool operator==(const RunbookLine&, const RunbookLine&) = default;
};

/// A value but for `is_up`, which says whether a service or region that a step needs is up; it is asked only
/// within advance().
class Runbook {
 public:
  using IsUp = std::function<bool(const std::string& name)>;
  Runbook(const Plan& plan, const std::vector<Role>& roles, const std::vector<Capacity>& capacity,
          std::vector<std::string> struck, IsUp is_up);

  /// All that follows at `now`, in order. Call it at the beginning, after each attempt's end, when what
  /// `is_up` says may have changed, and at next_due().
  std::vector<RunbookLine> advance(double now);
  double next_due() const;  ///< infinity: nothing by time alone
  /// The attempt that runs has ended. A std::logic_error if none does.
  void attempt_ended(const std::string& step, bool succeeded, double now, const std::string& why = "");
  void abort();  ///< nothing starts any more, retries included; attempt_ended is ignored from now on

  bool over() const;  ///< all but duties has ended, or the plan has stopped and what ran has ended
  bool stopped() const { return stopped_; }
  const std::string& stopped_by() const { return stopped_by_; }  ///< the step
  bool committed() const { return committed_; }
  bool has_ended(const std::string& step) const;  ///< ended, passed, failed or replaced by one that has
  bool recovering_steps_ended(
      const std::string& service) const;     ///< of those that recover it; true where none does
  std::vector<std::string> running() const;  ///< attempts under way, in plan order

 private:
  enum class State { idle, patient, waiting_needs, waiting_seats, running, pausing, replaced, ended };
  struct Run {
    State state = State::idle;
    bool called = false, holds = false, duty_due_known = false;
    int attempt = 0, caller = -1;
    double ready = 0, requested = 0, due = std::numeric_limits<double>::infinity();
    double remaining_path = 0;
  };

  int index_of(const std::string& step) const;
  bool is_duty(int s) const { return plan_.steps[static_cast<std::size_t>(s)].every.has_value(); }
  bool is_over(int s) const { return runs_[static_cast<std::size_t>(s)].state == State::ended; }
  bool predecessors_done(int s) const;
  bool needs_met(int s) const;
  bool has_seats(int s) const;
  void take_seats(int s, int sign);
  bool round();
  bool resume_pauses();
  bool make_ready();
  bool make_ready(int s);
  bool ask_for_seats();
  bool grant();
  bool expire();
  void begin_attempt(int s);
  void fail_for_good(int s, const std::string& why);
  void call(int caller, const std::string& fallback, const std::string& why);
  void call_off(const std::string& fallback);
  void end(int s, StepChange how, const std::string& why);
  void end_waiting_duties(const std::string& until);
  double path_from(int s, std::vector<double>& known) const;
  void tell(int s, StepChange change, const std::string& why = "", const std::string& replaced_by = "");

  Plan plan_;
  std::vector<Role> roles_;
  std::vector<Capacity> capacity_;
  std::vector<std::string> struck_;
  IsUp is_up_;
  std::vector<Run> runs_;                          ///< by step
  std::vector<std::pair<std::string, int>> free_;  ///< seats of roles, slots of capacities
  std::vector<RunbookLine> lines_;
  std::string stopped_by_;
  double now_ = 0;
  bool stopped_ = false, aborted_ = false, committed_ = false;
};

}  // namespace muster
