#include "reports/verdict_text.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/grouping.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

// "97 of 100 such outages": rounded down to a whole number where that says enough, else the percentage.
std::string in_words(double share) {
  if (share <= 0) return "no such outage";
  if (share >= 1) return "every such outage";
  if (share < 0.01 || share > 0.99) return percent(share, 2) + " of such outages";
  return std::to_string(static_cast<int>(std::floor(share * 100 + 1e-9))) + " of 100 such outages";
}

void add_target(Table& table, const std::string& service, const std::string& word, const TargetResult& target,
                double confidence) {
  table.row({{service, Ink::bold},
             {word + " " + human_duration(target.target)},
             {word_of(target.verdict), ink_of(target.verdict)},
             {share_text(target.share, confidence)},
             {percent(confidence, confidence == std::round(confidence * 100) / 100 ? 0 : 2)},
             {short_promised_duration(target.achievable)}});
}

void add_objective(Table& table, std::string name, const ObjectiveResult& objective) {
  const std::pair<const char*, const std::optional<TargetResult>&> targets[] = {
      {"RTO", objective.rto}, {"RPO", objective.rpo}, {"MTPD", objective.mtpd}};
  for (const auto& [word, target] : targets) {
    if (!target) continue;
    add_target(table, name, word, *target, objective.confidence);
    name.clear();
  }
  if (objective.rto && objective.rpo)
    table.row({{"", Ink::plain},
               {"both"},
               {word_of(objective.both_verdict), ink_of(objective.both_verdict)},
               {share_text(objective.both, objective.confidence)}});
}

bool alike(const std::optional<TargetResult>& a, const std::optional<TargetResult>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->target == b->target && a->share.met == b->share.met && a->share.ci == b->share.ci &&
         a->verdict == b->verdict && a->achievable == b->achievable;
}

bool alike(const ServiceResult& a, const ServiceResult& b) {
  const ObjectiveResult &x = *a.objective, &y = *b.objective;
  return x.confidence == y.confidence && alike(x.rto, y.rto) && alike(x.rpo, y.rpo) &&
         alike(x.mtpd, y.mtpd) && x.both.met == y.both.met && x.both_verdict == y.both_verdict;
}

bool alike_in_summary(const ServiceResult& a, const ServiceResult& b) {
  const ObjectiveResult &x = *a.objective, &y = *b.objective;
  return alike(x.rto, y.rto) && alike(x.rpo, y.rpo) && worst_of(verdicts_of(x)) == worst_of(verdicts_of(y));
}

// How many replications would tell on which side of the asked confidence the share lies, for a half-width
// that shrinks with the square root of their number; 0 where that is more than Muster runs.
std::uint64_t replications_to_decide(const TargetResult& target, double confidence, std::uint64_t done) {
  const double half = (target.share.ci.high - target.share.ci.low) / 2,
               off = std::fabs(target.share.met - confidence);
  if (!(off > 0)) return 0;
  const double needed = static_cast<double>(done) * (half / off) * (half / off) * 1.2;
  if (!(needed < 1e9)) return 0;
  double unit = 1;
  while (unit * 10 <= needed) unit *= 10;
  return static_cast<std::uint64_t>(std::ceil(needed / unit) * unit);
}

std::string too_close_to_call(const TargetResult& target, double confidence, std::uint64_t replications) {
  const std::uint64_t needed = replications_to_decide(target, confidence, replications);
  return "too close to call at this margin of error" +
         (needed > replications ? "; about " + grouped(needed) + " replications would tell" : std::string()) +
         ".";
}

struct Wording {
  std::string promise;    ///< "api back within 4 h"
  std::string never;      ///< "it is never restored"
  std::string objective;  ///< "RTO"
};

std::string sentence(const Wording& words, const TargetResult& target, double confidence,
                     std::uint64_t replications) {
  const bool bounded = std::isfinite(target.achievable);
  const std::string best = promised_duration(target.achievable);
  if (target.verdict == Verdict::met) {
    std::string out = "Promise " + words.promise + ": it holds in " + in_words(target.share.met) + ".";
    if (bounded && target.achievable < 0.9 * target.target)
      out += " In " + out_of(confidence) +
             (target.achievable > 0 ? " it is at most " + best + "." : " it is none at all.");
    return out;
  }
  std::string out =
      target.verdict == Verdict::missed
          ? "Do not promise " + words.promise + ": it holds in " + in_words(target.share.met) + "."
          : "Undecided: " + words.promise + " in " + out_of(confidence) + " such outages. It is " +
                too_close_to_call(target, confidence, replications);
  return out + (bounded ? " Promise " + best + ", which holds in " + out_of(confidence) + "."
                        : " No " + words.objective + " can be promised: too often " + words.never + ".");
}

Wording rto_wording(const std::string& service, const TargetResult& target) {
  return {service + " back within " + human_duration(target.target), "it is never restored", "RTO"};
}

Wording rpo_wording(const std::string& service, const TargetResult& target) {
  const std::string most =
      target.target > 0 ? "at most " + human_duration(target.target) + " of lost data" : "no lost data";
  return {most + " for " + service, "its data are lost for good", "RPO"};
}

