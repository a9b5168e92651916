#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <filesystem>

#include "exercise/exercise_run.h"

namespace muster {
namespace {

std::optional<int> exit_of(const CommandResult& result) {
  if (result.end == CommandResult::End::exited) return result.status;
  if (result.end == CommandResult::End::signalled) return 128 + result.status;
  return std::nullopt;
}

}  // namespace

/// Steps and faults end side by side: a step that ignores SIGTERM does not hold up an undo.
void ExerciseRun::finish(Ending ending, const std::string& why, const std::string& by) {
  if (phase_ == Phase::ending || phase_ == Phase::over) return;
  const bool performed = phase_ == Phase::performing;
  phase_ = Phase::ending;
  end_.ending = ending;
  end_.why = why;
  end_.by = by;
  if (ending == Ending::aborted) tell(Noted{"abort", why, by});
  parts_ending_ = 3;
  const auto part_ended = [this] {
    if (--parts_ending_ == 0) all_ended();
  };
  if (runbook_) runbook_->abort();
  if (keeper_)
    keeper_->end_all(why, [this, part_ended](const std::vector<std::string>& remains) {
      end_.remains = remains;
      part_ended();
    });
  else
    boost::asio::post(io_, part_ended);
  if (attempts_)
    attempts_->end_all(
        [this](const std::string&, const AttemptEnd& attempt) {
          StepChanged told = attempt.told;
          told.change = attempt.succeeded ? StepChange::succeeded : StepChange::ended_early;
          tell(told);
        },
        part_ended);
  else
    boost::asio::post(io_, part_ended);
  in_background(
      stop_canary_ ? std::exchange(stop_canary_, nullptr) : [] {}, part_ended);
  for (const Fault& fault : faults_)
    if (performed && !fault.begun)
      tell(Noted{
          "fault",
          "the fault " + fault.prepared.effect.fault + " was never begun: the exercise ended before its time",
          "runner"});
}

void ExerciseRun::all_ended() {
  measure();
  read_canary("after recovery", [this] { undo_steps(); });
}

void ExerciseRun::measure() {
  if (!exercise_.recovered || !t0_ || !probing_) return;
  const RecoveryQuestion question{*t0_, *t0_verified_, exercise_.recovered->holds_for, recovering_ended_,
                                  now()};
  RecoveryMeasured measured = measure_recovery(probes_->truth_of(*exercise_.recovered, *t0_), question);
  if (!vanished_.empty()) {
    measured.valid = false;
    measured.why = "the fault " + vanished_ + " ended early, and not by us";
  }
  tell(measured);
  const double late = std::max(probes_->lateness_max(*exercise_.recovered), lateness_.worst());
  if (!measured.rta || !measured.seen_down || late <= measured.error) return;
  char text[160];
  std::snprintf(text, sizeof text,
                "probes or runner were up to %.3f s late, more than the error of %.3f s that the recovery "
                "time is said to have",
                late, measured.error);
  tell(Noted{"lateness", text, "runner"});
}

void ExerciseRun::in_background(std::function<void()> work, std::function<void()> then) {
  if (background_.joinable()) background_.join();
  background_ = std::thread([this, work = std::move(work), then = std::move(then)] {
    work();
    boost::asio::post(io_, then);
  });
}

/// In a thread: a database may be slow to say what it has, and Ctrl-C is to be heard meanwhile.
void ExerciseRun::read_canary(const std::string& when, std::function<void()> then) {
  if (!canary_wrote_ || !t0_) return then();
  auto read = std::make_shared<CanaryRead>();
  in_background(
      [this, read, when, t0 = *t0_] {
        std::vector<CanaryWrite> writes;
        try {
          writes = read_canary_log(kept_folder_ + "/canary.log");
          std::uint64_t newest = 0;
          for (const CanaryWrite& write : writes) newest = std::max(newest, write.number);
          const std::string netns = netns_of(exercise_, exercise_.canary->reads_from);
          *read = measure_loss(
              writes, parts_.survivors(*exercise_.canary, netns, settings_.id, newest, exercise_.folder), t0,
              exercise_.canary->every, t0_late_);
        } catch (const std::exception& error) {
          read->why_not = error.what();
          read->period = exercise_.canary->every;
          for (const CanaryWrite& write : writes) {
            const bool acknowledged = write.acknowledged.has_value(),
                       before = acknowledged && write.acknowledged->boot <= t0.boot;
            ++(before ? read->acknowledged : acknowledged ? read->acknowledged_after_t0 : read->in_doubt);
          }
        }
        read->when = when;
      },
      [this, read, then = std::move(then)] {
        tell(*read);
        then();
      });
}

/// After anything but success, in reverse order of their beginning, one after the other.
void ExerciseRun::undo_steps() {
  undoing_.reset();
  if (end_.ending == Ending::finished || incident()) return run_afterwards();
  for (auto it = effective_steps_.rbegin(); it != effective_steps_.rend(); ++it) {
    const Binding* binding = exercise_.binding(*it);
    if (binding && binding->undo && binding->run && undone_steps_.insert(*it).second)
      return undo_step(*it, *binding);
  }
  for (const std::string& step : effective_steps_)
    if (!undone_steps_.count(step)) end_.done_not_undone.push_back(step);
  run_afterwards();
}

void ExerciseRun::keep_secrets(CommandSettings& settings) const {
  if (masking_.empty()) return;
  settings.mask = masking_;
  settings.mask_longest = masking_.longest();
}

void ExerciseRun::undo_step(const std::string& step, const Binding& binding) {
  CommandSettings settings = command_of(exercise_, *binding.undo, binding.on, settings_.id);
  settings.env["MUSTER_STEP"] = step;
  settings.keep_output = binding.keep_output;
  keep_secrets(settings);
  undoing_ = start_command_of(parts_, io_, settings, [this, step](const CommandResult& result) {
    StepChanged told;
    told.step = step;
    told.change = result.succeeded() ? StepChange::undone : StepChange::undo_failed;
    told.how = "run";
    told.exit = exit_of(result);
    told.timed_out = result.end == CommandResult::End::timed_out;
    told.output_tail = result.tail;
    if (!result.succeeded()) {
      told.why = result.text();
      end_.done_not_undone.push_back(step);
    }
    tell(told);
    boost::asio::post(io_, [this] { undo_steps(); });
  });
}

void ExerciseRun::run_afterwards() {
  const bool committed = runbook_ && runbook_->committed() && !plan_.commits_at.empty();
  const bool called_for = end_.ending == Ending::finished || committed || !effective_steps_.empty();
  if (!exercise_.afterwards || !settings_.afterwards || !called_for ||
      exercise_.kind == Exercise::Kind::tabletop)
    return close();
  tell(AfterwardsRan{});
  CommandSettings settings =
      command_of(exercise_, *exercise_.afterwards, exercise_.afterwards_on, settings_.id);
  settings.env["MUSTER_ENDING"] = end_.ending == Ending::finished  ? "finished"
                                  : end_.ending == Ending::aborted ? "aborted"
                                                                   : "stopped";
  settings.output_file = kept_folder_ + "/afterwards.out";
  keep_secrets(settings);
  afterwards_ = start_command_of(parts_, io_, settings, [this](const CommandResult& result) {
    AfterwardsRan ran;
    ran.began = false;
    ran.exit = exit_of(result);
    ran.timed_out = result.end == CommandResult::End::timed_out;
    ran.seconds = result.seconds;
    ran.output_tail = result.tail;
    if (!result.succeeded()) ran.why = result.text();
    tell(ran);
    boost::asio::post(io_, [this] {
      afterwards_.reset();
      read_canary("after afterwards", [this] { close(); });
    });
  });
}

void ExerciseRun::tell_counts() {
  for (const ProbeCounted& count : probes_->counted())
    if (count.samples > 0) tell(count);
  char text[120];
  std::snprintf(text, sizeof text,
                "the runner's loop was at most %.1f ms late, and 99 of 100 times at most %.1f ms",
                lateness_.worst() * 1000, lateness_.p99() * 1000);
  tell(Noted{"lateness", text, "runner"});
}

void ExerciseRun::close() {
  if (stop_canary_) std::exchange(stop_canary_, nullptr)();
  probing_.reset();
  keeper_.reset();
  if (end_.ending != Ending::refused) {
    tell_counts();
    const FootprintCompared compared =
        parts_.compare(before_, parts_.footprint(exercise_.targets), settings_.id);
    tell(compared);
    for (const std::string& thing : compared.remains)
      if (std::find(end_.remains.begin(), end_.remains.end(), thing) == end_.remains.end())
        end_.remains.push_back(thing);
    end_.restored = end_.remains.empty();
  }
  tell(end_);
  phase_ = Phase::over;
  prompt_.reset();
  door_.reset();
  std::error_code ignored;
  if (end_.restored) std::filesystem::remove_all(run_folder_, ignored);
  if (end_.restored) std::filesystem::remove(kept_folder_ + "/agents.json", ignored);  // no agent need be asked again
  signals_.cancel();
  io_.stop();
}

}  // namespace muster
