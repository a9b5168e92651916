#include "models/decode_programme.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "models/decode.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

// What its shape found wrong is nothing here.
template <typename T, typename F>
std::optional<T> parsed(const View& map, std::string_view key, F parse) {
  const auto value = field(map, key);
  if (!value || !(*value)->is_scalar()) return {};
  try {
    return parse((*value)->text);
  } catch (const std::invalid_argument&) {
    return {};
  }
}

double cost_of(const View& map, const char* key = "cost") { return number_field(map, key).value_or(1); }

int whole_field(const View& map, std::string_view key, int otherwise) {
  const double value = number_field(map, key).value_or(otherwise);
  return value >= -1e6 && value <= 1e6 ? static_cast<int>(value) : otherwise;
}

std::vector<OpeningHours> hours_field(const View& map, std::string_view key) {
  std::vector<OpeningHours> hours;
  for (const std::string& text : names_field(map, key)) {
    try {
      hours.push_back(parse_opening_hours(text));
    } catch (const std::invalid_argument&) {
    }
  }
  return hours;
}

DateSpan span_of(const View& map, Findings& findings) {
  DateSpan span;
  span.first = parsed<Day>(map, "from", parse_date).value_or(0);
  span.last = parsed<Day>(map, "to", parse_date).value_or(span.first);
  span.why = text_field(map, "why");
  if (span.last < span.first && findings.clean(map.pointer())) findings.error(map, "the last day is before the first");
  return span;
}

std::string found_from(const std::string& folder, const std::string& file) { return folder.empty() || file.starts_with('/') ? file : folder + "/" + file; }

class ProgrammeDecode {
 public:
  ProgrammeDecode(const View& root, ProgrammeDecoding& decoding) : root_(root), decoding_(decoding), findings_(decoding.findings) {}

  Programme decode() {
    head();
    each("people", [&](const View& at) { programme_.people.push_back(person(at)); });
    each("blackouts", [&](const View& at) { programme_.blackouts.push_back({std::string(at.key), when(at), cost_of(at)}); });
    each("exercises", [&](const View& at) { programme_.exercises.push_back(exercise(at)); });
    each("policies", [&](const View& at) { programme_.policies.push_back(policy(at)); });
    return std::move(programme_);
  }

 private:
  void each(const char* key, const std::function<void(const View&)>& use) {
    if (auto map = field(root_, key)) each_member(*map, use);
  }
  std::string zone_of(const View& map, const std::string& otherwise) {
    return parsed<std::string>(map, "time-zone", [](std::string_view text) { return Zone(text).name(); }).value_or(otherwise);
  }

  void head();
  Person person(const View& at);
  std::string calendar(const View& at, const std::string& zone);
  decltype(BlackoutRule::when) when(const View& at);
  PlannedExercise exercise(const View& at);
  void look_at_scenario(const View& at, PlannedExercise& exercise);
  void look_at_people(const View& at, const PlannedExercise& exercise);
  Policy policy(const View& at);
  std::vector<std::string> things_of(const View& at, const Policy& policy);

  const View& root_;
  ProgrammeDecoding& decoding_;
  Findings& findings_;
  Programme programme_;
  double hotwash_ = 3600;
};

void ProgrammeDecode::head() {
  programme_.name = text_field(root_, "name");
  programme_.title = text_field(root_, "title");
  if (programme_.title.empty()) programme_.title = programme_.name;
  programme_.time_zone = zone_of(root_, "UTC");
  programme_.from = parsed<Quarter>(root_, "from", parse_quarter).value_or(0);
  programme_.quarters = whole_field(root_, "quarters", 4);
  programme_.hours = hours_field(root_, "hours");
  if (programme_.hours.empty()) programme_.hours = {parse_opening_hours("Mon-Fri 09:00-17:00")};
  hotwash_ = quantity_field(root_, "hotwash", parse_duration).value_or(3600);
  programme_.spacing = whole_field(root_, "spacing", 1);
  if (auto load = field(root_, "load")) {
    if (field(*load, "per-week")) programme_.per_week = whole_field(*load, "per-week", 1);
    if (field(*load, "per-quarter")) programme_.per_quarter = whole_field(*load, "per-quarter", 1);
  }
  if (auto costs = field(root_, "costs"))
    programme_.costs = {cost_of(*costs, "spacing"), cost_of(*costs, "load"), cost_of(*costs, "hours"), cost_of(*costs, "absence"), cost_of(*costs, "people"), cost_of(*costs, "times")};
  if (quarter_text(programme_.from + programme_.quarters - 1) > "2037-Q3" && findings_.clean("/quarters"))
    findings_.error("/quarters", "the last quarter is out of reach: time zones are known to 2037");
}

std::string ProgrammeDecode::calendar(const View& at, const std::string& zone) {
  if (!at->is_scalar() || !findings_.clean(at.pointer())) return "";
  std::string file = found_from(decoding_.folder, at->text);
  if (!decoding_.calendar || findings_.full()) return file;
  if (const std::string trouble = decoding_.calendar(file, programme_.first(), programme_.last(), zone); !trouble.empty()) findings_.error(at, trouble);
  return file;
}

