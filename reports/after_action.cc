#include "reports/after_action.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/moments.h"
#include "models/units.h"
#include "models/wording.h"
#include "reports/exercise_findings.h"
#include "reports/exercise_gantt.h"
#include "reports/exercise_summary.h"
#include "reports/happening_text.h"
#include "reports/layout.h"
#include "reports/markdown.h"
#include "reports/phrases.h"

namespace muster {
namespace {

using Row = std::vector<std::string>;

std::string seconds(double value) { return std::isnan(value) ? "–" : human_duration(value); }
std::string seconds(const std::optional<double>& value) { return value ? human_duration(*value) : "–"; }

std::vector<std::string> escaped(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const std::string& text : texts) out.push_back(markdown_text(text));
  return out;
}

std::string or_none(const std::string& text, const std::string& otherwise) { return text.empty() ? otherwise + "\n" : text; }

class Report {
 public:
  Report(const ExerciseRecord& record, const ExerciseFindings& findings) : r_(record), f_(findings) {}

  std::string overview() const {
    const RunBegan& p = r_.plan;
    std::vector<Row> rows{{"Exercise", markdown_text(p.title)},
                          {"Id", markdown_code(r_.id)},
                          {"Kind", markdown_text(p.kind)},
                          {"Began", r_.began ? utc_text(*r_.began) : "–"},
                          {"Ended", ended()},
                          {"Result", markdown_text(f_.ending)},
                          {"Scope", "environment " + markdown_text(p.environment) + ", on " + markdown_text(p.host)},
                          {"Threat", "outage " + markdown_text(p.outage) + " of " + markdown_text(p.scenario_title.empty() ? p.scenario_file : p.scenario_title)},
                          {"Run by", p.begun_by.empty() ? "–" : markdown_text(p.begun_by)},
                          {"Limit", seconds(p.limit)},
                          {"Exercise file", markdown_code(p.file) + ", SHA-256 " + markdown_code(p.file_sha256.substr(0, 12))},
                          {"Scenario", markdown_code(p.scenario_file) + ", SHA-256 " + markdown_code(p.scenario_sha256.substr(0, 12))},
                          {"Program", "muster " + markdown_text(p.program.starts_with("muster ") ? p.program.substr(7) : p.program)}};
    std::string out = markdown_table({"", ""}, rows);
    if (r_.end && !r_.end->why.empty())
      out += "\nIt ended so because: " + markdown_text(r_.end->why) + (r_.end->by.empty() ? "" : " (" + markdown_text(r_.end->by) + ")") + ".\n";
    return out;
  }

  std::string objectives() const {
    std::vector<Row> rows;
    if (!r_.plan.recovered_service.empty()) rows.push_back(objective("RTA", "RTO", r_.plan.recovered_service, f_.recovery));
    if (!r_.plan.canary_service.empty()) rows.push_back(objective("RPA", "RPO", r_.plan.canary_service, f_.loss));
    std::string out = or_none(markdown_table({"measured", "service", "reached", "objective", "verdict", "simulated p50", "p95", "percentile"}, rows), "Nothing was measured.");
    std::vector<std::string> more;
    for (const auto* m : {&f_.recovery, &f_.loss})
      if (!m->why.empty() && (m == &f_.recovery ? !r_.plan.recovered_service.empty() : !r_.plan.canary_service.empty()))
        more.push_back((m == &f_.recovery ? "RTA: " : "RPA: ") + markdown_text(m->why) + ".");
    if (r_.recovery && r_.recovery->rta && !r_.recovery->seen_down) more.push_back("The service was never seen down.");
    if (r_.recovery && !r_.recovery->relapses.empty()) more.push_back(relapses());
    for (const CanaryRead& read : r_.canary) more.push_back(reading(read));
    return more.empty() ? out : out + "\n" + markdown_list(more);
  }

