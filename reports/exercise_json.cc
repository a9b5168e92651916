#include "reports/exercise_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/exercise_findings.h"
#include "reports/incidents.h"
#include "reports/json_values.h"
#include "models/moments.h"

namespace muster {
namespace {

const char* word_of_verdict(Verdict verdict) {
  return verdict == Verdict::met ? "met" : verdict == Verdict::missed ? "missed" : "undecided";
}

const char* word_of_staleness(Staleness staleness) {
  switch (staleness) {
    case Staleness::fresh: return "within-p75";
    case Staleness::slow: return "beyond-p75";
    case Staleness::stale: return "beyond-p95";
    case Staleness::none: break;
  }
  return "none";
}

const char* word_of_ending(const std::optional<RunEnded>& end) {
  if (!end) return "running";
  constexpr const char* words[] = {"finished", "aborted", "refused", "died", "stopped-by-plan"};
  return words[static_cast<int>(end->ending)];
}

Json optional(const std::optional<double>& value) { return value ? json_number(*value) : Json(nullptr); }

// Only what says something: keeps the document small, and absent means empty.
void put(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

Json simulated(const Prediction& prediction) {
  if (prediction.quantiles.empty()) return nullptr;
  return {{"min", json_number(prediction.quantile(0))},   {"p5", json_number(prediction.quantile(0.05))},
          {"p25", json_number(prediction.quantile(0.25))}, {"p50", json_number(prediction.quantile(0.5))},
          {"p75", json_number(prediction.quantile(0.75))}, {"p95", json_number(prediction.quantile(0.95))},
          {"p99", json_number(prediction.quantile(0.99))}, {"max", json_number(prediction.quantile(1))}};
}

Json people(const std::map<std::string, std::vector<std::string>>& all) {
  Json out = Json::array();
  for (const auto& [role, who] : all) out.push_back({{"role", role}, {"who", who}});
  return out;
}

class Document {
 public:
  Document(const ExerciseRecord& record, const ExerciseFindings& findings)
      : r_(record), f_(findings), zero_(record.t0 ? *record.t0 : record.began.value_or(Moment())) {}

  Json exercise() const {
    const RunBegan& p = r_.plan;
    Json out{{"id", r_.id}, {"title", p.title}, {"file", p.file}, {"sha256", p.file_sha256}, {"kind", p.kind}, {"environment", p.environment},
             {"outage", p.outage}, {"scenario", {{"title", p.scenario_title}, {"file", p.scenario_file}, {"sha256", p.scenario_sha256}}},
             {"program", p.program}, {"host", p.host}, {"boot-id", p.boot_id}, {"run-folder", p.run_folder}, {"begun-by", p.begun_by},
             {"limit", json_number(p.limit)}};
    out["began"] = r_.began ? Json(iso_text(*r_.began)) : Json(nullptr);
    out["t0"] = r_.t0 ? Json(iso_text(*r_.t0)) : Json(nullptr);
    out["ended"] = r_.ended ? Json(iso_text(*r_.ended)) : Json(nullptr);
    return out;
  }

  Json ending() const {
    Json out{{"ending", word_of_ending(r_.end)}, {"restored", f_.restored}};
    if (!r_.end) return out;
    put(out, "why", r_.end->why);
    put(out, "by", r_.end->by);
    out["remains"] = r_.end->remains;
    out["done-not-undone"] = r_.end->done_not_undone;
    return out;
  }

  Json recovery() const {
    Json out = measured(f_.recovery, "rta", r_.plan.recovered_service, r_.plan.predictions.recovery);
    if (!r_.recovery) return out;
    out["seen-down"] = r_.recovery->seen_down;
    out["total-downtime"] = json_number(r_.recovery->total_downtime);
    Json& relapses = out["relapses"] = Json::array();
    for (const auto& lapse : r_.recovery->relapses) relapses.push_back({{"from", json_number(lapse.from)}, {"to", json_number(lapse.to)}});
    return out;
  }

  Json loss() const {
    Json out = measured(f_.loss, "rpa", r_.plan.canary_service, r_.plan.predictions.loss);
    Json& readings = out["readings"] = Json::array();
    for (const CanaryRead& read : r_.canary) {
      Json one{{"when", read.when}, {"rpa", optional(read.rpa)}, {"period", json_number(read.period)}, {"acknowledged", read.acknowledged},
               {"lost", read.lost}, {"in-doubt", read.in_doubt}, {"acknowledged-after-t0", read.acknowledged_after_t0},
               {"lost-after-t0", read.lost_after_t0}, {"lateness-max", json_number(read.lateness_max)}};
      Json& lost = one["lost-numbers"] = Json::array();
      for (const Stretch& stretch : read.lost_numbers) lost.push_back({stretch.first, stretch.last});
      put(one, "why-not", read.why_not);
      readings.push_back(one);
    }
    return out;
  }

  Json planned() const {
    Json effects = Json::array();
    for (const PlannedEffect& e : r_.plan.effects)
      effects.push_back({{"fault", e.fault}, {"target", e.target}, {"at", json_number(e.at)}, {"until", optional(e.until)}, {"does", e.does},
                         {"undone-by", e.undone_by}, {"by-hand", e.by_hand}});
    const Predictions& p = r_.plan.predictions;
    return {{"effects", effects}, {"steps", r_.plan.steps}, {"replications", p.replications}, {"seed", p.seed}};
  }

  Json steps() const {
    Json out = Json::array();
    for (const StepFinding& found : f_.steps) {
      const StepRecord& s = *found.step;
      Json one{{"name", s.name}, {"state", s.ready ? word_of(s.state) : "not reached"}, {"ready", at(s.ready)}, {"began", at(s.began)},
               {"ended", at(s.ended)}, {"seconds", optional(found.seconds)}, {"attempts", s.attempts}, {"timed-out", s.timed_out},
               {"automatic", s.automatic}, {"censored", found.censored}, {"percentile", optional(found.percentile)},
               {"staleness", word_of_staleness(found.staleness)}};
      one["exit"] = s.exit ? Json(*s.exit) : Json(nullptr);
      one["simulated"] = found.prediction ? Json{{"duration", simulated(found.prediction->duration)}, {"finish", simulated(found.prediction->finish)}} : Json(nullptr);
      for (const auto& [key, text] : {std::pair("how", &s.how), {"by", &s.by}, {"note", &s.note}, {"why", &s.why}, {"replaced-by", &s.replaced_by},
                                      {"output-tail", &s.output_tail}, {"output-file", &s.output_file}})
        put(one, key, *text);
      if (s.undone) one["undone"] = true;
      if (s.undo_failed) one["undo-failed"] = true;
      out.push_back(one);
    }
    return out;
  }

  Json faults() const {
    Json out = Json::array();
    for (const FaultRecord& fault : r_.faults) {
      Json one{{"name", fault.name}, {"kind", fault.kind}, {"target", fault.target}, {"state", word_of(fault.state)}, {"intended", at(fault.intended)},
               {"in-effect", at(fault.in_effect)}, {"vanished", at(fault.vanished)}, {"undoing", at(fault.undoing)}, {"undone", at(fault.undone)},
               {"fence-failed", fault.fence_failed}, {"by-hand", fault.by_hand}};
      put(one, "proof-of-effect", fault.proof_of_effect);
      put(one, "why", fault.why);
      put(one, "undone-by", fault.undone_by);
      put(one, "proof", fault.proof);
      out.push_back(one);
    }
    return out;
  }

  Json probes() const {
    constexpr const char* words[] = {"unknown", "passing", "failing"};
    Json out = Json::array();
    for (const ProbeRecord& probe : r_.probes) {
      Json changes = Json::array();
      for (const auto& [when, change] : probe.changes)
        changes.push_back({{"at", at(when)}, {"state", words[static_cast<int>(change.state)]}, {"what", change.what}});
      Json one{{"name", probe.name}, {"changes", changes}};
      if (const auto& c = probe.counted)
        one["counted"] = {{"samples", c->samples}, {"passed", c->passed}, {"failed", c->failed}, {"unknown", c->unknown},
                          {"lateness-max", json_number(c->lateness_max)}, {"lateness-p99", json_number(c->lateness_p99)}};
      out.push_back(one);
    }
    return out;
  }

  Json conditions() const {
    Json out = Json::array();
    for (const auto& [when, c] : r_.conditions) {
      Json one{{"at", at(when)}, {"what", c.what}, {"met", c.met}};
      put(one, "why", c.why);
      out.push_back(one);
    }
    return out;
  }

  Json afterwards() const {
    Json out = Json::array();
    for (const auto& [when, ran] : r_.afterwards) {
      Json one{{"at", at(when)}, {"began", ran.began}, {"seconds", json_number(ran.seconds)}, {"timed-out", ran.timed_out}};
      one["exit"] = ran.exit ? Json(*ran.exit) : Json(nullptr);
      put(one, "why", ran.why);
      put(one, "output-tail", ran.output_tail);
      out.push_back(one);
    }
    return out;
  }

  Json footprint() const {
    if (!r_.footprint) return nullptr;
    return {{"before", r_.footprint->before}, {"after", r_.footprint->after}, {"remains", r_.footprint->remains}, {"changed", r_.footprint->changed}};
  }

  Json notes() const {
    Json out = Json::array();
    for (const auto& [when, note] : r_.notes) {
      Json one{{"at", at(when)}, {"kind", note.kind}, {"what", note.what}};
      put(one, "by", note.by);
      out.push_back(one);
    }
    return out;
  }

 private:
  Json at(const Moment& moment) const { return json_number(moment.since(zero_)); }
  Json at(const std::optional<Moment>& moment) const { return moment ? at(*moment) : Json(nullptr); }

  Json measured(const Measured& m, const char* key, const std::string& service, const Prediction& prediction) const {
    Json out{{"service", service}, {"measured", m.measured}};
    out[key] = m.actual ? json_number(*m.actual) : m.measured ? Json("never") : Json(nullptr);
    out["error"] = json_number(m.error);
    out["valid"] = m.valid;
    put(out, "why", m.why);
    out["objective"] = optional(m.objective);
    if (m.objective) out["confidence"] = json_number(r_.plan.objective_confidence);
    out["verdict"] = m.verdict ? Json(word_of_verdict(*m.verdict)) : Json(nullptr);
    out["percentile"] = optional(m.percentile);
    out["simulated"] = simulated(prediction);
    return out;
  }

  const ExerciseRecord& r_;
  const ExerciseFindings& f_;
  const Moment zero_;
};

Json action(const Action& a, const std::string& today) {
  Json out{{"number", a.number}, {"exercise", a.exercise}, {"text", a.text}, {"owner", a.owner}, {"due", a.due}, {"opened", a.opened},
           {"overdue", a.overdue(today)}};
  put(out, "closed", a.closed);
  put(out, "closed-by", a.closed_by);
  put(out, "note", a.note);
  return out;
}

}  // namespace

std::string after_action_json(const ExerciseRecord& record, const std::vector<Action>& actions, const std::string& today, const std::string& program) {
  const ExerciseFindings findings = findings_of(record);
  const Document d(record, findings);
  Json out = json_preamble(program, "exercise report");
  out["exercise"] = d.exercise();
  out["people"] = people(record.plan.people);
  out["end"] = d.ending();
  out["recovery"] = d.recovery();
  out["loss"] = d.loss();
  out["planned"] = d.planned();
  out["steps"] = d.steps();
  out["faults"] = d.faults();
  out["probes"] = d.probes();
  out["conditions"] = d.conditions();
  out["afterwards"] = d.afterwards();
  out["footprint"] = d.footprint();
  out["notes"] = d.notes();
  out["strengths"] = findings.strengths;
  out["failures"] = findings.failures;
  out["doubts"] = findings.doubts;
  Json& plan = out["actions"] = Json::array();
  for (const Action& a : actions)
    if (a.exercise == record.id || a.overdue(today)) plan.push_back(action(a, today));
  return json_text(out);
}

std::string history_json(const std::vector<ExerciseLine>& exercises, const std::vector<Incident>& incidents, const std::string& chain, const std::string& head,
                         const std::string& program) {
  Json out = json_preamble(program, "history");
  out["chain"] = {{"intact", chain.empty()}, {"head", head}};
  put(out["chain"], "why", chain);
  Json& all = out["exercises"] = Json::array();
  for (const ExerciseLine& line : exercises) {
    Json one{{"id", line.id}, {"title", line.title}, {"environment", line.environment}, {"outage", line.outage}, {"began", iso_text(line.began)},
             {"ending", word_of_ending(line.end)}, {"restored", line.end && line.end->restored}};
    if (line.end) put(one, "why", line.end->why);
    if (line.recovery) {
      one["rta"] = json_number(line.recovery->rta.value_or(never));
      one["error"] = json_number(line.recovery->error);
      one["valid"] = line.recovery->valid;
    }
    if (line.canary) {
      one["rpa"] = optional(line.canary->rpa);
      one["lost"] = line.canary->lost;
    }
    one["objective"] = {{"rto", optional(line.objective_rto)}, {"rpo", optional(line.objective_rpo)}};
    all.push_back(one);
  }
  if (!incidents.empty()) out["incidents"] = json_of_incidents(incidents);
  return json_text(out);
}

std::string happenings_json(const std::string& id, const std::vector<Happening>& happenings, const std::string& program) {
  Json out = json_preamble(program, "history show");
  out["id"] = id;
  Json& all = out["happenings"] = Json::array();
  for (const Happening& h : happenings) all.push_back(Json::parse(to_json_line(h)));
  return json_text(out);
}

std::string actions_json(const std::vector<Action>& actions, const std::string& today, const std::string& program) {
  Json out = json_preamble(program, "actions list");
  Json& all = out["actions"] = Json::array();
  for (const Action& a : actions) all.push_back(action(a, today));
  return json_text(out);
}

}  // namespace muster
