#include "reports/exercise_findings.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"

namespace muster {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

std::string because(const std::string& why) { return why.empty() ? "" : ": " + printable(why); }

StepFinding step_finding(const ExerciseRecord& record, const StepRecord& step) {
  StepFinding out;
  out.step = &step;
  out.prediction = record.plan.predictions.step(step.name);
  out.seconds = step.seconds();
  out.censored = step.began && (!step.over() || step.state == StepChange::ended_early);
  if (step.began && !step.over() && record.over()) out.seconds = record.last_sign.since(*step.began);
  if (step.ended && step.began && record.t0) out.finish = step.ended->since(*record.t0);
  const bool comparable = out.prediction && !out.prediction->duration.quantiles.empty() && out.seconds &&
                          !step.automatic && (step.state == StepChange::succeeded || out.censored);
  if (!comparable) return out;
  const Prediction& simulated = out.prediction->duration;
  out.percentile = simulated.percentile_of(*out.seconds);
  if (*out.seconds > simulated.quantile(0.95))
    out.staleness = Staleness::stale;
  else if (*out.seconds > simulated.quantile(0.75))
    out.staleness = Staleness::slow;
  else if (!out.censored)
    out.staleness = Staleness::fresh;
  return out;
}

void compare(Measured& m, const Prediction& simulated, double least, double most) {
  m.p50 = simulated.quantile(0.5);
  m.p95 = simulated.quantile(0.95);
  if (m.actual && m.valid && !simulated.quantiles.empty()) m.percentile = simulated.percentile_of(*m.actual);
  if (!m.objective || !m.measured || !m.valid) return;
  m.verdict = most <= *m.objective   ? Verdict::met
              : least > *m.objective ? Verdict::missed
                                     : Verdict::undecided;
}

Measured recovery_of(const ExerciseRecord& r) {
  Measured m;
  m.objective = r.plan.objective_rto;
  if (r.recovery) {
    m.actual = r.recovery->rta;
    m.error = r.recovery->error;
    m.valid = r.recovery->valid;
    m.why = r.recovery->why;
    m.measured = true;
  } else {
    m.why = r.plan.recovered_service.empty() ? "the exercise names no service whose recovery counts"
                                             : "the exercise ended before it was known";
  }
  const double at = m.actual.value_or(never);
  compare(m, r.plan.predictions.recovery, at - m.error, at + m.error);
  return m;
}

Measured loss_of(const ExerciseRecord& r) {
  Measured m;
  m.objective = r.plan.objective_rpo;
  if (const CanaryRead* read = worst_reading(r.canary)) {
    m.actual = read->rpa;
    m.error = read->period;
    m.one_sided = true;
    m.measured = read->rpa.has_value();
    m.why = read->why_not;
  } else {
    m.why = r.plan.canary_service.empty() ? "the exercise has no canary writes"
                                          : "the exercise ended before the canary was read";
  }
  // What was written between two writes of the canary may have survived with the later one or not.
  const double at = m.actual.value_or(never);
  compare(m, r.plan.predictions.loss, at - m.error, at);
  return m;
}

std::string how_it_failed(const StepRecord& step) {
  std::string out;
  if (step.timed_out)
    out = "it did not end in time";
  else if (step.exit)
    out = *step.exit > 128 ? "it was ended by signal " + std::to_string(*step.exit - 128)
                           : "it ended with " + std::to_string(*step.exit);
  if (!step.why.empty()) out += (out.empty() ? "" : "; ") + printable(step.why);
  return out.empty() ? "" : ": " + out;
}

class Telling {
 public:
  Telling(const ExerciseRecord& record, ExerciseFindings& findings) : r_(record), f_(findings) {}

  void all() {
    ending();
    faults();
    results();
    steps();
    afterwards();
    doubts();
  }

 private:
  void failed(std::string sentence) { f_.failures.push_back(std::move(sentence)); }
  void went_well(std::string sentence) { f_.strengths.push_back(std::move(sentence)); }
  void doubtful(std::string sentence) { f_.doubts.push_back(std::move(sentence)); }

