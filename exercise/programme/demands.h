#pragma once
#include <vector>

#include "models/schedule.h"

/// What the policies of a programme ask for, and how it stands.
namespace muster {

/// Every demand whose period ends within the horizon: of the policies in file order (things, then periods), then of the exercises'
/// `times`. A period that begins before the horizon counts what was held in it. `worth` is of each exercise.
std::vector<Demand> demands_of(const Programme& programme, const std::vector<ExerciseWorth>& worth, Day today);

/// How things stand on a day: demands of periods that have begun, and what was announced. A demand is overdue when its period, or the
/// longest time apart, is over and nothing met it; an announced exercise when its time is past and none of its kind was held in its
/// quarter since three days before its day.
ProgrammeStatus programme_status(const Programme& programme, const std::vector<ExerciseWorth>& worth, const std::vector<Appointment>& announced, Day today);

}  // namespace muster
