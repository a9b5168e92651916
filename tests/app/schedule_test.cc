// Programmes from their files to dates, as people and calendars get them. The oracle of calendars is libical.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <libical/ical.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/app/muster_run.h"

namespace muster::end_to_end {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

constexpr const char* shop = R"(muster: 1
title: A shop
regions: [east]
services:
  db: {region: east, objective: {rto: 4h}}
  web: {region: east, needs: [db], objective: {rto: 4h}}
outages:
  region-loss: {strikes: [{region: east}]}
  db-lost: {strikes: [{services: [db]}]}
plan:
  steps:
    restore: {takes: {lognormal: {p50: 30m, p95: 2h}}, recovers: [db]}
    check: {after: [restore], takes: {lognormal: {p50: 10m, p95: 20m}}, recovers: [web]}
)";

// Berlin, where clocks change on 28 March and 31 October; a holiday on Mondays that repeats, by a calendar of its own.
constexpr const char* programme = R"(muster-programme: 1
name: shop
title: "The shop's exercises; all of them, always"
time-zone: Europe/Berlin
from: 2027-Q1
quarters: 4
spacing: 7
people:
  ana: {title: "Ana \"A\" Ödegård, of the shop; and of much else besides, so that the line is long", roles: [lead], mail: ana@example.org, absent: [{from: 2027-01-01, to: 2027-02-28}]}
  ben: {roles: [engineer], time-zone: America/New_York, hours: ["Mon-Fri 08:00-16:00"], mail: ben@example.org}
blackouts:
  mondays: {calendar: mondays.ics}
  close: {last-days-of: quarter, days: 5}
exercises:
  region: {title: "The region, lost", scenario: shop.yaml, outage: region-loss, kind: full-scale, roles: {lead: 1, engineer: 1}, lasts: 2h}
  database: {scenario: shop.yaml, outage: db-lost, kind: functional, roles: {lead: 1}, hours: ["Mon-Fri 09:00-17:00"], lasts: 3h, hotwash: 30m}
policies:
  quarterly: {exercises: [region], every: quarter}
  half-yearly: {services: [db], kinds: [functional], every: half-year}
)";

constexpr const char* mondays =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//muster//test\r\nBEGIN:VEVENT\r\nUID:m@test\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20270104\r\n"
    "RRULE:FREQ=WEEKLY\r\nSUMMARY:No Mondays\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

struct Shop {
  Folder folder;
  std::string file = folder.file("programme.yaml"), plan = folder.file("plan.json"), calendar = folder.file("plan.ics"), state = folder.file("state");
  explicit Shop(const std::string& text = programme) {
    write_file(folder.file("shop.yaml"), shop);
    write_file(folder.file("mondays.ics"), mondays);
    write_file(file, text);
    std::filesystem::create_directory(state);
  }
  Ran run(const std::vector<std::string>& words) const { return muster(words, {.environment = {"MUSTER_STATE_DIR=" + state, "MUSTER_RUN_DIR=" + folder.file("run")}}); }
  Ran schedule(const std::vector<std::string>& more = {}) const { return run(joined({"schedule", file, "--today", "2026-12-01", "--replications", "500"}, more)); }
  Json json(const std::vector<std::string>& more = {}) const {
    const Ran ran = schedule(joined({"--json", "-"}, more));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return Json::parse(ran.out);
  }
  std::string announced(const std::vector<std::string>& more = {}) const {
    const Ran ran = schedule(joined({"--quiet", "--json", plan, "--ics", calendar}, more));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return read_file(calendar);
  }
};

struct Freed {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};

struct Event {
  std::string start, end, summary, status;
  int sequence = 0, attendees = 0;
  friend bool operator==(const Event&, const Event&) = default;
};

