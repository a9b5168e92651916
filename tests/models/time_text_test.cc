#include "models/time_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using testing::HasSubstr;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t noon = 1'488'377'100 * second;  // date -u -d '2017-03-01 14:05' +%s

std::int64_t read(const std::string& text, const std::string& zone = "UTC") { return parse_time(text, Zone(zone)); }
std::string why_not(const std::string& text, const std::string& format = "") {
  try {
    format.empty() ? parse_time(text, Zone()) : parse_time(text, format, Zone());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(TimeText, UnderstandsWhatProgramsWrite) {
  for (const char* text : {"2017-03-01T14:05:00Z", "2017-03-01 14:05", " 2017-03-01 14:05:00 ", "2017-03-01T14:05", "2017-03-01T15:05:00+01:00", "2017-03-01 06:05:00-0800",
                           "2017-03-01T06:05:00 -08", "20170301T140500Z", "20170301 1405", "2017-03-01 14:05:00 UTC", "2017-03-01 06:05 PST", "2017-03-01t14:05:00z",
                           "Wed, 01 Mar 2017 14:05:00 +0000", "Wed, 1 Mar 2017 15:05 +0100", "1 Mar 2017 14:05:00 GMT", "01-Mar-2017 14:05:00", "Mar 1, 2017 14:05", "March 1 2017, 06:05 PST",
                           "1488377100", "1488377100.0", "1488377100000", "1488377100000000", "1488377100000000000", "2017-02-28T24:00:00-14:05"})
    EXPECT_EQ(read(text), noon) << text;
  EXPECT_EQ(read("2017-03-01 14:05:00.250"), noon + second / 4);
  EXPECT_EQ(read("2017-03-01 14:05:00,000000001"), noon + 1);
  EXPECT_EQ(read("2017-03-01"), noon - (14 * 3600 + 5 * 60) * second);
  EXPECT_EQ(read("20170301"), noon - (14 * 3600 + 5 * 60) * second);
  EXPECT_EQ(read("0.0"), 0);
  EXPECT_EQ(read("3599.5"), 3'599'500'000'000);
  EXPECT_EQ(read("-1.5"), -1'500'000'000);
  EXPECT_EQ(read("2016-12-31T23:59:60Z"), 1'483'228'800 * second) << "a leap second";
}

TEST(TimeText, TakesTimesWithoutAnOffsetForThoseOfTheZone) {
  EXPECT_EQ(read("2017-03-01 15:05", "Europe/Berlin"), noon);
  EXPECT_EQ(read("2017-03-01 06:05", "America/Los_Angeles"), noon);
  EXPECT_EQ(read("2017-03-01T14:05Z", "America/Los_Angeles"), noon) << "its own counts";
  // Summer: two hours ahead; the hour that comes twice is the first one.
  EXPECT_EQ(read("2017-07-01 02:00", "Europe/Berlin"), read("2017-07-01T00:00Z"));
  EXPECT_EQ(read("2017-10-29 02:30", "Europe/Berlin"), read("2017-10-29T00:30Z"));
}

TEST(TimeText, SaysWhatItTakesWhereItDoesNotUnderstand) {
  EXPECT_THAT(why_not("03/04/2017"), HasSubstr("may mean several days: say its format"));
  EXPECT_THAT(why_not("1.3.2017 14:05"), HasSubstr("say its format"));
  EXPECT_THAT(why_not("2017-02-29"), HasSubstr("is no date and time that there is"));
  EXPECT_THAT(why_not("2017-13-01"), HasSubstr("no date and time that there is"));
  EXPECT_THAT(why_not("2017-03-01 25:00"), HasSubstr("no date and time that there is"));
  EXPECT_THAT(why_not("1500-03-01"), HasSubstr("from 1678 to 2261"));
  for (const char* text : {"", "soon", "14:05", "2017-03-01 14:05 CEST", "2017-03-01T", "2017-3-1", "1e9", "nan", "2017-03-01 14:05:00 +1", "2017-03-01 14:05 and more", "99999999999999999999"})
    EXPECT_NE(why_not(text), "") << text;
}

TEST(TimeText, ReadsByAFormat) {
  const auto by = [](const std::string& text, const std::string& format, const std::string& zone = "UTC") { return parse_time(text, format, Zone(zone)); };
  EXPECT_EQ(by("03/01/2017 02:05 PM", "%m/%d/%Y %I:%M %p"), noon);
  EXPECT_EQ(by("01.03.2017 14:05", "%d.%m.%Y %H:%M"), noon);
  EXPECT_EQ(by("1/3/17  15:05", "%d/%m/%y %H:%M", "Europe/Berlin"), noon);
  EXPECT_EQ(by("Wed 01 March 2017 14:05:00.5 +0000", "%a %d %b %Y %H:%M:%S %z"), noon + second / 2);
  EXPECT_EQ(by("t=1488377100", "t=%s"), noon);
  EXPECT_EQ(by("1488377100", "epoch"), noon);
  EXPECT_EQ(by("1488377100000", "epoch-ms"), noon);
  EXPECT_EQ(by("12:05 am 3/1/2017", "%I:%M %p %m/%d/%Y"), noon - 14 * 3600 * second);
  EXPECT_THAT(why_not("2017-03-01", "%d.%m.%Y"), HasSubstr("is not written as"));
  EXPECT_THAT(why_not("01.03.2017 x", "%d.%m.%Y"), HasSubstr("is not written as"));
  EXPECT_THAT(why_not("31.02.2017", "%d.%m.%Y"), HasSubstr("no date"));
  EXPECT_THAT(why_not("x", "epoch"), HasSubstr("is not written as"));
}

TEST(TimeText, RefusesFormatsThatAreNone) {
  check_time_format("%d.%m.%Y");
  check_time_format("epoch-ms");
  EXPECT_THROW(check_time_format("%H:%M"), std::invalid_argument);
  EXPECT_THROW(check_time_format("%Q"), std::invalid_argument);
  EXPECT_THROW(check_time_format(""), std::invalid_argument);
}

}  // namespace
}  // namespace muster
