#pragma once
#include <cstdint>
#include <vector>

#include "exercise/programme/windows.h"
#include "models/schedule.h"

/// The rules of a programme, one by one, and every time at which an exercise could begin, with the rules that it breaks.
namespace muster {

struct Rule {
  enum class Kind { demand, spacing, week_load, quarter_load, hours, absence, people, window, blackout } kind = Kind::demand;
  std::size_t of = 0;        ///< the demand, person, exercise or blackout
  ProgrammeRule told;
};
/// Of open demands, and of what limits the answer to them. Those that say nothing (a person without absences) are not there.
std::vector<Rule> rules_of(const Programme& programme, const std::vector<Demand>& demands, const ProgrammeWindows& windows);

/// A start of an exercise, every half hour of every day from `not_before` on. Of those of one day that break the same rules only
/// the earliest is there. Bits are people and blackouts, in file order.
struct Start {
  std::size_t exercise = 0;
  Day day = 0;
  Instant from = 0, to = 0;
  bool outside = false;                      ///< of the exercise's own hours, or of the programme's where nobody must be there
  bool announced = false;                    ///< it is what was announced
  std::uint64_t blackouts = 0, off = 0, away = 0;
};
std::vector<Start> starts_of(const Programme& programme, const std::vector<ExerciseWorth>& worth, const ProgrammeWindows& windows, Day not_before,
                             const std::vector<Appointment>& announced);

/// Who could take part in an exercise.
std::uint64_t people_of(const Programme& programme, const PlannedExercise& exercise);
/// Who must, by name.
std::uint64_t named_of(const Programme& programme, const PlannedExercise& exercise);

}  // namespace muster