  std::string planned() const {
    std::vector<Row> rows;
    for (const PlannedEffect& e : r_.plan.effects)
      rows.push_back({markdown_text(e.fault), markdown_text(e.target), (e.at == 0 ? "t0" : offset_text(e.at)) + (e.until ? " to " + offset_text(*e.until) : " to the end"),
                      joined(escaped(e.does), "; "), joined(escaped(e.undone_by), "; ")});
    std::string out = or_none(markdown_table({"fault", "on", "when", "does", "undone by"}, rows), "No fault: the plan was talked or walked through.");
    return out + "\nThe plan's steps, in its order: " + joined(escaped(r_.plan.steps), ", ") + ".\n";
  }

  std::string timeline() const {
    const std::string chart = exercise_gantt(r_, f_, {.colour = false, .width = 100});
    return chart.empty() ? "Nothing began.\n" : markdown_block(chart);
  }

  std::string steps() const {
    std::vector<Row> rows;
    for (const StepFinding& found : f_.steps) rows.push_back(step_row(found));
    std::string out = markdown_table({"step", "result", "began", "took", "simulated p50", "p75", "p95", "percentile", ""}, rows);
    const auto flagged = std::count_if(f_.steps.begin(), f_.steps.end(), [](const StepFinding& s) { return s.staleness == Staleness::stale; });
    if (flagged > 0) out += "\nA step marked **STALE** took longer than 95 of 100 simulated: its runbook has gone stale, or the scenario is wrong about it.\n";
    return or_none(out, "The plan has no step.");
  }

  std::string people() const {
    std::vector<Row> rows;
    for (const auto& [role, who] : r_.plan.people) rows.push_back({markdown_text(role), joined(escaped(who), ", ")});
    std::string out = markdown_table({"role", "who"}, rows);
    std::vector<std::string> answers;
    for (const StepRecord& step : r_.steps) {
      if (step.by.empty() && step.note.empty()) continue;
      answers.push_back(markdown_text(step.name) + ": " + (step.by.empty() ? "nobody named" : markdown_text(step.by)) + (step.automatic ? " (automatic)" : "") +
                        (step.note.empty() ? "" : ", who noted: " + markdown_text(step.note)));
    }
    if (!answers.empty()) out += (out.empty() ? "" : "\n") + std::string("Who did or answered what:\n\n") + markdown_list(answers);
    return or_none(out, "Nobody is named.");
  }

  std::string faults() const {
    std::vector<Row> rows;
    for (const FaultRecord& fault : r_.faults)
      rows.push_back({markdown_text(fault.name), markdown_text(fault.kind) + " on " + markdown_text(fault.target), offset(fault.in_effect), markdown_text(fault.proof_of_effect),
                      offset(fault.undone), markdown_text(fault.undone_by), (fault.active() ? "**" + word_of(fault.state) + "** " : "") + markdown_text(fault.proof)});
    std::string out = or_none(markdown_table({"fault", "what", "in effect", "seen then", "undone", "by", "proof of the undo"}, rows), "No fault was begun.");
    for (const FaultRecord& fault : r_.faults) {
      if (!fault.active() || fault.by_hand.empty()) continue;
      out += "\nTo remove " + markdown_text(fault.name) + " by hand:\n\n" + markdown_block(joined(fault.by_hand, "\n"));
    }
    return out;
  }

  std::string footprint() const {
    if (!r_.footprint) return "It was not compared: the exercise did not come so far.\n";
    std::string out = r_.footprint->remains.empty() ? "Nothing of Muster's is left: rules, qdiscs, cgroups, mounts, listeners, processes and files are as before.\n"
                                                    : "**Left behind:**\n\n" + markdown_list(escaped(r_.footprint->remains));
    if (!r_.footprint->changed.empty()) out += "\nChanged meanwhile, and not by Muster:\n\n" + markdown_list(escaped(r_.footprint->changed));
    return out;
  }

  std::string areas() const {
    std::string out = or_none(markdown_list(escaped(f_.failures)), "Nothing failed.");
    if (!f_.doubts.empty()) out += "\nTo be read with care:\n\n" + markdown_list(escaped(f_.doubts));
    if (r_.end && !r_.end->done_not_undone.empty())
      out += "\nDone, and not undone: " + joined(escaped(r_.end->done_not_undone), ", ") + ".\n";
    for (const StepRecord& step : r_.steps)
      if (step.state == StepChange::failed && !step.output_tail.empty())
        out += "\nThe last that step " + markdown_text(step.name) + " said:\n\n" + markdown_block(step.output_tail);
    for (const auto& [when, ran] : r_.afterwards)
      if (!ran.began && ran.exit != 0 && !ran.output_tail.empty()) out += "\nThe last that was said afterwards:\n\n" + markdown_block(ran.output_tail);
    return out;
  }

