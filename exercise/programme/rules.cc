#include "exercise/programme/rules.h"

#include <algorithm>

namespace muster {
namespace {

std::string counted(int count, const std::string& noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

ProgrammeRule told(const Programme& programme, const Demand& demand) {
  if (demand.policy.empty()) return {demand.thing + " takes place at least " + counted(demand.count, "more time"), "/exercises/" + demand.thing + "/times", programme.costs.times};
  const auto policy = std::find_if(programme.policies.begin(), programme.policies.end(), [&](const Policy& one) { return one.name == demand.policy; });
  return {"policy " + demand.policy + ": " + demand.thing + (demand.at_most_apart > 0 ? " " : " in ") + demand.period, "/policies/" + demand.policy, policy->cost};
}

}  // namespace

std::vector<Rule> rules_of(const Programme& programme, const std::vector<Demand>& demands, const ProgrammeWindows& windows) {
  std::vector<Rule> out;
  for (std::size_t i = 0; i < demands.size(); ++i)
    if (demands[i].open()) out.push_back({Rule::Kind::demand, i, told(programme, demands[i])});
  const RuleCosts& costs = programme.costs;
  if (programme.spacing > 1) out.push_back({Rule::Kind::spacing, 0, {"exercises are " + counted(programme.spacing, "day") + " apart", "/spacing", costs.spacing}});
  for (std::size_t i = 0; i < programme.blackouts.size(); ++i)
    if (!windows.blackouts[i].empty()) out.push_back({Rule::Kind::blackout, i, {"no exercise during " + programme.blackouts[i].name, "/blackouts/" + programme.blackouts[i].name, programme.blackouts[i].cost}});
  for (std::size_t i = 0; i < programme.people.size(); ++i) {
    const Person& person = programme.people[i];
    const std::string at = "/people/" + person.name;
    if (programme.per_week) out.push_back({Rule::Kind::week_load, i, {person.name + " takes part in " + counted(*programme.per_week, "exercise") + " a week at most", "/load/per-week", costs.load}});
    if (programme.per_quarter) out.push_back({Rule::Kind::quarter_load, i, {person.name + " takes part in " + counted(*programme.per_quarter, "exercise") + " a quarter at most", "/load/per-quarter", costs.load}});
    out.push_back({Rule::Kind::hours, i, {"the working hours of " + person.name, at + "/hours", costs.hours}});
    if (!windows.away[i].empty()) out.push_back({Rule::Kind::absence, i, {"the absences of " + person.name, at + (person.absences.empty() ? "/calendars" : "/absent"), costs.absence}});
  }
  for (std::size_t i = 0; i < programme.exercises.size(); ++i) {
    const PlannedExercise& exercise = programme.exercises[i];
    const std::string at = "/exercises/" + exercise.name;
    if (people_of(programme, exercise)) out.push_back({Rule::Kind::people, i, {"who must be at " + exercise.name, at + (exercise.roles.empty() ? "/people" : "/roles"), costs.people}});
    if (!exercise.hours.empty() || !people_of(programme, exercise)) out.push_back({Rule::Kind::window, i, {"the hours of " + exercise.name, exercise.hours.empty() ? "/hours" : at + "/hours", costs.hours}});
  }
  return out;
}

std::uint64_t named_of(const Programme& programme, const PlannedExercise& exercise) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < programme.people.size(); ++i)
    if (std::find(exercise.people.begin(), exercise.people.end(), programme.people[i].name) != exercise.people.end()) out |= std::uint64_t{1} << i;
  return out;
}

std::uint64_t people_of(const Programme& programme, const PlannedExercise& exercise) {
  std::uint64_t out = named_of(programme, exercise);
  for (std::size_t i = 0; i < programme.people.size(); ++i)
    for (const Seats& seats : exercise.roles)
      if (std::find(programme.people[i].roles.begin(), programme.people[i].roles.end(), seats.of) != programme.people[i].roles.end()) out |= std::uint64_t{1} << i;
  return out;
}

namespace {

class StartLook {
 public:
  StartLook(const Programme& programme, const ProgrammeWindows& windows)
      : programme_(programme), windows_(windows), zone_(programme.time_zone), default_hours_(open_windows(programme.hours, zone_, programme.first() - 8, programme.last() + 8)) {}

  Start at(std::size_t index, Day day, Instant from, double length) const {
    const PlannedExercise& exercise = programme_.exercises[index];
    Start start{index, day, from, from + length};
    const std::uint64_t people = people_of(programme_, exercise);
    const bool own = !exercise.hours.empty();
    if (own) start.outside = !lies_within(windows_.exercise_hours[index], start.from, start.to);
    else if (!people) start.outside = !lies_within(default_hours_, start.from, start.to);
    for (std::size_t i = 0; i < windows_.blackouts.size(); ++i)
      if (overlaps(windows_.blackouts[i], start.from, start.to)) start.blackouts |= std::uint64_t{1} << i;
    for (std::size_t i = 0; i < programme_.people.size(); ++i) {
      const std::uint64_t bit = std::uint64_t{1} << i;
      if (!(people & bit)) continue;
      if (!own && !lies_within(windows_.hours[i], start.from, start.to)) start.off |= bit;
      if (overlaps(windows_.away[i], start.from, start.to)) start.away |= bit;
    }
    return start;
  }
  const Zone& zone() const { return zone_; }

 private:
  const Programme& programme_;
  const ProgrammeWindows& windows_;
  Zone zone_;
  std::vector<Window> default_hours_;
};

bool breaks_the_same(const Start& a, const Start& b) {
  return a.outside == b.outside && a.blackouts == b.blackouts && a.off == b.off && a.away == b.away;
}

}  // namespace

std::vector<Start> starts_of(const Programme& programme, const std::vector<ExerciseWorth>& worth, const ProgrammeWindows& windows, Day not_before,
                             const std::vector<Appointment>& announced) {
  const StartLook look(programme, windows);
  std::vector<Start> out;
  for (std::size_t i = 0; i < programme.exercises.size(); ++i) {
    const PlannedExercise& exercise = programme.exercises[i];
    const double length = block_of(exercise, worth[i]);
    for (Day day = std::max(programme.first(), not_before); day <= programme.last(); ++day) {
      const std::size_t first = out.size();
      for (int minutes = 0; minutes < 1440; minutes += 30) {
        const Start start = look.at(i, day, look.zone().from_local(day * 86'400LL + minutes * 60LL), length);
        if (std::none_of(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(), [&](const Start& other) { return breaks_the_same(start, other); })) out.push_back(start);
      }
      for (const Appointment& appointment : announced) {
        if (appointment.cancelled || appointment.exercise != exercise.name || look.zone().to_local(appointment.from) / 86'400 != day) continue;
        Start start = look.at(i, day, appointment.from, length);
        start.announced = true;
        out.push_back(start);
      }
    }
  }
  return out;
}

}  // namespace muster