// Every objective that does not hold gets its sentences; those that do only while they are few. Services of
// which the same is to be said share them.
std::string sentences(const std::vector<const ServiceResult*>& services, std::uint64_t replications,
                      const Style& style) {
  constexpr std::size_t few = 2, most = 8;
  std::size_t said = 0;
  std::string out;
  auto say = [&](std::optional<TargetResult> ObjectiveResult::*which,
                 Wording (*wording)(const std::string&, const TargetResult&)) {
    const auto groups = grouped_services(services, [&](const ServiceResult& a, const ServiceResult& b) {
      return alike((*a.objective).*which, (*b.objective).*which) &&
             a.objective->confidence == b.objective->confidence;
    });
    for (const ServiceGroup& group : groups) {
      const ObjectiveResult& objective = *group.first->objective;
      const std::optional<TargetResult>& target = objective.*which;
      if (!target || said == most || (target->verdict == Verdict::met && groups.size() > few)) continue;
      out += wrapped(
          sentence(wording(enumerated(group.names, 3), *target), *target, objective.confidence, replications),
          style.width, "  ", "    ");
      ++said;
    }
  };
  say(&ObjectiveResult::rto, rto_wording);
  say(&ObjectiveResult::rpo, rpo_wording);
  return out;
}

std::vector<const ServiceResult*> with_objectives(const OutageResult& outage) {
  std::vector<const ServiceResult*> out;
  for (const ServiceResult& service : outage.services)
    if (service.objective && service.affected && !verdicts_of(*service.objective).empty())
      out.push_back(&service);
  return out;
}

void add_summary(Table& table, const ServiceGroup& group) {
  const ObjectiveResult& objective = *group.first->objective;
  const Verdict verdict = worst_of(verdicts_of(objective));
  std::vector<Cell> cells{{"  " + group.listed()}, {word_of(verdict), ink_of(verdict)}};
  for (const auto* target : {&objective.rto, &objective.rpo}) {
    const bool set = target->has_value();
    cells.push_back({set ? short_duration((*target)->target) : ""});
    cells.push_back(
        {set ? percent((*target)->share.met) : "", set ? ink_of((*target)->verdict) : Ink::plain});
    cells.push_back({set ? short_promised_duration((*target)->achievable) : ""});
  }
  table.row(std::move(cells));
}

}  // namespace

std::vector<Verdict> verdicts_of(const ObjectiveResult& objective) {
  std::vector<Verdict> out;
  for (const auto* target : {&objective.rto, &objective.rpo, &objective.mtpd})
    if (*target) out.push_back((*target)->verdict);
  return out;
}

std::vector<Verdict> verdicts_of(const OutageResult& outage) {
  std::vector<Verdict> out;
  for (const ServiceResult* service : with_objectives(outage))
    for (Verdict verdict : verdicts_of(*service->objective)) out.push_back(verdict);
  return out;
}

std::string verdict_text(const OutageResult& outage, std::uint64_t replications, const Style& style) {
  const auto services = with_objectives(outage);
  if (services.empty()) return "";
  Table table({{"service"},
               {"objective"},
               {"verdict"},
               {"met in (95% CI)"},
               {"asked", Align::right},
               {"can promise", Align::right}});
  for (const ServiceGroup& group :
       grouped_services(services, [](const ServiceResult&a, const ServiceResult&b) { return alike(a, b); }))
    add_objective(table, group.listed(), *group.first->objective);
  std::string out = style.heading("VERDICT") + table.text(style);
  if (services.size() > 1)
    out += wrapped("All " + std::to_string(verdicts_of(outage).size()) + " objectives hold together in " +
                       share_text(outage.all_objectives) + " of such outages.",
                   style.width, "  ", "    ");
  const std::string said = sentences(services, replications, style);
  return out + (said.empty() ? "" : "\n" + said);
}

std::string summary_text(const SimulationResult& result, const Style& style) {
  Table table({{"outage, services"},
               {"verdict"},
               {"RTO", Align::right},
               {"met", Align::right},
               {"promise", Align::right},
               {"RPO", Align::right},
               {"met", Align::right},
               {"promise", Align::right}});
  std::size_t judged = 0, kept = 0;
  std::vector<std::string> harmless;
  for (const OutageResult& outage : result.outages) {
    const auto services = with_objectives(outage);
    if (services.empty()) {
      harmless.push_back(outage.name);
      continue;
    }
    const Verdict verdict = worst_of(verdicts_of(outage));
    ++judged;
    kept += verdict == Verdict::met;
    table.row({{outage.name, Ink::bold}, {word_of(verdict), ink_of(verdict)}});
    for (const ServiceGroup& group : grouped_services(services, alike_in_summary)) add_summary(table, group);
  }
  if (judged == 0) return style.heading("SUMMARY") + "  No outage affects a service with an objective.\n";
  std::string out =
      style.heading("SUMMARY") +
      wrapped("The plan keeps every objective in " + std::to_string(kept) + " of the " +
                  std::to_string(judged) +
                  " outages that affect one. What can be promised holds as often as the objective asks.",
              style.width, "  ", "  ") +
      "\n" + table.text(style);
  if (!harmless.empty())
    out += wrapped("No service with an objective is affected by " + enumerated(harmless, 12) + ".",
                   style.width, "  ", "    ");
  return out;
}

}  // namespace muster
