#include "models/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/fingerprint.h"
#include "models/units.h"
#include "tests/models/scenario_files.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path fixtures = fs::path(MUSTER_SOURCE) / "tests/models/fixtures";

Loaded load_fixture(const fs::path& path) { return parse_scenario(bytes_of_file(path), path.filename().string(), path.parent_path().string()); }

/// Compares with the file, or writes it where MUSTER_UPDATE_GOLDEN is set.
void expect_golden(const fs::path& path, const std::string& text) {
  if (std::getenv("MUSTER_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(bytes_of_file(path), text) << path << " (MUSTER_UPDATE_GOLDEN=1 writes it anew)";
}

std::string refusal(const std::string& text, const std::vector<Setting>& settings = {}) {
  try {
    parse_scenario(text, "f.yaml", ".", settings);
    return "";
  } catch (const InvalidInput& wrong) {
    return wrong.what();
  }
}

const std::string small =
    "muster: 1\n"
    "services: {db: {}, web: {needs: [db]}}\n"
    "outages: {loss: {strikes: [{services: [db]}], lasts: 4h}}\n"
    "plan: {steps: {detect: {takes: 5m}, restore: {after: [detect], takes: 30m, recovers: [db]}}}\n";

TEST(Load, EveryInvalidFileHasItsMessages) {
  auto files = scenarios_in(fixtures / "invalid");
  EXPECT_GT(files.size(), 60u);
  for (const fs::path& path : files) {
    try {
      load_fixture(path);
      ADD_FAILURE() << path << " loads";
    } catch (const InvalidInput& wrong) {
      expect_golden(path.string() + ".expected", std::string(wrong.what()) + "\n");
      for (const Problem& problem : wrong.problems()) EXPECT_EQ(problem.severity, Problem::Severity::error);
    }
  }
}

TEST(Load, EverySurprisingFileHasItsWarnings) {
  for (const fs::path& path : scenarios_in(fixtures / "warnings")) {
    std::string text;
    for (const Problem& warning : load_fixture(path).warnings) text += warning.text() + "\n";
    EXPECT_NE(text, "") << path;
    expect_golden(path.string() + ".expected", text);
  }
}

TEST(Load, EveryValidFileLoadsWithoutAWarning) {
  auto files = scenarios_in(fixtures / "valid");
  for (const fs::path& path : scenarios_in(fs::path(MUSTER_SOURCE) / "scenarios")) files.push_back(path);
  for (const fs::path& path : scenarios_in(fs::path(MUSTER_SOURCE) / "bench")) files.push_back(path);
  for (const fs::path& path : files) {
    SCOPED_TRACE(path);
    try {
      Loaded loaded = load_scenario(path.string());
      EXPECT_THAT(loaded.warnings, IsEmpty()) << loaded.warnings.at(0).text();
      EXPECT_EQ(loaded.scenario.file, path.string());
    } catch (const InvalidInput& wrong) {
      ADD_FAILURE() << wrong.what();
    }
  }
}

TEST(Load, ReadsTheExampleOfTheSpecification) {
  const Scenario s = load_fixture(fixtures / "valid/specification.yaml").scenario;
  EXPECT_EQ(s.title, "Stackery production, us-east-1 to us-west-2");
  EXPECT_EQ(s.time_zone, "America/Los_Angeles");
  EXPECT_THAT(s.regions, ElementsAre("us-east-1", "us-west-2"));
  ASSERT_EQ(s.roles.size(), 4u);
  EXPECT_EQ(s.roles[0].name, "ceo");
  EXPECT_EQ(s.roles[0].responds->on_hours, Distribution(Constant{240}));
  EXPECT_EQ(s.roles[0].responds->off_hours, Distribution(lognormal_of_percentiles(0.5, 1200, 0.9, 14400)));
  EXPECT_FALSE(s.roles[1].responds.has_value());
  EXPECT_EQ(s.roles[3].hours, std::vector{parse_opening_hours("Mon-Fri 09:00-18:00")});
  EXPECT_EQ(s.capacity[0].rate, 250e6);
  EXPECT_EQ(s.capacity[1].slots, 4);
  const Service& dynamodb = s.services[0];
  EXPECT_EQ(dynamodb.data->size, 800e9);
  ASSERT_EQ(dynamodb.data->copies.size(), 3u);
  EXPECT_EQ(std::get<Replica>(dynamodb.data->copies[0]).lag, Distribution(lognormal_of_percentiles(0.5, 1, 0.99, 30)));
  EXPECT_EQ(std::get<Log>(dynamodb.data->copies[1]).kept, 35 * day);
  const Backup& backup = std::get<Backup>(dynamodb.data->copies[2]);
  EXPECT_EQ(backup.every, hour);
  EXPECT_EQ(backup.succeeds, 0.995);
  EXPECT_EQ(backup.takes, Distribution(Constant{1200}));
  const Service& api = s.services[4];
  EXPECT_EQ(api.needs, (std::vector<Need>{{{"lambda"}, 1}, {{"dynamodb"}, 1}}));
  EXPECT_EQ(api.objective, (Objective{4 * hour, 15 * minute, 24 * hour, 0.95}));
  EXPECT_EQ(api.cost->downtime, (std::vector<CostBand>{{0, 2000}, {4 * hour, 12000}}));
  EXPECT_EQ(api.cost->data_loss_per_hour, 5000);
  const Outage& outage = s.outages[0];
  EXPECT_EQ(outage.strikes[1].services, (std::vector<std::string>{"slack", "status-page"}));
  EXPECT_EQ(outage.strikes[1].probability, 0.3);
  EXPECT_EQ(outage.rate, 0.2 / year);
  EXPECT_EQ(outage.data, DataState::kept);
  ASSERT_EQ(s.plans.size(), 1u);
  const Plan& plan = s.plans[0];
  EXPECT_EQ(plan.name, "");
  EXPECT_EQ(plan.commits_at, "decide");
  EXPECT_EQ(plan.patience, 1800);
  EXPECT_EQ(plan.correlated, (std::vector<Correlation>{{{"restore-dynamodb", "swap-dns"}, 0.5}}));
  ASSERT_EQ(plan.steps.size(), 10u);
  const Step& decide = plan.steps[1];
  EXPECT_EQ(decide.takes, (std::vector<Part>{Distribution(Pert{300, 900, 3600})}));
  EXPECT_EQ(decide.by, (std::vector<Seats>{{"ceo", 1}}));
  EXPECT_EQ(decide.waits_at_most, 900);
  EXPECT_EQ(decide.otherwise, "decide-without-ceo");
  EXPECT_EQ(plan.steps[3].every, 3600);
  EXPECT_EQ(plan.steps[3].until, "swap-dns");
  const Step& restore = plan.steps[6];
  EXPECT_EQ(restore.only_if, std::vector<std::string>{"dynamodb"});
  EXPECT_EQ(std::get<Transfer>(restore.takes[1]), (Transfer{800e9, "restore-link"}));
  EXPECT_EQ(restore.uses, (std::vector<Seats>{{"deploy-slots", 1}}));
  EXPECT_EQ(restore.fails, 0.1);
  EXPECT_EQ(restore.attempts, 3);
  EXPECT_EQ(restore.retry_after, Distribution(Constant{60}));
  EXPECT_EQ(restore.on_failure, OnFailure::stop);
  EXPECT_EQ(plan.steps[7].takes, std::vector<Part>{Distribution(Constant{50})});
  EXPECT_EQ(std::get<Drain>(plan.steps[9].takes[0]), (Drain{500, 800}));
  // Its `set`, for this outage alone.
  const Scenario& seen = s.seen_by("region-loss");
  EXPECT_EQ(seen.plans[0].steps[7].fails, 0.3);
  EXPECT_EQ(seen.services[4].objective->rto, 8 * hour);
  EXPECT_EQ(s.plans[0].steps[7].fails, 0);
}

TEST(Load, ReadsTheRestOfTheFormat) {
  const Scenario s = load_fixture(fixtures / "valid/everything.yaml").scenario;
  EXPECT_EQ(s.document, (DocumentControl{"1.0", "Ops", "The board", "2025-11-01", "2026-11-01"}));
  EXPECT_EQ(s.roles[0].provenance, (Provenance{"three on the rota", "the rota"}));
  EXPECT_TRUE(s.roles[0].responds->absent_off_hours);
  EXPECT_EQ(s.roles[1].responds->off_hours, s.roles[1].responds->on_hours);
  EXPECT_EQ(s.services[0].objective, (Objective{4 * hour, 15 * minute, 24 * hour, 0.99}));
  EXPECT_EQ(std::get<Replica>(s.services[0].data->copies[0]).provenance.note, "measured");
  EXPECT_EQ(std::get<Log>(s.services[0].data->copies[1]).provenance.source, "the console");
  EXPECT_EQ(s.services[5].needs.at(2), (Need{{"node-a", "node-b", "node-c"}, 2}));
  EXPECT_EQ(s.services[6].needs, (std::vector<Need>{{{"api", "cache"}, 1}}));
  EXPECT_TRUE(s.outages[0].clock_always);
  EXPECT_EQ(s.outages[0].starts, parse_onset("Sat 03:00"));
  EXPECT_EQ(s.outages[0].strikes[1].after, Distribution(Uniform{3600, 7200}));
  EXPECT_EQ(s.outages[1].interval, Distribution(Exponential{1000 * day}));
  EXPECT_EQ(s.outages[1].data, DataState::corrupted);
  EXPECT_EQ(s.plans[0].dispatch, Dispatch::critical_path_first);
  const Step& restore = s.plans[0].steps[4];
  EXPECT_EQ(restore.replacement, "rebuild");
  EXPECT_EQ(restore.on_failure, OnFailure::replace);
  EXPECT_EQ(std::get<Transfer>(restore.takes[2]).bytes, 800e9);
  EXPECT_EQ(s.plans[0].steps[0].on_failure, OnFailure::go_on);
  EXPECT_EQ(s.plans[0].steps[7].takes, std::vector<Part>{Distribution(Constant{10})});
  const Scenario& seen = s.seen_by("region-loss");
  EXPECT_EQ(seen.plans[0].steps.size(), s.plans[0].steps.size() - 1);
  EXPECT_EQ(seen.plans[0].steps[3].by, (std::vector<Seats>{{"engineer", 2}}));
  EXPECT_EQ(seen.plans[0].steps[3].takes.size(), 5u);
  EXPECT_EQ(seen.services[0].objective->rto, 8 * hour);
  EXPECT_EQ(seen.services[6].objective, (Objective{12 * hour, {}, {}, 0.95}));
  EXPECT_EQ(&s.seen_by("ransom"), &s);
}

TEST(Load, ReadsTablesBesideTheScenario) {
  const Scenario s = load_fixture(fixtures / "valid/every-distribution.yaml").scenario;
  const auto& steps = s.plans[0].steps;
  auto table = std::find_if(steps.begin(), steps.end(), [](const Step& step) { return step.name == "table"; });
  EXPECT_EQ(table->takes, std::vector<Part>{Distribution(Empirical{{0, 600, 600, 750}})});
}

TEST(Load, WithoutAPlanTheServicesWaitForTheProvider) {
  const Scenario s = load_fixture(fixtures / "valid/minimal.yaml").scenario;
  ASSERT_EQ(s.plans.size(), 1u);
  EXPECT_EQ(s.plans[0], Plan{});
}

TEST(Load, SettingsReplaceAddAppendAndRemove) {
  const Scenario s = parse_scenario(small, "f.yaml", ".",
                                    {{"/plan/steps/detect/takes", "{uniform: [1m, 2m]}"},
                                     {"/plan/steps/verify", "{after: [restore], takes: 1m}"},
                                     {"/plan/steps/restore/recovers/-", "web"},
                                     {"/services/web/needs", "null"},
                                     {"/title", "another"}})
                         .scenario;
  EXPECT_EQ(s.plans[0].steps[0].takes, std::vector<Part>{Distribution(Uniform{60, 120})});
  EXPECT_EQ(s.plans[0].steps[2].name, "verify");
  EXPECT_THAT(s.plans[0].steps[1].recovers, ElementsAre("db", "web"));
  EXPECT_THAT(s.services[1].needs, IsEmpty());
  EXPECT_EQ(s.title, "another");
}

TEST(Load, ProblemsOfASettingAreLocatedThere) {
  EXPECT_EQ(refusal(small, {{"/plan/steps/detect/takes", "5"}}), "--set /plan/steps/detect/takes: /plan/steps/detect/takes: '5' is a bare number without a unit; write 5m for minutes, 5s for seconds");
  EXPECT_EQ(refusal(small, {{"/plan/steps/detect", "{takes: {pert: [1m, 5m, 3m]}}"}}),
            "--set /plan/steps/detect: /plan/steps/detect/takes/pert: pert: expected low <= most likely <= high, in this order");
  EXPECT_EQ(refusal(small, {{"/plan/steps/detct/takes", "5m"}, {"/services/db", ""}, {"/services/db", "[1"}}),
            "--set /plan/steps/detct/takes: '/plan/steps' has no key 'detct'; did you mean '/plan/steps/detect'?\n"
            "--set /services/db: the value is empty; write null to take something away\n"
            "--set /services/db:1:3: /1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that begins at 1:1");
  EXPECT_EQ(refusal(small, {{"/plan/steps/restore/takes", "null"}, {"/plan/steps/detect", "null"}}), "f.yaml:4:55: /plan/steps/restore/after/0: no step 'detect' is defined");
}

TEST(Load, HashCoversWhatAResultDependsOnAndNothingElse) {
  auto hash = [](const std::string& text, const std::vector<Setting>& settings = {}) { return parse_scenario(text, "f.yaml", ".", settings).scenario.sha256; };
  const std::string base = hash(small);
  EXPECT_EQ(base.size(), 64u);
  const std::string same =
      "# another way to write the same\nplan:\n  steps:\n    detect: {takes: PT300S, note: measured}\n    restore: {recovers: [db], takes: {uniform: [30m, 0.5h]}, after: [detect]}\n"
      "title: A title\ndocument: {version: 7}\noutages:\n  loss: {lasts: 240m, data: kept, strikes: [{services: [db], probability: 100%, source: me}]}\n"
      "services: {db: {}, web: {needs: [db]}}\nmuster: 1\ntime-zone: UTC\n";
  EXPECT_EQ(hash(same), base);
  EXPECT_EQ(parse_scenario(small, "elsewhere.yaml").scenario.sha256, base);
  EXPECT_NE(hash(small, {{"/plan/steps/detect/takes", "6m"}}), base);
  EXPECT_EQ(hash(small, {{"/plan/steps/detect/takes", "0.0833333333333333333h"}}), base);
  EXPECT_NE(hash(small, {{"/services/web/objective", "{rto: 1h}"}}), base);
  EXPECT_NE(hash(small, {{"/outages/loss/set", "{/plan/steps/detect/takes: 6m}"}}), base);
  const std::string swapped =
      "muster: 1\nservices: {db: {}, web: {needs: [db]}}\noutages: {loss: {strikes: [{services: [db]}], lasts: 4h}}\n"
      "plan: {steps: {restore: {after: [detect], takes: 30m, recovers: [db]}, detect: {takes: 5m}}}\n";
  EXPECT_NE(hash(swapped), base);  // file order breaks ties
}

// FIPS 180-2, appendix B.1.
TEST(Fingerprint, IsSha256) { EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); }

TEST(Load, TablesCountInTheHash) {
  const fs::path folder = fs::temp_directory_path() / ("muster-load-" + std::to_string(::getpid()));
  fs::create_directory(folder);
  auto hash = [&](const char* csv) {
    std::ofstream(folder / "t.csv") << csv;
    return parse_scenario(small, "f.yaml", folder.string(), {{"/plan/steps/detect/takes", "{empirical: {file: t.csv, column: c, unit: s}}"}}).scenario.sha256;
  };
  const std::string first = hash("c\n1\n2\n");
  EXPECT_EQ(hash("b,c\nx,2\ny,1\n"), first);
  EXPECT_NE(hash("c\n1\n3\n"), first);
  fs::remove_all(folder);
}

/// Four megabytes that try to take for ever. Each must end, one way or the other, in two seconds of processor time.
class Hostile : public testing::TestWithParam<std::pair<const char*, std::function<std::string()>>> {};

std::string repeated(const std::string& head, const std::string& text, const std::string& tail = "") {
  std::string out = head;
  while (out.size() + text.size() + tail.size() < LoadLimits{}.bytes) out += text;
  return out + tail;
}
std::string numbered(const std::string& head, const std::string& before, const std::string& between, const std::string& after, int count, const std::string& tail = "") {
  std::string out = head;
  for (int i = 1; i <= count; ++i) out += before + std::to_string(i) + between + (between.empty() ? "" : std::to_string(i - 1)) + after;
  return out + tail;
}
const std::string frame = "muster: 1\nservices: {a: {}}\noutages: {o: {strikes: [{services: [a]}], lasts: 1h}}\n";

const std::vector<std::pair<const char*, std::function<std::string()>>> hostile = {
    {"Brackets", [] { return repeated("", "["); }},
    {"Braces", [] { return repeated("", "{"); }},
    {"BracketsAndBraces", [] { return repeated("", "[{a: "); }},
    {"QuestionMarks", [] { return repeated("", "? "); }},
    {"Dashes", [] { return repeated("", "- "); }},
    {"Anchors", [] { return repeated("", "&a "); }},
    {"AnchorsEverywhere", [] { return numbered("", "- &a", "", " x\n", 300'000); }},
    {"Aliases", [] { return repeated("a: &a x\nb: [", "*a, "); }},
    {"Exclamations", [] { return repeated("", "!"); }},
    {"KeysOnOneLine", [] { return repeated("", "\"key\": "); }},
    {"KeysInOneMap", [] { return numbered("{", "k", "", ": 1, ", 300'000); }},
    {"TheSameKey", [] { return repeated("", "k: 1\n"); }},
    {"PlainText", [] { return repeated("", "abc "); }},
    {"PlainLines", [] { return repeated("", "abc\n"); }},
    {"OneQuote", [] { return repeated("\"", "a\n"); }},
    {"Escapes", [] { return repeated("[\"", "\\ud83d\\ude00", "\"]"); }},
    {"FoldedText", [] { return repeated("a: >\n", " x\n"); }},
    {"Comments", [] { return repeated("", "#\n"); }},
    {"EmptyLines", [] { return repeated("", "\n"); }},
    {"Tabs", [] { return repeated("", "\t"); }},
    {"TagDirectives", [] { return numbered("", "%TAG !", "", "! b\n", 200'000); }},
    {"Documents", [] { return repeated("", "--- a\n"); }},
    {"AChainOfSteps", [] { return numbered(frame + "plan: {steps: {s0: {}", ", s", ": {after: [s", "]}\n", 90'000, "}}"); }},
    {"ACircleOfSteps", [] { return numbered(frame + "plan: {steps: {s0: {after: [s90000]}", ", s", ": {after: [s", "]}\n", 90'000, "}}"); }},
    {"StepsAfterNothing", [] { return numbered(frame + "plan: {steps: {s0: {}", ", s", ": {after: [t", "]}\n", 90'000, "}}"); }},
    {"AChainOfFallbacks", [] { return numbered(frame + "plan: {steps: {s0: {}", ", s", ": {needs: [a], otherwise: s", "}\n", 60'000, "}}"); }},
    {"StepsThatAlwaysFail", [] { return numbered(frame + "plan: {steps: {s0: {}", ", s", ": {fails: 100%, after: [s", "]}\n", 60'000, "}}"); }},
    {"AChainOfServices", [] { return numbered("muster: 1\noutages: {o: {strikes: [{services: [s0]}]}}\nservices: {s0: {}", ", s", ": {needs: [s", "]}\n", 90'000, "}"); }},
    {"UnknownKeys", [] { return numbered(frame + "plan: {steps: {s: {", "takez", "", ": 1m,\n", 200'000, "}}}"); }},
    {"BadNames", [] { return numbered(frame + "plan: {steps: {", "S_", "", ": {},\n", 200'000, "}}"); }},
    {"Outages", [] { return numbered("muster: 1\nservices: {a: {}}\noutages:\n", "  o", "", ": {strikes: [{services: [a]}]}\n", 60'000); }},
    {"OutagesThatSet", [] { return numbered("muster: 1\nservices: {a: {}}\nplan: {steps: {}}\noutages:\n", "  o", "", ": {strikes: [{services: [a]}], set: {/plan/patience: 3m}}\n", 50'000); }},
    {"Strikes", [] { return repeated("muster: 1\nregions: [r]\nservices: {a: {region: r}}\noutages: {o: {strikes: [", "{region: r},\n", "]}}"); }},
    {"OneSetting", [] { return numbered("muster: 1\nservices: {a: {}}\nplan: {steps: {}}\noutages: {o: {strikes: [{services: [a]}], set: {", "/plan/steps/s", "", ": {},\n", 100'000, "}}}"); }},
    {"ALongNumber", [] { return repeated(frame + "plan: {steps: {s: {takes: ", "1", "m}}}"); }},
};

TEST_P(Hostile, EndsInTime) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr double most = 40;
#else
  constexpr double most = 2;
#endif
  const std::string text = GetParam().second();
  ASSERT_GT(text.size(), 1u << 20);
  ASSERT_LE(text.size(), LoadLimits{}.bytes);
  const std::clock_t begun = std::clock();
  try {
    parse_scenario(text, "f.yaml");
  } catch (const InvalidInput& wrong) {
    EXPECT_LE(wrong.problems().size(), LoadLimits{}.problems + 1);
  }
  EXPECT_LT(static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC, most);
}

INSTANTIATE_TEST_SUITE_P(Load, Hostile, testing::ValuesIn(hostile), [](const auto& param) { return std::string(param.param.first); });

TEST(Load, RefusesLargeFilesUnread) {
  EXPECT_EQ(refusal(std::string(10'000'000, ' ')), "f.yaml: larger than 4194304 bytes, the most that is read");
}

}  // namespace
}  // namespace muster