/// What another program reads, by UID; it must find nothing wrong.
std::map<std::string, Event> events_of(const std::string& text) {
  std::map<std::string, Event> out;
  const std::unique_ptr<icalcomponent, Freed> calendar(icalparser_parse_string(text.c_str()));
  EXPECT_TRUE(calendar && icalcomponent_isa(calendar.get()) == ICAL_VCALENDAR_COMPONENT);
  if (!calendar) return out;
  icalrestriction_check(calendar.get());  // RFC 5546's too: it leaves what it finds as errors
  EXPECT_EQ(icalcomponent_count_errors(calendar.get()), 0) << icalcomponent_as_ical_string(calendar.get());
  for (icalcomponent* one = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT); one; one = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT)) {
    Event event{icaltime_as_ical_string(icalcomponent_get_dtstart(one)), icaltime_as_ical_string(icalcomponent_get_dtend(one)), icalcomponent_get_summary(one),
                icalproperty_status_to_string(icalcomponent_get_status(one)), icalcomponent_get_sequence(one), icalcomponent_count_properties(one, ICAL_ATTENDEE_PROPERTY)};
    EXPECT_TRUE(icaltime_is_utc(icalcomponent_get_dtstart(one)));
    EXPECT_FALSE(icaltime_is_null_time(icalcomponent_get_dtstamp(one)));
    EXPECT_TRUE(out.emplace(icalcomponent_get_uid(one), event).second) << "an identity twice";
  }
  return out;
}

TEST(Schedule, CalendarsReadWhatItWritesAndARerunUpdatesInsteadOfDuplicating) {
  const Shop s;
  const std::string text = s.announced();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("\r\n", at);
    ASSERT_NE(end, std::string::npos) << "a line without its end";
    EXPECT_LE(end - at, 75u);
    at = end + 2;
  }
  const auto first = events_of(text);
  ASSERT_EQ(first.size(), 6u) << "four of the region, two of the database";
  const Json plan = Json::parse(read_file(s.plan));
  for (const Json& one : plan.at("appointments")) {
    std::string from;
    for (const char c : one.at("from").get<std::string>())
      if (c != '-' && c != ':') from += c;
    EXPECT_EQ(first.at(one.at("uid").get<std::string>() + "@muster").start, from);
  }
  EXPECT_EQ(first.at("shop.region.2027-Q1.1@muster").summary, "Exercise: The region, lost");
  EXPECT_EQ(first.at("shop.region.2027-Q1.1@muster").attendees, 2);
  // The same again: the same bytes. It reads the very file that it writes.
  EXPECT_EQ(s.announced({"--keep", s.plan}), text);
  // A day is lost: that one event moves, by the same identity with a higher number, and no other changes.
  const std::string day = plan.at("appointments").at(1).at("date"), uid = plan.at("appointments").at(1).at("uid").get<std::string>() + "@muster";
  std::string changed = programme;
  write_file(s.file, changed.replace(changed.find("  close:"), 0, "  audit: {from: " + day + ", to: " + day + "}\n"));
  const auto second = events_of(s.announced({"--keep", s.plan}));
  ASSERT_EQ(second.size(), first.size());
  for (const auto& [id, event] : second) {
    if (id != uid) {
      EXPECT_EQ(event, first.at(id)) << id;
      continue;
    }
    EXPECT_NE(event.start, first.at(id).start);
    EXPECT_EQ(event.sequence, 1);
    EXPECT_EQ(event.status, "CONFIRMED");
  }
  // What there is no longer goes out once more, as cancelled.
  std::string less = changed;
  less.replace(less.find("  half-yearly:"), std::string::npos, "");
  write_file(s.file, less.replace(less.find("  database:"), less.find("policies:") - less.find("  database:"), ""));
  const auto third = events_of(s.announced({"--keep", s.plan}));
  EXPECT_EQ(third.at("shop.database.2027-Q1.1@muster").status, "CANCELLED");
  EXPECT_EQ(third.at("shop.region.2027-Q1.1@muster").status, "CONFIRMED");
}

TEST(Schedule, KeepsRecurringWindowsHoursOfEveryZoneAndChangesOfClocks) {
  const Shop s;
  const Json plan = s.json();
  for (const Json& one : plan.at("appointments")) {
    const std::string date = one.at("date"), from = one.at("from"), to = one.at("to");
    int year = 0, month = 0, day = 0;
    ASSERT_EQ(std::sscanf(date.c_str(), "%d-%d-%d", &year, &month, &day), 3);
    const std::chrono::weekday weekday{std::chrono::sys_days{std::chrono::year{year} / month / day}};
    EXPECT_NE(weekday, std::chrono::Monday) << date << ": a holiday that comes every week";
    EXPECT_NE(weekday, std::chrono::Saturday) << date;
    EXPECT_NE(weekday, std::chrono::Sunday) << date;
    EXPECT_FALSE(date < "2027-03-01") << "ana is away";
    EXPECT_FALSE(day > 26 + (month == 3 || month == 12) && month % 3 == 0) << date << " is the quarter's close";
    // Berlin's nine to five and New York's eight to four meet from 14 to 17 o'clock of Berlin, but from 13 to 17 where New York has summer
    // time and Berlin has none yet (14 to 27 March), and the like in autumn.
    if (one.at("exercise") == "region") {
      const bool summer = date >= "2027-03-28" && date <= "2027-10-30", apart = (date >= "2027-03-14" && date < "2027-03-28") || (date >= "2027-10-31" && date < "2027-11-07");
      const std::string opens = summer || apart ? "12:00" : "13:00", closes = summer ? "15:00" : "16:00";
      EXPECT_GE(from.substr(11, 5), opens) << from;
      EXPECT_LE(to.substr(11, 5), closes) << to;
    }
  }
}

