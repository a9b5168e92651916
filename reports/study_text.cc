#include "reports/study_text.h"

#include <algorithm>
#include <cmath>

#include "models/draw.h"
#include "models/units.h"
#include "reports/by_name.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/study_view.h"
#include "reports/table.h"
#include "reports/title_text.h"

namespace muster {
namespace {

constexpr std::size_t most_rows = 20, most_with_promises = 8, most_heat_maps = 4, most_measures = 3;

std::string cost_text(double amount) { return amount < 0 ? "−" + short_money(-amount) : short_money(amount); }

std::string signed_duration(double seconds) {
  if (std::isnan(seconds)) return "–";
  if (std::fabs(seconds) < 0.5) return "0";
  return (seconds < 0 ? "−" : "+") + short_duration(std::fabs(seconds));
}

std::string change_text(double change, const Interval& ci) {
  if (std::isnan(change) || (change == 0 && ci.low == 0 && ci.high == 0)) return signed_duration(change);
  return signed_duration(change) + (std::isnan(ci.low) ? "" : " ±" + short_duration((ci.high - ci.low) / 2));
}

class VariantTable {
 public:
  VariantTable(const StudyResult& study, const std::string& title, bool promises)
      : study_(study), rto_(main_objective(study, false)), rpo_(main_objective(study, true)), promises_(promises) {
    std::vector<Column> columns{{title}, {"cost", Align::right}};
    if (study.has_costs) columns.push_back({"loss", Align::right});
    columns.push_back({"miss", Align::right});
    for (const auto& [key, word] : {std::pair(rto_, "RTO met"), std::pair(rpo_, "RPO met")}) {
      if (!key) continue;
      columns.push_back({word, Align::right});
      if (promises_) columns.push_back({"promise", Align::right});
    }
    table_.emplace(std::move(columns));
  }
  void add(const VariantResult& variant, bool recommended) {
    std::vector<Cell> cells{{(recommended ? "◆ " : "") + variant.name, recommended ? Ink::bold : Ink::plain}, {cost_text(variant.cost_per_year)}};
    if (study_.has_costs) cells.push_back({short_money(variant.expected_loss_per_year)});
    cells.push_back({percent(variant.worst.by), variant.worst.by > 0 ? Ink::plain : Ink::good});
    for (const auto* key : {&rto_, &rpo_})
      if (*key) {
        const double met = met_of(variant, **key);
        cells.push_back({percent(met), met >= (*key)->confidence ? Ink::good : Ink::plain});
        if (promises_) cells.push_back({short_promised_duration(achievable_of(variant, **key))});
      }
    table_->row(std::move(cells));
  }
  std::string text(const Style& style) const { return table_->text(style); }
  std::string legend(const Style& style) const {
    std::string out;
    if (rto_) out += "RTO met: " + said(study_, *rto_) + " (" + percent(rto_->confidence, 0) + " asked). ";
    if (rpo_) out += "RPO met: " + said(study_, *rpo_) + " (" + percent(rpo_->confidence, 0) + " asked). ";
    if (promises_ && (rto_ || rpo_)) out += "Promise: what holds as often as is asked. ";
    if (study_.has_costs) out += "Loss: what outages are expected to cost. ";
    out += "Miss: how far the objective that is missed most falls short of the chance asked. Amounts: " + study_.currency + " a year.";
    return style.paint(Ink::dim, wrapped(out, style.width, "  ", "  "));
  }

