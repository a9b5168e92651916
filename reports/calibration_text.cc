#include <algorithm>
#include <cmath>

#include "reports/calibration_report.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"
#include "reports/title_text.h"
#include "models/units.h"

namespace muster {
namespace {

std::string few(double x) {
  std::string text = std::to_string(std::round(x * 10) / 10);
  text.erase(text.find('.') + 2);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string probability(const CalibratedItem& item) {
  if (item.observations == 0) return "–";
  if (item.drift == 0) return "0";
  return item.drift < 0.0001 ? "<0.01%" : percent(item.drift, item.drift < 0.01 ? 2 : 0);
}

std::string items_text(const CalibrationResult& result, const Style& style) {
  Table table({{"", Align::left, 34}, {"seen", Align::right}, {"worth", Align::right}, {"p50", Align::right}, {"now", Align::right},
               {"p95", Align::right}, {"now", Align::right}, {"chance", Align::right}});
  std::size_t without = 0;
  for (std::size_t i = 0; i < result.items.size(); ++i) {
    const CalibratedItem& item = result.calibration.items[i];
    if (item.observations == 0) {
      ++without;
      continue;
    }
    const ItemChange& c = result.items[i];
    table.row({{title_of(item)},
               {std::to_string(item.observations) + (item.censored ? ">" : "")},
               {few(item.worth)},
               {short_duration(c.p50_before)},
               {short_duration(c.p50_after), Ink::bold},
               {short_duration(c.p95_before)},
               {short_duration(c.p95_after), Ink::bold},
               {probability(item), item.drifted() ? Ink::bad : Ink::plain}});
  }
  std::string out = style.heading("WHAT WAS OBSERVED") + (table.empty() ? wrapped("Nothing of this scenario.", style.width, "  ", "  ") : table.text(style));
  if (without > 0)
    out += wrapped(std::to_string(without) + (without == 1 ? " law that varies was" : " laws that vary were") +
                       " not observed: p50 and p95 stay as they are stated, the tails are a little heavier.",
                   style.width, "  ", "  ");
  return out;
}

std::string drift_text(const CalibrationResult& result, const Style& style) {
  std::string out;
  for (const CalibratedItem& item : result.calibration.items) {
    if (!item.drifted()) continue;
    const std::string how = item.drift == 0 ? "cannot be" : "are improbable (" + probability(item) + ")";
    std::string said = title_of(item) + ": what was observed " + how + " by what is stated: " + printable(item.stated) + ".";
    if (item.stand_in) said += " A lognormal law with the same p50 and spread takes its place.";
    out += wrapped(said, style.width, "  ", "    ");
  }
  return out.empty() ? out : "\n" + style.paint(Ink::bad, "DRIFT") + "\n" + out;
}

struct Row {
  std::string name;
  const Stats *before, *after;
  const TargetResult *target_before = nullptr, *target_after = nullptr;
  const BelievedQuantiles* believed = nullptr;
};

void add(Table& table, const Row& row) {
  const auto said = [](const TargetResult* t) { return t ? percent(t->share.met) : std::string("–"); };
  table.row({{row.name},
             {short_duration(row.before->quantile(0.5))},
             {short_duration(row.after->quantile(0.5)), Ink::bold},
             {short_duration(row.before->quantile(0.9))},
             {short_duration(row.after->quantile(0.9)), Ink::bold},
             {short_duration(row.before->quantile(0.95))},
             {short_duration(row.after->quantile(0.95)), Ink::bold},
             {said(row.target_before)},
             {said(row.target_after), Ink::bold}});
  if (row.believed)
    table.line("90 in 100: p50 " + short_duration(row.believed->p50.low) + "–" + short_duration(row.believed->p50.high) + ", p95 " +
                   short_duration(row.believed->p95.low) + "–" + short_duration(row.believed->p95.high),
               Ink::dim);
}

std::string outage_text(const CalibrationResult& result, std::size_t index, const Style& style) {
  const OutageResult &before = result.before.outages[index], &after = result.after.outages[index];
  Table table({{"", Align::left, 26}, {"p50", Align::right}, {"now", Align::right}, {"p90", Align::right}, {"now", Align::right}, {"p95", Align::right}, {"now", Align::right},
               {"met", Align::right}, {"now", Align::right}});
  for (std::size_t s = 0; s < before.services.size() && s < after.services.size(); ++s) {
    const ServiceResult &b = before.services[s], &a = after.services[s];
    if (!b.affected && !a.affected) continue;
    const auto* ob = b.objective ? &*b.objective : nullptr;
    const auto* oa = a.objective ? &*a.objective : nullptr;
    Row rto{b.name + " RTO", &b.rto, &a.rto};
    if (ob && ob->rto && oa && oa->rto) rto.target_before = &*ob->rto, rto.target_after = &*oa->rto;
    for (const BelievedQuantiles& each : result.believed)
      if (each.outage == before.name && each.service == b.name) rto.believed = &each;
    add(table, rto);
    if (b.rpo.max == 0 && a.rpo.max == 0) continue;
    Row rpo{b.name + " RPO", &b.rpo, &a.rpo};
    if (ob && ob->rpo && oa && oa->rpo) rpo.target_before = &*ob->rpo, rpo.target_after = &*oa->rpo;
    add(table, rpo);
  }
  return "\n" + style.rule(before.name) + table.text(style);
}

}  // namespace

std::string calibration_text(const Scenario& scenario, const CalibrationResult& result, const Style& style) {
  std::string out = title_text(scenario.title, scenario.file, scenario.document, style);
  out += "\n" + items_text(result, style) + drift_text(result, style);
  for (std::size_t i = 0; i < result.before.outages.size() && i < result.after.outages.size(); ++i) out += outage_text(result, i, style);
  out += "\n" + wrapped("seen: how many, > where some were not over when last seen. worth: what they count for against the prior weight. chance: of "
                        "observations as far off by what is stated; below 1% is drift. 90 in 100: where the quantile truly lies, as far as is known.",
                        style.width);
  if (!result.calibration.unused.empty()) {
    out += "\n" + style.heading("OBSERVATIONS THAT CHANGE NOTHING");
    for (const UnusedObservations& u : result.calibration.unused)
      out += wrapped(grouped(u.count) + " of " + printable(u.what) + ": " + printable(u.why), style.width, "  ", "    ");
  }
  return out;
}

}  // namespace muster
