#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/muster_run.h"

namespace muster::end_to_end {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const std::string stackery = scenario("stackery.yaml");

void expect_narrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t columns = 0;
    for (char c : line) columns += (c & 0xC0) != 0x80;
    EXPECT_LE(columns, 80u) << line;
  }
}

// The keys of the published format, on the quick question.
TEST(WhatIf, ASettingIsAVariant) {
  const Ran ran = muster(joined({"what-if", stackery, "--set", "/roles/engineer/count=4", "--outage", "region-loss", "--json", "-"}, few));
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json result = Json::parse(ran.out);
  EXPECT_EQ(result.at("muster"), 1);
  EXPECT_EQ(result.at("command"), "what-if");
  ASSERT_EQ(result.at("variants").size(), 1u);
  const Json& variant = result["variants"][0];
  EXPECT_EQ(variant.at("set"), (Json{{"/roles/engineer/count", 4}}));
  EXPECT_EQ(variant.at("cost-per-year"), 0);
  for (const Json& each : {variant, result.at("baseline")}) {
    EXPECT_GT(each.at("expected-loss-per-year"), 0);
    EXPECT_GT(each.at("worst-miss"), 0);
    EXPECT_TRUE(each.at("outages").at("region-loss").at("services").at("product").at("rto").contains("ci95"));
  }
  const Json& difference = variant.at("difference").at("region-loss").at("product").at("rto");
  EXPECT_LT(difference.at("mean"), 0);
  EXPECT_LT(difference.at("ci95").at(1), 0) << "a fourth engineer helps, and 2,000 pairs are enough to say so";
  EXPECT_TRUE(difference.contains("p95") && difference.contains("p95-ci95"));
  EXPECT_EQ(result.at("frontier").size() + result["variants"].size(), 2u);
  const Json alone = Json::parse(muster(joined({"simulate", stackery, "--set", "/roles/engineer/count=4", "--outage", "region-loss", "--json", "-"}, few)).out);
  EXPECT_EQ(alone.at("outages").at("region-loss").at("services").at("product").at("rto"), variant["outages"]["region-loss"]["services"]["product"]["rto"]);
}

TEST(WhatIf, AStudyIsTheSameBytesForAnyThreads) {
  const std::vector<std::string> words{"what-if", stackery, scenario("studies/stackery-options.yaml"), "--outage", "region-loss", "--outage", "rds-outage", "--replications", "1500", "--json", "-"};
  const Ran one = muster(joined(words, {"--threads", "1"})), three = muster(joined(words, {"--threads", "3"}));
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.out == three.out, true);
  const Json result = Json::parse(one.out);
  EXPECT_EQ(result.at("variants").size(), 32u);
  EXPECT_EQ(result.at("left-out"), 0);
  EXPECT_TRUE(result.at("recommended").is_number());
  EXPECT_EQ(result["variants"][0].at("difference").at("region-loss").at("product").at("rto").at("mean"), 0) << "nothing is changed in the first";
}

