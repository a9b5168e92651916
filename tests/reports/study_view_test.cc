#include "reports/study_view.h"

#include <gmock/gmock.h>

#include "reports/decision_page.h"
#include "reports/layout.h"
#include "reports/study_json.h"
#include "reports/study_text.h"
#include "reports/table.h"

// What is said of a study whose numbers are given: the sentences, the first page's table and the tables of a grid.
namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<OutageOutcome> fire(double rto_met, double rpo_met) {
  auto out = std::make_shared<OutageOutcome>();
  out->result.name = "fire";
  ServiceResult db;
  db.name = "db";
  db.affected = true;
  db.objective = ObjectiveResult{};
  db.objective->confidence = 0.9;
  db.objective->rto = TargetResult{};
  db.objective->rto->target = 4 * 3600;
  db.objective->rto->share.met = rto_met;
  db.objective->rpo = TargetResult{};
  db.objective->rpo->target = 3600;
  db.objective->rpo->share.met = rpo_met;
  out->result.services = {db};
  return out;
}

VariantResult variant(const std::string& name, double cost, double loss, double rto_met, double rpo_met = 1) {
  VariantResult out;
  out.name = name;
  out.options = {name};
  out.set = {{"/title", "\"x\"", "x"}};
  out.cost_per_year = cost;
  out.expected_loss_per_year = loss;
  out.outages = {fire(rto_met, rpo_met)};
  out.worst = worst_miss(out);
  return out;
}

StudyResult study(std::vector<VariantResult> variants, std::optional<double> budget = {}) {
  StudyResult out;
  out.currency = "EUR";
  out.outages = {"fire"};
  out.has_costs = true;
  out.options = {{"dns", "Names turn round by themselves", 0}, {"copies", "copies", 0}};
  out.baseline = variant("as it is", 0, 100, 0.71);
  out.baseline.options.clear();
  out.variants = std::move(variants);
  out.budget = budget;
  decide(out);
  return out;
}

std::string said(const StudyResult& of) {
  std::string out;
  for (const std::string& one : recommendation(of)) out += one + "\n";
  return out;
}

