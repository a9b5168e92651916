#include "models/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <stdexcept>

#include "models/calendar.h"
#include "models/json_schema.h"
#include "models/patterns.h"
#include "models/scalars.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A grammar of its own, small enough to see through.
Grammar zoo() {
  Grammar grammar;
  grammar.title = "Zoo";
  Object animal{{required("legs", whole_number(0, 1000), "How many."), optional("eats", Reference{"food"}, "What.")}};
  animal.exactly_one_of = {{}, {"swims"}, {"flies"}};
  animal.choice = "either swims or flies";
  animal.fields.push_back(optional("swims", duration_text(), "How long."));
  animal.fields.push_back(optional("flies", duration_text(), "How long."));
  Tagged meal{{{required("grass", size_text(), "How much.")}, {required("meat", size_text(), "How much."), required("of", name_text("an animal"), "Whose.")}}};
  grammar.named.emplace("food", Shape(Either{{one_word({"anything", "nothing"}), Shape(List{std::make_shared<const Shape>(meal), 1, 2, false}), Shape(meal)}}));
  Object root{{required("animals", Named{std::make_shared<const Shape>(animal), "animal", check_name, patterns::name()}, "All.")}};
  root.takes_note = false;
  grammar.root = std::make_shared<const Shape>(root);
  return grammar;
}

std::vector<std::string> problems(const char* text) {
  Document document = read_document(text, "zoo.yaml");
  Findings findings(document, 100);
  Grammar grammar = zoo();
  check_shape(grammar, *grammar.root, View{&document.root}, findings);
  std::vector<std::string> out;
  for (const Problem& problem : findings.sorted_errors()) out.push_back(problem.text());
  return out;
}

TEST(Shape, AcceptsWhatItDescribes) {
  EXPECT_THAT(problems("animals: {}"), IsEmpty());
  EXPECT_THAT(problems("animals: {cow: {legs: 4, eats: {grass: 30 kB}, note: brown}, seal: {legs: 0, swims: 1h, eats: anything}}"), IsEmpty());
  EXPECT_THAT(problems("animals: {lion: {legs: 4, eats: [{meat: 5 kB, of: cow, source: seen}, {grass: 1 B, x-why: ill}]}, x-lost: 3}\nx-more: []"), IsEmpty());
}

TEST(Shape, ReportsEverythingThatIsWrongAndWhatWasExpected) {
  EXPECT_THAT(problems("animals:\n  cow: {leg: 4, eats: {gras: 3 kB}}\n  Seal: {legs: 0}\n  fish: {legs: none, swims: 1h, flies: 15}\n  ant: [6]\n"),
              ElementsAre("zoo.yaml:2:3: /animals/cow: the key 'legs' is missing; expected a whole number from 0 to 1000",
                          "zoo.yaml:2:9: /animals/cow/leg: unknown key 'leg'; did you mean 'legs'?",
                          "zoo.yaml:2:24: /animals/cow/eats/gras: unknown key 'gras'; did you mean 'grass'?",
                          "zoo.yaml:3:3: /animals/Seal: 'Seal' is not a name: expected lower-case words with dashes, such as 'seal'",
                          "zoo.yaml:4:3: /animals/fish: found swims and flies, expected either swims or flies",
                          "zoo.yaml:4:16: /animals/fish/legs: found 'none', expected a whole number from 0 to 1000",
                          "zoo.yaml:4:40: /animals/fish/flies: '15' is a bare number without a unit; write 15m for minutes, 15s for seconds",
                          "zoo.yaml:5:8: /animals/ant: found a list, expected a map"));
}

