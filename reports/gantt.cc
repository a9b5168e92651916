#include "reports/gantt.h"

#include <algorithm>
#include <cmath>

#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/time_axis.h"

namespace muster {
namespace {

using End = StoryStep::End;

bool ran(const StoryStep& step) { return std::isfinite(step.start); }
bool waited(const StoryStep& step) {
  return !ran(step) && std::isfinite(step.ready) && step.end != End::passed;
}

// The plan sets the scale; services that the provider brings back much later run off the edge.
double end_of(const Story& story) {
  double plan = std::isfinite(story.plan_end) ? story.plan_end : 0, all = 0;
  for (const StoryStep& step : story.steps)
    for (double at : {step.ready, step.start, ran(step) ? step.finish : never})
      if (std::isfinite(at)) plan = std::max(plan, at);
  for (const StoryService& service : story.services)
    if (std::isfinite(service.rto)) all = std::max(all, service.rto);
  all = std::max(all, plan);
  const double end = plan > 0 && all > 1.5 * plan ? 1.1 * plan : all;
  return end > 0 ? end * 1.001 : 1;
}

// A step that was replaced waited until its replacement was called.
double replaced_at(const Story& story, const StoryStep& step) {
  for (const StoryStep& other : story.steps)
    if (!step.replaced_by.empty() && other.name == step.replaced_by) return other.ready;
  return step.finish;
}

struct Legend {
  bool waiting = false, running = false, critical = false, failed = false, pause = false, cut = false,
       down = false;
  std::string text() const {
    std::string out;
    auto add = [&](bool occurs, const char* what) {
      if (occurs) out += (out.empty() ? "" : "  ") + std::string(what);
    };
    add(critical, "█ critical");
    add(running, "▒ running");
    add(waiting, "· waiting");
    add(failed, "✗ failed");
    add(pause, "╌ retries later");
    add(cut, "╳ cut short");
    add(down, "░ down");
    return out;
  }
};

class Chart {
 public:
  Chart(const Story& story, const Style& style)
      : story_(story),
        style_(style),
        names_(width_of_names(story, style)),
        axis_(end_of(story), style.width - names_ - 20) {}

  std::string text() {
    std::string out;
    for (std::size_t i = 0; i < story_.steps.size(); ++i)
      if (!drawn_before(i) && (ran(story_.steps[i]) || waited(story_.steps[i])))
        out += step_row(story_.steps[i]);
    const std::string services = service_rows();
    if (!services.empty()) out += "\n" + services;
    const std::string margin(static_cast<std::size_t>(names_) + 4, ' ');
    out = "  " +
          style_.paint(Ink::dim, padded("", names_) + "  " + padded("", axis_.width()) + "   start    took") +
          "\n" + out;
    out += margin + style_.paint(Ink::dim, axis_.labels()) + "\n";
    return out + "  " + style_.paint(Ink::dim, legend_.text()) + "\n";
  }

 private:
  static int width_of_names(const Story& story, const Style& style) {
    int width = 8;
    for (const StoryStep& step : story.steps) width = std::max(width, display_width(step.name));
    for (const StoryService& service : story.services)
      if (service.rto > 0) width = std::max(width, display_width(service.name));
    return std::min(width, style.width * 3 / 10);
  }

  bool drawn_before(std::size_t i) const {
    const StoryStep& step = story_.steps[i];
    return step.duty &&
           std::any_of(story_.steps.begin(), story_.steps.begin() + static_cast<std::ptrdiff_t>(i),
                       [&](const StoryStep& s) { return s.name == step.name && (ran(s) || waited(s)); });
  }

  std::string row(const std::string& name, Ink ink, const std::string& bar, double start, double took) const {
    return "  " + style_.paint(ink, padded(shortened(name, names_), names_)) + "  " +
           style_.paint(ink, padded(bar, axis_.width())) + "  " +
           padded(std::isfinite(start) ? short_duration(start) : "–", 6, Align::right) + "  " +
           padded(short_duration(took), 6, Align::right) + "\n";
  }

