#include "tests/app/muster_run.h"

namespace muster::end_to_end {
namespace {

using testing::HasSubstr;

TEST(Check, AValidScenarioIsSaidToBeSo) {
  const Ran ran = muster({"check", scenario("small.yaml")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("small.yaml: valid (1 service, 1 outage, 3 steps)\n"));
  EXPECT_EQ(ran.err, "");
}

TEST(Check, EveryProblemOfEveryFileIsLocatedAndEndsWithThree) {
  const Folder folder;
  write_file(folder.file("a.yaml"),
             "muster: 1\nservices:\n  shop: {neds: [db]}\noutages: {}\nplan: {steps: {}}\n");
  write_file(folder.file("b.yaml"),
             "muster: 1\nservices: {shop: {}}\noutages: {o: {strikes: [{services: [shpo]}]}}\nplan: {steps: "
             "{a: {takes: 15}}}\n");
  const Ran ran = muster({"check", folder.file("a.yaml"), scenario("small.yaml"), folder.file("b.yaml")});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr(folder.file("a.yaml") + ":3:"));
  EXPECT_THAT(ran.err, HasSubstr("needs"));
  EXPECT_THAT(ran.err, HasSubstr("shop"));
  EXPECT_THAT(ran.err, HasSubstr(folder.file("b.yaml") + ":4:"));
  EXPECT_THAT(ran.out, HasSubstr("small.yaml: valid"));
  for (const char* command : {"simulate", "explain"})
    EXPECT_EQ(muster({command, folder.file("a.yaml")}).code, 3) << command;
}

TEST(Check, AMissingFileIsInvalidInput) {
  const Ran ran = muster({"check", "/nowhere/plan.yaml"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("/nowhere/plan.yaml"));
}

// Two steps that nothing calls for: a warning, and an error only when asked.
TEST(Check, WarningsEndWithZeroUnlessStrict) {
  const Folder folder;
  write_file(folder.file("w.yaml"),
             "muster: 1\nservices: {shop: {}}\noutages: {o: {strikes: [{services: [shop]}]}}\nplan: {steps: "
             "{wait: {takes: 5m}}}\n");
  const Ran lenient = muster({"check", folder.file("w.yaml")});
  EXPECT_EQ(lenient.code, 0) << lenient.err;
  EXPECT_NE(lenient.err, "") << "a service that nothing brings back is a warning";
  EXPECT_THAT(lenient.out, HasSubstr("valid with 1 warning"));
  EXPECT_EQ(muster({"check", "--strict", folder.file("w.yaml")}).code, 3);
}

TEST(Check, SettingsAreAppliedBeforeItIsJudged) {
  EXPECT_EQ(muster({"check", scenario("small.yaml"), "--set", "/plan/steps/reopen/takes=1h"}).code, 0);
  const Ran ran = muster({"check", scenario("small.yaml"), "--set", "/plan/steps/reopen/takes=15"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("/plan/steps/reopen/takes"));
}

TEST(Init, EveryTemplatePassesTheStrictCheckAndSimulates) {
  const Folder folder;
  for (const std::string name : {"serverless", "three-tier"}) {
    const std::string file = folder.file(name + ".yaml");
    const Ran ran = muster({"init", "--template", name, file});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(read_file(file), read_file(scenario("templates/" + name + ".yaml")));
    const Ran checked = muster({"check", "--strict", file});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_EQ(muster({"simulate", file, "--replications", "200"}).code, 0);
  }
}

TEST(Init, WithoutAFileItWritesToTheStandardOutput) {
  const Ran ran = muster({"init"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, read_file(scenario("templates/serverless.yaml")));
}

TEST(Init, AnExistingFileIsLeftAloneUnlessForced) {
  const Folder folder;
  const std::string file = folder.file("plan.yaml");
  write_file(file, "mine\n");
  const Ran refused = muster({"init", file});
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(read_file(file), "mine\n");
  EXPECT_EQ(muster({"init", "--force", file}).code, 0);
  EXPECT_THAT(read_file(file), HasSubstr("muster: 1"));
}

}  // namespace
}  // namespace muster::end_to_end
