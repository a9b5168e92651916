#pragma once
#include "exercise/programme/windows.h"
#include "models/schedule.h"

/// The dates of a programme.
namespace muster {

struct PlanningRequest {
  std::vector<ExerciseWorth> worth;       ///< of each exercise
  std::vector<Appointment> announced;     ///< of the plan before, as it was told to people; empty: none
  Day today = 0;                          ///< nothing new is planned before the day after
};

/// Every exercise lies within the horizon's days; what was announced for before tomorrow stays as it is and meets no demand by itself
/// (being held does). Announced times are kept where the rules allow it. Throws Refused where a calendar cannot be read.
Schedule schedule_of(const Programme& programme, const PlanningRequest& request);

/// In which order exercises are wished for: larger first, all different, from 1 to a thousand and as many as there are exercises.
std::vector<int> weights_of(const std::vector<ExerciseWorth>& worth);

}  // namespace muster
