#include "exercise/programme/demands.h"

#include <algorithm>

namespace muster {
namespace {

std::vector<std::size_t> that_meet(const Programme& programme, const Policy& policy, const std::string& thing) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < programme.exercises.size(); ++i) {
    const PlannedExercise& exercise = programme.exercises[i];
    const bool kind = std::find(policy.kinds.begin(), policy.kinds.end(), exercise.kind) != policy.kinds.end();
    const bool meets = policy.of_services ? std::find(exercise.covers.begin(), exercise.covers.end(), thing) != exercise.covers.end() : exercise.name == thing;
    if (kind && meets) out.push_back(i);
  }
  return out;
}

// The last within the days; held ones come oldest first.
std::optional<Held> last_held(const std::vector<ExerciseWorth>& worth, const std::vector<std::size_t>& exercises, Day first, Day last) {
  std::optional<Held> out;
  for (std::size_t i : exercises)
    for (const Held& held : worth[i].held)
      if (held.day >= first && held.day <= last && (!out || held.day > out->day)) out = held;
  return out;
}

int times_held(const ExerciseWorth& worth, Day first, Day last) {
  return static_cast<int>(std::count_if(worth.held.begin(), worth.held.end(), [&](const Held& held) { return held.day >= first && held.day <= last; }));
}

constexpr Day ever = -1;

void add_periods(const Programme& programme, const Policy& policy, Demand demand, const std::vector<ExerciseWorth>& worth, Day today, std::vector<Demand>& out) {
  for (Day day = programme.first(); day <= programme.last();) {
    const DatePeriod period = period_of(policy.every, day);
    day = period.last + 1;
    if (period.last > programme.last()) break;
    demand.period = period.name;
    demand.first = period.first;
    demand.last = period.last;
    demand.done = last_held(worth, demand.exercises, period.first, period.last);
    demand.missed = !demand.done && period.last < today;
    out.push_back(demand);
  }
}

}  // namespace

std::vector<Demand> demands_of(const Programme& programme, const std::vector<ExerciseWorth>& worth, Day today) {
  std::vector<Demand> out;
  for (const Policy& policy : programme.policies)
    for (const std::string& thing : policy.things) {
      Demand demand;
      demand.policy = policy.name;
      demand.thing = thing;
      demand.exercises = that_meet(programme, policy, thing);
      if (policy.every.unit != Frequency::Unit::days) {
        add_periods(programme, policy, demand, worth, today, out);
        continue;
      }
      demand.period = frequency_text(policy.every);
      demand.at_most_apart = policy.every.days;
      demand.done = last_held(worth, demand.exercises, ever, std::min(today, programme.last()));
      demand.first = demand.done ? demand.done->day + 1 : programme.first();
      demand.last = programme.last();
      out.push_back(demand);
    }
  for (std::size_t i = 0; i < programme.exercises.size(); ++i) {
    const PlannedExercise& exercise = programme.exercises[i];
    if (exercise.times == 0) continue;
    Demand demand;
    demand.thing = exercise.name;
    demand.period = quarter_text(programme.from) + (programme.quarters > 1 ? " to " + quarter_text(programme.from + programme.quarters - 1) : "");
    demand.first = programme.first();
    demand.last = programme.last();
    demand.exercises = {i};
    demand.count = exercise.times - times_held(worth[i], demand.first, demand.last);
    if (demand.count <= 0) demand.done = last_held(worth, demand.exercises, demand.first, demand.last);
    demand.missed = !demand.done && demand.last < today;
    out.push_back(demand);
  }
  return out;
}

namespace {

DemandStanding standing_of(const Demand& demand, const Programme& programme, const std::vector<Appointment>& announced, Day today) {
  using State = DemandStanding::State;
  DemandStanding out{demand, State::due, demand.last, {}};
  const bool rolling = demand.at_most_apart > 0;
  if (rolling) out.due = (demand.done ? demand.done->day : programme.first() - 1) + demand.at_most_apart;
  const Zone zone(programme.time_zone);
  for (const Appointment& appointment : announced) {
    if (appointment.cancelled) continue;
    const Day day = static_cast<Day>(zone.to_local(appointment.from) / 86'400);
    const bool meets = std::any_of(demand.exercises.begin(), demand.exercises.end(), [&](std::size_t i) { return programme.exercises[i].name == appointment.exercise; });
    if (meets && day >= today && day >= demand.first && day <= out.due && (!out.planned || day < *out.planned)) out.planned = day;
  }
  if (!rolling && demand.done) out.state = State::done;
  else if (out.due < today) out.state = State::overdue;
  else if (out.planned) out.state = State::planned;
  else if (rolling && demand.done) out.state = State::done;  // until it is due again
  return out;
}

}  // namespace

ProgrammeStatus programme_status(const Programme& programme, const std::vector<ExerciseWorth>& worth, const std::vector<Appointment>& announced, Day today) {
  ProgrammeStatus out{programme, today, {}, {}};
  for (const Demand& demand : demands_of(programme, worth, today))
    if (demand.first <= today) out.demands.push_back(standing_of(demand, programme, announced, today));
  const Zone zone(programme.time_zone);
  std::vector<std::pair<std::string, Day>> taken;  // one exercise meets one announcement
  for (const Appointment& appointment : announced) {
    if (appointment.cancelled) continue;
    ProgrammeStatus::Announced entry{appointment, ProgrammeStatus::Announced::State::planned, ""};
    const Day day = static_cast<Day>(zone.to_local(appointment.from) / 86'400);
    for (std::size_t i = 0; i < programme.exercises.size(); ++i) {
      if (programme.exercises[i].name != appointment.exercise) continue;
      for (const Held& held : worth[i].held) {
        const std::pair<std::string, Day> one{appointment.exercise, held.day};
        if (held.day < day - 3 || quarter_of(held.day) > appointment.quarter || std::find(taken.begin(), taken.end(), one) != taken.end()) continue;
        taken.push_back(one);
        entry.state = ProgrammeStatus::Announced::State::done;
        entry.done_by = held.source;
        break;
      }
    }
    const Day until = static_cast<Day>(zone.to_local(appointment.to) / 86'400);
    if (entry.state != ProgrammeStatus::Announced::State::done && until < today) entry.state = ProgrammeStatus::Announced::State::overdue;
    out.appointments.push_back(entry);
  }
  return out;
}

}  // namespace muster
