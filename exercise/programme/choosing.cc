#include <algorithm>
#include <bit>
#include <limits>

#include "exercise/programme/timetable.h"

/// How a timetable is asked: what is possible, and what is best.
namespace muster {
namespace {

constexpr double any = std::numeric_limits<double>::infinity();
constexpr int nodes_of_question = 2000, nodes_of_best = 20'000;

// So that one of many equal choices is the best: spread evenly, the same on every machine (the finaliser of SplitMix64).
int jumbled(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t x = a * 0x9E3779B97F4A7C15u + b * 0xBF58476D1CE4E5B9u + c * 0x94D049BB133111EBu;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return static_cast<int>((x ^ (x >> 31)) % 97);
}

}  // namespace

std::optional<bool> Timetable::possible() const {
  const IntegerProgram::Answer answer = program_.solve(nodes_of_question);
  if (answer.outcome == IntegerProgram::Outcome::undecided) return {};
  return answer.solved();
}

double Timetable::effort_of(const Start& start) const {
  int people = std::popcount(named_[start.exercise]);
  if (people_[start.exercise] != 0)
    for (const Seats& seats : problem_.programme->exercises[start.exercise].roles) people += seats.count;
  return std::max(people, 1) * std::max(1.0, static_cast<double>(static_cast<long long>((start.to - start.from) / 60)));
}

std::optional<Timetable::Chosen> Timetable::best(const std::vector<int>& weights, const std::vector<Appointment>& announced) {
  bool proved = true;
  IntegerProgram::Answer answer;
  // One aim after the other; each is held when the next is asked for.
  const auto least = [&](auto cost_of, bool hold) {
    IntegerProgram::Terms terms;
    for (const Choice& choice : choices_) {
      const double cost = cost_of(choice.start);
      program_.cost(choice.variable, cost);
      if (cost != 0) terms.emplace_back(choice.variable, cost);
    }
    if (terms.empty() && answer.solved()) return true;
    answer = program_.solve(nodes_of_best);
    proved = proved && answer.outcome == IntegerProgram::Outcome::optimal;
    if (answer.solved() && hold && !terms.empty()) program_.row(-any, answer.cost + 0.5, std::move(terms));
    return answer.solved();
  };
  const bool any_announced = std::any_of(choices_.begin(), choices_.end(), [](const Choice& choice) { return choice.start.announced; });
  if (any_announced && !least([](const Start& start) { return start.announced ? -1.0 : 0.0; }, true)) return {};
  if (!least([&](const Start& start) { return effort_of(start); }, true)) return {};
  const Day first = problem_.programme->first();
  if (!least([&](const Start& start) { return static_cast<double>(weights[start.exercise]) * (start.day - first + 1); }, false)) return {};
  answer = give_seats(answer, announced);
  if (!answer.solved()) return {};
  Chosen chosen = told(answer);
  chosen.proved = proved;
  return chosen;
}

// Dates are settled. Now the load of whoever has most is least, and those who were asked already stay.
IntegerProgram::Answer Timetable::give_seats(const IntegerProgram::Answer& dates, const std::vector<Appointment>& announced) {
  IntegerProgram seats = program_;
  std::vector<IntegerProgram::Terms> load(problem_.programme->people.size());
  std::vector<const Start*> of_group(groups_.size(), nullptr);
  for (const Choice& choice : choices_) {
    const int taken = dates.values[static_cast<std::size_t>(choice.variable)];
    seats.fix(choice.variable, taken);
    seats.cost(choice.variable, 0);
    if (!taken) continue;
    of_group[choice.group] = &choice.start;
    for (std::size_t i = 0; i < load.size(); ++i)
      if (named_[choice.start.exercise] & (std::uint64_t{1} << i)) load[i].emplace_back(choice.variable, 1.0);
  }
  const auto was_asked = [&](const Start& start, const std::string& person, const std::string& role) {
    return std::any_of(announced.begin(), announced.end(), [&](const Appointment& appointment) {
      return !appointment.cancelled && appointment.exercise == problem_.programme->exercises[start.exercise].name && appointment.from == start.from &&
             std::find(appointment.people.begin(), appointment.people.end(), Attendance{person, role}) != appointment.people.end();
    });
  };
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (const Group::Seat& seat : groups_[g].seats) {
      if (!of_group[g]) {
        seats.fix(seat.variable, 0);
        continue;
      }
      load[seat.person].emplace_back(seat.variable, 1.0);
      const std::string& role = problem_.programme->exercises[groups_[g].exercise].roles[seat.role].of;
      const bool asked = was_asked(*of_group[g], problem_.programme->people[seat.person].name, role);
      seats.cost(seat.variable, jumbled(static_cast<std::uint64_t>(of_group[g]->day), seat.person, seat.role) - (asked ? 1'000'000 : 0));
    }
  const int most = seats.variable(0, 1000, 10'000);
  for (IntegerProgram::Terms& terms : load) {
    if (terms.empty()) continue;
    terms.emplace_back(most, -1.0);
    seats.row(-any, 0, std::move(terms));
  }
  return seats.solve(nodes_of_best);
}

Timetable::Chosen Timetable::told(const IntegerProgram::Answer& answer) const {
  const auto taken = [&](int variable) { return answer.values[static_cast<std::size_t>(variable)] > 0; };
  std::vector<const Choice*> begins;
  for (const Choice& choice : choices_)
    if (taken(choice.variable)) begins.push_back(&choice);
  std::sort(begins.begin(), begins.end(), [](const Choice* a, const Choice* b) { return a->start.from < b->start.from; });
  Chosen out;
  for (const Choice* choice : begins) {
    const PlannedExercise& exercise = problem_.programme->exercises[choice->start.exercise];
    std::vector<Attendance> people;
    for (const std::string& person : exercise.people) people.push_back({person, ""});
    for (std::size_t role = 0; role < exercise.roles.size(); ++role)
      for (const Group::Seat& seat : groups_[choice->group].seats)
        if (seat.role == role && taken(seat.variable)) people.push_back({problem_.programme->people[seat.person].name, exercise.roles[role].of});
    out.starts.push_back(choice->start);
    out.people.push_back(std::move(people));
  }
  return out;
}

}  // namespace muster
