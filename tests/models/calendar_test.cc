#include "models/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
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
  for (const char* bad : {"", "Saturday 03:00", "Sat 3:00", "2026-02-29T00:00", "2026-13-01T00:00", "2026-11-01", "2026-11-01T24:00", "0000-01-01T00:00", "Sat 03:00Z"})
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

// Oracle: Lord Howe Island shifts by half an hour (to +10:30 on 6 April 2025, to +11 on 5 October 2025).
TEST(ZoneTime, FollowsShiftsOfHalfAnHour) {
  const Zone howe("Australia/Lord_Howe");
  EXPECT_EQ(local(howe, "2025-05-01T12:00"), utc("2025-05-01T01:30"));
  EXPECT_EQ(local(howe, "2025-11-01T12:00"), utc("2025-11-01T01:00"));
}

TEST(ZoneName, UnknownSuggestsANearOne) {
  EXPECT_THAT(refusal([] { Zone("America/Los_Angelos"); }), testing::HasSubstr("did you mean America/Los_Angeles?"));
  EXPECT_THAT(refusal([] { Zone("Berlin"); }), testing::HasSubstr("Europe/Berlin"));
  EXPECT_NE(refusal([] { Zone("../../etc/passwd"); }), "accepted");
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
  for (const char* day : {"2019-06-04", "2024-06-04", "2025-06-03", "2028-06-06", "2041-06-04", "2199-06-04"}) {
    EXPECT_TRUE(c.on_hours(utc((std::string(day) + "T10:30").c_str()))) << day;
    EXPECT_FALSE(c.on_hours(utc((std::string(day) + "T11:30").c_str()))) << day;
    EXPECT_EQ(c.next_on_hours(utc((std::string(day) + "T11:30").c_str())) - utc((std::string(day) + "T11:30").c_str()), 7 * d - 1.5 * h) << day;
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
