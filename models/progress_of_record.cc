#include "models/progress_of_record.h"

#include <algorithm>

#include "models/scenario_check.h"

namespace muster {
namespace {

using State = RunProgress::Step::State;

class Telling {
 public:
  Telling(const ExerciseRecord& record, const Moment& now, const Scenario& scenario) : r_(record), scenario_(scenario), now_(now) {
    for (const Outage& outage : scenario.outages)
      if (outage.name == record.plan.outage) {
        outage_ = &outage;
        plan_ = plan_of(scenario, outage);
      }
  }

  RunProgress tell(const std::vector<std::string>& struck) {
    RunProgress out;
    if (!r_.t0 || !plan_ || !outage_) return out;
    out.now = std::max(now_.since(*r_.t0), 0.0);
    out.onset = static_cast<double>(r_.t0->wall) / 1e9;
    for (const Step& step : plan_->steps)
      if (const StepRecord* told = r_.step(step.name); told && told->ready) out.steps.push_back(step_of(step, *told));
    add_people(out);
    add_strikes(out, struck);
    return out;
  }

 private:
  double at(const Moment& moment) const { return std::max(moment.since(*r_.t0), 0.0); }

  RunProgress::Step step_of(const Step& step, const StepRecord& told) const {
    RunProgress::Step out;
    out.name = step.name;
    out.ready = at(*told.ready);
    if (told.began) out.began = at(step.every && !told.tries.empty() ? told.tries.back().began : *told.began);
    for (const StepRecord::Attempt& attempt : told.tries)
      if (attempt.ended) out.past.push_back({at(attempt.began), at(*attempt.ended)});
    if (told.ended) out.ended = at(*told.ended);
    switch (told.state) {
      case StepChange::ready:
        // An attempt cannot be told of as ready: that is a duty's next time, or a step that waits.
        out.state = State::waiting;
        out.began.reset();
        break;
      case StepChange::began:
        out.state = State::running;
        out.attempt = static_cast<std::uint32_t>(std::max(told.attempts - 1, 0));
        out.attempt_began = told.tries.empty() ? out.ready : at(told.tries.back().began);
        break;
      case StepChange::retried:
        out.state = State::pausing;
        out.attempt = static_cast<std::uint32_t>(told.attempts);
        out.attempt_began = out.past.empty() ? out.ready : out.past.back().ended;
        break;
      case StepChange::passed: out.state = State::passed; break;
      case StepChange::failed: out.state = State::failed; break;
      case StepChange::replaced: add_fallback(out, told); break;
      default: out.state = State::succeeded;
    }
    if (told.state == StepChange::ended_early) out.state = State::failed;
    if (step.every) {  // each of its times has one attempt as a rule
      out.instance = static_cast<std::uint32_t>(out.past.size());
      out.attempt = 0;
    }
    return out;
  }

  // The record says when it was called; the step ends when the fallback does, and that fallback's own, and so on.
  void add_fallback(RunProgress::Step& out, const StepRecord& told) const {
    out.state = State::replaced;
    const StepRecord* last = r_.step(told.replaced_by);
    for (std::size_t i = 0; last && last->state == StepChange::replaced && i < r_.steps.size(); ++i) last = r_.step(last->replaced_by);
    if (!last || !last->ended || last->state == StepChange::replaced) return;
    out.state = State::stood_in_for;
    out.ended = at(*last->ended);
  }

  void add_people(RunProgress& out) const {
    for (const Role& role : scenario_.roles) {
      double asked = never_asked;
      for (const Step& step : plan_->steps)
        for (const Seats& seats : step.by)
          if (const StepRecord* told = r_.step(step.name); seats.of == role.name && told && told->ready) asked = std::min(asked, at(*told->ready));
      if (asked < never_asked) out.roles.push_back({role.name, asked, static_cast<std::uint32_t>(role.count)});
    }
  }

  void add_strikes(RunProgress& out, const std::vector<std::string>& struck) const {
    const auto seen = [&](const std::string& name) { return std::find(struck.begin(), struck.end(), name) != struck.end(); };
    for (const Strike& strike : outage_->strikes) {
      RunProgress::Strike told;
      const bool all = (strike.region.empty() || seen(strike.region)) && std::all_of(strike.services.begin(), strike.services.end(), seen);
      if (!strike.after) told.seen = all ? RunProgress::Strike::Seen::struck : RunProgress::Strike::Seen::not_yet;
      out.strikes.push_back(told);
    }
  }

  static constexpr double never_asked = 1e300;
  const ExerciseRecord& r_;
  const Scenario& scenario_;
  const Moment now_;
  const Outage* outage_ = nullptr;
  const Plan* plan_ = nullptr;
};

}  // namespace

RunProgress progress_of(const ExerciseRecord& record, const Moment& now, const Scenario& scenario, const std::vector<std::string>& struck) {
  return Telling(record, now, scenario).tell(struck);
}

}  // namespace muster
