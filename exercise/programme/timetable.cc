#include "exercise/programme/timetable.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace muster {
namespace {

constexpr double any = std::numeric_limits<double>::infinity();
constexpr std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << i; }

bool has_role(const Person& person, const std::string& role) { return std::find(person.roles.begin(), person.roles.end(), role) != person.roles.end(); }

}  // namespace

Timetable::Timetable(const Problem& problem, const std::vector<bool>& active) : problem_(problem), active_(active) {
  look_at_people();
  choose_starts();
  add_demands();
  add_spacing();
  add_people();
  add_load();
}

bool Timetable::holds(Rule::Kind kind, std::size_t of) const {
  for (std::size_t i = 0; i < problem_.rules->size(); ++i)
    if ((*problem_.rules)[i].kind == kind && (*problem_.rules)[i].of == of) return active_[i];
  return false;
}

void Timetable::look_at_people() {
  for (std::size_t i = 0; i < problem_.programme->exercises.size(); ++i) {
    const bool needed = holds(Rule::Kind::people, i);
    people_.push_back(needed ? people_of(*problem_.programme, problem_.programme->exercises[i]) : 0);
    named_.push_back(needed ? named_of(*problem_.programme, problem_.programme->exercises[i]) : 0);
  }
}

void Timetable::choose_starts() {
  const Programme& programme = *problem_.programme;
  std::uint64_t blackouts = 0, off = 0, away = 0;
  for (std::size_t i = 0; i < programme.blackouts.size(); ++i) blackouts |= holds(Rule::Kind::blackout, i) ? bit(i) : 0;
  for (std::size_t i = 0; i < programme.people.size(); ++i) {
    off |= holds(Rule::Kind::hours, i) ? bit(i) : 0;
    away |= holds(Rule::Kind::absence, i) ? bit(i) : 0;
  }
  std::map<std::tuple<std::size_t, Quarter, Day, std::uint64_t>, std::size_t> groups;
  const std::vector<Start>& starts = *problem_.starts;
  for (std::size_t first = 0; first < starts.size();) {
    const std::size_t exercise = starts[first].exercise;
    const PlannedExercise& planned = programme.exercises[exercise];
    const bool needs_people = people_[exercise] != 0, window = holds(Rule::Kind::window, exercise);
    const std::uint64_t people = people_[exercise], named = named_[exercise];
    struct Possible {
      const Start* start;
      std::uint64_t present;
    };
    std::vector<Possible> possible;
    std::size_t end = first;
    for (; end < starts.size() && starts[end].exercise == exercise && starts[end].day == starts[first].day; ++end) {
      const Start& start = starts[end];
      const std::uint64_t present = people & ~(start.off & off) & ~(start.away & away);
      if ((start.outside && window) || (start.blackouts & blackouts) || (named & ~present)) continue;
      bool enough = true;
      for (const Seats& seats : planned.roles) {
        int holders = 0;
        for (std::size_t i = 0; needs_people && i < programme.people.size(); ++i) holders += (present & ~named & bit(i)) && has_role(programme.people[i], seats.of);
        enough = enough && (!needs_people || holders >= seats.count);
      }
      if (enough) possible.push_back({&start, present});
    }
    for (const Possible& one : possible) {
      const bool bettered = std::any_of(possible.begin(), possible.end(), [&](const Possible& other) {
        return other.start != one.start && (one.present & ~other.present) == 0 && (one.present != other.present || other.start->from < one.start->from);
      });
      if (bettered && !one.start->announced) continue;
      const auto [at, fresh] = groups.try_emplace({exercise, quarter_of(one.start->day), week_of(one.start->day), one.present}, groups_.size());
      if (fresh) groups_.push_back({exercise, quarter_of(one.start->day), week_of(one.start->day), one.present, {}, {}});
      const int variable = program_.variable(0, 1);
      groups_[at->second].begins.emplace_back(variable, 1.0);
      choices_.push_back({*one.start, variable, at->second});
    }
    first = end;
  }
}

