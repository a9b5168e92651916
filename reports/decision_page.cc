#include "reports/decision_page.h"

#include <algorithm>
#include <cmath>

#include "models/forecast_result.h"
#include "models/study_result.h"
#include "models/units.h"
#include "reports/figure.h"
#include "reports/phrases.h"
#include "reports/sensitivity_view.h"
#include "reports/study_view.h"

namespace muster {
namespace {

using Kind = PageCell::Kind;

constexpr double told_chances[] = {0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001};
constexpr std::size_t most_variants = 40, most_measures = 6;

PageCell number(std::string text) { return {std::move(text), Kind::number}; }
PageCell name(std::string text) { return {std::move(text), Kind::name}; }

std::string money(double amount, const std::string& currency) { return short_money(amount) + " " + currency; }

std::string heat_value(const HeatMeasure& measure, double value) {
  if (std::isnan(value)) return "–";
  switch (measure.kind) {
    case HeatMeasure::Kind::share: return percent(value);
    case HeatMeasure::Kind::time: return human_duration(value);
    case HeatMeasure::Kind::money: break;
  }
  return short_money(value);
}

std::string chance(const std::optional<Share>& missed) { return missed ? percent(missed->met, missed->met > 0 && missed->met < 0.001 ? 3 : 1) : ""; }

std::vector<PageCell> variant_row(const StudyResult& study, const VariantResult& variant, const std::string& mark) {
  std::vector<PageCell> row{name(variant.name), number(money(variant.cost_per_year, study.currency))};
  if (study.has_costs) row.push_back(number(money(variant.expected_loss_per_year, study.currency)));
  row.push_back(number(percent(variant.worst.by)));
  for (const bool rpo : {false, true})
    if (const auto key = main_objective(study, rpo)) row.push_back(number(percent(met_of(variant, *key))));
  row.push_back({mark});
  return row;
}

}  // namespace

PageTable lever_table(const OutageResult& outage) {
  PageTable table;
  const RecoverySensitivity* recovery = spoken_of(outage);
  if (!recovery) return table;
  table.caption = "What one more of each role, and a tenth less time, would do to the " + level_name(recovery->level) + " of " +
                  (recovery->service.empty() ? std::string("the last recovery") : recovery->service) + ", now " + human_duration(recovery->quantile);
  table.head = {name("change"), number("effect"), number("95% margin")};
  for (const Lever* lever : levers_that_move(*recovery))
    table.rows.push_back({name(said(*lever)), number(signed_duration(lever->change)), number("±" + short_duration((lever->ci.high - lever->ci.low) / 2))});
  return table;
}

PageTable factor_table(const OutageResult& outage) {
  PageTable table;
  const RecoverySensitivity* recovery = spoken_of(outage);
  if (!recovery || !recovery->varies) return table;
  table.caption = "Where its spread comes from: the share of the variance that would be gone if it were known (alone), and that would be left if all else were (in all)";
  table.head = {name("what varies"), number("alone"), number("in all")};
  for (const SobolIndex& factor : recovery->factors)
    if (factor.total >= 0.005) table.rows.push_back({name(said(factor)), number(percent(std::clamp(factor.first, 0.0, 1.0))), number(percent(std::clamp(factor.total, 0.0, 1.0)))});
  return table;
}

PageTable variant_table(const StudyResult& study, bool frontier_only) {
  PageTable table;
  table.caption = frontier_only ? "What no other variant beats, by cost" : "Every variant";
  table.head = {name("variant"), number("cost a year")};
  if (study.has_costs) table.head.push_back(number("expected loss a year"));
  table.head.push_back(number("worst miss"));
  for (const bool rpo : {false, true})
    if (const auto key = main_objective(study, rpo)) table.head.push_back(number(said(study, *key) + " met"));
  table.head.push_back({""});
  table.rows.push_back(variant_row(study, study.baseline, "today"));
  std::size_t shown = 0;
  const auto add = [&](std::size_t i) {
    if (++shown <= most_variants) table.rows.push_back(variant_row(study, study.variants[i], is_advised(study, i) ? "recommended" : study.next_best == i && !study.leave_it ? "next best" : ""));
  };
  if (frontier_only)
    for (const std::size_t i : worth_it(study)) add(i);
  else
    for (std::size_t i = 0; i < study.variants.size(); ++i) add(i);
  if (shown > most_variants) table.caption += " (the first " + std::to_string(most_variants) + " of " + grouped(shown) + "; all are in the JSON)";
  return table;
}

PageTable better_table(const Scenario& scenario, const StudyResult& study) {
  PageTable table;
  const bool advised = study.recommended && !study.leave_it;
  table.caption = "What it costs to do better: how far the objective of a service that is missed most falls short, and the cheapest variant that keeps all of them";
  table.head = {name("service"), number("falls short today")};
  if (advised) table.head.push_back(number("as recommended"));
  table.head.insert(table.head.end(), {{"all are kept by"}, number("cost a year")});
  for (const Service& service : scenario.services) {
    const double today = falls_short(study.baseline, service.name);
    if (std::isnan(today)) continue;
    std::vector<PageCell> row{name(service.name), number(percent(today))};
    if (advised) row.push_back(number(percent(falls_short(study.variants[*study.recommended], service.name))));
    const auto keeps = cheapest_that_keeps(study, service.name);
    row.push_back({!(today > 0) ? "the plan as it is" : keeps ? study.variants[*keeps].name : "no variant of the study"});
    row.push_back(number(today > 0 && keeps ? money(study.variants[*keeps].cost_per_year, study.currency) : ""));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<PageTable> heat_tables(const StudyResult& study) {
  std::vector<PageTable> out;
  for (const HeatMap& heat : heat_maps(study))
    for (const HeatMeasure& measure : heat.measures) {
      PageTable table;
      table.caption = measure.name + (heat.title.empty() ? "" : ", with " + heat.title) + ": " + heat.y_name + " down, " + heat.x_name + " across";
      table.head = {name(heat.y_name)};
      for (const std::string& x : heat.x) table.head.push_back(number(x));
      for (std::size_t y = 0; y < heat.y.size(); ++y) {
        std::vector<PageCell> row{name(heat.y[y])};
        for (const double cell : measure.cells[y]) row.push_back(number(heat_value(measure, cell)));
        table.rows.push_back(std::move(row));
      }
      out.push_back(std::move(table));
    }
  return out;
}

PageTable forecast_table(const ForecastResult& forecast) {
  PageTable table;
  table.caption = "Each service over " + (forecast.years == 1 ? std::string("a year") : std::to_string(forecast.years) + " years") + ", and the chance that within a year a target is missed";
  table.head = {name("service"), number("up"), number("down a year, mean"), number(forecast.years == 1 ? "down, p95" : "down in all, p95"), number("misses RTO"), number("misses RPO"), number("misses MTPD")};
  for (const ServiceForecast& service : forecast.services)
    if (service.affected)
      table.rows.push_back({name(service.name), number(percent(service.availability, 3)), number(human_duration(service.downtime.mean / forecast.years)),
                            number(human_duration(service.downtime.quantile(0.95))), number(chance(service.missed_rto)), number(chance(service.missed_rpo)),
                            number(chance(service.missed_mtpd))});
  return table;
}

PageTable exceedance_table(const ForecastResult& forecast, const std::string& currency) {
  PageTable table;
  table.caption = "Loss in a year";
  table.head = {name("chance to lose more"), number("than")};
  for (const double asked : told_chances) {
    // The first amount that is exceeded with no more than that chance.
    const auto at = std::find_if(forecast.exceedance.begin(), forecast.exceedance.end(), [&](const ExceedancePoint& point) { return point.probability <= asked; });
    if (at != forecast.exceedance.end()) table.rows.push_back({name(percent(asked, asked < 0.01 ? 1 : 0)), number(money(at->cost, currency))});
  }
  return table;
}

void add_sensitivity(Markup& page, const OutageResult& outage, const std::string& id) {
  const PageTable levers = lever_table(outage), factors = factor_table(outage);
  if (!levers.rows.empty())
    add_figure(page, {"tornado", outage.name, id + "-tornado", "What would move it.", levers.caption + ".", {}, {levers}});
  if (!factors.rows.empty()) {
    page.element("h3", "Where its spread comes from");
    add_table(page, factors);
  }
}

void add_study(Markup& page, const BoardReport& report) {
  if (!report.study) return;
  const StudyResult& study = *report.study;
  page.open("section", {{"id", "study"}, {"class", "outage"}}).element("h2", study.study_title.empty() ? "What could be done" : study.study_title);
  for (const std::string& one : recommendation(study)) page.element("p", one);
  std::vector<PageTable> variants{variant_table(study, true)};
  if (study.frontier.size() < study.variants.size()) variants.push_back(variant_table(study, false));
  Choice against{"against", "Against", {{"miss", "worst miss"}}};
  if (study.has_costs) against.values.insert(against.values.begin(), {"loss", "expected loss"});
  add_figure(page, {"frontier", "study", "study-frontier", study.has_costs ? "What more money buys." : "Cost against the worst miss.",
                    "Each point is a variant. No other beats the large ones in cost" + std::string(study.has_costs ? ", expected loss" : "") + " and worst miss" +
                        "; the ring is today" + (study.recommended && !study.leave_it ? ", the diamond is recommended." : "."),
                    {against}, variants});
  const std::vector<HeatMap> heats = heat_maps(study);
  const std::vector<PageTable> tables = heat_tables(study);
  for (std::size_t i = 0, table = 0; i < heats.size(); ++i) {
    Figure figure{"heat", std::to_string(i), "study-heat-" + std::to_string(i), "Every combination of " + heats[i].y_name + " and " + heats[i].x_name + ".", heats[i].title.empty() ? "" : "With " + heats[i].title + ".",
                  {{"measure", "Show", {}}}, {}};
    for (std::size_t m = 0, chances = 0; m < heats[i].measures.size(); ++m, ++table) {
      // The objectives that move most come first; a board looks at a few, and at the sums.
      const bool of_an_objective = m + 3 < heats[i].measures.size();
      if (of_an_objective && ++chances > most_measures) continue;
      figure.choices[0].values.emplace_back(std::to_string(m), heats[i].measures[m].name);
      figure.tables.push_back(tables[table]);
    }
    if (!figure.tables.empty()) add_figure(page, figure);
  }
  page.close();
}

void add_forecast(Markup& page, const BoardReport& report) {
  if (!report.forecast) return;
  const ForecastResult& forecast = *report.forecast;
  page.open("section", {{"id", "forecast"}, {"class", "outage"}}).element("h2", forecast.years == 1 ? "The year ahead" : "The " + std::to_string(forecast.years) + " years ahead");
  page.element("p", "Outages come as often as the scenario says, may overlap, and share the same people.");
  if (!forecast.left_out.empty()) page.element("p", "Left out, for they do not say how often they happen: " + enumerated(forecast.left_out, 12) + ".", {{"class", "faint"}});
  add_table(page, forecast_table(forecast));
  if (forecast.has_costs) {
    page.element("p", "Outages cost " + money(forecast.yearly_cost.mean, report.scenario.currency) + " a year on average, and in one year of twenty more than " +
                          money(forecast.yearly_cost.quantile(0.95), report.scenario.currency) + ".");
    add_figure(page, {"exceedance", "forecast", "forecast-exceedance", "What a year may cost.", "The curve says how likely a year is to cost more than an amount.", {},
                      {exceedance_table(forecast, report.scenario.currency)}});
  }
  page.close();
}

}  // namespace muster
