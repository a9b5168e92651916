#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/app/muster_run.h"

/// Runs in parts, by the real program. The oracle is the run that was not divided: the same bytes.
namespace muster::end_to_end {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

// All parts of a run, in the folder; each as by another machine, with other threads.
Words parts_of(const Words& words, int of, const Folder& folder) {
  Words paths;
  for (int i = 1; i <= of; ++i) {
    const Ran ran = muster(joined(words, {"--shard", std::to_string(i) + "/" + std::to_string(of), "--shards", folder.file(""), "--threads", std::to_string(1 + i % 3)}));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, MatchesRegex(".*muster-[0-9a-f]{12}-[0-9]+-of-[0-9]+\\.shard\n"));
    paths.push_back(ran.out.substr(0, ran.out.size() - 1));
  }
  return paths;
}

std::string merged(const Words& paths) {
  const Ran ran = muster(joined({"merge", "--json", "-"}, paths));
  EXPECT_EQ(ran.code, 0) << ran.err;
  return ran.out;
}

void expect_the_same(const Words& words, int of) {
  const Folder folder;
  Words paths = parts_of(words, of, folder);
  std::shuffle(paths.begin(), paths.end(), std::mt19937(static_cast<unsigned>(of)));
  paths.push_back(paths.front());  // twice does no harm
  const Ran whole = muster(joined(words, {"--json", "-"}));
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(merged(paths) == whole.out, true) << of << " parts";
}

TEST(Shards, MergedAreTheBytesOfOneRun) {
  const Words words{"simulate", scenario("stackery.yaml"), "--replications", "7000", "--seed", "99", "--set", "/roles/engineer/count=4", "--at", "Sat 03:00"};
  for (int of : {1, 2, 5}) expect_the_same(words, of);
}

TEST(Shards, MayBeMoreThanThereIsToDo) { expect_the_same({"simulate", scenario("small.yaml"), "--replications", "2500"}, 11); }

TEST(Shards, StepsEndWithinAPart) { expect_the_same({"simulate", scenario("small.yaml"), "--replications", "230000"}, 3); }

TEST(Shards, AreTheSameFromTheSketchToo) { expect_the_same({"simulate", scenario("small.yaml"), "--replications", "1100000"}, 2); }

TEST(Shards, OfAStudyToo) {
  const Words words{"what-if", scenario("stackery.yaml"), scenario("studies/stackery-options.yaml"), "--outage", "region-loss", "--outage", "rds-outage", "--replications", "700"};
  for (int of : {1, 4}) expect_the_same(words, of);
  expect_the_same({"what-if", scenario("small.yaml"), "--set", "/plan/steps/restore/fails=0", "--replications", "900"}, 3);
}

TEST(Shards, CarryTheTablesOfTheirScenario) {
  const Folder home, folder;
  std::filesystem::create_directory(home.file("measured"));
  write_file(home.file("measured/restores.csv"), "minutes\n10\n20\n90\n");
  std::string text = read_file(scenario("small.yaml"));
  const std::string takes = "{pert: [30m, 90m, 4h]}";
  text.replace(text.find(takes), takes.size(), "{empirical: {file: measured/restores.csv, column: minutes, unit: m}}");
  write_file(home.file("plan.yaml"), text);
  const Words words{"simulate", home.file("plan.yaml"), "--replications", "3000"};
  const Words paths = parts_of(words, 2, folder);
  const Ran whole = muster(joined(words, {"--json", "-"}));
  ASSERT_EQ(whole.code, 0) << whole.err;
  // Merged elsewhere: neither is there any more.
  std::filesystem::remove(home.file("measured/restores.csv"));
  std::filesystem::remove(home.file("plan.yaml"));
  EXPECT_EQ(merged(paths) == whole.out, true);
}

TEST(Shards, AreWrittenOnceAndTheSameAgain) {
  const Folder folder;
  const Words words{"simulate", scenario("small.yaml"), "--replications", "3000", "--shard", "2/2", "--shards", folder.file("")};
  const Ran first = muster(words);
  ASSERT_EQ(first.code, 0) << first.err;
  const std::string path = first.out.substr(0, first.out.size() - 1), bytes = read_file(path);
  const Ran again = muster(words);
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("is there already"));
  write_file(path, bytes.substr(0, bytes.size() / 2));  // as if it had been cut off by hand
  EXPECT_EQ(muster(words).code, 0);
  EXPECT_EQ(read_file(path) == bytes, true);
  EXPECT_EQ(folder.files().size(), 1u);
  // People can see what it is of.
  EXPECT_THAT(bytes, StartsWith("{\"muster-shard\":1,\"shard\":2,\"of\":2,"));
}