Person ProgrammeDecode::person(const View& at) {
  Person person;
  person.name = at.key;
  person.title = text_field(at, "title");
  if (person.title.empty()) person.title = person.name;
  person.mail = text_field(at, "mail");
  person.roles = names_field(at, "roles");
  person.hours = hours_field(at, "hours");
  if (person.hours.empty()) person.hours = programme_.hours;
  person.time_zone = zone_of(at, programme_.time_zone);
  if (auto absences = field(at, "absent")) each_item(*absences, [&](const View& item) { person.absences.push_back(span_of(item, findings_)); });
  if (auto calendars = field(at, "calendars"))
    each_item(*calendars, [&](const View& item) {
      if (item->is_scalar()) person.calendars.push_back(calendar(item, person.time_zone));
    });
  return person;
}

decltype(BlackoutRule::when) ProgrammeDecode::when(const View& at) {
  if (field(at, "calendar")) return CalendarBlackout{calendar(*field(at, "calendar"), programme_.time_zone)};
  if (field(at, "yearly-from"))
    return YearlyBlackout{parsed<MonthDay>(at, "yearly-from", parse_month_day).value_or(MonthDay{}), parsed<MonthDay>(at, "to", parse_month_day).value_or(MonthDay{})};
  if (field(at, "yearly-on"))
    return WeekdayBlackout{parsed<NthWeekday>(at, "yearly-on", parse_nth_weekday).value_or(NthWeekday{}), whole_field(at, "days-before", 0), whole_field(at, "days-after", 0)};
  for (const bool last : {true, false}) {
    const char* key = last ? "last-days-of" : "first-days-of";
    if (field(at, key)) return EdgeBlackout{parsed<Frequency>(at, key, parse_frequency_of_exercise).value_or(Frequency{}), whole_field(at, "days", 1), last};
  }
  return SpanBlackout{span_of(at, findings_)};
}

// What lies in a region that is struck is struck with it.
std::vector<std::string> struck_by(const Outage& outage, const Scenario& scenario) {
  std::vector<std::string> out;
  for (const Service& service : scenario.services)
    for (const Strike& strike : outage.strikes)
      if ((!strike.region.empty() && strike.region == service.region) || std::find(strike.services.begin(), strike.services.end(), service.name) != strike.services.end()) {
        out.push_back(service.name);
        break;
      }
  return out;
}

void ProgrammeDecode::look_at_scenario(const View& at, PlannedExercise& exercise) {
  const auto found = decoding_.files.find(exercise.scenario_file);
  if (found == decoding_.files.end() || !found->second) return;
  exercise.scenario = *found->second;
  const Scenario& scenario = decoding_.scenarios[exercise.scenario];
  Names outages{"outage"}, services{"service"};
  outages.in = services.in = " in " + exercise.scenario_file;
  for (const Outage& outage : scenario.outages) outages.add(outage.name);
  for (const Service& service : scenario.services) services.add(service.name);
  if (auto outage = field(at, "outage"); outage && (*outage)->is_scalar()) expect_name(*outage, exercise.outage, outages, findings_);
  if (auto service = field(at, "service"); service && (*service)->is_scalar()) expect_name(*service, exercise.service, services, findings_);
  if (auto covers = field(at, "covers"))
    each_item(*covers, [&](const View& item) {
      if (item->is_scalar()) expect_name(item, item->text, services, findings_);
    });
  else
    for (const Outage& outage : scenario.outages)
      if (outage.name == exercise.outage) exercise.covers = struck_by(outage, scenario);
}

// What no choice of dates can mend is wrong in the file.
void ProgrammeDecode::look_at_people(const View& at, const PlannedExercise& exercise) {
  std::size_t seats = 0;
  bool told = false;
  std::vector<std::string> able;
  if (auto roles = field(at, "roles"))
    each_member(*roles, [&](const View& role) {
      expect_name(role, std::string(role.key), decoding_.roles, findings_);
      int holders = 0;
      for (const Person& person : programme_.people) {
        if (std::find(person.roles.begin(), person.roles.end(), role.key) == person.roles.end()) continue;
        if (std::find(exercise.people.begin(), exercise.people.end(), person.name) != exercise.people.end()) continue;
        ++holders;
        if (std::find(able.begin(), able.end(), person.name) == able.end()) able.push_back(person.name);
      }
      const int wanted = whole_field(*field(at, "roles"), role.key, 1);
      seats += static_cast<std::size_t>(std::max(wanted, 0));
      if (wanted <= holders || !findings_.clean(role.pointer())) return;
      told = true;
      findings_.error(role, std::to_string(wanted) + " of the role " + in_quotes(role.key) + " must be there, and " + (holders == 0 ? std::string("none") : "only " + std::to_string(holders)) + " of the people " +
                                (holders < 2 ? "has" : "have") + " it" + (exercise.people.empty() ? "" : " besides those who must be there anyway"));
    });
  if (seats > able.size() && !told && findings_.clean(at.pointer()))
    findings_.error_at_key(at, std::to_string(seats) + " seats are to be filled by " + std::to_string(able.size()) + (able.size() == 1 ? " person" : " people") + "; nobody can take two");
}