 private:
  const StudyResult& study_;
  std::optional<ObjectiveKey> rto_, rpo_;
  bool promises_;
  std::optional<Table> table_;
};

std::string frontier_text(const StudyResult& study, const Style& style) {
  if (study.variants.size() < 2) return "";
  std::string out = style.heading("WHAT NO OTHER VARIANT BEATS, BY COST");
  const std::vector<std::size_t> frontier = worth_it(study);
  const std::size_t worse = study.frontier.size() - frontier.size();
  if (frontier.empty()) return out + "  Nothing: as it is, it is better than every variant.\n";
  VariantTable table(study, "variant", false);
  for (std::size_t i = 0; i < std::min(frontier.size(), most_rows); ++i) table.add(study.variants[frontier[i]], is_advised(study, frontier[i]));
  out += table.text(style);
  if (frontier.size() > most_rows) out += "  and " + std::to_string(frontier.size() - most_rows) + " more, all in --json\n";
  if (worse > 0) out += style.paint(Ink::dim, wrapped("Not listed: " + std::to_string(worse) + " that no other beats, but that leaving it as it is does.", style.width, "  ", "    "));
  return out;
}

std::string variants_text(const StudyResult& study, const Style& style) {
  std::vector<std::size_t> order(study.variants.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto& all = study.variants;
  std::erase_if(order, [&](std::size_t i) { return all[i].set.empty(); });  // it stands on top already
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto rank = [&](const VariantResult& v) { return std::pair(v.worst.by, v.cost_per_year + v.expected_loss_per_year); };
    return rank(all[a]) < rank(all[b]);
  });
  std::string out = style.heading(order.size() == 1 ? "AS IT IS, AND CHANGED" : "VARIANTS, THE BEST FIRST");
  VariantTable table(study, "variant", study.variants.size() <= most_with_promises);
  table.add(study.baseline, false);
  for (std::size_t i = 0; i < std::min(order.size(), most_rows); ++i) table.add(all[order[i]], is_advised(study, order[i]) && order.size() > 1);
  out += table.text(style);
  if (order.size() > most_rows) out += "  and " + std::to_string(order.size() - most_rows) + " more, all in --json\n";
  return out + table.legend(style);
}

std::string cell_text(const HeatMeasure& measure, double value) {
  switch (measure.kind) {
    case HeatMeasure::Kind::share: return percent(value);
    case HeatMeasure::Kind::time: return short_promised_duration(value);
    case HeatMeasure::Kind::money: return cost_text(value);
  }
  return "";
}

// Four shades between the worst and the best of the table.
const char* shade(const HeatMeasure& measure, double value, double least, double most) {
  static constexpr const char* shades[] = {" ", "░", "▒", "▓"};
  if (std::isnan(value)) return " ";
  if (std::isinf(value)) return shades[0];
  double place = most > least ? (value - least) / (most - least) : 0;
  if (!measure.more_is_better) place = 1 - place;
  return shades[std::clamp(static_cast<int>(place * 4), 0, 3)];
}

std::string measure_text(const HeatMap& map, const HeatMeasure& measure, const Style& style) {
  double least = never, most = -never;
  for (const auto& row : measure.cells)
    for (double value : row)
      if (std::isfinite(value)) least = std::min(least, value), most = std::max(most, value);
  const auto cell = [&](std::size_t y, std::size_t x) {
    const double value = measure.cells[y][x];
    return std::string(shade(measure, value, least, most)) + " " + cell_text(measure, value);
  };
  const std::string corner = map.y_name + " ↓  " + map.x_name + " →";
  int names = display_width(corner);
  for (const std::string& y : map.y) names = std::max(names, display_width(y));
  // A grid that is wider than the page goes on below.
  std::string tables;
  for (std::size_t from = 0, to = 0; from < map.x.size(); from = to) {
    std::vector<Column> columns{{corner}};
    int width = 2 + names;
    for (; to < map.x.size(); ++to) {
      int wide = display_width(shortened(map.x[to], 12));
      for (std::size_t y = 0; y < map.y.size(); ++y) wide = std::max(wide, display_width(cell(y, to)));
      if (to > from && width + 2 + wide > style.width) break;
      width += 2 + wide;
      columns.push_back({shortened(map.x[to], 12), Align::right});
    }
    Table table(std::move(columns));
    for (std::size_t y = 0; y < map.y.size(); ++y) {
      std::vector<Cell> cells{{map.y[y]}};
      for (std::size_t x = from; x < to; ++x) cells.push_back({cell(y, x)});
      table.row(std::move(cells));
    }
    tables += table.text(style);
  }
  std::string name = measure.name;
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return wrapped(name + (map.title.empty() ? "" : ", with " + map.title), style.width, "  ", "  ") + tables;
}

// The chance of a recovery time and that of a data loss, and then the sum of all costs; others where one of them does not vary.
std::vector<const HeatMeasure*> told_measures(const HeatMap& map) {
  std::vector<const HeatMeasure*> out;
  const auto take = [&](const auto& wanted) {
    for (const HeatMeasure& measure : map.measures)
      if (out.size() < most_measures && std::find(out.begin(), out.end(), &measure) == out.end() && wanted(measure)) return out.push_back(&measure);
  };
  take([](const HeatMeasure& m) { return m.name.starts_with("chance to meet RTO"); });
  take([](const HeatMeasure& m) { return m.name.starts_with("chance to meet RPO"); });
  take([](const HeatMeasure& m) { return m.name == "cost and expected loss a year"; });
  for (std::size_t i = out.size(); i < most_measures; ++i) take([](const HeatMeasure&) { return true; });
  return out;
}

std::string heat_text(const StudyResult& study, const Style& style) {
  const auto maps = heat_maps(study);
  std::string out;
  for (std::size_t i = 0; i < std::min(maps.size(), most_heat_maps); ++i) {
    for (const HeatMeasure* measure : told_measures(maps[i])) out += (out.empty() ? "" : "\n") + measure_text(maps[i], *measure, style);
  }
  if (out.empty()) return "";
  if (maps.size() > most_heat_maps) out += "  and " + std::to_string(maps.size() - most_heat_maps) + " more combinations of options, all in --json\n";
  return style.heading("THE GRID (darker is better)") + out;
}

bool same(const PairedDifference& a, const PairedDifference& b) { return a.mean == b.mean && a.p95 == b.p95 && a.mean_ci == b.mean_ci && a.p95_ci == b.p95_ci; }

std::string difference_text(const StudyResult& study, const VariantResult& variant, const Style& style) {
  Table table({{"outage, service"}, {"recovery: mean", Align::right}, {"p95", Align::right}, {"loss: mean", Align::right}, {"p95", Align::right}});
  std::vector<std::string> untouched;
  for (const auto& outcome : variant.outages) {
    std::vector<std::pair<std::vector<std::string>, const ServiceDifference*>> groups;
    for (const ServiceDifference& one : outcome->difference.services) {
      if (same(one.rto, {}) && same(one.rpo, {})) continue;
      auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return same(g.second->rto, one.rto) && same(g.second->rpo, one.rpo); });
      if (group == groups.end()) group = groups.insert(group, {{}, &one});
      group->first.push_back(one.service);
    }
    if (groups.empty()) {
      untouched.push_back(outcome->result.name);
      continue;
    }
    table.row({{outcome->result.name, Ink::bold}});
    for (const auto& [services, d] : groups)
      table.row({{"  " + enumerated(services, 3)}, {change_text(d->rto.mean, d->rto.mean_ci)}, {change_text(d->rto.p95, d->rto.p95_ci)}, {change_text(d->rpo.mean, d->rpo.mean_ci)}, {change_text(d->rpo.p95, d->rpo.p95_ci)}});
  }
  std::string out = style.heading("WHAT " + variant.name + " CHANGES (± 95% margin)");
  if (!table.empty()) out += table.text(style);
  if (!untouched.empty()) out += wrapped("Nothing changes in " + enumerated(untouched, 20) + ".", style.width, "  ", "    ");
  if (study.has_costs && !std::isnan(variant.loss_difference.mean)) {
    const PairedDifference& d = variant.loss_difference;
    out += wrapped("Outages cost " + std::string(d.mean < 0 ? short_money(-d.mean) + " less" : short_money(d.mean) + " more") + " a year (± " + short_money((d.mean_ci.high - d.mean_ci.low) / 2) + ").", style.width, "  ", "    ");
  }
  return out;
}

