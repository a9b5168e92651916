// Dates of programmes, held against a second opinion (random_programme.h) and, where everything can be tried, against trying everything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>

#include "exercise/programme/conflict.h"
#include "exercise/programme/demands.h"
#include "exercise/programme/planning.h"
#include "exercise/programme/timetable.h"
#include "exercise/refused.h"
#include "tests/exercise/random_programme.h"
#include "tests/exercise/scratch.h"

namespace muster {
namespace {

Schedule planned(const MadeUp& made, const std::vector<Appointment>& announced = {}, std::optional<Day> today = {}) {
  return schedule_of(made.programme, {made.worth, announced, today.value_or(made.programme.first() - 1)});
}

// The rules that a made-up programme's planning has, and a leniency that forgives those that are not active.
struct Rules {
  std::vector<Demand> demands;
  ProgrammeWindows windows;
  std::vector<Start> starts;
  std::vector<Rule> all;
  explicit Rules(const MadeUp& made)
      : demands(demands_of(made.programme, made.worth, made.programme.first() - 1)), windows(windows_of(made.programme)),
        starts(starts_of(made.programme, made.worth, windows, made.programme.first(), {})), all(rules_of(made.programme, demands, windows)) {}

  Leniency without(const MadeUp& made, const std::vector<bool>& active) const {
    Leniency out;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (active[i]) continue;
      const std::size_t of = all[i].of;
      switch (all[i].kind) {
        case Rule::Kind::demand: out.demands.push_back(key_of(demands[of])); break;
        case Rule::Kind::spacing: out.spacing = true; break;
        case Rule::Kind::week_load: out.week_load.push_back(made.programme.people[of].name); break;
        case Rule::Kind::quarter_load: out.quarter_load.push_back(made.programme.people[of].name); break;
        case Rule::Kind::hours: out.hours.push_back(made.programme.people[of].name); break;
        case Rule::Kind::absence: out.absence.push_back(made.programme.people[of].name); break;
        case Rule::Kind::people: out.people.push_back(made.programme.exercises[of].name); break;
        case Rule::Kind::window: out.windows.push_back(made.programme.exercises[of].name); break;
        case Rule::Kind::blackout: out.blackouts.push_back(made.programme.blackouts[of].name); break;
      }
    }
    return out;
  }
};

// Two hundred programmes, in eight lots that can run side by side.
class ProgrammeLot : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(, ProgrammeLot, ::testing::Range(0, 8));

TEST_P(ProgrammeLot, DatesOfRandomProgrammesKeepEveryRule) {
  int possible = 0, impossible = 0;
  for (int i = 25 * GetParam(); i < 25 * GetParam() + 25; ++i) {
    std::mt19937 random(20270101u + static_cast<unsigned>(i));
    const MadeUp made = made_up(random);
    const Schedule schedule = planned(made);
    SCOPED_TRACE("programme " + std::to_string(i));
    if (!schedule.conflict) {
      ++possible;
      EXPECT_THAT(wrong_with(made, schedule.appointments, schedule.today), ::testing::IsEmpty());
      EXPECT_TRUE(schedule.proved);
      continue;
    }
    ++impossible;
    // Without what is to be given up there are dates; the conflict is one, and none without any of its rules.
    const Rules rules(made);
    const auto ask = [&](const std::function<bool(const ProgrammeRule&)>& keep) {
      std::vector<bool> active;
      for (const Rule& rule : rules.all) active.push_back(keep(rule.told));
      Timetable timetable({&made.programme, &rules.demands, &rules.starts, &rules.all, made.programme.first()}, active);
      const auto chosen = timetable.best(weights_of(made.worth), {});
      if (!chosen) return false;
      std::vector<Appointment> appointments;
      for (std::size_t s = 0; s < chosen->starts.size(); ++s)
        appointments.push_back({made.programme.exercises[chosen->starts[s].exercise].name, 0, 0, 0, 0, chosen->starts[s].from, chosen->starts[s].to, chosen->people[s], false, false});
      EXPECT_THAT(wrong_with(made, appointments, made.programme.first() - 1, rules.without(made, active)), ::testing::IsEmpty());
      return true;
    };
    const auto among = [](const std::vector<ProgrammeRule>& some, const ProgrammeRule& one) { return std::find(some.begin(), some.end(), one) != some.end(); };
    const Conflict& conflict = *schedule.conflict;
    ASSERT_FALSE(conflict.rules.empty());
    EXPECT_TRUE(ask([&](const ProgrammeRule& rule) { return !among(conflict.relax, rule); }));
    EXPECT_FALSE(ask([&](const ProgrammeRule& rule) { return among(conflict.rules, rule); }));
    for (const ProgrammeRule& without : conflict.rules) {
      std::vector<bool> active;
      for (const Rule& rule : rules.all) active.push_back(among(conflict.rules, rule.told) && !(rule.told == without));
      EXPECT_EQ(Timetable({&made.programme, &rules.demands, &rules.starts, &rules.all, made.programme.first()}, active).possible(), true) << without.text;
    }
  }
  EXPECT_GE(possible, 5);
  EXPECT_GE(impossible, 1);
}

// Every subset of the days with every exercise and every crew. The oracle knows no start but half hours, as planning says of itself.
class TryEverything {
 public:
  explicit TryEverything(const MadeUp& made) : made_(made) {
    const Day end = std::get<SpanBlackout>(made.programme.blackouts[1].when).days.first;
    for (Day day = std::get<SpanBlackout>(made.programme.blackouts[0].when).days.last + 1; day < end; ++day) days_.push_back(day);
  }

