#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/layout.h"
#include "tests/app/muster_run.h"

namespace muster::end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string small = scenario("small.yaml");

TEST(Explain, TellsOneReplicationWithinThePage) {
  const Ran ran =
      muster({"explain", scenario("stackery.yaml"), "--outage", "region-loss", "--replication", "7"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* part : {"OUTCOME", "TIMELINE", "COPIES OF THE DATA", "WHAT HAPPENED"}) EXPECT_THAT(ran.out, HasSubstr(part));
  // Where the line of the file's name, which is as long as its folder's, is broken is not ours to say.
  std::string in_one_line = ran.out;
  std::ranges::replace(in_one_line, '\n', ' ');
  EXPECT_THAT(in_one_line, HasSubstr("7 · seed 1"));
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

// A plan that stops leaves steps behind that have run, or that were called in the place of others: none of them waits for ever.
TEST(Explain, TellsWhatAStoppedPlanLeftUndone) {
  const Folder folder;
  const std::string plan = folder.file("stops.yaml");
  write_file(plan, R"(muster: 1
roles: {engineer: {count: 1}}
services: {shop: {}, chat: {}}
outages: {o: {strikes: [{services: [shop, chat]}], lasts: 9h}}
plan:
  steps:
    look: {takes: 10m, by: {engineer: 1}, fails: 100%}
    restore: {takes: 5m, fails: 100%, on-failure: {do: rebuild}, recovers: [shop]}
    rebuild: {takes: 5m, by: {engineer: 1}, recovers: [shop]}
    tell: {needs: [chat], otherwise: call}
    call: {takes: 5m, by: {engineer: 1}}
    warm: {takes: 1m, fails: 100%, on-failure: {do: warm-again}}
    warm-again: {takes: 2m}
)");
  const Ran ran = muster({"explain", plan, "--replication", "0"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* part : {"restore failed, and rebuild, called in its place, had not ended when the plan\n    stopped.\n",
                           "tell was ready at 0 s but did not get to run, and call, called in its place,\n    had not ended when the plan stopped.\n",
                           "rebuild was ready at 5 min and had not begun when the plan stopped.\n",
                           "warm failed; warm-again took its place.\n"})
    EXPECT_THAT(ran.out, HasSubstr(part));
  EXPECT_THAT(ran.out, testing::Not(HasSubstr("ever")));
  const json story = json::parse(muster({"explain", plan, "--replication", "0", "--json", "-"}).out);
  for (const json& step : story["steps"])
    if (step["name"] == "restore") {
      EXPECT_EQ(step["replaced-by"], "rebuild");
    }
}

TEST(Explain, WritesJsonInPlaceOfThePage) {
  const Ran ran = muster({"explain", small, "--replication", "7", "--json", "-"});
  EXPECT_EQ(ran.code, 0);
  const json story = json::parse(ran.out);
  EXPECT_EQ(story["command"], "explain");
  EXPECT_EQ(story["outage"], "disk-dies") << "the only outage need not be named";
  EXPECT_EQ(story["replication"], 7);
}

struct Sample {
  double rto, rpo;
};

std::vector<Sample> samples_of_small(const std::string& count) {
  std::istringstream csv(muster({"simulate", small, "--replications", count, "--samples", "-"}).out);
  std::vector<Sample> samples;
  std::string line;
  std::getline(csv, line);
  while (std::getline(csv, line)) {
    std::istringstream cells(line);
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    const auto number = [](const std::string& cell) {
      return cell == "never" ? std::numeric_limits<double>::infinity() : std::stod(cell);
    };
    samples.push_back({number(row[3]), number(row[4])});
  }
  return samples;
}

// Oracle: the order statistic, computed here from --samples of the same replications.
TEST(Explain, AtALevelIsTheOrderStatisticOfTheSamples) {
  const std::vector<Sample> samples = samples_of_small("2000");
  ASSERT_EQ(samples.size(), 2000u);
  std::vector<double> sorted;
  for (const Sample& sample : samples) sorted.push_back(sample.rto);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [level, rank] :
       {std::pair{"p95", 1900}, {"median", 1000}, {"p99.9", 1998}, {"p999", 1998}, {"min", 1}}) {
    const json story =
        json::parse(muster({"explain", small, "--at", level, "--replications", "2000", "--json", "-"}).out);
    const double expected = sorted[static_cast<std::size_t>(rank - 1)];
    const auto first =
        std::find_if(samples.begin(), samples.end(), [&](const Sample& s) { return s.rto == expected; });
    EXPECT_EQ(story["services"]["shop"]["rto"], expected) << level;
    EXPECT_EQ(story["replication"], first - samples.begin()) << level;
    EXPECT_EQ(story["services"]["shop"]["rpo"], first->rpo) << level;
  }
}

TEST(Explain, SaysWhyThisReplicationWasChosen) {
  EXPECT_THAT(muster({"explain", small, "--at", "p90", "--service", "shop", "--replications", "1000"}).out,
              testing::ContainsRegex("the recovery time of shop is the p90 of 1,000\\s+replications"));
}

}  // namespace
}  // namespace muster::end_to_end
