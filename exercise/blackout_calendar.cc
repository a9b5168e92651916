#include <libical/ical.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "exercise/apart.h"
#include "exercise/guard.h"
#include "exercise/refused.h"
#include "models/document.h"

namespace muster {
namespace {

using nlohmann::json;

constexpr std::size_t kLargest = 16 << 20;  // bytes of a calendar
constexpr double kPatience = 10;            // seconds of reading it
constexpr int kMost = 200'000;              // occurrences looked at

struct Freed {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};
using Component = std::unique_ptr<icalcomponent, Freed>;

/// One event's occurrences within the window, into `out`.
class Expansion {
 public:
  Expansion(icalcomponent* event, double from, double until, const Zone& zone, std::vector<Blackout>& out)
      : event_(event), from_(from), until_(until), zone_(zone), out_(out) {}

  void expand() {
    const icaltimetype start = icalcomponent_get_dtstart(event_);
    if (icaltime_is_null_time(start)) throw Refused({"an event has no DTSTART" + told()});
    if (!is_of_a_calendar(start)) throw Refused({"an event's DTSTART is no date and time" + told()});
    length_ = length_of(start);
    if (icalcomponent_get_first_property(event_, ICAL_RRULE_PROPERTY)) repeat(start);
    else add(start);
    for (icalproperty* more = icalcomponent_get_first_property(event_, ICAL_RDATE_PROPERTY); more;
         more = icalcomponent_get_next_property(event_, ICAL_RDATE_PROPERTY)) {
      const icaldatetimeperiodtype value = icalproperty_get_rdate(more);
      icaltimetype at = icaltime_is_null_time(value.time) ? value.period.start : value.time;
      if (!icaltime_is_utc(at)) at.zone = start.zone;
      add(at);
    }
  }

 private:
  double seconds(const icaltimetype& at) const {
    if (at.is_date || (!icaltime_is_utc(at) && icaltime_get_timezone(at) == nullptr)) return zone_.from_local(icaltime_as_timet(at));
    return static_cast<double>(icaltime_as_timet_with_zone(at, icaltime_get_timezone(at)));
  }

  // The library takes a thirteenth month for January of the next year.
  static bool is_of_a_calendar(const icaltimetype& at) {
    const icaltimetype n = icaltime_normalize(at);
    return n.year == at.year && n.month == at.month && n.day == at.day && n.hour == at.hour && n.minute == at.minute;
  }

  std::string told() const {
    const char* summary = icalcomponent_get_summary(event_);
    return summary ? " (" + std::string(summary) + ")" : "";
  }

  // Days are days of the calendar, which clocks may make shorter or longer: an all-day event is a day long, or what DTEND says.
  double length_of(const icaltimetype& start) const {
    const icaltimetype end = icalcomponent_get_dtend(event_);  // of DTEND or DURATION
    if (start.is_date) return icaltime_is_null_time(end) ? 86'400 : std::max(86'400.0, static_cast<double>(icaltime_as_timet(end) - icaltime_as_timet(start)));
    const double length = icaltime_is_null_time(end) ? 0 : seconds(end) - seconds(start);
    return length > 0 ? length : 0;
  }

  double end_of(const icaltimetype& start) const {
    if (!start.is_date) return seconds(start) + length_;
    return zone_.from_local(icaltime_as_timet(start) + static_cast<long long>(length_));
  }

  void repeat(const icaltimetype& start) {
    for (icalproperty* rule = icalcomponent_get_first_property(event_, ICAL_RRULE_PROPERTY); rule;
         rule = icalcomponent_get_next_property(event_, ICAL_RRULE_PROPERTY)) {
      const std::unique_ptr<icalrecur_iterator, Freed> each(icalrecur_iterator_new(icalproperty_get_rrule(rule), start));
      if (!each) throw Refused({"an RRULE cannot be understood" + told()});
      int looked = 0;
      for (icaltimetype at = icalrecur_iterator_next(each.get()); !icaltime_is_null_time(at); at = icalrecur_iterator_next(each.get())) {
        if (seconds(at) >= until_) break;
        if (++looked > kMost) throw Refused({"an event repeats more than " + std::to_string(kMost) + " times before now" + told()});
        add(at);
      }
    }
  }

  bool excluded(const icaltimetype& at) const {
    for (icalproperty* date = icalcomponent_get_first_property(event_, ICAL_EXDATE_PROPERTY); date;
         date = icalcomponent_get_next_property(event_, ICAL_EXDATE_PROPERTY)) {
      const icaltimetype out = icalproperty_get_datetime_with_component(date, event_);
      if (out.is_date ? icaltime_compare_date_only(out, at) == 0 : seconds(out) == seconds(at)) return true;
    }
    return false;
  }

