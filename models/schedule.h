#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/calendar.h"
#include "models/programme.h"

/// When the exercises of a programme take place, or why they cannot: values that the reports render.
namespace muster {

/// An exercise that was held, as the ledger or the programme file says.
struct Held {
  Day day = 0;
  std::string source;                    ///< "exercise 2026-11-23T10-15-00Z-…", "the programme"
  friend bool operator==(const Held&, const Held&) = default;
};

/// What simulations and observations say of one exercise of a programme; seconds.
struct ExerciseWorth {
  double p90 = 0;                        ///< of the plan's end, without hotwash
  double p50_recovery = 0, p90_recovery = 0;
  double value = 0;                      ///< expected reduction of p90 - p50 of the recovery by one more observation of each step
  std::uint64_t observations = 0;        ///< of what decides the recovery
  std::optional<double> newest_days;     ///< age of the newest, days
  std::string learns_most_of;            ///< the step or role that contributes most to the value
  std::vector<Held> held;                ///< oldest first
};

struct Attendance {
  std::string person, role;              ///< role "": named
  friend bool operator==(const Attendance&, const Attendance&) = default;
};

/// How long people are asked for: the plan and the hotwash, up to whole five minutes.
double block_of(const PlannedExercise& exercise, const ExerciseWorth& worth);

/// One exercise at one time. Its identity outlives a re-run: exercise, quarter and number.
struct Appointment {
  std::string exercise;
  Quarter quarter = 0;
  int number = 1;                        ///< among the exercise's in the quarter
  int sequence = 0;                      ///< grows whenever what is announced changes (RFC 5545)
  Day stamped = 0;                       ///< when it was last changed
  Instant from = 0, to = 0;
  std::vector<Attendance> people;
  bool kept = false, cancelled = false;
  friend bool operator==(const Appointment&, const Appointment&) = default;
};

/// What a policy asks of one thing in one period, and by what it is met.
struct Demand {
  std::string policy, thing, period;     ///< policy "": the exercise's `times`
  Day first = 0, last = 0;               ///< both included
  int count = 1;                         ///< of exercises
  int at_most_apart = 0;                 ///< days; 0: in the period
  std::vector<std::size_t> exercises;    ///< into Programme::exercises: any of these
  std::optional<Held> done;              ///< it was met already (at_most_apart: the last that counts)
  bool missed = false;                   ///< its period was over before planning began
  bool open() const { return !missed && (at_most_apart > 0 || !done); }
};

/// One rule of a programme that could be given up.
struct ProgrammeRule {
  std::string text, pointer;             ///< "ann's working hours"; where in the file
  double cost = 1;
  friend bool operator==(const ProgrammeRule&, const ProgrammeRule&) = default;
};

/// Why no dates exist. Without any one of `rules` some would, as far as these rules go; without all of `relax` some do.
struct Conflict {
  std::vector<ProgrammeRule> rules, relax;
  double cost = 0;                       ///< of `relax`
  bool cheapest = true;                  ///< proved; else the cheapest that was found in bounded work
};

struct NamedWindow {
  std::string name, why;
  Instant from = 0, to = 0;
};

struct Schedule {
  Programme programme;
  std::vector<ExerciseWorth> worth;      ///< of each exercise
  std::vector<Demand> demands;
  std::vector<Appointment> appointments; ///< by start; cancelled ones and those before `today` included
  std::vector<NamedWindow> blackouts;
  std::optional<Conflict> conflict;      ///< then no new appointments
  bool proved = true;                    ///< that no better dates exist
  double person_hours = 0;               ///< of what is planned
  int moved = 0, kept = 0;
  Day today = 0;
  std::uint64_t seed = 0, replications = 0;
};

/// "north-programme.failover.2027-Q1.1", the local part of a UID.
std::string identity_of(const Programme& programme, const Appointment& appointment);

/// How a demand stands on a day.
struct DemandStanding {
  Demand demand;
  enum class State { done, planned, due, overdue } state = State::due;
  Day due = 0;                           ///< by when
  std::optional<Day> planned;
};
struct ProgrammeStatus {
  Programme programme;
  Day today = 0;
  std::vector<DemandStanding> demands;
  struct Announced {
    Appointment appointment;
    enum class State { done, planned, overdue } state = State::planned;
    std::string done_by;
  };
  std::vector<Announced> appointments;   ///< what was announced, without what was cancelled
  bool overdue() const;
};

}  // namespace muster
