#include <algorithm>
#include <stdexcept>

#include "models/calendar.h"
#include "models/exercise_shape.h"
#include "models/json_schema.h"
#include "models/load_programme.h"
#include "models/patterns.h"
#include "models/scalars.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

Shape named(Shape shape, std::string what, bool empty_allowed, std::size_t most) {
  return Named{shared(std::move(shape)), std::move(what), check_name, patterns::name(), empty_allowed, most};
}

Shape list_of(Shape shape, std::string title, std::size_t least = 0, bool unique = false, std::size_t most = 10'000) {
  return Shape(List{shared(std::move(shape)), least, most, unique}, std::move(title));
}

const char* const month_day_pattern = "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
const char* const weekday_pattern = "^(1st|2nd|3rd|4th|last) (Mon|Tue|Wed|Thu|Fri|Sat|Sun) of (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)$";

Shape date() {
  return parsed_text("a date such as 2027-03-31", [](std::string_view text) { parse_date(text); }, {"2027-03-31"},
                     "^(19[7-9][0-9]|20[0-2][0-9]|203[0-7])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$");
}

Shape month_day() {
  return parsed_text("a day of every year such as 11-22", [](std::string_view text) { parse_month_day(text); }, {"11-22"}, month_day_pattern);
}

Shape time_zone() {
  return parsed_text("a time zone such as Europe/Berlin", [](std::string_view text) { Zone zone(text); }, {"Europe/Berlin"}, "^[A-Za-z0-9_+/-]{1,60}$");
}

Shape opening_hours() {
  Shape one = parsed_text("opening hours such as \"Mon-Fri 09:00-18:00\"", [](std::string_view text) { parse_opening_hours(text); }, {"Mon-Fri 09:00-18:00"},
                          patterns::opening_hours());
  return Shape(List{shared(one), 1, 100, false}, "a list of opening hours such as [\"Mon-Fri 09:00-18:00\"]");
}

Shape every() {
  return parsed_text("how often: month, quarter, half-year, year, or at most so long apart, such as 90d", [](std::string_view text) { parse_frequency_of_exercise(text); },
                     {"quarter", "year", "90d"}, "^(month|quarter|half-year|year|[1-9][0-9]{0,3}[dw])$");
}

Shape cost() { return number_between(0, 1e9, "a cost from 0 to 1000000000"); }
Field cost_field(const std::string& of) { return optional("cost", cost(), "How dear it is to give up " + of + ", in any unit; default 1."); }

Shape kind() { return one_word({"tabletop", "functional", "full-scale"}); }
Shape calendar_file() { return filled_text("an .ics file"); }
Shape days(int least, int most) { return whole_number(least, most); }

Shape mail_address() {
  const auto check = [](std::string_view text) {
    const auto at = text.find('@');
    const bool plain = std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f || std::string_view("\"<>,;:\\").find(static_cast<char>(c)) != std::string_view::npos; });
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.find('@', at + 1) != std::string_view::npos || !plain)
      throw std::invalid_argument(in_quotes(text) + " is no mail address; expected such as ana@example.org");
  };
  return parsed_text("a mail address such as ana@example.org", check, {"ana@example.org"}, R"(^[^@\s"<>,;:\\]+@[^@\s"<>,;:\\]+$)");
}

Shape absence() {
  return Shape(Object{{required("from", date(), "The first day."), optional("to", date(), "The last day; default the first."), optional("why", free_text("text"), "The reason.")}},
               "days such as {from: 2027-02-01, to: 2027-02-12}", "Days on which somebody is away.");
}

