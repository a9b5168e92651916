#include "reports/exercise_gantt.h"

#include <algorithm>
#include <cmath>

#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/time_axis.h"

namespace muster {
namespace {

class Chart {
 public:
  Chart(const ExerciseRecord& record, const ExerciseFindings& findings, const Style& style)
      : r_(record), f_(findings), style_(style), zero_(*record.t0), names_(width_of_names()), axis_(end(), style.width - names_ - 20) {}

  std::string text() {
    std::string out = "  " + style_.paint(Ink::dim, padded("", names_ + axis_.width() + 2) + "   start    took") + "\n";
    for (const StepFinding& found : f_.steps) out += step(found);
    for (const FaultRecord& fault : r_.faults) out += fault_row(fault);
    out += service();
    out += std::string(static_cast<std::size_t>(names_) + 4, ' ') + style_.paint(Ink::dim, axis_.labels()) + "\n";
    return out + "  " + style_.paint(Ink::dim, "░ simulated (median)  █ done  · ready, not begun  ✗ failed  ╳ ended early  ▓ fault  ▒ down") + "\n";
  }

 private:
  double since_zero(const Moment& at) const { return at.since(zero_); }
  Moment last() const { return r_.over() && r_.end->ending != Ending::died ? *r_.ended : r_.last_sign; }

  int width_of_names() const {
    int width = 8;
    for (const StepRecord& step : r_.steps) width = std::max(width, display_width(printable(step.name)));
    for (const FaultRecord& fault : r_.faults) width = std::max(width, display_width(printable(fault.name)));
    return std::min(width, style_.width * 3 / 10);
  }

  // What was done sets the scale; what was simulated runs off its edge where it is much longer.
  double end() const {
    double done = 0, simulated = 0;
    for (const StepFinding& found : f_.steps) {
      if (found.step->ended) done = std::max(done, since_zero(*found.step->ended));
      if (found.prediction) simulated = std::max(simulated, std::isfinite(finish(found)) ? finish(found) : 0);
    }
    for (const FaultRecord& fault : r_.faults)
      if (fault.undone) done = std::max(done, since_zero(*fault.undone));
    if (r_.recovery && r_.recovery->rta) done = std::max(done, *r_.recovery->rta);
    done = std::max(done, since_zero(last()));
    const double all = done > 0 ? std::max(done, std::min(simulated, 3 * done)) : simulated;
    return all > 0 ? all * 1.001 : 1;
  }

  static double finish(const StepFinding& found) { return found.prediction->finish.quantile(0.5); }

  std::string row(const std::string& name, Ink ink, const Canvas& bar, double start, double took) const {
    const auto said = [](double x) { return padded(std::isnan(x) ? "" : x < 0 ? "-" + short_duration(-x) : short_duration(x), 6, Align::right); };
    std::string line = "  " + style_.paint(ink, padded(shortened(printable(name), names_), names_)) + "  " +
                       style_.paint(ink, padded(bar.text(), axis_.width())) + "  " + said(start) + "  " + said(took);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  }

  void draw(Canvas& canvas, double from, double to, const char* mark) const {
    if (to < 0) return;
    canvas.fill(axis_.column(std::max(from, 0.0)), axis_.column(to), mark);
    if (axis_.beyond(to)) canvas.put(axis_.width() - 1, "→");
  }

  std::string step(const StepFinding& found) const {
    const StepRecord& step = *found.step;
    std::string out;
    const bool simulated = found.prediction && !found.prediction->finish.quantiles.empty();
    if (simulated) {
      Canvas canvas(axis_.width());
      const double took = found.prediction->duration.quantile(0.5), until = finish(found), from = std::max(until - took, 0.0);
      draw(canvas, from, until, "░");
      out = row(step.name, Ink::plain, canvas, from, took);
    }
    Canvas canvas(axis_.width());
    const double nothing = std::nan("");
    if (!step.began) {
      const std::string why = !step.ready ? "not reached" : word_of(step.state);
      Canvas said(axis_.width());
      return out + "  " + padded(simulated ? "" : shortened(printable(step.name), names_), names_) + "  " + style_.paint(Ink::dim, "(" + why + ")") + "\n";
    }
    const double began = since_zero(*step.began), ended = since_zero(step.ended.value_or(last()));
    if (step.ready && since_zero(*step.ready) < began) draw(canvas, since_zero(*step.ready), began, "·");
    draw(canvas, began, ended, "█");
    if (step.state == StepChange::failed) canvas.put(axis_.column(ended), "✗");
    if (found.censored) canvas.put(axis_.column(ended), "╳");
    return out + row(simulated ? "" : step.name, Ink::bold, canvas, began, found.seconds.value_or(nothing));
  }

  std::string fault_row(const FaultRecord& fault) const {
    if (!fault.in_effect) return "";
    Canvas canvas(axis_.width());
    const double from = since_zero(fault.intended.value_or(*fault.in_effect));
    const double to = since_zero(fault.undone ? *fault.undone : fault.vanished.value_or(last()));
    draw(canvas, from, to, "▓");
    return row(fault.name, Ink::plain, canvas, from, to - from);
  }

  std::string service() const {
    if (!r_.recovery || !r_.recovery->seen_down || r_.plan.recovered_service.empty()) return "";
    Canvas canvas(axis_.width());
    const double until = r_.recovery->rta.value_or(since_zero(last()));
    draw(canvas, 0, until, "▒");
    for (const RecoveryMeasured::Lapse& lapse : r_.recovery->relapses) draw(canvas, lapse.from, lapse.to, "▒");
    return row(r_.plan.recovered_service, Ink::plain, canvas, 0, until);
  }

  const ExerciseRecord& r_;
  const ExerciseFindings& f_;
  const Style& style_;
  const Moment zero_;
  int names_;
  TimeAxis axis_;
};

}  // namespace

std::string exercise_gantt(const ExerciseRecord& record, const ExerciseFindings& findings, const Style& style) {
  const bool begun = std::any_of(record.steps.begin(), record.steps.end(), [](const StepRecord& s) { return s.ready.has_value(); });
  if (!record.t0 || (!begun && record.faults.empty())) return "";
  return Chart(record, findings, style).text();
}

}  // namespace muster