std::string footer(const StudyResult& study, const Style& style) {
  std::string out = grouped(study.replications) + " replications of each outage and variant, all on the same draws, seed " + std::to_string(study.seed) + ", draws " +
                    std::to_string(draws_version) + ", scenario " + study.sha256.substr(0, 12) + (study.study_sha256.empty() ? "" : ", study " + study.study_sha256.substr(0, 12)) +
                    ", muster " + study.program + ". ";
  out += grouped(study.simulated) + " outages simulated; " + grouped(study.reused) + " that no change tells apart taken from these. ";
  if (study.left_out > 0) out += grouped(study.left_out) + " combinations left out, as they would put one value over another. ";
  if (study.has_costs && !study.no_rate.empty()) out += "Without `happens`, and so without a cost a year: " + enumerated(study.no_rate, 8) + ".";
  return style.paint(Ink::dim, wrapped(out, style.width));
}

}  // namespace

std::string study_text(const Scenario& scenario, const StudyResult& study, const Style& style) {
  std::string out = title_text(study.title, study.file, scenario.document, style);
  if (!study.study_file.empty()) out += wrapped((study.study_title.empty() ? "" : printable(study.study_title) + " · ") + study.study_file, style.width);
  if (study.partial)
    out += style.paint(Ink::unsure, wrapped("PARTIAL: interrupted; told are " + std::to_string(study.outages.size()) + " outages, with every variant.", style.width));
  if (study.outages.empty()) return out + "\n" + footer(study, style);
  if (study.variants.size() != 1 || study.budget) {
    out += "\n" + style.heading("RECOMMENDATION");
    for (const std::string& one : recommendation(study)) out += wrapped(one, style.width, "  ", "    ");
  }
  const VariantResult* shown = study.variants.size() == 1 ? &study.variants[0] : study.recommended && !study.leave_it ? &study.variants[*study.recommended] : nullptr;
  for (const std::string& part : {heat_text(study, style), frontier_text(study, style), variants_text(study, style), shown ? difference_text(study, *shown, style) : std::string()})
    if (!part.empty()) out += "\n" + part;
  return out + "\n" + footer(study, style);
}

}  // namespace muster