  std::optional<std::pair<double, double>> best() {
    from(0);
    return best_;
  }

 private:
  void from(std::size_t index) {
    if (best_ && effort_ > best_->first) return;
    if (index == days_.size()) {
      if (!wrong_with(made_, chosen_, made_.programme.first() - 1).empty()) return;
      const std::pair<double, double> now{effort_, delay_};
      if (!best_ || now < *best_) best_ = now;
      return;
    }
    from(index + 1);
    if (chosen_.size() >= 3) return;
    for (std::size_t e = 0; e < made_.programme.exercises.size(); ++e)
      for (const Appointment& one : appointments(e, days_[index])) {
        chosen_.push_back(one);
        const double effort = static_cast<double>(one.people.size()) * (one.to - one.from) / 60, delay = weights_[e] * (days_[index] - made_.programme.first() + 1);
        effort_ += effort;
        delay_ += delay;
        from(index + 1);
        effort_ -= effort;
        delay_ -= delay;
        chosen_.pop_back();
      }
  }

  // Everybody here works the same hours and is away for whole days: nine o'clock stands for all times of a day.
  std::vector<Appointment> appointments(std::size_t e, Day day) {
    const PlannedExercise& exercise = made_.programme.exercises[e];
    Appointment one;
    one.exercise = exercise.name;
    one.from = day * 86'400.0 + 9 * 3600;
    one.to = one.from + made_.worth[e].p90 + exercise.hotwash;
    std::vector<Appointment> out;
    const std::function<void(std::size_t)> fill = [&](std::size_t role) {
      if (role == exercise.roles.size()) {
        const bool right = std::none_of(one.people.begin(), one.people.end(), [&](const Attendance& seat) { return away(seat.person, day); });
        if (right) out.push_back(one);
        return;
      }
      for (const Person& person : made_.programme.people) {
        const bool able = std::find(person.roles.begin(), person.roles.end(), exercise.roles[role].of) != person.roles.end();
        const bool taken = std::any_of(one.people.begin(), one.people.end(), [&](const Attendance& seat) { return seat.person == person.name; });
        if (!able || taken) continue;
        one.people.push_back({person.name, exercise.roles[role].of});
        fill(role + 1);
        one.people.pop_back();
      }
    };
    if (weekday_of(day) < 5) fill(0);
    return out;
  }