TEST(Recommendation, SaysWhatItIsWhatItCostsAndWhyInTheWordsOfTheStudy) {
  const std::string text = said(study({variant("copies", 5, 90, 0.8), variant("dns", 31'000, 60, 0.96)}));
  EXPECT_THAT(text, HasSubstr("Best of 2 variants: dns (Names turn round by themselves), 31.0k EUR a year. The chance to meet RTO 4 h of db goes from 71.0% to 96.0% and what outages cost goes from 100 to 60 a year.\n"));
  EXPECT_THAT(text, HasSubstr("No objective is missed; as it is, the worst miss is 19.0% (RTO 4 h of db, met in 71.0% for 90% asked).\n"));
  EXPECT_THAT(text, HasSubstr("Next best: copies, 5 EUR a year: worst miss 10.0%"));
  EXPECT_THAT(said(study({variant("copies", 5, 90, 0.8)})), HasSubstr("Better than as it is: copies, 5 EUR a year."));
}

TEST(Recommendation, IsToLeaveItWhereThatIsBetterThanTheBestThatFits) {
  const StudyResult worse = study({variant("copies", 5, 100, 0.71), variant("dns", 1, 300, 0.5)}, 10);
  EXPECT_EQ(worse.recommended, 0u);
  const std::string text = said(worse);
  EXPECT_THAT(text, HasSubstr("Within 10 EUR a year: leave it as it is: no variant that fits misses less"));
  EXPECT_THAT(text, HasSubstr("The best of them would be copies, 5 EUR a year: the worst miss is 19.0%"));
  EXPECT_FALSE(is_advised(worse, 0));
  EXPECT_THAT(worse.frontier, ElementsAre(1, 0));
  EXPECT_THAT(worth_it(worse), ElementsAre()) << "as it is beats both";
  const std::string whole = study_text({}, worse, {});
  EXPECT_THAT(whole, HasSubstr("Nothing: as it is, it is better than every variant."));
  EXPECT_THAT(whole, Not(HasSubstr("◆")));
  std::ostringstream json;
  write_study_json(json, {}, worse);
  EXPECT_THAT(json.str(), HasSubstr("\"recommended\": 0,\n  \"leave-as-it-is\": true"));
}

TEST(Frontier, InAReportIsWithoutWhatIsWorseThanToday) {
  const StudyResult two = study({variant("copies", -1, 300, 0.71), variant("dns", 0, 300, 0.6), variant("both", 9, 10, 0.95)});
  EXPECT_THAT(two.frontier, ElementsAre(0, 2));
  const StudyResult three = study({variant("copies", 1, 300, 0.71), variant("both", 9, 10, 0.95)});
  EXPECT_THAT(three.frontier, ElementsAre(0, 1));
  EXPECT_THAT(worth_it(three), ElementsAre(1));
  EXPECT_THAT(study_text({}, three, {}), HasSubstr("Not listed: 1 that no other beats, but that leaving it as it is does."));
}

TEST(CostOfBetter, IsTheCheapestVariantThatKeepsAllObjectivesOfAService) {
  Scenario scenario;
  scenario.services.resize(2);
  scenario.services[0].name = "db";
  scenario.services[1].name = "untouched";
  const StudyResult some = study({variant("most", 90, 1, 0.99, 0.99), variant("copies", 5, 90, 0.95, 0.85), variant("dns", 31'000, 60, 0.96, 0.9), variant("dear", 40'000, 10, 0.9, 0.9)});
  EXPECT_EQ(cheapest_that_keeps(some, "db"), 0u);
  EXPECT_NEAR(falls_short(some.variants[1], "db"), 0.05, 1e-12);
  EXPECT_EQ(falls_short(some.variants[3], "db"), 0);
  EXPECT_TRUE(std::isnan(falls_short(some.baseline, "untouched")));
  const PageTable table = better_table(scenario, some);
  ASSERT_EQ(table.rows.size(), 1u);
  std::vector<std::string> row;
  for (const PageCell& cell : table.rows[0]) row.push_back(cell.text);
  EXPECT_THAT(row, ElementsAre("db", "19.0%", "0%", "most", "90 EUR"));
  EXPECT_EQ(cheapest_that_keeps(study({variant("copies", 5, 90, 0.95, 0.85)}), "db"), std::nullopt);
}

// Of many measures a reader gets the chance of a recovery time, that of a data loss, and what it costs in all.
TEST(Grid, IsToldByOneMeasureOfEachKind) {
  StudyResult grid = study({});
  grid.options.clear();
  grid.axes = {{"/roles/engineer/count", "engineers", {"1", "2"}}, {"/services/db/data/copies/0/backup/every", "every", {"1h", "1d"}}};
  for (std::size_t y = 0; y < 2; ++y)
    for (std::size_t x = 0; x < 2; ++x) {
      grid.variants.push_back(variant("cell", static_cast<double>(y), 50.0 - static_cast<double>(x), 0.7 + 0.1 * static_cast<double>(y), 0.1 + 0.1 * static_cast<double>(x)));
      grid.variants.back().options.clear();
      grid.variants.back().cell = {y, x};
    }
  decide(grid);
  const std::string text = study_text({}, grid, {});
  EXPECT_THAT(text, HasSubstr("  Chance to meet RTO 4 h of db\n"));
  EXPECT_THAT(text, HasSubstr("  Chance to meet RPO 1 h of db\n"));
  EXPECT_THAT(text, HasSubstr("  Cost and expected loss a year\n"));
}

TEST(Grid, ThatIsWiderThanThePageGoesOnBelow) {
  StudyResult grid = study({});
  grid.options.clear();
  grid.axes = {{"/roles/engineer/count", "engineers", {"1", "2"}}, {"/x", "every", {}}};
  for (std::size_t x = 0; x < 30; ++x) grid.axes[1].values.push_back(std::to_string(x) + "h");
  for (std::size_t y = 0; y < 2; ++y)
    for (std::size_t x = 0; x < 30; ++x) {
      grid.variants.push_back(variant("cell", 0, 1000.0 + static_cast<double>(100 * x + y), 0.8));
      grid.variants.back().options.clear();
      grid.variants.back().cell = {y, x};
    }
  decide(grid);
  std::istringstream lines(study_text({}, grid, {}));
  std::size_t heads = 0;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), 80) << line;
    heads += line.starts_with("  engineers ↓  every →");
  }
  EXPECT_GE(heads, 3u);
}

TEST(Recommendation, SaysThatNoVariantIsLeft) { EXPECT_THAT(study_text({}, study({}), {}), HasSubstr("No variant is left")); }

TEST(Table, ANameThatIsTooLongAndAloneInItsRowTakesOneLine) {
  Table table({{"a"}, {"b", Align::right}});
  table.row({{"a name that is much too long"}});
  table.row({{"  x"}, {"twenty columns wide."}});
  EXPECT_EQ(table.text({.width = 32}), "  a                       b\n  a name that is much too long\n    x  twenty columns wide.\n");
}

}  // namespace
}  // namespace muster