  std::string probes() const {
    std::vector<Row> rows;
    for (const ProbeRecord& probe : r_.probes) {
      Row row{markdown_text(probe.name), std::to_string(probe.changes.size())};
      if (const auto& c = probe.counted) {
        for (const std::uint64_t n : {c->samples, c->passed, c->failed, c->unknown}) row.push_back(grouped(n));
        row.push_back(human_duration(c->lateness_max));
      }
      rows.push_back(row);
    }
    return or_none(markdown_table({"probe", "changes", "samples", "passed", "failed", "unknown", "latest by"}, rows), "No probe looked.");
  }

  std::string notes() const {
    std::vector<std::string> all;
    for (const auto& [when, note] : r_.notes)
      all.push_back(offset(when) + ", " + markdown_text(note.kind) + ": " + markdown_text(note.what) + (note.by.empty() ? "" : " (" + markdown_text(note.by) + ")"));
    for (const auto& [when, met] : r_.conditions)
      all.push_back(offset(when) + ", " + markdown_text(met.what) + (met.met ? ": held" : ": did not hold") + (met.why.empty() ? "" : ", " + markdown_text(met.why)));
    return or_none(markdown_list(all), "Nothing.");
  }

 private:
  std::string offset(const std::optional<Moment>& at) const { return at && r_.t0 ? offset_text(at->since(*r_.t0)) : "–"; }

  std::string ended() const {
    if (!r_.ended) return "it runs still";
    if (r_.end->ending == Ending::died) return "its last sign was at " + utc_text(r_.last_sign);
    return utc_text(*r_.ended) + ", after " + human_duration(r_.ended->since(*r_.began));
  }

  static Row objective(const std::string& what, const std::string& target, const std::string& service, const Measured& m) {
    return {what, markdown_text(service), reached_text(m), m.objective ? target + " " + human_duration(*m.objective) : "–", m.verdict ? "**" + word_of(*m.verdict) + "**" : "–",
            seconds(m.p50), seconds(m.p95), m.percentile ? percentile_text(*m.percentile) : "–"};
  }

  std::string relapses() const {
    std::vector<std::string> all;
    for (const auto& lapse : r_.recovery->relapses) all.push_back(offset_text(lapse.from) + " to " + offset_text(lapse.to));
    return "Down again after its recovery: " + enumerated(all, 10) + "; down for " + human_duration(r_.recovery->total_downtime) + " in all.";
  }

  static std::string reading(const CanaryRead& read) {
    std::string out = "Canary " + markdown_text(read.when) + ": ";
    if (!read.rpa) return out + "not known" + (read.why_not.empty() ? "" : ", " + markdown_text(read.why_not)) + ".";
    out += "RPA " + human_duration(*read.rpa) + ", " + grouped(read.lost) + " of " + grouped(read.acknowledged) + " writes acknowledged before t0 lost, " +
           grouped(read.in_doubt) + " in doubt; after t0 " + grouped(read.acknowledged_after_t0) + " acknowledged, " + grouped(read.lost_after_t0) + " lost; resolution " +
           human_duration(read.period) + ".";
    if (!read.lost_numbers.empty()) {
      std::vector<std::string> all;
      for (const Stretch& s : read.lost_numbers) all.push_back(s.first == s.last ? std::to_string(s.first) : std::to_string(s.first) + "–" + std::to_string(s.last));
      out += " Lost: numbers " + enumerated(all, 8) + ".";
    }
    return out;
  }

