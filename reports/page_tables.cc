#include "reports/page_tables.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "models/draw.h"
#include "models/units.h"
#include "reports/assumptions.h"
#include "reports/deciding_steps.h"
#include "reports/grouping.h"
#include "reports/phrases.h"
#include "reports/promises.h"

namespace muster {
namespace {

using Kind = PageCell::Kind;

PageCell number(std::string text) { return {std::move(text), Kind::number}; }
PageCell name(std::string text) { return {std::move(text), Kind::name}; }

// The worst that any outage does to a service.
struct Standing {
  std::string service;
  std::vector<Verdict> verdicts;
  std::optional<TargetResult> rto, rpo, mtpd;
  std::string rto_outage, rpo_outage;
  double confidence = 0;
};

bool worse(const std::optional<TargetResult>& than, const std::optional<TargetResult>& target) {
  return target && (!than || target->achievable > than->achievable);
}

void take(Standing& standing, const ObjectiveResult& objective, const std::string& outage) {
  for (const Verdict verdict : verdicts_of(objective)) standing.verdicts.push_back(verdict);
  standing.confidence = std::max(standing.confidence, objective.confidence);
  if (worse(standing.rto, objective.rto)) standing.rto = objective.rto, standing.rto_outage = outage;
  if (worse(standing.rpo, objective.rpo)) standing.rpo = objective.rpo, standing.rpo_outage = outage;
  if (worse(standing.mtpd, objective.mtpd)) standing.mtpd = objective.mtpd;
}

std::vector<Standing> standings(const SimulationResult& result) {
  std::vector<Standing> out;
  for (const OutageResult& outage : result.outages)
    for (const ServiceResult* service : with_objectives(outage)) {
      auto it =
          std::find_if(out.begin(), out.end(), [&](const Standing& s) { return s.service == service->name; });
      if (it == out.end()) it = out.insert(out.end(), Standing{service->name, {}, {}, {}, {}, "", "", 0});
      take(*it, *service->objective, outage.name);
    }
  return out;
}

std::string promised(const std::optional<TargetResult>& target) {
  return target ? promised_duration(target->achievable) : "";
}

std::string asked(const std::optional<TargetResult>& target) { return target ? human_duration(target->target) : ""; }

void add_objective(PageTable& table, const ServiceGroup& group) {
  const ObjectiveResult& objective = *group.first->objective;
  const std::pair<const char*, const std::optional<TargetResult>&> targets[] = {
      {"RTO", objective.rto}, {"RPO", objective.rpo}, {"MTPD", objective.mtpd}};
  for (const auto& [word, target] : targets)
    if (target)
      table.rows.push_back({name(group.listed()),
                            {word},
                            number(human_duration(target->target)),
                            {word_of(target->verdict), Kind::verdict},
                            number(share_text(target->share, objective.confidence)),
                            number(percent(objective.confidence, 0)),
                            number(promised_duration(target->achievable))});
}

// Those that the outage touches, services with objectives first, one row for those that share their fate.
PageTable quantile_table(const std::string& caption, const OutageResult& outage, Stats ServiceResult::*which) {
  std::vector<const ServiceResult*> services;
  for (const ServiceResult& service : outage.services)
    if (service.affected && (service.*which).max > 0) services.push_back(&service);
  std::stable_sort(services.begin(), services.end(), [](const ServiceResult* a, const ServiceResult* b) {
    return a->objective.has_value() > b->objective.has_value();
  });
  PageTable table{caption, {{"service"}, number("mean")}, {}};
  for (const char* level : {"p50", "p90", "p95", "p99", "longest"}) table.head.push_back(number(level));
  const auto groups = grouped_services(services, [which](const ServiceResult& a, const ServiceResult& b) {
    return same_sample(a.*which, b.*which);
  });
  for (const ServiceGroup& group : groups) {
    const Stats& stats = group.first->*which;
    std::vector<PageCell> row{name(group.listed()), number(human_duration(stats.mean))};
    for (const double level : {0.5, 0.9, 0.95, 0.99}) row.push_back(number(human_duration(stats.quantile(level))));
    row.push_back(number(human_duration(stats.max)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

PageTable standing_table(const SimulationResult& result) {
  PageTable table{"Each service in the outage that is worst for it",
                  {{"service"}, {"verdict"}, number("RTO asked"), number("can be promised"), {"worst in"},
                   number("RPO asked"), number("can be promised"), {"worst in"}, number("MTPD"), number("confidence")},
                  {}};
  for (const Standing& one : standings(result))
    table.rows.push_back({name(one.service),
                          {word_of(worst_of(one.verdicts)), Kind::verdict},
                          number(asked(one.rto)),
                          number(promised(one.rto)),
                          {one.rto_outage},
                          number(asked(one.rpo)),
                          number(promised(one.rpo)),
                          {one.rpo_outage},
                          number(asked(one.mtpd)),
                          number(percent(one.confidence, 0))});
  return table;
}

std::string answer(const SimulationResult& result) {
  const std::vector<Standing> all = standings(result);
  std::vector<std::string> missed, undecided;
  for (const Standing& one : all) {
    const Verdict verdict = worst_of(one.verdicts);
    if (verdict == Verdict::missed) missed.push_back(one.service);
    if (verdict == Verdict::undecided) undecided.push_back(one.service);
  }
  const std::size_t outages = result.outages.size();
  const std::string over = outages == 1 ? "this outage" : "each of these " + std::to_string(outages) + " outages";
  if (all.empty()) return "No service with an objective is affected.";
  if (missed.empty() && undecided.empty()) return "The plan keeps every objective in " + over + ".";
  std::string out;
  if (!missed.empty())
    out = "Not in " + over + " does the plan keep the objectives of " + enumerated(missed, 6) +
          ". What can be promised instead is below.";
  if (!undecided.empty())
    out += (out.empty() ? "" : " ") + std::string("Too close to call: ") + enumerated(undecided, 6) + ".";
  return out;
}

PageTable objective_table(const OutageResult& outage) {
  PageTable table{"Objectives: how often each is met, and what can be promised",
                  {{"service"}, {"objective"}, number("target"), {"verdict"}, number("met in (95% margin of error)"),
                   number("asked"), number("can be promised")},
                  {}};
  const auto groups = grouped_services(with_objectives(outage), [](const ServiceResult& a, const ServiceResult& b) {
    return a.objective->confidence == b.objective->confidence && alike(a.objective->rto, b.objective->rto) &&
           alike(a.objective->rpo, b.objective->rpo) && alike(a.objective->mtpd, b.objective->mtpd);
  });
  for (const ServiceGroup& group : groups) add_objective(table, group);
  return table;
}

PageTable recovery_table(const OutageResult& outage) {
  return quantile_table("Recovery time", outage, &ServiceResult::rto);
}

PageTable loss_table(const OutageResult& outage) { return quantile_table("Data loss", outage, &ServiceResult::rpo); }

PageTable step_table(const OutageResult& outage) {
  PageTable table{"Steps by how often the recovery hangs on them",
                  {{"step"}, number("critical"), number("takes, p50"), number("p95"), number("waits, mean"), {"for"}},
                  {}};
  for (const DecidingStep& one : deciding_steps(outage, least_met(outage), 10).steps) {
    const StepResult& step = *one.step;
    const bool waits = step.wait.count > 0 && step.wait.mean >= 1, lasted = step.duration.count > 0;
    table.rows.push_back({name(step.name),
                          number(percent(one.weight.criticality, 0)),
                          number(lasted ? human_duration(step.duration.quantile(0.5)) : "–"),
                          number(lasted ? human_duration(step.duration.quantile(0.95)) : "–"),
                          number(waits ? human_duration(step.wait.mean) : ""),
                          {waits ? step.waits_for : ""}});
  }
  return table;
}

PageTable copy_table(const OutageResult& outage) {
  PageTable table{"From which copy each data store was restored",
                  {{"data of"}, number("p50 lost"), number("p95 lost"), {"restored from"}},
                  {}};
  for (const ServiceResult& service : outage.services) {
    std::string from;
    for (const CopyUse& use : service.copies)
      if (use.chosen > 0) from += (from.empty() ? "" : ", ") + use.copy + " " + percent(use.chosen);
    if (!from.empty())
      table.rows.push_back({name(service.name),
                            number(human_duration(service.rpo.quantile(0.5))),
                            number(human_duration(service.rpo.quantile(0.95))),
                            {from}});
  }
  return table;
}

PageTable story_table(const Story& story) {
  PageTable table{story.chosen_because,
                  {{"step"}, number("ready"), number("began"), number("ended"), {"waited for"}, {"critical path"}},
                  {}};
  for (const StoryStep& step : drawn_steps(story))
    table.rows.push_back({name(step.name),
                          number(human_duration(step.ready)),
                          number(human_duration(step.start)),
                          number(human_duration(step.finish)),
                          {step.cause.name},
                          {step.critical ? "yes" : ""}});
  return table;
}

PageTable assumption_table(const Scenario& scenario) {
  PageTable table{"What the numbers rest on", {{"where"}, {"what is noted"}, {"source"}}, {}};
  for (const Assumption& one : assumptions_of(scenario))
    table.rows.push_back({name(one.where), {one.note}, {one.source}});
  return table;
}

std::vector<StoryStep> drawn_steps(const Story& story) {
  std::vector<StoryStep> out;
  for (const StoryStep& step : story.steps)
    if (!step.attempts.empty() && std::isfinite(step.start) && (step.finish > step.start || step.critical))
      out.push_back(step);
  return out;
}

std::string control_line(const Scenario& scenario) {
  const DocumentControl& d = scenario.document;
  std::string out = scenario.file;
  if (!d.version.empty()) out += " · version " + d.version;
  if (!d.owner.empty()) out += " · owner " + d.owner;
  if (!d.approved_by.empty())
    out += " · approved by " + d.approved_by + (d.approved_on.empty() ? "" : " on " + d.approved_on);
  if (!d.review_by.empty()) out += " · review by " + d.review_by;
  return out;
}

std::string method_text(const SimulationResult& result) {
  return "Each outage was simulated " + grouped(result.replications) +
         " times, event by event: the outage strikes at a random moment of the week and of every backup cycle, people "
         "come as fast as their hours allow, steps wait for what they need, take the time that their distributions say, "
         "fail and are tried again. A recovery time is from the onset until the service and all it needs are up; data "
         "loss is the age of the copy that was restored. Quantiles are " +
         std::string(result.sketched ? "from a sketch, within 0.01% of the order statistics" : "exact order statistics") +
         "; ranges are the simulation's 95% margin of error, and what can be promised is its upper end. The margin says "
         "nothing of whether the assumptions are right: exercises do.";
}

std::string provenance_line(const SimulationResult& result) {
  return "Seed " + std::to_string(result.seed) + ", draws " + std::to_string(draws_version) + ", scenario SHA-256 " +
         result.sha256 + ", muster " + result.program + ".";
}

}  // namespace muster