  void draw_running(const StoryStep& step, Canvas& canvas) {
    const char* mark = step.critical ? "█" : "▒";
    (step.critical ? legend_.critical : legend_.running) = true;
    for (std::size_t i = 0; i < step.attempts.size(); ++i) {
      const StoryAttempt& attempt = step.attempts[i];
      if (i > 0 && attempt.start > step.attempts[i - 1].end) {
        canvas.fill(axis_.column(step.attempts[i - 1].end) + 1, axis_.column(attempt.start), "╌");
        legend_.pause = true;
      }
      canvas.fill(axis_.column(attempt.start), axis_.column(attempt.end), mark);
    }
    for (const StoryAttempt& attempt : step.attempts) {
      if (!attempt.failed && !attempt.timed_out) continue;
      canvas.put(axis_.column(attempt.end), "✗");
      legend_.failed = true;
    }
    if (step.end != End::cut_short || step.attempts.empty()) return;
    canvas.put(axis_.column(step.attempts.back().end), "╳");
    legend_.cut = true;
  }

  void draw(const StoryStep& step, Canvas& canvas) {
    const double until = ran(step)                   ? step.start
                         : step.end == End::replaced ? replaced_at(story_, step)
                                                     : never;
    if (until > step.ready) {
      canvas.fill(axis_.column(step.ready), axis_.column(until), "·");
      if (!std::isfinite(until)) canvas.put(axis_.width() - 1, "→");
      legend_.waiting = true;
    }
    if (ran(step)) draw_running(step, canvas);
  }

  std::string step_row(const StoryStep& first) {
    Canvas canvas(axis_.width());
    for (const StoryStep& one : story_.steps)
      if (&one == &first || (first.duty && one.name == first.name)) draw(one, canvas);
    const Ink ink = first.critical ? Ink::bold : Ink::plain;
    // What took a step's place has a row of its own.
    const bool gave_way = (first.end == End::replaced || first.end == End::waiting) && !first.attempts.empty();
    const double until = gave_way ? first.attempts.back().end : first.finish;
    if (ran(first)) return row(first.name, ink, canvas.text(), first.start, until - first.start);
    std::string bar = canvas.text();
    if (first.end == End::replaced) bar = padded(bar, axis_.column(first.ready)) + "↳ " + first.replaced_by;
    return row(first.name, ink, shortened(bar, axis_.width()), never, std::nan(""));
  }

  // Services that were down at the same time share a row.
  std::string service_rows() {
    std::string out;
    std::vector<const StoryService*> drawn;
    for (const StoryService& service : story_.services) {
      const auto alike = [&](const StoryService* s) {
        return s->rto == service.rto && down_from(*s) == down_from(service);
      };
      if (!(service.rto > 0) || std::any_of(drawn.begin(), drawn.end(), alike)) continue;
      drawn.push_back(&service);
      const auto others = std::count_if(story_.services.begin(), story_.services.end(),
                                        [&](const StoryService& s) { return alike(&s); }) -
                          1;
      out += service_row(service, service.name + (others > 0 ? " +" + std::to_string(others) : ""));
    }
    return out;
  }

  std::string service_row(const StoryService& service, const std::string& label) {
    const double from = down_from(service);
    Canvas canvas(axis_.width());
    canvas.fill(axis_.column(from), axis_.column(service.rto), "░");
    if (axis_.beyond(service.rto)) canvas.put(axis_.width() - 1, "→");
    legend_.down = true;
    return row(label, Ink::plain, canvas.text(), from, service.rto - from);
  }

  static double down_from(const StoryService& service) {
    return service.struck && std::isfinite(service.struck_at) ? service.struck_at : 0;
  }

  const Story& story_;
  const Style& style_;
  int names_;
  TimeAxis axis_;
  Legend legend_;
};

}  // namespace

std::string gantt(const Story& story, const Style& style) {
  std::string out = Chart(story, style).text();
  std::vector<std::string> passed, never_started;
  for (const StoryStep& step : story.steps) {
    if (step.end == End::passed) passed.push_back(step.name);
    if (step.end == End::never_ready) never_started.push_back(step.name);
  }
  if (!passed.empty())
    out += wrapped("Passed, as not needed: " + enumerated(passed) + ".", style.width, "  ", "    ");
  if (!never_started.empty())
    out += wrapped("Never came to it: " + enumerated(never_started) + ".", style.width, "  ", "    ");
  return out;
}

}  // namespace muster