TEST(Schedule, SaysWhichRulesContradictAndTheCheapestToGiveUp) {
  std::string text = programme;
  text.replace(text.find("to: 2027-02-28"), 14, "to: 2027-03-31");  // the only lead is away for the whole first quarter
  const Shop s(text);
  const Ran ran = s.schedule({"--json", s.plan});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.out, HasSubstr("THESE RULES CONTRADICT EACH OTHER"));
  EXPECT_THAT(ran.out, HasSubstr("/people/ana/absent"));
  EXPECT_THAT(ran.out, HasSubstr("/policies/quarterly"));
  EXPECT_THAT(ran.out, HasSubstr("THE CHEAPEST TO GIVE UP"));
  const Json conflict = Json::parse(read_file(s.plan)).at("conflict");
  EXPECT_EQ(conflict.at("relax").size(), 1u);
  EXPECT_TRUE(conflict.at("cheapest").get<bool>());
}

TEST(Schedule, StatusEndsWithOneWhenSomethingIsOverdue) {
  std::string text = programme;
  text.replace(text.find("lasts: 2h}"), 10, "lasts: 2h, done: [2027-03-10]}");
  const Shop s(text);
  const auto status = [&](const char* today) { return s.run({"schedule", "status", s.file, "--today", today}); };
  EXPECT_EQ(status("2027-06-30").code, 0);
  const Ran late = status("2027-07-01");
  EXPECT_EQ(late.code, 1);
  EXPECT_THAT(late.out, HasSubstr("OVERDUE"));
  EXPECT_THAT(late.out, HasSubstr("2027-06-30"));
  const Ran json = s.run({"schedule", "status", s.file, "--today", "2027-07-01", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_TRUE(Json::parse(json.out).at("overdue").get<bool>());
}

TEST(Schedule, WhatWasObservedInExercisesIncidentsAndFilesMakesAnExerciseTeachLess) {
  const Shop s;
  const Json before = s.json().at("exercises").at("database");
  EXPECT_EQ(before.at("observations"), 0);
  EXPECT_EQ(s.run({"incident", "add", "it burned", "--outage", "db-lost", "--started", "2026-11-02T10:00Z", "--ended", "2026-11-02T12:00Z", "--step", "restore=40m"}).code, 0);
  const std::string csv = s.folder.file("o.csv");
  write_file(csv, "of,name,seconds,censored,ended,source,scenario,with-response-of,during\nstep,restore,2000,0,2026-11-03T10:00:00Z,drill,A shop,,db-lost\n"
                  "step,restore,2000,0,2026-11-03T10:00:00Z,drill,Another shop,,\nstep,restore,2100,0,2026-11-04T10:00:00Z,exercise 4 (tabletop),A shop,,\n");
  EXPECT_EQ(s.run({"observe", "import", csv}).code, 0);
  const Json after = s.json().at("exercises").at("database");
  EXPECT_EQ(after.at("observations"), 2) << "neither another scenario's nor what was talked through";
  EXPECT_LT(after.at("value").get<double>(), before.at("value").get<double>());
}

TEST(Schedule, WritesAPageWithTheYearAndMarkdown) {
  const Shop s;
  EXPECT_EQ(s.schedule({"--quiet", "--html", s.folder.file("p.html"), "--md", s.folder.file("p.md")}).code, 0);
  const std::string page = read_file(s.folder.file("p.html"));
  for (const char* words : {"January", "December", "region (full-scale), 14:00-17:00", "No Mondays", "default-src 'none'"}) EXPECT_THAT(page, HasSubstr(words));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(read_file(s.folder.file("p.md")), HasSubstr("| Tue 2 Mar |"));
}

// The promise, from the files on: twelve scenarios are read and simulated as well.
TEST(Schedule, AQuarterOfTwelveScenariosSixPeopleAndThreeWindowsTakesUnderTenSeconds) {
  Folder folder;
  std::string text =
      "muster-programme: 1\nname: twelve\nfrom: 2027-Q1\nquarters: 1\nspacing: 4\nload: {per-week: 1, per-quarter: 7}\npeople:\n"
      "  a: {roles: [lead, engineer]}\n  b: {roles: [lead, engineer], absent: [{from: 2027-02-01, to: 2027-02-12}]}\n  c: {roles: [engineer]}\n"
      "  d: {roles: [engineer], hours: [\"Mon-Thu 08:00-16:00\"]}\n  e: {roles: [lead]}\n  f: {roles: [engineer], absent: [{from: 2027-03-01, to: 2027-03-05}]}\n"
      "blackouts:\n  year-end: {yearly-from: 12-18, to: 01-06}\n  release: {from: 2027-02-10, to: 2027-02-14}\n  close: {last-days-of: quarter, days: 5}\nexercises:\n";
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    std::string plan = shop;
    plan.replace(plan.find("p50: 30m"), 8, "p50: " + std::to_string(30 + 5 * i) + "m");
    write_file(folder.file("s" + n + ".yaml"), plan);
    text += "  e" + n + ": {scenario: s" + n + ".yaml, outage: db-lost, kind: functional, roles: {lead: 1, engineer: 1}}\n";
  }
  write_file(folder.file("p.yaml"), text + "policies:\n  all: {exercises: all, every: quarter}\n");
  const auto before = std::chrono::steady_clock::now();
  const Ran ran = muster({"schedule", folder.file("p.yaml"), "--today", "2026-12-01", "--json", "-"}, {.environment = {"MUSTER_STATE_DIR=" + folder.file("state")}});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json plan = Json::parse(ran.out);
  EXPECT_EQ(plan.at("appointments").size(), 12u);
  EXPECT_TRUE(plan.at("proved").get<bool>());
#ifndef MUSTER_SANITIZED
  EXPECT_LT(took.count(), 10);
#endif
  RecordProperty("seconds", std::to_string(took.count()));
}

TEST(Schedule, LocatesWhatIsWrongAndEndsWithThree) {
  std::string text = programme;
  text.replace(text.find("mondays.ics"), 11, "nowhere.ics");
  const Shop s(text);
  const Ran ran = s.schedule();
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("programme.yaml:12:23: /blackouts/mondays/calendar: "));
  EXPECT_THAT(ran.err, HasSubstr("No such file"));
  EXPECT_THAT(s.run({"schedule", s.folder.file("shop.yaml")}).err, HasSubstr("shop.yaml:1:1: /muster: this is a scenario"));
  EXPECT_THAT(s.run({"check", s.file}).err, HasSubstr("programme.yaml:1:1: /muster-programme: this is an exercise programme, and muster schedule takes it"));
}

