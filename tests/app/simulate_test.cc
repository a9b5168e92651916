#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/layout.h"
#include "tests/app/muster_run.h"

namespace muster::end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using Output = Surroundings::Output;

const std::string small = scenario("small.yaml");

// A plan of which the result is known: back after 1 h, always.
std::string constant_plan(const Folder& folder, const std::string& rto) {
  write_file(folder.file("plan.yaml"), "muster: 1\nservices: {shop: {objective: {rto: " + rto +
                                           "}}}\noutages: {o: {strikes: [{services: [shop]}]}}\n"
                                           "plan: {steps: {mend: {takes: 1h, recovers: [shop]}}}\n");
  return folder.file("plan.yaml");
}

TEST(Simulate, PrintsThePageAndNothingElseOffATerminal) {
  const Ran ran = muster(joined({"simulate", small}, few));
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("VERDICT"));
  EXPECT_THAT(ran.out, HasSubstr("2,000 replications, seed 1"));
  EXPECT_EQ(ran.err, "");
}

// One seed, one answer, however it was come by: in every instruction set of this machine, one by one, on one thread and several; above and below
// the number up to which every value is kept.
TEST(Simulate, NeitherThePathNorTheInstructionSetNorTheThreadsShow) {
  const Folder folder;
  const std::string seed = std::to_string(std::chrono::system_clock::now().time_since_epoch().count() % 1'000'000);
  for (const auto& [path, n] : {std::pair<std::string, std::string>{scenario("../bench/stackery-14.yaml"), "1100000"}, {scenario("us-east-1-2025-10-20.yaml"), "103000"},
                                {scenario("strategies/pilot-light.yaml"), "103000"}, {scenario("stackery.yaml"), "1030"}}) {
    const std::vector<std::string> simulate = {"simulate", path, "--replications", n, "--seed", seed, "--quiet", "--json"};
    const Ran alone = muster(joined(simulate, {folder.file("event"), "--path", "event", "--threads", "1"}));
    ASSERT_EQ(alone.code, 0) << alone.err;
    const std::string expected = read_file(folder.file("event"));
    for (const std::string isa : {"sse2", "avx2", "avx512"}) {
      const Ran ran = muster(joined(simulate, {folder.file("lanes"), "--isa", isa, "--threads", isa == "avx2" ? "3" : "1", "--timing"}));
      if (ran.code == 2) {
        EXPECT_THAT(ran.err, HasSubstr("does not have it"));
        continue;
      }
      ASSERT_EQ(ran.code, 0) << ran.err;
      EXPECT_THAT(ran.err, HasSubstr("in lanes of " + isa));
      EXPECT_TRUE(read_file(folder.file("lanes")) == expected) << path << ", seed " << seed << ", " << isa;
    }
  }
}

// Oracle: exp(-16) for the exponential that is the whole plan; what is not rare is left out, and what cannot be missed is said to be so.
TEST(Simulate, RareMissesAreToldWithTheirErrorAndWhatTheyReplace) {
  const Folder folder;
  write_file(folder.file("plan.yaml"), "muster: 1\nservices:\n  shop: {objective: {rto: 16h, mtpd: 30m}}\n  till: {objective: {rto: 2h}}\n"
                                       "outages: {o: {strikes: [{services: [shop, till]}]}}\n"
                                       "plan: {steps: {mend: {takes: {exponential: {mean: 1h}}, recovers: [shop]}, other: {takes: 1h, recovers: [till]}}}\n");
  const std::vector<std::string> simulate = {"simulate", folder.file("plan.yaml"), "--replications", "2000", "--rare"};
  const Ran text = muster(joined(simulate, {"--timing", "--rare-error", "5%"}));
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("RARE MISSES"));
  EXPECT_THAT(text.out, HasSubstr("shop RTO"));
  EXPECT_THAT(text.out, HasSubstr("till RTO 2h: not missed in 2,000 replications"));
  EXPECT_THAT(text.err, HasSubstr("in place of about"));
  const Ran ran = muster(joined(simulate, {"--json", "-"}));
  const json misses = json::parse(ran.out)["outages"]["o"]["rare-misses"];
  ASSERT_EQ(misses.size(), 2u);
  EXPECT_EQ(misses[0]["objective"], "rto");
  EXPECT_TRUE(misses[0]["found"]);
  EXPECT_NEAR(misses[0]["chance"].get<double>() / std::exp(-16), 1, 4.5 * misses[0]["relative-error"].get<double>());
  EXPECT_FALSE(misses[1]["found"]);
  EXPECT_EQ(misses[1]["chance"], 0);
  EXPECT_EQ(misses[1]["furthest"], 3600);
  EXPECT_EQ(muster(joined(simulate, {"--json", "-", "--threads", "3"})).out, ran.out);
}

