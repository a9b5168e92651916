#include "reports/exercise_summary.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/layout.h"
#include "models/moments.h"
#include "reports/phrases.h"

namespace muster {
namespace {

std::string sentences(const std::vector<std::string>& lines, const Style& style, Ink ink) {
  std::string out;
  for (const std::string& line : lines) out += style.paint(ink, wrapped(line, style.width, "  ", "    "));
  return out;
}

std::string result_line(const std::string& word, const Measured& m, const std::string& target, const Style& style) {
  const Ink ink = m.verdict ? ink_of(*m.verdict) : Ink::plain;
  return "  " + style.paint(Ink::bold, padded(word, 6)) + style.paint(ink, wrapped(measured_text(m, target), style.width - 8, "", "        "));
}

std::string loss_counts(const ExerciseRecord& r) {
  const CanaryRead* read = worst_reading(r.canary);
  if (!read || !read->rpa) return "";
  std::string out = grouped(read->lost) + " of " + grouped(read->acknowledged) + " writes acknowledged before t0 were lost";
  if (read->lost_after_t0 > 0) out += ", and " + grouped(read->lost_after_t0) + " of " + grouped(read->acknowledged_after_t0) + " acknowledged after it";
  if (read->in_doubt > 0) out += "; " + grouped(read->in_doubt) + " were never answered";
  return out + ".";
}

std::string left_behind(const ExerciseRecord& r, const Style& style) {
  std::string out;
  for (const FaultRecord& fault : r.faults) {
    if (!fault.active()) continue;
    out += style.paint(Ink::bad, wrapped("LEFT: " + printable(fault.name) + " on " + printable(fault.target) + (fault.proof.empty() ? "" : ": " + printable(fault.proof)), style.width, "  ", "    "));
    const PlannedEffect* planned = r.effect(fault.name);
    const std::vector<std::string>& lines = !fault.by_hand.empty() || !planned ? fault.by_hand : planned->by_hand;
    for (const std::string& line : lines) out += "    " + printable(line) + "\n";
  }
  if (r.footprint)
    for (const std::string& left : r.footprint->remains) out += style.paint(Ink::bad, wrapped("LEFT: " + printable(left), style.width, "  ", "    "));
  return out;
}

std::string seconds_of(double seconds, const std::optional<double>& objective) {
  return human_duration(seconds) + (objective ? " of " + human_duration(*objective) : "");
}

Ink ink_against(double actual, const std::optional<double>& objective) {
  return !objective ? Ink::plain : actual > *objective ? Ink::bad : Ink::good;
}

std::string history_entry(const ExerciseLine& line, const Style& style) {
  std::string out = style.paint(Ink::bold, line.id) + "  " + shortened(printable(line.title), style.width - display_width(line.id) - 2) + "\n";
  const bool refused = line.end && line.end->ending == Ending::refused, well = line.end && (line.end->restored || refused);
  out += "  " + style.paint(!line.end ? Ink::bold : well ? Ink::good : Ink::bad, ending_text(line.end));
  if (line.recovery) {
    const double actual = line.recovery->rta.value_or(never);
    const Ink ink = line.recovery->valid ? ink_against(actual, line.objective_rto) : Ink::unsure;
    out += " · RTA " + style.paint(ink, seconds_of(actual, line.objective_rto)) + (line.recovery->valid ? "" : " (not valid)");
  }
  if (line.canary && line.canary->rpa)
    out += " · RPA " + style.paint(ink_against(*line.canary->rpa, line.objective_rpo), seconds_of(*line.canary->rpa, line.objective_rpo));
  return out + "\n";
}

}  // namespace

std::string reached_text(const Measured& m) {
  if (!m.measured) return "not known";
  std::string out = m.actual ? human_duration(*m.actual) : "never";
  if (m.actual && m.error > 0) out += m.one_sided ? " (to within " + human_duration(m.error) + ")" : " ± " + human_duration(m.error);
  return m.valid ? out : out + ", NOT VALID";
}

std::string measured_text(const Measured& m, const std::string& target) {
  if (!m.measured) return "not known" + (m.why.empty() ? "" : ": " + printable(m.why)) + ".";
  std::string out = (m.verdict ? word_of(*m.verdict) + ": " : "") + reached_text(m);
  if ((!m.valid || !m.actual) && !m.why.empty()) out += " (" + printable(m.why) + ")";
  if (m.objective) out += "; " + target + " " + human_duration(*m.objective);
  if (m.percentile) out += "; " + percentile_text(*m.percentile);
  if (!std::isnan(m.p50)) out += " (p50 " + human_duration(m.p50) + ", p95 " + human_duration(m.p95) + ")";
  return out + ".";
}

std::string exercise_summary(const ExerciseRecord& r, const Style& style) {
  const ExerciseFindings f = findings_of(r);
  const bool refused = r.end && r.end->ending == Ending::refused;
  std::string out = style.rule(printable(r.plan.title)) + "  " +
                    style.paint(!r.end ? Ink::bold : f.restored || refused ? Ink::good : Ink::bad, f.ending) + "\n";
  if (r.end && !r.end->why.empty()) out += wrapped(printable(r.end->why) + (r.end->by.empty() ? "" : " (" + printable(r.end->by) + ")"), style.width, "  ", "  ");
  if (refused) return out;
  if (!r.plan.recovered_service.empty()) out += result_line("RTA", f.recovery, "RTO", style);
  if (!r.plan.canary_service.empty()) out += result_line("RPA", f.loss, "RPO", style) + wrapped(loss_counts(r), style.width, "        ", "        ");
  out += left_behind(r, style);
  if (r.end && !r.end->done_not_undone.empty()) out += wrapped("Done, not undone: " + enumerated(r.end->done_not_undone) + ".", style.width, "  ", "    ");
  if (!f.failures.empty()) out += style.heading("What failed") + sentences(f.failures, style, Ink::plain);
  if (!f.doubts.empty()) out += style.heading("Doubts") + sentences(f.doubts, style, Ink::dim);
  if (!f.restored && r.end) out += "  Put back what is left:  muster exercise recover\n";
  return out + "  The whole report:  muster exercise report " + r.id + " --md\n";
}

std::string history_text(const std::vector<ExerciseLine>& exercises, const std::vector<Action>& actions, const std::string& today, const Style& style) {
  if (exercises.empty()) return "No exercise yet.\n";
  std::string out;
  for (const ExerciseLine& line : exercises) out += history_entry(line, style);
  const auto overdue = std::count_if(actions.begin(), actions.end(), [&](const Action& a) { return a.overdue(today); });
  if (overdue > 0)
    out += "\n" + style.paint(Ink::bad, std::to_string(overdue) + (overdue == 1 ? " action is" : " actions are") + " overdue: muster actions list") + "\n";
  return out;
}

std::string actions_text(const std::vector<Action>& actions, const std::string& today, const Style& style) {
  if (actions.empty()) return "No action.\n";
  std::string out;
  for (const Action& a : actions) {
    std::string facts = a.owner.empty() ? "nobody's" : printable(a.owner);
    if (!a.due.empty()) facts += ", due " + a.due;
    if (!a.exercise.empty()) facts += ", of " + a.exercise;
    if (!a.closed.empty()) facts += ", closed on " + a.closed + (a.closed_by.empty() ? "" : " by " + printable(a.closed_by));
    const std::string state = !a.closed.empty() ? "closed" : a.overdue(today) ? "OVERDUE" : "open";
    const Ink ink = state == "OVERDUE" ? Ink::bad : state == "open" ? Ink::plain : Ink::dim;
    const std::string number = padded(std::to_string(a.number), 4, Align::right) + "  ";
    out += number + style.paint(ink, padded(state, 9)) + wrapped(printable(a.text), style.width - 15, "", std::string(15, ' '));
    out += style.paint(Ink::dim, wrapped(facts, style.width, std::string(15, ' '), std::string(15, ' ')));
    if (!a.note.empty()) out += style.paint(Ink::dim, wrapped("note: " + printable(a.note), style.width, std::string(15, ' '), std::string(15, ' ')));
  }
  return out;
}

}  // namespace muster
