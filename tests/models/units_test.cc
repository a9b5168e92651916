#include "models/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
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
  EXPECT_THAT(refusal(parse_duration, "15min"), testing::HasSubstr("did you mean 15m?"));
  EXPECT_THAT(refusal(parse_duration, "1M"), testing::HasSubstr("minutes are m, and a month has no fixed length"));
  EXPECT_THAT(refusal(parse_duration, "010m"), testing::HasSubstr("leading zero"));
  EXPECT_THAT(refusal(parse_duration, "-5m"), testing::HasSubstr("sign"));
  EXPECT_THAT(refusal(parse_duration, "15 m"), testing::HasSubstr("space inside; did you mean 15m?"));
  EXPECT_THAT(refusal(parse_duration, "15 min"), testing::HasSubstr("did you mean 15m?"));
  EXPECT_THAT(refusal(parse_duration, "1h 30m"), testing::HasSubstr("did you mean 1h30m?"));
  EXPECT_THAT(refusal(parse_duration, "2 Hours 5 Sec"), testing::HasSubstr("did you mean 2h5s?"));
  EXPECT_THAT(refusal(parse_duration, "3 fortnights"), testing::HasSubstr("expected a duration"));
  EXPECT_THAT(refusal(parse_duration, "1mo"), testing::HasSubstr("a month has no fixed length"));
  EXPECT_THAT(refusal(parse_duration, "1y"), testing::HasSubstr("a year has no fixed length"));
  EXPECT_THAT(refusal(parse_duration, "1e3s"), testing::HasSubstr("exponent"));
  EXPECT_THAT(refusal(parse_duration, "1E-3s"), testing::HasSubstr("exponent"));
  EXPECT_THAT(refusal(parse_duration, "1,5h"), testing::HasSubstr("comma"));
  EXPECT_THAT(refusal(parse_duration, "1_000s"), testing::HasSubstr("separator"));
  EXPECT_THAT(refusal(parse_duration, ".5m"), testing::HasSubstr("write '0.5m'"));
  EXPECT_THAT(refusal(parse_duration, "pt1h"), testing::HasSubstr("capitals"));
  EXPECT_THAT(refusal(parse_duration, "PT1Y"), testing::HasSubstr("no fixed length"));
  EXPECT_THAT(refusal(parse_duration, "1h30"), testing::HasSubstr("write 1h30m for minutes"));
  EXPECT_THAT(refusal(parse_duration, "5m1h"), testing::HasSubstr("out of order"));
  EXPECT_THAT(refusal(parse_duration, "P1Y"), testing::HasSubstr("no fixed length"));
  EXPECT_THAT(refusal(parse_duration, std::string(200, '9')), testing::HasSubstr("bare number"));
  for (const char* bad : {"", " ", "m", "1e3s", "nan", "inf", "1.m", ".5m", "1h30", "PT", "P", "PT1M1H", "1h1h", "0x10s", "1_000s", "NO"})
    EXPECT_NE(refusal(parse_duration, bad), "accepted") << bad;
  EXPECT_NE(refusal(parse_duration, std::string(400, '9').append("d")), "accepted");
}

TEST(Duration, RefusedTextIsQuotedSafelyForATerminal) {
  EXPECT_THAT(refusal(parse_duration, "15\x1b[31mm"), testing::Not(testing::HasSubstr("\x1b")));
  const std::string long_one = "1" + std::string(100, 'x');
  EXPECT_LT(refusal(parse_duration, long_one).size(), 250u);
}

TEST(Duration, NumbersTooLargeOrTooSmallForADoubleAreRefused) {
  EXPECT_THAT(refusal(parse_duration, std::string(350, '9') + "s"), testing::HasSubstr("too large"));
  EXPECT_THAT(refusal(parse_duration, std::string(309, '1') + "d"), testing::HasSubstr("too large"));
  EXPECT_THAT(refusal(parse_duration, "0." + std::string(340, '0') + "1s"), testing::HasSubstr("too small"));
  EXPECT_EQ(parse_duration("0." + std::string(340, '0') + "s"), 0);
}

// Oracle: the compiler's own reading of the same decimal.
TEST(Duration, DecimalsAreRoundedOnceWhateverTheUnit) {
  EXPECT_EQ(parse_duration("0.1ms"), 0.0001);
  EXPECT_EQ(parse_duration("12.3us"), 0.0000123);
  EXPECT_EQ(parse_duration("99.9ms"), 0.0999);
  EXPECT_EQ(parse_duration("0.1s"), 0.1);
}

void expect_written_and_read_back(double x) {
  EXPECT_EQ(parse_duration(exact_duration(x)), x) << exact_duration(x);
}

