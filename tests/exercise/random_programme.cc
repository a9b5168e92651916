#include "tests/exercise/random_programme.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>

namespace muster {
namespace {

using Kind = Exercise::Kind;

int up_to(std::mt19937& random, int most) { return static_cast<int>(random() % static_cast<unsigned>(most + 1)); }
template <typename T>
const T& one_of(std::mt19937& random, const std::vector<T>& all) { return all[random() % all.size()]; }
bool listed(const std::vector<std::string>& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

const std::vector<std::string> zones{"Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata"};
const std::vector<std::string> shifts{"Mon-Fri 09:00-17:00", "Mon-Thu 08:00-16:00", "Tue-Sat 10:00-18:00", "Mon-Fri 12:00-20:00"};

Person person(std::mt19937& random, int index, const Programme& programme) {
  Person one;
  one.name = one.title = "p" + std::to_string(index);
  one.roles = {up_to(random, 1) ? "lead" : "engineer"};
  if (up_to(random, 2) == 0) one.roles = {"lead", "engineer"};
  one.time_zone = up_to(random, 3) ? programme.time_zone : one_of(random, zones);
  one.hours = {parse_opening_hours(one_of(random, shifts))};
  for (int i = up_to(random, 2); i > 0; --i) {
    const Day first = programme.first() + up_to(random, 80);
    one.absences.push_back({first, first + up_to(random, 14), ""});
  }
  return one;
}

void add_blackouts(std::mt19937& random, Programme& programme) {
  if (up_to(random, 1)) programme.blackouts.push_back({"close", EdgeBlackout{{Frequency::Unit::quarter, 0}, 1 + up_to(random, 9), true}, 2});
  if (up_to(random, 1)) programme.blackouts.push_back({"year-end", YearlyBlackout{{12, 18}, {1, 6}}, 5});
  if (up_to(random, 1)) programme.blackouts.push_back({"black-week", WeekdayBlackout{{4, 3, 11}, 3, 4}, 5});
  const Day first = programme.first() + up_to(random, 60);
  if (up_to(random, 1)) programme.blackouts.push_back({"freeze", SpanBlackout{{first, first + up_to(random, 25), ""}}, 1});
}

// The local civil time of a zone by the C library.
std::tm local(const std::string& zone, Instant at) {
  static std::string now;
  if (now != zone) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    now = zone;
  }
  const std::time_t whole = static_cast<std::time_t>(at);
  std::tm out{};
  ::localtime_r(&whole, &out);
  return out;
}
Day day_by_c(const std::string& zone, Instant at) {
  std::tm t = local(zone, at);
  t.tm_hour = t.tm_min = t.tm_sec = 0;
  return static_cast<Day>(::timegm(&t) / 86'400);
}

// Each of its half hours lies in some opening hours; all that begins and ends here does so on one, or lasts ten minutes longer.
bool at_work(const std::vector<OpeningHours>& hours, const std::string& zone, Instant from, Instant to) {
  for (Instant at = from; at < to; at += 600) {
    const std::tm t = local(zone, at);
    const int weekday = (t.tm_wday + 6) % 7, minute = t.tm_hour * 60 + t.tm_min;
    const bool open = std::any_of(hours.begin(), hours.end(), [&](const OpeningHours& h) {
      return (h.days[weekday] && minute >= h.opens && minute < h.closes) || (h.days[(weekday + 6) % 7] && minute + 1440 < h.closes);
    });
    if (!open) return false;
  }
  return true;
}

bool in_span(const DateSpan& span, Day day) { return day >= span.first && day <= span.last; }

bool blacked_out(const BlackoutRule& rule, Day day) {
  const Date date = date_of(day);
  if (const auto* once = std::get_if<SpanBlackout>(&rule.when)) return in_span(once->days, day);
  if (const auto* yearly = std::get_if<YearlyBlackout>(&rule.when)) {
    const std::pair<int, int> now{date.month, date.of_month}, from{yearly->from.month, yearly->from.of_month}, to{yearly->to.month, yearly->to.of_month};
    return from <= to ? now >= from && now <= to : now >= from || now <= to;
  }
  if (const auto* around = std::get_if<WeekdayBlackout>(&rule.when)) {
    int count = 0;
    for (Day on = day_of(date.year, around->on.month, 1); date_of(on).month == around->on.month; ++on)
      if (weekday_of(on) == around->on.weekday && ++count == around->on.nth) return day >= on - around->before && day <= on + around->after;
    return false;
  }
  const auto& edge = std::get<EdgeBlackout>(rule.when);
  return quarter_of(day) != quarter_of(edge.last ? day + edge.days : day - edge.days);  // of quarters, as they are made up here
}

}  // namespace

MadeUp made_up(std::mt19937& random) {
  MadeUp out;
  Programme& programme = out.programme;
  programme.name = programme.title = "made-up";
  programme.time_zone = one_of(random, zones);
  programme.from = (2027 - 1970) * 4 + up_to(random, 3);
  programme.quarters = 1 + up_to(random, 1);
  programme.hours = {parse_opening_hours("Mon-Fri 09:00-17:00")};
  programme.spacing = 1 + up_to(random, 6);
  if (up_to(random, 5) == 0) programme.spacing = 30 + up_to(random, 30);
  if (up_to(random, 2)) programme.per_week = 1 + up_to(random, 1);
  if (up_to(random, 1)) programme.per_quarter = 2 + up_to(random, 4);
  const int people = 3 + up_to(random, 4), exercises = 2 + up_to(random, 8);
  for (int i = 0; i < people; ++i) programme.people.push_back(person(random, i, programme));
  programme.people[0].roles = programme.people[1].roles = programme.people[2].roles = {"lead", "engineer"};
  add_blackouts(random, programme);
  for (int i = 0; i < exercises; ++i) {
    PlannedExercise one;
    one.name = one.title = "e" + std::to_string(i);
    one.outage = "o" + std::to_string(i);
    one.kind = static_cast<Kind>(up_to(random, 2));
    one.covers = {"s" + std::to_string(up_to(random, 4)), "s" + std::to_string(up_to(random, 4))};
    one.roles = {{"lead", 1}, {"engineer", 1 + up_to(random, 1)}};
    if (up_to(random, 5) == 0) one.roles.clear();
    if (up_to(random, 6) == 0) one.hours = {parse_opening_hours("Sat,Sun 06:00-22:00")};
    one.hotwash = 1800;
    one.times = up_to(random, 5) == 0;
    programme.exercises.push_back(one);
    ExerciseWorth worth;
    worth.p90 = 3600.0 * (1 + up_to(random, 4)) + 600;
    worth.value = up_to(random, 100);
    if (up_to(random, 4) == 0) worth.held = {{programme.first() - 5 - up_to(random, 60), "before"}};
    out.worth.push_back(worth);
  }
  const auto policy = [&](const std::string& name, bool services, const std::string& thing, Frequency every) {
    programme.policies.push_back({name, name, "", services, {thing}, {Kind::tabletop, Kind::functional, Kind::full_scale}, every, 1.0 + up_to(random, 5)});
  };
  for (int i = 0; i < 3; ++i) policy("q" + std::to_string(i), true, one_of(random, programme.exercises).covers[0], {Frequency::Unit::quarter, 0});
  for (int i = up_to(random, 3); i > 0; --i) policy("m" + std::to_string(i), false, one_of(random, programme.exercises).name, {Frequency::Unit::month, 0});
  if (up_to(random, 2) == 0) policy("r", false, one_of(random, programme.exercises).name, {Frequency::Unit::days, 40 + up_to(random, 40)});
  return out;
}

MadeUp tiny(std::mt19937& random) {
  MadeUp out;
  Programme& programme = out.programme;
  programme.name = programme.title = "tiny";
  programme.from = (2027 - 1970) * 4;
  programme.spacing = 1 + up_to(random, 2);
  if (up_to(random, 1)) programme.per_week = 1;
  if (up_to(random, 1)) programme.per_quarter = 1 + up_to(random, 1);
  programme.hours = {parse_opening_hours("Mon-Fri 09:00-17:00")};
  for (int i = 0; i < 3; ++i) {
    Person one;
    one.name = one.title = "p" + std::to_string(i);
    one.roles = i == 0 ? std::vector<std::string>{"lead"} : i == 1 ? std::vector<std::string>{"engineer"} : std::vector<std::string>{"lead", "engineer"};
    one.time_zone = "UTC";
    one.hours = programme.hours;
    if (up_to(random, 1)) one.absences.push_back({programme.first() + 11 + up_to(random, 5), programme.first() + 12 + up_to(random, 6), ""});
    programme.people.push_back(one);
  }
  // All but a few days are taken, so that everything can be tried: 11 January 2027 is a Monday.
  programme.blackouts.push_back({"before", SpanBlackout{{programme.first(), programme.first() + 9, ""}}, 1});
  programme.blackouts.push_back({"after", SpanBlackout{{programme.first() + 14 + up_to(random, 5), programme.last(), ""}}, 1});
  const int exercises = 2 + up_to(random, 1);
  for (int i = 0; i < exercises; ++i) {
    PlannedExercise one;
    one.name = one.title = "e" + std::to_string(i);
    one.covers = {"s" + std::to_string(up_to(random, 1))};
    one.roles = {{"lead", 1}};
    if (up_to(random, 1)) one.roles.push_back({"engineer", 1});
    programme.exercises.push_back(one);
    ExerciseWorth worth;
    worth.p90 = 3600.0 * (1 + up_to(random, 2));
    worth.value = up_to(random, 9);
    out.worth.push_back(worth);
  }
  for (int i = 1 + up_to(random, 2); i > 0; --i) {
    const bool services = up_to(random, 1);
    const PlannedExercise& exercise = one_of(random, programme.exercises);
    programme.policies.push_back({"q" + std::to_string(i), "", "", services, {services ? exercise.covers[0] : exercise.name}, {Kind::tabletop, Kind::functional, Kind::full_scale},
                                  {Frequency::Unit::quarter, 0}, 1.0 + up_to(random, 3)});
  }
  return out;
}

MadeUp quarter_of_twelve() {
  std::mt19937 random(7);
  MadeUp out;
  Programme& programme = out.programme;
  programme.name = programme.title = "twelve";
  programme.time_zone = "Europe/Berlin";
  programme.from = (2027 - 1970) * 4;
  programme.hours = {parse_opening_hours("Mon-Fri 09:00-17:00")};
  programme.spacing = 4;
  programme.per_week = 1;
  programme.per_quarter = 7;
  for (int i = 0; i < 6; ++i) programme.people.push_back(person(random, i, programme));
  for (Person& one : programme.people) one.time_zone = programme.time_zone;
  programme.people[0].roles = programme.people[1].roles = {"lead", "engineer"};
  programme.blackouts = {{"year-end", YearlyBlackout{{12, 18}, {1, 6}}, 5}, {"release", SpanBlackout{{programme.first() + 40, programme.first() + 44, ""}}, 1},
                         {"close", EdgeBlackout{{Frequency::Unit::quarter, 0}, 5, true}, 2}};
  for (int i = 0; i < 12; ++i) {
    PlannedExercise one;
    one.name = one.title = "e" + std::to_string(i);
    one.covers = {"s" + std::to_string(i % 8)};
    one.roles = {{"lead", 1}, {"engineer", 1}};
    programme.exercises.push_back(one);
    ExerciseWorth worth;
    worth.p90 = 3600.0 * (1 + i % 4);
    worth.value = (i * 37) % 100;
    out.worth.push_back(worth);
  }
  std::vector<std::string> all;
  for (const PlannedExercise& one : programme.exercises) all.push_back(one.name);
  programme.policies.push_back({"all", "all", "", false, all, {Kind::tabletop, Kind::functional, Kind::full_scale}, {Frequency::Unit::quarter, 0}, 1});
  return out;
}

std::string key_of(const Demand& demand) { return demand.policy + "/" + demand.thing + "/" + std::to_string(demand.first); }

namespace {

class SecondLook {
 public:
  SecondLook(const MadeUp& made, std::vector<Appointment> appointments, Day today, const Leniency& leniency)
      : programme_(made.programme), worth_(made.worth), all_(std::move(appointments)), today_(today), lenient_(leniency) {
    std::sort(all_.begin(), all_.end(), [](const Appointment& a, const Appointment& b) { return a.from < b.from; });
    for (const Appointment& one : all_) days_.push_back(day_by_c(programme_.time_zone, one.from));
  }

