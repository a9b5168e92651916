#include "reports/layout.h"

#include "reports/phrases.h"
#include "reports/quantile_strip.h"
#include "reports/table.h"
#include "reports/time_axis.h"
#include "tests/reports/example.h"

namespace muster {
namespace {

TEST(Layout, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("é—█"), 3);
  EXPECT_EQ(display_width("e\xcc\x81"), 1);     // e and a combining acute accent
  EXPECT_EQ(display_width("復旧"), 4);          // two wide characters
  EXPECT_EQ(display_width("\xff\xe2\x82"), 3);  // bytes that are no UTF-8
}

TEST(Layout, ShorteningKeepsWithinTheWidthAndNeverSplitsACharacter) {
  EXPECT_EQ(shortened("restore", 7), "restore");
  EXPECT_EQ(shortened("restore", 6), "resto…");
  EXPECT_EQ(shortened("復旧計画", 5), "復旧…");
  EXPECT_EQ(shortened("復旧計画", 4), "復…");
}

TEST(Layout, WrappingKeepsWordsWholeUnlessTheyAreWiderThanTheLine) {
  EXPECT_EQ(wrapped("one two three", 9, "- ", "  "), "- one two\n  three\n");
  EXPECT_EQ(wrapped("abcdefghij k", 6, "", "  "), "abcdef\n  ghij\n  k\n");
  EXPECT_EQ(wrapped("", 10), "");
}

TEST(Layout, PrintableTextIsOneLineWithoutControls) {
  EXPECT_EQ(printable("a\tb\n\n c\x1b[31m"), "a b c [31m");
  EXPECT_EQ(printable("x\xc2\x9by\xe2\x80\xaez"), "x y z");  // C1 control, right-to-left override
  EXPECT_EQ(printable("ok é 復"), "ok é 復");
  EXPECT_EQ(printable("\xff"), "?");
}

TEST(Table, AlignsItsColumns) {
  Table table({{"name"}, {"n", Align::right}});
  table.row({{"a"}, {"1"}});
  table.row({{"bcdef"}, {"20"}});
  EXPECT_EQ(table.text({}), "  name    n\n  a       1\n  bcdef  20\n");
}

TEST(Table, LongNamesStandAboveTheirRow) {
  Table table({{"name"}, {"what", Align::right}});
  table.row({{example::long_word("n", 'n')}, {"1"}});
  table.row({{"short"}, {"2"}});
  const std::string name = shortened(example::long_word("n", 'n'), 58);
  EXPECT_EQ(table.text({.width = 60}), "  name   what\n  " + name + "\n            1\n  short     2\n");
}

TEST(Phrases, SharesHaveDigitsEnoughToTellThemFromWhatWasAsked) {
  EXPECT_EQ(share_text({0.973, {0.972, 0.974}}, 0.95), "97.3% (97.2–97.4%)");
  EXPECT_EQ(share_text({0.9504, {0.95004, 0.9508}}, 0.95), "95.040% (95.004–95.080%)");
  EXPECT_EQ(share_text({1, {0.99996, 1}}, 0.95), "100% (99.996–100%)");
}

TEST(Phrases, WhatIsPromisedIsRoundedUp) {
  EXPECT_EQ(promised_duration(4 * 3600 + 31 * 60 + 2), "4 h 32 min");
  EXPECT_EQ(promised_duration(4 * 3600), "4 h");
  EXPECT_EQ(promised_duration(25 * 3600 + 1), "25 h 01 min");
  EXPECT_EQ(promised_duration(49 * 3600 + 1), "2 d 2 h");
  EXPECT_EQ(promised_duration(12.01), "12.1 s");
  EXPECT_EQ(promised_duration(never), "never");
  EXPECT_EQ(short_promised_duration(4 * 3600 + 31 * 60 + 2), "4h32m");
}

TEST(Phrases, ConfidenceIsSaidAsANumberOfOutages) {
  EXPECT_EQ(out_of(0.95), "95 of 100");
  EXPECT_EQ(out_of(0.999), "999 of 1,000");
  EXPECT_EQ(out_of(1), "all");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(enumerated({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(enumerated({"a", "b", "c"}, 2), "a, b and 1 more");
}

TEST(TimeAxis, MapsItsEndsToItsFirstAndLastColumn) {
  const TimeAxis axis(100, 10);
  EXPECT_EQ(axis.column(0), 0);
  EXPECT_EQ(axis.column(99.9), 9);
  EXPECT_EQ(axis.column(100), 9);
  EXPECT_EQ(axis.column(never), 9);
  EXPECT_TRUE(axis.beyond(never));
}

TEST(TimeAxis, LabelsFitForAnySpan) {
  for (double end : {0.002, 0.5, 3.0, 59.0, 3600.0, 7 * 86400.0, 3e7, 1e12}) {
    const std::string labels = TimeAxis(end, 40).labels();
    EXPECT_LE(display_width(labels), 40) << labels;
    EXPECT_THAT(labels, testing::StartsWith("│0"));
  }
}

TEST(QuantileStrips, ConstantAndInfiniteSamplesAreDrawn) {
  const std::string text = quantile_strips({{"constant", example::constant(60), {}},
                                            {"mostly-never", example::stats(10, 60, 0.6), 50.0},
                                            {"never", example::constant(never), {}}},
                                           "RTO", {});
  EXPECT_THAT(text, testing::HasSubstr("→"));
  EXPECT_EQ(quantile_strips({{"zero", example::constant(0), {}}}, "RTO", {}), "");
}

}  // namespace
}  // namespace muster
