#include "reports/steps_text.h"

#include <algorithm>
#include <cmath>

#include "reports/by_name.h"
#include "reports/deciding_steps.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

constexpr double worth_telling = 0.0005;  // smaller shares round to nothing on the page

std::string two_digits(std::optional<double> value) {
  if (!value || std::isnan(*value)) return "";
  const long hundredths = std::lround(std::fabs(*value) * 100);
  const std::string digits = std::to_string(hundredths % 100);
  return (*value < 0 && hundredths > 0 ? "-" : "") + std::to_string(hundredths / 100) +
         (digits.size() < 2 ? ".0" : ".") + digits;
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

std::string mishaps(const OutageResult& outage, const Plan* plan, const Style& style) {
  constexpr std::size_t most = 4;
  std::vector<std::pair<double, std::string>> said;
  for (const StepResult& step : outage.steps)
    if (std::string one = mishap(step, plan ? by_name(plan->steps, step.name) : nullptr); !one.empty())
      said.emplace_back(std::max(step.failed, step.replaced), one);
  std::stable_sort(said.begin(), said.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string out;
  for (std::size_t i = 0; i < std::min(said.size(), most); ++i)
    out += wrapped(said[i].second, style.width, "  ", "    ");
  return out;
}

bool waits(const StepResult& step) { return step.wait.count > 0 && step.wait.max > 0; }

Table step_table(const std::vector<DecidingStep>& steps, bool some_wait, const Style& style) {
  int longest = 0;
  for (const DecidingStep& ranked : steps) longest = std::max(longest, display_width(ranked.step->name));
  std::vector<Column> columns{{"step"},
                              {"critical", Align::right},
                              {"takes", Align::right},
                              {"p95", Align::right},
                              {"corr.", Align::right}};
  // Whom they wait for gets what the other columns leave over, so that step names stay in their rows.
  const int room = std::clamp(style.width - 45 - longest, 12, 30);
  if (some_wait) columns.insert(columns.end() - 1, {{"waits", Align::right}, {"for", Align::left, room}});
  Table table(columns);
  for (const DecidingStep& ranked : steps) {
    const StepResult& step = *ranked.step;
    const bool lasted = step.duration.count > 0;
    std::vector<Cell> cells{{step.name},
                            {percent(ranked.weight.criticality, 0)},
                            {lasted ? short_duration(step.duration.quantile(0.5)) : "–"},
                            {lasted ? short_duration(step.duration.quantile(0.95)) : "–"}};
    if (some_wait) cells.push_back({waits(step) ? short_duration(step.wait.mean) : ""});
    if (some_wait) cells.push_back({waits(step) ? step.waits_for : ""});
    cells.push_back({two_digits(ranked.weight.correlation)});
    table.row(std::move(cells));
  }
  return table;
}

}  // namespace

std::string steps_text(const Scenario& scenario, const OutageResult& outage, const Style& style) {
  const ServiceResult* service = least_met(outage);
  const auto [steps, left_out] = deciding_steps(outage, service, 8);
  const std::string wrong = mishaps(outage, plan_of(scenario.seen_by(outage.name), outage.name), style);
  if (steps.empty()) return wrong.empty() ? "" : style.heading("STEPS") + wrong;
  const bool some_wait =
      std::any_of(steps.begin(), steps.end(), [](const DecidingStep& r) { return waits(*r.step); });
  std::string out =
      style.heading(service ? "STEPS THAT DECIDE WHEN " + shortened(service->name, 48) + " IS BACK"
                            : "STEPS THAT DECIDE IT");
  out += step_table(steps, some_wait, style).text(style);
  if (left_out > 0)
    out += "  and " + std::to_string(left_out) + (left_out == 1 ? " that adds" : " that add") +
           " less, all in --json\n";
  const std::string legend =
      "critical: share of outages in which " +
      (service ? "the recovery of " + service->name : std::string("the last recovery")) +
      " hung on it; takes: p50; " + (some_wait ? "waits: mean; " : "") +
      "corr.: rank correlation of how long it takes with that recovery time";
  return out + style.paint(Ink::dim, wrapped(legend, style.width, "  ", "  ")) + wrong;
}

}  // namespace muster
