#include "models/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>

namespace muster {
namespace {

constexpr double h = 3600, d = 86400;

double utc(const char* text) { return onset_instant(Zone(), parse_onset(std::string(text) + "Z"), 0.5); }
double local(const Zone& zone, const char* text) { return onset_instant(zone, parse_onset(text), 0.5); }
Calendar calendar(const Zone& zone, std::initializer_list<const char*> hours) {
  std::vector<OpeningHours> list;
  for (const char* text : hours) list.push_back(parse_opening_hours(text));
  return Calendar(zone, list);
}
std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

TEST(OpeningHours, AreReadWithDaysRangesListsAndNights) {
  const OpeningHours office = parse_opening_hours("Mon-Fri 09:00-18:00");
  EXPECT_TRUE(office.days[0] && office.days[4] && !office.days[5]);
  EXPECT_EQ(office.opens, 540);
  EXPECT_EQ(office.closes, 1080);
  const OpeningHours wrap = parse_opening_hours("Sat-Mon 10:00-12:00");
  EXPECT_TRUE(wrap.days[5] && wrap.days[6] && wrap.days[0] && !wrap.days[1]);
  const OpeningHours night = parse_opening_hours("22:00-06:00");
  EXPECT_EQ(night.closes, 30 * 60);
  EXPECT_TRUE(night.days[3]);
  EXPECT_EQ(parse_opening_hours("00:00-24:00").closes, 1440);
  EXPECT_EQ(parse_opening_hours("00:00-00:00").closes, 1440);
  EXPECT_TRUE(parse_opening_hours("Sat,Sun 08:00-09:00").days[6]);
  for (const char* bad : {"", "Mon-Fri", "Mon-Fry 09:00-18:00", "Mon-Fri 9:00-18:00", "Mon-Fri 09:00-25:00", "Mon 24:00-24:00", "mon 09:00-18:00", "Mon 09:60-18:00"})
    EXPECT_NE(refusal([&] { parse_opening_hours(bad); }), "accepted") << bad;
}

TEST(OnsetText, IsAMomentOfTheWeekOrOfTheCalendar) {
  EXPECT_EQ(parse_onset("Sat 03:00").week_minute, 5 * 1440 + 180);
  EXPECT_TRUE(parse_onset("2026-11-01T00:30").dated);
  EXPECT_EQ(parse_onset("2026-11-01 00:30:15").local_seconds - parse_onset("2026-11-01T00:30").local_seconds, 15);
  EXPECT_TRUE(parse_onset("2026-11-01T00:30Z").utc);
  for (const char* bad : {"", "Saturday 03:00", "Sat 3:00", "2026-02-29T00:00", "2026-13-01T00:00", "2026-11-01", "2026-11-01T24:00", "0000-01-01T00:00", "Sat 03:00Z",
                          "2026-02-30T10:00", "2026-04-31T10:00", "2026-11-01T10:60", "2026-11-01T10:00:60", "2026-11-01T10:00:5",
                          "2026-11-01T10:00+01:00", "2026-1-01T10:00", "1969-12-31T23:59", "2038-01-01T00:00", "Sat 24:00", "sat 03:00"})
    EXPECT_NE(refusal([&] { parse_onset(bad); }), "accepted") << bad;
}

// Oracle: the published transitions of 2025 (US: 9 March and 2 November; EU: 30 March and 26 October at 01:00Z).
TEST(ZoneTime, FollowsDaylightSaving) {
  const Zone la("America/Los_Angeles"), berlin("Europe/Berlin");
  EXPECT_EQ(local(la, "2025-01-15T12:00"), utc("2025-01-15T20:00"));
  EXPECT_EQ(local(la, "2025-07-15T12:00"), utc("2025-07-15T19:00"));
  EXPECT_EQ(local(la, "2025-03-09T02:30"), utc("2025-03-09T10:00")) << "skipped: the instant of the change";
  EXPECT_EQ(local(la, "2025-11-02T01:30"), utc("2025-11-02T08:30")) << "twice: the first";
  EXPECT_EQ(local(berlin, "2025-03-30T03:00"), utc("2025-03-30T01:00"));
  EXPECT_EQ(local(berlin, "2025-10-26T03:00"), utc("2025-10-26T02:00"));
  EXPECT_EQ(la.to_local(utc("2025-07-15T19:00")), parse_onset("2025-07-15T12:00").local_seconds);
}

// Oracle: the C library, which reads the same database by itself.
TEST(ZoneTime, AgreesWithTheCLibraryFrom1970To2037) {
  const char* before = std::getenv("TZ");
  const std::string kept = before ? before : "";
  std::mt19937_64 random(23);
  for (const char* name : {"UTC", "America/Los_Angeles", "America/Sao_Paulo", "America/St_Johns", "Europe/Berlin",
                           "Europe/Dublin", "Africa/Casablanca", "Asia/Tokyo", "Asia/Kathmandu", "Asia/Tehran",
                           "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham"}) {
    const Zone zone(name);
    setenv("TZ", name, 1);
    tzset();
    for (int i = 0; i < 5000; ++i) {
      const auto at = static_cast<std::time_t>(random() % 2145916800);  // to 2038-01-01
      std::tm wall{};
      localtime_r(&at, &wall);
      const long long here = zone.to_local(static_cast<double>(at));
      ASSERT_EQ(here - at, wall.tm_gmtoff) << name << " " << at;
      const double back = zone.from_local(here);
      ASSERT_LE(back, static_cast<double>(at)) << "the first of two: " << name;
      ASSERT_GE(back, static_cast<double>(at) - d) << name << " " << at;
      ASSERT_EQ(zone.to_local(back), here) << name << " " << at;
    }
  }
  before ? setenv("TZ", kept.c_str(), 1) : unsetenv("TZ");
  tzset();
}

// Oracle: Lord Howe Island shifts by half an hour (to +10:30 on 6 April 2025, to +11 on 5 October 2025).
TEST(ZoneTime, FollowsShiftsOfHalfAnHour) {
  const Zone howe("Australia/Lord_Howe");
  EXPECT_EQ(local(howe, "2025-05-01T12:00"), utc("2025-05-01T01:30"));
  EXPECT_EQ(local(howe, "2025-11-01T12:00"), utc("2025-11-01T01:00"));
  EXPECT_EQ(local(howe, "2025-10-05T02:15"), utc("2025-10-04T15:30")) << "skipped: the instant of the change";
  EXPECT_EQ(local(howe, "2025-10-05T02:30"), utc("2025-10-04T15:30"));
  EXPECT_EQ(local(howe, "2025-04-06T01:45"), utc("2025-04-05T14:45")) << "twice: the first";
  EXPECT_EQ(local(howe, "2025-04-06T02:00"), utc("2025-04-05T15:30"));
}

TEST(ZoneName, UnknownSuggestsANearOne) {
  EXPECT_THAT(refusal([] { Zone("America/Los_Angelos"); }), testing::HasSubstr("did you mean America/Los_Angeles?"));
  EXPECT_THAT(refusal([] { Zone("Berlin"); }), testing::HasSubstr("Europe/Berlin"));
  EXPECT_THAT(refusal([] { Zone("america/los angeles"); }), testing::HasSubstr("America/Los_Angeles?"));
  EXPECT_THAT(refusal([] { Zone("utc"); }), testing::HasSubstr("did you mean UTC?"));
  for (const char* bad : {"../../etc/passwd", "/etc/localtime", "", "localtime", "posixrules"})
    EXPECT_NE(refusal([&] { Zone{bad}; }), "accepted") << bad;
  EXPECT_NE(refusal([] { Zone(std::string(1000, 'x')); }), "accepted");
  // Guesses that would mislead: Etc/GMT+1 is an hour behind Greenwich, and EST is not PST.
  for (const char* bad : {"GMT+1", "UTC+2", "PST", "Z"})
    EXPECT_THAT(refusal([&] { Zone{bad}; }), testing::Not(testing::HasSubstr("did you mean"))) << bad;
}

TEST(OnHours, OpenAtTheOpeningInstantAndNotAtTheClosingOne) {
  const Calendar c = calendar(Zone(), {"Mon-Fri 09:00-18:00"});
  EXPECT_FALSE(c.on_hours(utc("2025-06-03T08:59:59")));
  EXPECT_TRUE(c.on_hours(utc("2025-06-03T09:00")));
  EXPECT_TRUE(c.on_hours(utc("2025-06-03T17:59:59")));
  EXPECT_FALSE(c.on_hours(utc("2025-06-03T18:00")));
  EXPECT_EQ(c.next_on_hours(utc("2025-06-06T18:00")) - utc("2025-06-06T18:00"), 2 * d + 15 * h);
  EXPECT_EQ(c.next_on_hours(utc("2025-06-03T10:00")), utc("2025-06-03T10:00"));
  EXPECT_TRUE(Calendar().on_hours(0));
}

TEST(OnHours, RunOverMidnightAndJoin) {
  const Calendar c = calendar(Zone(), {"Sun 22:00-06:00", "Mon 06:00-07:00"});
  EXPECT_TRUE(c.on_hours(utc("2025-06-02T05:59")));
  EXPECT_TRUE(c.on_hours(utc("2025-06-02T06:00")));
  EXPECT_FALSE(c.on_hours(utc("2025-06-02T07:00")));
}

// Oracle: the wall clock of each instant, compared with the hours by hand; none of them begins or ends where clocks change.
TEST(OnHours, AreWhatTheWallClockSays) {
  std::mt19937_64 random(29);
  const long long monday = parse_onset("2024-12-02T00:00").local_seconds;
  for (const char* name : {"UTC", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe"}) {
    const Zone zone(name);
    const Calendar c = calendar(zone, {"Mon-Fri 09:00-18:00", "Sat-Mon 22:00-06:30", "Wed,Fri 17:00-19:15"});
    for (int i = 0; i < 20000; ++i) {
      const double at = utc("2024-12-03T00:00") + static_cast<double>(random() % (1110 * 86400ull));
      const long long of_week = (zone.to_local(at) - monday) % (7 * 86400);
      const long long day = of_week / 86400, second = of_week % 86400;
      const auto within = [&](long long from, long long to) { return second >= from * 60 && second < to * 60; };
      const bool office = day < 5 && within(540, 1080);
      const bool night = ((day == 5 || day == 6 || day == 0) && second >= 1320 * 60) || (day <= 1 && second < 390 * 60) || (day == 6 && second < 390 * 60);
      const bool late = (day == 2 || day == 4) && within(1020, 1155);
      ASSERT_EQ(c.on_hours(at), office || night || late) << name << " " << static_cast<long long>(at);
    }
  }
}

TEST(OnHours, TheNextIsTheFirstInstantThatIsOnHours) {
  const Zone la("America/Los_Angeles");
  const Calendar c = calendar(la, {"Mon-Fri 09:00-18:00", "Sun 02:30-05:00"});
  std::mt19937_64 random(31);
  for (int i = 0; i < 5000; ++i) {
    const double at = utc("2000-01-01T00:00") + static_cast<double>(random() % (37 * 365 * 86400ull)) + 0.25;
    const double next = c.next_on_hours(at);
    ASSERT_GE(next, at);
    ASSERT_TRUE(c.on_hours(next));
    ASSERT_EQ(next == at, c.on_hours(at));
    if (next == at) continue;
    ASSERT_FALSE(c.on_hours(next - 0.125));
    for (int k = 0; k < 10; ++k) ASSERT_FALSE(c.on_hours(at + (next - at) * static_cast<double>(random() % 1000) / 1000));
  }
  EXPECT_EQ(c.next_on_hours(std::numeric_limits<double>::infinity()), std::numeric_limits<double>::infinity());
}

// Oracle: arithmetic. A night from 22:00 to 06:00 has 8 hours; 7 where clocks go forward in it, 9 where they go back.
TEST(OnHours, NightsAreShorterOrLongerWhereClocksChange) {
  const Zone la("America/Los_Angeles");
  const Calendar c = calendar(la, {"22:00-06:00"});
  const auto length = [&](const char* from, const char* to) {
    const double opens = local(la, from), closes = local(la, to);
    EXPECT_FALSE(c.on_hours(opens - 1));
    EXPECT_TRUE(c.on_hours(opens));
    EXPECT_TRUE(c.on_hours(closes - 1));
    EXPECT_FALSE(c.on_hours(closes));
    return closes - opens;
  };
  EXPECT_EQ(length("2025-06-03T22:00", "2025-06-04T06:00"), 8 * h);
  EXPECT_EQ(length("2025-03-08T22:00", "2025-03-09T06:00"), 7 * h);
  EXPECT_EQ(length("2025-11-01T22:00", "2025-11-02T06:00"), 9 * h);
}

TEST(OnHours, AnOpeningInASkippedHourIsAtTheChange) {
  const Zone la("America/Los_Angeles");
  const Calendar c = calendar(la, {"Sun 02:30-05:00"});
  EXPECT_EQ(c.next_on_hours(utc("2025-03-09T09:59")), utc("2025-03-09T10:00"));
  // Hours that lie wholly in what is skipped do not open that day.
  const Calendar brief = calendar(la, {"Sun 02:15-02:45"});
  EXPECT_EQ(brief.next_on_hours(utc("2025-03-09T09:00")), local(la, "2025-03-16T02:15"));
}

TEST(OnHours, AWholeDayIsOneIntervalWithTheNext) {
  for (const char* text : {"00:00-24:00", "00:00-00:00", "07:00-07:00"}) {
    const Calendar c = calendar(Zone("Europe/Berlin"), {text});
    EXPECT_FALSE(c.always());
    for (const char* at : {"2025-03-30T00:59:59", "2025-03-30T01:00", "2025-06-01T22:00", "2031-01-01T00:00", "1980-01-01T00:00"})
      EXPECT_TRUE(c.on_hours(utc(at))) << text << " " << at;
  }
}

// Oracle: arithmetic. Friday 18:00 to Monday 09:00 is 63 hours by the wall clock; the change of clocks makes it 62 in March and 64 in November.
TEST(OnHours, WaitOverAChangeOfClocksIsAnHourShorterOrLonger) {
  const Zone la("America/Los_Angeles");
  const Calendar c = calendar(la, {"Mon-Fri 09:00-18:00"});
  const auto wait = [&](const char* from) { return c.next_on_hours(local(la, from)) - local(la, from); };
  EXPECT_EQ(wait("2025-02-28T18:00"), 63 * h);
  EXPECT_EQ(wait("2025-03-07T18:00"), 62 * h);
  EXPECT_EQ(wait("2025-10-31T18:00"), 64 * h);
  EXPECT_EQ(wait("2026-03-06T18:00"), 62 * h);
}

TEST(OnHours, RepeatEvery52WeeksBeyondTheTable) {
  const Calendar c = calendar(Zone(), {"Tue 10:00-11:00"});
  for (const char* day : {"2019-06-04", "2024-06-04", "2025-06-03", "2028-06-06", "2037-06-02"}) {
    EXPECT_TRUE(c.on_hours(utc((std::string(day) + "T10:30").c_str()))) << day;
    EXPECT_FALSE(c.on_hours(utc((std::string(day) + "T11:30").c_str()))) << day;
    EXPECT_EQ(c.next_on_hours(utc((std::string(day) + "T11:30").c_str())) - utc((std::string(day) + "T11:30").c_str()), 7 * d - 1.5 * h) << day;
  }
}

// Oracle: the contract. Within the table's first and last 52 weeks, shifts by multiples of 52 weeks change nothing.
TEST(OnHours, RepeatTheFirstAndTheLast52WeeksBeyondTheTableInOtherZonesToo) {
  const Calendar c = calendar(Zone("Europe/Berlin"), {"Mon-Fri 09:00-18:00"});
  std::mt19937_64 random(37);
  for (int i = 0; i < 5000; ++i) {
    const double shift = 364 * d * static_cast<double>(1 + random() % 60);
    const double late = utc("2027-01-01T00:00") + static_cast<double>(random() % (350 * 86400ull));
    ASSERT_EQ(c.on_hours(late + shift), c.on_hours(late));
    ASSERT_EQ(c.next_on_hours(late + shift), c.next_on_hours(late) + shift);
    const double early = utc("2024-12-03T00:00") + static_cast<double>(random() % (350 * 86400ull));
    ASSERT_EQ(c.on_hours(early - shift), c.on_hours(early));
    ASSERT_EQ(c.next_on_hours(early - shift), c.next_on_hours(early) - shift);
  }
}

// Oracle: counting. Evenly spaced uniforms fall evenly on the 168 hours of each of the 52 weeks.
TEST(OnsetInstant, FallsEvenlyOnTheHoursOfEveryWeekWithoutAChangeOfClocks) {
  const Zone la("America/Los_Angeles");
  const long long first = parse_onset("2025-01-06T00:00").local_seconds;
  for (int week = 0; week < 52; ++week) {
    std::vector<int> hours(168, 0);
    for (int place = 0; place < 168 * 4; ++place) {
      const long long at = la.to_local(onset_instant(la, (week + 0.5) / 52, (place + 0.5) / (168 * 4))) - first - week * 7 * 86400LL;
      ASSERT_TRUE(at >= 0 && at < 7 * 86400) << week;
      ++hours[static_cast<std::size_t>(at / 3600)];
    }
    const bool clocks_go_forward = week == 8;  // the week that ends on Sunday 9 March
    for (int hour = 0; hour < 168; ++hour) {
      const int expected = !clocks_go_forward ? 4 : hour == 6 * 24 + 2 ? 0 : hour == 6 * 24 + 3 ? 8 : 4;
      ASSERT_EQ(hours[static_cast<std::size_t>(hour)], expected) << week << " " << hour;
    }
  }
}

TEST(OnsetInstant, IsUniformOverTheLocalWeekInTheReferenceWeeks) {
  const Zone la("America/Los_Angeles");
  int first_half_of_week = 0, before_july = 0;
  const int n = 200;
  for (int w = 0; w < n; ++w)
    for (int p = 0; p < n; ++p) {
      const double t = onset_instant(la, (w + 0.5) / n, (p + 0.5) / n);
      const long long at = la.to_local(t) - parse_onset("2025-01-06T00:00").local_seconds;
      ASSERT_GE(at, 0);
      ASSERT_LT(at, 52 * 7 * 86400);
      first_half_of_week += at % (7 * 86400) < 7 * 86400 / 2;
      before_july += at < 26 * 7 * 86400;
    }
  EXPECT_NEAR(first_half_of_week, n * n / 2, n);
  EXPECT_EQ(before_july, n * n / 2);
}

TEST(OnsetInstant, OfTheWeekKeepsItsLocalTime) {
  const Zone la("America/Los_Angeles");
  for (const double week : {0.01, 0.3, 0.5, 0.99}) {
    const double t = onset_instant(la, parse_onset("Sat 03:00"), week);
    EXPECT_EQ((la.to_local(t) - parse_onset("2025-01-06T00:00").local_seconds) % (7 * 86400), (5 * 24 + 3) * 3600);
  }
}

}  // namespace
}  // namespace muster
