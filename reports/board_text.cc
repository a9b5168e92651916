#include "reports/board_text.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "models/units.h"
#include "reports/exercise_findings.h"
#include "reports/layout.h"
#include "reports/live_forecast_text.h"
#include "models/moments.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

bool runs(const StepRecord& step) { return step.began && !step.over(); }
bool waits(const StepRecord& step) { return step.ready && !step.began && !step.over(); }

// What a person looks for first comes first: what runs, what failed, what is next; what is done can be left out.
int weight(const StepRecord& step) {
  if (runs(step)) return 0;
  if (step.state == StepChange::failed && step.over()) return 1;
  if (waits(step)) return 2;
  return step.over() ? 4 : 3;
}

const char* mark_of(const StepRecord& step) {
  if (runs(step)) return "▶";
  if (!step.over()) return waits(step) ? "…" : "·";
  switch (step.state) {
    case StepChange::succeeded: return "✔";
    case StepChange::passed: return "–";
    case StepChange::replaced: return "↳";
    default: return "✗";
  }
}

class Board {
 public:
  Board(const ExerciseRecord& record, const Moment& now, const Style& style, const LiveForecast* forecast)
      : r_(record), now_(now), style_(style), forecast_(forecast) {}

  std::string text(int height) const {
    const std::string head = heading() + (forecast_ ? live_forecast_text(*forecast_, style_) : ""), rest = faults() + probes() + questions() + notes();
    const int left = height - lines(head) - lines(rest) - 2;
    return cut(head + steps(std::max(left, 3)) + rest, height);
  }

