#include "reports/outage_text.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/quantile_strip.h"
#include "reports/table.h"

namespace muster {
namespace {

constexpr double worth_telling = 0.0005;  // shares below round to nothing on the page

template <class Named>
const Named* by_name(const std::vector<Named>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Plan* plan_of(const Scenario& seen, const std::string& outage) {
  const Outage* of = by_name(seen.outages, outage);
  return of ? by_name(seen.plans, of->plan) : nullptr;
}

std::string how_often(const Outage& outage) {
  if (outage.interval) return "One in every " + human_duration(outage.interval->mean()) + ".";
  if (!outage.rate || !(*outage.rate > 0)) return "";
  const double a_year = *outage.rate * year;
  if (a_year < 0.95) return "About once in " + std::to_string(std::lround(1 / a_year)) + " years.";
  return "About " + std::to_string(std::lround(a_year)) + (a_year < 1.5 ? " time a year." : " times a year.");
}

std::string strikes_of(const Outage& outage) {
  std::vector<std::string> struck;
  for (const Strike& strike : outage.strikes) {
    std::string one = strike.region.empty() ? enumerated(strike.services, 6) : strike.region;
    if (strike.probability < 1) one += " (" + percent(strike.probability, 0) + ")";
    if (strike.after) one += " (later)";
    struck.push_back(one);
  }
  return struck.empty() ? "" : "Strikes " + enumerated(struck, 6) + ".";
}

// Services that come back in the same way to the second share a row.
struct Group {
  std::string names;
  const ServiceResult* first;
};
bool same(const Stats& a, const Stats& b) {
  return a.mean == b.mean && a.sd == b.sd && a.min == b.min && a.max == b.max && a.quantiles == b.quantiles;
}
template <class SameRow>
std::vector<Group> grouped_rows(const std::vector<const ServiceResult*>& services, SameRow same_row) {
  std::vector<std::vector<const ServiceResult*>> groups;
  for (const ServiceResult* service : services) {
    auto found =
        std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return same_row(*g[0], *service); });
    if (found == groups.end())
      groups.push_back({service});
    else
      found->push_back(service);
  }
  std::vector<Group> out;
  for (const auto& group : groups) {
    std::string names;
    for (const ServiceResult* service : group) names += (names.empty() ? "" : ", ") + service->name;
    out.push_back({names, group[0]});
  }
  return out;
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

// What went wrong with a step, and what the plan did about it.
std::string mishap(const StepResult& result, const Step* step) {
  std::string out;
  if (result.replaced >= worth_telling) {
    const std::string fallback = !step ? "" : !step->otherwise.empty() ? step->otherwise : step->replacement;
    out = fallback.empty() ? result.name + " was replaced" : fallback + " took the place of " + result.name;
    out += " in " + percent(result.replaced) + " of outages.";
  }
  if (result.failed >= worth_telling) {
    out += (out.empty() ? "" : " ") + result.name + " failed for good in " + percent(result.failed);
    if (step && step->on_failure == OnFailure::stop) out += ", which stops the plan";
    out += ".";
  }
  return out;
}

}  // namespace

std::string outage_description(const Scenario& scenario, const std::string& name, const Style& style) {
  const Scenario& seen = scenario.seen_by(name);
  const Outage* outage = by_name(seen.outages, name);
  if (!outage) return "";
  std::string out = wrapped(printable(outage->provenance.note), style.width, "  ", "  ");
  std::string said = strikes_of(*outage);
  if (const std::string often = how_often(*outage); !often.empty()) said += " " + often;
  if (outage->data == DataState::lost) said += " Data struck are lost.";
  if (outage->data == DataState::corrupted) said += " Data struck are corrupted.";
  if (!outage->lasts)
    said += " The provider does not repair it.";
  else
    said += " The provider's repair: " + outage->lasts->describe() + ".";
  return out + wrapped(said, style.width, "  ", "  ");
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
  std::stable_sort(affected.begin(), affected.end(), [](const ServiceResult* a, const ServiceResult* b) {
    return a->objective.has_value() > b->objective.has_value();
  });
  const auto groups = grouped_rows(affected, [](const ServiceResult& a, const ServiceResult& b) {
    return same(a.rto, b.rto) && objective_rto(a) == objective_rto(b);
  });
  Table table(quantile_columns("service"));
  std::vector<Strip> strips;
  for (const Group& group : groups) {
    if (strips.size() == most) break;
    table.row(quantile_cells(group.names, group.first->rto));
    const double target = objective_rto(*group.first);
    strips.push_back(
        {group.names, group.first->rto, std::isfinite(target) ? std::optional(target) : std::nullopt});
  }
  std::string out = style.heading("RECOVERY TIME");
  if (affected.empty()) return out + "  No service is affected.\n";
  out += table.text(style) + left_out(groups.size() - strips.size()) + "\n" +
         quantile_strips(strips, "RTO", style);
  if (!untouched.empty())
    out += wrapped("Not affected: " + enumerated(untouched, 12) + ".", style.width, "  ", "    ");
  if (outage.work_recovery.count > 0 && outage.work_recovery.max > 0)
    out += wrapped("After the last recovery the plan goes on for " +
                       human_duration(outage.work_recovery.quantile(0.5)) + " (p50), " +
                       human_duration(outage.work_recovery.quantile(0.95)) + " (p95).",
                   style.width, "  ", "    ");
  return out;
}

std::string steps_text(const Scenario& scenario, const OutageResult& outage, const Style& style) {
  constexpr std::size_t most = 8, mishaps = 4;
  std::vector<const StepResult*> steps;
  for (const StepResult& step : outage.steps)
    if (step.weight.criticality >= 0.005) steps.push_back(&step);
  std::stable_sort(steps.begin(), steps.end(), [](const StepResult* a, const StepResult* b) {
    return a->weight.criticality > b->weight.criticality;
  });
  const Plan* plan = plan_of(scenario.seen_by(outage.name), outage.name);
  std::string out;
  if (!steps.empty()) {
    Table table({{"step"},
                 {"critical", Align::right},
                 {"takes p50", Align::right},
                 {"p95", Align::right},
                 {"waits", Align::right},
                 {"for", Align::left, 14},
                 {"corr.", Align::right}});
    for (std::size_t i = 0; i < std::min(steps.size(), most); ++i) {
      const StepResult& step = *steps[i];
      const bool waits = step.wait.count > 0 && step.wait.max > 0;
      std::string correlation;
      if (step.weight.correlation) {
        const long hundredths = std::lround(*step.weight.correlation * 100);
        correlation = std::string(hundredths < 0 ? "-" : "") + std::to_string(std::labs(hundredths) / 100) +
                      "." + (std::labs(hundredths) % 100 < 10 ? "0" : "") +
                      std::to_string(std::labs(hundredths) % 100);
      }
      table.row({{step.name},
                 {percent(step.weight.criticality, 0)},
                 {step.duration.count ? short_duration(step.duration.quantile(0.5)) : "–"},
                 {step.duration.count ? short_duration(step.duration.quantile(0.95)) : "–"},
                 {waits ? short_duration(step.wait.mean) : ""},
                 {waits ? step.waits_for : ""},
                 {correlation}});
    }
    out = style.heading("STEPS THAT DECIDE IT") + table.text(style) +
          left_out(steps.size() - std::min(steps.size(), most));
    out += style.paint(Ink::dim,
                       "  critical: share of outages in which the last recovery hung on it; waits: mean;\n"
                       "  corr.: rank correlation of how long it takes with the recovery time") +
           "\n";
  }
  std::vector<std::pair<double, std::string>> said;
  for (const StepResult& step : outage.steps)
    if (std::string one = mishap(step, plan ? by_name(plan->steps, step.name) : nullptr); !one.empty())
      said.emplace_back(std::max(step.failed, step.replaced), one);
  std::stable_sort(said.begin(), said.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; i < std::min(said.size(), mishaps); ++i)
    out += wrapped(said[i].second, style.width, "  ", "    ");
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
  std::string out;
  if (!losers.empty()) {
    const auto groups = grouped_rows(losers, [](const ServiceResult& a, const ServiceResult& b) {
      return same(a.rpo, b.rpo) && a.copies.empty() == b.copies.empty() && a.copies.empty();
    });
    auto columns = quantile_columns("service");
    columns.push_back({"for good", Align::right});
    Table table(std::move(columns));
    for (std::size_t i = 0; i < std::min(groups.size(), most); ++i) {
      const ServiceResult& service = *groups[i].first;
      auto cells = quantile_cells(groups[i].names, service.rpo);
      cells.push_back({service.lost_for_good > 0 ? percent(service.lost_for_good) : "", Ink::bad});
      table.row(std::move(cells));
      std::string from;
      for (const CopyUse& use : service.copies)
        if (use.chosen > 0) from += (from.empty() ? "from " : ", ") + use.copy + " " + percent(use.chosen);
      if (!from.empty()) table.line(from, Ink::dim);
    }
    out = style.heading("DATA LOSS") + table.text(style) +
          left_out(groups.size() - std::min(groups.size(), most));
  }
  if (!safe.empty()) {
    if (losers.empty()) out = style.heading("DATA LOSS");
    out += wrapped("No data lost: " + enumerated(safe, 12) + ".", style.width, "  ", "    ");
  }
  return out;
}

std::string unrecovered_text(const OutageResult& outage, const Style& style) {
  std::vector<const ServiceResult*> lost;
  for (const ServiceResult& service : outage.services)
    if (service.unrecovered > 0) lost.push_back(&service);
  std::string said;
  if (!lost.empty()) {
    const auto groups = grouped_rows(
        lost, [](const ServiceResult& a, const ServiceResult& b) { return a.unrecovered == b.unrecovered; });
    for (const Group& group : groups)
      said += wrapped(
          "Never restored in " + percent(group.first->unrecovered) + " of outages: " + group.names + ".",
          style.width, "  ", "    ");
  }
  if (outage.stopped > 0) {
    std::vector<std::pair<double, std::string>> why;
    for (const StepResult& step : outage.steps)
      if (step.failed >= worth_telling) why.emplace_back(step.failed, step.name + " " + percent(step.failed));
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
