#include "reports/schedule_view.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "models/units.h"

namespace muster {
namespace {

long long local(const Programme& programme, Instant at) { return Zone(programme.time_zone).to_local(at); }

using Kind = PageCell::Kind;
PageCell text(std::string words) { return {std::move(words), Kind::text}; }
PageCell name(std::string words) { return {std::move(words), Kind::name}; }
PageCell number(std::string words) { return {std::move(words), Kind::number}; }

Day day_of_appointment(const Programme& programme, const Appointment& appointment) { return static_cast<Day>(local(programme, appointment.from) / 86'400); }

}  // namespace

std::string times_text(int times, const std::string& what) { return std::to_string(times) + " " + what + (times == 1 ? "" : "s"); }

std::string local_day(const Programme& programme, Instant at) { return short_date(static_cast<Day>(local(programme, at) / 86'400)); }
std::string local_date(const Programme& programme, Instant at) { return date_text(static_cast<Day>(local(programme, at) / 86'400)); }

std::string local_clock(const Programme& programme, Instant at) {
  const long long minutes = local(programme, at) % 86'400 / 60;
  char words[16];
  std::snprintf(words, sizeof words, "%02lld:%02lld", minutes / 60, minutes % 60);
  return words;
}

std::string local_hours(const Programme& programme, const Appointment& appointment) {
  const bool same = local_date(programme, appointment.from) == local_date(programme, appointment.to);
  return local_clock(programme, appointment.from) + "-" + (same ? "" : local_day(programme, appointment.to) + " ") + local_clock(programme, appointment.to);
}

std::string utc_iso(Instant at) {
  const auto whole = static_cast<long long>(std::floor(at));
  const long long of_day = ((whole % 86'400) + 86'400) % 86'400;
  char words[40];
  std::snprintf(words, sizeof words, "T%02lld:%02lld:%02lldZ", of_day / 3600, of_day / 60 % 60, of_day % 60);
  return date_text(static_cast<Day>((whole - of_day) / 86'400)) + words;
}

std::string people_text(const Appointment& appointment) {
  std::string out;
  for (const Attendance& one : appointment.people) out += (out.empty() ? "" : ", ") + one.person + (one.role.empty() ? "" : " (" + one.role + ")");
  return out.empty() ? "nobody in particular" : out;
}

std::string horizon_text(const Programme& programme) {
  const std::string first = quarter_text(programme.from);
  return programme.quarters == 1 ? first : first + " to " + quarter_text(programme.from + programme.quarters - 1);
}

std::string schedule_sentence(const Schedule& schedule) {
  if (schedule.conflict) return "No dates exist that keep every rule.";
  int planned = 0;
  for (const Appointment& one : schedule.appointments)
    planned += !one.cancelled && day_of_appointment(schedule.programme, one) > schedule.today;
  std::string out = times_text(planned, "exercise") + ", " + times_text(static_cast<int>(std::lround(schedule.person_hours)), "person-hour");
  if (planned == 0) return "Nothing is to be planned: every demand of the horizon is met.";
  out += ": every rule is kept, ";
  out += schedule.proved ? "and nothing that keeps them takes less or teaches more first." : "though better dates may exist.";
  if (schedule.kept + schedule.moved > 0)
    out += " Of what was announced " + std::to_string(schedule.kept) + (schedule.kept == 1 ? " stays" : " stay") + " and " + std::to_string(schedule.moved) + (schedule.moved == 1 ? " moves." : " move.");
  return out;
}

std::vector<const Appointment*> taking_place(const Schedule& schedule, Quarter quarter) {
  std::vector<const Appointment*> out;
  for (const Appointment& one : schedule.appointments)
    if (!one.cancelled && one.quarter == quarter) out.push_back(&one);
  return out;
}

std::string met_by(const Schedule& schedule, const Demand& demand) {
  std::string out;
  if (demand.done) out = demand.done->source + " on " + date_text(demand.done->day);
  if (demand.missed) return "missed: nothing was held";
  for (const Appointment& one : schedule.appointments) {
    const Day on = day_of_appointment(schedule.programme, one);
    const bool counts = std::any_of(demand.exercises.begin(), demand.exercises.end(), [&](std::size_t i) { return schedule.programme.exercises[i].name == one.exercise; });
    if (one.cancelled || on <= schedule.today || !counts || on < demand.first || on > demand.last) continue;
    out += (out.empty() ? "" : ", ") + one.exercise + " on " + date_text(on);
  }
  return out.empty() ? "not met" : out;
}

PageTable appointment_table(const Schedule& schedule, Quarter quarter) {
  PageTable table{"Exercises of " + quarter_text(quarter), {text("day"), text("time"), text("exercise"), text("kind"), text("who"), text("")}, {}};
  for (const Appointment* one : taking_place(schedule, quarter)) {
    const PlannedExercise* exercise = schedule.programme.exercise(one->exercise);
    table.rows.push_back({text(local_day(schedule.programme, one->from)), text(local_hours(schedule.programme, *one)), name(one->exercise), text(exercise ? word_of(exercise->kind) : ""),
                          text(people_text(*one)), text(one->kept ? "as announced" : one->sequence > 0 ? "moved" : "")});
  }
  return table;
}

PageTable worth_table(const Schedule& schedule) {
  PageTable table{"What each exercise takes and teaches",
                  {text("exercise"), text("outage"), number("p90"), number("spread"), number("observations"), number("newest"), number("teaches"), text("most of")}, {}};
  std::vector<std::size_t> order(schedule.worth.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return schedule.worth[a].value > schedule.worth[b].value; });
  for (const std::size_t i : order) {
    const PlannedExercise& exercise = schedule.programme.exercises[i];
    const ExerciseWorth& worth = schedule.worth[i];
    table.rows.push_back({name(exercise.name), text(exercise.outage), number(human_duration(exercise.lasts.value_or(worth.p90))), number(human_duration(worth.p90_recovery - worth.p50_recovery)),
                          number(std::to_string(worth.observations)), number(worth.newest_days ? std::to_string(std::lround(*worth.newest_days)) + " d" : "none"),
                          number(human_duration(worth.value)), text(worth.value > 0 ? worth.learns_most_of : "")});
  }
  return table;
}

PageTable coverage_table(const Schedule& schedule) {
  PageTable table{"What the policies ask for, and what meets it", {text("policy"), text("of"), text("period"), text("met by"), text("asked for by")}, {}};
  for (const Demand& demand : schedule.demands) {
    std::string regulation;
    for (const Policy& policy : schedule.programme.policies)
      if (policy.name == demand.policy) regulation = policy.regulation;
    table.rows.push_back({name(demand.policy.empty() ? "times" : demand.policy), text(demand.thing), text(demand.period), text(met_by(schedule, demand)), text(regulation)});
  }
  return table;
}

PageTable attendance_table(const Schedule& schedule) {
  PageTable table{"Exercises of each person", {text("person")}, {}};
  const Programme& programme = schedule.programme;
  for (int q = 0; q < programme.quarters; ++q) table.head.push_back(number(quarter_text(programme.from + q)));
  table.head.push_back(number("most in a week"));
  for (const Person& person : programme.people) {
    std::vector<int> quarters(static_cast<std::size_t>(programme.quarters), 0);
    std::map<Day, int> weeks;
    for (const Appointment& one : schedule.appointments) {
      const bool there = std::any_of(one.people.begin(), one.people.end(), [&](const Attendance& seat) { return seat.person == person.name; });
      if (one.cancelled || !there || one.quarter < programme.from || one.quarter >= programme.from + programme.quarters) continue;
      ++quarters[static_cast<std::size_t>(one.quarter - programme.from)];
      ++weeks[week_of(day_of_appointment(programme, one))];
    }
    std::vector<PageCell> row{name(person.name)};
    for (int count : quarters) row.push_back(number(std::to_string(count)));
    int most = 0;
    for (const auto& [monday, count] : weeks) most = std::max(most, count);
    row.push_back(number(std::to_string(most)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

PageTable rule_table(const std::vector<ProgrammeRule>& rules, const std::string& caption) {
  PageTable table{caption, {text("rule"), text("in the file"), number("cost")}, {}};
  for (const ProgrammeRule& rule : rules) {
    char cost[32];
    std::snprintf(cost, sizeof cost, "%.15g", rule.cost);
    table.rows.push_back({name(rule.text), text(rule.pointer), number(cost)});
  }
  return table;
}

}  // namespace muster
