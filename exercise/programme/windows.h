#pragma once
#include <string>
#include <vector>

#include "models/programme.h"
#include "models/schedule.h"

/// Stretches of time: when people work, when they are away, and when no exercise may take place.
namespace muster {

struct Window {
  Instant from = 0, to = 0;
};
/// Sorted and disjoint: those that touch are one.
std::vector<Window> merged(std::vector<Window> windows);
bool overlaps(const std::vector<Window>& merged, Instant from, Instant to);  ///< any part of it
bool lies_within(const std::vector<Window>& merged, Instant from, Instant to);  ///< all of it, in one of them

/// Opening hours of all days that touch the days, in the zone; changes of clocks are where they are.
std::vector<Window> open_windows(const std::vector<OpeningHours>& hours, const Zone& zone, Day first, Day last);

/// Of a whole programme, over its horizon and a few days on either side.
struct ProgrammeWindows {
  std::vector<std::vector<Window>> blackouts;   ///< of each rule
  std::vector<std::vector<Window>> hours, away; ///< of each person
  std::vector<std::vector<Window>> exercise_hours;  ///< of each exercise; empty where people's hours count
  std::vector<NamedWindow> named;               ///< the blackouts as people know them, by start
};
/// Reads the calendars. Throws Refused with the file that cannot be read.
ProgrammeWindows windows_of(const Programme& programme);
/// What keeps windows_of() from reading a calendar for these days of the zone; "": nothing.
std::string trouble_with_calendar(const std::string& file, Day first, Day last, const std::string& zone);

}  // namespace muster