  bool away(const std::string& name, Day day) const {
    for (const DateSpan& span : made_.programme.person(name)->absences)
      if (day >= span.first && day <= span.last) return true;
    return false;
  }

  const MadeUp& made_;
  const std::vector<int> weights_ = weights_of(made_.worth);
  std::vector<Day> days_;
  std::vector<Appointment> chosen_;
  double effort_ = 0, delay_ = 0;
  std::optional<std::pair<double, double>> best_;
};

TEST(Programme, TinyOnesAreAsGoodAsTryingEverything) {
  std::mt19937 random(99);
  int possible = 0, impossible = 0;
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE("programme " + std::to_string(i));
    const MadeUp made = tiny(random);
    const Schedule schedule = planned(made);
    const auto best = TryEverything(made).best();
    ASSERT_EQ(best.has_value(), !schedule.conflict.has_value());
    best ? ++possible : ++impossible;
    if (!best) continue;
    const std::vector<int> weights = weights_of(made.worth);
    double effort = 0, delay = 0;
    for (const Appointment& one : schedule.appointments) {
      effort += static_cast<double>(one.people.size()) * (one.to - one.from) / 60;
      const auto e = static_cast<std::size_t>(made.programme.exercise(one.exercise) - made.programme.exercises.data());
      delay += weights[e] * (static_cast<Day>(one.from / 86'400) - made.programme.first() + 1);
    }
    EXPECT_EQ(effort, best->first);
    EXPECT_EQ(delay, best->second);
  }
  EXPECT_GE(possible, 10);
  EXPECT_GE(impossible, 5);
}

// Rules whose conflicts are known: any monotone question.
TEST(Programme, ConflictsAreIrreducibleAndRelaxationsTheCheapestOfAll) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const std::size_t n = 2 + random() % 8;
    std::vector<unsigned> conflicts;
    for (std::size_t i = 1 + random() % 4; i > 0; --i) conflicts.push_back(1 + static_cast<unsigned>(random() % ((1u << n) - 1)));
    const auto fits = [&](unsigned mask) { return std::none_of(conflicts.begin(), conflicts.end(), [&](unsigned c) { return (c & mask) == c; }); };
    std::vector<double> costs;
    for (std::size_t i = 0; i < n; ++i) costs.push_back(static_cast<double>(random() % 5));
    const auto mask_of = [](const std::vector<std::size_t>& some) {
      unsigned mask = 0;
      for (std::size_t i : some) mask |= 1u << i;
      return mask;
    };
    const FoundConflict found = find_conflict(costs, [&](const std::vector<bool>& active) -> std::optional<bool> {
      unsigned mask = 0;
      for (std::size_t i = 0; i < n; ++i) mask |= active[i] ? 1u << i : 0;
      return fits(mask);
    });
    const unsigned whole = (1u << n) - 1, rules = mask_of(found.rules);
    EXPECT_FALSE(fits(rules));
    for (std::size_t i : found.rules) EXPECT_TRUE(fits(rules & ~(1u << i)));
    EXPECT_TRUE(fits(whole & ~mask_of(found.relax)));
    double cheapest = 1e9;
    for (unsigned given_up = 0; given_up <= whole; ++given_up) {
      double cost = 0;
      for (std::size_t i = 0; i < n; ++i) cost += given_up & (1u << i) ? costs[i] : 0;
      if (fits(whole & ~given_up)) cheapest = std::min(cheapest, cost);
    }
    EXPECT_EQ(found.cost, cheapest);
    EXPECT_TRUE(found.cheapest);
  }
}

TEST(Programme, WhatNobodyKnowsIsNotCalledTheCheapest) {
  const FoundConflict found = find_conflict({1, 1}, [](const std::vector<bool>&) { return std::optional<bool>(); });
  EXPECT_FALSE(found.cheapest);
}

