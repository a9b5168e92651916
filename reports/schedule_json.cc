#include "reports/schedule_json.h"

#include <nlohmann/json.hpp>

#include "reports/json_values.h"
#include "reports/schedule_view.h"

namespace muster {
namespace {

Json appointment_json(const Programme& programme, const Appointment& one) {
  Json people = Json::array();
  for (const Attendance& seat : one.people) people.push_back({{"person", seat.person}, {"role", seat.role.empty() ? Json(nullptr) : Json(seat.role)}});
  return {{"uid", identity_of(programme, one)}, {"exercise", one.exercise}, {"quarter", quarter_text(one.quarter)}, {"number", one.number}, {"sequence", one.sequence},
          {"changed", date_text(one.stamped)}, {"status", one.cancelled ? "cancelled" : "confirmed"}, {"kept", one.kept}, {"date", local_date(programme, one.from)},
          {"from", utc_iso(one.from)}, {"to", utc_iso(one.to)}, {"people", std::move(people)}};
}

Json held_json(const std::optional<Held>& held) {
  if (!held) return nullptr;
  return {{"date", date_text(held->day)}, {"source", held->source}};
}

Json demand_json(const Programme& programme, const Demand& demand) {
  Json exercises = Json::array();
  for (std::size_t i : demand.exercises) exercises.push_back(programme.exercises[i].name);
  return {{"policy", demand.policy.empty() ? Json(nullptr) : Json(demand.policy)}, {"of", demand.thing}, {"period", demand.period}, {"first", date_text(demand.first)}, {"last", date_text(demand.last)},
          {"count", demand.count}, {"at-most-apart", demand.at_most_apart > 0 ? Json(demand.at_most_apart) : Json(nullptr)}, {"exercises", std::move(exercises)}, {"done", held_json(demand.done)}};
}

Json programme_json(const Programme& programme) {
  return {{"name", programme.name}, {"title", programme.title}, {"file", programme.file}, {"sha256", programme.sha256}, {"time-zone", programme.time_zone},
          {"from", quarter_text(programme.from)}, {"quarters", programme.quarters}};
}

Json rules_json(const std::vector<ProgrammeRule>& rules) {
  Json out = Json::array();
  for (const ProgrammeRule& rule : rules) out.push_back({{"rule", rule.text}, {"pointer", rule.pointer}, {"cost", json_number(rule.cost)}});
  return out;
}

}  // namespace

std::string schedule_json(const Schedule& schedule, const std::string& program) {
  const Programme& programme = schedule.programme;
  Json out = json_preamble(program, "schedule");
  out["programme"] = programme_json(programme);
  out["today"] = date_text(schedule.today);
  out["seed"] = schedule.seed;
  out["replications"] = schedule.replications;
  out["feasible"] = !schedule.conflict.has_value();
  out["proved"] = schedule.proved;
  out["person-hours"] = json_number(schedule.person_hours);
  out["kept"] = schedule.kept;
  out["moved"] = schedule.moved;
  Json& appointments = out["appointments"] = Json::array();
  for (const Appointment& one : schedule.appointments) appointments.push_back(appointment_json(programme, one));
  Json& exercises = out["exercises"] = Json::object();
  for (std::size_t i = 0; i < programme.exercises.size(); ++i) {
    const PlannedExercise& exercise = programme.exercises[i];
    const ExerciseWorth& worth = schedule.worth[i];
    Json held = Json::array();
    for (const Held& one : worth.held) held.push_back(held_json(one));
    exercises[exercise.name] = {{"scenario", exercise.scenario_file}, {"outage", exercise.outage}, {"kind", word_of(exercise.kind)}, {"covers", exercise.covers},
                                {"plan-p90", json_number(worth.p90)}, {"block", json_number(block_of(exercise, worth))}, {"recovery-p50", json_number(worth.p50_recovery)},
                                {"recovery-p90", json_number(worth.p90_recovery)}, {"value", json_number(worth.value)}, {"learns-most-of", worth.learns_most_of},
                                {"observations", worth.observations}, {"newest-days", worth.newest_days ? json_number(*worth.newest_days) : Json(nullptr)}, {"held", std::move(held)}};
  }
  Json& demands = out["demands"] = Json::array();
  for (const Demand& demand : schedule.demands) {
    Json one = demand_json(programme, demand);
    one["met-by"] = met_by(schedule, demand);
    demands.push_back(std::move(one));
  }
  Json& blackouts = out["blackouts"] = Json::array();
  for (const NamedWindow& window : schedule.blackouts) blackouts.push_back({{"name", window.name}, {"why", window.why}, {"from", utc_iso(window.from)}, {"to", utc_iso(window.to)}});
  if (schedule.conflict)
    out["conflict"] = {{"rules", rules_json(schedule.conflict->rules)}, {"relax", rules_json(schedule.conflict->relax)}, {"cost", json_number(schedule.conflict->cost)}, {"cheapest", schedule.conflict->cheapest}};
  else out["conflict"] = nullptr;
  return json_text(out);
}

std::string programme_status_json(const ProgrammeStatus& status, const std::string& program) {
  static constexpr const char* demanded[] = {"done", "planned", "due", "overdue"};
  static constexpr const char* told[] = {"done", "planned", "overdue"};
  Json out = json_preamble(program, "schedule status");
  out["programme"] = programme_json(status.programme);
  out["today"] = date_text(status.today);
  out["overdue"] = status.overdue();
  Json& demands = out["demands"] = Json::array();
  for (const DemandStanding& one : status.demands) {
    Json demand = demand_json(status.programme, one.demand);
    demand["state"] = demanded[static_cast<int>(one.state)];
    demand["due"] = date_text(one.due);
    demand["planned"] = one.planned ? Json(date_text(*one.planned)) : Json(nullptr);
    demands.push_back(std::move(demand));
  }
  Json& appointments = out["appointments"] = Json::array();
  for (const auto& one : status.appointments) {
    Json appointment = appointment_json(status.programme, one.appointment);
    appointment["state"] = told[static_cast<int>(one.state)];
    appointment["done-by"] = one.done_by;
    appointments.push_back(std::move(appointment));
  }
  return json_text(out);
}

}  // namespace muster
