#include "app/option_values.h"

#include "app/command_line.h"
#include "app/progress_line.h"

namespace muster {
namespace {

TEST(OptionValues, CountsMayHaveSeparatorsExponentsAndSuffixes) {
  for (const char* text : {"100000", "100_000", "100,000", "1e5", "100k", "0.1M"})
    EXPECT_EQ(count_value("n", text, 1, 1'000'000), 100'000u) << text;
  for (const char* text : {"", "k", "-5", "1e", "10,00", "1__000", ",100", "100,", "0x10", "1.5", "nan",
                           "inf", "1e400", "1000001", "0", "5 ", "1k5"})
    EXPECT_THROW(count_value("n", text, 1, 1'000'000), UsageError) << text;
}

TEST(OptionValues, SeedsAreAny64BitNumber) {
  EXPECT_EQ(seed_value("seed", "18446744073709551615"), 18446744073709551615u);
  EXPECT_EQ(seed_value("seed", "0xff"), 255u);
  for (const char* text : {"", "-1", "1e3", "18446744073709551616", "0x", "1 "})
    EXPECT_THROW(seed_value("seed", text), UsageError) << text;
}

TEST(OptionValues, LevelsAreNamedAsInTheResults) {
  EXPECT_EQ(level_value("at", "p95"), 0.95);
  EXPECT_EQ(level_value("at", "p5"), 0.05);
  EXPECT_DOUBLE_EQ(level_value("at", "p999"), 0.999);
  EXPECT_DOUBLE_EQ(level_value("at", "p99.9"), 0.999);
  EXPECT_EQ(level_value("at", "p100"), 1);
  EXPECT_EQ(level_value("at", "95%"), 0.95);
  EXPECT_EQ(level_value("at", "median"), 0.5);
  EXPECT_EQ(level_value("at", "max"), 1);
  for (const char* text : {"", "p", "p101", "p-5", "95", "pp", "pnan"})
    EXPECT_THROW(level_value("at", text), UsageError) << text;
}

TEST(OptionValues, SettingsSplitAtTheFirstEqualsSign) {
  EXPECT_EQ(setting_value("set", "/a/b=c=d"), (Setting{"/a/b", "c=d"}));
  EXPECT_EQ(setting_value("set", "/a="), (Setting{"/a", ""}));
  for (const char* text : {"", "a=b", "/a"}) EXPECT_THROW(setting_value("set", text), UsageError) << text;
}

TEST(ProgressText, SaysHowFarAndHowLong) {
  EXPECT_EQ(progress_text({"region-loss", 45'000, 100'000, 0, 1}, 1), "region-loss  45%  45,000 of 100,000");
  EXPECT_EQ(progress_text({"region-loss", 50'000, 100'000, 1, 3}, 30),
            "region-loss (2 of 3)  50%  50,000 of 100,000  30 s left");
  EXPECT_EQ(progress_text({"o", 0, 0, 0, 1}, 0), "o  0%  0 of 0");
}

}  // namespace
}  // namespace muster