// The promise; on a busy machine, too.
TEST(Programme, AQuarterOfTwelveExercisesSixPeopleAndThreeWindowsTakesUnderTenSeconds) {
  const MadeUp made = quarter_of_twelve();
  const auto before = std::chrono::steady_clock::now();
  const Schedule schedule = planned(made);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  ASSERT_FALSE(schedule.conflict);
  EXPECT_TRUE(schedule.proved);
  EXPECT_EQ(schedule.appointments.size(), 12u);
  EXPECT_THAT(wrong_with(made, schedule.appointments, schedule.today), ::testing::IsEmpty());
  EXPECT_LT(took.count(), 10);
  RecordProperty("seconds", std::to_string(took.count()));
}

TEST(Programme, WhatTeachesMostComesFirst) {
  MadeUp made = quarter_of_twelve();
  made.programme.per_week.reset();
  made.programme.per_quarter.reset();
  for (Person& person : made.programme.people) person.absences.clear();
  const Schedule schedule = planned(made);
  ASSERT_FALSE(schedule.conflict);
  double before = 1e9;
  for (const Appointment& one : schedule.appointments) {
    const double value = made.worth[static_cast<std::size_t>(made.programme.exercise(one.exercise) - made.programme.exercises.data())].value;
    EXPECT_LE(value, before) << one.exercise;
    before = value;
  }
}

