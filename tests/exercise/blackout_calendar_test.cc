#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <fstream>

#include "exercise/clock.h"
#include "exercise/guard.h"
#include "exercise/refused.h"
#include "tests/exercise/scratch.h"

namespace muster {
namespace {
using ::testing::HasSubstr;

// Instants as the C library has them, which shares nothing with the calendar's.
double utc(int year, int month, int day, int hour = 0, int minute = 0) {
  std::tm t{};
  t.tm_year = year - 1900;
  t.tm_mon = month - 1;
  t.tm_mday = day;
  t.tm_hour = hour;
  t.tm_min = minute;
  return static_cast<double>(timegm(&t));
}

class Calendars : public ::testing::Test {
 protected:
  std::vector<Blackout> read(const std::string& events, double from, double until) {
    std::ofstream(folder.file("c.ics")) << "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//muster//test\n" + events + "END:VCALENDAR\n";
    return read_calendar(folder.file("c.ics"), from, until);
  }
  static std::string event(const std::string& lines) { return "BEGIN:VEVENT\nUID:a@b\nDTSTAMP:20260101T000000Z\n" + lines + "END:VEVENT\n"; }
  scratch::Folder folder;
};

TEST_F(Calendars, AnEventWithAnEndOrADuration) {
  for (const char* end : {"DTEND:20261127T180000Z\n", "DURATION:PT6H\n"}) {
    const auto all = read(event("DTSTART:20261127T120000Z\nSUMMARY:Black Week\n" + std::string(end)), utc(2026, 11, 27), utc(2026, 11, 28));
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0], (Blackout{utc(2026, 11, 27, 12), utc(2026, 11, 27, 18), "Black Week"}));
  }
  EXPECT_TRUE(read(event("DTSTART:20261127T120000Z\nDURATION:PT6H\n"), utc(2026, 11, 28), utc(2026, 11, 29)).empty());
}

TEST_F(Calendars, TimeZonesWithAndWithoutTheirRules) {
  // In New York it is UTC-5 in winter and UTC-4 in summer.
  const auto winter = read(event("DTSTART;TZID=America/New_York:20261127T090000\nDURATION:PT1H\n"), utc(2026, 11, 27), utc(2026, 11, 28));
  ASSERT_EQ(winter.size(), 1u);
  EXPECT_EQ(winter[0].from, utc(2026, 11, 27, 14));
  const std::string zone =
      "BEGIN:VTIMEZONE\nTZID:House time\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n";
  const auto own = read(zone + event("DTSTART;TZID=House time:20261127T090000\nDURATION:PT1H\n"), utc(2026, 11, 27), utc(2026, 11, 28));
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].from, utc(2026, 11, 27, 6));
}

TEST_F(Calendars, ARuleKeepsTheLocalHourAcrossAChangeOfClocks) {
  // Berlin changes on 25 October 2026: 9 o'clock is 7 UTC before and 8 UTC after.
  const auto all = read(event("DTSTART;TZID=Europe/Berlin:20261023T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\n"), utc(2026, 10, 20), utc(2026, 11, 1));
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[1].from, utc(2026, 10, 24, 7));
  EXPECT_EQ(all[2].from, utc(2026, 10, 25, 8));
  EXPECT_EQ(all[4].from, utc(2026, 10, 27, 8));
}

TEST_F(Calendars, ExceptionsAndMovedOccurrences) {
  const std::string series = event("DTSTART:20261102T120000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nEXDATE:20261116T120000Z\nSUMMARY:Freeze\n");
  const auto all = read(series, utc(2026, 11, 1), utc(2026, 11, 30));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[2].from, utc(2026, 11, 23, 12));
  const auto moved = read(series + event("RECURRENCE-ID:20261123T120000Z\nDTSTART:20261124T150000Z\nDURATION:PT1H\nSUMMARY:Freeze\n"), utc(2026, 11, 22), utc(2026, 11, 30));
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].from, utc(2026, 11, 24, 15));
}

TEST_F(Calendars, AWholeDayAndWhatDoesNotCount) {
  const auto day = read(event("DTSTART;VALUE=DATE:20261127\nSUMMARY:Holiday\n"), utc(2026, 11, 27, 5), utc(2026, 11, 27, 6));
  ASSERT_EQ(day.size(), 1u);
  EXPECT_EQ(day[0].to - day[0].from, 86'400);
  EXPECT_TRUE(read(event("DTSTART;VALUE=DATE:20261127\nSTATUS:CANCELLED\n"), utc(2026, 11, 27), utc(2026, 11, 28)).empty());
  EXPECT_TRUE(read(event("DTSTART;VALUE=DATE:20261127\nTRANSP:TRANSPARENT\n"), utc(2026, 11, 27), utc(2026, 11, 28)).empty());
}

TEST_F(Calendars, WhatIsNoCalendarIsRefused) {
  std::ofstream(folder.file("c.ics")) << "hello";
  EXPECT_THROW(read_calendar(folder.file("c.ics"), 0, 1e9), Refused);
  EXPECT_THROW(read_calendar(folder.file("nowhere.ics"), 0, 1e9), Refused);
  EXPECT_THROW(read(event("DTSTART:20261327T990000Z\nDURATION:PT1H\n"), utc(2026, 1, 1), utc(2027, 1, 1)), Refused);
  EXPECT_THROW(read(event("SUMMARY:no begin\n"), utc(2026, 1, 1), utc(2027, 1, 1)), Refused);
}

TEST_F(Calendars, AHostileRuleTakesBoundedTime) {
  const Moment since = system_clock().now();
  for (const char* rule : {"FREQ=SECONDLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY;INTERVAL=1;COUNT=2000000000", "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2"}) {
    try {
      read(event("DTSTART:19700102T000000Z\nDURATION:PT1S\nRRULE:" + std::string(rule) + "\n"), utc(2026, 11, 27), utc(2026, 11, 28));
    } catch (const Refused& refused) {
      EXPECT_THAT(refused.what(), HasSubstr("c.ics"));
    }
  }
  EXPECT_LT(system_clock().now().since(since), 45) << "four times the bound";
}

}  // namespace
}  // namespace muster