  Row step_row(const StepFinding& found) const {
    const StepRecord& step = *found.step;
    std::string result = !step.ready ? "not reached" : word_of(step.state);
    if (step.attempts > 1) result += " at attempt " + std::to_string(step.attempts);
    if (step.exit && *step.exit != 0) result += ", ended with " + std::to_string(*step.exit);
    if (step.timed_out) result += ", not in time";
    if (!step.replaced_by.empty()) result += " by " + markdown_text(step.replaced_by);
    if (step.automatic) result += " (automatic)";
    if (step.undone) result += "; undone";
    if (step.undo_failed) result += "; its undo FAILED";
    Row row{markdown_text(step.name), result, offset(step.began), (found.censored && found.seconds ? "> " : "") + seconds(found.seconds)};
    for (const double level : {0.5, 0.75, 0.95}) row.push_back(found.prediction ? seconds(found.prediction->duration.quantile(level)) : "–");
    row.push_back(found.percentile ? percentile_text(*found.percentile) : "–");
    row.push_back(found.staleness == Staleness::stale ? "**STALE**" : found.staleness == Staleness::slow ? "slow" : "");
    return row;
  }

  const ExerciseRecord& r_;
  const ExerciseFindings& f_;
};

std::string improvement_plan(const std::string& id, const std::vector<Action>& actions, const std::string& today) {
  std::vector<Row> own, overdue;
  for (const Action& a : actions) {
    const std::string state = !a.closed.empty() ? "closed " + a.closed : a.overdue(today) ? "**OVERDUE**" : "open";
    const std::string owner = a.owner.empty() ? "–" : markdown_text(a.owner), due = a.due.empty() ? "–" : a.due;
    if (a.exercise == id)
      own.push_back({std::to_string(a.number), markdown_text(a.text), owner, due, state, markdown_text(a.note)});
    else if (a.overdue(today))
      overdue.push_back({std::to_string(a.number), markdown_text(a.text), owner, due, markdown_code(a.exercise)});
  }
  std::string out = or_none(markdown_table({"no.", "action", "owner", "due", "state", "note"}, own), "No action yet: `muster actions add TEXT --exercise " + id + "`.");
  if (!overdue.empty()) out += "\n### Overdue from other exercises\n\n" + markdown_table({"no.", "action", "owner", "due", "exercise"}, overdue);
  return out;
}

}  // namespace

std::vector<AfterActionSection> after_action_sections(const ExerciseRecord& record, const ExerciseFindings& findings, const std::vector<Action>& actions,
                                                      const std::string& today) {
  const Report r(record, findings);
  return {{2, "Exercise overview", r.overview()},
          {2, "What was planned", r.planned()},
          {2, "Participants", r.people()},
          {2, "Analysis", ""},
          {3, "Objectives: recovery time and recovery point", r.objectives()},
          {3, "Timeline, planned and actual", r.timeline(), true},
          {3, "Each step against its prediction", r.steps()},
          {3, "Faults, and proof of their undo", r.faults()},
          {3, "Footprint", r.footprint()},
          {3, "Probes", r.probes()},
          {3, "What else was noted", r.notes()},
          {3, "Strengths", or_none(markdown_list(escaped(findings.strengths)), "None to tell of.")},
          {3, "Areas for improvement", r.areas()},
          {2, "Improvement plan", improvement_plan(record.id, actions, today)}};
}

std::string after_action_title(const ExerciseRecord& record) { return "After-action report and improvement plan: " + markdown_text(record.plan.title); }

std::string after_action_origin(const std::string& today, const std::string& program, const std::string& head) {
  return "Written by muster " + program + " on " + today + " from the ledger" + (head.empty() ? "" : ", whose last row has the hash " + markdown_code(head.substr(0, 16))) + ".\n";
}

std::string after_action_markdown(const ExerciseRecord& record, const std::vector<Action>& actions, const std::string& today,
                                  const std::string& program, const std::string& head) {
  std::string out = "# " + after_action_title(record) + "\n";
  for (const AfterActionSection& section : after_action_sections(record, findings_of(record), actions, today))
    out += "\n" + std::string(static_cast<std::size_t>(section.level), '#') + " " + section.heading + "\n" + (section.text.empty() ? "" : "\n" + section.text);
  return out + "\n---\n" + after_action_origin(today, program, head);
}

}  // namespace muster
