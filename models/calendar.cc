#include "models/calendar.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/wording.h"

namespace muster {
namespace {

constexpr std::array<std::string_view, 7> weekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr long long day_seconds = 86400, week_seconds = 7 * day_seconds;
/// Monday 2025-01-06 00:00, as wall-clock seconds since 1970-01-01T00:00.
constexpr long long reference_monday = 20094 * day_seconds;
constexpr int weeks_in_cycle = 52;
/// The database's tables of changes end here; their rules for later are not read.
constexpr int last_year = 2037;
constexpr long long table_begins = 20058 * day_seconds;  // 2024-12-01
constexpr long long table_ends = 21184 * day_seconds;    // 2028-01-01

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

int weekday(std::string_view name) {
  const auto it = std::find(weekdays.begin(), weekdays.end(), name);
  return it == weekdays.end() ? -1 : static_cast<int>(it - weekdays.begin());
}

/// Exactly `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// "HH:MM" in minutes, or -1.
int clock_minutes(std::string_view text, bool allow_24) {
  if (text.size() != 5 || text[2] != ':') return -1;
  const int h = digits(text, 0, 2), m = digits(text, 3, 2);
  if (h < 0 || m < 0 || m > 59) return -1;
  if (h > 23 && !(allow_24 && h == 24 && m == 0)) return -1;
  return h * 60 + m;
}

/// Whether a name means the same on every machine.
bool universal(std::string_view name) { return name != "localtime" && name != "posixrules"; }

/// Of zones by place, and UTC: old abbreviations (EST, GB) and offsets with their sign turned round
/// (Etc/GMT+1) would be guesses that mislead.
std::string nearest_zone(std::string_view name) {
  std::vector<std::string> names{"UTC"}, places{""};
  for (const auto& zone : date::get_tzdb().zones) {
    const std::size_t slash = zone.name().rfind('/');
    if (slash == std::string::npos || zone.name().starts_with("Etc/")) continue;
    names.push_back(zone.name());
    places.push_back(zone.name().substr(slash + 1));
  }
  const std::string near = nearest(name, names);
  if (!near.empty()) return near;
  const std::string place = nearest(name, places);
  if (place.empty()) return "";
  return names[static_cast<std::size_t>(std::find(places.begin(), places.end(), place) - places.begin())];
}

bool database_is_there() {
  try {
    return !date::get_tzdb().zones.empty();
  } catch (const std::exception&) {
    return false;
  }
}

[[noreturn]] void refuse_zone(std::string_view name) {
  const std::string quoted = in_quotes(name);
  if (!database_is_there())
    refuse("this system has no time-zone database to look up " + quoted + " in; install its package tzdata");
  const std::string near = nearest_zone(name);
  refuse(quoted + " is no time zone; expected an IANA name such as America/Los_Angeles" +
         (near.empty() ? "" : "; did you mean " + near + "?"));
}

long long floor_to_second(double t) { return static_cast<long long>(std::floor(t)); }

}  // namespace

OpeningHours parse_opening_hours(std::string_view text) {
  constexpr const char* expected =
      "; expected such as \"Mon-Fri 09:00-18:00\", \"Sat,Sun 10:00-14:00\" or \"22:00-06:00\"";
  OpeningHours h{};
  std::string_view times = text;
  const std::size_t space = text.rfind(' ');
  if (text.size() > 60) refuse("opening hours of " + std::to_string(text.size()) + " characters" + expected);
  if (space == std::string_view::npos) {
    std::fill(std::begin(h.days), std::end(h.days), true);
  } else {
    times = text.substr(space + 1);
    std::string_view days = text.substr(0, space);
    while (true) {
      const std::size_t comma = days.find(',');
      std::string_view item = days.substr(0, comma);
      while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
      while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
      const std::size_t dash = item.find('-');
      const int first = weekday(item.substr(0, dash)),
                last = dash == std::string_view::npos ? first : weekday(item.substr(dash + 1));
      if (first < 0 || last < 0)
        refuse(in_quotes(item) + " is no day or range of days (Mon Tue Wed Thu Fri Sat Sun)" + expected);
      for (int d = first;; d = (d + 1) % 7) {
        h.days[d] = true;
        if (d == last) break;
      }
      if (comma == std::string_view::npos) break;
      days.remove_prefix(comma + 1);
    }
  }
  const std::size_t dash = times.find('-');
  const int opens = dash == std::string_view::npos ? -1 : clock_minutes(times.substr(0, dash), false);
  const int closes = dash == std::string_view::npos ? -1 : clock_minutes(times.substr(dash + 1), true);
  if (opens < 0 || closes < 0) refuse(in_quotes(times) + " are no times of day" + expected);
  h.opens = opens;
  h.closes = closes <= opens ? closes + 1440 : closes;
  return h;
}

Onset parse_onset(std::string_view text) {
  constexpr const char* expected =
      "; expected such as \"Sat 03:00\", \"2026-11-01T00:30\" (local) or \"2026-11-01T00:30Z\"";
  Onset onset;
  if (text.size() == 9 && text[3] == ' ') {
    const int d = weekday(text.substr(0, 3)), m = clock_minutes(text.substr(4), false);
    if (d < 0 || m < 0) refuse(in_quotes(text) + " is no moment of the week" + expected);
    onset.week_minute = d * 1440 + m;
    return onset;
  }
  std::string_view rest = text;
  if (!rest.empty() && rest.back() == 'Z') {
    onset.utc = true;
    rest.remove_suffix(1);
  }
  const int y = digits(rest, 0, 4), mo = digits(rest, 5, 2), d = digits(rest, 8, 2);
  const bool shape = (rest.size() == 16 || rest.size() == 19) && rest[4] == '-' && rest[7] == '-' &&
                     (rest[10] == 'T' || rest[10] == ' ');
  const int minutes = shape ? clock_minutes(rest.substr(11, 5), false) : -1;
  int seconds = 0;
  if (shape && rest.size() == 19) seconds = rest[16] == ':' ? digits(rest, 17, 2) : -1;
  if (!shape || y < 0 || mo < 0 || d < 0 || minutes < 0 || seconds < 0 || seconds > 59)
    refuse(in_quotes(text) + " is no moment" + expected);
  const date::year_month_day day{date::year{y}, date::month{static_cast<unsigned>(mo)},
                                 date::day{static_cast<unsigned>(d)}};
  if (!day.ok()) refuse(in_quotes(text) + " is no date of the calendar" + expected);
  if (y < 1970 || y > last_year)
    refuse(in_quotes(text) + " is out of reach: time zones are known from 1970 to " +
           std::to_string(last_year));
  onset.dated = true;
  onset.local_seconds =
      date::sys_days{day}.time_since_epoch().count() * day_seconds + minutes * 60LL + seconds;
  return onset;
}

Zone::Zone(std::string_view name) : name_(name), zone_(nullptr) {
  if (name == "UTC" || name == "Etc/UTC") return;
  if (name.empty() || name.size() > 60 || !universal(name)) refuse_zone(name);
  try {
    zone_ = date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    refuse_zone(name);
  }
}

Instant Zone::from_local(long long local_seconds) const {
  if (!zone_) return static_cast<double>(local_seconds);
  const date::local_seconds local{std::chrono::seconds(local_seconds)};
  const date::local_info info = static_cast<const date::time_zone*>(zone_)->get_info(local);
  // Skipped wall-clock times mean the instant of the change; times that come twice the first.
  if (info.result == date::local_info::nonexistent)
    return static_cast<double>(info.first.end.time_since_epoch().count());
  return static_cast<double>(local_seconds - info.first.offset.count());
}

long long Zone::to_local(Instant at) const {
  const long long utc = floor_to_second(at);
  if (!zone_) return utc;
  const auto info =
      static_cast<const date::time_zone*>(zone_)->get_info(date::sys_seconds{std::chrono::seconds(utc)});
  return utc + info.offset.count();
}

namespace {

long long drawn_week(double week) {
  const auto w = std::min<long long>(weeks_in_cycle - 1, static_cast<long long>(week * weeks_in_cycle));
  return reference_monday + w * week_seconds;
}

}  // namespace

Instant onset_instant(const Zone& zone, double week, double place) {
  const double local = place * static_cast<double>(week_seconds);
  const long long whole = floor_to_second(local);
  return zone.from_local(drawn_week(week) + whole) + (local - static_cast<double>(whole));
}

Instant onset_instant(const Zone& zone, const Onset& fixed, double week) {
  if (fixed.dated)
    return fixed.utc ? static_cast<double>(fixed.local_seconds) : zone.from_local(fixed.local_seconds);
  return zone.from_local(drawn_week(week) + fixed.week_minute * 60LL);
}

Calendar::Calendar(const Zone& zone, const std::vector<OpeningHours>& hours) {
  std::vector<std::pair<Instant, Instant>> open;
  for (long long midnight = table_begins - day_seconds; midnight < table_ends; midnight += day_seconds) {
    const auto weekday_of =
        static_cast<std::size_t>(((midnight / day_seconds) + 3) % 7);  // 1970-01-01 was a Thursday
    for (const OpeningHours& h : hours)
      if (h.days[weekday_of])
        open.emplace_back(zone.from_local(midnight + h.opens * 60LL),
                          zone.from_local(midnight + h.closes * 60LL));
  }
  std::sort(open.begin(), open.end());
  for (const auto& [from, to] : open) {
    if (to <= from) continue;
    if (!starts_.empty() && from <= ends_.back()) {
      ends_.back() = std::max(ends_.back(), to);
    } else {
      starts_.push_back(from);
      ends_.push_back(to);
    }
  }
}

namespace {

/// Shifts an instant by whole cycles of 52 weeks into the table's reach.
double cycles_away(Instant at) {
  constexpr double cycle = static_cast<double>(weeks_in_cycle * week_seconds);
  // A cycle of slack at the end, so that what is looked for next lies in the table as well.
  if (at < static_cast<double>(table_begins + day_seconds))
    return std::ceil((static_cast<double>(table_begins + day_seconds) - at) / cycle) * -cycle;
  const double last = static_cast<double>(table_ends) - 8.0 * static_cast<double>(day_seconds);
  return at > last ? std::ceil((at - last) / cycle) * cycle : 0;
}

}  // namespace

Instant Calendar::next_on_hours(Instant at) const {
  if (always() || at == std::numeric_limits<double>::infinity()) return at;
  const double away = cycles_away(at), t = at - away;
  const auto next = std::upper_bound(ends_.begin(), ends_.end(), t);  // the first interval that ends after t
  if (next == ends_.end()) throw std::logic_error("Calendar: the table ends before the next on-hours");
  const double start = starts_[static_cast<std::size_t>(next - ends_.begin())];
  return start <= t ? at : start + away;
}

bool Calendar::on_hours(Instant at) const { return next_on_hours(at) == at; }

}  // namespace muster
