#include "models/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>

namespace muster {
namespace {

std::string refusal(const std::function<double(std::string_view)>& parse, std::string_view text) {
  try {
    parse(text);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Duration, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(parse_duration("90s"), 90);
  EXPECT_EQ(parse_duration("15m"), 900);
  EXPECT_EQ(parse_duration("1h30m"), 5400);
  EXPECT_EQ(parse_duration("2d"), 172800);
  EXPECT_EQ(parse_duration("1w"), 604800);
  EXPECT_EQ(parse_duration("250ms"), 0.25);
  EXPECT_EQ(parse_duration("1.5h"), 5400);
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_EQ(parse_duration("PT1H30M"), 5400);
  EXPECT_EQ(parse_duration("P1DT2H"), 93600);
  EXPECT_EQ(parse_duration("P2W"), 1209600);
  EXPECT_EQ(parse_duration("PT0.5S"), 0.5);
}

TEST(Duration, MixUpsAreNamed) {
  EXPECT_THAT(refusal(parse_duration, "15"), testing::HasSubstr("write 15m for minutes"));
  EXPECT_THAT(refusal(parse_duration, "15min"), testing::HasSubstr("did you mean m?"));
  EXPECT_THAT(refusal(parse_duration, "1M"), testing::HasSubstr("did you mean m (minutes)?"));
  EXPECT_THAT(refusal(parse_duration, "010m"), testing::HasSubstr("leading zero"));
  EXPECT_THAT(refusal(parse_duration, "-5m"), testing::HasSubstr("sign"));
  EXPECT_THAT(refusal(parse_duration, "15 m"), testing::HasSubstr("space"));
  EXPECT_THAT(refusal(parse_duration, "5m1h"), testing::HasSubstr("out of order"));
  EXPECT_THAT(refusal(parse_duration, "P1Y"), testing::HasSubstr("no fixed length"));
  EXPECT_THAT(refusal(parse_duration, std::string(200, '9')), testing::HasSubstr("bare number"));
  for (const char* bad : {"", " ", "m", "1e3s", "nan", "inf", "1.m", ".5m", "1h30", "PT", "P", "PT1M1H", "1h1h", "0x10s", "1_000s", "NO"})
    EXPECT_NE(refusal(parse_duration, bad), "accepted") << bad;
  EXPECT_NE(refusal(parse_duration, std::string(400, '9').append("d")), "accepted");
}

// Oracle: the double itself.
TEST(Duration, WrittenExactlyIsReadBackAsTheSameDouble) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-7, 12);
  for (int i = 0; i < 20000; ++i) {
    double x = std::pow(10.0, exponent(random));
    if (i % 2) x = std::floor(x);
    EXPECT_EQ(parse_duration(exact_duration(x)), x) << exact_duration(x);
  }
  EXPECT_EQ(exact_duration(5400), "1h30m");
  EXPECT_EQ(exact_duration(0), "0s");
  EXPECT_EQ(exact_duration(0.25), "0.25s");
}

TEST(Size, IsInBytesWithPowersOfTenAndOfTwo) {
  EXPECT_EQ(parse_size("800 GB"), 800e9);
  EXPECT_EQ(parse_size("512MB"), 512e6);
  EXPECT_DOUBLE_EQ(parse_size("1.3 TiB"), 1.3 * 1099511627776.0);
  EXPECT_EQ(parse_size("100 B"), 100);
  EXPECT_THAT(refusal(parse_size, "800"), testing::HasSubstr("without a unit"));
  EXPECT_THAT(refusal(parse_size, "800 Gbit"), testing::HasSubstr("bits"));
  EXPECT_THAT(refusal(parse_size, "800 Gb"), testing::HasSubstr("did you mean GB"));
  EXPECT_THAT(refusal(parse_size, "800 gb"), testing::HasSubstr("capitals"));
}

TEST(Rate, IsInBytesPerSecondWhateverIsWritten) {
  EXPECT_EQ(parse_rate("2 Gbit/s"), 250e6);
  EXPECT_EQ(parse_rate("120 MB/s"), 120e6);
  EXPECT_EQ(parse_rate("60 MB/m"), 1e6);
  EXPECT_THAT(refusal(parse_rate, "2 Gb/s"), testing::HasSubstr("bits or bytes"));
  EXPECT_THAT(refusal(parse_rate, "2 Gbps"), testing::HasSubstr("Gbit/s"));
  EXPECT_THAT(refusal(parse_rate, "2 GB"), testing::HasSubstr("/s"));
  EXPECT_NE(refusal(parse_rate, "0 MB/s"), "accepted");
}

TEST(Frequency, IsPerSecondWithYearsOf365AndAQuarterDays) {
  EXPECT_DOUBLE_EQ(parse_frequency("0.2/year") * 365.25 * 86400, 0.2);
  EXPECT_DOUBLE_EQ(parse_frequency("12/year"), parse_frequency("1/month"));
  EXPECT_EQ(parse_frequency("100/s"), 100);
  EXPECT_DOUBLE_EQ(parse_frequency("1/day"), 1 / 86400.0);
  EXPECT_NE(refusal(parse_frequency, "3"), "accepted");
  EXPECT_NE(refusal(parse_frequency, "3/fortnight"), "accepted");
}

TEST(Probability, IsAShareOrAPercentage) {
  EXPECT_EQ(parse_probability("5%"), 0.05);
  EXPECT_EQ(parse_probability("5 %"), 0.05);
  EXPECT_EQ(parse_probability("0.05"), 0.05);
  EXPECT_EQ(parse_probability("100%"), 1);
  EXPECT_EQ(parse_probability("0"), 0);
  EXPECT_THAT(refusal(parse_probability, "5"), testing::HasSubstr("did you mean 5%?"));
  EXPECT_NE(refusal(parse_probability, "101%"), "accepted");
  EXPECT_NE(refusal(parse_probability, "-1%"), "accepted");
}

TEST(MoneyPerYear, NeedsItsPeriod) {
  EXPECT_EQ(parse_money_per_year("48000/year"), 48000);
  EXPECT_EQ(parse_money_per_year("4000/month"), 48000);
  EXPECT_NE(refusal(parse_money_per_year, "48000"), "accepted");
}

TEST(Human, DurationsHaveTwoUnitsAtMost) {
  EXPECT_EQ(human_duration(0), "0 s");
  EXPECT_EQ(human_duration(0.25), "250 ms");
  EXPECT_EQ(human_duration(47), "47 s");
  EXPECT_EQ(human_duration(99.6), "1 min 40 s");
  EXPECT_EQ(human_duration(3599), "1 h");
  EXPECT_EQ(human_duration(7500), "2 h 05 min");
  EXPECT_EQ(human_duration(3 * 86400 + 4 * 3600), "3 d 4 h");
  EXPECT_EQ(human_duration(std::numeric_limits<double>::infinity()), "never");
}

TEST(Human, PercentagesClaimCertaintyOnlyWhenExact) {
  EXPECT_EQ(human_percent(0.9731), "97.3%");
  EXPECT_EQ(human_percent(1), "100.0%");
  EXPECT_EQ(human_percent(0.99999), ">99.9%");
  EXPECT_EQ(human_percent(0.00001), "<0.1%");
  EXPECT_EQ(human_percent(0), "0.0%");
}

TEST(Human, SizesAreInPowersOfTen) {
  EXPECT_EQ(human_size(800e9), "800 GB");
  EXPECT_EQ(human_size(1.43e12), "1.43 TB");
}

}  // namespace
}  // namespace muster
