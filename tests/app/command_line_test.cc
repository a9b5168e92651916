#include <sstream>

#include "reports/layout.h"
#include "tests/app/muster_run.h"

namespace muster::end_to_end {
namespace {

using testing::HasSubstr;

TEST(CommandLine, WithoutACommandItSaysHowItIsUsedAndFails) {
  const Ran ran = muster({});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("usage: muster COMMAND"));
}

TEST(CommandLine, HelpOfEveryCommandFitsThePageAndHasExamples) {
  for (const char* command : {"", "check", "simulate", "explain", "init"}) {
    std::vector<std::string> words{"--help"};
    if (*command) words.insert(words.begin(), command);
    const Ran ran = muster(words);
    EXPECT_EQ(ran.code, 0) << command;
    EXPECT_EQ(ran.err, "") << command;
    EXPECT_THAT(ran.out, HasSubstr("Examples:")) << command;
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
  }
}

TEST(CommandLine, HelpMayAlsoComeFirst) {
  EXPECT_EQ(muster({"help", "simulate"}).out, muster({"simulate", "--help"}).out);
}

TEST(CommandLine, VersionNamesProgramFormatsAndDraws) {
  const Ran ran = muster({"--version"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, testing::StartsWith("muster " MUSTER_VERSION "\n"));
  EXPECT_THAT(ran.out, HasSubstr("scenario format 1\n"));
  EXPECT_THAT(ran.out, HasSubstr("random draws 2\n"));
}

// Wrong usage is 2, is told on the standard error alone, and says what was meant where that can be guessed.
TEST(CommandLine, WrongUsageEndsWithTwoAndSaysWhatWasMeant) {
  const std::string small = scenario("small.yaml");
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"simluate", small}, "simulate"},
      {{"simulate", small, "--replication", "5"}, "--replications"},
      {{"simulate", small, "--fail-on-mis"}, "--fail-on-miss"},
      {{"simulate"}, "SCENARIO is missing"},
      {{"simulate", small, "other.yaml"}, "other.yaml"},
      {{"simulate", small, "--seed", "1", "--seed", "2"}, "--seed is given twice"},
      {{"simulate", small, "--seed"}, "--seed"},
      {{"simulate", small, "--replications", "0"}, "from 1 to 4000000000"},
      {{"simulate", small, "--replications", "4000000001"}, "from 1 to 4000000000"},
      {{"simulate", small, "--replications", "many"}, "expected a whole number"},
      {{"simulate", small, "--replications", "1.5"}, "expected a whole number"},
      {{"simulate", small, "--threads", "0"}, "from 1 to 1024"},
      {{"simulate", small, "--precision", "101%"}, "expected a relative width"},
      {{"simulate", small, "--precision", "1%", "--replications", "5"}, "exclude each other"},
      {{"simulate", small, "--seed", "-1"}, "expected a whole number"},
      {{"simulate", small, "--set", "roles=2"}, "POINTER=VALUE"},
      {{"simulate", small, "--at", "yesterday"}, "--at"},
      {{"simulate", small, "--outage", "disk-dyes"}, "disk-dies"},
      {{"simulate", small, "--json", "-", "--samples", "-"}, "standard output"},
      {{"simulate", small, "--steps"}, "--samples"},
      {{"explain", small, "--replication", "1", "--at", "p95"}, "exclude each other"},
      {{"explain", small, "--at", "p101"}, "expected a level"},
      {{"explain", small, "--service", "shopp"}, "shop"},
      {{"explain", scenario("stackery.yaml")}, "--outage is missing"},
      {{"init", "--template", "serverles"}, "serverless"},
      {{"check"}, "FILE... is missing"},
      {{"--versoin"}, "--version"},
  };
  for (const auto& [words, said] : wrong) {
    const Ran ran = muster(words);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(words) << ran.err;
    EXPECT_EQ(ran.out, "") << testing::PrintToString(words);
    EXPECT_THAT(ran.err, HasSubstr(said)) << testing::PrintToString(words);
  }
}

}  // namespace
}  // namespace muster::end_to_end
