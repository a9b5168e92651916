#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/app/muster_run.h"

// muster fit, by the real binary.
namespace muster::end_to_end {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string records(const std::string& name) { return MUSTER_SOURCE "/tests/app/incidents/" + name + ".csv"; }

Json fit(const std::vector<std::string>& words) {
  const Ran ran = muster(joined({"fit"}, joined(words, {"--json", "-"})));
  EXPECT_EQ(ran.code, 0) << ran.err;
  return Json::parse(ran.out);
}

std::string shown(double x, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  return text;
}

// The table of the records, found by others with other programs: rows with a duration that is a number, those above 0, and of these,
// in minutes, median, mean, and the mean and standard deviation of the logarithm, to the digits printed.
struct Table {
  std::vector<std::string> words;
  int rows, positive;
  const char *median, *mean;
  int median_digits, mean_digits;
  const char *mean_log, *sd_log;
};
TEST(Fit, FindsTheTableOfRealOutageRecords) {
  const auto cloud = [](const char* provider) {
    return std::vector<std::string>{records("cloud-labelled"), "--map", "duration=duration_min", "--unit", "m", "--where", std::string("provider=") + provider};
  };
  const auto uptime = [](const char* name) { return std::vector<std::string>{records(name), "--map", "start=start_time,end=end_time"}; };
  for (const Table& t : {Table{cloud("aws"), 149, 148, "126.5", "240.061", 1, 3, "4.950271", "1.010118"}, Table{cloud("azure"), 94, 94, "329", "846.33", 0, 2, "5.844430", "1.239789"},
                         Table{uptime("github"), 230, 230, "179", "246.692", 0, 3, "5.188767", "0.727791"}, Table{uptime("slack"), 261, 261, "180", "936.571", 0, 3, "5.829478", "1.242032"},
                         Table{uptime("atlassian"), 136, 136, "538.6", "2223.43", 1, 2, "6.472304", "1.352263"}}) {
    SCOPED_TRACE(t.words[0] + " " + t.words.back());
    const Ran ran = muster(joined({"fit"}, joined(t.words, {"--resamples", "0", "--json", "-"})));
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json result = Json::parse(ran.out), &summary = result["summary"];
    EXPECT_EQ(result["fitted"], t.positive);
    // One row of AWS has minus two minutes: no length at all, and said to be left out.
    EXPECT_EQ(t.rows - t.positive, ran.err.find("1 a negative duration") == std::string::npos ? 0 : 1) << ran.err;
    EXPECT_EQ(shown(summary["median"].get<double>() / 60, t.median_digits), t.median);
    EXPECT_EQ(shown(summary["mean"].get<double>() / 60, t.mean_digits), t.mean);
    for (const Json& one : result["fits"]) {
      if (one["family"] != "lognormal") continue;
      EXPECT_EQ(shown(one["parameters"]["mu"]["estimate"].get<double>() - std::log(60), 6), t.mean_log);
      EXPECT_EQ(shown(one["parameters"]["sigma"]["estimate"].get<double>(), 6), t.sd_log);
    }
    const Ran text = muster(joined({"fit"}, joined(t.words, {"--resamples", "0"})));
    EXPECT_THAT(text.out, HasSubstr(std::string("mean of the log     ") + t.mean_log));
    EXPECT_THAT(text.out, HasSubstr(std::string("sd of the log       ") + t.sd_log));
  }
}

TEST(Fit, GivesTheSameBytesForTheSameSeedAndOtherPForAnother) {
  const std::vector<std::string> words{records("cloud-labelled"), "--map", "duration=duration_min", "--unit", "m", "--where", "provider=azure", "--resamples", "50"};
  const Json once = fit(words), again = fit(words), other = fit(joined(words, {"--seed", "2"}));
  EXPECT_EQ(once.dump(), again.dump());
  EXPECT_EQ(once["fits"][0]["log-likelihood"], other["fits"][0]["log-likelihood"]);
  EXPECT_NE(once["fits"].dump(), other["fits"].dump());
}

TEST(Fit, KeepsTheReportWithinThePage) {
  const Ran ran = muster({"fit", records("github"), "--map", "start=start_time,end=end_time", "--resamples", "20"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("takes:")) continue;
    std::size_t columns = 0;
    for (const char c : line) columns += (c & 0xc0) != 0x80;
    EXPECT_LE(columns, 80u) << line;
  }
  for (const char* part : {"WHAT WAS MEASURED", "FITS, THE SMALLEST AIC FIRST", "HOW LONG IT TOOK", "QUANTILES OF THE LAW", "FOR THE SCENARIO", "230 lengths: 230 ended, 0 cut off"})
    EXPECT_THAT(ran.out, HasSubstr(part));
}

// What it gives to be pasted is pasted, checked and simulated.
TEST(Fit, GivesALineThatAScenarioTakes) {
  const Folder folder;
  const Json result = fit({records("github"), "--map", "start=start_time,end=end_time", "--outage", "github-down", "--resamples", "100"});
  const std::string line = result["advice"]["yaml"];
  ASSERT_TRUE(line.starts_with("lasts: {")) << line;
  write_file(folder.file("s.yaml"), "muster: 1\ntitle: x\nservices: {git: {}}\noutages:\n  github-down:\n    strikes: [{services: [git]}]\n    " + line + "\nplan: {steps: {wait: {takes: 1s}}}\n");
  const Ran simulated = muster({"simulate", folder.file("s.yaml"), "--replications", "20000", "--json", "-"});
  ASSERT_EQ(simulated.code, 0) << simulated.err << line;
  const double median = Json::parse(simulated.out)["outages"]["github-down"]["services"]["git"]["rto"]["p50"];
  EXPECT_NEAR(median / result["summary"]["median"].get<double>(), 1, 0.15);
}

TEST(Fit, AnswersOrRefusesDegenerateFiles) {
  const Folder folder;
  const auto of = [&](const std::string& rows, int code) {
    write_file(folder.file("x.csv"), "seconds\n" + rows);
    const Ran ran = muster({"fit", folder.file("x.csv"), "--unit", "s", "--resamples", "20"});
    EXPECT_EQ(ran.code, code) << rows << ran.err;
    return ran.out + ran.err;
  };
  EXPECT_THAT(of("", 3), HasSubstr("There is nothing to fit."));
  EXPECT_THAT(of("nan\n-1\nx\n", 3), HasSubstr("1 a negative duration"));
  EXPECT_THAT(of("0\n0\n", 3), HasSubstr("Nothing took any time at all"));
  EXPECT_THAT(of("300\n", 0), HasSubstr("takes: {exponential: {mean: 5m}}"));
  EXPECT_THAT(of("200\n400\n", 0), HasSubstr("take this for a guess"));
  EXPECT_THAT(of("300\n300\n300\n", 0), HasSubstr("takes: 5m"));
  EXPECT_THAT(of("0\n60\n70\n99\n130\n-5\n", 0), HasSubstr("1 of 5 took no time at all"));
}

TEST(Fit, CountsWhatWasCutOff) {
  const Folder folder;
  write_file(folder.file("x.csv"), "opened,closed,state\n2026-01-01 00:00,2026-01-01 00:10,ok\n2026-01-01 00:00,2026-01-01 00:20,ok\n2026-01-01 00:00,2026-01-01 00:30,aborted\n2026-01-01 00:00,,ok\n");
  const Json result = fit({folder.file("x.csv"), "--map", "start=opened,end=closed", "--censored-when", "state=aborted", "--as-of", "2026-01-01 01:00", "--step", "swap"});
  EXPECT_EQ(result["ended"], 2);
  EXPECT_EQ(result["censored"], 2);
  EXPECT_EQ(result["first"], "2026-01-01T00:10:00.000Z");
  EXPECT_EQ(result["last"], "2026-01-01T01:00:00.000Z");
  EXPECT_EQ(result["advice"]["yaml"], "takes: {exponential: {mean: 1h}}") << "two hours in all, two ends";
  EXPECT_EQ(result["fits"][0]["parameters"]["mean"]["estimate"], 3600.0);
}

TEST(Fit, SaysWhatIsWrongWithTheCommand) {
  const Folder folder;
  const Surroundings here{.environment = {"MUSTER_STATE_DIR=" + folder.file("")}};
  const auto said = [&](const std::vector<std::string>& words, int code) {
    const Ran ran = muster(joined({"fit"}, words), here);
    EXPECT_EQ(ran.code, code) << ran.err;
    return ran.err;
  };
  write_file(folder.file("x.csv"), "a,b\n1,2\n");
  EXPECT_THAT(said({}, 2), HasSubstr("what is to be fitted?"));
  EXPECT_THAT(said({"--step", "swap"}, 4), HasSubstr("no observation of step swap"));
  EXPECT_THAT(said({"--step", "Swap DNS"}, 2), HasSubstr("lower-case words with dashes: swap-dns"));
  EXPECT_THAT(said({"--step", "a", "--role", "b"}, 2), HasSubstr("exclude each other"));
  EXPECT_THAT(said({folder.file("x.csv")}, 3), HasSubstr("takes a map"));
  EXPECT_THAT(said({folder.file("x.csv"), "--map", "duratoin=a"}, 2), HasSubstr("did you mean 'duration'?"));
  EXPECT_THAT(said({folder.file("x.csv"), "--map", "duration=c"}, 3), HasSubstr("has no column 'c'"));
  EXPECT_THAT(said({folder.file("x.csv"), "--map", "duration=a", "--unit", "parsec"}, 2), HasSubstr("is no unit"));
  EXPECT_THAT(said({folder.file("x.csv"), "--map", "duration=a", "--time-format", "%H"}, 2), HasSubstr("gives no day"));
  EXPECT_THAT(said({folder.file("x.csv"), "--map", "duration=a", "--json", folder.file("x.csv")}, 2), HasSubstr("write over"));
  EXPECT_THAT(said({folder.file("no.csv"), "--map", "duration=a"}, 3), HasSubstr("cannot be opened"));
  EXPECT_THAT(said({folder.file("x.csv"), "--map", "duration=a", "--json", folder.file("no/such.json")}, 4), HasSubstr("nothing was fitted"));
}

TEST(Fit, WritesAPageThatAsksTheNetworkForNothing) {
  const Folder folder;
  const Ran ran = muster({"fit", records("github"), "--map", "start=start_time,end=end_time", "--resamples", "20", "--quiet", "--html", folder.file("fit.html")});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  const std::string page = read_file(folder.file("fit.html"));
  for (const char* part : {"How long it takes: github.csv", "data-chart=\"fit\"", "default-src 'none'", "5.188767", "For the scenario:"}) EXPECT_THAT(page, HasSubstr(part));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
}

}  // namespace
}  // namespace muster::end_to_end