  void ending() {
    if (!r_.end) return;
    switch (r_.end->ending) {
      case Ending::died: failed("The program that ran the exercise died" + because(r_.end->why) + "."); break;
      case Ending::aborted:
        failed("The exercise was aborted" + (r_.end->by.empty() ? "" : " by " + printable(r_.end->by)) +
               because(r_.end->why) + ".");
        break;
      case Ending::refused: failed("The exercise was refused, and nothing was touched" + because(r_.end->why) + "."); break;
      case Ending::stopped_by_plan: failed("The plan stopped" + because(r_.end->why) + "."); break;
      case Ending::finished: break;
    }
    for (const std::string& left : r_.end->remains) failed("Not restored: " + printable(left) + ".");
    if (r_.end->restored && !r_.faults.empty()) went_well("Everything was put back, and proved so.");
  }

  void faults() {
    for (const FaultRecord& fault : r_.faults) {
      const std::string name = "The fault " + fault.name;
      if (fault.state == FaultChange::failed) failed(name + " could not be brought about" + because(fault.why) + ".");
      if (fault.vanished) failed(name + " ended early, and not by Muster" + because(fault.why) + ".");
      if (fault.fence_failed) failed("The fence before the undo of " + fault.name + " failed.");
      if (fault.state == FaultChange::remains && (!r_.end || r_.end->remains.empty())) failed(name + " could not be undone" + because(fault.proof) + ".");
    }
    for (const auto& [at, met] : r_.conditions)
      if (met.what.starts_with("stop-when")) failed("A stop condition held, " + met.what + because(met.why) + ".");
  }

  void results() {
    const std::string service = r_.plan.recovered_service;
    if (f_.recovery.measured && !f_.recovery.actual) failed("The service " + service + " was not restored" + because(f_.recovery.why) + ".");
    verdict(f_.recovery, "RTO", "The recovery of " + service + " took");
    verdict(f_.loss, "RPO", "The data loss of " + r_.plan.canary_service + " was");
    if (!r_.plan.canary_service.empty() && !f_.loss.measured && r_.over() && r_.end->ending != Ending::refused)
      failed("The data loss is not known" + because(f_.loss.why) + ".");
    if (r_.recovery && !r_.recovery->relapses.empty())
      failed("After its recovery " + service + " was down again " + times(r_.recovery->relapses.size()) + ".");
  }

  void verdict(const Measured& m, const char* target, const std::string& what) {
    if (!m.verdict || !m.actual) return;
    const std::string sentence = what + " " + human_duration(*m.actual) + "; the " + target + " is " + human_duration(*m.objective) + ".";
    if (*m.verdict == Verdict::missed) failed(sentence);
    if (*m.verdict == Verdict::met) went_well(sentence);
    if (*m.verdict == Verdict::undecided) doubtful(sentence + " The difference is within the error of measurement.");
  }

  static std::string times(std::size_t n) { return n == 1 ? "once" : std::to_string(n) + " times"; }

  void steps() {
    std::size_t performed = 0, fresh = 0;
    for (const StepFinding& found : f_.steps) {
      const StepRecord& step = *found.step;
      if (!step.ready) continue;
      if (step.state == StepChange::failed) failed("Step " + step.name + " failed" + how_it_failed(step) + ".");
      if (step.state == StepChange::replaced)
        failed("Step " + step.name + " gave way to " + (step.replaced_by.empty() ? "its fallback" : step.replaced_by) + because(step.why) + ".");
      if (step.undo_failed) failed("The undo of step " + step.name + " failed" + because(step.why) + ".");
      if (step.state == StepChange::succeeded && step.attempts > 1)
        failed("Step " + step.name + " succeeded only at attempt " + std::to_string(step.attempts) + ".");
      if (found.staleness == Staleness::stale || found.staleness == Staleness::slow) failed(stale(found));
      performed += step.state == StepChange::succeeded;
      fresh += found.staleness == Staleness::fresh;
    }
    if (performed > 0 && f_.failures.empty()) went_well("Every step that the plan needed was done.");
    if (fresh > 0)
      went_well(grouped(fresh) + (fresh == 1 ? " step" : " steps") + " took no longer than 75 of 100 simulated.");
  }

  static std::string stale(const StepFinding& found) {
    const bool stale = found.staleness == Staleness::stale;
    return "Step " + found.step->name + " took " + (found.censored ? "at least " : "") + human_duration(*found.seconds) + ", longer than " +
           (stale ? "95" : "75") + " of 100 simulated (" +
           human_duration(found.prediction->duration.quantile(stale ? 0.95 : 0.75)) +
           (stale ? "): its runbook has gone stale, or the scenario is wrong about it." : ").");
  }