 private:
  static int lines(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

  static std::string cut(const std::string& text, int height) {
    std::istringstream in(text);
    std::string out;
    int n = 0;
    for (std::string line; n < height && std::getline(in, line); ++n) out += line + "\n";
    return out;
  }

  std::string heading() const {
    std::string line = r_.id;
    if (r_.t0)
      line += " · " + human_duration(std::max(now_.since(*r_.t0), 0.0)) + " since t0";
    else if (r_.began)
      line += " · begun " + human_duration(std::max(now_.since(*r_.began), 0.0)) + " ago";
    if (r_.plan.limit > 0) line += " · limit " + human_duration(r_.plan.limit);
    if (r_.over()) line += " · " + ending_text(r_.end);
    return style_.rule(printable(r_.plan.title)) + "  " + shortened(line, style_.width - 2) + "\n";
  }

  std::string predicted(const Predictions::Step* prediction, double level) const {
    return prediction ? short_duration(prediction->duration.quantile(level)) : "–";
  }

  std::vector<Cell> row(const StepRecord& step) const {
    const Predictions::Step* prediction = r_.plan.predictions.step(step.name);
    const double elapsed = step.seconds() ? *step.seconds() : runs(step) ? std::max(now_.since(*step.began), 0.0) : std::nan("");
    Ink ink = runs(step) ? Ink::bold : step.over() && step.state == StepChange::failed ? Ink::bad : Ink::plain;
    Ink time = Ink::plain;
    if (prediction && elapsed > prediction->duration.quantile(0.75)) time = Ink::unsure;
    if (prediction && elapsed > prediction->duration.quantile(0.95)) time = Ink::bad;
    std::string state = runs(step) && !step.how.empty() ? step.how : step.ready ? word_of(step.state) : "";
    if (waits(step)) state = "waits";
    if (runs(step) && step.attempts > 1) state += ", attempt " + std::to_string(step.attempts);
    return {{std::string(mark_of(step)) + " " + printable(step.name), ink}, {state}, {std::isnan(elapsed) ? "" : short_duration(elapsed), time},
            {predicted(prediction, 0.5)}, {predicted(prediction, 0.95)}};
  }

  std::string steps(int room) const {
    if (r_.steps.empty()) return "";
    std::vector<const StepRecord*> shown;
    for (const StepRecord& step : r_.steps) shown.push_back(&step);
    if (static_cast<int>(shown.size()) > room) {
      std::stable_sort(shown.begin(), shown.end(), [](const StepRecord* a, const StepRecord* b) { return weight(*a) < weight(*b); });
      shown.resize(static_cast<std::size_t>(std::max(room - 1, 1)));
      std::sort(shown.begin(), shown.end());  // back into the plan's order
    }
    Table table({{"step", Align::left, 40}, {"", Align::left, 24}, {"elapsed", Align::right}, {"p50", Align::right}, {"p95", Align::right}});
    for (const StepRecord* step : shown) table.row(row(*step));
    std::string out = table.text(style_);
    if (shown.size() < r_.steps.size()) {
      const auto done = std::count_if(r_.steps.begin(), r_.steps.end(), [](const StepRecord& s) { return s.over(); });
      out += style_.paint(Ink::dim, shortened("  " + std::to_string(r_.steps.size() - shown.size()) + " more; " + std::to_string(done) + " of " +
                                        std::to_string(r_.steps.size()) + " done", style_.width)) + "\n";
    }
    return out;
  }

  std::string time_left(const FaultRecord& fault) const {
    if (!fault.active()) return "";
    const PlannedEffect* planned = r_.effect(fault.name);
    if (fault.state == FaultChange::in_effect && planned && planned->until && r_.t0)
      return human_duration(std::max(*planned->until - now_.since(*r_.t0), 0.0)) + " left";
    return fault.state == FaultChange::in_effect ? "until the end" : "";
  }

  std::string faults() const {
    if (r_.faults.empty()) return "";
    Table table({{"fault", Align::left, 40}, {"", Align::left, 16}, {"", Align::left, 24}});
    for (const FaultRecord& fault : r_.faults) {
      const bool bad = fault.state == FaultChange::remains || fault.state == FaultChange::failed || fault.state == FaultChange::vanished;
      const Ink ink = bad ? Ink::bad : fault.active() ? Ink::bold : Ink::good;
      table.row({{printable(fault.name)}, {word_of(fault.state), ink}, {time_left(fault)}});
    }
    return table.text(style_);
  }

  std::string probes() const {
    Table table({{"probe", Align::left, 30}, {"", Align::left, 8}, {"", Align::left, std::max(style_.width - 46, 10)}});
    constexpr const char* words[] = {"unknown", "passing", "failing"};
    constexpr Ink inks[] = {Ink::unsure, Ink::good, Ink::bad};
    for (const ProbeRecord& probe : r_.probes) {
      if (probe.changes.empty()) continue;
      const ProbeChanged& last = probe.changes.back().second;
      const int state = static_cast<int>(last.state);
      table.row({{printable(probe.name)}, {words[state], inks[state]}, {printable(last.what)}});
    }
    return table.empty() ? "" : table.text(style_);
  }

  std::string questions() const {
    std::string out;
    for (const auto& [at, asked] : r_.open_questions) {
      std::vector<std::string> people;
      for (const std::string& who : asked.people) people.push_back(printable(who));
      std::string line = "Asked for " + shortened(printable(asked.step), 30);
      if (asked.deadline) line += ", " + human_duration(std::max(asked.deadline->since(now_), 0.0)) + " left";
      if (!people.empty()) line += " (" + shortened(enumerated(people, 3), 30) + ")";
      if (!asked.question.empty()) line += ": " + printable(asked.question);
      out += style_.paint(Ink::bold, shortened("  " + line, style_.width)) + "\n";
      out += shortened(std::string("  muster ") + (r_.incident() ? "incident" : "exercise") + " ack " + printable(asked.step) + " --by NAME [--no] [--note TEXT]", style_.width) + "\n";
    }
    return out;
  }

  std::string notes() const {
    if (r_.notes.empty()) return "";
    const Noted& last = r_.notes.back().second;
    return style_.paint(Ink::unsure, shortened("  " + printable(last.kind + ": " + last.what), style_.width)) + "\n";
  }

  const ExerciseRecord& r_;
  const Moment now_;
  const Style& style_;
  const LiveForecast* forecast_;
};

}  // namespace

std::string board_text(const ExerciseRecord& record, const Moment& now, const Style& style, int height, const LiveForecast* forecast) {
  return Board(record, now, style, forecast).text(height);
}

}  // namespace muster
