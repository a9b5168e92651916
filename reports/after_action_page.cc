#include "reports/after_action_page.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/units.h"
#include "reports/after_action.h"
#include "reports/figure.h"
#include "reports/json_values.h"
#include "reports/layout.h"
#include "reports/markdown_html.h"
#include "reports/page_frame.h"

namespace muster {
namespace {

/// From t0, as they are drawn: what was done, and the medians of what was simulated.
class Timeline {
 public:
  Timeline(const ExerciseRecord& record, const ExerciseFindings& findings) : r_(record), f_(findings) {}

  /// Nothing where no step was ready and no fault begun.
  bool empty() const {
    if (!r_.t0) return true;
    for (const StepRecord& step : r_.steps)
      if (step.ready) return false;
    return r_.faults.empty();
  }
  bool simulated() const {
    for (const StepFinding& found : f_.steps)
      if (has_prediction(found)) return true;
    return false;
  }

  Json done() const {
    Json rows = Json::array();
    for (const StepFinding& found : f_.steps) {
      const StepRecord& step = *found.step;
      if (!step.began) continue;
      const double began = since(*step.began), ended = since(step.ended.value_or(last()));
      rows.push_back(row(step.name, step.ready ? std::min(since(*step.ready), began) : began, began, ended, step.state == StepChange::failed, step.by));
    }
    for (const FaultRecord& fault : r_.faults)
      if (fault.in_effect) {
        const double from = since(fault.intended.value_or(*fault.in_effect)), to = since(fault.undone ? *fault.undone : fault.vanished.value_or(last()));
        if (to > 0) rows.push_back(row("fault " + fault.name, from, from, to, false, fault.undone_by));
      }
    Json recovery = nullptr;
    if (r_.recovery && r_.recovery->rta) recovery = *r_.recovery->rta;
    return {{"title", "what was done"}, {"steps", rows}, {"recovery", recovery}};
  }

  Json predicted() const {
    Json rows = Json::array();
    for (const StepFinding& found : f_.steps)
      if (has_prediction(found)) {
        const double until = found.prediction->finish.quantile(0.5), from = std::max(until - found.prediction->duration.quantile(0.5), 0.0);
        if (std::isfinite(until)) rows.push_back(row(found.step->name, from, from, until, false, ""));
      }
    Json recovery = nullptr;
    if (std::isfinite(f_.recovery.p50) && f_.recovery.p50 > 0) recovery = f_.recovery.p50;
    return {{"title", "as it was simulated (medians)"}, {"steps", rows}, {"recovery", recovery}};
  }

  PageTable table() const {
    using Kind = PageCell::Kind;
    PageTable out{"From t0, what was done and the medians of what was simulated",
                  {{"what"}, {"began", Kind::number}, {"ended", Kind::number}, {"simulated to begin", Kind::number}, {"to end", Kind::number}},
                  {}};
    const auto time = [](std::optional<double> at) { return PageCell{!at ? "–" : *at < 0 ? "-" + human_duration(-*at) : human_duration(*at), Kind::number}; };
    for (const StepFinding& found : f_.steps) {
      const StepRecord& step = *found.step;
      std::optional<double> from, to;
      if (has_prediction(found)) to = found.prediction->finish.quantile(0.5), from = std::max(*to - found.prediction->duration.quantile(0.5), 0.0);
      out.rows.push_back({{step.name, Kind::name}, time(offset(step.began)), time(offset(step.ended)), time(from), time(to)});
    }
    for (const FaultRecord& fault : r_.faults)
      out.rows.push_back({{"fault " + fault.name, Kind::name}, time(offset(fault.in_effect)), time(offset(fault.undone)), time({}), time({})});
    return out;
  }

 private:
  static bool has_prediction(const StepFinding& found) { return found.prediction && !found.prediction->finish.quantiles.empty(); }
  double since(const Moment& at) const { return at.since(*r_.t0); }
  std::optional<double> offset(const std::optional<Moment>& at) const { return at ? std::optional(since(*at)) : std::nullopt; }
  Moment last() const { return r_.over() && r_.end->ending != Ending::died ? *r_.ended : r_.last_sign; }

  // What began before t0 is drawn from there.
  static Json row(const std::string& name, double ready, double from, double to, bool failed, const std::string& by) {
    Json attempts = Json::array();
    attempts.push_back({{"start", std::max(from, 0.0)}, {"end", std::max(to, 0.0)}, {"failed", failed}});
    return {{"name", printable(name)}, {"ready", std::max(ready, 0.0)}, {"attempts", attempts}, {"critical", false}, {"waited", ""}, {"by", printable(by)}};
  }

  const ExerciseRecord& r_;
  const ExerciseFindings& f_;
};

}  // namespace

std::string after_action_page(const ExerciseRecord& record, const std::vector<Action>& actions, const std::string& today,
                              const std::string& program, const std::string& head) {
  const ExerciseFindings findings = findings_of(record);
  const Timeline timeline(record, findings);
  Json charts{{"currency", ""}, {"distributions", Json::object()}, {"gantts", Json::object()}, {"tornados", Json::object()}, {"heats", Json::object()}};
  Markup page;
  page.open("header").open("h1").raw(html_of_inline(after_action_title(record))).close().close().open("main");
  for (const AfterActionSection& section : after_action_sections(record, findings, actions, today)) {
    page.element("h" + std::to_string(section.level), section.heading);
    if (!section.timeline || timeline.empty()) {
      add_markdown(page, section.text, section.heading);
      continue;
    }
    Figure figure{"gantt", "exercise", "timeline", "Planned and actual.", "From t0; a thin line is waiting, orange is what failed.", {{"story", "Show", {{"0", "what was done"}}}}, {timeline.table()}, "story"};
    Json& gantts = charts["gantts"]["exercise"] = Json::array({timeline.done()});
    if (timeline.simulated()) {
      figure.choices[0].values.emplace_back("1", "as it was simulated (medians)");
      gantts.push_back(timeline.predicted());
    }
    add_figure(page, figure);
  }
  page.close().open("footer").open("p", {{"class", "faint"}}).raw(html_of_inline(after_action_origin(today, program, head))).close().close();
  return html_page({"After-action report: " + printable(record.plan.title), page.done(), charts.dump(-1, ' ', false, Json::error_handler_t::replace)});
}

}  // namespace muster
