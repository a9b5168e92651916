#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Working hours, time zones and onsets.
///
/// Instants are seconds since 1970-01-01T00:00Z (double), without leap seconds. Time zones come from the system's IANA
/// database, read on first use of a zone other than UTC and never downloaded; changes of clocks are known to the end of
/// 2037. A wall-clock time that a change of clocks skips means the instant of the change; one that
/// comes twice means the first. Zone and Calendar are immutable after construction and thread-safe.
namespace muster {

using Instant = double;

/// Hours of a role: "Mon-Fri 09:00-18:00", days "Sat,Sun", "Sat-Mon" or none (every day); an end at or before the
/// start is on the next day ("22:00-06:00"; "00:00-24:00" and "00:00-00:00" are the whole day).
struct OpeningHours {
  bool days[7];  ///< Monday first: the days on which it opens
  int opens;     ///< minutes after local midnight, 0 to 1439
  int closes;    ///< minutes after the same midnight, opens < closes <= opens + 1440
  friend bool operator==(const OpeningHours&, const OpeningHours&) = default;
};
/// Throws std::invalid_argument with what was expected.
OpeningHours parse_opening_hours(std::string_view text);

/// A moment at which an outage strikes: of the week ("Sat 03:00", local) or of the calendar ("2026-11-01T00:30", local, or with "Z").
struct Onset {
  bool dated = false;
  int week_minute = 0;   ///< since Monday 00:00 local, when not dated
  long long local_seconds = 0;  ///< local seconds since 1970-01-01T00:00, when dated
  bool utc = false;      ///< dated with Z: local_seconds are UTC
  friend bool operator==(const Onset&, const Onset&) = default;
};
/// Seconds may follow the minutes, a space may stand for the T. From 1970 to 2037. Throws std::invalid_argument with what
/// was expected.
Onset parse_onset(std::string_view text);

class Zone {
 public:
  /// Throws std::invalid_argument when the IANA database has no such zone; the message suggests the nearest name.
  /// "localtime" is none: what it means depends on the machine.
  explicit Zone(std::string_view name = "UTC");
  const std::string& name() const { return name_; }
  Instant from_local(long long local_seconds) const;  ///< wall-clock seconds since 1970-01-01T00:00 to an instant
  long long to_local(Instant at) const;               ///< whole wall-clock seconds, floor; `at` is finite
 private:
  std::string name_;
  const void* zone_;
};

/// Where in time a replication begins: by default uniform in the week, in a week drawn from the 52 of the
/// reference year (Monday 2025-01-06 on; past, so that time-zone updates do not move it).
/// `week` and `place` are uniforms in (0, 1): which week, and where in it.
Instant onset_instant(const Zone& zone, double week, double place);
/// With a moment of the week the week is still drawn; with a dated onset neither uniform matters.
Instant onset_instant(const Zone& zone, const Onset& fixed, double week);

/// On-hours as sorted disjoint intervals of instants, compiled once. Empty hours: always on.
/// Covers 2024-12-01 to 2028 exactly; before and after, the weeks repeat every 52.
class Calendar {
 public:
  Calendar() = default;  ///< always on-hours
  Calendar(const Zone& zone, const std::vector<OpeningHours>& hours);
  bool on_hours(Instant at) const;       ///< opening instant included, closing excluded
  Instant next_on_hours(Instant at) const;  ///< `at` itself when on-hours or infinite; no heap
  bool always() const { return starts_.empty(); }

 private:
  std::vector<Instant> starts_, ends_;
};

}  // namespace muster
