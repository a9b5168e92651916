#include "models/happening.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "models/outcomes.h"
#include "tests/models/random_happening.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"  // designated: what is not named has its default

namespace muster {
namespace {

constexpr std::size_t kinds = std::variant_size_v<decltype(Happening::what)>;

// The oracle is the value itself: every kind of happening, each field at random, odd values included.
TEST(Happening, ComesBackFromItsJsonExactly) {
  example::RandomHappening random(20261123);
  for (int round = 0; round < 400; ++round)
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      const Happening before = random.of_kind(kind);
      const std::string line = to_json_line(before);
      EXPECT_EQ(line.find('\n'), std::string::npos) << line;
      const Happening after = happening_from_json(line);
      ASSERT_EQ(after, before) << line;
      ASSERT_EQ(to_json_line(after), line);
    }
}

// Equality does not tell zero from minus zero, nor finds NaN; the line does.
TEST(Happening, KeepsTheSignOfZeroAndWhatIsNoNumber) {
  Happening h{{1, 2}, ProbeCounted{}};
  std::get<ProbeCounted>(h.what).lateness_max = -0.0;
  std::get<ProbeCounted>(h.what).lateness_p99 = std::nan("");
  const ProbeCounted after = std::get<ProbeCounted>(happening_from_json(to_json_line(h)).what);
  EXPECT_TRUE(std::signbit(after.lateness_max));
  EXPECT_TRUE(std::isnan(after.lateness_p99));
}

TEST(Happening, IsALineThatOtherProgramsRead) {
  const Happening h{{5'000'000'000, 7}, StepChanged{.step = "promote", .change = StepChange::failed, .attempt = 2, .exit = 1}};
  EXPECT_EQ(to_json_line(h),
            R"({"boot":5000000000,"wall":7,"happened":"step","step":"promote","change":"failed","attempt":2,"exit":1})");
}

TEST(Happening, KeepsBytesThatAreNoText) {
  const Happening h{{}, StepChanged{.step = "dump", .output_tail = std::string("ok\xff\0", 4)}};
  EXPECT_THAT(to_json_line(h), testing::HasSubstr(R"("output-tail":{"bytes":"6f6bff00"})"));
}

TEST(Happening, EveryKindHasAWordOfItsOwn) {
  example::RandomHappening random(1);
  std::set<std::string> words;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    const Happening h = random.of_kind(kind);
    words.insert(kind_of(h));
    EXPECT_EQ(nlohmann::json::parse(to_json_line(h)).at("happened"), kind_of(h));
  }
  EXPECT_EQ(words.size(), kinds);
}

TEST(Happening, PassesOverKeysThatItDoesNotKnow) {
  EXPECT_EQ(happening_from_json(R"({"boot":1,"wall":2,"happened":"note","kind":"k","from":"a later version"})"),
            (Happening{{1, 2}, Noted{"k", "", ""}}));
}

TEST(Happening, RefusesWhatIsNone) {
  for (const char* line :
       {"", "{", "[]", "null", "{}", R"({"boot":1})", R"({"happened":"party"})", R"({"happened":3})",
        R"({"happened":"note","kind":3})", R"({"happened":"note","kind":{"hex":"00"}})",
        R"({"happened":"note","kind":{"bytes":"0g"}})", R"({"happened":"note","kind":{"bytes":"000"}})", R"({"happened":"step","change":"vanished"})",
        R"({"happened":"step","attempt":1.5})", R"({"happened":"step","attempt":3000000000})",
        R"({"happened":"probe-counts","samples":-1})", R"({"happened":"run-began","people":{"a":1}})",
        R"({"happened":"run-began","limit":"soon"})", R"({"happened":"note","boot":1e30})", R"({"happened":"asked","people":"x"})",
        R"({"happened":"note"} {})"})
    EXPECT_THROW(happening_from_json(line), std::invalid_argument) << line;
}

// Of 1, 2, …, 1001 the quantile at k/1000 is k + 1 by definition: the smallest x with F(x) >= k/1000 (k > 0).
TEST(Prediction, QuantilesAreThoseThatWereKept) {
  Prediction p;
  for (int i = 0; i <= 1000; ++i) p.quantiles.push_back(i + 1);
  EXPECT_EQ(p.quantile(0), 1);
  EXPECT_EQ(p.quantile(0.5), 501);
  EXPECT_EQ(p.quantile(0.95), 951);
  EXPECT_EQ(p.quantile(1), 1001);
  EXPECT_EQ(p.quantile(0.95001), 952) << "no less than what the level asks";
}

TEST(Prediction, PercentileIsTheShareThatTookNoLonger) {
  Prediction p;
  for (int i = 0; i <= 1000; ++i) p.quantiles.push_back(i < 900 ? i : never);
  EXPECT_EQ(p.percentile_of(-1), 0);
  EXPECT_DOUBLE_EQ(p.percentile_of(500), 50);
  EXPECT_DOUBLE_EQ(p.percentile_of(500.5), 50);
  EXPECT_DOUBLE_EQ(p.percentile_of(1e9), 89.9) << "a tenth never ends";
  EXPECT_DOUBLE_EQ(p.percentile_of(never), 100);
  const Prediction always{std::vector<double>(1001, 7.0)};
  EXPECT_EQ(always.percentile_of(7), 100);
  EXPECT_EQ(always.percentile_of(6.9), 0);
}

TEST(Prediction, OfNothingIsNoNumber) {
  EXPECT_TRUE(std::isnan(Prediction().quantile(0.5)));
  EXPECT_TRUE(std::isnan(Prediction().percentile_of(5)));
}

}  // namespace
}  // namespace muster
