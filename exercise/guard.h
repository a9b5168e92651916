#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/exercise.h"
#include "models/happening.h"

/// What must be true before anything is touched; nothing answers it away.
namespace muster {

/// A target's own opt-in file: /etc/muster/target.yaml, or /etc/netns/NAME/muster/target.yaml for a namespace.
///   environment: staging
///   allows: [process, partition]
///   management: [10.0.0.5, "10.0.0.0/8:22"]
struct OptIn {
  std::string file, environment;
  std::vector<std::string> allows, management;
};
/// Throws Refused when it is missing, cannot be read or is not owned by root (as root) or by the user.
OptIn read_opt_in(const Target& target);

struct Halt {
  Moment at;
  std::string by, why;
};
std::optional<Halt> halt_set();
void set_halt(const Halt& halt);             ///< all that runs here stops and restores; what would start is refused
bool lift_halt(const std::string& by, const std::string& why);  ///< false: none was set

/// All reasons against the run, none left out: deny list (production and its kin, always; /etc/muster/deny.yaml more), opt-ins, kinds
/// that are not allowed, blackouts that cover `now` (those of the file and of `calendar`, an .ics file, "" for none), a halt, what
/// is missing for each fault kind, overlapping exercises. Looks only.
std::vector<std::string> reasons_against(const Exercise& exercise, const std::string& calendar, const Moment& now);

/// Events of an iCalendar file (RFC 5545: DTSTART, DTEND or DURATION, TZID, all-day; RRULE expanded until `until`). Days, and times
/// without a zone, are those of `zone`. Throws Refused.
std::vector<Blackout> read_calendar(const std::string& file, double from, double until, const Zone& zone = Zone());

}  // namespace muster