void Timetable::add_demands() {
  std::vector<std::vector<const Choice*>> choices_of(problem_.programme->exercises.size());
  for (const Choice& choice : choices_) choices_of[choice.start.exercise].push_back(&choice);
  for (std::size_t i = 0; i < problem_.demands->size(); ++i) {
    const Demand& demand = (*problem_.demands)[i];
    if (!demand.open() || !holds(Rule::Kind::demand, i)) continue;
    const auto require = [&](Day first, Day last, int count) {
      IntegerProgram::Terms terms;
      for (const std::size_t exercise : demand.exercises)
        for (const Choice* choice : choices_of[exercise])
          if (choice->start.day >= first && choice->start.day <= last) terms.emplace_back(choice->variable, 1.0);
      program_.row(count, any, std::move(terms));
    };
    if (demand.at_most_apart == 0) {
      require(demand.first, demand.last, demand.count);
      continue;
    }
    // Never so long without one. What is overdue already is due within as long again.
    Day from = demand.first;
    if (from + demand.at_most_apart - 1 < problem_.not_before) from = problem_.not_before;
    for (; from + demand.at_most_apart - 1 <= demand.last; ++from) require(from, from + demand.at_most_apart - 1, 1);
  }
}

void Timetable::add_spacing() {
  const int apart = holds(Rule::Kind::spacing, 0) ? problem_.programme->spacing : 1;
  std::map<Day, std::vector<int>> on;
  for (const Choice& choice : choices_) on[choice.start.day].push_back(choice.variable);
  for (auto first = on.begin(); first != on.end(); ++first) {
    IntegerProgram::Terms terms;
    for (auto day = first; day != on.end() && day->first < first->first + apart; ++day)
      for (int variable : day->second) terms.emplace_back(variable, 1.0);
    if (terms.size() > 1) program_.row(-any, 1, std::move(terms));
  }
  std::map<std::pair<std::size_t, Day>, IntegerProgram::Terms> of_week;
  for (const Group& group : groups_) {
    IntegerProgram::Terms& terms = of_week[{group.exercise, group.week}];
    terms.insert(terms.end(), group.begins.begin(), group.begins.end());
  }
  for (auto& [week, terms] : of_week)
    if (terms.size() > 1) program_.row(-any, 1, std::move(terms));
}

// Seats are taken when the group's exercise takes place, by people who hold their role, each in one of them.
void Timetable::add_people() {
  const Programme& programme = *problem_.programme;
  for (Group& group : groups_) {
    if (people_[group.exercise] == 0) continue;
    const PlannedExercise& exercise = programme.exercises[group.exercise];
    const std::uint64_t able = group.present & ~named_[group.exercise];
    std::map<std::size_t, IntegerProgram::Terms> of_person;
    for (std::size_t role = 0; role < exercise.roles.size(); ++role) {
      IntegerProgram::Terms terms;
      for (std::size_t i = 0; i < programme.people.size(); ++i) {
        if (!(able & bit(i)) || !has_role(programme.people[i], exercise.roles[role].of)) continue;
        const int variable = program_.variable(0, 1);
        group.seats.push_back({i, role, variable});
        terms.emplace_back(variable, 1.0);
        of_person[i].emplace_back(variable, 1.0);
      }
      for (const auto& [variable, one] : group.begins) terms.emplace_back(variable, -exercise.roles[role].count);
      program_.row(0, 0, std::move(terms));
    }
    for (auto& [person, terms] : of_person) {
      for (const auto& [variable, one] : group.begins) terms.emplace_back(variable, -1.0);
      program_.row(-any, 0, std::move(terms));
    }
  }
}

template <typename In>
void Timetable::add_load_of(std::size_t person, int most, In in) {
  IntegerProgram::Terms terms;
  for (const Group& group : groups_) {
    if (!in(group)) continue;
    if (named_[group.exercise] & bit(person)) terms.insert(terms.end(), group.begins.begin(), group.begins.end());
    for (const Group::Seat& seat : group.seats)
      if (seat.person == person) terms.emplace_back(seat.variable, 1.0);
  }
  if (static_cast<int>(terms.size()) > most) program_.row(-any, most, std::move(terms));
}

void Timetable::add_load() {
  const Programme& programme = *problem_.programme;
  for (std::size_t i = 0; i < programme.people.size(); ++i) {
    if (programme.per_week && holds(Rule::Kind::week_load, i))
      for (Day week = week_of(programme.first()); week <= programme.last(); week += 7)
        add_load_of(i, *programme.per_week, [&](const Group& group) { return group.week == week; });
    if (programme.per_quarter && holds(Rule::Kind::quarter_load, i))
      for (Quarter quarter = programme.from; quarter < programme.from + programme.quarters; ++quarter)
        add_load_of(i, *programme.per_quarter, [&](const Group& group) { return group.quarter == quarter; });
  }
}

}  // namespace muster
