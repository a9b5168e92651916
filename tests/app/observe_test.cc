#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/muster_run.h"

// muster observe and muster incident, by the real binary, on a ledger of their own.
namespace muster::end_to_end {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class Ledger {
 public:
  Ran operator()(const std::vector<std::string>& words) const { return muster(words, {.environment = {"MUSTER_STATE_DIR=" + folder_.file("")}}); }
  std::string said(const std::vector<std::string>& words, int code = 0) const {
    const Ran ran = (*this)(words);
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    return ran.out + ran.err;
  }
  Json json(std::vector<std::string> words) const {
    words.push_back("--json");
    return Json::parse(said(words));
  }
  std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  Folder folder_;
};

const std::string github = MUSTER_SOURCE "/tests/app/incidents/github.csv";

TEST(Observe, CountsAFileThatIsImportedTwiceOnce) {
  const Ledger muster;
  const std::vector<std::string> import{"observe", "import", github, "--map", "start=start_time,end=end_time", "--where", "start_time>8000000", "--outage", "github-down"};
  const std::string first = muster.said(import);
  EXPECT_THAT(first, HasSubstr("github.csv: 230 rows, 228 observations, 2 left out:"));
  EXPECT_THAT(first, HasSubstr("2 not start_time>8000000"));
  EXPECT_THAT(first, HasSubstr("row 2; row 3"));
  EXPECT_THAT(first, HasSubstr("All are in the ledger now."));
  EXPECT_THAT(muster.said(import), HasSubstr("0 are in the ledger now; the other 228 were there already."));
  // All rows: the two that were left out come to it.
  EXPECT_THAT(muster.said({"observe", "import", github, "--map", "start=start_time,end=end_time", "--outage", "github-down"}), HasSubstr("2 are in the ledger now; the other 228"));
  const Json list = muster.json({"observe", "list", "--outage", "github-down"});
  EXPECT_EQ(list["observations"].size(), 230u);
  EXPECT_EQ(list["observations"][0]["source"], "github.csv row 4");
  EXPECT_TRUE(muster.json({"history"})["chain"]["intact"]);
  EXPECT_THAT(muster.said({"observe", "list"}), HasSubstr("outage github-down"));
}

TEST(Observe, LeadsToTheSameFitAsTheFileItself) {
  const Ledger muster;
  muster.said({"observe", "import", github, "--map", "start=start_time,end=end_time", "--outage", "github-down"});
  const Json from_ledger = Json::parse(muster.said({"fit", "--outage", "github-down", "--resamples", "20", "--json", "-"}));
  const Json from_file = Json::parse(muster({"fit", github, "--map", "start=start_time,end=end_time", "--outage", "github-down", "--resamples", "20", "--json", "-"}).out);
  EXPECT_EQ(from_ledger["fits"], from_file["fits"]);
  EXPECT_EQ(from_ledger["advice"]["yaml"], from_file["advice"]["yaml"]);
}

TEST(Observe, WritesAFileThatItReadsAgain) {
  const Ledger muster;
  muster.said({"observe", "import", github, "--map", "start=start_time,end=end_time", "--outage", "github-down", "--out", muster.file("o.csv")});
  EXPECT_EQ(muster.json({"observe", "list"})["observations"].size(), 0u) << "not into the ledger";
  EXPECT_THAT(muster.said({"observe", "import", muster.file("o.csv")}), HasSubstr("230 observations"));
  EXPECT_EQ(muster.said({"observe", "export"}), read_file(muster.file("o.csv")));
  EXPECT_THAT(muster.said({"fit", muster.file("o.csv"), "--resamples", "0"}), HasSubstr("outage github-down, o.csv"));
}

TEST(Observe, RefusesWhatItCannotName) {
  const Ledger muster;
  EXPECT_THAT(muster.said({"observe", "import", github, "--map", "start=start_time,end=end_time"}, 2), HasSubstr("what are the rows of?"));
  EXPECT_THAT(muster.said({"observe", "import", github, "--map", "start=start_time,end=end_time,outage=service", "--outage", "x"}, 2), HasSubstr("already"));
  EXPECT_THAT(muster.said({"observe", "import", github, "--map", "start=start_time", "--outage", "x"}, 3), HasSubstr("takes a map of the end"));
  EXPECT_THAT(muster.said({"observe", "import", github, "--map", "start=start_time,end=end_time", "--outage", "x", "--out", github}, 2), HasSubstr("write over"));
}

TEST(Incident, BecomesObservationsAndAPartOfHistory) {
  const Ledger muster;
  EXPECT_EQ(muster.said({"incident", "add", "us-east-1 gone", "--outage", "region-loss", "--started", "2025-11-02 10:00", "--ended", "2025-11-02 15:00", "--zone", "Europe/Berlin", "--step",
                         "promote=12m", "--step", "swap-dns=2025-11-02 10:05..2025-11-02 10:07:30", "--response", "engineer=4m", "--by", "ann", "--note", "the big one"}),
            "Incident 1\n");
  EXPECT_EQ(muster.said({"observe", "export"}),
            "of,name,seconds,censored,ended,source,scenario,with-response-of,during\n"
            "outage,region-loss,18000,0,2025-11-02T14:00:00.000Z,incident 1,,,\n"
            "step,promote,720,0,2025-11-02T14:00:00.000Z,incident 1,,,region-loss\n"
            "step,swap-dns,150,0,2025-11-02T09:07:30.000Z,incident 1,,,region-loss\n"
            "role,engineer,240,0,2025-11-02T09:00:00.000Z,incident 1,,,region-loss\n");
  const std::string history = muster.said({"history"});
  EXPECT_THAT(history, HasSubstr("INCIDENTS"));
  EXPECT_THAT(history, HasSubstr("us-east-1 gone"));
  EXPECT_EQ(muster.json({"history"})["incidents"][0]["seconds"], 18000.0);
  EXPECT_EQ(muster.json({"incident", "list"})["incidents"][0]["by"], "ann");
  EXPECT_THAT(muster.said({"fit", "--outage", "region-loss", "--resamples", "0"}), HasSubstr("lasts: {exponential: {mean: 5h}}"));
}

TEST(Incident, IsCensoredWhileItGoesOnAndReplacedWhenItIsOver) {
  const Ledger muster;
  muster.said({"incident", "add", "gone", "--outage", "region-loss", "--started", "2025-11-02 10:00", "--ongoing"});
  const Json open = muster.json({"observe", "list"})["observations"];
  ASSERT_EQ(open.size(), 1u);
  EXPECT_TRUE(open[0]["censored"]);
  EXPECT_GT(open[0]["seconds"], 86400.0);
  EXPECT_THAT(muster.said({"incident", "list"}), HasSubstr("not over"));
  EXPECT_EQ(muster.said({"incident", "add", "gone", "--outage", "region-loss", "--started", "2025-11-02 10:00", "--ended", "2025-11-02 12:00", "--replaces", "1"}), "Incident 2, in place of incident 1\n");
  const Json over = muster.json({"observe", "list"})["observations"];
  ASSERT_EQ(over.size(), 1u);
  EXPECT_EQ(over[0]["seconds"], 7200.0);
  EXPECT_THAT(muster.said({"incident", "list"}), HasSubstr("replaced"));
}

TEST(Incident, SaysWhatIsWrong) {
  const Ledger muster;
  const auto why = [&](const std::vector<std::string>& words) { return muster.said(joined({"incident", "add", "x"}, words), 2); };
  EXPECT_THAT(why({}), HasSubstr("--started is missing"));
  EXPECT_THAT(why({"--started", "2025-11-02"}), HasSubstr("expected --ended TIME, or --ongoing"));
  EXPECT_THAT(why({"--started", "2025-11-02", "--ended", "2025-11-01"}), HasSubstr("before --started"));
  EXPECT_THAT(why({"--started", "02/11/2025", "--ongoing"}), HasSubstr("may mean several days"));
  EXPECT_THAT(why({"--started", "2125-11-02", "--ongoing"}), HasSubstr("in the future"));
  EXPECT_THAT(why({"--started", "2025-11-02", "--ongoing", "--step", "promote"}), HasSubstr("NAME=DURATION"));
  EXPECT_THAT(why({"--started", "2025-11-02", "--ongoing", "--step", "promote=12"}), HasSubstr("bare number"));
  EXPECT_THAT(why({"--started", "2025-11-02", "--ongoing", "--outage", "Region Loss"}), HasSubstr("is no name"));
  EXPECT_THAT(why({"--started", "2025-11-02", "--ongoing", "--scenario", scenario("small.yaml"), "--outage", "disk-die"}), HasSubstr("did you mean 'disk-dies'?"));
  EXPECT_THAT(muster.said({"incident", "add", "x", "--started", "2025-11-02", "--ongoing", "--replaces", "3"}, 4), HasSubstr("there is no incident 3"));
}

}  // namespace
}  // namespace muster::end_to_end