TEST(Programme, ARerunKeepsWhatWasAnnouncedAndMovesOnlyWhatItMust) {
  MadeUp made = quarter_of_twelve();
  const Schedule first = planned(made);
  ASSERT_FALSE(first.conflict);
  const Schedule same = planned(made, first.appointments);
  ASSERT_EQ(same.appointments.size(), first.appointments.size());
  for (std::size_t i = 0; i < first.appointments.size(); ++i) {
    Appointment expected = first.appointments[i];
    expected.kept = true;
    EXPECT_EQ(same.appointments[i], expected);
  }
  // Another order would teach more now; what people were told stands. One day is lost to a window that nobody knew of.
  for (ExerciseWorth& worth : made.worth) worth.value = 100 - worth.value;
  const Day lost = static_cast<Day>(first.appointments[5].from / 86'400);
  made.programme.blackouts.push_back({"audit", SpanBlackout{{lost, lost, ""}}, 1});
  const Schedule moved = planned(made, first.appointments);
  ASSERT_FALSE(moved.conflict);
  EXPECT_GE(moved.kept, 10);
  int found = 0;
  for (const Appointment& one : moved.appointments) {
    if (one.exercise != first.appointments[5].exercise) continue;
    ++found;
    EXPECT_EQ(identity_of(made.programme, one), identity_of(made.programme, first.appointments[5]));
    EXPECT_EQ(one.sequence, 1);
    EXPECT_NE(one.from, first.appointments[5].from);
  }
  EXPECT_EQ(found, 1);
}

TEST(Programme, WhatIsNoLongerPlannedIsCancelledAndItsIdentityNotGivenAway) {
  MadeUp made = quarter_of_twelve();
  const Schedule first = planned(made);
  made.programme.exercises.erase(made.programme.exercises.begin() + 3);
  made.worth.erase(made.worth.begin() + 3);
  std::erase(made.programme.policies[0].things, "e3");
  const Schedule second = planned(made, first.appointments);
  const auto gone = std::find_if(second.appointments.begin(), second.appointments.end(), [](const Appointment& one) { return one.exercise == "e3"; });
  ASSERT_NE(gone, second.appointments.end());
  EXPECT_TRUE(gone->cancelled);
  EXPECT_EQ(gone->sequence, 1);
  const Schedule third = planned(made, second.appointments);
  EXPECT_EQ(std::count_if(third.appointments.begin(), third.appointments.end(), [](const Appointment& one) { return one.cancelled && one.sequence == 1; }), 1);
}

TEST(Programme, WhatIsPastStaysAsItWas) {
  const MadeUp made = quarter_of_twelve();
  const Schedule first = planned(made);
  const Day today = made.programme.first() + 45;
  MadeUp later = made;
  for (const Appointment& one : first.appointments) {
    const Day day = static_cast<Day>(one.from / 86'400);
    if (day <= today) later.worth[static_cast<std::size_t>(made.programme.exercise(one.exercise) - made.programme.exercises.data())].held = {{day, "exercise x"}};
  }
  const Schedule second = planned(later, first.appointments, today);
  ASSERT_FALSE(second.conflict);
  ASSERT_EQ(second.appointments.size(), first.appointments.size());
  for (std::size_t i = 0; i < first.appointments.size(); ++i) EXPECT_EQ(second.appointments[i].from, first.appointments[i].from);
}

TEST(Programme, WindowsComeBackEveryYearAndOverItsEnd) {
  Programme programme;
  programme.from = (2026 - 1970) * 4 + 3;
  programme.quarters = 6;
  programme.blackouts = {{"year-end", YearlyBlackout{{12, 20}, {1, 6}}, 1}, {"black-week", WeekdayBlackout{{4, 3, 11}, 3, 4}, 1}, {"close", EdgeBlackout{{Frequency::Unit::quarter, 0}, 2, true}, 1}};
  const ProgrammeWindows windows = windows_of(programme);
  const auto covers = [&](std::size_t rule, const char* date) { return overlaps(windows.blackouts[rule], parse_date(date) * 86'400.0 + 43'200, parse_date(date) * 86'400.0 + 43'201); };
  for (const char* date : {"2026-12-20", "2027-01-06", "2027-12-31", "2028-01-01"}) EXPECT_TRUE(covers(0, date)) << date;
  for (const char* date : {"2026-12-19", "2027-01-07", "2027-12-19"}) EXPECT_FALSE(covers(0, date)) << date;
  // The fourth Thursdays are 26 November 2026 and 25 November 2027.
  for (const char* date : {"2026-11-23", "2026-11-30", "2027-11-22", "2027-11-29"}) EXPECT_TRUE(covers(1, date)) << date;
  for (const char* date : {"2026-11-22", "2026-12-01", "2027-11-21", "2027-11-30"}) EXPECT_FALSE(covers(1, date)) << date;
  for (const char* date : {"2026-12-31", "2027-03-30", "2027-06-30"}) EXPECT_TRUE(covers(2, date)) << date;
  EXPECT_FALSE(covers(2, "2027-03-29"));
}

TEST(Programme, HoursFollowTheClocksOfTheZone) {
  // Berlin changes on 28 March 2027: nine o'clock is 8 UTC before and 7 UTC after.
  const std::vector<Window> open = open_windows({parse_opening_hours("Mon-Sun 09:00-10:00")}, Zone("Europe/Berlin"), parse_date("2027-03-27"), parse_date("2027-03-28"));
  const double before = parse_date("2027-03-27") * 86'400.0 + 8 * 3600, after = parse_date("2027-03-28") * 86'400.0 + 7 * 3600;
  EXPECT_TRUE(lies_within(open, before, before + 3600));
  EXPECT_TRUE(lies_within(open, after, after + 3600));
  EXPECT_FALSE(lies_within(open, after, after + 3601));
}

TEST(Programme, AllDayEventsAreDaysOfTheReadersZone) {
  scratch::Folder folder;
  std::ofstream(folder.file("c.ics")) << "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\nBEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART;VALUE=DATE:20270705\nSUMMARY:Holiday\nEND:VEVENT\n"
                                         "BEGIN:VEVENT\nUID:b\nDTSTAMP:20260101T000000Z\nDTSTART:20270707T120000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n";
  Programme programme;
  programme.time_zone = "America/Los_Angeles";
  programme.from = (2027 - 1970) * 4 + 2;
  programme.blackouts = {{"holidays", CalendarBlackout{folder.file("c.ics")}, 1}};
  const ProgrammeWindows windows = windows_of(programme);
  ASSERT_EQ(windows.blackouts[0].size(), 2u);
  EXPECT_EQ(windows.blackouts[0][0].from, parse_date("2027-07-05") * 86'400.0 + 7 * 3600);  // summer time is UTC-7
  EXPECT_EQ(windows.blackouts[0][0].to, parse_date("2027-07-06") * 86'400.0 + 7 * 3600);
  EXPECT_EQ(windows.blackouts[0][1].from, parse_date("2027-07-07") * 86'400.0 + 19 * 3600);
}

TEST(Programme, ACalendarThatRepeatsForEverIsBoundedAndAMissingOneSaid) {
  scratch::Folder folder;
  std::ofstream(folder.file("c.ics")) << "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\nBEGIN:VEVENT\nUID:a\nDTSTAMP:19700101T000000Z\nDTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT\nEND:VCALENDAR\n";
  Programme programme;
  programme.from = (2027 - 1970) * 4;
  programme.blackouts = {{"hostile", CalendarBlackout{folder.file("c.ics")}, 1}};
  EXPECT_THROW(windows_of(programme), Refused);
  programme.blackouts = {{"missing", CalendarBlackout{folder.file("none.ics")}, 1}};
  EXPECT_THROW(windows_of(programme), Refused);
}

TEST(Programme, StandingIsDonePlannedDueOrOverdue) {
  MadeUp made = quarter_of_twelve();
  made.programme.quarters = 2;
  using State = DemandStanding::State;
  const auto state = [&](const std::vector<Appointment>& announced, const char* today, std::size_t exercise) {
    for (const DemandStanding& one : programme_status(made.programme, made.worth, announced, parse_date(today)).demands)
      if (one.demand.thing == "e" + std::to_string(exercise) && one.demand.period == "2027-Q1") return one.state;
    return State::due;
  };
  EXPECT_EQ(state({}, "2027-02-01", 0), State::due);
  EXPECT_EQ(state({}, "2027-03-31", 0), State::due);
  EXPECT_EQ(state({}, "2027-04-01", 0), State::overdue);
  made.worth[0].held = {{parse_date("2027-03-31"), "exercise x"}};
  EXPECT_EQ(state({}, "2027-04-01", 0), State::done);
  Appointment one;
  one.exercise = "e1";
  one.quarter = (2027 - 1970) * 4;
  one.from = parse_date("2027-02-10") * 86'400.0 + 36'000;
  one.to = one.from + 3600;
  EXPECT_EQ(state({one}, "2027-02-01", 1), State::planned);
  const auto told = [&](const char* today) { return programme_status(made.programme, made.worth, {one}, parse_date(today)); };
  EXPECT_FALSE(told("2027-02-10").overdue());
  EXPECT_TRUE(told("2027-02-11").overdue()) << "it was announced and nobody held it";
  made.worth[1].held = {{parse_date("2027-02-09"), "exercise y"}};
  EXPECT_EQ(told("2027-02-11").appointments.at(0).done_by, "exercise y");
}

TEST(Programme, RollingPoliciesCountFromTheLastTime) {
  MadeUp made = quarter_of_twelve();
  made.programme.policies = {{"r", "r", "", false, {"e0"}, {Exercise::Kind::functional}, {Frequency::Unit::days, 30}, 1}};
  made.worth[0].held = {{parse_date("2026-12-20"), "exercise x"}};
  const auto standing = [&](const char* today) { return programme_status(made.programme, made.worth, {}, parse_date(today)).demands.at(0); };
  EXPECT_EQ(standing("2027-01-10").due, parse_date("2027-01-19"));
  EXPECT_EQ(standing("2027-01-10").state, DemandStanding::State::done);
  EXPECT_EQ(standing("2027-01-20").state, DemandStanding::State::overdue);
}

}  // namespace
}  // namespace muster