  std::vector<std::string> look() {
    for (std::size_t i = 0; i < all_.size(); ++i) look_at(i);
    look_at_order();
    look_at_load();
    for (const Policy& policy : programme_.policies)
      for (const std::string& thing : policy.things) look_at(policy, thing);
    for (const PlannedExercise& exercise : programme_.exercises) {
      int held = 0;
      for (const Held& one : worth_[index_of(exercise.name)].held) held += one.day >= programme_.first() && one.day <= programme_.last();
      const bool forgiven = listed(lenient_.demands, "/" + exercise.name + "/" + std::to_string(programme_.first()));
      if (!forgiven && count({exercise.name}, programme_.first(), programme_.last()) + held < exercise.times) say(exercise.name + " is not held often enough");
    }
    return wrong_;
  }

 private:
  void say(const std::string& what) { wrong_.push_back(what); }

  std::size_t index_of(const std::string& name) const {
    return static_cast<std::size_t>(programme_.exercise(name) - programme_.exercises.data());
  }

  void look_at(std::size_t i) {
    const Appointment& one = all_[i];
    const PlannedExercise& exercise = *programme_.exercise(one.exercise);
    const std::string name = one.exercise + " on " + date_text(days_[i]);
    const double least = worth_[index_of(one.exercise)].p90 + exercise.hotwash;
    if (one.to - one.from < least || one.to - one.from > least + 300) say(name + " lasts not as long as it takes");
    if (days_[i] <= today_ || days_[i] < programme_.first() || days_[i] > programme_.last()) say(name + " is outside the horizon");
    for (const BlackoutRule& rule : programme_.blackouts)
      for (Day day = days_[i]; day <= day_by_c(programme_.time_zone, one.to - 1); ++day)
        if (!listed(lenient_.blackouts, rule.name) && blacked_out(rule, day)) say(name + " lies in " + rule.name);
    if ((!exercise.hours.empty() || exercise.roles.empty()) && !listed(lenient_.windows, one.exercise) &&
        !at_work(exercise.hours.empty() ? programme_.hours : exercise.hours, programme_.time_zone, one.from, one.to))
      say(name + " is outside its hours");
    if (listed(lenient_.people, one.exercise)) return;
    std::vector<std::string> there;
    for (const Attendance& seat : one.people) {
      const Person& person = *programme_.person(seat.person);
      if (listed(there, seat.person)) say(name + ": " + seat.person + " has two seats");
      there.push_back(seat.person);
      if (!listed(person.roles, seat.role)) say(name + ": " + seat.person + " is no " + seat.role);
      if (exercise.hours.empty() && !listed(lenient_.hours, seat.person) && !at_work(person.hours, person.time_zone, one.from, one.to)) say(name + ": " + seat.person + " is not at work");
      for (const DateSpan& span : person.absences)
        for (Day day = day_by_c(person.time_zone, one.from); day <= day_by_c(person.time_zone, one.to - 1); ++day)
          if (!listed(lenient_.absence, seat.person) && in_span(span, day)) say(name + ": " + seat.person + " is away");
    }
    for (const Seats& seats : exercise.roles)
      if (std::count_if(one.people.begin(), one.people.end(), [&](const Attendance& seat) { return seat.role == seats.of; }) != seats.count) say(name + ": seats of " + seats.of);
  }

