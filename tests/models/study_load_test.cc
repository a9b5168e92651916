#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/fingerprint.h"
#include "models/load_study.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const char* const plan = R"(muster: 1
roles: {engineer: {count: 2}}
services:
  db: {data: {copies: [{backup: {every: 1d}}]}, objective: {rto: 2h, rpo: 1d}}
outages: {fire: {strikes: [{services: [db]}], data: lost}}
plan:
  steps:
    restore: {takes: 1h, by: {engineer: 1}}
    check: {after: [restore], takes: {pert: [5m, 10m, 20m]}, recovers: [db]}
)";

ChangeableScenario scenario() { return ChangeableScenario::parse(plan, "plan.yaml"); }

LoadedStudy load(const std::string& study, const VariantSink& sink = {}) { return parse_study(study, "study.yaml", scenario(), sink); }

std::vector<std::string> names(const Study& study) {
  std::vector<std::string> out;
  for (const StudyVariant& variant : study.variants) out.push_back(variant.name);
  return out;
}

std::string refusal(const std::string& study) {
  try {
    load(study);
  } catch (const InvalidInput& wrong) {
    return wrong.what();
  }
  return "accepted";
}

const std::string three = "muster-what-if: 1\noptions:\n  a: {cost: 12/year, set: {/roles/engineer/count: 3}}\n  b: {cost: 1/month, set: {/plan/steps/restore/takes: 5m}}\n"
                          "  c: {set: {/plan/steps/check/fails: 5%}}\n";

TEST(Study, WhatIsNoneIsSaidWithWhatTakesIt) {
  try {
    load(plan);
    ADD_FAILURE() << "a scenario is taken for a study";
  } catch (const InvalidInput& wrong) {
    EXPECT_STREQ(wrong.what(), "study.yaml:1:1: /muster: this is a scenario, and muster check and muster simulate take it; expected a study, with `muster-what-if: 1` at the top");
  }
}

TEST(Study, CombinesOptions) {
  EXPECT_THAT(names(load(three).study), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names(load(three + "combine: none\n").study), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names(load(three + "combine: pairs\n").study), ElementsAre("a", "b", "c", "a + b", "a + c", "b + c"));
  const Study all = load(three + "combine: all\n").study;
  EXPECT_THAT(names(all), ElementsAre("as it is", "a", "b", "c", "a + b", "a + c", "b + c", "a + b + c"));
  EXPECT_EQ(all.variants[4].cost_per_year, 24);
}

TEST(Study, MultipliesOptionsAndGrid) {
  const Study study = load(three + "grid: {/roles/engineer/responds: [5m, 1h], /services/db/data/copies/0/backup/every: {title: every, values: [1h, 6h, 1d], costs: [3/year, 1/year, -1/year]}}\n").study;
  ASSERT_THAT(study.variants, SizeIs(3 * 2 * 3));
  EXPECT_EQ(study.variants[0].name, "a, engineer responds 5m, every 1h");
  EXPECT_EQ(study.variants[0].cost_per_year, 15);
  EXPECT_EQ(study.variants[1].name, "a, engineer responds 5m, every 6h");
  EXPECT_EQ(study.variants[17].name, "c, engineer responds 1h, every 1d");
  EXPECT_EQ(study.variants[17].cost_per_year, -1);
  EXPECT_THAT(study.variants[17].cell, ElementsAre(1, 2));
}

// What a variant's scenario is, is what a person would have written.
TEST(Study, PointersReplaceAddAppendAndRemove) {
  std::vector<Scenario> seen;
  load("muster-what-if: 1\noptions:\n  o:\n    set:\n      /roles/engineer/count: 4\n      /roles/dba: {count: 1}\n      /services/db/data/copies/-: {replica: {lag: 5s}}\n"
       "      /outages/fire/data: null\n",
       [&](std::size_t, const Scenario& s) { seen.push_back(s); });
  const Scenario written = parse_scenario(R"(muster: 1
roles: {engineer: {count: 4}, dba: {count: 1}}
services:
  db: {data: {copies: [{backup: {every: 1d}}, {replica: {lag: 5s}}]}, objective: {rto: 2h, rpo: 1d}}
outages: {fire: {strikes: [{services: [db]}]}}
plan:
  steps:
    restore: {takes: 1h, by: {engineer: 1}}
    check: {after: [restore], takes: {pert: [5m, 10m, 20m]}, recovers: [db]}
)",
                                          "written.yaml")
                               .scenario;
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(canonical_json(seen[0]), canonical_json(written));
}

TEST(Study, LeavesOutAndCountsWhatWouldPutOneValueOverAnother) {
  const std::string options = "muster-what-if: 1\ncombine: all\noptions:\n"
                              "  a: {set: {/roles/engineer/count: 3}}\n  b: {set: {/roles/engineer/count: 4}}\n  whole: {set: {/roles/engineer: {count: 5}}}\n"
                              "  more: {set: {/services/db/data/copies/-: {replica: {lag: 5s}}}}\n  log: {set: {/services/db/data/copies/-: {log: {lag: 5s}}}}\n";
  const Study study = load(options).study;
  // Of the 8 subsets of a, b and whole those with two of them are out: 4 are left, each with every subset of more and log.
  EXPECT_THAT(study.variants, SizeIs(16));
  EXPECT_EQ(study.left_out, 16u);
  // The other way round something smaller is set in what was replaced as a whole before: both changes count.
  EXPECT_EQ(load("muster-what-if: 1\ncombine: all\noptions:\n  whole: {set: {/roles/engineer: {count: 5}}}\n  b: {set: {/roles/engineer/count: 4}}\n").study.left_out, 0u);
  // Of the 64 only those stay that set nothing of the engineers, or all of them before the grid does: 2 * 4 * 2.
  EXPECT_EQ(load(options + "grid: {/roles/engineer/count: [1, 2]}\n").study.left_out, 48u);
}