Shape person() {
  return Shape(Object{{optional("title", free_text("text"), "The person's name, as people say it."),
                       optional("mail", mail_address(), "Where invitations go; in the .ics file."),
                       required("roles", list_of(name_text("a role"), "a list of roles such as [engineer]", 0, true), "What the person can be there as."),
                       optional("hours", Reference{"hours"}, "When the person works; default the programme's."),
                       optional("time-zone", Reference{"time-zone"}, "Of the hours and absences; default the programme's."),
                       optional("absent", list_of(absence(), "a list of days such as [{from: 2027-02-01, to: 2027-02-12}]"), "When the person is away."),
                       optional("calendars", list_of(calendar_file(), "a list of .ics files", 0, true, 20), "Files whose events keep the person away; beside this file.")}},
               "a person such as {roles: [engineer]}", "Somebody who takes part.");
}

Shape blackout() {
  Tagged tagged;
  const Field cost = cost_field("this window");
  tagged.alternatives = {
      {required("from", date(), "The first day."), optional("to", date(), "The last day; default the first."), cost},
      {required("yearly-from", month_day(), "The first day, every year."), required("to", month_day(), "The last day; it may lie in the next year."), cost},
      {required("yearly-on", parsed_text("a weekday of a month such as 4th Thu of Nov", [](std::string_view text) { parse_nth_weekday(text); }, {"4th Thu of Nov"}, weekday_pattern),
                "A day, every year."),
       optional("days-before", days(0, 60), "As many days before it too; default 0."), optional("days-after", days(0, 60), "As many days after it too; default 0."), cost},
      {required("last-days-of", one_word({"month", "quarter", "half-year", "year"}), "The last days of each."), optional("days", days(1, 92), "How many; default 1."), cost},
      {required("first-days-of", one_word({"month", "quarter", "half-year", "year"}), "The first days of each."), optional("days", days(1, 92), "How many; default 1."), cost},
      {required("calendar", calendar_file(), "The events of an .ics file, such as public holidays; beside this file."), cost}};
  return Shape(tagged, "a window such as {from: 2027-03-25, to: 2027-03-29} or {last-days-of: quarter, days: 5}", "When no exercise may take place.");
}

Shape exercise() {
  Object object{
      {optional("title", free_text("text"), "What it is, in a few words."),
       required("scenario", filled_text("a scenario file"), "Whose plan is exercised; beside this file."),
       required("outage", name_text("an outage"), "The scenario's outage that is played."),
       required("kind", kind(), "tabletop: it is talked through; functional: parts are done; full-scale: all is (NIST SP 800-84)."),
       optional("service", name_text("a service"), "Whose recovery is learned about; default the last one's."),
       optional("file", filled_text("an exercise file"), "The exercise file that performs it."),
       optional("covers", list_of(name_text("a service"), "a list of services", 1, true), "What it exercises; default the services that the outage strikes."),
       optional("roles", named(whole_number(1, 64), "role", true, 64), "How many of each role must be there."),
       optional("people", list_of(name_text("a person"), "a list of people", 0, true), "Who must be there besides."),
       optional("hours", Reference{"hours"}, "It takes place within these, in the programme's time zone, whatever people's hours are."),
       optional("lasts", Reference{"positive-duration"}, "In place of the simulated p90 of the plan."),
       optional("hotwash", Reference{"duration"}, "For what was learned, right afterwards; default the programme's."),
       optional("times", whole_number(1, 100), "At least so often within the horizon, whatever the policies say."),
       optional("done", list_of(date(), "a list of dates", 0, true), "When it was held without a record in the ledger.")}};
  return Shape(object, "an exercise such as {scenario: plan.yaml, outage: region-loss, kind: tabletop}", "One thing that can be exercised.");
}

