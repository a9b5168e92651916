#include "reports/forecast_text.h"

#include <algorithm>
#include <cmath>

#include "models/draw.h"
#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"
#include "reports/title_text.h"

namespace muster {
namespace {

std::string horizon(int years) { return years == 1 ? "a year" : grouped(static_cast<std::uint64_t>(years)) + " years"; }

// Nines need digits: as many as keep it apart from 100%.
std::string availability_text(double share) {
  if (share >= 1) return "100%";
  int digits = 1;
  for (double down = 1 - share; down < 0.005 && digits < 5; down *= 10) ++digits;
  return percent(share, digits);
}

std::string missed_text(const std::optional<Share>& missed) {
  return missed ? percent(missed->met, missed->met < 0.001 && missed->met > 0 ? 3 : 1) : "";
}

std::string a_year(double number) {
  if (number == 0) return "0";
  if (number >= 99.5) return grouped(static_cast<std::uint64_t>(std::llround(number)));
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", number >= 9.95 ? 1 : number >= 0.0995 ? 2 : 3, number);
  return text;
}

std::string services_text(const ForecastResult& result, const Style& style) {
  Table table({{"service"},
               {"up", Align::right},
               {"down", Align::right},
               {"p95", Align::right},
               {"times", Align::right},
               {"misses RTO", Align::right},
               {"RPO", Align::right},
               {"MTPD", Align::right}});
  std::vector<std::string> never_down;
  for (const ServiceForecast& s : result.services) {
    if (!s.affected) {
      never_down.push_back(s.name);
      continue;
    }
    table.row({{s.name},
               {availability_text(s.availability)},
               {short_duration(s.downtime.mean / result.years)},
               {short_duration(s.downtime.quantile(0.95))},
               {a_year(s.outages.mean)},
               {missed_text(s.missed_rto)},
               {missed_text(s.missed_rpo)},
               {missed_text(s.missed_mtpd)}});
  }
  std::string out = style.heading("SERVICES, OVER " + (result.years == 1 ? "THE YEAR" : std::to_string(result.years) + " YEARS"));
  out += table.text(style);
  if (!never_down.empty()) out += wrapped("Never down: " + enumerated(never_down, 8) + ".", style.width, "  ", "    ");
  return out + style.paint(Ink::dim, wrapped("up: mean share of the time; down: of a year, mean; " +
                                                 (result.years == 1 ? std::string() : "p95: of " + std::to_string(result.years) + " years together; ") +
                                                 "times: how often it goes down, mean; misses: the chance that in a year at least one outage misses the target",
                                             style.width, "  ", "  "));
}

std::string costs_text(const Scenario& scenario, const ForecastResult& result, const Style& style) {
  if (!result.has_costs) return "";
  std::string out = style.heading("COSTS OF " + (result.years == 1 ? std::string("THE YEAR") : std::to_string(result.years) + " YEARS") + ", " + printable(scenario.currency));
  Table table({{"service"}, {"mean", Align::right}, {"margin", Align::right}, {"p50", Align::right}, {"p95", Align::right}, {"p99", Align::right}, {"worst", Align::right}});
  const auto row = [&](const std::string& name, const Stats& s) {
    table.row({{name},
               {short_money(s.mean)},
               {"±" + short_money((s.mean_ci.high - s.mean_ci.low) / 2)},
               {short_money(s.quantile(0.5))},
               {short_money(s.quantile(0.95))},
               {short_money(s.quantile(0.99))},
               {short_money(s.max)}});
  };
  for (std::size_t n = 0; n < result.services.size(); ++n)
    if (scenario.services[n].cost && result.services[n].cost.max > 0) row(result.services[n].name, result.services[n].cost);
  row("all", result.cost);
  return out + table.text(style);
}

// The smallest cost that is exceeded with at most that probability.
double exceeded_at_most(const ForecastResult& result, double probability) {
  for (const ExceedancePoint& point : result.exceedance)
    if (point.probability <= probability) return point.cost;
  return result.yearly_cost.max;
}

std::string exceedance_text(const ForecastResult& result, const Style& style) {
  if (result.exceedance.empty() || !(result.yearly_cost.max > 0)) return "";
  std::string out = style.heading("A YEAR COSTS MORE THAN …");
  constexpr double chances[] = {0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001};
  const double years = static_cast<double>(result.yearly_cost.count);
  double most = 0;
  for (double chance : chances)
    if (chance * years >= 10) most = std::max(most, exceeded_at_most(result, chance));
  if (!(most > 0) || std::isinf(most)) return "";
  const int room = style.width - 44;
  for (double chance : chances) {
    if (chance * years < 10) break;  // too few years to tell
    const double cost = exceeded_at_most(result, chance);
    std::string bar;
    for (int i = 0; i < static_cast<int>(std::lround(cost / most * room)); ++i) bar += "█";
    out += "  " + padded(short_money(cost), 9, Align::right) + "  " + padded("in " + percent(chance, chance < 0.01 ? 1 : 0) + " of years", 18) +
           padded("1 in " + grouped(static_cast<std::uint64_t>(std::llround(1 / chance))), bar.empty() ? 0 : 12) + bar + "\n";
  }
  return out;
}

std::string outages_text(const ForecastResult& result, const Style& style) {
  Table table({{"outage"},
               {"times", Align::right},
               {"recovery: mean", Align::right},
               {"p50", Align::right},
               {"p95", Align::right},
               {"data loss: mean", Align::right},
               {"p95", Align::right}});
  for (const OutageForecast& o : result.outages) {
    const bool any = o.rto.count > 0;
    table.row({{o.name},
               {a_year(o.count.mean)},
               {any ? short_duration(o.rto.mean) : "–"},
               {any ? short_duration(o.rto.quantile(0.5)) : "–"},
               {any ? short_duration(o.rto.quantile(0.95)) : "–"},
               {any ? short_duration(o.rpo.mean) : "–"},
               {any ? short_duration(o.rpo.quantile(0.95)) : "–"}});
  }
  std::string out = style.heading("OUTAGES") + table.text(style);
  if (!result.left_out.empty())
    out += wrapped("Left out, as they do not say how often they happen: " + enumerated(result.left_out, 8) + ".", style.width, "  ", "    ");
  return out;
}

std::string people_text(const ForecastResult& result, const Style& style) {
  Table table({{"role"}, {"seats", Align::right}, {"busy", Align::right}, {"asked for", Align::right}, {"must wait", Align::right}, {"wait: mean", Align::right}, {"p95", Align::right}});
  for (const RoleForecast& r : result.roles) {
    if (r.requests == 0) continue;
    table.row({{r.name},
               {std::to_string(r.seats)},
               {percent(r.busy, r.busy < 0.01 ? 3 : 1)},
               {a_year(static_cast<double>(r.requests) / static_cast<double>(result.replications))},
               {percent(r.wait_probability)},
               {short_duration(r.wait.mean)},
               {short_duration(r.wait.quantile(0.95))}});
  }
  return table.empty() ? "" : style.heading("PEOPLE") + table.text(style);
}

std::string footer(const ForecastResult& result, const Style& style) {
  std::string out = grouped(result.replications) + " replications of " + horizon(result.years) + ", seed " + std::to_string(result.seed) + ", draws " +
                    std::to_string(draws_version) + ", scenario " + result.sha256.substr(0, 12) + ", muster " + result.program + ". ";
  if (result.precision)
    out += "Each mean downtime and the mean cost are known to " + percent(*result.precision, *result.precision < 0.01 ? 2 : 0) +
           (result.precision_reached ? ". " : ": not reached. ");
  out += result.sketched ? "Quantiles are from a sketch, within 0.01% of the order statistics." : "Quantiles are exact order statistics.";
  return style.paint(Ink::dim, wrapped(out, style.width));
}

}  // namespace

std::string forecast_text(const Scenario& scenario, const ForecastResult& result, const Style& style) {
  std::string out = title_text(result.title, result.file, scenario.document, style);
  if (result.partial)
    out += style.paint(Ink::unsure, wrapped("PARTIAL: interrupted after " + grouped(result.replications) + " replications.", style.width));
  for (const std::string& part : {services_text(result, style), costs_text(scenario, result, style), exceedance_text(result, style),
                                  outages_text(result, style), people_text(result, style)})
    if (!part.empty()) out += "\n" + part;
  return out + "\n" + footer(result, style);
}

}  // namespace muster
