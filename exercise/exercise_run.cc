#include "exercise/exercise_run.h"

#include <signal.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "exercise/refused.h"

namespace muster {
namespace fs = std::filesystem;
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);

const Plan& performed_plan(const LoadedExercise& loaded) {
  for (const Outage& outage : loaded.scenario.outages)
    for (const Plan& plan : loaded.scenario.plans)
      if (outage.name == loaded.exercise.outage && plan.name == outage.plan) return plan;
  throw std::logic_error("no plan for the outage " + loaded.exercise.outage);
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", seconds);
  return text;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// While it lives, a board whose terminal is gone is no reason to die.
class PipesBreakQuietly {
 public:
  PipesBreakQuietly() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &before_);
  }
  ~PipesBreakQuietly() { sigaction(SIGPIPE, &before_, nullptr); }
  PipesBreakQuietly(const PipesBreakQuietly&) = delete;
  PipesBreakQuietly& operator=(const PipesBreakQuietly&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

ExerciseRun::ExerciseRun(const LoadedExercise& exercise, const RunSettings& settings, const RunPorts& ports,
                         const RunParts& parts)
    : loaded_(exercise),
      exercise_(exercise.exercise),
      settings_(settings),
      ports_(ports),
      parts_(parts),
      plan_(performed_plan(exercise)),
      masking_(secrets_of(exercise.exercise)),
      run_folder_(parts.run_root + "/" + settings.id),
      kept_folder_(parts.state_root + "/exercises/" + settings.id) {}

ExerciseRun::~ExerciseRun() {
  if (background_.joinable()) background_.join();
}

RunEnded ExerciseRun::run() {
  if (!incident())
    if (const std::vector<std::string> reasons = parts_.reasons_against(exercise_, settings_.calendar, now()); !reasons.empty()) throw Refused(reasons);
  const PipesBreakQuietly quietly;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) signals_.add(number);
  try {
    make_folders();
    open_door();
    resolve();
    start_looking();
  } catch (...) {
    probing_.reset();
    keeper_.reset();
    door_.reset();
    std::error_code ignored;
    fs::remove_all(run_folder_, ignored);
    fs::remove_all(kept_folder_, ignored);
    throw;
  }
  for (int troubles = 0; phase_ != Phase::over;) try {
      io_.run();
      if (phase_ != Phase::over) throw std::logic_error("the loop has nothing left to do");
    } catch (const std::exception& error) {  // a bug; whatever it is, the faults must end
      turning_ = false;
      if (++troubles > 20) {
        close();
        break;
      }
      tell(Noted{"trouble", error.what(), "runner"});
      finish(Ending::aborted, std::string("the runner met a trouble of its own: ") + error.what(), "runner");
      io_.restart();
    }
  if (!refused_.empty()) throw Refused(refused_);
  return end_;
}

void ExerciseRun::start_performing() {
  try {
    if (exercise_.canary && exercise_.kind != Exercise::Kind::tabletop) {
      stop_canary_ = parts_.canary(io_, *exercise_.canary, netns_of(exercise_, exercise_.canary->writes_from),
                                   settings_.id, kept_folder_, exercise_.folder);
      canary_wrote_ = true;
    }
    call_keeper();
  } catch (const Refused& refused) {
    return refuse("ready", refused.what());
  }
  phase_ = Phase::performing;
  performing_since_ = now();
  if (faults_.empty()) t0_ = t0_verified_ = settings_.onset.value_or(began_);
}

void ExerciseRun::begin_due_faults() {
  const double elapsed = now().since(performing_since_);
  for (std::size_t i = 0; i < faults_.size() && phase_ == Phase::performing; ++i) {
    Fault& fault = faults_[i];
    const FaultPlan& plan = *fault.prepared.plan;
    if (fault.begun || plan.after - faults_.front().prepared.plan->after > elapsed) continue;
    fault.begun = true;
    std::optional<CommandSettings> fence;
    if (plan.before_undo) {
      fence = command_of(exercise_, *plan.before_undo, {fault.prepared.effect.target.name, ""}, settings_.id);
      if (masking_.empty())
        fence->output_file = kept_folder_ + "/" + fault.prepared.effect.fault + ".before-undo.out";
    }
    keeper_->begin(fault.prepared.effect, plan.lasts, fence,
                   [this, i](const std::string& why_not) { fault_begun(i, why_not); });
  }
}

void ExerciseRun::fault_begun(std::size_t index, const std::string& why_not) {
  if (phase_ != Phase::performing) return;
  if (why_not.empty()) return turn();
  finish(Ending::aborted,
         "the fault " + faults_[index].prepared.effect.fault + " could not be brought about: " + why_not,
         "runner");
}

