#include "reports/schedule_calendar.h"

#include <cmath>

#include "models/units.h"
#include "reports/layout.h"
#include "reports/schedule_view.h"

namespace muster {
namespace {

// Lines of at most 75 octets, the rest on lines that begin with a space; never inside a character (3.1).
std::string folded(const std::string& line) {
  std::string out;
  std::size_t room = 75, at = 0;
  while (line.size() - at > room) {
    std::size_t cut = at + room;
    while (cut > at + 1 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
    out += line.substr(at, cut - at) + "\r\n ";
    at = cut;
    room = 74;
  }
  return out + line.substr(at) + "\r\n";
}

// TEXT (3.3.11); what came from a file is one line.
std::string text_value(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\\' || c == ';' || c == ',') out += '\\';
    out += c;
  }
  return out;
}

// A parameter's value in quotes cannot hold one (3.2).
std::string parameter(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) out += c == '"' ? '\'' : c;
  return "\"" + out + "\"";
}

// A mail address that would end the line's value early is left out rather than repaired.
bool is_address(const std::string& mail) {
  return mail.find('@') != std::string::npos && mail.find_first_of(" \t\r\n\"<>,;:\\") == std::string::npos;
}

std::string utc_stamp(Instant at) {
  std::string out;
  for (const char c : utc_iso(at))
    if (c != '-' && c != ':') out += c;
  return out;
}

std::string description(const Schedule& schedule, const Appointment& one, const PlannedExercise* exercise) {
  std::string out;
  const auto line = [&](const std::string& words) { out += (out.empty() ? "" : "\\n") + text_value(words); };
  if (exercise) {
    line(word_of(exercise->kind) + " exercise of " + exercise->outage + " (" + exercise->scenario_file + ")");
    line("plan " + human_duration(one.to - one.from - exercise->hotwash) + ", then hotwash " + human_duration(exercise->hotwash));
    if (!exercise->file.empty()) line("muster exercise run " + exercise->file);
  }
  line("who: " + people_text(one));
  line("programme: " + schedule.programme.title);
  return out;
}

std::string event(const Schedule& schedule, const Appointment& one) {
  const PlannedExercise* exercise = schedule.programme.exercise(one.exercise);
  std::string out = folded("BEGIN:VEVENT");
  out += folded("UID:" + identity_of(schedule.programme, one) + "@muster");
  out += folded("DTSTAMP:" + utc_stamp(one.stamped * 86'400.0));
  out += folded("SEQUENCE:" + std::to_string(one.sequence));
  out += folded("DTSTART:" + utc_stamp(one.from)) + folded("DTEND:" + utc_stamp(one.to));
  out += folded("SUMMARY:" + text_value("Exercise: " + (exercise ? exercise->title : one.exercise)));
  out += folded("DESCRIPTION:" + description(schedule, one, exercise));
  out += folded(std::string("STATUS:") + (one.cancelled ? "CANCELLED" : "CONFIRMED"));
  if (exercise) out += folded("CATEGORIES:" + text_value(word_of(exercise->kind)));
  for (const Attendance& seat : one.people) {
    const Person* person = schedule.programme.person(seat.person);
    if (person && is_address(person->mail)) out += folded("ATTENDEE;CN=" + parameter(person->title) + ";ROLE=REQ-PARTICIPANT:mailto:" + person->mail);
  }
  return out + folded("TRANSP:OPAQUE") + folded("END:VEVENT");
}

}  // namespace

std::string schedule_calendar(const Schedule& schedule, const std::string& program) {
  std::string out = folded("BEGIN:VCALENDAR") + folded("VERSION:2.0") + folded("PRODID:-//Muster//muster " + text_value(program) + "//EN") + folded("CALSCALE:GREGORIAN");
  out += folded("X-WR-CALNAME:" + text_value(schedule.programme.title));
  for (const Appointment& one : schedule.appointments) out += event(schedule, one);
  return out + folded("END:VCALENDAR");
}

}  // namespace muster
