#include <algorithm>
#include <cmath>

#include "models/draw.h"
#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"
#include "reports/targets_report.h"
#include "reports/title_text.h"

namespace muster {
namespace {

// The level of its objective, or the nearest above it, or 95%.
std::size_t level_of(const ServiceTargets& service) {
  const double wanted = service.objective ? service.objective->confidence : 0.95;
  const auto at = std::lower_bound(promise_levels.begin(), promise_levels.end(), wanted - 1e-12);
  return at == promise_levels.end() ? promise_levels.size() - 1 : static_cast<std::size_t>(at - promise_levels.begin());
}

std::string asked(const Objective& o) {
  std::vector<std::string> parts;
  if (o.rto) parts.push_back("RTO " + human_duration(*o.rto));
  if (o.rpo) parts.push_back("RPO " + human_duration(*o.rpo));
  std::string out = parts.empty() ? "" : "Asked today: " + enumerated(parts) + " in " + out_of(o.confidence) + ".";
  if (o.mtpd) out += (out.empty() ? "" : " ") + ("MTPD " + human_duration(*o.mtpd) + ".");
  return out;
}

std::string next_said(const StudyResult& study, const PromisedTarget& target, const char* word) {
  const std::string step = std::string(word) + " " + human_duration(target.next->target) + " in " + out_of(target.confidence);
  if (!target.next->variant) return step + ": no variant of the study can promise it.";
  const VariantResult& variant = study.variants[*target.next->variant];
  const std::string money = short_money(std::fabs(variant.cost_per_year)) + " " + study.currency + " a year";
  return step + " takes " + variant.name + (variant.cost_per_year == 0 ? ", at no cost." : variant.cost_per_year < 0 ? ", which saves " + money + "." : ", " + money + ".");
}

// Said once for all levels from which on it holds.
std::string mtpd_said(const ServiceTargets& service) {
  for (const PromisedTarget& target : service.rto)
    if (target.beyond_mtpd)
      return "Beyond the MTPD of " + human_duration(*service.objective->mtpd) + ": the RTO that holds in " + out_of(target.confidence) + " (" + human_duration(target.target) + ", " + target.outage +
             "). Such an outage harms more than is acceptable; a target there is no target.";
  return "";
}

std::string service_text(const StudyResult& study, const ServiceTargets& service, const Style& style) {
  std::string out = style.rule(service.service);
  if (service.objective) out += wrapped(asked(*service.objective), style.width, "  ", "  ");
  const bool costs = !std::isnan(service.rto[0].cost), loses = service.rpo.back().bound > 0;
  std::vector<Column> columns{{"in"}, {"RTO", Align::right}};
  if (costs) columns.push_back({"costs", Align::right});
  columns.push_back({"decided by", Align::left, 18});
  if (loses) {
    columns.push_back({"RPO", Align::right});
    if (costs) columns.push_back({"costs", Align::right});
    columns.push_back({"decided by", Align::left, 18});
  }
  Table table(std::move(columns));
  for (std::size_t i = 0; i < promise_levels.size(); ++i) {
    const PromisedTarget &rto = service.rto[i], &rpo = service.rpo[i];
    std::vector<Cell> cells{{out_of(rto.confidence)}, {short_duration(rto.target), rto.beyond_mtpd ? Ink::bad : Ink::bold}};
    if (costs) cells.push_back({short_money(rto.cost)});
    cells.push_back({rto.outage + (rto.beyond_mtpd ? " !" : "")});
    if (loses) {
      cells.push_back({short_duration(rpo.target), Ink::bold});
      if (costs) cells.push_back({short_money(rpo.cost)});
      cells.push_back({rpo.outage});
    }
    table.row(std::move(cells));
  }
  out += table.text(style);
  std::vector<std::string> said;
  if (const std::string beyond = mtpd_said(service); !beyond.empty()) said.push_back(beyond);
  const std::size_t level = level_of(service);
  if (service.rto[level].next && service.rto[level].bound > 0) said.push_back("Next tighter: " + next_said(study, service.rto[level], "RTO"));
  if (service.rpo[level].next && service.rpo[level].bound > 0) said.push_back("Next tighter: " + next_said(study, service.rpo[level], "RPO"));
  for (const std::string& one : said) out += wrapped(one, style.width, "  ", "    ");
  return out;
}

std::string others_text(const std::vector<ServiceTargets>& targets, const Style& style) {
  const auto same = [](const ServiceTargets& a, const ServiceTargets& b) {
    for (std::size_t i = 0; i < promise_levels.size(); ++i)
      if (a.rto[i].target != b.rto[i].target || a.rpo[i].target != b.rpo[i].target) return false;
    return true;
  };
  std::vector<std::pair<std::vector<std::string>, const ServiceTargets*>> groups;
  for (const ServiceTargets& one : targets) {
    if (!one.affected || one.objective || !std::isnan(one.rto[0].cost)) continue;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return same(*g.second, one); });
    if (group == groups.end()) group = groups.insert(group, {{}, &one});
    group->first.push_back(one.service);
  }
  if (groups.empty()) return "";
  Table table({{"service"}, {"RTO 50", Align::right}, {"90", Align::right}, {"95", Align::right}, {"99", Align::right}, {"RPO 50", Align::right}, {"90", Align::right}, {"95", Align::right}, {"99", Align::right}});
  for (const auto& [names, service] : groups) {
    std::vector<Cell> cells{{enumerated(names, 3)}};
    for (const auto* quantity : {&service->rto, &service->rpo})
      for (const std::size_t level : {0u, 2u, 3u, 4u}) cells.push_back({(*quantity)[level].bound > 0 ? short_duration((*quantity)[level].target) : "0"});
    table.row(std::move(cells));
  }
  return "\n" + style.heading("SERVICES WITHOUT OBJECTIVES (of 100)") + table.text(style);
}

}  // namespace

std::string targets_text(const Scenario& scenario, const StudyResult& study, const std::vector<ServiceTargets>& targets, const Style& style) {
  std::string out = title_text(study.title, study.file, scenario.document, style);
  if (!study.study_file.empty()) out += wrapped((study.study_title.empty() ? "" : printable(study.study_title) + " · ") + study.study_file, style.width);
  if (study.partial) out += style.paint(Ink::unsure, wrapped("PARTIAL: interrupted; outages that were not done are missing.", style.width));
  out += "\n" + style.heading("TARGETS THAT CAN BE PROMISED, WHATEVER STRIKES") +
         wrapped("Each holds in so many of 100 such outages, with the simulation's margin of error, in the outage that is worst for it (\"decided by\"); rounded up to what people "
                 "set. Costs: of one outage that just keeps the target, " + study.currency + ".",
                 style.width, "  ", "  ");
  std::vector<std::string> untouched;
  for (const ServiceTargets& service : targets) {
    if (!service.affected)
      untouched.push_back(service.service);
    else if (service.objective || !std::isnan(service.rto[0].cost))
      out += "\n" + service_text(study, service, style);
  }
  out += others_text(targets, style);
  if (!untouched.empty()) out += "\n" + wrapped("No outage affects " + enumerated(untouched, 12) + ".", style.width, "  ", "    ");
  return out + "\n" +
         style.paint(Ink::dim, wrapped(grouped(study.replications) + " replications of each outage" + (study.variants.empty() ? "" : " and variant") + ", seed " + std::to_string(study.seed) +
                                           ", draws " + std::to_string(draws_version) + ", scenario " + study.sha256.substr(0, 12) +
                                           (study.study_sha256.empty() ? "" : ", study " + study.study_sha256.substr(0, 12)) + ", muster " + study.program + ".",
                                       style.width));
}

}  // namespace muster