// Oracle: the double itself.
TEST(Duration, WrittenExactlyIsReadBackAsTheSameDouble) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-7, 12);
  for (int i = 0; i < 20000; ++i) {
    const double x = std::pow(10.0, exponent(random));
    expect_written_and_read_back(i % 2 ? std::floor(x) : x);
    expect_written_and_read_back(std::floor(x * 1e3) / 1e3);
  }
  // Any finite double: its bits drawn, so that every magnitude comes.
  for (int i = 0; i < 20000; ++i) {
    const double x = std::bit_cast<double>(random() >> 1);
    if (std::isfinite(x)) expect_written_and_read_back(x);
  }
  for (const double x : {5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e15, 9007199254740993.0})
    expect_written_and_read_back(x);
}

TEST(Duration, IsWrittenAsAScenarioWouldSayIt) {
  EXPECT_EQ(exact_duration(5400), "1h30m");
  EXPECT_EQ(exact_duration(0), "0s");
  EXPECT_EQ(exact_duration(0.25), "250ms");
  EXPECT_EQ(exact_duration(0.1), "100ms");
  EXPECT_EQ(exact_duration(0.0001), "0.0001s");
  EXPECT_EQ(exact_duration(90061), "1d1h1m1s");
  EXPECT_EQ(exact_duration(1.5), "1.5s");
  EXPECT_THROW(exact_duration(-1), std::logic_error);
  EXPECT_THROW(exact_duration(std::numeric_limits<double>::infinity()), std::logic_error);
  EXPECT_THROW(exact_duration(std::numeric_limits<double>::quiet_NaN()), std::logic_error);
}

TEST(Size, IsInBytesWithPowersOfTenAndOfTwo) {
  EXPECT_EQ(parse_size("800 GB"), 800e9);
  EXPECT_EQ(parse_size("512MB"), 512e6);
  EXPECT_DOUBLE_EQ(parse_size("1.3 TiB"), 1.3 * 1099511627776.0);
  EXPECT_EQ(parse_size("100 B"), 100);
  EXPECT_THAT(refusal(parse_size, "800"), testing::HasSubstr("without a unit"));
  EXPECT_THAT(refusal(parse_size, "800 Gbit"), testing::HasSubstr("bits"));
  EXPECT_THAT(refusal(parse_size, "800 Gb"), testing::HasSubstr("did you mean GB"));
  EXPECT_THAT(refusal(parse_size, "800 gb"), testing::HasSubstr("did you mean GB"));
  EXPECT_THAT(refusal(parse_size, "800 gib"), testing::HasSubstr("capitals: did you mean GiB?"));
  EXPECT_THAT(refusal(parse_size, "120 MB/s"), testing::HasSubstr("is a rate"));
  EXPECT_THAT(refusal(parse_size, "800 G"), testing::HasSubstr("did you mean GB, or GiB"));
  EXPECT_THAT(refusal(parse_size, "1e3 GB"), testing::HasSubstr("exponent"));
  EXPECT_THAT(refusal(parse_size, "1,000 GB"), testing::HasSubstr("comma"));
  EXPECT_THAT(refusal(parse_size, "-1 GB"), testing::HasSubstr("sign"));
  EXPECT_EQ(parse_size("2.3 GB"), 2.3e9);
  EXPECT_EQ(parse_size("1 PiB"), 1125899906842624.0);
  EXPECT_EQ(parse_size("1 KiB"), 1024);
  EXPECT_EQ(parse_size("1 MiB"), 1024.0 * 1024);
  EXPECT_EQ(parse_size("1 GiB"), 1024.0 * 1024 * 1024);
  EXPECT_EQ(parse_size("1 kB"), 1000);
}

TEST(Rate, IsInBytesPerSecondWhateverIsWritten) {
  EXPECT_EQ(parse_rate("2 Gbit/s"), 250e6);
  EXPECT_EQ(parse_rate("120 MB/s"), 120e6);
  EXPECT_EQ(parse_rate("60 MB/m"), 1e6);
  EXPECT_THAT(refusal(parse_rate, "2 Gb/s"), testing::HasSubstr("bits or bytes"));
  EXPECT_THAT(refusal(parse_rate, "2 Gbps"), testing::HasSubstr("Gbit/s"));
  EXPECT_EQ(parse_rate("8 Kibit/s"), 1024);
  EXPECT_THAT(refusal(parse_rate, "2 gb/s"), testing::HasSubstr("write Gbit/s or GB/s"));
  EXPECT_THAT(refusal(parse_rate, "2 MBps"), testing::HasSubstr("did you mean MB/s?"));
  EXPECT_THAT(refusal(parse_rate, "2 gbit/s"), testing::HasSubstr("did you mean Gbit/s?"));
  EXPECT_THAT(refusal(parse_rate, "2 GB/fortnight"), testing::HasSubstr("is per 'fortnight'"));
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
  EXPECT_EQ(parse_frequency("0/year"), 0);
  EXPECT_THAT(refusal(parse_frequency, "3/mo"), testing::HasSubstr("did you mean 3/month?"));
  EXPECT_THAT(refusal(parse_frequency, "3/Years"), testing::HasSubstr("did you mean 3/year?"));
  EXPECT_THAT(refusal(parse_frequency, "12h"), testing::HasSubstr("no '/'"));
}

