#include "reports/outage_text.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/by_name.h"
#include "reports/grouping.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/quantile_strip.h"
#include "reports/table.h"

namespace muster {
namespace {

std::string how_often(const Outage& outage) {
  if (outage.interval) return "One in every " + human_duration(outage.interval->mean()) + ".";
  if (!outage.rate || !(*outage.rate > 0)) return "";
  const double a_year = *outage.rate * year;
  if (a_year < 0.95) return "About once in " + std::to_string(std::lround(1 / a_year)) + " years.";
  return "About " + std::to_string(std::lround(a_year)) + (a_year < 1.5 ? " time a year." : " times a year.");
}

std::string strikes_of(const Outage& outage) {
  std::string out;
  for (const Strike& strike : outage.strikes) {
    const std::string what = strike.region.empty() ? enumerated(strike.services, 6) : strike.region;
    std::string how = strike.probability < 1 ? percent(strike.probability, 0) : "";
    if (strike.after) how += how.empty() ? "later" : ", later";
    out += (out.empty() ? "Strikes " : "; ") + what + (how.empty() ? "" : " (" + how + ")");
  }
  return out.empty() ? "" : out + ".";
}

double objective_rto(const ServiceResult& s) {
  return s.objective && s.objective->rto ? s.objective->rto->target : never;
}

std::vector<Cell> quantile_cells(const std::string& name, const Stats& stats) {
  return {{name},
          {short_duration(stats.mean)},
          {short_duration(stats.quantile(0.5))},
          {short_duration(stats.quantile(0.9))},
          {short_duration(stats.quantile(0.95))},
          {short_duration(stats.quantile(0.99))},
          {short_duration(stats.max)}};
}

std::vector<Column> quantile_columns(const std::string& name) {
  return {{name},
          {"mean", Align::right},
          {"p50", Align::right},
          {"p90", Align::right},
          {"p95", Align::right},
          {"p99", Align::right},
          {"max", Align::right}};
}

std::string left_out(std::size_t rows) {
  return rows == 0 ? "" : "  and " + std::to_string(rows) + " more, all in --json\n";
}

}  // namespace

std::string outage_sentences(const Scenario& scenario, const std::string& name) {
  const Outage* outage = by_name(scenario.seen_by(name).outages, name);
  if (!outage) return "";
  std::string said = strikes_of(*outage);
  if (const std::string often = how_often(*outage); !often.empty()) said += " " + often;
  if (outage->data == DataState::lost) said += " Data struck are lost.";
  if (outage->data == DataState::corrupted) said += " Data struck are corrupted.";
  const bool apart = std::any_of(outage->strikes.begin(), outage->strikes.end(),
                                 [](const Strike& s) { return s.lasts.has_value(); });
  if (outage->lasts) said += " The provider's repair: " + outage->lasts->describe() + ".";
  if (apart)
    said += outage->lasts ? " Some parts have a repair of their own."
                          : " The provider repairs each part in its own time.";
  if (!apart && !outage->lasts) said += " The provider does not repair it.";
  return said;
}

std::string outage_description(const Scenario& scenario, const std::string& name, const Style& style) {
  const Outage* outage = by_name(scenario.seen_by(name).outages, name);
  if (!outage) return "";
  return wrapped(printable(outage->provenance.note), style.width, "  ", "  ") +
         wrapped(outage_sentences(scenario, name), style.width, "  ", "  ");
}

std::string recovery_text(const OutageResult& outage, const Style& style) {
  constexpr std::size_t most = 10;
  std::vector<const ServiceResult*> affected;
  std::vector<std::string> untouched;
  for (const ServiceResult& service : outage.services)
    if (service.affected)
      affected.push_back(&service);
    else
      untouched.push_back(service.name);
  if (affected.empty()) return style.heading("RECOVERY TIME") + "  No service is affected.\n";
  std::stable_sort(affected.begin(), affected.end(), [](const ServiceResult* a, const ServiceResult* b) {
    return a->objective.has_value() > b->objective.has_value();
  });
  const auto groups = grouped_services(affected, [](const ServiceResult& a, const ServiceResult& b) {
    return same_sample(a.rto, b.rto) && objective_rto(a) == objective_rto(b);
  });
  Table table(quantile_columns("service"));
  std::vector<Strip> strips;
  for (std::size_t i = 0; i < std::min(groups.size(), most); ++i) {
    const ServiceResult& service = *groups[i].first;
    const double target = objective_rto(service);
    table.row(quantile_cells(groups[i].listed(), service.rto));
    strips.push_back(
        {groups[i].label(), service.rto, std::isfinite(target) ? std::optional(target) : std::nullopt});
  }
  std::string out = style.heading("RECOVERY TIME") + table.text(style) +
                    left_out(groups.size() - strips.size()) + "\n" + quantile_strips(strips, "RTO", style);
  if (!untouched.empty())
    out += wrapped("Not affected: " + enumerated(untouched, 6) + ".", style.width, "  ", "    ");
  const Stats& work = outage.work_recovery;
  if (work.count > 0 && work.quantile(0.95) > 0 && std::isfinite(work.quantile(0.5)))
    out += wrapped("After the last recovery the plan goes on for " + human_duration(work.quantile(0.5)) +
                       " (p50), " + human_duration(work.quantile(0.95)) + " (p95).",
                   style.width, "  ", "    ");
  return out;
}

std::string losses_text(const OutageResult& outage, const Style& style) {
  constexpr std::size_t most = 10;
  std::vector<const ServiceResult*> losers;
  std::vector<std::string> safe;
  for (const ServiceResult& service : outage.services) {
    if (service.rpo.count > 0 && service.rpo.max > 0)
      losers.push_back(&service);
    else if (service.affected && !service.copies.empty())
      safe.push_back(service.name);
  }
  // Who owns the data comes first: the others inherit the loss through what they need.
  std::stable_sort(losers.begin(), losers.end(), [](const ServiceResult* a, const ServiceResult* b) {
    return a->copies.empty() < b->copies.empty();
  });
  const auto groups = grouped_services(losers, [](const ServiceResult& a, const ServiceResult& b) {
    return same_sample(a.rpo, b.rpo) && a.copies.empty() && b.copies.empty();
  });
  auto columns = quantile_columns("service");
  if (std::any_of(losers.begin(), losers.end(), [](const ServiceResult* s) { return s->lost_for_good > 0; }))
    columns.push_back({"for good", Align::right});
  const bool some_for_good = columns.size() > 7;
  Table table(std::move(columns));
  for (std::size_t i = 0; i < std::min(groups.size(), most); ++i) {
    const ServiceResult& service = *groups[i].first;
    auto cells = quantile_cells(groups[i].listed(), service.rpo);
    if (some_for_good)
      cells.push_back({service.lost_for_good > 0 ? percent(service.lost_for_good) : "", Ink::bad});
    table.row(std::move(cells));
    std::string from;
    for (const CopyUse& use : service.copies)
      if (use.chosen > 0) from += (from.empty() ? "from " : ", ") + use.copy + " " + percent(use.chosen);
    if (!from.empty()) table.line(from, Ink::dim);
  }
  if (losers.empty() && safe.empty()) return "";
  std::string out = style.heading("DATA LOSS");
  if (!losers.empty()) out += table.text(style) + left_out(groups.size() - std::min(groups.size(), most));
  if (!safe.empty()) out += wrapped("No data lost: " + enumerated(safe, 12) + ".", style.width, "  ", "    ");
  return out;
}

std::string unrecovered_text(const OutageResult& outage, const Style& style) {
  std::vector<const ServiceResult*> lost;
  for (const ServiceResult& service : outage.services)
    if (service.unrecovered > 0) lost.push_back(&service);
  std::string said;
  if (!lost.empty()) {
    const auto groups = grouped_services(
        lost, [](const ServiceResult& a, const ServiceResult& b) { return a.unrecovered == b.unrecovered; });
    for (const ServiceGroup& group : groups)
      said += wrapped(
          "Never restored in " + percent(group.first->unrecovered) + " of outages: " + group.listed() + ".",
          style.width, "  ", "    ");
  }
  if (outage.stopped > 0) {
    std::vector<std::pair<double, std::string>> why;
    for (const StepResult& step : outage.steps)
      if (step.failed > 0) why.emplace_back(step.failed, step.name + " " + percent(step.failed));
    std::stable_sort(why.begin(), why.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> names;
    for (const auto& [share, name] : why) names.push_back(name);
    said += wrapped("The plan stopped on a failed step in " + percent(outage.stopped) + " of outages" +
                        (names.empty() ? "" : " (failures: " + enumerated(names, 4) + ")") + ".",
                    style.width, "  ", "    ");
  }
  if (outage.stood_down > 0)
    said += wrapped("The provider was back first, and the plan stood down, in " + percent(outage.stood_down) +
                        " of outages.",
                    style.width, "  ", "    ");
  return said.empty() ? "" : style.heading("WHEN THE PLAN DOES NOT RUN TO ITS END") + said;
}

std::string people_text(const Scenario& scenario, const OutageResult& outage, const Style& style) {
  const Scenario& seen = scenario.seen_by(outage.name);
  Table table({{"role"},
               {"seats", Align::right},
               {"busy mean", Align::right},
               {"p95", Align::right},
               {"waited for: mean", Align::right},
               {"p95", Align::right}});
  for (const RoleResult& role : outage.roles) {
    if (role.busy.count == 0 || !(role.busy.max > 0)) continue;
    const Role* known = by_name(seen.roles, role.name);
    const bool waited = role.waited_for.count > 0 && role.waited_for.max > 0;
    table.row({{role.name},
               {known ? std::to_string(known->count) : ""},
               {short_duration(role.busy.mean)},
               {short_duration(role.busy.quantile(0.95))},
               {waited ? short_duration(role.waited_for.mean) : ""},
               {waited ? short_duration(role.waited_for.quantile(0.95)) : ""}});
  }
  return table.empty() ? ""
                       : style.heading("PEOPLE (busy: all seats of the role together)") + table.text(style);
}

}  // namespace muster
