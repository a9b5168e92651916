#include "reports/simulate_text.h"

#include <sstream>

#include "reports/layout.h"
#include "tests/reports/example.h"

namespace muster {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(SimulateText, OneOutageIsThePageBesideThisTest) {
  example::expect_golden("one-outage.txt", simulate_text(example::scenario(), example::one_outage(), {}));
}

TEST(SimulateText, SeveralOutagesBeginWithTheirSummary) {
  example::expect_golden("two-outages.txt", simulate_text(example::scenario(), example::two_outages(), {}));
}

// The contract of the page: 80 columns, whatever the names and numbers.
TEST(SimulateText, NoLineIsWiderThanThePage) {
  SimulationResult result = example::two_outages();
  result.title = example::long_word("W", 'x') + " ünïcödé";
  OutageResult& outage = result.outages[0];
  outage.name = example::long_word("everything-in-the-north-at-once-", 'n');
  for (ServiceResult& service : outage.services)
    service.name += example::long_word("-of-the-northern-warehouse-and-its-many-branches-", 'w');
  for (StepResult& step : outage.steps) {
    step.name += example::long_word("-with-the-help-of-everybody-who-is-awake-and-", 'z');
    step.waits_for = "engineer-on-call-for-the-northern-warehouse";
  }
  for (RoleResult& role : outage.roles)
    role.name += example::long_word("-on-call-for-the-northern-warehouse-", 'r');
  outage.services[0].copies[1].copy += example::long_word(" ", 'c');
  for (const std::string& line : lines_of(simulate_text(example::scenario(), result, {})))
    EXPECT_LE(display_width(line), 80) << line;
}

TEST(SimulateText, ColoursChangeNothingButEscapes) {
  const std::string plain = simulate_text(example::scenario(), example::two_outages(), {});
  std::string coloured = simulate_text(example::scenario(), example::two_outages(), {.colour = true});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[1;31mMISSED"), std::string::npos);
  for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;)
    coloured.erase(at, coloured.find('m', at) - at + 1);
  EXPECT_EQ(coloured, plain);
}

TEST(SimulateText, WallTimeDoesNotShow) {
  SimulationResult slow = example::one_outage();
  slow.seconds = 98765;
  EXPECT_EQ(simulate_text(example::scenario(), slow, {}),
            simulate_text(example::scenario(), example::one_outage(), {}));
}

TEST(SimulateText, PartialResultsSayHowFarTheyCame) {
  SimulationResult result = example::one_outage();
  result.partial = true;
  result.replications = result.outages[0].replications = 1234;
  EXPECT_THAT(simulate_text(example::scenario(), result, {}),
              testing::HasSubstr("PARTIAL: interrupted after 1,234 replications"));
}

// Neither a title nor a note may move the cursor or change colours.
TEST(SimulateText, ControlCharactersOfTheScenarioDoNotReachTheTerminal) {
  SimulationResult result = example::one_outage();
  Scenario scenario = example::scenario();
  result.title = "calm\x1b[2J\x07 waters";
  scenario.outages[0].provenance.note = "two\nlines\r and \xe2\x80\xae reversed";
  const std::string text = simulate_text(scenario, result, {});
  EXPECT_EQ(text.find_first_of("\x1b\x07\r"), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_THAT(text, testing::HasSubstr("two lines"));
}

TEST(SimulateText, AnObjectiveThatNothingCanPromiseIsSaidSo) {
  SimulationResult result = example::one_outage();
  result.outages[0].services[2].objective->rto->achievable = never;
  result.outages[0].services[2].objective->rto->verdict = Verdict::missed;
  EXPECT_THAT(simulate_text(example::scenario(), result, {}),
              testing::ContainsRegex("No\\s+RTO\\s+can\\s+be\\s+promised"));
}

TEST(SimulateText, WhereNothingComesBackTheTextStillSaysSo) {
  SimulationResult result = example::one_outage();
  result.title.clear();
  OutageResult& outage = result.outages[0];
  for (ServiceResult& service : outage.services) {
    service.objective.reset();
    if (service.affected) service.rto = example::constant(never);
    service.unrecovered = service.affected;
  }
  outage.has_objectives = false;
  outage.work_recovery = outage.recovery = example::constant(never);
  const std::string text = simulate_text(example::scenario(), result, {});
  EXPECT_THAT(text, testing::StartsWith("plans/harbour.yaml · version 7"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("VERDICT")));
  EXPECT_THAT(text, testing::HasSubstr("Never restored in 100% of outages: orders, search, shop."));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("goes on for")));
}

TEST(SimulateText, ServicesThatRecoverAlikeShareARow) {
  SimulationResult result = example::one_outage();
  ServiceResult twin = result.outages[0].services[0];
  twin.name = "orders-archive";
  result.outages[0].services.push_back(twin);
  EXPECT_THAT(simulate_text(example::scenario(), result, {}), testing::HasSubstr("orders, orders-archive"));
}

}  // namespace
}  // namespace muster