TEST(Shards, ThatAreMissingAreNamed) {
  const Folder folder;
  Words paths = parts_of({"simulate", scenario("small.yaml"), "--replications", "5000"}, 4, folder);
  paths.erase(paths.begin() + 2);
  Ran ran = muster(joined({"merge"}, paths));
  EXPECT_EQ(ran.code, 4);
  EXPECT_EQ(ran.err, "muster merge: of 4 shards 3 is missing\n");
  EXPECT_EQ(ran.out, "");
  paths.erase(paths.begin());
  ran = muster(joined({"merge"}, paths));
  EXPECT_EQ(ran.code, 4);
  EXPECT_EQ(ran.err, "muster merge: of 4 shards 1 and 3 are missing\n");
}

TEST(Shards, OfAnotherRunAreNamedWithWhatDiffers) {
  const Folder folder;
  const Words words{"simulate", scenario("small.yaml"), "--replications", "3000"};
  const std::string mine = parts_of(words, 2, folder).front();
  const auto other = [&](const Words& more, const std::string& shard) {
    const Ran ran = muster(joined(joined(words, more), {"--shard", shard, "--shards", folder.file("")}));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out.substr(0, ran.out.size() - 1);
  };
  const auto expect_foreign = [&](const std::string& path, const std::string& why) {
    const Ran ran = muster({"merge", mine, path, "--json", folder.file("result.json")});
    EXPECT_EQ(ran.code, 3);
    EXPECT_THAT(ran.err, HasSubstr(path + " does not belong to " + mine));
    EXPECT_THAT(ran.err, HasSubstr(why));
    EXPECT_FALSE(std::filesystem::exists(folder.file("result.json")));
  };
  expect_foreign(other({"--seed", "2"}, "2/2"), "--seed=2");
  expect_foreign(other({"--set", "/plan/steps/reopen/takes=20m"}, "2/2"), "takes=20m");
  expect_foreign(other({}, "2/3"), "one of 3 parts, not of 2");
  // The same words, another file: as when it was edited between two parts.
  const Folder home;
  const std::string plan = home.file("plan.yaml"), text = read_file(scenario("small.yaml"));
  write_file(plan, text);
  const Words edited{"simulate", plan, "--replications", "3000", "--shards", folder.file("")};
  const std::string before = muster(joined(edited, {"--shard", "1/2"})).out;
  std::string changed = text;
  changed.replace(changed.find("15m"), 3, "16m");
  write_file(plan, changed);
  std::string after = muster(joined(edited, {"--shard", "2/2"})).out;
  Ran ran = muster({"merge", before.substr(0, before.size() - 1), after.substr(0, after.size() - 1)});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("its scenario says something else"));
  write_file(plan, "# a comment\n" + text);
  after = muster(joined(edited, {"--shard", "2/2"})).out;
  ran = muster({"merge", before.substr(0, before.size() - 1), after.substr(0, after.size() - 1)});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("its files have other texts, though they mean the same"));
}

// Whatever byte is changed, wherever it is cut: named, and never merged.
TEST(Shards, ThatAreDamagedAreNamed) {
  const Folder folder;
  const Words paths = parts_of({"simulate", scenario("small.yaml"), "--replications", "3000"}, 2, folder);
  const std::string whole = read_file(paths[1]), bad = folder.file("bad.shard");
  std::mt19937 random(11);
  const auto expect_refused = [&](const std::string& bytes, const std::string& what) {
    write_file(bad, bytes);
    const Ran ran = muster({"merge", paths[0], bad});
    EXPECT_EQ(ran.code, 3) << what;
    EXPECT_THAT(ran.err, HasSubstr(bad)) << what;
    EXPECT_EQ(ran.out, "") << what;
  };
  for (int i = 0; i < 12; ++i) {
    const std::size_t at = i == 0 ? 0 : i == 1 ? whole.size() - 1 : random() % whole.size();
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
    expect_refused(changed, "byte " + std::to_string(at));
    expect_refused(whole.substr(0, at), "cut at " + std::to_string(at));
  }
  expect_refused(whole + "x", "longer");
  expect_refused("", "empty");
  expect_refused("{\"muster-shard\":2}\n", "of a later version");
  EXPECT_EQ(muster({"merge", paths[0], folder.file("none.shard")}).code, 3);
  EXPECT_EQ(muster({"merge", paths[0], scenario("small.yaml")}).code, 3);
}

