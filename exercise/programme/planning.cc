#include "exercise/programme/planning.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "exercise/programme/conflict.h"
#include "exercise/programme/demands.h"
#include "exercise/programme/timetable.h"

namespace muster {
namespace {

class Planning {
 public:
  Planning(const Programme& programme, const PlanningRequest& request) : request_(request), zone_(programme.time_zone) {
    out_.programme = programme;
    out_.worth = request.worth;
    out_.today = request.today;
  }

  Schedule plan() {
    const Programme& programme = out_.programme;
    const ProgrammeWindows windows = windows_of(programme);
    out_.blackouts = windows.named;
    out_.demands = demands_of(programme, request_.worth, request_.today);
    keep_the_past();
    const std::vector<Start> starts = starts_of(programme, request_.worth, windows, request_.today + 1, ahead_);
    const std::vector<Rule> rules = rules_of(programme, out_.demands, windows);
    const Timetable::Problem problem{&programme, &out_.demands, &starts, &rules, request_.today + 1};
    Timetable all(problem, std::vector<bool>(rules.size(), true));
    if (auto chosen = all.best(weights_of(request_.worth), ahead_)) announce(*chosen);
    else explain(problem, rules);
    std::stable_sort(out_.appointments.begin(), out_.appointments.end(), [](const Appointment& a, const Appointment& b) { return a.from < b.from; });
    return std::move(out_);
  }

 private:
  Day day_of_start(Instant from) const { return static_cast<Day>(zone_.to_local(from) / 86'400); }

  void keep_the_past() {
    for (const Appointment& appointment : request_.announced) {
      const bool known = out_.programme.exercise(appointment.exercise) != nullptr;
      if (appointment.cancelled || day_of_start(appointment.from) <= request_.today) out_.appointments.push_back(appointment);
      else if (known) ahead_.push_back(appointment);
      else cancel(appointment);
    }
  }

  void cancel(Appointment appointment) {
    appointment.cancelled = true;
    appointment.kept = false;
    ++appointment.sequence;
    appointment.stamped = request_.today;
    out_.appointments.push_back(std::move(appointment));
  }

  int free_number(const Appointment& appointment) const {
    int number = 1;
    const auto taken = [&](const std::vector<Appointment>& some) {
      return std::any_of(some.begin(), some.end(), [&](const Appointment& other) {
        return other.exercise == appointment.exercise && other.quarter == appointment.quarter && other.number == number;
      });
    };
    while (taken(out_.appointments) || taken(ahead_) || taken(request_.announced)) ++number;
    return number;
  }

  // First those whose time is as announced, then in order of time: a later one takes over the identity of an earlier one of its quarter.
  void announce(const Timetable::Chosen& chosen) {
    out_.proved = chosen.proved;
    std::vector<Appointment> planned;
    for (std::size_t i = 0; i < chosen.starts.size(); ++i) {
      const Start& start = chosen.starts[i];
      Appointment one;
      one.exercise = out_.programme.exercises[start.exercise].name;
      one.quarter = quarter_of(start.day);
      one.number = 0;
      one.stamped = request_.today;
      one.from = start.from;
      one.to = start.to;
      one.people = chosen.people[i];
      out_.person_hours += (start.to - start.from) / 3600 * static_cast<double>(std::max<std::size_t>(one.people.size(), 1));
      planned.push_back(std::move(one));
    }
    for (const bool same_time : {true, false})
      for (Appointment& one : planned) {
        if (one.number != 0) continue;
        const auto before = std::find_if(ahead_.begin(), ahead_.end(), [&](const Appointment& other) {
          return other.exercise == one.exercise && other.quarter == one.quarter && (!same_time || other.from == one.from);
        });
        if (before == ahead_.end()) continue;
        one.number = before->number;
        one.kept = before->from == one.from;
        const bool same = one.kept && before->to == one.to && before->people == one.people;
        one.sequence = before->sequence + (same ? 0 : 1);
        if (same) one.stamped = before->stamped;
        out_.kept += one.kept;
        out_.moved += !one.kept;
        ahead_.erase(before);
      }
    for (const Appointment& gone : ahead_) cancel(gone);
    ahead_.clear();
    for (Appointment& one : planned) {
      if (one.number == 0) one.number = free_number(one);
      out_.appointments.push_back(one);
    }
  }

  void explain(const Timetable::Problem& problem, const std::vector<Rule>& rules) {
    std::vector<double> costs;
    for (const Rule& rule : rules) costs.push_back(rule.told.cost);
    const FoundConflict found = find_conflict(costs, [&](const std::vector<bool>& active) { return Timetable(problem, active).possible(); });
    out_.conflict.emplace();
    for (std::size_t i : found.rules) out_.conflict->rules.push_back(rules[i].told);
    for (std::size_t i : found.relax) out_.conflict->relax.push_back(rules[i].told);
    out_.conflict->cost = found.cost;
    out_.conflict->cheapest = found.cheapest;
    // What people were told stands until there is something better.
    for (const Appointment& one : ahead_) out_.appointments.push_back(one);
  }

  const PlanningRequest& request_;
  Zone zone_;
  std::vector<Appointment> ahead_;
  Schedule out_;
};

}  // namespace

std::vector<int> weights_of(const std::vector<ExerciseWorth>& worth) {
  std::vector<std::size_t> order(worth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return worth[a].value > worth[b].value; });
  const double most = order.empty() ? 0 : worth[order.front()].value;
  std::vector<int> weights(worth.size(), 1);
  int next = 0;
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    const int own = most > 0 ? static_cast<int>(std::lround(1000 * worth[*place].value / most)) : 0;
    next = std::max(next + 1, own);
    weights[*place] = next;
  }
  return weights;
}

Schedule schedule_of(const Programme& programme, const PlanningRequest& request) { return Planning(programme, request).plan(); }

}  // namespace muster
