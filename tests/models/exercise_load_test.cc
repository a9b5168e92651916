#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/fingerprint.h"
#include "models/load_exercise.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const fs::path fixtures = fs::path(MUSTER_SOURCE) / "tests/models/exercises";

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".yaml" || entry.path().extension() == ".json")
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Under their names alone, so that messages are the same everywhere.
LoadedExercise load_fixture(const fs::path& path) {
  return parse_exercise(bytes_of(path), path.filename().string(), "/folder", [&](const std::string& file) {
    const fs::path scenario = path.parent_path() / file;
    if (!fs::exists(scenario))
      throw InvalidInput({{Problem::Severity::error, file, 0, 0, "", "cannot be opened"}});
    return parse_scenario(bytes_of(scenario), file, scenario.parent_path().string());
  });
}

void expect_golden(const fs::path& path, const std::string& text) {
  if (std::getenv("MUSTER_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(bytes_of(path), text) << path << " (MUSTER_UPDATE_GOLDEN=1 writes it anew)";
}

TEST(LoadExercise, EveryInvalidFileHasItsMessages) {
  auto files = files_in(fixtures / "invalid");
  EXPECT_GT(files.size(), 12u);
  for (const fs::path& path : files) {
    try {
      load_fixture(path);
      ADD_FAILURE() << path << " loads";
    } catch (const InvalidInput& wrong) {
      expect_golden(path.string() + ".expected", std::string(wrong.what()) + "\n");
    }
  }
}

TEST(LoadExercise, EverySurprisingFileHasItsWarnings) {
  for (const fs::path& path : files_in(fixtures / "warnings")) {
    std::string text;
    for (const Problem& warning : load_fixture(path).warnings) text += warning.text() + "\n";
    EXPECT_NE(text, "") << path;
    expect_golden(path.string() + ".expected", text);
  }
}

TEST(LoadExercise, EveryValidFileLoads) {
  for (const fs::path& path : files_in(fixtures / "valid")) {
    SCOPED_TRACE(path);
    try {
      LoadedExercise loaded = load_exercise(path.string());
      EXPECT_EQ(loaded.exercise.file, path.string());
      EXPECT_EQ(loaded.exercise.folder, path.parent_path().string());
      EXPECT_EQ(loaded.exercise.sha256, sha256_hex(bytes_of(path)));
    } catch (const InvalidInput& wrong) {
      ADD_FAILURE() << wrong.what();
    }
  }
}

/// Each value that the file with every key says, against what is written there.
class Everything : public testing::Test {
 protected:
  const LoadedExercise loaded = load_fixture(fixtures / "valid/everything.yaml");
  const Exercise& e = loaded.exercise;
  template <typename Settings>
  const Settings& fault(const std::string& name) {
    auto found = std::find_if(e.faults.begin(), e.faults.end(),
                              [&](const FaultPlan& each) { return each.name == name; });
    return std::get<Settings>(found->settings);
  }
};

TEST_F(Everything, OfTheHead) {
  EXPECT_EQ(e.title, "Q4 failover drill");
  EXPECT_EQ(e.kind, Exercise::Kind::full_scale);
  EXPECT_EQ(e.environment, "staging");
  EXPECT_EQ(e.outage, "region-loss");
  EXPECT_EQ(e.limit, 1800);
  EXPECT_THAT(e.people.at("engineer"), ElementsAre("one@example.org", "two@example.org"));
  EXPECT_THAT(e.secrets, ElementsAre("PGPASSWORD", "API_TOKEN"));
  ASSERT_THAT(e.not_during, SizeIs(2));
  EXPECT_EQ(e.not_during[0], (Blackout{1795737600, 1796083200, "Black Week"}));  // date -u -d 2026-11-27 +%s
  EXPECT_EQ(e.not_during[1].from, 1798131600);                   // 18:00 in Berlin's winter is 17:00Z
  EXPECT_THAT(e.struck, ElementsAre("us-east-1", "db", "api"));  // with what lies in the region
}

TEST_F(Everything, OfTargetsAndProbes) {
  ASSERT_THAT(e.targets, SizeIs(3));
  EXPECT_EQ(e.targets[0], (Target{"db-east", "east", "", "us-east-1", {"10.9.1.0/24", "fd00:9:1::/64"}}));
  EXPECT_EQ(e.target("here")->netns, "");
  const Probe& api = *e.probe("api-answers");
  const auto& http = std::get<HttpProbe>(api.check);
  EXPECT_THAT(http.status, ElementsAre(200, 204));
  EXPECT_EQ(http.body, "\"ok\"");
  EXPECT_EQ(http.latency, 0.5);
  EXPECT_THAT(http.json,
              ElementsAre(JsonTest{"/status", "==", "\"ok\""}, JsonTest{"/replicas", ">=", "2.0"},
                          JsonTest{"/version", "~", "\"^1\\\\.\""}, JsonTest{"/writable", "==", "true"}));
  EXPECT_EQ(api.from, (Where{"", "world"}));
  EXPECT_EQ(api.every, 0.1);
  EXPECT_EQ(api.timeout, 1);
  EXPECT_EQ(api.passes, 2);
  EXPECT_EQ(api.failures, 3);
  EXPECT_EQ(std::get<TcpProbe>(e.probe("chat-six")->check), (TcpProbe{"fd00::2", 443}));
  EXPECT_EQ(std::get<DnsProbe>(e.probe("name-resolves")->check), (DnsProbe{"api.lab", "A", "", {}}));
  EXPECT_EQ(std::get<DnsProbe>(e.probe("name-is-right")->check),
            (DnsProbe{"api.lab", "AAAA", "10.9.0.53:5353", {"fd00::1"}}));
  EXPECT_EQ(std::get<CommandProbe>(e.probe("replica-streams")->check),
            (CommandProbe{{"psql", "-Atc", "select true"}, 0, "t", "^t$"}));
  EXPECT_EQ(e.probe("replica-streams")->from, (Where{"db-west", ""}));
  EXPECT_EQ(std::get<PostgresProbe>(e.probe("db-answers")->check),
            (PostgresProbe{"host=db.lab dbname=staging user=probe", "select 1", "", "=="}));
  EXPECT_EQ(std::get<PostgresProbe>(e.probe("db-read-only")->check).value, "t");
  EXPECT_EQ(std::get<PrometheusProbe>(e.probe("few-errors")->check),
            (PrometheusProbe{"http://metrics.lab:9090", "rate(errors[1m])", "<", "0.5"}));
}

TEST_F(Everything, OfConditions) {
  ASSERT_THAT(e.services, SizeIs(3));
  const Condition& db = e.services[0].up;
  EXPECT_EQ(db.kind, Condition::Kind::all);
  EXPECT_EQ(db.holds_for, 0.5);
  ASSERT_THAT(db.of, SizeIs(2));
  EXPECT_EQ(db.of[0].probe, "db-answers");
  EXPECT_EQ(db.of[1].kind, Condition::Kind::negation);
  EXPECT_EQ(db.of[1].of.at(0).probe, "db-read-only");
  EXPECT_EQ(e.steady_state.at(1).kind, Condition::Kind::any);
  EXPECT_EQ(e.recovered_service, "api");
  EXPECT_EQ(e.recovered->holds_for, 3);
  EXPECT_EQ(e.stop_when.at(0).first, "bystander-hurt");
  EXPECT_EQ(e.stop_when.at(0).second.holds_for, 2);
}

TEST_F(Everything, OfFaults) {
  const auto& cut = fault<PartitionFault>("replication-cut");
  EXPECT_FALSE(cut.inbound);
  EXPECT_EQ(cut.how, PartitionFault::How::reject);
  EXPECT_EQ(cut.share, 0.5);
  EXPECT_THAT(cut.peers, ElementsAre("db-east", "10.9.1.7", "10.8.0.0/16", "db.example:5432", ":22", ":5432",
                                     "other.example"));
  EXPECT_EQ(e.faults[0].after, -2);
  EXPECT_TRUE(fault<PartitionFault>("east-goes-dark").inbound);
  EXPECT_EQ(e.faults[1].before_undo, (muster::Run{{"./fence-east"}, 10.0, {{"REGION", "east"}}}));
  EXPECT_EQ(e.faults[1].lasts, 600);
  EXPECT_EQ(fault<RegionDarkFault>("region"), (RegionDarkFault{"us-east-1", true}));
  EXPECT_EQ(fault<ProcessFault>("killed"),
            (ProcessFault{ProcessFault::Signal::kill, {"/folder/run/db.pid", "", 1}, {"./start-db"}, false}));
  EXPECT_EQ(fault<ProcessFault>("ended"),
            (ProcessFault{ProcessFault::Signal::terminate, {"", "^api", 2}, {}, true}));
  EXPECT_EQ(fault<ProcessFault>("stopped").signal, ProcessFault::Signal::stop);
  EXPECT_EQ(fault<BandwidthFault>("slow"), (BandwidthFault{"eth0", 125000}));
  EXPECT_EQ(fault<DelayFault>("late"), (DelayFault{"eth0", 0.08, 0.02}));
  EXPECT_EQ(fault<CpuFault>("busy").load, 0.8);
  EXPECT_EQ(fault<MemoryFault>("squeezed").bytes, 2e9);
  EXPECT_EQ(fault<DiskFault>("full"), (DiskFault{"/folder/data", std::nullopt, 0.9, 0.1}));
  EXPECT_EQ(fault<CommandFault>("other"),
            (CommandFault{{{"./break"}, {}, {}}, {{"./mend"}, 60.0, {}}, {{"./broken"}, {}, {}}}));
}

TEST_F(Everything, OfSteps) {
  EXPECT_EQ(e.binding("detect")->until->kind, Condition::Kind::negation);
  EXPECT_EQ(e.binding("decide")->ask, "Do we fail over?");
  EXPECT_EQ(e.binding("decide")->deadline, 600);
  const Binding& promote = *e.binding("promote");
  EXPECT_EQ(
      promote.run,
      (muster::Run{{"pg_ctl", "promote", "-D", "/srv/db"}, 120.0, {{"PGPASSFILE", "/etc/staging.pgpass"}}}));
  EXPECT_EQ(promote.undo, (muster::Run{{"./rebuild-west"}, {}, {}}));
  EXPECT_EQ(promote.on, (Where{"db-west", ""}));
  EXPECT_FALSE(e.binding("swap-dns")->keep_output);
  EXPECT_EQ(e.binding("verify")->deadline, 300);
  EXPECT_EQ(e.afterwards, (muster::Run{{"./rebuild-east"}, 300.0, {}}));
  EXPECT_EQ(e.afterwards_on, (Where{"db-east", ""}));
  EXPECT_EQ(e.canary->table, "canary_of_q4");
  EXPECT_EQ(e.canary->every, 0.02);
  EXPECT_EQ(e.canary->writes_from, (Where{"", "world"}));
  EXPECT_EQ(e.canary->reads_from, (Where{"db-west", ""}));
  EXPECT_THAT(loaded.warnings, SizeIs(1)) << "the fence that a kernel's timeout passes by";
}

TEST(LoadExercise, TakesTheScenarioAsTheOutageSeesIt) {
  const LoadedExercise loaded = load_fixture(fixtures / "valid/http-canary.yaml");
  for (const Step& step : loaded.scenario.plans.at(0).steps)
    if (step.name == "decide") {
      EXPECT_EQ(step.takes.at(0), Part(Distribution(Constant{60})));
    }
  EXPECT_THAT(loaded.exercise.struck, ElementsAre("chat"));
  EXPECT_EQ(loaded.exercise.canary->kind, Canary::Kind::http);
  EXPECT_EQ(loaded.exercise.afterwards->argv, (Argv{"./tidy"}));
}

TEST(LoadExercise, LeavesNothingInATabletopThatTouchesAnything) {
  const Exercise e = load_fixture(fixtures / "warnings/tabletop.yaml").exercise;
  EXPECT_THAT(e.faults, IsEmpty());
  EXPECT_THAT(e.steps, IsEmpty());
  EXPECT_FALSE(e.canary || e.afterwards);
}

TEST(LoadExercise, ReadsEveryShippedExerciseWithNoWarningButOfFences) {
  int exercises = 0;
  for (const fs::path& path : files_in(fs::path(MUSTER_SOURCE) / "scenarios/exercises")) {
    if (path.filename() == "lab.yaml") continue;
    SCOPED_TRACE(path);
    try {
      const LoadedExercise loaded = load_exercise(path.string());
      for (const Problem& warning : loaded.warnings)
        EXPECT_THAT(warning.text(), HasSubstr("without this fence"));
      ++exercises;
    } catch (const InvalidInput& wrong) {
      ADD_FAILURE() << wrong.what();
    }
  }
  EXPECT_EQ(exercises, 7);
}

TEST(LoadExercise, TakesAMomentForTheLargestFiles) {
  std::string targets, probes, faults;
  for (int i = 0; i < 9'000; ++i) {
    const std::string n = std::to_string(i);
    targets += "  t" + n + ": {local: {}}\n";
    probes += "  p" + n + ": {tcp: \"a:1\", from: t" + n + "}\n";
    faults +=
        "  f" + n + ": {on: t" + n + ", partition: {from: [t" + std::to_string(i + 1) + ", x" + n + "]}}\n";
  }
  const std::string text =
      "muster-exercise: 1\nscenario: ../system.yaml\noutage: region-loss\nenvironment: staging\nlimit: "
      "5m\ntargets:\n" +
      targets + "probes:\n" + probes + "faults:\n" + faults;
  const auto began = std::chrono::steady_clock::now();
  try {
    parse_exercise(text, "large.yaml", "/folder",
                   [&](const std::string&) { return load_scenario((fixtures / "system.yaml").string()); });
    FAIL();
  } catch (const InvalidInput& wrong) {
    EXPECT_THAT(wrong.problems(), SizeIs(101));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5))
      << "quadratic in the number of names";
}

TEST(LoadExercise, NamesAFileThatIsNotThere) {
  try {
    load_exercise("/nowhere/exercise.yaml");
    FAIL();
  } catch (const InvalidInput& wrong) {
    EXPECT_THAT(wrong.what(), HasSubstr("/nowhere/exercise.yaml: cannot be opened: No such file"));
  }
}

}  // namespace
}  // namespace muster