/// What the keeper tells, with its own instants.
void ExerciseRun::take_happening(const Happening& happening) {
  if (const auto* change = std::get_if<FaultChanged>(&happening.what)) {
    const auto it = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) {
      return fault.prepared.effect.fault == change->fault;
    });
    if (it != faults_.end() && change->change == FaultChange::intended) {
      it->intended = happening.at;
      if (!first_effect_) first_effect_ = happening.at;
    }
    if (it != faults_.end() && change->change == FaultChange::in_effect && it->prepared.plan->after >= 0 &&
        !t0_) {
      const auto error = static_cast<std::int64_t>(keeper_->clock_error(it->prepared.effect.target) * 1e9);  // of another host's clock
      t0_ = it->intended.value_or(happening.at);
      t0_verified_ = happening.at;
      t0_ = {t0_->boot - error, t0_->wall - error};
      t0_verified_ = {t0_verified_->boot + error, t0_verified_->wall + error};
      t0_late_ = static_cast<double>(2 * error) / 1e9;
    }
    if (change->change == FaultChange::vanished && phase_ == Phase::performing) vanished_ = change->fault;
  }
  Happening copy = happening;
  masking_.mask(copy);
  if (phase_ != Phase::over) ports_.tell(copy);
}

/// Its time zero is t0; it begins once the first fault that is no preparation is known to be in effect.
void ExerciseRun::begin_plan() {
  plan_began_ = true;
  runbook_ =
      std::make_unique<Runbook>(plan_, loaded_.scenario.roles, loaded_.scenario.capacity, exercise_.struck,
                                [this](const std::string& name) { return service_is_up(name); });
  const std::string outputs = kept_folder_ + "/steps";
  std::error_code ignored;
  fs::create_directories(outputs, ignored);
  StepAttempts::Surroundings around{&exercise_,   &plan_,      &settings_,
                                    ports_.clock, &questions_, probes_.get(),
                                    &masking_,    outputs,     [this](const Asked& asked) { tell(asked); },
                                    [this](const CommandSettings& settings, std::function<void(const CommandResult&)> done) {
                                      return start_command_of(parts_, io_, settings, std::move(done));
                                    }};
  attempts_ = std::make_unique<StepAttempts>(
      io_, std::move(around),
      [this](const std::string& step, const AttemptEnd& end) { attempt_ended(step, end); });
}

/// By its probe; without one it counts as up, except on paper, where what was struck is down until a step has
/// recovered it.
bool ExerciseRun::service_is_up(const std::string& name) const {
  if (exercise_.kind == Exercise::Kind::tabletop)
    return !contains(exercise_.struck, name) ||
           std::any_of(plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) {
             return contains(step.recovers, name) && runbook_->has_ended(step.name);
           });
  const auto up = probes_->service(name, now());
  return !up || *up == Truth::yes;
}

void ExerciseRun::advance_plan() {
  attempts_->turn();
  const Moment& first = first_effect_ ? *first_effect_ : performing_since_;
  const auto limit = static_cast<std::int64_t>(exercise_.limit * 1e9);
  std::optional<Moment> limit_end;
  if (!incident()) limit_end = {first.boot + limit, first.wall + limit};
  if (phase_ != Phase::performing) return;
  for (const RunbookLine& line : runbook_->advance(now().since(*t0_))) {
    begin_or_tell(line, limit_end);
    if (phase_ != Phase::performing) return;
  }
}

void ExerciseRun::begin_or_tell(const RunbookLine& line, const std::optional<Moment>& limit_end) {
  StepChanged told;
  const auto detail = details_.find(line.step);
  if (line.change == StepChange::began) {
    told = attempts_->announced(line.step);
  } else if (detail != details_.end() && line.change != StepChange::ready) {
    told = detail->second.told;
    details_.erase(detail);
  }
  told.step = line.step;
  told.change = line.change;
  told.attempt = line.attempt;
  told.replaced_by = line.replaced_by;
  if (told.why.empty()) told.why = line.why;
  tell(told);
  if (line.change != StepChange::began) return;
  if (settings_.done.contains(line.step)) return boost::asio::post(io_, [this, step = line.step] { done_before(step); });
  if ((told.how == "run" || told.how == "by hand") && !contains(effective_steps_, line.step))
    effective_steps_.push_back(line.step);
  attempts_->begin(line.step, line.attempt, limit_end);
}

/// It succeeded in the run that this one goes on with; how long it took is there.
void ExerciseRun::done_before(const std::string& step) {
  AttemptEnd end;
  end.succeeded = true;
  end.told = attempts_->announced(step);
  end.told.automatic = true;
  end.told.note = "done in " + settings_.continues;
  attempt_ended(step, end);
}

void ExerciseRun::attempt_ended(const std::string& step, const AttemptEnd& end) {
  if (phase_ != Phase::performing) return;
  if (end.declined) {
    StepChanged told = end.told;
    told.change = StepChange::failed;
    tell(told);
    return finish(Ending::stopped_by_plan, "“" + step + "” was answered with no", told.by);
  }
  details_[step] = end;
  runbook_->attempt_ended(step, end.succeeded, now().since(*t0_), end.told.why);
  turn();
}