TEST(Study, TellsMistakesAtTheirPlace) {
  const std::string head = "muster-what-if: 1\noptions:\n  o:\n    set:\n";
  EXPECT_EQ(refusal(head + "      /roles/enginer/count: 3\n"), "study.yaml:5:7: /options/o/set/~1roles~1enginer~1count: with 'o': /roles/enginer/count: '/roles' has no key 'enginer'; did you mean '/roles/engineer'?");
  EXPECT_EQ(refusal(head + "      /roles/engineer/count: six\n"), "study.yaml:5:30: /options/o/set/~1roles~1engineer~1count: with 'o': /roles/engineer/count: found 'six', expected a whole number from 1 to 10000");
  EXPECT_EQ(refusal(head + "      /plan/steps/check/after: [restor]\n").substr(0, 98), "study.yaml:5:33: /options/o/set/~1plan~1steps~1check~1after: with 'o': /plan/steps/check/after/0: ");
  // What a change leaves behind elsewhere has the scenario's place in the message, and the study's before it.
  EXPECT_THAT(refusal(head + "      /plan/steps/restore: null\n"), testing::StartsWith("study.yaml:5:7: /options/o/set/~1plan~1steps~1restore: with 'o': plan.yaml:9:"));
  EXPECT_THAT(refusal("muster-what-if: 1\ngrid: {/roles/engineer/count: [1, 0]}\n"), HasSubstr("study.yaml:2:35: /grid/~1roles~1engineer~1count: with 'engineer count 0': "));
  EXPECT_THAT(refusal("muster-what-if: 1\ngrid: {/roles/engineer/count: []}\n"), HasSubstr("at least one"));
  EXPECT_THAT(refusal("muster-what-if: 1\ngrid: {}\n"), HasSubstr("study.yaml:2:"));
  EXPECT_THAT(refusal("muster-what-if: 1\n"), HasSubstr("options"));
  EXPECT_THAT(refusal("muster-what-if: 1\ncombine: all\ngrid: {/roles/engineer/count: [1]}\n"), HasSubstr("study.yaml:2:10: /combine: "));
  EXPECT_THAT(refusal("muster-what-if: 1\ngrid: {/roles/engineer/count: {values: [1, 2], costs: [0/year]}}\n"), HasSubstr("1 costs for 2 values"));
  EXPECT_THAT(refusal(three + "budget: 400000\n"), HasSubstr("study.yaml:6:9: /budget: "));
  EXPECT_THAT(refusal("muster-what-if: 1\noptions: {o: {set: {roles: 1}}}\n"), HasSubstr("slash"));
}

TEST(Study, TellsAMistakeOfManyVariantsOnce) {
  const std::string said = refusal(three + "  d: {set: {/roles/engineer/cont: 3}}\ncombine: all\n");
  EXPECT_EQ(said.find("cont", said.find("unknown key") + 20), std::string::npos) << said;
}

// 10 axes of 8 values; 40 options in every subset.
TEST(Study, RefusesABillionCombinationsBeforeItMakesAny) {
  std::string grid = "muster-what-if: 1\ngrid:\n";
  for (int i = 0; i < 10; ++i) grid += "  /x-" + std::to_string(i) + ": [1, 2, 3, 4, 5, 6, 7, 8]\n";
  EXPECT_EQ(refusal(grid), "study.yaml:2:1: /grid: 1,073,741,824 combinations, and at most 1,024 are simulated; fewer values, or several studies");
  std::string options = "muster-what-if: 1\ncombine: all\noptions:\n";
  for (int i = 0; i < 40; ++i) options += "  o" + std::to_string(i) + ": {set: {/x-" + std::to_string(i) + ": 1}}\n";
  EXPECT_THAT(refusal(options), HasSubstr("study.yaml:2:10: /combine: 1,099,511,627,776 combinations"));
  for (int i = 40; i < 900; ++i) options += "  o" + std::to_string(i) + ": {set: {/x-" + std::to_string(i) + ": 1}}\n";
  EXPECT_THAT(refusal(options), HasSubstr("more than 10^15 combinations"));
}

TEST(Study, SettingsAreOneVariant) {
  const LoadedStudy loaded = study_of_settings({{"/roles/engineer/count", "6"}, {"/plan/steps/restore/takes", "{uniform: [1m, 5m]}"}}, scenario());
  ASSERT_THAT(loaded.study.variants, SizeIs(1));
  EXPECT_EQ(loaded.study.variants[0].name, "/roles/engineer/count=6 /plan/steps/restore/takes={\"uniform\":[\"1m\",\"5m\"]}");
  EXPECT_EQ(scenario_of(loaded.study, 0, scenario()).roles[0].count, 6);
  EXPECT_THROW(study_of_settings({{"/roles/enginer/count", "6"}}, scenario()), InvalidInput);
  EXPECT_THROW(study_of_settings({{"/roles/engineer/count", "6"}, {"/roles/engineer/count", "7"}}, scenario()), InvalidInput);
}

}  // namespace
}  // namespace muster
