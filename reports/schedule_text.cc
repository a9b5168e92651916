#include "reports/schedule_text.h"

#include <algorithm>

#include "reports/layout.h"
#include "reports/schedule_view.h"
#include "reports/table.h"

namespace muster {
namespace {

std::string title_line(const Programme& programme, const Style& style) {
  return style.paint(Ink::bold, wrapped(printable(programme.title), style.width)) + wrapped(horizon_text(programme) + ", times of " + programme.time_zone, style.width) + "\n";
}

std::string quarter_part(const Schedule& schedule, Quarter quarter, const Style& style) {
  const std::vector<const Appointment*> all = taking_place(schedule, quarter);
  if (all.empty()) return style.heading(quarter_text(quarter)) + "  nothing\n\n";
  Table table({{"day"}, {"time"}, {"exercise", Align::left, 34}, {"kind"}, {""}});
  for (const Appointment* one : all) {
    const PlannedExercise* exercise = schedule.programme.exercise(one->exercise);
    table.row({{local_day(schedule.programme, one->from)}, {local_hours(schedule.programme, *one)}, {one->exercise, Ink::bold}, {exercise ? word_of(exercise->kind) : ""},
               {one->kept ? "kept" : one->sequence > 0 ? "moved" : ""}});
    table.line(people_text(*one), Ink::dim);
  }
  return style.heading(quarter_text(quarter)) + table.text(style) + "\n";
}

// The tables of the page, as far as they have room here.
std::string in_columns(const PageTable& from, std::size_t columns, const Style& style) {
  std::vector<Column> head;
  for (std::size_t i = 0; i < columns; ++i) head.push_back({from.head[i].text, from.head[i].kind == PageCell::Kind::number ? Align::right : Align::left, 46});
  Table table(std::move(head));
  for (const auto& row : from.rows) {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < columns; ++i) cells.push_back({printable(row[i].text)});
    table.row(std::move(cells));
  }
  return table.text(style);
}

std::string rules_text(const std::vector<ProgrammeRule>& rules, const Style& style) {
  std::string out;
  for (const auto& row : rule_table(rules, "").rows) out += wrapped(row[0].text + " (" + row[1].text + ", cost " + row[2].text + ")", style.width, "  - ", "    ");
  return out;
}

std::string conflict_text(const Conflict& conflict, const Style& style) {
  std::string out = style.heading("THESE RULES CONTRADICT EACH OTHER");
  out += rules_text(conflict.rules, style) + wrapped("Without any one of them the others of these could be kept.", style.width, "  ", "  ") + "\n";
  out += style.heading(conflict.cheapest ? "THE CHEAPEST TO GIVE UP" : "GIVING UP THESE WOULD DO (CHEAPER MAY EXIST)");
  return out + rules_text(conflict.relax, style) + wrapped("With all other rules kept there are dates then.", style.width, "  ", "  ");
}

}  // namespace

std::string schedule_text(const Schedule& schedule, const Style& style) {
  const Programme& programme = schedule.programme;
  std::string out = title_line(programme, style);
  out += style.paint(schedule.conflict ? Ink::bad : Ink::good, wrapped(schedule_sentence(schedule), style.width)) + "\n";
  if (schedule.conflict) return out + conflict_text(*schedule.conflict, style);
  for (int q = 0; q < programme.quarters; ++q) out += quarter_part(schedule, programme.from + q, style);
  out += style.heading("WHAT TEACHES MOST") + in_columns(worth_table(schedule), 7, style) + style.paint(Ink::dim, wrapped(worth_note, style.width, "  ", "  ")) + "\n";
  if (!schedule.demands.empty()) out += style.heading("COVERAGE") + in_columns(coverage_table(schedule), 4, style) + "\n";
  out += style.heading("LOAD") + in_columns(attendance_table(schedule), attendance_table(schedule).head.size(), style);
  std::string gone;
  for (const Appointment& one : schedule.appointments)
    if (one.cancelled) gone += wrapped(local_date(programme, one.from) + " " + one.exercise, style.width, "  - ", "    ");
  return out + (gone.empty() ? "" : "\n" + style.heading("CANCELLED") + gone);
}

std::string programme_status_text(const ProgrammeStatus& status, const Style& style) {
  using Demanded = DemandStanding::State;
  using Told = ProgrammeStatus::Announced::State;
  std::string out = title_line(status.programme, style);
  Table demands({{""}, {"policy", Align::left, 24}, {"of", Align::left, 24}, {"by"}, {""}});
  const auto mark = [](bool done, bool overdue, bool planned) -> Cell {
    return overdue ? Cell{"OVERDUE", Ink::bad} : done ? Cell{"done", Ink::good} : planned ? Cell{"planned"} : Cell{"due", Ink::unsure};
  };
  for (const DemandStanding& one : status.demands) {
    const bool done = one.state == Demanded::done;
    std::string how = one.planned ? "on " + date_text(*one.planned) : "";
    if (one.demand.done) how = (one.demand.at_most_apart > 0 ? "last on " : "on ") + date_text(one.demand.done->day) + (one.planned ? ", next " + date_text(*one.planned) : "");
    demands.row({mark(done, one.state == Demanded::overdue, one.state == Demanded::planned), {one.demand.policy.empty() ? "times" : one.demand.policy}, {one.demand.thing}, {date_text(one.due)}, {how}});
  }
  out += style.heading("DEMANDS ON " + date_text(status.today)) + (demands.empty() ? "  none whose period has begun\n" : demands.text(style));
  if (!status.appointments.empty()) {
    Table announced({{""}, {"day"}, {"exercise", Align::left, 34}, {""}});
    for (const auto& one : status.appointments)
      announced.row({mark(one.state == Told::done, one.state == Told::overdue, one.state == Told::planned), {local_date(status.programme, one.appointment.from)}, {one.appointment.exercise}, {one.done_by}});
    out += "\n" + style.heading("ANNOUNCED") + announced.text(style);
  }
  return out;
}

}  // namespace muster