  void look_at_order() {
    for (std::size_t i = 1; i < all_.size(); ++i)
      if (days_[i] - days_[i - 1] < (lenient_.spacing ? 1 : programme_.spacing)) say("too close: " + date_text(days_[i]));
    for (std::size_t i = 0; i < all_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (all_[i].exercise == all_[j].exercise && week_of(days_[i]) == week_of(days_[j])) say("the same twice a week");
  }

  void look_at_load() {
    for (const Person& person : programme_.people) {
      std::map<Day, int> weeks;
      std::map<Quarter, int> quarters;
      for (std::size_t i = 0; i < all_.size(); ++i)
        for (const Attendance& seat : all_[i].people)
          if (seat.person == person.name && !listed(lenient_.people, all_[i].exercise)) {
            ++weeks[week_of(days_[i])];
            ++quarters[quarter_of(days_[i])];
          }
      for (const auto& [monday, n] : weeks)
        if (programme_.per_week && n > *programme_.per_week && !listed(lenient_.week_load, person.name)) say(person.name + " has too much in a week");
      for (const auto& [quarter, n] : quarters)
        if (programme_.per_quarter && n > *programme_.per_quarter && !listed(lenient_.quarter_load, person.name)) say(person.name + " has too much in a quarter");
    }
  }

  int count(const std::vector<std::string>& exercises, Day first, Day last) const {
    int out = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) out += listed(exercises, all_[i].exercise) && days_[i] >= first && days_[i] <= last;
    return out;
  }