TEST(Shape, TellsTaggedMapsApart) {
  EXPECT_THAT(problems("animals: {a: {legs: 1, eats: {grass: 1 B, meat: 1 B, of: b}}}"), ElementsAre("zoo.yaml:1:24: /animals/a/eats: found grass and meat in one map, expected one of them"));
  EXPECT_THAT(problems("animals: {a: {legs: 1, eats: {of: b}}}"), ElementsAre("zoo.yaml:1:31: /animals/a/eats/of: 'of' goes with the key 'meat', which is missing"));
  EXPECT_THAT(problems("animals: {a: {legs: 1, eats: {meat: 1 B}}}"), ElementsAre("zoo.yaml:1:24: /animals/a/eats: the key 'of' is missing; expected the name of an animal"));
  EXPECT_THAT(problems("animals: {a: {legs: 1, eats: {}}}"), ElementsAre("zoo.yaml:1:24: /animals/a/eats: a map without any of the keys grass and meat; expected one of them"));
  EXPECT_THAT(problems("animals: {a: {legs: 1, eats: [anything]}}"), ElementsAre("zoo.yaml:1:31: /animals/a/eats/0: found 'anything', expected a map"));
  EXPECT_THAT(problems("animals: {a: {legs: 1, eats: []}}"), ElementsAre("zoo.yaml:1:30: /animals/a/eats: a list of 0, expected at least 1"));
}

TEST(Shape, CountsProblemsBeyondTheLimit) {
  Document document = read_document("animals: {a: 1, b: 2, c: 3, d: 4}", "zoo.yaml");
  Findings findings(document, 2);
  Grammar grammar = zoo();
  check_shape(grammar, *grammar.root, View{&document.root}, findings);
  ASSERT_EQ(findings.sorted_errors().size(), 3u);
  EXPECT_EQ(findings.sorted_errors().back().text(), "zoo.yaml: and 2 more problems");
  EXPECT_EQ(findings.errors(), 4u);
}

template <typename Parse>
void expect_agreement(const std::string& pattern, Parse parse, const std::vector<std::string>& texts) {
  const std::regex regex(pattern, std::regex::ECMAScript);
  int accepted = 0;
  for (const std::string& text : texts) {
    bool parses = true;
    try {
      parse(text);
    } catch (const std::invalid_argument&) {
      parses = false;
    }
    accepted += parses;
    EXPECT_EQ(std::regex_search(text, regex), parses) << "'" << text << "' against " << pattern;
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, static_cast<int>(texts.size()));
}

// Editors see the pattern, the loader asks the parser: on every text they must say the same.
TEST(Patterns, SayWhatTheParsersTake) {
  const std::vector<std::string> numbers = {"0", "1", "15", "1.5", "0.5", "00", "010", "1.", ".5", "-1", "+1", "1e3", "1_000", "", "x", "1 0", "100", "99.9", "101", "0.0", "1.0", "1.01"};
  const std::vector<std::string> units = {"",  "ms", "s", "m",  "h",  "d",   "w",   "us",  "M",    "min",    "B",     "kB",      "KB",    "GB",  "GiB", "gb",   "Gbit", "Gbit/s", "GB/s",
                                          "B/h", "GB/w", "Kibit/s", "PiB/d", "bit/m", "Gb/s", "%", "/s", "/year", "/y", "/yr", "/month", "/day", "/ week", "/m", "/fortnight", "%%", "m ", "1m"};
  std::vector<std::string> texts = {"PT1H30M", "P1D", "P2W", "PT", "P", "P1M", "PT1M", "P1DT", "P1DT2H", "PT2S3M", "PT0S", "P1Y", "pt1h", "1h30m", "30m1h", "1h1h", "1w2d3h4m5s6ms7us", "1h 30m", "0h0m", "0h0m1s", " 15m ", "\t15m"};
  for (const std::string& number : numbers)
    for (const std::string& unit : units)
      for (const char* space : {"", " ", "  "}) texts.push_back(number + space + unit);
  expect_agreement(patterns::duration(), parse_duration, texts);
  expect_agreement(patterns::positive_duration(), [](const std::string& text) { if (parse_duration(text) <= 0) throw std::invalid_argument("zero"); }, texts);
  expect_agreement(patterns::size(), parse_size, texts);
  expect_agreement(patterns::rate(), parse_rate, texts);
  expect_agreement(patterns::frequency(), parse_frequency, texts);
  expect_agreement(patterns::probability(), parse_probability, texts);
  expect_agreement(patterns::confidence(), [](const std::string& text) { if (double p = parse_probability(text); p <= 0 || p >= 1) throw std::invalid_argument("certain"); }, texts);
}