TEST(WhatIf, TheReportRecommendsAndDrawsTheGrid) {
  const Ran ran = muster({"what-if", stackery, scenario("studies/stackery-capacity.yaml"), "--outage", "region-loss", "--replications", "500"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("RECOMMENDATION\n"));
  EXPECT_THAT(ran.out, HasSubstr("THE GRID (darker is better)\n"));
  EXPECT_THAT(ran.out, HasSubstr("engineers ↓  export every →"));
  EXPECT_THAT(ran.out, HasSubstr("WHAT NO OTHER VARIANT BEATS, BY COST\n"));
  expect_narrow(ran.out);
  expect_narrow(muster({"what-if", stackery, scenario("studies/stackery-options.yaml"), "--replications", "100"}).out);
}

TEST(WhatIf, ABudgetThatNothingFitsIsSaid) {
  const Folder folder;
  write_file(folder.file("study.yaml"), "muster-what-if: 1\noptions: {o: {cost: 50/year, set: {/roles/engineer/count: 4}}}\nbudget: 20/year\n");
  const Ran ran = muster({"what-if", stackery, folder.file("study.yaml"), "--outage", "region-loss", "--replications", "100"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Nothing fits the budget of 20 USD a year: the cheapest variant costs 50."));
  const Ran json = muster({"what-if", stackery, folder.file("study.yaml"), "--outage", "region-loss", "--replications", "100", "--json", "-"});
  EXPECT_TRUE(Json::parse(json.out).at("recommended").is_null());
}

// The contract names one case of null: nothing fits. That leaving it is better still is said beside it.
TEST(WhatIf, TheBestThatFitsIsNamedEvenWhereLeavingItIsBetter) {
  const Folder folder;
  write_file(folder.file("study.yaml"), "muster-what-if: 1\noptions: {useless: {cost: 50/year, set: {/roles/engineer/note: words}}, idle: {cost: 5/year, set: {/services/product/note: words}}}\nbudget: 100/year\n");
  const std::vector<std::string> words{"what-if", stackery, folder.file("study.yaml"), "--outage", "region-loss", "--replications", "300"};
  const Json result = Json::parse(muster(joined(words, {"--json", "-"})).out);
  EXPECT_EQ(result.at("recommended"), 1);
  EXPECT_EQ(result.at("leave-as-it-is"), true);
  EXPECT_EQ(result.at("frontier"), Json::array({1}));
  EXPECT_THAT(muster(words).out, HasSubstr("Within 100 USD a year: leave it as it is"));
}

TEST(WhatIf, BadStudiesAreRefusedBeforeAnythingRuns) {
  const Folder folder;
  const std::string study = folder.file("study.yaml"), out = folder.file("out.json");
  const std::pair<const char*, const char*> wrong[] = {
      {"muster-what-if: 1\noptions: {o: {set: {/roles/enginer/count: 3}}}\n", ":2:21: /options/o/set/~1roles~1enginer~1count: with 'o': "},
      {"muster-what-if: 1\noptions: {o: {set: {/roles/engineer/count: many}}}\n", ":2:44: "},
      {"muster-what-if: 1\ngrid: {/roles/engineer/count: []}\n", ":2:31: "},
      {"muster-what-if: 1\ngrid: {/a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], /b: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], /c: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], /d: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\n", "10,000 combinations, and at most 1,024 are simulated"},
      {"muster: 1\n", "muster-what-if"}};
  for (const auto& [text, said] : wrong) {
    write_file(study, text);
    for (const std::vector<std::string>& words : {std::vector<std::string>{"what-if", stackery, study, "--json", out, "--replications", "1000000"}, {"targets", stackery, "--study", study, "--json", out, "--replications", "1000000"}}) {
      const Ran ran = muster(words);
      EXPECT_EQ(ran.code, 3) << text;
      EXPECT_THAT(ran.err, HasSubstr(said));
      EXPECT_EQ(folder.files().size(), 1u) << "no result is begun";
    }
  }
}

TEST(WhatIf, WrongWordsAreUsage) {
  const std::string study = scenario("studies/stackery-options.yaml");
  const std::pair<std::vector<std::string>, const char*> wrong[] = {{{"what-if", stackery}, "what is to be changed?"},
                                                                  {{"what-if"}, "SCENARIO is missing"},
                                                                  {{"what-if", stackery, study, study}, "expected SCENARIO [STUDY]"},
                                                                  {{"what-if", stackery, study, "--outage", "region-los"}, "region-loss"},
                                                                  {{"what-if", stackery, study, "--replications", "2M"}, "--replications"},
                                                                  {{"what-if", stackery, study, "--json", study}, "write over"},
                                                                  {{"targets", stackery, "--study", study, "--json", study}, "write over"},
                                                                  {{"targets", stackery, study}, "one SCENARIO is expected"}};
  for (const auto& [words, said] : wrong) {
    const Ran ran = muster(words);
    EXPECT_EQ(ran.code, 2) << said;
    EXPECT_THAT(ran.err, HasSubstr(said));
  }
  EXPECT_EQ(muster({"what-if", stackery, study, "--json", "/nowhere/out.json"}).code, 4);
}

TEST(WhatIf, SettingsBesideAStudyAreTheScenarios) {
  const Folder folder;
  write_file(folder.file("study.yaml"), "muster-what-if: 1\noptions: {o: {set: {/roles/technical-lead/count: 2}}}\n");
  const std::vector<std::string> words{"what-if", stackery, folder.file("study.yaml"), "--set", "/roles/engineer/count=1", "--outage", "region-loss", "--replications", "300", "--json", "-"};
  const Json study = Json::parse(muster(words).out);
  const Json alone = Json::parse(muster({"simulate", stackery, "--set", "/roles/engineer/count=1", "--outage", "region-loss", "--replications", "300", "--json", "-"}).out);
  EXPECT_EQ(study.at("scenario").at("sha256"), alone.at("scenario").at("sha256"));
  EXPECT_EQ(study["baseline"]["outages"]["region-loss"]["services"]["product"]["rto"], alone["outages"]["region-loss"]["services"]["product"]["rto"]);
}

TEST(WhatIf, AnInterruptLeavesWhatIsDone) {
  const Folder folder;
  const std::string out = folder.file("out.json");
  Surroundings stop;
  stop.signal = SIGINT;
  stop.ready = [&] { return !folder.files().empty(); };
  const Ran ran = muster({"what-if", stackery, scenario("studies/stackery-options.yaml"), "--replications", "1M", "--json", out}, stop);
  EXPECT_EQ(ran.code, 130) << ran.err;
  const Json result = Json::parse(read_file(out));
  EXPECT_EQ(result.at("partial"), true);
  EXPECT_EQ(result.at("variants").size(), 32u);
  EXPECT_THAT(ran.out, HasSubstr("PARTIAL"));
}

// What can be promised at the objective's confidence is what a simulation says, stepped up.
TEST(Targets, AgreeWithASimulation) {
  const Ran ran = muster(joined({"targets", stackery, "--outage", "region-loss", "--json", "-"}, few));
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json targets = Json::parse(ran.out), alone = Json::parse(muster(joined({"simulate", stackery, "--outage", "region-loss", "--json", "-"}, few)).out);
  const Json &product = targets.at("services").at("product"), &objective = alone["outages"]["region-loss"]["services"]["product"]["objective"];
  EXPECT_EQ(product.at("rto").at(2).at("confidence"), 0.9);
  EXPECT_EQ(product["rto"][2].at("bound"), objective.at("rto").at("achievable"));
  EXPECT_EQ(product["rpo"][2].at("bound"), objective.at("rpo").at("achievable"));
  EXPECT_GE(product["rto"][2].at("target"), product["rto"][2]["bound"]);
  EXPECT_FALSE(product["rto"][2].contains("next-tighter"));
  EXPECT_GT(product["rto"][2].at("cost"), 0);
}

TEST(Targets, CallOutWhatIsBeyondTheMtpdAndSayWhatTheNextWouldTake) {
  const Ran ran = muster({"targets", scenario("strategies/backup-and-restore.yaml"), "--study", scenario("studies/strategies.yaml"), "--set", "/objectives/customers/mtpd=6h", "--replications", "2000"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Beyond the MTPD of 6 h"));
  EXPECT_THAT(ran.out, HasSubstr("Next tighter: RTO"));
  EXPECT_THAT(ran.out, HasSubstr("takes pilot-light, 72.0k EUR a year"));
  expect_narrow(ran.out);
}

}  // namespace
}  // namespace muster::end_to_end