TEST(Simulate, RareErrorWithoutRareIsAMistake) {
  const Ran ran = muster({"simulate", small, "--rare-error", "5%"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--rare-error says how well --rare is to know"));
}

TEST(Simulate, ABatchThatCannotBeIsRefusedAndExplained) {
  const Folder folder;
  const std::string file = folder.file("copies.yaml");
  write_file(file, "muster: 1\ncapacity: {link: {rate: 1 GB/s}}\nservices: {s: {}}\noutages: {o: {strikes: [{services: [s]}]}}\nplan:\n  steps:\n"
                   "    copy: {takes: {transfer: 40 GB, over: link}, every: 10m}\n    mend: {takes: {uniform: [1h, 2h]}, recovers: [s]}\n");
  const Ran refused = muster({"simulate", file, "--path", "batch"});
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.err, HasSubstr("duty copy transfers over a link"));
  const Ran explained = muster({"check", file, "--explain-path"});
  EXPECT_EQ(explained.code, 0);
  EXPECT_THAT(explained.out, HasSubstr("  o: one by one, event by event\n    duty copy transfers over a link\n"));
  EXPECT_THAT(muster({"check", scenario("stackery.yaml"), "--explain-path"}).out, HasSubstr("  s3-outage: many replications at once\n"));
}

TEST(Simulate, NoLineOfALargeReportIsWiderThanThePage) {
  const Ran ran = muster({"simulate", scenario("stackery.yaml"), "--replications", "300"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::istringstream lines(ran.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(display_width(line), 80) << line;
  EXPECT_GT(count, 100);
}

TEST(Simulate, JsonOnTheStandardOutputIsAllThatIsThere) {
  const Ran ran = muster(joined({"simulate", small, "--json", "-"}, few));
  EXPECT_EQ(ran.code, 0);
  const json result = json::parse(ran.out);
  EXPECT_EQ(result["replications"], 2000);
  EXPECT_EQ(result["program"], MUSTER_VERSION);
  EXPECT_EQ(result["partial"], false);
  EXPECT_EQ(ran.out.back(), '\n');
}

TEST(Simulate, AJsonFileComesBesideThePage) {
  const Folder folder;
  const Ran ran = muster(joined({"simulate", small, "--json", folder.file("r.json")}, few));
  EXPECT_THAT(ran.out, HasSubstr("VERDICT"));
  EXPECT_EQ(read_file(folder.file("r.json")), muster(joined({"simulate", small, "--json", "-"}, few)).out);
  EXPECT_THAT(folder.files(), testing::ElementsAre("r.json"));
}

// The same draws, seed and scenario give the same bytes.
TEST(Simulate, ThreadsDoNotChangeAByte) {
  const auto with = [](const char* threads) {
    return muster({"simulate", scenario("stackery.yaml"), "--outage", "region-loss", "--replications", "3000",
                   "--json", "-", "--threads", threads})
        .out;
  };
  const std::string one = with("1");
  EXPECT_EQ(one, with("3"));
  EXPECT_THAT(one, HasSubstr("\"muster\": 1"));
}

TEST(Simulate, FailOnMissEndsWithOneForAMissedObjectiveAlone) {
  const Folder folder;
  const std::string missed = constant_plan(folder, "59m");
  EXPECT_EQ(muster(joined({"simulate", missed}, few)).code, 0);
  EXPECT_EQ(muster(joined({"simulate", missed, "--fail-on-miss"}, few)).code, 1);
  const std::string met = constant_plan(folder, "1h");
  EXPECT_EQ(muster(joined({"simulate", met, "--fail-on-miss"}, few)).code, 0);
  // One replication that meets it: its interval reaches below the confidence, so nothing is decided.
  const Ran undecided = muster({"simulate", met, "--fail-on-miss", "--replications", "1"});
  EXPECT_EQ(undecided.code, 0);
  EXPECT_THAT(undecided.out, HasSubstr("UNDECIDED"));
}

TEST(Simulate, SettingsSeedsAndOnsetsReachTheSimulation) {
  const Folder folder;
  const std::string plan = constant_plan(folder, "1h");
  const auto p50 = [&](const std::vector<std::string>& more) {
    const Ran ran = muster(joined(joined({"simulate", plan, "--json", "-"}, few), more));
    return json::parse(ran.out)["outages"]["o"]["services"]["shop"]["rto"]["p50"];
  };
  EXPECT_EQ(p50({}), 3600.0);
  EXPECT_EQ(p50({"--set", "/plan/steps/mend/takes=2h", "--at", "Sat 03:00"}), 7200.0);
  EXPECT_NE(muster(joined({"simulate", small, "--json", "-", "--seed", "2"}, few)).out,
            muster(joined({"simulate", small, "--json", "-", "--seed", "3"}, few)).out);
}

TEST(Simulate, CountsMayBeWrittenAsPeopleDo) {
  for (const char* count : {"2000", "2_000", "2,000", "2e3", "2k"})
    EXPECT_THAT(muster({"simulate", small, "--replications", count}).out, HasSubstr("2,000 replications"))
        << count;
}

TEST(Simulate, PrecisionRunsUntilItIsReached) {
  const json result = json::parse(muster({"simulate", small, "--precision", "5%", "--json", "-"}).out);
  EXPECT_EQ(result["precision"]["asked"], 0.05);
  EXPECT_EQ(result["precision"]["reached"], true);
  EXPECT_GT(result["replications"].get<int>(), 100);
}

TEST(Simulate, SamplesHoldARowForEachReplicationAndService) {
  const Folder folder;
  const Ran ran =
      muster({"simulate", small, "--replications", "50", "--samples", folder.file("s.csv"), "--steps"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::istringstream csv(read_file(folder.file("s.csv")));
  std::string header, first;
  std::getline(csv, header);
  EXPECT_EQ(header,
            "outage,replication,service,rto,rpo,notice.start,notice.end,restore.start,restore.end,reopen."
            "start,reopen.end");
  std::getline(csv, first);
  EXPECT_THAT(first, testing::StartsWith("disk-dies,0,shop,"));
  int rows = 1;
  for (std::string line; std::getline(csv, line);) ++rows;
  EXPECT_EQ(rows, 50);
}

TEST(Simulate, SamplesOnTheStandardOutputTakeThePlaceOfThePage) {
  const Ran ran = muster({"simulate", small, "--replications", "3", "--samples", "-"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 4);
  EXPECT_THAT(muster({"simulate", small, "--replications", "3", "--samples", "none"}).out,
              HasSubstr("VERDICT"));
}

TEST(Simulate, QuietSaysNothing) {
  const Folder folder;
  const Ran ran = muster(
      {"simulate", constant_plan(folder, "59m"), "--quiet", "--fail-on-miss", "--replications", "200"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out + ran.err, "");
}

TEST(Simulate, OnlyTheOutagesAskedForAreSimulated) {
  const Ran ran = muster({"simulate", scenario("stackery.yaml"), "--outage", "s3-outage", "--outage",
                          "s3-outage", "--replications", "100", "--json", "-"});
  EXPECT_EQ(json::parse(ran.out)["outages"].size(), 1u);
}

TEST(Colour, IsForTerminalsAndNoColorIsHonoured) {
  const auto words = joined({"simulate", small}, few);
  EXPECT_THAT(muster(words).out, Not(HasSubstr("\x1b[")));
  const Ran terminal =
      muster(words, {.environment = {"TERM=xterm", "NO_COLOR="}, .output = Output::terminal});
  EXPECT_THAT(terminal.out, HasSubstr("\x1b[1mVERDICT"));
  EXPECT_THAT(muster(words, {.environment = {"TERM=xterm", "NO_COLOR=1"}, .output = Output::terminal}).out,
              Not(HasSubstr("\x1b[1m")));
  EXPECT_THAT(muster(words, {.environment = {"TERM=dumb", "NO_COLOR="}, .output = Output::terminal}).out,
              Not(HasSubstr("\x1b[1m")));
}

TEST(Progress, IsShownOnATerminalAndCleared) {
  const Ran ran = muster({"simulate", small, "--replications", "1e6"},
                         {.environment = {"TERM=xterm"}, .output = Output::terminal});
  EXPECT_THAT(ran.out, HasSubstr("of 1,000,000"));
  EXPECT_THAT(ran.out, HasSubstr("\r\x1b[K"));
}

TEST(Output, AFullDiskIsToldAndEndsWith75) {
  const Ran ran = muster(joined({"simulate", small}, few), {.output = Output::full});
  EXPECT_EQ(ran.code, 75);
  EXPECT_THAT(ran.err, HasSubstr("No space left on device"));
}

TEST(Output, AClosedPipeIsToldAndEndsWith75) {
  const Ran ran = muster(joined({"simulate", small}, few), {.output = Output::broken_pipe});
  EXPECT_EQ(ran.code, 75);
  EXPECT_THAT(ran.err, HasSubstr("Broken pipe"));
}

// With the standard output closed, the next file that is opened would take its number, and the page would end
// up in it.
TEST(Output, AClosedStandardOutputDoesNotSpoilTheJsonFile) {
  const Folder folder;
  const Ran ran =
      muster(joined({"simulate", small, "--json", folder.file("r.json")}, few), {.output = Output::closed});
  EXPECT_EQ(ran.code, 75);
  EXPECT_THAT(ran.err, HasSubstr("standard output"));
  EXPECT_EQ(json::parse(read_file(folder.file("r.json")))["muster"], 1);
}

TEST(Output, AFolderThatCannotBeWrittenIsFoundOutBeforeTheSimulation) {
  for (const char* option : {"--json", "--samples"})
    for (const char* place : {"/nowhere/result", "/proc/result", "/"}) {
      const Ran ran = muster({"simulate", small, "--replications", "1e9", option, place});
      EXPECT_EQ(ran.code, 4) << place;
      EXPECT_THAT(ran.err, HasSubstr("nothing was simulated"));
      EXPECT_EQ(ran.out, "");
    }
}

TEST(Output, AFileThatCannotBeFinishedLeavesTheOldOneAndNoRest) {
  const Folder folder;
  const std::string file = folder.file("r.json");
  write_file(file, "the old one\n");
  const Ran ran = muster(joined({"simulate", small, "--json", file}, few), {.most_file_bytes = 1000});
  EXPECT_EQ(ran.code, 75);
  EXPECT_THAT(ran.err, HasSubstr("File too large"));
  EXPECT_THAT(ran.out, HasSubstr("VERDICT")) << "what can be written is";
  EXPECT_EQ(read_file(file), "the old one\n");
  EXPECT_THAT(folder.files(), testing::ElementsAre("r.json"));
}

TEST(Output, SamplesThatCannotBeKeptEndTheSimulation) {
  const Ran ran = muster({"simulate", small, "--replications", "1e9", "--samples", "/dev/full"});
  EXPECT_EQ(ran.code, 75);
  EXPECT_THAT(ran.err, HasSubstr("No space left on device"));
}

// Neither the scenario nor another result may be lost by a slip of the hand.
TEST(Output, NoFileIsWrittenOverAnother) {
  const Folder folder;
  const std::string plan = constant_plan(folder, "1h"), before = read_file(plan);
  std::filesystem::create_symlink("plan.yaml", folder.file("link"));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"simulate", plan, "--json", plan},
        {"simulate", plan, "--samples", folder.file("link")},
        {"simulate", plan, "--json", folder.file("r"), "--samples", folder.file("r")},
        {"explain", plan, "--json", plan}}) {
    const Ran ran = muster(words);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(words);
    EXPECT_THAT(ran.err, HasSubstr("would write over"));
    EXPECT_EQ(read_file(plan), before);
  }
  EXPECT_EQ(
      muster({"simulate", plan, "--replications", "9", "--json", "/dev/null", "--samples", "/dev/null"}).code,
      0);
}

TEST(Output, SymbolicLinksAreFollowed) {
  const Folder folder;
  write_file(folder.file("real.json"), "");
  std::filesystem::create_symlink("real.json", folder.file("link.json"));
  EXPECT_EQ(muster(joined({"simulate", small, "--json", folder.file("link.json")}, few)).code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link.json")));
  EXPECT_THAT(read_file(folder.file("real.json")), HasSubstr("\"muster\": 1"));
}

// Interrupted when its temporary file is there: by then it handles signals.
TEST(Interruption, ReportsWhatIsDoneMarkedPartial) {
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    const Folder folder;
    const Ran ran = muster({"simulate", small, "--replications", "2e9", "--json", folder.file("r.json")},
                           {.signal = signal, .ready = [&] { return !folder.files().empty(); }});
    EXPECT_EQ(ran.code, code) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("PARTIAL"));
    EXPECT_THAT(folder.files(), testing::ElementsAre("r.json"));
    const json result = json::parse(read_file(folder.file("r.json")));
    EXPECT_EQ(result["partial"], true);
    EXPECT_GE(result["replications"].get<double>(), 1);
    EXPECT_LT(result["replications"].get<double>(), 2e9);
    EXPECT_EQ(result["outages"]["disk-dies"]["services"].size(), 1u);
  }
}

TEST(Forecast, PrintsThePageWithinItsWidth) {
  const Ran ran = muster(joined({"forecast", scenario("stackery.yaml"), "--years", "3"}, few));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, HasSubstr("SERVICES, OVER 3 YEARS"));
  EXPECT_THAT(ran.out, HasSubstr("A YEAR COSTS MORE THAN"));
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

TEST(Forecast, WritesTheSameJsonForAnyNumberOfThreads) {
  const auto run = [](const std::string& threads) {
    return muster(joined({"forecast", scenario("ransomware.yaml"), "--threads", threads, "--json", "-"}, few));
  };
  const Ran one = run("1"), three = run("3");
  EXPECT_EQ(one.out, three.out);
  const json result = json::parse(one.out);
  EXPECT_EQ(result["command"], "forecast");
  EXPECT_EQ(result["years"], 1);
  EXPECT_EQ(result["replications"], 2000);
}

TEST(Forecast, SaysWhatIsWrong) {
  const Ran none = muster({"forecast", small});
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, HasSubstr("/outages: no outage says how often it happens"));
  EXPECT_EQ(muster({"forecast", scenario("ransomware.yaml"), "--years", "0"}).code, 2);
  EXPECT_EQ(muster({"forecast", scenario("ransomware.yaml"), "--precision", "1%", "--replications", "9"}).code, 2);
  EXPECT_EQ(muster({"forecast", scenario("ransomware.yaml"), "--json", "/nowhere/at/all.json"}).code, 4);
}

TEST(Simulate, TellsSensitivitiesWithinThePage) {
  const Ran ran = muster(joined({"simulate", scenario("strategies/pilot-light.yaml"), "--sensitivity", "--outage", "region-loss"}, few));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("WHAT WOULD MOVE THE p"));
  EXPECT_THAT(ran.out, HasSubstr("WHERE ITS SPREAD COMES FROM"));
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

}  // namespace
}  // namespace muster::end_to_end
