#include "exercise/kept_effect.h"

#include <signal.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "exercise/clock.h"
#include "exercise/fuse.h"

namespace muster {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kLease = 10;                        // seconds, of what the kernel ends
constexpr std::int64_t kRenewal = 2 * kSecond, kLook = kSecond, kLookPatience = 10 * kSecond;
constexpr std::int64_t kWorkPatience = 3600 * kSecond;  // hooks have time-outs of their own; this is for one that sits in the kernel
constexpr double kPauses[] = {0.1, 0.3, 1, 1, 2, 3, 4, 5};  // seconds between attempts to undo

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

// Takes what it has to say; whether it is over.
bool finished(Errand& errand) {
  errand.listen();
  if (!errand.reap()) return false;
  errand.listen();
  return true;
}

}  // namespace

KeptEffect::KeptEffect(Keeping& keeping, ListedEffect listed, bool found)
    : keeping_(keeping), listed_(std::move(listed)), kind_(fault_kind(listed_.effect.kind)), found_(found) {
  if (found_) {
    deadline_ = keeping_.list->deadline(listed_);
    stage_ = Stage::in_effect;
    next_look_ = next_renewal_ = std::numeric_limits<std::int64_t>::max();
  }
}

KeptEffect::~KeptEffect() {
  if (fuse_ > 0 && over() && left_.empty()) stop_fuse(fuse_);
}

void KeptEffect::tell(FaultChange change, const std::string& why, const std::string& proof) {
  FaultChanged changed;
  changed.fault = listed_.effect.fault;
  changed.kind = listed_.effect.kind;
  changed.target = listed_.effect.target.name;
  changed.change = change;
  changed.by = keeping_.by;
  changed.why = why;
  changed.proof = proof;
  if (change == FaultChange::remains && kind_) changed.by_hand = kind_->describe(listed_.effect).by_hand;
  keeping_.tell(changed);
}

void KeptEffect::begin() {
  listed_.at = system_clock().now();
  try {
    if (!kind_) throw std::runtime_error("this program knows no faults of the kind " + listed_.effect.kind);
    keeping_.list->begin(listed_);
    deadline_ = keeping_.list->deadline(listed_);
  } catch (const std::exception& error) {
    tell(FaultChange::failed, error.what(), "");
    stage_ = Stage::over;
    return keeping_.begun(listed_.effect.fault, error.what());
  }
  tell(FaultChange::intended, "", "");
  try {
    if (kind_->last_resort() == LastResort::fuse) fuse_ = start_fuse(*keeping_.list, listed_.effect.number);
    work_ = apply_apart(keeping_.list->folder(), listed_.effect, lease(listed_.at.boot));
  } catch (const std::exception& error) {
    return fail(error.what());
  }
  stage_ = Stage::applying;
  work_since_ = listed_.at.boot;
  next_renewal_ = listed_.at.boot + kRenewal;
}

// Half of it may be there.
void KeptEffect::fail(const std::string& why) {
  tell(FaultChange::failed, why, "");
  keeping_.begun(listed_.effect.fault, why);
  if (stage_ < Stage::fencing) {
    why_ = "it could not be brought about";
    ending_since_ = system_clock().now().boot;
  }
  begin_undo();
}

double KeptEffect::lease(std::int64_t now) const {
  const double left = deadline_ ? static_cast<double>(*deadline_ - now) / 1e9 : kLease;
  return std::clamp(left, 0.001, kLease);
}

void KeptEffect::end(const std::string& why) {
  if (ending()) {  // a fence has run, and the undo waits for the effect's own end: not any more
    not_before_ = 0;
    if (stage_ == Stage::waiting && tries_ == 0) next_try_ = 0;
    return;
  }
  why_ = why;
  ending_since_ = system_clock().now().boot;
  if (stage_ == Stage::intended) {  // nothing was begun
    stage_ = Stage::over;
    return;
  }
  if (stage_ == Stage::applying) {  // what it is about to do must not come after the undo
    work_->signal(SIGKILL);
    work_.reset();
    tell(FaultChange::failed, "it was ended before it was known to be in effect", "");
    keeping_.begun(listed_.effect.fault, "it was ended before it was known to be in effect");
    return begin_undo();
  }
  if (!listed_.fence) return begin_undo();
  stage_ = Stage::fencing;
  work_since_ = ending_since_;
  try {
    work_ = fence_apart(*listed_.fence);
  } catch (const std::exception& error) {
    work_ended({false, Presence::unknown, error.what()}, ending_since_);
  }
}

void KeptEffect::begin_undo() {
  if (tries_ == 0) tell(FaultChange::undoing, why_, "");
  stage_ = Stage::undoing;
  renewal_.reset();
  look_.reset();
  ++tries_;
  work_since_ = system_clock().now().boot;
  try {
    work_ = undo_apart(keeping_.list->folder(), listed_.effect);
  } catch (const std::exception& error) {
    undone_or_again({false, Presence::unknown, error.what()}, work_since_);
  }
}

