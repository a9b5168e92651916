#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "models/calibrate.h"
#include "models/load_calibration.h"
#include "tests/models/validator.h"

namespace muster {
namespace {

namespace fs = std::filesystem;
const fs::path source = MUSTER_SOURCE;

constexpr const char* shop = R"(
muster: 1
title: "a \"shop\""
roles: {ada: {count: 1, hours: ["Mon-Fri 09:00-17:00"], responds: {on-hours: {lognormal: {p50: 5m, p95: 20m}}, off-hours: {lognormal: {p50: 20m, p95: 2h}}}}}
services: {db: {}}
outages: {o: {strikes: [{services: [db]}], lasts: {lognormal: {p50: 5h, p95: 20h}}}}
plan: {steps: {fix: {takes: {uniform: [5m, 25m]}, by: {ada: 1}, recovers: [db]}, check: {after: [fix], takes: 3m}}}
)";

Scenario scenario(const std::string& text = shop) { return parse_scenario(text, "shop.yaml").scenario; }

Calibration calibration() {
  std::vector<Observation> all;
  for (int i = 0; i < 4; ++i) {
    Observation o;
    o.name = i == 3 ? "check" : "fix";
    o.seconds = 500 + 700.0 * i;
    o.censored = i == 1;
    o.ended = 1'700'000'000'000'000'000 + i;
    o.source = "incident \"7\"\t(ünusual)";
    all.push_back(o);
  }
  all.push_back({Observation::Of::step, "gone", 5, false, 0, "", "", ""});
  return calibrate(scenario(), all, {.half_life = 8766 * 3600.0, .as_of = 1'710'000'000'000'000'000});
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(CalibrationFile, ComesBackAsItWasWritten) {
  const Calibration written = calibration();
  const LoadedCalibration read = parse_calibration(calibration_yaml(written), "c.yaml", scenario());
  EXPECT_TRUE(read.warnings.empty());
  ASSERT_EQ(read.calibration.items.size(), written.items.size());
  for (std::size_t i = 0; i < written.items.size(); ++i) {
    EXPECT_EQ(read.calibration.items[i], written.items[i]) << title_of(written.items[i]);
  }
  EXPECT_EQ(read.calibration, written);
  EXPECT_EQ(calibration_yaml(read.calibration), calibration_yaml(written));
  EXPECT_TRUE(written.items.back().stand_in.has_value() || written.items[written.items.size() - 2].stand_in.has_value());
}

std::string refusal(const std::string& text, const Scenario& of) {
  try {
    parse_calibration(text, "c.yaml", of);
  } catch (const InvalidInput& wrong) {
    for (const Problem& p : wrong.problems()) EXPECT_EQ(p.file, "c.yaml");
    return wrong.what();
  }
  return "accepted";
}

TEST(CalibrationFile, RefusesWhatIsNoCalibrationOfThisScenario) {
  const std::string good = calibration_yaml(calibration());
  const Scenario s = scenario();
  EXPECT_EQ(refusal(good, s), "accepted");
  const auto expect = [&](const std::string& text, const std::string& words, const Scenario& of) { EXPECT_NE(refusal(text, of).find(words), std::string::npos) << refusal(text, of); };
  expect(replaced(good, "muster-calibration: 1", "muster-calibration: 2"), "version 2", s);
  expect(replaced(good, "step: fix", "step: fox"), "the scenario has no step fox; did you mean 'fix'?", s);
  expect(good, "step fix is not what it was when this was calibrated", scenario(replaced(shop, "[5m, 25m]", "[5m, 26m]")));
  expect(replaced(good, "location: ", "location: .nan, x-was: "), "/items/0/prior", s);
  expect(replaced(good, "scale: ", "scale: -"), "/items/0/prior/scale", s);
  expect(replaced(good, "weight: ", "weight: 0, x-was: "), "/items/0/prior", s);
  expect(replaced(good, "step: check", "step: fix"), "is there twice", s);
  expect(replaced(good, "censored: 1", "censored: 9"), "more observations are censored than there are", s);
  expect(replaced(good, "observations: ", "observation: "), "did you mean", s);
  expect(replaced(good, "step: fix", "step: fix\n    hours: \"on\""), "hours are of a role", s);
  expect("", "", s);
  expect("[]", "", s);
}

TEST(CalibrationFile, KeepsAStepThatIsStatedDifferentlyApartByItsOutages) {
  const std::string two = R"(
muster: 1
services: {db: {}}
outages: {fire: {strikes: [{services: [db]}], plan: here}, flood: {strikes: [{services: [db]}], plan: there}}
plans:
  here: {steps: {fix: {takes: {uniform: [5m, 25m]}, recovers: [db]}}}
  there: {steps: {fix: {takes: {uniform: [1h, 2h]}, recovers: [db]}}}
)";
  const Scenario s = scenario(two);
  Observation one{Observation::Of::step, "fix", 600, false, 1, "exercise 1", "", "", "fire"};
  const Calibration written = calibrate(s, {one}, {});
  ASSERT_EQ(written.items.size(), 2u);
  const std::string text = calibration_yaml(written);
  EXPECT_NE(text.find("outages: [fire]"), std::string::npos) << text;
  EXPECT_EQ(parse_calibration(text, "c.yaml", s).calibration, written);
  EXPECT_NE(refusal(replaced(text, "outages: [flood]", "outages: [fire]"), s).find("is there twice"), std::string::npos);
  EXPECT_NE(refusal(replaced(text, "    outages: [flood]\n", ""), s).find("is there twice"), std::string::npos);
  EXPECT_NE(refusal(replaced(calibration_yaml(calibration()), "- role: ada", "- role: ada\n    outages: [o]"), scenario()).find("outages are of a step"), std::string::npos);
}

TEST(CalibrationFile, WhatIsNoCalibrationIsSaidWithWhatTakesIt) {
  EXPECT_EQ(refusal(shop, scenario()),
            "c.yaml:2:1: /muster: this is a scenario, and muster check and muster simulate take it; expected a calibration, with `muster-calibration: 1` at the top");
}

TEST(CalibrationFile, IsRefusedWhereverItIsCutOff) {
  const std::string good = calibration_yaml(calibration());
  const Scenario s = scenario();
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < good.size(); size += 7) accepted += refusal(good.substr(0, size), s) == "accepted";
  // What ends after a whole item, or in an optional key at its end, is a smaller calibration; nothing else is.
  EXPECT_LT(accepted, good.size() / 7 / 2);
  EXPECT_NE(refusal(good.substr(0, good.find("posterior")), s), "accepted");
}

TEST(CalibrationFile, WarnsOfAnotherStateOfTheScenarioThatStillFits) {
  const LoadedCalibration read = parse_calibration(calibration_yaml(calibration()), "c.yaml", scenario(replaced(shop, "count: 1", "count: 2")));
  ASSERT_EQ(read.warnings.size(), 1u);
  EXPECT_EQ(read.warnings[0].pointer, "/scenario/sha256");
}

TEST(CalibrationSchema, ShippedFileIsUpToDate) {
  expect_shipped(source / "scenarios/calibration.schema.json", calibration_json_schema());
}

// The oracle is another validator, python3-jsonschema.
TEST(CalibrationSchema, AnotherValidatorAcceptsWhatIsWritten) {
  const fs::path file = fs::temp_directory_path() / "muster-calibration-schema-test.yaml";
  std::ofstream(file, std::ios::binary) << calibration_yaml(calibration());
  const auto verdicts = judge(calibration_json_schema(), std::vector<fs::path>{file});
  fs::remove(file);
  EXPECT_EQ(verdicts.size(), 1u);
  for (const auto& [name, error] : verdicts) EXPECT_EQ(error, "") << name;
}

}  // namespace
}  // namespace muster
