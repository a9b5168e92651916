#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "exercise/control_socket.h"
#include "exercise/loop_lateness.h"
#include "exercise/masking.h"
#include "exercise/prepared_faults.h"
#include "exercise/probe_watch.h"
#include "exercise/questions.h"
#include "exercise/run_parts.h"
#include "exercise/runbook.h"
#include "exercise/step_attempts.h"
#include "exercise/terminal_prompt.h"

/// One run of an exercise, from the guard to the last happening. Lives on one thread; used once.
///
/// Phases: `looking` (guard, effects resolved, footprint, locks, probes, steady state, canary: nothing is
/// touched), `performing` (faults at their times, the plan), `ending` (steps and faults ended side by side,
/// then recovery measured, canary read, steps undone after an abort, `afterwards`, canary again, footprint),
/// `over`. `ending` is entered once and is never cut short.
namespace muster {

class ExerciseRun {
 public:
  ExerciseRun(const LoadedExercise& exercise, const RunSettings& settings, const RunPorts& ports,
              const RunParts& parts);
  ~ExerciseRun();
  ExerciseRun(const ExerciseRun&) = delete;
  ExerciseRun& operator=(const ExerciseRun&) = delete;
  RunEnded run();  ///< throws Refused while nothing was touched

 private:
  enum class Phase { looking, performing, ending, over };
  struct Fault {
    PreparedFault prepared;
    bool begun = false;
    std::optional<Moment> intended;
  };

  // looking (exercise_looking.cc)
  void make_folders();
  void open_door();
  void resolve();
  void call_keeper();
  void tell_beginning();
  void write_undo_lines() const;
  void start_looking();
  void start_probing();
  void check_steady();
  double patience() const;
  void refuse(const std::string& what, const std::string& why);

  // performing (exercise_run.cc)
  void start_performing();
  void begin_due_faults();
  void fault_begun(std::size_t index, const std::string& why_not);
  void begin_plan();
  void take_happening(const Happening& happening);
  void advance_plan();
  void begin_or_tell(const RunbookLine& line, const std::optional<Moment>& limit_end);
  void done_before(const std::string& step);
  void attempt_ended(const std::string& step, const AttemptEnd& end);
  void check_halt();
  void check_stops();
  void check_recovery();
  void check_done();
  void turn();
  void arm();
  std::string order(const Order& order);
  void await_signal();
  void signalled(int number);
  bool service_is_up(const std::string& name) const;

  // ending (exercise_ending.cc)
  void finish(Ending ending, const std::string& why, const std::string& by);
  void all_ended();
  void measure();
  void read_canary(const std::string& when, std::function<void()> then);
  void undo_steps();
  void undo_step(const std::string& step, const Binding& binding);
  void keep_secrets(CommandSettings& settings) const;
  void run_afterwards();
  void close();
  void tell_counts();
  void in_background(std::function<void()> work, std::function<void()> then);

  Moment now() const { return ports_.clock->now(); }
  bool incident() const { return exercise_.kind == Exercise::Kind::incident; }
  template <typename What>
  void tell(What what) {
    tell_at(now(), std::move(what));
  }
  template <typename What>
  void tell_at(const Moment& at, What what) {
    Happening happening{at, std::move(what)};
    masking_.mask(happening);
    ports_.tell(happening);
  }

  const LoadedExercise& loaded_;
  const Exercise& exercise_;
  const RunSettings settings_;
  const RunPorts ports_;
  const RunParts parts_;
  const Plan plan_;
  const Masking masking_;
  const std::string run_folder_, kept_folder_;

  boost::asio::io_context io_{1};
  boost::asio::steady_timer tick_{io_};
  boost::asio::signal_set signals_{io_};
  LoopLateness lateness_;
  Questions questions_;
  std::unique_ptr<ControlSocket> door_;
  std::unique_ptr<TerminalPrompt> prompt_;
  std::unique_ptr<ProbeWatch> probes_;
  std::shared_ptr<void> probing_;
  std::unique_ptr<EffectOwner> keeper_;
  std::function<void()> stop_canary_;  ///< blocks for some seconds
  std::unique_ptr<Runbook> runbook_;
  std::unique_ptr<StepAttempts> attempts_;

  Phase phase_ = Phase::looking;
  std::vector<Fault> faults_;
  Footprint before_;
  std::vector<std::shared_ptr<ConditionWatch>> steady_;
  std::vector<std::pair<std::string, std::shared_ptr<ConditionWatch>>> stops_;
  std::shared_ptr<ConditionWatch> recovered_, recovered_bare_;
  bool recovered_told_ = false, turning_ = false, again_ = false, canary_wrote_ = false, plan_began_ = false;
  Moment began_, performing_since_;
  std::optional<Moment> first_effect_, t0_, t0_verified_, recovering_ended_;
  double t0_late_ = 0;  ///< seconds by which t0 may be later, as another host told it
  std::string vanished_;
  std::map<std::string, AttemptEnd>
      details_;  ///< of the attempts that ended, until the runbook says what that means
  std::vector<std::string> effective_steps_;  ///< steps that began to change something, in order
  std::set<std::string> undone_steps_;
  std::int64_t halt_looked_ = 0;
  int parts_ending_ = 0;
  std::unique_ptr<CommandUnderWay> undoing_, afterwards_;
  std::thread background_;
  std::vector<std::string> refused_;
  RunEnded end_;
};

}  // namespace muster