void ExerciseRun::check_halt() {
  const Moment at = now();
  if (incident() || at.boot - halt_looked_ < 1'000'000'000) return;
  halt_looked_ = at.boot;
  if (const auto halt = parts_.halt()) {
    tell(Noted{"halt", halt->why, halt->by});
    finish(Ending::aborted, "halted: " + halt->why, halt->by);
  }
}

void ExerciseRun::check_stops() {
  const Moment at = now();
  if (keeper_ && keeper_->lost())
    return finish(Ending::aborted, keeper_->why_lost(), "runner");
  for (const auto& [name, watch] : stops_)
    if (watch->now(at) == Truth::yes) {
      tell(ConditionMet{"stop-when " + name, true, ""});
      return finish(Ending::aborted, "the stop condition " + name + " holds", "stop-when " + name);
    }
  if (exercise_.limit > 0 && at.since(first_effect_.value_or(performing_since_)) >= exercise_.limit)
    finish(Ending::aborted, "the limit of " + seconds_text(exercise_.limit) + " is over", "limit");
}

void ExerciseRun::check_recovery() {
  if (recovered_told_ || !recovered_ || !probing_) return;
  const Moment at = now();
  if (!recovering_ended_ && runbook_->recovering_steps_ended(exercise_.recovered_service))
    recovering_ended_ = at;
  if (!recovering_ended_ || recovered_->now(at) != Truth::yes) return;
  // A service that was never seen down must have been looked at, and for as long, since it was struck.
  const double held_for = exercise_.recovered->holds_for;
  if (!probes_->looked_since(*exercise_.recovered, *t0_verified_) || at.since(*t0_verified_) < held_for)
    return;
  const RecoveryQuestion question{*t0_, *t0_verified_, held_for, recovering_ended_, at};
  if (!measure_recovery(probes_->truth_of(*exercise_.recovered, *t0_), question).rta) return;
  recovered_told_ = true;
  tell(ConditionMet{"recovered", true, ""});
}

void ExerciseRun::check_done() {
  if (!runbook_->over()) return;
  if (runbook_->stopped()) {
    const bool about_to = recovered_ && probing_ && !recovered_told_ &&
                          recovered_bare_->now(now()) == Truth::yes &&
                          runbook_->recovering_steps_ended(exercise_.recovered_service);
    if (!about_to)
      finish(Ending::stopped_by_plan,
             "the step " + runbook_->stopped_by() + " failed, and the plan stops with it", "plan");
  } else if (!recovered_ || !probing_ || recovered_told_) {
    finish(Ending::finished, "the plan is done", "");
  }
}

/// Everything that time or news may bring, in order. What it calls may call it again; then it goes round once
/// more.
void ExerciseRun::turn() {
  again_ = true;
  if (turning_) return;
  turning_ = true;
  while (std::exchange(again_, false)) {
    if (phase_ == Phase::looking || phase_ == Phase::performing) check_halt();
    if (phase_ == Phase::looking) check_steady();
    if (phase_ == Phase::performing) begin_due_faults();
    if (phase_ == Phase::performing && !plan_began_ && t0_) begin_plan();
    if (phase_ == Phase::performing) check_stops();
    if (phase_ == Phase::performing && plan_began_) advance_plan();
    if (phase_ == Phase::performing && plan_began_) check_recovery();
    if (phase_ == Phase::performing && plan_began_) check_done();
  }
  turning_ = false;
}

void ExerciseRun::arm() {
  const auto due = std::chrono::steady_clock::now() + kTick;
  tick_.expires_at(due);
  tick_.async_wait([this, due](auto error) {
    if (error || phase_ == Phase::over) return;
    lateness_.add(due, std::chrono::steady_clock::now());
    arm();
    turn();
  });
}

std::string ExerciseRun::order(const Order& given) {
  if (given.kind == Order::Kind::acknowledge) {
    const std::string why = questions_.answer(given.step, {given.by, given.note, given.yes, false});
    turn();
    return why;
  }
  if (phase_ == Phase::ending || phase_ == Phase::over) return "it is ending already: " + end_.why;
  finish(Ending::aborted, given.why.empty() ? "aborted by " + given.by : given.why, given.by);
  return "";
}

void ExerciseRun::await_signal() {
  signals_.async_wait([this](auto error, int number) {
    if (!error) signalled(number);
  });
}

void ExerciseRun::signalled(int number) {
  const std::string name = number == SIGINT   ? "interrupted (Ctrl-C)"
                           : number == SIGHUP ? "the terminal was closed (SIGHUP)"
                                              : "told to end (SIGTERM)";
  if (incident() && number == SIGHUP) {
    prompt_.reset();
    tell(Noted{"signal", name + ": the recovery goes on; `muster incident ack` answers what is asked", settings_.by});
    return await_signal();
  }
  if (phase_ == Phase::ending) {
    tell(Noted{"signal", name + " once more: undoing goes on", settings_.by});
    if (afterwards_) afterwards_->end();
  }
  finish(Ending::aborted, name, settings_.by);
  await_signal();
}

}  // namespace muster