TEST(Patterns, SayWhatNamesAndTimesAre) {
  expect_agreement(patterns::name(), check_name,
                   {"a", "us-east-1", "3rd-party", "s3", "x-ray", "x", "xx-a", "A", "a_b", "-a", "a-", "a--b", "", "17", "1-2", "1-a", "a b", "é", "a.b", "tier-1"});
  expect_agreement(patterns::opening_hours(), parse_opening_hours,
                   {"Mon-Fri 09:00-18:00", "Sat,Sun 10:00-14:00", "Sat, Sun 10:00-14:00", "Sat-Mon 22:00-06:00", "09:00-18:00", "00:00-24:00", "00:00-00:00", "Mon 24:00-06:00", "Mon 9:00-18:00",
                    "Mon-Fry 09:00-18:00", "mon 09:00-18:00", "Mon-Fri", "Mon 09:00", "Mon 09:60-10:00", "Mon 09:00-25:00", "", "Mon,Tue-Thu,Sat 09:00-18:00", "Mon,,Tue 09:00-18:00", " 09:00-18:00", "Mon 09:00-24:01"});
  expect_agreement(patterns::onset(), parse_onset,
                   {"Sat 03:00", "Sat 24:00", "sat 03:00", "Someday 03:00", "Sat", "03:00", "2026-11-01T00:30", "2026-11-01T00:30Z", "2026-11-01 00:30:15", "2026-13-01T00:30", "2026-11-32T00:30", "2026-11-01", "2026-11-01T24:30", "Sat 03:00Z", "26-11-01T00:30", ""});
}

TEST(Wording, FindsTheNearestWord) {
  const std::vector<std::string> words = {"takes", "timeout", "retry-after", "recovers", "by", "uses"};
  EXPECT_EQ(nearest("take", words), "takes");
  EXPECT_EQ(nearest("tkaes", words), "takes");
  EXPECT_EQ(nearest("Takes", words), "takes");
  EXPECT_EQ(nearest("retry_after", words), "retry-after");
  EXPECT_EQ(nearest("recover", words), "recovers");
  EXPECT_EQ(nearest("yb", words), "by");
  EXPECT_EQ(nearest("colour", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), words), "");
}

TEST(Wording, CountsEdits) {
  EXPECT_EQ(edit_distance("kitten", "sitting", 9), 3);
  EXPECT_EQ(edit_distance("ab", "ba", 9), 1);
  EXPECT_EQ(edit_distance("", "abc", 9), 3);
  EXPECT_EQ(edit_distance("abcdef", "uvwxyz", 2), 3);
}

TEST(Wording, KeepsTerminalsSafe) {
  EXPECT_EQ(in_quotes("a\x1b[31m\nb\x7f"), "'a\\x1b[31m\\nb\\x7f'");
  EXPECT_EQ(in_quotes("\xC2\x9B" "31m \xE2\x80\xAE" "é"), "'\\xc2\\x9b31m \\xe2\\x80\\xaeé'");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "'" + std::string(60, 'x') + "…'");
  // What is no UTF-8 hides nothing: a lead byte without what has to follow, more bytes than needed, a surrogate, what is beyond Unicode, a byte out of place.
  EXPECT_EQ(printable("\xEF\x1B[31m \xC3"), "\\xef\\x1b[31m \\xc3");
  EXPECT_EQ(printable("\xC0\x80\xE0\x80\x9B \xED\xA0\x80 \xF4\x90\x80\x80 \x9B"), "\\xc0\\x80\\xe0\\x80\\x9b \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\x9b");
  EXPECT_EQ(printable("é€😀"), "é€😀");
}

}  // namespace
}  // namespace muster
