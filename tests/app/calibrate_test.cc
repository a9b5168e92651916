#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/muster_run.h"

namespace muster::end_to_end {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const std::string small = scenario("small.yaml");
const std::string heading = "of,name,seconds,censored,ended,source,scenario,with-response-of\n";

// Three restores that took longer than most, and one that was given up.
const std::string slow = heading +
                         "step,restore,9000,0,2026-01-02T03:00:00Z,exercise a,,\n"
                         "step,restore,9600,0,2026-02-02T03:00:00Z,exercise b,,\n"
                         "step,restore,9900,0,2026-03-02T03:00:00Z,incident 3,,\n"
                         "step,restore,7200,1,2026-03-09T03:00:00Z,exercise c,,\n";

struct Calibrated {
  Folder folder;
  std::string observations = folder.file("observed.csv"), overlay = folder.file("calibrated.yaml");
  Ran ran;
  explicit Calibrated(const std::string& csv, const std::vector<std::string>& more = {}) {
    write_file(observations, csv);
    ran = muster(joined(joined({"calibrate", small, "--observations", observations, "--as-of", "2026-06-01T00:00:00Z", "--out", overlay}, few), more));
  }
};

TEST(Calibrate, SaysWhatChangesAndOtherCommandsTakeIt) {
  const Calibrated c(slow, {"--half-life", "1y"});
  ASSERT_EQ(c.ran.code, 0) << c.ran.err;
  EXPECT_THAT(c.ran.out, HasSubstr("step restore"));
  EXPECT_THAT(c.ran.out, HasSubstr("4>"));
  EXPECT_THAT(c.ran.out, HasSubstr("90 in 100: p50"));
  std::istringstream lines(c.ran.out);
  for (std::string line; std::getline(lines, line);) {
    std::size_t columns = 0;
    for (char byte : line) columns += (byte & 0xC0) != 0x80;
    EXPECT_LE(columns, 80u) << line;
  }
  const auto simulated = [&](const std::vector<std::string>& more) {
    const Ran ran = muster(joined(joined({"simulate", small, "--json", "-"}, few), more));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return Json::parse(ran.out);
  };
  const Json before = simulated({}), after = simulated({"--calibration", c.overlay});
  EXPECT_NE(before.at("scenario").at("sha256"), after.at("scenario").at("sha256"));
  const auto p50 = [](const Json& result) { return result.at("outages").at("disk-dies").at("services").at("shop").at("rto").at("p50").get<double>(); };
  EXPECT_GT(p50(after), p50(before) * 1.05);
  const std::vector<std::vector<std::string>> others{
      {"forecast", small, "--set", "/outages/disk-dies/happens=1/year"}, {"targets", small}, {"what-if", small, "--set", "/plan/steps/reopen/takes=5m"}, {"explain", small}};
  for (const auto& words : others) {
    const Ran plain = muster(joined(joined(words, few), {"--json", "-"})), with = muster(joined(joined(words, few), {"--json", "-", "--calibration", c.overlay}));
    ASSERT_EQ(with.code, 0) << words[0] << with.err;
    EXPECT_NE(plain.out, with.out) << words[0];
  }
  const std::string page = c.folder.file("page.md");
  ASSERT_EQ(muster(joined({"report", small, "--md", page, "--calibration", c.overlay}, few)).code, 0);
  EXPECT_THAT(read_file(page), HasSubstr("calibrated: 4 observations (1 not over when last seen) from 2026-01-02 to 2026-03-09"));
  EXPECT_THAT(read_file(page), HasSubstr("exercise a, exercise b, exercise c, incident 3"));
}

TEST(Calibrate, TheSameObservationsGiveTheSameBytesInWhateverOrder) {
  std::string turned = heading;
  std::istringstream lines(slow.substr(heading.size()));
  for (std::string line; std::getline(lines, line);) turned.insert(heading.size(), line + "\n");
  const Calibrated one(slow, {"--quiet", "--threads", "1"}), other(turned, {"--quiet", "--threads", "3"});
  ASSERT_EQ(one.ran.code + other.ran.code, 0) << one.ran.err << other.ran.err;
  EXPECT_EQ(read_file(one.overlay), read_file(other.overlay));
  const Ran a = muster(joined({"simulate", small, "--json", "-", "--threads", "1", "--calibration", one.overlay}, few)),
            b = muster(joined({"simulate", small, "--json", "-", "--threads", "4", "--calibration", other.overlay}, few));
  EXPECT_EQ(a.out, b.out);
}

TEST(Calibrate, FlagsDriftWithItsChance) {
  const Calibrated c(heading + "step,restore,60000,0,,drill,,\nstep,restore,61000,0,,drill,,\nstep,restore,63000,0,,drill,,\n");
  ASSERT_EQ(c.ran.code, 0) << c.ran.err;
  EXPECT_THAT(c.ran.out, HasSubstr("DRIFT"));
  EXPECT_THAT(c.ran.out, HasSubstr("cannot be"));
  const Calibrated inside(heading + "step,restore,6000,0,,drill,,\nstep,restore,6100,0,,drill,,\nstep,restore,6300,0,,drill,,\n");
  EXPECT_THAT(inside.ran.out, Not(HasSubstr("DRIFT")));
}

// The loop over the ledger: what was measured inside the stated p10 and p90 narrows the recovery time, what lies beyond p99 is drift.
TEST(Calibrate, LearnsFromTheLedgerAndNarrows) {
  Folder state;
  const auto run = [&](const std::vector<std::string>& words) {
    const Ran ran = muster(words, {.environment = {"MUSTER_STATE_DIR=" + state.file("")}});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  };
  const auto seen = [&](const std::string& restore) {
    run({"incident", "add", "disk", "--started", "2026-03-02 10:00", "--ended", "2026-03-02 15:00", "--step", "restore=" + restore});
  };
  const auto spread = [](const Json& result, const char* when) {
    const Json& rto = result.at("outages").at("disk-dies").at("services").at("shop").at("rto").at(when);
    return rto.at("p95").get<double>() - rto.at("p50").get<double>();
  };
  const auto calibrated = [&] { return Json::parse(run(joined({"calibrate", small, "--json", "-"}, {"--replications", "20000"}))); };
  for (const char* restore : {"100m", "98m", "104m", "101m", "97m", "99m", "103m", "100m", "102m", "96m"}) seen(restore);  // inside the stated p10 and p90
  const Json narrow = calibrated();
  EXPECT_LT(spread(narrow, "after"), spread(narrow, "before"));
  const auto item = [](const Json& result) {
    for (const Json& each : result.at("items"))
      if (each.at("name") == "restore") return each;
    return Json();
  };
  EXPECT_EQ(item(narrow).at("observations"), 10);
  EXPECT_EQ(item(narrow).at("drifted"), false);
  EXPECT_EQ(item(narrow).at("from").size(), 10u);
  for (const char* restore : {"8h", "7h50m", "8h20m"}) seen(restore);
  EXPECT_EQ(item(calibrated()).at("drifted"), true);
}

TEST(Calibrate, RefusesWhatItCannotUse) {
  const Calibrated c(slow);
  const auto refused = [](const std::vector<std::string>& words, int code, const std::string& said) {
    const Ran ran = muster(words);
    EXPECT_EQ(ran.code, code) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(said));
  };
  refused({"simulate", scenario("stackery.yaml"), "--calibration", c.overlay}, 3, "calibrated.yaml:");
  refused({"simulate", small, "--calibration", c.observations}, 3, "observed.csv");
  refused({"calibrate", small, "--observations", c.observations, "--out", c.observations}, 2, "would write over");
  refused({"simulate", small, "--calibration", c.overlay, "--json", c.overlay}, 2, "would write over");
  refused({"calibrate", small, "--prior-weight", "0"}, 2, "--prior-weight");
  refused({"calibrate", small, "--half-life", "5"}, 2, "--half-life");
  refused({"calibrate", small, "--observations", c.folder.file("none.csv")}, 3, "none.csv");
}

TEST(Calibrate, PartsMergeToTheBytesOfOneRun) {
  const Calibrated c(slow, {"--quiet"});
  std::vector<std::string> merge{"merge", "--json", "-"};
  for (const char* part : {"1/2", "2/2"}) {
    const Ran ran = muster(joined({"simulate", small, "--calibration", c.overlay, "--shard", part, "--shards", c.folder.file("")}, few));
    ASSERT_EQ(ran.code, 0) << ran.err;
    merge.push_back(ran.out.substr(0, ran.out.find('\n')));
  }
  EXPECT_EQ(muster(merge).out, muster(joined({"simulate", small, "--calibration", c.overlay, "--json", "-"}, few)).out);
}

}  // namespace
}  // namespace muster::end_to_end
