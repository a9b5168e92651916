#include "reports/schedule_page.h"

#include <map>

#include "reports/markdown.h"
#include "reports/markup.h"
#include "reports/page_frame.h"
#include "reports/schedule_view.h"

namespace muster {
namespace {

struct DayMarks {
  std::vector<const Appointment*> appointments;
  std::string blackout;
};

std::map<Day, DayMarks> marks_of(const Schedule& schedule) {
  std::map<Day, DayMarks> out;
  const Zone zone(schedule.programme.time_zone);
  for (const Appointment& one : schedule.appointments)
    if (!one.cancelled) out[static_cast<Day>(zone.to_local(one.from) / 86'400)].appointments.push_back(&one);
  for (const NamedWindow& window : schedule.blackouts)
    for (Day on = static_cast<Day>(zone.to_local(window.from) / 86'400); zone.from_local(on * 86'400LL) < window.to; ++on) {
      std::string& name = out[on].blackout;
      if (name.find(window.name) == std::string::npos) name += (name.empty() ? "" : ", ") + window.name + (window.why.empty() ? "" : ": " + window.why);
    }
  return out;
}

constexpr const char* months[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};

// Colour alone tells nothing: kinds are letters, and every mark says in words what it is.
std::string letter_of(Exercise::Kind kind) { return kind == Exercise::Kind::tabletop ? "T" : kind == Exercise::Kind::functional ? "F" : "S"; }

void add_day(Markup& page, const Schedule& schedule, Day on, const DayMarks* marks) {
  std::string classes = weekday_of(on) >= 5 ? "weekend" : "";
  std::string said;
  if (marks && !marks->blackout.empty()) {
    classes += " blackout";
    said = marks->blackout;
  }
  if (marks && !marks->appointments.empty()) classes += " held";
  Attributes attributes;
  if (!classes.empty()) attributes.emplace_back("class", classes);
  if (!said.empty()) attributes.emplace_back("title", said);
  page.open("td", attributes).element("span", std::to_string(date_of(on).of_month));
  if (marks)
    for (const Appointment* one : marks->appointments) {
      const PlannedExercise* exercise = schedule.programme.exercise(one->exercise);
      const auto kind = exercise ? exercise->kind : Exercise::Kind::functional;
      const std::string words = one->exercise + " (" + word_of(kind) + "), " + local_hours(schedule.programme, *one);
      page.element("a", letter_of(kind), {{"href", "#" + identity_of(schedule.programme, *one)}, {"title", words}, {"aria-label", words}});
    }
  page.close();
}

void add_month(Markup& page, const Schedule& schedule, const std::map<Day, DayMarks>& marks, int year, int month) {
  const Day first = day_of(year, month, 1), last = day_of(year, month, 31);
  page.open("table", {{"class", "month"}}).element("caption", std::string(months[month - 1]) + " " + std::to_string(year));
  page.open("thead").open("tr");
  for (const char* weekday : {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"}) page.element("th", weekday, {{"scope", "col"}});
  page.close().close().open("tbody");
  for (Day monday = week_of(first); monday <= last; monday += 7) {
    page.open("tr");
    for (Day on = monday; on < monday + 7; ++on) {
      if (on < first || on > last) {
        page.open("td", {{"class", "none"}}).close();
        continue;
      }
      const auto found = marks.find(on);
      add_day(page, schedule, on, found == marks.end() ? nullptr : &found->second);
    }
    page.close();
  }
  page.close().close();
}

void add_calendar(Markup& page, const Schedule& schedule) {
  const std::map<Day, DayMarks> marks = marks_of(schedule);
  page.open("section", {{"id", "calendar"}}).element("h2", "Calendar");
  page.element("p", "T: tabletop, F: functional, S: full-scale; shaded: no exercises then, the reason is in the hint.", {{"class", "faint"}});
  page.open("div", {{"class", "months"}});
  const Date from = date_of(schedule.programme.first());
  for (int i = 0; i < 3 * schedule.programme.quarters; ++i) add_month(page, schedule, marks, from.year + (from.month - 1 + i) / 12, (from.month - 1 + i) % 12 + 1);
  page.close().close();
}

// As add_table lays it out, and each row can be pointed to.
void add_appointments(Markup& page, const Schedule& schedule, Quarter quarter) {
  page.element("h3", quarter_text(quarter));
  const std::vector<const Appointment*> all = taking_place(schedule, quarter);
  if (all.empty()) page.element("p", "Nothing.");
  for (const Appointment* one : all) page.open("a", {{"id", identity_of(schedule.programme, *one)}}).close();
  add_table(page, appointment_table(schedule, quarter));
}

void add_conflict(Markup& page, const Conflict& conflict) {
  page.open("section", {{"id", "conflict"}}).element("h2", "Why there are none");
  page.element("p", "These rules contradict each other; without any one of them the others of these could be kept.");
  add_table(page, rule_table(conflict.rules, "Rules that contradict each other"));
  page.element("p", conflict.cheapest ? "With these given up, the cheapest that do, there are dates:" : "With these given up there are dates; cheaper ones may exist:");
  add_table(page, rule_table(conflict.relax, "What to give up"));
  page.close();
}

std::string title_of(const Schedule& schedule) { return schedule.programme.title; }
std::string subtitle(const Schedule& schedule) {
  return horizon_text(schedule.programme) + ", times of " + schedule.programme.time_zone + ", as of " + date_text(schedule.today);
}

}  // namespace

std::string schedule_page(const Schedule& schedule) {
  Markup page;
  page.open("header").element("h1", title_of(schedule)).element("p", subtitle(schedule), {{"class", "faint"}}).close();
  page.open("main").element("p", schedule_sentence(schedule), {{"class", "answer"}});
  if (schedule.conflict) add_conflict(page, *schedule.conflict);
  add_calendar(page, schedule);
  page.open("section", {{"id", "exercises"}}).element("h2", "Exercises");
  for (int q = 0; q < schedule.programme.quarters; ++q) add_appointments(page, schedule, schedule.programme.from + q);
  page.close().open("section", {{"id", "worth"}}).element("h2", "What teaches most");
  add_table(page, worth_table(schedule));
  page.element("p", worth_note, {{"class", "faint"}}).close();
  page.open("section", {{"id", "coverage"}}).element("h2", "Coverage");
  add_table(page, coverage_table(schedule));
  page.close().open("section", {{"id", "load"}}).element("h2", "Load");
  add_table(page, attendance_table(schedule));
  page.close().close();
  return html_page({title_of(schedule), page.done(), ""});
}

std::string schedule_markdown(const Schedule& schedule) {
  const auto heading = [](const std::string& text) { return "## " + text + "\n\n"; };
  std::string out = "# " + markdown_text(title_of(schedule)) + "\n\n" + markdown_text(subtitle(schedule)) + "\n\n" + markdown_text(schedule_sentence(schedule)) + "\n\n";
  if (schedule.conflict) {
    out += heading("These rules contradict each other") + markdown(rule_table(schedule.conflict->rules, "")) + "\n";
    out += heading("What to give up") + markdown(rule_table(schedule.conflict->relax, "")) + "\n";
  }
  for (int q = 0; q < schedule.programme.quarters; ++q) {
    const std::string table = markdown(appointment_table(schedule, schedule.programme.from + q));
    out += heading(quarter_text(schedule.programme.from + q)) + (table.empty() ? "Nothing.\n\n" : table + "\n");
  }
  out += heading("What teaches most") + markdown(worth_table(schedule)) + "\n" + worth_note + "\n\n";
  out += heading("Coverage") + markdown(coverage_table(schedule)) + "\n" + heading("Load") + markdown(attendance_table(schedule));
  return out;
}

}  // namespace muster
