#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/layout.h"
#include "reports/story_json.h"
#include "reports/story_text.h"
#include "tests/reports/example.h"

namespace muster {
namespace {

TEST(StoryText, IsThePageBesideThisTest) {
  example::expect_golden("story.txt", story_text(example::story(), {}));
}

TEST(StoryText, NoLineIsWiderThanThePage) {
  Story story = example::story();
  story.title = example::long_word("T", 't');
  story.steps[3].name = story.critical_path[3] = example::long_word("restore-", 'r');
  story.steps[3].holders = {example::long_word("h", 'h')};
  story.steps[3].cause.name = example::long_word("c", 'c');
  story.services[0].name = example::long_word("s", 's');
  story.services[0].copies[0].why = example::long_word("because ", 'w');
  story.services[0].copies[1].copy = example::long_word("log in ", 'l');
  story.services[1].came_back_by = example::long_word("b", 'b');
  story.events[2].what = example::long_word("and then ", 'e');
  std::istringstream text(story_text(story, {}));
  for (std::string line; std::getline(text, line);) EXPECT_LE(display_width(line), 80) << line;
}

TEST(StoryText, ARecoveryThatNeverComesIsDrawnToTheEdge) {
  Story story = example::story();
  story.recovery = story.services[1].rto = never;
  story.steps[5].end = StoryStep::End::waiting;
  story.steps[5].start = story.steps[5].finish = never;
  story.steps[5].attempts.clear();
  const std::string text = story_text(story, {});
  EXPECT_THAT(text, testing::HasSubstr("Not everything came back"));
  EXPECT_THAT(text, testing::HasSubstr("swap-dns was ready at 2 h 20 min and waits for ever."));
  EXPECT_THAT(text, testing::HasSubstr("→"));
}

TEST(StoryText, AnOutageThatTouchedNothingIsToldToo) {
  Story story = example::story();
  for (StoryService& service : story.services) {
    StoryService untouched;
    untouched.name = service.name;
    service = untouched;
  }
  story.recovery = 0;
  story.service.clear();
  story.critical_path.clear();
  const std::string text = story_text(story, {});
  EXPECT_THAT(text, testing::HasSubstr("Nothing was ever down"));
  EXPECT_THAT(text, testing::HasSubstr("OUTCOME\n  Nothing was down.\n"));
}

TEST(StoryText, InstancesOfADutyShareARow) {
  Story story = example::story();
  StoryStep duty = story.steps[4];
  duty.name = "mail-executives";
  duty.duty = true;
  for (duty.instance = 0; duty.instance < 3; ++duty.instance) story.steps.push_back(duty);
  const std::string text = story_text(story, {});
  const auto first = text.find("  mail-executives "), chart = text.find("TIMELINE");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(
      text.substr(chart, text.find("WHY shop TOOK") - chart).find("  mail-executives ", first - chart + 1),
      std::string::npos);
}

// Oracle: the story's own values; "never" where it does not happen.
TEST(StoryJson, SaysWhatTheStorySays) {
  const auto json = nlohmann::json::parse(story_json(example::story(), "0.1.0"));
  EXPECT_EQ(json["muster"], 1);
  EXPECT_EQ(json["command"], "explain");
  EXPECT_EQ(json["replication"], 4711);
  EXPECT_EQ(json["recovery"], 9000.0);
  EXPECT_EQ(json["steps"][3]["attempts"].size(), 2u);
  EXPECT_EQ(json["steps"][3]["cause"],
            (nlohmann::json{{"kind", "seat"}, {"name", "engineer"}, {"step", "restore-search"}}));
  EXPECT_EQ(json["steps"][6]["start"], "never");
  EXPECT_EQ(json["steps"][6]["cause"], nullptr);
  EXPECT_EQ(json["services"]["orders"]["copies"][0]["age"], "never");
  EXPECT_EQ(json["services"]["orders"]["copies"][1]["chosen"], true);
  EXPECT_EQ(json["critical-path-of"], "shop");
  EXPECT_EQ(json["critical-path"][1], "decide-by-deputy");
  EXPECT_EQ(json["events"][0]["what"], "eu-north is struck");
}

}  // namespace
}  // namespace muster
