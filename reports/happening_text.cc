#include "reports/happening_text.h"

#include "models/units.h"
#include "reports/exercise_findings.h"
#include "reports/layout.h"
#include "models/moments.h"
#include "reports/phrases.h"

namespace muster {
namespace {

struct Line {
  std::string text;
  Ink ink = Ink::plain;
};

std::string with(const std::string& joint, const std::string& text) { return text.empty() ? "" : joint + printable(text); }

Ink ink_of(StepChange change) {
  switch (change) {
    case StepChange::succeeded:
    case StepChange::undone: return Ink::good;
    case StepChange::failed:
    case StepChange::undo_failed: return Ink::bad;
    case StepChange::retried:
    case StepChange::replaced:
    case StepChange::ended_early: return Ink::unsure;
    default: return Ink::plain;
  }
}

Ink ink_of(FaultChange change) {
  switch (change) {
    case FaultChange::undone: return Ink::good;
    case FaultChange::failed:
    case FaultChange::fence_failed:
    case FaultChange::remains: return Ink::bad;
    case FaultChange::vanished: return Ink::unsure;
    default: return Ink::plain;
  }
}

class Words {
 public:
  explicit Words(const ExerciseRecord& record) : r_(record) {}

  Line operator()(const RunBegan& b) const {
    return {word() + " " + r_.id + " began" + with(" by ", b.begun_by) + ": " + printable(b.title) + " (" + b.kind + with(", ", b.environment) + ")",
            Ink::bold};
  }
  Line operator()(const StepChanged& c) const {
    if (c.change == StepChange::ready) return {};
    std::string text = "step " + printable(c.step) + ": " + word_of(c.change);
    if (c.change == StepChange::began) {
      if (!c.how.empty()) text += " (" + printable(c.how) + (c.attempt > 1 ? ", attempt " + std::to_string(c.attempt) : "") + ")";
    } else {
      if (c.timed_out) text += ", not in time";
      else if (c.exit && *c.exit != 0 && c.why.empty()) text += ", ended with " + std::to_string(*c.exit);
      if (c.change == StepChange::replaced) text += with(" by ", c.replaced_by);
      else text += with(" by ", c.by);
      if (c.automatic) text += " (automatic answer)";
      if (const StepRecord* step = r_.step(c.step); step && step->seconds() && c.change == StepChange::succeeded)
        text += " after " + human_duration(*step->seconds());
    }
    text += with(": ", c.why) + with(", note: ", c.note);
    return {text, ink_of(c.change)};
  }
  Line operator()(const Asked& a) const {
    std::vector<std::string> people;
    for (const std::string& who : a.people) people.push_back(printable(who));
    return {"asked for step " + printable(a.step) + with(": ", a.question) + (people.empty() ? "" : " (" + enumerated(people, 4) + ")") +
                "; answer by: muster " + word() + " ack " + printable(a.step),
            Ink::bold};
  }
  Line operator()(const FaultChanged& c) const {
    std::string text = "fault " + printable(c.fault) + ": " + word_of(c.change);
    if (c.change == FaultChange::intended || c.change == FaultChange::in_effect) text += " on " + printable(c.target);
    text += with(" by ", c.change == FaultChange::undone || c.change == FaultChange::remains ? c.by : "");
    text += with(", ", c.why) + with(": ", c.proof);
    for (const std::string& line : c.by_hand) text += with("; by hand: ", line);
    return {text, ink_of(c.change)};
  }
  Line operator()(const ProbeChanged& c) const {
    constexpr const char* words[] = {"unknown", "passing", "failing"};
    constexpr Ink inks[] = {Ink::unsure, Ink::good, Ink::bad};
    return {"probe " + printable(c.probe) + ": " + words[static_cast<int>(c.state)] + with(", ", c.what), inks[static_cast<int>(c.state)]};
  }
  Line operator()(const ProbeCounted&) const { return {}; }
  Line operator()(const ConditionMet& c) const {
    return {printable(c.what) + (c.met ? ": yes" : ": no") + with(", ", c.why), c.what.starts_with("stop-when") ? Ink::bad : Ink::bold};
  }
  Line operator()(const CanaryRead& c) const {
    if (!c.rpa) return {"canary " + printable(c.when) + ": not known" + with(", ", c.why_not), Ink::unsure};
    return {"canary " + printable(c.when) + ": " + grouped(c.lost) + " of " + grouped(c.acknowledged) + " acknowledged writes lost, RPA " +
                human_duration(*c.rpa),
            Ink::bold};
  }
  Line operator()(const RecoveryMeasured& c) const {
    if (!c.rta) return {"recovery: never" + with(", ", c.why), Ink::bad};
    return {"recovery: RTA " + human_duration(*c.rta) + " ± " + human_duration(c.error) + (c.seen_down ? "" : ", not seen down") +
                (c.valid ? "" : ", not valid" + with(": ", c.why)),
            Ink::bold};
  }
  Line operator()(const AfterwardsRan& c) const {
    if (c.began) return {"afterwards: running", Ink::plain};
    const bool well = c.exit == 0 && !c.timed_out;
    return {"afterwards: " + std::string(well ? "done" : "failed") + " after " + human_duration(c.seconds) + with(": ", c.why), well ? Ink::good : Ink::bad};
  }
  Line operator()(const FootprintCompared& c) const {
    if (c.remains.empty()) return {"footprint: nothing of Muster's is left", Ink::good};
    return {"footprint: LEFT " + enumerated(c.remains, 5), Ink::bad};
  }
  Line operator()(const Noted& c) const { return {printable(c.kind) + with(": ", c.what) + with(", by ", c.by), Ink::unsure}; }
  Line operator()(const RunEnded& c) const {
    return {word() + " " + ending_text(c) + with(": ", c.why), c.restored || c.ending == Ending::refused ? Ink::good : Ink::bad};
  }

 private:
  std::string word() const { return r_.incident() ? "incident" : "exercise"; }
  const ExerciseRecord& r_;
};

}  // namespace

std::string happening_text(const ExerciseRecord& record, const Happening& happening, const Style& style) {
  const Line line = std::visit(Words(record), happening.what);
  if (line.text.empty()) return "";
  const Moment zero = record.t0 ? *record.t0 : record.began.value_or(happening.at);
  return style.paint(Ink::dim, padded(offset_text(happening.at.since(zero)), 11, Align::right)) + "  " + style.paint(line.ink, line.text);
}

}  // namespace muster