struct Array {
  std::vector<std::string> environment;
  std::string shard, expected;  ///< "3-of-16", or what the error says
};

TEST(Shards, TakeTheirPartFromAnArrayJob) {
  const std::vector<Array> arrays{
      {{"SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_ARRAY_TASK_MIN=1"}, "auto", "3-of-4"},
      {{"SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_ARRAY_TASK_MIN=0"}, "auto", "1-of-4"},
      {{"SLURM_ARRAY_TASK_ID=7", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_STEP=2"}, "auto", "4-of-4"},
      {{"JOB_COMPLETION_INDEX=0"}, "auto/4", "1-of-4"},
      {{"AWS_BATCH_JOB_ARRAY_INDEX=3", "AWS_BATCH_JOB_ARRAY_SIZE=4"}, "auto", "4-of-4"},
      {{"AWS_BATCH_JOB_ARRAY_INDEX=1"}, "auto/4", "2-of-4"},
      {{"JOB_COMPLETION_INDEX=0"}, "auto", "does not say how many parts"},
      {{"JOB_COMPLETION_INDEX=4"}, "auto/4", "there is no part 5 of 4"},
      {{"JOB_COMPLETION_INDEX=x"}, "auto/4", "JOB_COMPLETION_INDEX is \"x\""},
      {{"SLURM_ARRAY_TASK_ID=1", "SLURM_ARRAY_TASK_COUNT=4"}, "auto/5", "there are 4 parts"},
      {{}, "auto", "names no part of an array job"},
      {{}, "0/4", "counted from 1"},
      {{}, "5/4", "no part 5 of 4"},
      {{}, "3", "such as 3/16"},
      {{}, "1/0", "1"}};
  for (const Array& array : arrays) {
    const Folder folder;
    const Ran ran = muster({"simulate", scenario("small.yaml"), "--replications", "100", "--shard", array.shard, "--shards", folder.file("")}, {.environment = array.environment});
    const bool named = array.expected.find("-of-") != std::string::npos;
    EXPECT_EQ(ran.code, named ? 0 : 2) << array.shard << ": " << ran.err;
    EXPECT_THAT(named ? ran.out : ran.err, HasSubstr(array.expected));
  }
}

TEST(Shards, RefuseWhatOnlyAWholeRunHas) {
  for (const Words& more : std::vector<Words>{{"--precision", "1%"}, {"--sensitivity"}, {"--json", "-"}, {"--samples", "-"}, {"--fail-on-miss"}}) {
    const Ran ran = muster(joined({"simulate", scenario("small.yaml"), "--shard", "1/2"}, more));
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr(more[0] + " exclude each other"));
  }
}

TEST(Shards, WhatIsInvalidIsSoBeforeAnythingRuns) {
  EXPECT_EQ(muster({"simulate", "/nowhere.yaml", "--shard", "1/2"}).code, 3);
  const Ran ran = muster({"simulate", scenario("small.yaml"), "--shard", "1/2", "--shards", "/nowhere"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("nothing was simulated"));
}

TEST(Shards, InterruptedLeavesNoFileAndEndsAsSignalsDo) {
  const Folder folder;
  int looks = 0;
  const Ran ran = muster({"simulate", scenario("stackery.yaml"), "--replications", "4000000", "--shard", "1/2", "--shards", folder.file("")},
                         {.signal = SIGTERM, .ready = [&] { return ++looks > 20; }});
  EXPECT_EQ(ran.code, 143);
  EXPECT_TRUE(folder.files().empty());
}

TEST(Shards, MergedAreJudgedToo) {
  const Folder folder;
  const Words paths = parts_of({"simulate", scenario("small.yaml"), "--replications", "4000"}, 2, folder);
  const Ran whole = muster({"simulate", scenario("small.yaml"), "--replications", "4000"});
  const Ran ran = muster(joined({"merge", "--fail-on-miss"}, paths));
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, whole.out);
}

}  // namespace
}  // namespace muster::end_to_end