  void look_at(const Policy& policy, const std::string& thing) {
    std::vector<std::string> meet;
    for (const PlannedExercise& exercise : programme_.exercises)
      if (policy.of_services ? listed(exercise.covers, thing) : exercise.name == thing) meet.push_back(exercise.name);
    const auto held_in = [&](Day first, Day last) {
      Day latest = -1;
      for (const std::string& name : meet)
        for (const Held& one : worth_[index_of(name)].held)
          if (one.day >= first && one.day <= last) latest = std::max(latest, one.day);
      return latest;
    };
    const std::string what = policy.name + " of " + thing;
    const auto forgiven = [&](Day first) { return listed(lenient_.demands, policy.name + "/" + thing + "/" + std::to_string(first)); };
    if (policy.every.unit == Frequency::Unit::days) {
      const Day held = held_in(-1, std::min(today_, programme_.last()));
      const Day first = held >= 0 ? held + 1 : programme_.first();
      if (forgiven(first)) return;
      Day from = first;
      if (from + policy.every.days - 1 < today_ + 1) from = today_ + 1;
      for (; from + policy.every.days - 1 <= programme_.last(); ++from)
        if (count(meet, from, from + policy.every.days - 1) == 0) return say(what + " has a gap from " + date_text(from));
      return;
    }
    const int length = policy.every.unit == Frequency::Unit::month ? 1 : policy.every.unit == Frequency::Unit::quarter ? 3 : 12;
    for (Day first = programme_.first(); first <= programme_.last();) {
      const Date date = date_of(first);
      const int index = date.year * 12 + date.month - 1 + length;
      const Day next = day_of(index / 12, index % 12 + 1, 1);
      if (next - 1 > programme_.last()) return;
      if (next - 1 >= today_ && held_in(first, next - 1) < 0 && count(meet, first, next - 1) == 0 && !forgiven(first)) say(what + " is not met from " + date_text(first));
      first = next;
    }
  }

  const Programme& programme_;
  const std::vector<ExerciseWorth>& worth_;
  std::vector<Appointment> all_;
  std::vector<Day> days_;
  Day today_;
  const Leniency& lenient_;
  std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> wrong_with(const MadeUp& made, const std::vector<Appointment>& appointments, Day today, const Leniency& leniency) {
  return SecondLook(made, appointments, today, leniency).look();
}

}  // namespace muster
