// Each shipped scenario and its exact output, side by side in golden/: what a person reads and what a program
// reads.
//
// There is no oracle here but yesterday: a difference says that the meaning of a scenario, a draw or a report
// has changed. When that is intended, MUSTER_UPDATE_GOLDEN=1 writes the files anew; look at what git then
// shows.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/studies.h"
#include "models/load.h"
#include "models/targets.h"
#include "reports/forecast_json.h"
#include "reports/forecast_text.h"
#include "reports/simulate_json.h"
#include "reports/simulate_text.h"
#include "reports/study_json.h"
#include "reports/study_text.h"
#include "reports/targets_report.h"
#include "sim/forecast.h"
#include "sim/simulate.h"

namespace muster {
namespace {

struct Shipped {
  std::string name;  ///< of the files in golden/
  std::string file;
  std::vector<std::string> json_outages;  ///< those whose JSON is kept; empty: all. The text has all of them
};
void PrintTo(const Shipped& one, std::ostream* out) { *out << one.file; }

const std::vector<Shipped>& shipped() {
  static const std::vector<Shipped> all{
      {"small", "scenarios/small.yaml", {}},
      {"stackery", "scenarios/stackery.yaml", {"region-loss"}},
      {"us-east-1-2025-10-20", "scenarios/us-east-1-2025-10-20.yaml", {}},
      {"ransomware", "scenarios/ransomware.yaml", {}},
      {"dynamodb-dark", "scenarios/dynamodb-dark.yaml", {}},
      {"backup-and-restore", "scenarios/strategies/backup-and-restore.yaml", {}},
      {"pilot-light", "scenarios/strategies/pilot-light.yaml", {}},
      {"warm-standby", "scenarios/strategies/warm-standby.yaml", {}},
      {"active-active", "scenarios/strategies/active-active.yaml", {}},
  };
  return all;
}

/// Loads by the path that people type, which reports repeat.
Loaded load(const std::string& file) {
  std::filesystem::current_path(MUSTER_SOURCE);
  return load_scenario(file);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Fails with the first line that differs, not with a megabyte.
void expect_golden(const std::string& actual, const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(MUSTER_SOURCE) / "tests/app/golden" / file;
  if (std::getenv("MUSTER_UPDATE_GOLDEN")) {
    std::ofstream out(path, std::ios::binary);
    out << actual;
    ASSERT_TRUE(out.flush()) << path << " cannot be written";
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << path << " is missing; MUSTER_UPDATE_GOLDEN=1 writes it";
  std::ostringstream golden;
  golden << in.rdbuf();
  if (golden.str() == actual) return;
  const std::vector<std::string> was = lines_of(golden.str()), is = lines_of(actual);
  std::size_t at = 0;
  while (at < was.size() && at < is.size() && was[at] == is[at]) ++at;
  ADD_FAILURE() << path << ":" << at + 1 << "\n  was: " << (at < was.size() ? was[at] : "the end")
                << "\n  is:  " << (at < is.size() ? is[at] : "the end");
}

SimulationResult simulated(const Scenario& scenario, std::vector<std::string> outages) {
  SimulationOptions options;
  options.replications = 2000;
  options.seed = 1;
  options.outages = std::move(outages);
  SimulationResult result = simulate(scenario, options);
  result.program = MUSTER_VERSION;
  return result;
}

class Golden : public testing::TestWithParam<Shipped> {};

TEST_P(Golden, TextIsWhatItWas) {
  const Scenario scenario = load(GetParam().file).scenario;
  expect_golden(simulate_text(scenario, simulated(scenario, {}), Style{}), GetParam().name + ".txt");
}

TEST_P(Golden, JsonIsWhatItWas) {
  const Scenario scenario = load(GetParam().file).scenario;
  expect_golden(simulate_json(scenario, simulated(scenario, GetParam().json_outages)),
                GetParam().name + ".json");
}

ForecastResult forecasted(const Scenario& scenario) {
  ForecastOptions options;
  options.years = 2;
  options.replications = 2000;
  ForecastResult result = forecast(scenario, options);
  result.program = MUSTER_VERSION;
  return result;
}

// Those of which some outage says how often it happens.
const char* const forecast_scenarios[] = {"stackery", "ransomware", "strategies/backup-and-restore", "strategies/active-active"};

TEST(GoldenForecasts, TextsAreWhatTheyWere) {
  for (const std::string name : forecast_scenarios) {
    const Scenario scenario = load("scenarios/" + name + ".yaml").scenario;
    expect_golden(forecast_text(scenario, forecasted(scenario), Style{}), "forecast-" + name.substr(name.find('/') + 1) + ".txt");
  }
}

TEST(GoldenForecasts, JsonIsWhatItWas) {
  for (const std::string name : forecast_scenarios) {
    const Scenario scenario = load("scenarios/" + name + ".yaml").scenario;
    expect_golden(forecast_json(scenario, forecasted(scenario)), "forecast-" + name.substr(name.find('/') + 1) + ".json");
  }
}

TEST(GoldenSensitivity, IsWhatItWas) {
  const Scenario scenario = load("scenarios/small.yaml").scenario;
  SimulationOptions options;
  options.replications = 2000;
  options.sensitivity = true;
  SimulationResult result = simulate(scenario, options);
  result.program = MUSTER_VERSION;
  expect_golden(simulate_text(scenario, result, Style{}), "sensitivity-small.txt");
  expect_golden(simulate_json(scenario, result), "sensitivity-small.json");
}

struct ShippedStudy {
  std::string name, scenario;
  std::vector<std::string> outages;  ///< empty: all
};

const ShippedStudy studies[] = {{"stackery-options", "scenarios/stackery.yaml", {"region-loss", "rds-outage", "route-53-outage"}},
                                {"stackery-budget", "scenarios/stackery.yaml", {"region-loss", "cognito-outage"}},
                                {"stackery-capacity", "scenarios/stackery.yaml", {"region-loss"}},
                                {"strategies", "scenarios/strategies/backup-and-restore.yaml", {}}};

PreparedStudy prepared(const ShippedStudy& study, bool promises = false) {
  std::filesystem::current_path(MUSTER_SOURCE);
  StudyRequest request;
  request.scenario = study.scenario;
  request.study = "scenarios/studies/" + study.name + ".yaml";
  request.outages = study.outages;
  request.options.replications = 500;
  request.options.promises = promises;
  return PreparedStudy(request);
}

TEST(GoldenStudies, AreWhatTheyWere) {
  for (const ShippedStudy& study : studies) {
    const PreparedStudy one = prepared(study);
    StudyResult result = one.run({}, nullptr);
    expect_golden(study_text(one.scenario(), result, Style{}), "study-" + study.name + ".txt");
    // What decides is kept of every variant, all numbers only of the first few.
    result.baseline.outages.clear();
    for (std::size_t i = 3; i < result.variants.size(); ++i) result.variants[i].outages.clear();
    std::ostringstream json;
    write_study_json(json, one.scenario(), result);
    expect_golden(json.str(), "study-" + study.name + ".json");
  }
}

TEST(GoldenTargets, AreWhatTheyWere) {
  for (const ShippedStudy& study : {studies[0], studies[3]}) {
    const PreparedStudy one = prepared(study, true);
    const StudyResult result = one.run({}, nullptr);
    const auto targets = targets_of(one.scenario(), result);
    expect_golden(targets_text(one.scenario(), result, targets, Style{}), "targets-" + study.name + ".txt");
    expect_golden(targets_json(one.scenario(), result, targets), "targets-" + study.name + ".json");
  }
}

TEST(ShippedStudies, HaveNothingToWarnOf) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(MUSTER_SOURCE) / "scenarios/studies")) files.insert(entry.path().stem());
  for (const ShippedStudy& study : studies) {
    files.erase(study.name);
    const ChangeableScenario scenario = ChangeableScenario::read(std::string(MUSTER_SOURCE) + "/" + study.scenario);
    for (const Problem& warning : load_study(std::string(MUSTER_SOURCE) + "/scenarios/studies/" + study.name + ".yaml", scenario).warnings) ADD_FAILURE() << warning.text();
  }
  EXPECT_TRUE(files.empty()) << *files.begin() << " has no golden files";
}

INSTANTIATE_TEST_SUITE_P(Shipped, Golden, testing::ValuesIn(shipped()), [](const auto& golden) {
  std::string name = golden.param.name;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

TEST(ShippedScenarios, HaveNothingToWarnOf) {
  std::vector<std::string> files{"scenarios/templates/serverless.yaml", "scenarios/templates/three-tier.yaml",
                                 "bench/stackery-14.yaml"};
  for (const Shipped& one : shipped()) files.push_back(one.file);
  for (const std::string& file : files)
    for (const Problem& warning : load(file).warnings) ADD_FAILURE() << warning.text();
}

// What differs among the four is the strategy: copies, and the plan for the loss of the region.
TEST(Strategies, AreOneCompanyWithTheSameOutages) {
  const Scenario first = load("scenarios/strategies/backup-and-restore.yaml").scenario;
  for (const std::string other : {"pilot-light", "warm-standby", "active-active"}) {
    const Scenario scenario = load("scenarios/strategies/" + other + ".yaml").scenario;
    EXPECT_EQ(first.roles, scenario.roles) << other;
    EXPECT_EQ(first.capacity, scenario.capacity) << other;
    EXPECT_EQ(first.outages, scenario.outages) << other;
    EXPECT_EQ(first.plans.back(), scenario.plans.back()) << other << ": the plan `rewind`";
    ASSERT_EQ(first.services.size(), scenario.services.size()) << other;
    for (std::size_t i = 0; i < first.services.size(); ++i) {
      Service a = first.services[i], b = scenario.services[i];
      a.data.reset(), b.data.reset();
      EXPECT_EQ(a, b) << other;
    }
  }
}

// The study makes each strategy out of the cheapest; the files of the others say the same.
TEST(Strategies, AreWhatTheStudyOfThemMakes) {
  std::filesystem::current_path(MUSTER_SOURCE);
  const ChangeableScenario base = ChangeableScenario::read("scenarios/strategies/backup-and-restore.yaml");
  const Study study = load_study("scenarios/studies/strategies.yaml", base).study;
  ASSERT_EQ(study.variants.size(), 3u);
  for (std::size_t i = 0; i < study.variants.size(); ++i)
    EXPECT_EQ(scenario_of(study, i, base).sha256, load("scenarios/strategies/" + study.variants[i].name + ".yaml").scenario.sha256) << study.variants[i].name;
}

}  // namespace
}  // namespace muster