void KeptEffect::lay_over(EffectState state) {
  stage_ = Stage::over;
  try {
    keeping_.list->set_state(listed_.effect.number, state);
  } catch (const std::exception& error) {
    left_ += (left_.empty() ? "" : "; ") + std::string(error.what());
  }
}

void KeptEffect::undone_or_again(const WorkResult& result, std::int64_t now) {
  if (result.done && result.presence == Presence::gone) {
    tell(FaultChange::undone, why_, result.what);
    return lay_over(EffectState::undone);
  }
  if (static_cast<std::size_t>(tries_) <= std::size(kPauses)) {
    next_try_ = now + nanoseconds(kPauses[tries_ - 1]);
    stage_ = Stage::waiting;
    return;
  }
  left_ = result.what.empty() ? "it is not known whether it is gone" : result.what;
  tell(FaultChange::remains, why_, left_);
  lay_over(EffectState::remains);
}

void KeptEffect::work_ended(const WorkResult& result, std::int64_t now) {
  switch (stage_) {
    case Stage::applying: {
      if (!result.done) return fail(result.what);
      if (result.presence != Presence::in_effect) return fail("it is not seen to be in effect: " + result.what);
      stage_ = Stage::in_effect;
      next_look_ = now + kLook;
      try {
        keeping_.list->set_state(listed_.effect.number, EffectState::in_effect);
      } catch (const std::exception& error) {
        return fail(error.what());
      }
      tell(FaultChange::in_effect, "", result.what);
      return keeping_.begun(listed_.effect.fault, "");
    }
    case Stage::fencing:
      if (!result.done) tell(FaultChange::fence_failed, why_, "what was to run before the undo " + result.what);
      stage_ = Stage::waiting;
      next_try_ = not_before_;
      return;
    case Stage::undoing:
      return undone_or_again(result, now);
    default:
      throw std::logic_error("work of no stage");
  }
}

void KeptEffect::looked(const WorkResult& result) {
  // What does not answer is not known to be gone; the next look tells.
  const bool gone = result.done && (result.presence == Presence::gone || result.presence == Presence::inert);
  if (!gone || vanished_) return;
  vanished_ = true;
  tell(FaultChange::vanished, "it ended early, and not by us", result.what);
}

void KeptEffect::turn(std::int64_t now, bool renewing) {
  if (over()) return;
  if (work_ && finished(*work_)) {
    const WorkResult result = result_of(*work_);
    work_.reset();
    work_ended(result, now);
  } else if (work_ && now - work_since_ > kWorkPatience) {
    work_->signal(SIGKILL);
  }
  if (stage_ == Stage::waiting && now >= next_try_) begin_undo();
  const bool stands = stage_ == Stage::in_effect || stage_ == Stage::fencing || (stage_ == Stage::waiting && tries_ == 0);
  if (stands) watch(now, renewing);
  if (stage_ != Stage::in_effect || found_ || !deadline_) return;
  // The fence has run by the time at which the kernel would end it.
  const std::int64_t lead = listed_.fence ? std::min(nanoseconds(std::min(listed_.fence->timeout, 3600.0)), (*deadline_ - listed_.at.boot) / 2) : 0;
  if (now < *deadline_ - lead) return;
  not_before_ = *deadline_;
  const bool own_time = listed_.lasts && *deadline_ == listed_.at.boot + nanoseconds(*listed_.lasts);
  end(own_time ? "its time is over" : "the limit is over");
}

// Looks every second, and renews what the kernel would end.
void KeptEffect::watch(std::int64_t now, bool renewing) try {
  if (renewal_ && finished(*renewal_)) renewal_.reset();
  if (kind_ && kind_->last_resort() == LastResort::kernel && !renewal_ && now >= next_renewal_ && (renewing || stage_ != Stage::in_effect)) {
    renewal_ = renew_apart(listed_.effect, lease(now));
    next_renewal_ = now + kRenewal;
  }
  if (stage_ != Stage::in_effect || found_) return;
  if (look_ && finished(*look_)) {
    looked(result_of(*look_));
    look_.reset();
    next_look_ = std::max(next_look_ + kLook, now);
  } else if (look_ && now - next_look_ > kLookPatience) {
    look_->signal(SIGKILL);
  }
  if (!look_ && now >= next_look_ && !vanished_ && !kind_->momentary(listed_.effect)) look_ = check_apart(listed_.effect);
} catch (const std::system_error&) {  // no process can be started just now; the next turn tries again
}

std::string KeptEffect::remains() const {
  return left_.empty() ? "" : "fault " + listed_.effect.fault + " on " + listed_.effect.target.name + ": " + left_;
}

int KeptEffect::descriptor() const { return work_ ? work_->descriptor() : -1; }

}  // namespace muster
