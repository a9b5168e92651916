#include "models/schedule.h"

#include <algorithm>
#include <cmath>

namespace muster {

double block_of(const PlannedExercise& exercise, const ExerciseWorth& worth) {
  return std::ceil((exercise.lasts.value_or(worth.p90) + exercise.hotwash) / 300) * 300;
}

std::string identity_of(const Programme& programme, const Appointment& appointment) {
  return programme.name + "." + appointment.exercise + "." + quarter_text(appointment.quarter) + "." + std::to_string(appointment.number);
}

bool ProgrammeStatus::overdue() const {
  return std::any_of(demands.begin(), demands.end(), [](const DemandStanding& one) { return one.state == DemandStanding::State::overdue; }) ||
         std::any_of(appointments.begin(), appointments.end(), [](const Announced& one) { return one.state == Announced::State::overdue; });
}

}  // namespace muster
