#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/dates.h"
#include "models/exercise.h"
#include "models/scenario.h"

/// An exercise programme as plain values: what is to be exercised how often, who must be there, and when it may not be.
///
/// Names are resolved and checked. Days are of the programme's time zone; durations are seconds. A cost says how dear it is to give
/// a rule up, in any unit, for finding the cheapest.
namespace muster {

struct DateSpan {
  Day first = 0, last = 0;               ///< both included
  std::string why;
  friend bool operator==(const DateSpan&, const DateSpan&) = default;
};

struct Person {
  std::string name, title, mail;         ///< title: the name where the file gives none
  std::vector<std::string> roles;
  std::vector<OpeningHours> hours;
  std::string time_zone;
  std::vector<DateSpan> absences;        ///< days of the person's own zone
  std::vector<std::string> calendars;    ///< .ics files, as found from here
};

// ---- windows in which no exercise may take place

struct SpanBlackout {                    ///< once
  DateSpan days;
};
struct YearlyBlackout {                  ///< from 12-20 to 01-06 it goes over the year's end
  MonthDay from, to;
};
struct WeekdayBlackout {                 ///< around a weekday such as Black Friday
  NthWeekday on;
  int before = 0, after = 0;             ///< days
};
struct EdgeBlackout {                    ///< the first or last days of each month, quarter or year
  Frequency of;
  int days = 1;
  bool last = true;
};
struct CalendarBlackout {                ///< events of an .ics file, as found from here
  std::string file;
};
struct BlackoutRule {
  std::string name;
  std::variant<SpanBlackout, YearlyBlackout, WeekdayBlackout, EdgeBlackout, CalendarBlackout> when;
  double cost = 1;
};

// ---- what is exercised

struct PlannedExercise {
  std::string name, title;
  std::string scenario_file;             ///< as written
  std::size_t scenario = 0;              ///< into LoadedProgramme::scenarios
  std::string outage, service;           ///< service: whose recovery is learned about; empty: the last to recover
  std::string file;                      ///< the exercise file that performs it; empty: none named
  Exercise::Kind kind = Exercise::Kind::functional;
  std::vector<std::string> covers;       ///< services; default: those that the outage strikes
  std::vector<Seats> roles;              ///< how many of each role must be there
  std::vector<std::string> people;       ///< who must be there besides
  std::vector<OpeningHours> hours;       ///< if any: it takes place within these, whatever the hours of people are
  std::optional<double> lasts;           ///< in place of the simulated p90
  double hotwash = 3600;
  int times = 0;                         ///< at least so often within the horizon, whatever policies say
  std::vector<Day> done;                 ///< held without a record in the ledger
};

struct Policy {
  std::string name, title, regulation;
  bool of_services = true;               ///< each of `things` is a service, else an exercise
  std::vector<std::string> things;
  std::vector<Exercise::Kind> kinds;     ///< that count; never empty
  Frequency every;
  double cost = 1;
};

struct RuleCosts {
  double spacing = 1, load = 1, hours = 1, absence = 1, people = 1, times = 1;
};

struct Programme {
  std::string name, title, file;
  std::string sha256;                    ///< of the file's bytes
  std::string time_zone = "UTC";
  Quarter from = 0;
  int quarters = 1;
  std::vector<OpeningHours> hours;       ///< of whoever says nothing else
  int spacing = 1;                       ///< days from one exercise's to the next one's
  std::optional<int> per_week, per_quarter;  ///< exercises of one person
  RuleCosts costs;
  std::vector<Person> people;
  std::vector<BlackoutRule> blackouts;
  std::vector<PlannedExercise> exercises;
  std::vector<Policy> policies;

  Day first() const { return first_day(from); }
  Day last() const { return first_day(from + quarters) - 1; }
  const PlannedExercise* exercise(const std::string& exercise_name) const;
  const Person* person(const std::string& person_name) const;
  static constexpr std::size_t most_people = 64, most_blackouts = 64, most_exercises = 200;
};

/// "tabletop", "functional", "full-scale", as files say it (NIST SP 800-84).
std::string word_of(Exercise::Kind kind);
std::optional<Exercise::Kind> kind_of_word(std::string_view word);

struct LoadedProgramme {
  Programme programme;
  std::vector<Scenario> scenarios;       ///< each file once, in the order of their first mention
  std::vector<Problem> warnings{};
};

}  // namespace muster