Shape policy() {
  const Shape services(Either{{one_word({"all"}), list_of(name_text("a service"), "a list of services", 1, true)}}, "all, or a list of services");
  const Shape exercises(Either{{one_word({"all"}), list_of(name_text("an exercise"), "a list of exercises", 1, true)}}, "all, or a list of exercises");
  Object object{{optional("title", free_text("text"), "What it asks for, in a few words."), optional("regulation", free_text("text"), "Who asks for it."),
                 optional("services", services, "Each of these must be exercised; all: every one with an objective."),
                 optional("exercises", exercises, "Each of these exercises must take place."),
                 optional("kinds", list_of(kind(), "a list of kinds", 1, true), "The kinds that count; default all."),
                 required("every", every(), "In each such period of the calendar, or at most so long apart."), cost_field("one of its demands")}};
  object.exactly_one_of = {{"services"}, {"exercises"}};
  object.choice = "either services or exercises";
  return Shape(object, "a policy such as {services: all, every: year}", "How often something must be exercised.");
}

Shape format_version() {
  Scalar version;
  version.type = Scalar::Type::integer;
  version.expected = "1, the version of the format";
  version.least = version.most = 1;
  version.check = [](const Node& node) {
    if (number_value(node) != 1) throw std::invalid_argument("version " + node.text + " of the format is none that this program reads; expected 1");
  };
  return Shape(version);
}

Shape root() {
  Object load{{optional("per-week", whole_number(1, 7), "Exercises of one person in a week, Monday to Sunday."), optional("per-quarter", whole_number(1, 100), "Exercises of one person in a quarter.")}};
  load.at_least_one_of = {"per-week", "per-quarter"};
  Object costs{{optional("spacing", cost(), "Of the spacing; default 1."), optional("load", cost(), "Of a person's load; default 1."), optional("hours", cost(), "Of a person's working hours; default 1."),
                optional("absence", cost(), "Of a person's absences; default 1."), optional("people", cost(), "Of who must be at an exercise; default 1."), optional("times", cost(), "Of an exercise's times; default 1.")}};
  Object object;
  object.takes_note = false;
  object.fields = {
      required("muster-programme", format_version(), "The version of this format: 1."),
      required("name", name_text("a programme"), "What the programme is called in calendars; never change it."),
      optional("title", free_text("text"), "What this is, in one line."),
      optional("time-zone", Reference{"time-zone"}, "Of all days and hours; default UTC."),
      required("from", parsed_text("a quarter such as 2027-Q1", [](std::string_view text) { parse_quarter(text); }, {"2027-Q1"}, "^(19[7-9][0-9]|20[0-2][0-9]|203[0-6])-Q[1-4]$"), "The first quarter that is planned."),
      optional("quarters", whole_number(1, 8), "How many quarters are planned; default 4."),
      optional("hours", Reference{"hours"}, "When people work who say nothing else; default Mon-Fri 09:00-17:00."),
      optional("hotwash", Reference{"duration"}, "For what was learned, right after each exercise; default 1h."),
      optional("spacing", whole_number(1, 92), "Days from one exercise to the next at least; default 1."),
      optional("load", Shape(load, "limits such as {per-week: 1, per-quarter: 4}"), "What may be asked of one person."),
      optional("costs", Shape(costs, "costs such as {spacing: 3}"), "How dear it is to give up what is no policy and no blackout."),
      required("people", named(person(), "person", false, Programme::most_people), "Who takes part."),
      optional("blackouts", named(blackout(), "blackout", true, Programme::most_blackouts), "When no exercise may take place."),
      required("exercises", named(exercise(), "exercise", false, Programme::most_exercises), "What can be exercised."),
      optional("policies", named(policy(), "policy", true, 100), "How often it must be."),
  };
  return object;
}

}  // namespace

Grammar programme_grammar() {
  Grammar grammar;
  grammar.title = "Muster programme";
  grammar.doc = "Which exercises are held how often, by whom, and when not: version 1.";
  grammar.named = {{"duration", duration_text()}, {"positive-duration", positive_duration_text()}, {"name", name_text("something")}, {"text", free_text("text")},
                   {"filled-text", filled_text("text")}, {"hours", opening_hours()}, {"time-zone", time_zone()}};
  grammar.root = shared(root());
  return grammar;
}

std::string programme_json_schema() { return json_schema(programme_grammar()); }

}  // namespace muster