  void afterwards() {
    for (const auto& [at, ran] : r_.afterwards) {
      if (ran.began) continue;
      if (ran.exit == 0 && !ran.timed_out)
        went_well("What was to be done afterwards was done, in " + human_duration(ran.seconds) + ".");
      else
        failed("What was to be done afterwards failed" + because(!ran.why.empty() ? ran.why : ran.timed_out ? "it did not end in time" : ran.exit ? "it ended with " + std::to_string(*ran.exit) : "") + ".");
    }
  }

  void doubts() {
    if (r_.recovery && !r_.recovery->valid) doubtful("The recovery time is not valid" + because(r_.recovery->why) + ".");
    std::vector<std::string> automatic;
    for (const StepRecord& step : r_.steps)
      if (step.automatic) automatic.push_back(step.name);
    if (!automatic.empty()) doubtful("Answered automatically, and no measure of people: " + enumerated(automatic) + ".");
    for (const ProbeRecord& probe : r_.probes)
      if (probe.counted && r_.recovery && probe.counted->lateness_max > std::max(r_.recovery->error, 0.01))
        doubtful("Probe " + probe.name + " was up to " + human_duration(probe.counted->lateness_max) +
                 " behind its schedule, more than the stated error.");
    for (const CanaryRead& read : r_.canary)
      if (read.lateness_max > read.period && read.period > 0)
        doubtful("The canary " + read.when + ": writes were up to " + human_duration(read.lateness_max) + " late, more than their period.");
    if (r_.plan.predictions.replications == 0) doubtful("Nothing was simulated, so nothing is compared with a prediction.");
  }

  const ExerciseRecord& r_;
  ExerciseFindings& f_;
};

}  // namespace

ExerciseFindings findings_of(const ExerciseRecord& record) {
  ExerciseFindings out;
  out.recovery = recovery_of(record);
  out.loss = loss_of(record);
  for (const StepRecord& step : record.steps) out.steps.push_back(step_finding(record, step));
  out.ending = ending_text(record.end);
  out.restored = record.end && record.end->restored;
  Telling(record, out).all();
  return out;
}

std::string ending_text(const std::optional<RunEnded>& end) {
  if (!end) return "running";
  const std::string restored = end->restored ? ", restored" : ", NOT RESTORED";
  switch (end->ending) {
    case Ending::finished: return "finished" + restored;
    case Ending::aborted: return "aborted" + restored;
    case Ending::stopped_by_plan: return "stopped by the plan" + restored;
    case Ending::died: return end->restored || !end->remains.empty() ? "died" + restored : "died, not looked over since";
    case Ending::refused: return "refused, nothing touched";
  }
  return "";
}

std::string word_of(StepChange change) {
  switch (change) {
    case StepChange::ready: return "ready";
    case StepChange::began: return "running";
    case StepChange::retried: return "to be tried again";
    case StepChange::succeeded: return "succeeded";
    case StepChange::failed: return "failed";
    case StepChange::passed: return "not needed";
    case StepChange::replaced: return "replaced";
    case StepChange::ended_early: return "ended early";
    case StepChange::undone: return "undone";
    case StepChange::undo_failed: return "undo failed";
  }
  return "";
}

std::string word_of(FaultChange change) {
  switch (change) {
    case FaultChange::intended: return "intended";
    case FaultChange::in_effect: return "in effect";
    case FaultChange::failed: return "failed";
    case FaultChange::vanished: return "vanished";
    case FaultChange::fence_failed: return "fence failed";
    case FaultChange::undoing: return "being undone";
    case FaultChange::undone: return "undone";
    case FaultChange::remains: return "REMAINS";
  }
  return "";
}

std::string percentile_text(double percentile) {
  if (std::isnan(percentile)) return "–";
  if (percentile <= 0) return "less than all simulated";
  if (percentile >= 100) return "as much as any simulated, or more";
  const double shown = std::floor(percentile * 10) / 10;
  std::string digits = shown == std::floor(shown) ? std::to_string(static_cast<int>(shown)) : std::to_string(shown).substr(0, std::to_string(shown).find('.') + 2);
  return "no less than " + digits + " of 100 simulated";
}

}  // namespace muster
