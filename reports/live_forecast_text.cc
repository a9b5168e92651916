#include "reports/live_forecast_text.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/exercise_findings.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

constexpr std::size_t most_rows = 4;

std::vector<const LiveForecast::Service*> shown(const LiveForecast& forecast) {
  std::vector<const LiveForecast::Service*> out;
  for (const auto& service : forecast.services) out.push_back(&service);
  std::stable_sort(out.begin(), out.end(), [](auto* a, auto* b) { return a->met < b->met; });
  out.resize(std::min(out.size(), most_rows));
  std::sort(out.begin(), out.end());
  return out;
}

Ink ink_of_chance(const LiveForecast::Service& s) {
  return s.met_ci.low >= s.confidence ? Ink::good : s.met_ci.high < s.confidence ? Ink::bad : Ink::unsure;
}

std::string at(double seconds) { return short_duration(seconds); }

std::string decides(const LiveForecast& f) {
  std::string out;
  if (!f.deciding.empty()) out = printable(f.deciding) + " decides (in " + percent(f.deciding_share, 0) + ")";
  if (!f.overdue.empty()) out += (out.empty() ? "" : "; ") + enumerated(f.overdue, 2) + (f.overdue.size() == 1 ? " runs" : " run") + " longer than the scenario allows";
  return out;
}

}  // namespace

std::string live_forecast_text(const LiveForecast& f, const Style& style) {
  if (f.replications == 0) return "";
  std::string out;
  if (!f.services.empty()) {
    Table table({{"back within its RTO", Align::left, 30}, {"RTO", Align::right}, {"chance", Align::right}, {"expected", Align::right}, {"p10", Align::right}, {"p90", Align::right}});
    for (const auto* s : shown(f))
      table.row({{printable(s->name)}, {at(s->target)}, {percent(s->met, 0), ink_of_chance(*s)}, {at(s->finish.expected)}, {at(s->finish.p10)}, {at(s->finish.p90)}});
    out = table.text(style);
  } else {
    out = shortened("  All is expected back at " + at(f.recovery.expected) + " (p10 " + at(f.recovery.p10) + ", p90 " + at(f.recovery.p90) + ")", style.width) + "\n";
  }
  std::string below = "  forecast from what has ended and how long the rest has run, " + grouped(f.replications) + " replications";
  if (const std::string who = decides(f); !who.empty()) below = "  " + who + "; " + grouped(f.replications) + " replications";
  return out + style.paint(Ink::dim, shortened(below, style.width)) + "\n";
}

std::string live_forecast_line(const LiveForecast& f) {
  if (f.replications == 0) return "";
  std::string out;
  for (const auto* s : shown(f)) {
    out += (out.empty() ? "" : "; ") + printable(s->name) + " within " + human_duration(s->target) + ": " + share_text({s->met, s->met_ci}) + ", expected at " +
           human_duration(s->finish.expected) + " (p10 " + human_duration(s->finish.p10) + ", p90 " + human_duration(s->finish.p90) + ")";
    if (s->finish.never_share > 0) out += ", never in " + percent(s->finish.never_share, 0);
  }
  if (f.services.empty())
    out = "all back at " + human_duration(f.recovery.expected) + " (p10 " + human_duration(f.recovery.p10) + ", p90 " + human_duration(f.recovery.p90) + ")";
  if (const std::string who = decides(f); !who.empty()) out += "; " + who;
  return out;
}

std::string incident_summary(const ExerciseRecord& r, const LiveForecast& last, const Style& style) {
  std::string out = style.rule(printable(r.plan.title)) + "  " + style.paint(Ink::bold, ending_text(r.end)) + "\n";
  if (r.end && !r.end->why.empty()) out += wrapped(printable(r.end->why) + (r.end->by.empty() ? "" : " (" + printable(r.end->by) + ")"), style.width, "  ", "  ");
  for (const auto& s : last.services) {
    const bool back = s.finish.p90 <= last.now;  // what has ended leaves nothing to chance
    const bool met = back && s.finish.p90 <= s.target;
    const std::string reached = back ? human_duration(s.finish.p90) : "not back after " + human_duration(last.now);
    const bool open = !back && last.now <= s.target;
    out += "  " + style.paint(open ? Ink::unsure : met ? Ink::good : Ink::bad,
                              padded(printable(s.name), 20) + " " + (open ? "OPEN" : met ? "MET" : "MISSED") + ": RTA " + reached + "; RTO " + human_duration(s.target)) + "\n";
  }
  if (r.recovery && r.recovery->rta) out += "  By its probes, " + printable(r.plan.recovered_service) + " was back after " + human_duration(*r.recovery->rta) + " ± " + human_duration(r.recovery->error) + ".\n";
  return out + "  What happened, line by line:  muster history show " + r.id + "\n";
}

}  // namespace muster