TEST(Probability, IsAShareOrAPercentage) {
  EXPECT_EQ(parse_probability("5%"), 0.05);
  EXPECT_EQ(parse_probability("5 %"), 0.05);
  EXPECT_EQ(parse_probability("0.05"), 0.05);
  EXPECT_EQ(parse_probability("100%"), 1);
  EXPECT_EQ(parse_probability("0"), 0);
  // Both spellings are the same number, rounded once.
  EXPECT_EQ(parse_probability("99.9%"), 0.999);
  EXPECT_EQ(parse_probability("99.95%"), 0.9995);
  EXPECT_EQ(parse_probability("12.3%"), 0.123);
  for (int thousandths = 0; thousandths <= 1000; ++thousandths) {
    const std::string percent = std::to_string(thousandths / 10) + "." + std::to_string(thousandths % 10) + "%";
    EXPECT_EQ(parse_probability(percent), thousandths / 1000.0) << percent;
  }
  EXPECT_THAT(refusal(parse_probability, "5"), testing::HasSubstr("did you mean 5%?"));
  EXPECT_NE(refusal(parse_probability, "101%"), "accepted");
  EXPECT_NE(refusal(parse_probability, "-1%"), "accepted");
}

TEST(MoneyPerYear, NeedsItsPeriod) {
  EXPECT_EQ(parse_money_per_year("48000/year"), 48000);
  EXPECT_EQ(parse_money_per_year("4000/month"), 48000);
  EXPECT_NE(refusal(parse_money_per_year, "48000"), "accepted");
  EXPECT_THAT(refusal(parse_money_per_year, "48,000/year"), testing::HasSubstr("comma"));
  EXPECT_THAT(refusal(parse_money_per_year, "48k/year"), testing::HasSubstr("'k/year' after its number"));
  EXPECT_THAT(refusal(parse_money_per_year, "100/week"), testing::HasSubstr("is per 'week'"));
}

TEST(Human, DurationsHaveTwoUnitsAtMost) {
  EXPECT_EQ(human_duration(0), "0 s");
  EXPECT_EQ(human_duration(0.25), "250 ms");
  EXPECT_EQ(human_duration(47), "47 s");
  EXPECT_EQ(human_duration(99.6), "1 min 40 s");
  EXPECT_EQ(human_duration(3599), "1 h");
  EXPECT_EQ(human_duration(7500), "2 h 05 min");
  EXPECT_EQ(human_duration(3 * 86400 + 4 * 3600), "3 d 4 h");
  EXPECT_EQ(human_duration(48 * 3600 - 31), "47 h 59 min");
  EXPECT_EQ(human_duration(48 * 3600 - 29), "2 d");
  EXPECT_EQ(human_duration(60 * 86400 - 1801), "59 d 23 h");
  EXPECT_EQ(human_duration(60 * 86400 - 1799), "60 d");
  EXPECT_EQ(human_duration(12.345), "12.3 s");
  EXPECT_EQ(human_duration(1e-9), "<0.01 ms");
  EXPECT_EQ(human_duration(1e20), "1.16e+15 d");
  EXPECT_EQ(human_duration(1.7e308), "1.97e+303 d");
  EXPECT_EQ(human_duration(-90), "-90 s");
  EXPECT_EQ(human_duration(std::numeric_limits<double>::infinity()), "never");
}

TEST(Human, PercentagesClaimCertaintyOnlyWhenExact) {
  EXPECT_EQ(human_percent(0.9731), "97.3%");
  EXPECT_EQ(human_percent(1), "100.0%");
  EXPECT_EQ(human_percent(0.99999), ">99.9%");
  EXPECT_EQ(human_percent(0.00001), "<0.1%");
  EXPECT_EQ(human_percent(0), "0.0%");
  EXPECT_EQ(human_percent(0.999), "99.9%");
  EXPECT_EQ(human_percent(0.999, 3), "99.900%");
  EXPECT_EQ(human_percent(0.9999999, 3), ">99.999%");
  EXPECT_EQ(human_percent(0.997, 0), ">99%");
  EXPECT_EQ(human_percent(0.5, 0), "50%");
  EXPECT_EQ(human_percent(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(Human, SizesAreInPowersOfTen) {
  EXPECT_EQ(human_size(800e9), "800 GB");
  EXPECT_EQ(human_size(1.43e12), "1.43 TB");
  EXPECT_EQ(human_size(999.7e9), "1 TB");
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(1e300), "1.00e+285 PB");
}

}  // namespace
}  // namespace muster
