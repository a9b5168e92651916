#include "reports/verdict_text.h"

#include <cmath>

#include "models/units.h"
#include "reports/grouping.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/promises.h"
#include "reports/table.h"

namespace muster {
namespace {

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

bool alike(const ServiceResult& a, const ServiceResult& b) {
  const ObjectiveResult &x = *a.objective, &y = *b.objective;
  return x.confidence == y.confidence && alike(x.rto, y.rto) && alike(x.rpo, y.rpo) &&
         alike(x.mtpd, y.mtpd) && x.both.met == y.both.met && x.both_verdict == y.both_verdict;
}

bool alike_in_summary(const ServiceResult& a, const ServiceResult& b) {
  const ObjectiveResult &x = *a.objective, &y = *b.objective;
  return alike(x.rto, y.rto) && alike(x.rpo, y.rpo) && worst_of(verdicts_of(x)) == worst_of(verdicts_of(y));
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
  std::string said;
  for (const std::string& one : promise_sentences(services, replications)) said += wrapped(one, style.width, "  ", "    ");
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