// A program of this size is at work for longer than anybody waits: whoever stops it is obeyed, whatever the solver makes of signals.
TEST(Schedule, IsEndedBySignalsWhileItPlans) {
  const auto many = [] {
    std::string text = "muster-programme: 1\nname: many\nfrom: 2027-Q1\nquarters: 8\npeople:\n";
    for (int i = 0; i < 20; ++i) text += "  p" + std::to_string(i) + ": {roles: [lead]}\n";
    text += "exercises:\n";
    for (int i = 0; i < 200; ++i) text += "  e" + std::to_string(i) + ": {scenario: shop.yaml, outage: db-lost, kind: functional, roles: {lead: 3}, lasts: 2h}\n";
    return text + "policies:\n  all: {exercises: all, every: quarter}\n";
  };
  const Shop s(many());
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto since = std::chrono::steady_clock::now();
    const Ran ran = muster({"schedule", s.file, "--today", "2026-12-01", "--replications", "100", "--json", s.plan},
                           {.environment = {"MUSTER_STATE_DIR=" + s.state}, .signal = signal, .ready = [&] { return std::chrono::steady_clock::now() - since > std::chrono::seconds(4); }});
    EXPECT_EQ(ran.code, 128 + signal);
    EXPECT_FALSE(std::filesystem::exists(s.plan));
  }
}

}  // namespace
}  // namespace muster::end_to_end