PlannedExercise ProgrammeDecode::exercise(const View& at) {
  PlannedExercise exercise;
  exercise.name = at.key;
  exercise.title = text_field(at, "title");
  if (exercise.title.empty()) exercise.title = exercise.name;
  exercise.scenario_file = text_field(at, "scenario");
  exercise.outage = text_field(at, "outage");
  exercise.service = text_field(at, "service");
  exercise.file = text_field(at, "file");
  exercise.kind = kind_of_word(text_field(at, "kind")).value_or(Exercise::Kind::functional);
  exercise.covers = names_field(at, "covers");
  exercise.people = names_field(at, "people");
  exercise.hours = hours_field(at, "hours");
  exercise.lasts = quantity_field(at, "lasts", parse_duration);
  exercise.hotwash = quantity_field(at, "hotwash", parse_duration).value_or(hotwash_);
  exercise.times = whole_field(at, "times", 0);
  if (auto roles = field(at, "roles")) each_member(*roles, [&](const View& role) { exercise.roles.push_back({std::string(role.key), whole_field(*roles, role.key, 1)}); });
  if (auto people = field(at, "people"))
    each_item(*people, [&](const View& item) {
      if (item->is_scalar()) expect_name(item, item->text, decoding_.people, findings_);
    });
  for (const std::string& text : names_field(at, "done")) try {
      exercise.done.push_back(parse_date(text));
    } catch (const std::invalid_argument&) {
    }
  look_at_scenario(at, exercise);
  look_at_people(at, exercise);
  return exercise;
}

std::vector<std::string> ProgrammeDecode::things_of(const View& at, const Policy& policy) {
  const auto value = field(at, policy.of_services ? "services" : "exercises");
  if (!value) return {};
  if ((*value)->kind == Node::Kind::list) return names_field(at, policy.of_services ? "services" : "exercises");
  std::vector<std::string> all;
  if (policy.of_services) {
    for (const Scenario& scenario : decoding_.scenarios)
      for (const Service& service : scenario.services)
        if (service.objective && std::find(all.begin(), all.end(), service.name) == all.end()) all.push_back(service.name);
  } else {
    for (const PlannedExercise& exercise : programme_.exercises)
      if (std::find(policy.kinds.begin(), policy.kinds.end(), exercise.kind) != policy.kinds.end()) all.push_back(exercise.name);
  }
  return all;
}

Policy ProgrammeDecode::policy(const View& at) {
  Policy policy;
  policy.name = at.key;
  policy.title = text_field(at, "title");
  if (policy.title.empty()) policy.title = policy.name;
  policy.regulation = text_field(at, "regulation");
  policy.of_services = field(at, "services").has_value();
  policy.every = parsed<Frequency>(at, "every", parse_frequency_of_exercise).value_or(Frequency{});
  policy.cost = cost_of(at);
  for (const std::string& word : names_field(at, "kinds"))
    if (auto kind = kind_of_word(word)) policy.kinds.push_back(*kind);
  if (policy.kinds.empty()) policy.kinds = {Exercise::Kind::tabletop, Exercise::Kind::functional, Exercise::Kind::full_scale};
  policy.things = things_of(at, policy);
  const auto value = field(at, policy.of_services ? "services" : "exercises");
  if (!value) return policy;
  std::set<std::string> covered, all;
  for (const PlannedExercise& exercise : programme_.exercises)
    if (std::find(policy.kinds.begin(), policy.kinds.end(), exercise.kind) != policy.kinds.end()) covered.insert(exercise.covers.begin(), exercise.covers.end());
  for (const Scenario& scenario : decoding_.scenarios)
    for (const Service& service : scenario.services) all.insert(service.name);
  for (std::size_t i = 0; i < policy.things.size(); ++i) {
    const bool listed = (*value)->kind == Node::Kind::list && i < (*value)->items.size();
    const View here = listed ? value->item(i) : *value;
    const std::string& thing = policy.things[i];
    if (thing.empty() || !findings_.clean(here.pointer())) continue;
    if (!policy.of_services) {
      expect_name(here, thing, decoding_.exercises, findings_);
      const PlannedExercise* exercise = programme_.exercise(thing);
      if (exercise && std::find(policy.kinds.begin(), policy.kinds.end(), exercise->kind) == policy.kinds.end())
        findings_.error(here, in_quotes(thing) + " is " + word_of(exercise->kind) + ", which is none of the policy's kinds");
      continue;
    }
    if (covered.contains(thing)) continue;
    if (!all.contains(thing)) findings_.error(here, "no scenario of the exercises has a service " + in_quotes(thing) + did_you_mean(thing, {all.begin(), all.end()}));
    else findings_.error(here, "no exercise of the policy's kinds covers the service " + in_quotes(thing) + "; an exercise covers what its outage strikes, or what its `covers` says");
  }
  return policy;
}

}  // namespace

Programme decode_programme(const View& root, ProgrammeDecoding& decoding) { return ProgrammeDecode(root, decoding).decode(); }

}  // namespace muster