  void add(const icaltimetype& at) {
    const double begin = seconds(at);
    const double end = end_of(at);
    if (begin >= until_ || end <= from_ || excluded(at)) return;
    const char* summary = icalcomponent_get_summary(event_);
    out_.push_back({begin, end, summary ? summary : ""});
  }

  icalcomponent* event_;
  double from_, until_, length_ = 0;
  const Zone& zone_;
  std::vector<Blackout>& out_;
};

// One occurrence that was moved or cancelled stands for itself: the series does without it.
void leave_out_moved(const std::vector<icalcomponent*>& events) {
  for (icalcomponent* moved : events) {
    const icalproperty* id = icalcomponent_get_first_property(moved, ICAL_RECURRENCEID_PROPERTY);
    const char* uid = icalcomponent_get_uid(moved);
    if (!id || !uid) continue;
    for (icalcomponent* series : events) {
      const char* other = icalcomponent_get_uid(series);
      if (series == moved || !other || std::string(other) != uid || icalcomponent_get_first_property(series, ICAL_RECURRENCEID_PROPERTY)) continue;
      const icaltimetype at = icalcomponent_get_recurrenceid(moved);
      icalproperty* without = icalproperty_new_exdate(icaltime_convert_to_zone(at, icaltimezone_get_utc_timezone()));
      icalcomponent_add_property(series, without);
    }
  }
}

// An event that nobody is kept from working by is no blackout.
bool counts(icalcomponent* event) {
  if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED) return false;
  const icalproperty* transparent = icalcomponent_get_first_property(event, ICAL_TRANSP_PROPERTY);
  return !transparent || icalproperty_get_transp(transparent) != ICAL_TRANSP_TRANSPARENT;
}

std::vector<Blackout> expand(const std::string& text, double from, double until, const Zone& zone) {
  icalerror_set_errors_are_fatal(false);
  const Component calendar(icalparser_parse_string(text.c_str()));
  if (!calendar) throw Refused({"it is no iCalendar file (RFC 5545)"});
  std::vector<icalcomponent*> events;
  const auto collect = [&](icalcomponent* in) {
    for (icalcomponent* event = icalcomponent_get_first_component(in, ICAL_VEVENT_COMPONENT); event;
         event = icalcomponent_get_next_component(in, ICAL_VEVENT_COMPONENT))
      events.push_back(event);
  };
  if (icalcomponent_isa(calendar.get()) == ICAL_XROOT_COMPONENT)
    for (icalcomponent* one = icalcomponent_get_first_component(calendar.get(), ICAL_VCALENDAR_COMPONENT); one;
         one = icalcomponent_get_next_component(calendar.get(), ICAL_VCALENDAR_COMPONENT))
      collect(one);
  else if (icalcomponent_isa(calendar.get()) == ICAL_VCALENDAR_COMPONENT) collect(calendar.get());
  else throw Refused({"it holds no VCALENDAR"});
  if (icalcomponent_count_errors(calendar.get()) > 0) throw Refused({"parts of it cannot be understood as iCalendar (RFC 5545)"});
  leave_out_moved(events);
  std::vector<Blackout> out;
  for (icalcomponent* event : events)
    if (counts(event)) Expansion(event, from, until, zone, out).expand();
  return out;
}

}  // namespace

// Apart: whatever the file holds, it takes bounded time and cannot hurt.
std::vector<Blackout> read_calendar(const std::string& file, double from, double until, const Zone& zone) {
  std::string text;
  try {
    text = read_file(file, kLargest);
  } catch (const InvalidInput& invalid) {
    throw Refused({invalid.what()});
  }
  Errand reading(SIGKILL, [&](int out) {
    json said;
    try {
      said["events"] = json::array();
      for (const Blackout& each : expand(text, from, until, zone)) said["events"].push_back({each.from, each.to, each.why});
    } catch (const Refused& refused) {
      said = {{"why", refused.what()}};
    }
    write_all(out, said.dump(-1, ' ', false, json::error_handler_t::replace));
  });
  if (!reading.listen_for(kPatience)) throw Refused({"the calendar " + file + " cannot be read: it took longer than " + std::to_string(static_cast<int>(kPatience)) + " s"});
  try {
    const json said = json::parse(reading.said());
    if (said.contains("why")) throw Refused({"the calendar " + file + " cannot be read: " + said.at("why").get<std::string>()});
    std::vector<Blackout> out;
    for (const json& each : said.at("events")) out.push_back({each.at(0), each.at(1), each.at(2)});
    return out;
  } catch (const json::exception&) {
    throw Refused({"the calendar " + file + " cannot be read"});
  }
}

}  // namespace muster
