#include "models/exercise_record.h"

#include <algorithm>

namespace muster {
namespace {

template <class Items>
auto named(Items& items, const std::string& name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

template <class Item>
Item& kept(std::vector<Item>& items, const std::string& name) {
  if (Item* item = named(items, name)) return *item;
  Item& item = items.emplace_back();
  item.name = name;
  return item;
}

void keep_if_said(std::string& out, const std::string& said) {
  if (!said.empty()) out = said;
}

bool is_end(StepChange change) {
  return change == StepChange::succeeded || change == StepChange::failed || change == StepChange::passed ||
         change == StepChange::replaced || change == StepChange::ended_early;
}

class Fold {
 public:
  Fold(ExerciseRecord& record, const Moment& at) : r_(record), at_(at) {}

  void operator()(const RunBegan& began) {
    r_.plan = began;
    r_.began = at_;
    for (const std::string& step : began.steps) kept(r_.steps, step);
    if (began.effects.empty()) r_.t0 = r_.t0_verified = began.onset.value_or(at_);
  }

  void operator()(const StepChanged& c) {
    StepRecord& step = kept(r_.steps, c.step);
    if (c.change == StepChange::undone || c.change == StepChange::undo_failed) {
      step.undone = c.change == StepChange::undone;
      step.undo_failed = !step.undone;
      keep_if_said(step.why, c.why);
      return;
    }
    step.state = c.change;
    step.attempts = std::max(step.attempts, c.attempt);
    for (auto [out, said] : {std::pair(&step.how, &c.how), {&step.by, &c.by}, {&step.note, &c.note}, {&step.why, &c.why},
                             {&step.replaced_by, &c.replaced_by}, {&step.output_tail, &c.output_tail},
                             {&step.output_file, &c.output_file}})
      keep_if_said(*out, *said);
    if (c.exit) step.exit = c.exit;
    step.timed_out = c.timed_out || (step.timed_out && c.change != StepChange::succeeded);
    step.automatic |= c.automatic;
    if (!step.ready) step.ready = at_;
    if (c.change == StepChange::began && !step.began) step.began = at_;
    if (c.change == StepChange::began)
      step.tries.push_back({at_, {}});
    else if (c.change != StepChange::ready && !step.tries.empty() && !step.tries.back().ended)
      step.tries.back().ended = at_;
    if (is_end(c.change)) {
      step.ended = at_;
      answered(c.step);
    } else {
      step.ended.reset();
    }
  }

  void operator()(const Asked& asked) {
    answered(asked.step);
    r_.open_questions.emplace_back(at_, asked);
  }

  void operator()(const FaultChanged& c) {
    FaultRecord& fault = kept(r_.faults, c.fault);
    keep_if_said(fault.kind, c.kind);
    keep_if_said(fault.target, c.target);
    if (c.change == FaultChange::fence_failed) {
      fault.fence_failed = true;
      return;
    }
    fault.state = c.change;
    switch (c.change) {
      case FaultChange::intended: fault.intended = at_; break;
      case FaultChange::in_effect: came_into_effect(fault, c); break;
      case FaultChange::failed: keep_if_said(fault.why, c.why.empty() ? c.proof : c.why); break;
      case FaultChange::vanished:
        fault.vanished = at_;
        keep_if_said(fault.why, c.why.empty() ? c.proof : c.why);
        break;
      case FaultChange::undoing:
        fault.undoing = at_;
        keep_if_said(fault.why, c.why);
        break;
      case FaultChange::undone:
        fault.undone = at_;
        fault.by_hand.clear();
        keep_if_said(fault.undone_by, c.by);
        keep_if_said(fault.proof, c.proof);
        break;
      case FaultChange::remains:
        fault.undone.reset();
        fault.by_hand = c.by_hand;
        keep_if_said(fault.proof, c.proof);
        break;
      case FaultChange::fence_failed: break;
    }
  }

  void operator()(const ProbeChanged& c) { kept(r_.probes, c.probe).changes.emplace_back(at_, c); }
  void operator()(const ProbeCounted& c) { kept(r_.probes, c.probe).counted = c; }
  void operator()(const ConditionMet& c) { r_.conditions.emplace_back(at_, c); }
  void operator()(const CanaryRead& c) { r_.canary.push_back(c); }
  void operator()(const RecoveryMeasured& c) { r_.recovery = c; }
  void operator()(const AfterwardsRan& c) { r_.afterwards.emplace_back(at_, c); }
  void operator()(const FootprintCompared& c) { r_.footprint = c; }
  void operator()(const Noted& c) { r_.notes.emplace_back(at_, c); }

  void operator()(const RunEnded& ended) {
    if (!r_.ended) r_.ended = at_;
    r_.end = ended;
    r_.open_questions.clear();
    if (!r_.t0) r_.t0 = r_.t0_verified = r_.began;
  }

 private:
  void answered(const std::string& step) {
    std::erase_if(r_.open_questions, [&](const auto& open) { return open.second.step == step; });
  }

  // Two faults of the first moment may be verified in either order: the first intended one counts.
  void came_into_effect(FaultRecord& fault, const FaultChanged& c) {
    if (!fault.in_effect) fault.in_effect = at_;
    keep_if_said(fault.proof_of_effect, c.proof);
    const PlannedEffect* planned = r_.effect(fault.name);
    if (!fault.intended || (planned && planned->at < 0)) return;
    if (r_.t0 && r_.t0->boot <= fault.intended->boot) return;
    r_.t0 = fault.intended;
    r_.t0_verified = fault.in_effect;
  }

  ExerciseRecord& r_;
  const Moment at_;
};

}  // namespace

std::optional<double> StepRecord::seconds() const {
  if (!began || !ended) return {};
  return ended->since(*began);
}

StepRecord* ExerciseRecord::step(const std::string& name) { return named(steps, name); }
const StepRecord* ExerciseRecord::step(const std::string& name) const { return named(steps, name); }
FaultRecord* ExerciseRecord::fault(const std::string& name) { return named(faults, name); }
const PlannedEffect* ExerciseRecord::effect(const std::string& fault) const {
  const auto found =
      std::find_if(plan.effects.begin(), plan.effects.end(), [&](const PlannedEffect& e) { return e.fault == fault; });
  return found == plan.effects.end() ? nullptr : &*found;
}

bool tells_of_more(const CanaryRead& next, const CanaryRead& before) { return !before.rpa || (next.rpa && *next.rpa >= *before.rpa); }

const CanaryRead* worst_reading(const std::vector<CanaryRead>& readings) {
  const CanaryRead* worst = nullptr;
  for (const CanaryRead& one : readings)
    if (!worst || tells_of_more(one, *worst)) worst = &one;
  return worst;
}

void add(ExerciseRecord& record, const Happening& happening) {
  if (!record.over() && !std::holds_alternative<RunEnded>(happening.what)) record.last_sign = happening.at;
  std::visit(Fold(record, happening.at), happening.what);
}

ExerciseRecord record_of(const std::string& id, const std::vector<Happening>& happenings) {
  ExerciseRecord record;
  record.id = id;
  for (const Happening& happening : happenings) add(record, happening);
  return record;
}

}  // namespace muster
