#include "reports/simulate_json.h"

#include <nlohmann/json.hpp>

#include "tests/reports/example.h"

namespace muster {
namespace {

using nlohmann::ordered_json;

std::vector<std::string> keys_of(const ordered_json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

ordered_json result() {
  return ordered_json::parse(simulate_json(example::scenario(), example::two_outages()));
}

// The keys below are those of the format's specification, literally; more may be there.
TEST(SimulateJson, HasTheKeysOfTheFormat) {
  const ordered_json json = result();
  EXPECT_THAT(keys_of(json),
              testing::IsSupersetOf({"muster", "program", "draws", "command", "scenario", "seed",
                                     "replications", "steps-replications", "outages"}));
  EXPECT_EQ(json["muster"], 1);
  EXPECT_EQ(json["program"], "0.1.0");
  EXPECT_EQ(json["draws"], 2);
  EXPECT_EQ(json["command"], "simulate");
  EXPECT_EQ(json["seed"], 1);
  EXPECT_EQ(json["replications"], 100'000);
  EXPECT_THAT(keys_of(json["scenario"]), testing::IsSupersetOf({"title", "file", "sha256"}));
  EXPECT_THAT(keys_of(json["outages"]), testing::ElementsAre("region-loss", "cache-loss"));

  const ordered_json outage = json["outages"]["region-loss"];
  EXPECT_THAT(keys_of(outage), testing::IsSupersetOf({"all-objectives", "work-recovery", "plan-end",
                                                      "services", "steps", "roles"}));
  EXPECT_THAT(keys_of(outage["all-objectives"]), testing::ElementsAre("met", "met-ci95"));
  const ordered_json shop = outage["services"]["shop"];
  EXPECT_THAT(keys_of(shop),
              testing::IsSupersetOf({"rto", "rpo", "unrecovered", "stood-down", "objective", "steps"}));
  EXPECT_THAT(keys_of(shop["objective"]), testing::IsSupersetOf({"rto", "rpo", "both", "mtpd"}));
  EXPECT_THAT(keys_of(shop["objective"]["rto"]),
              testing::ElementsAre("target", "met", "met-ci95", "verdict", "achievable"));
  EXPECT_THAT(keys_of(shop["objective"]["both"]), testing::ElementsAre("met", "met-ci95", "verdict"));
  EXPECT_THAT(keys_of(shop["steps"]["detect"]), testing::ElementsAre("criticality", "correlation"));
  EXPECT_THAT(
      keys_of(outage["steps"]["detect"]),
      testing::IsSupersetOf({"ran", "start", "wait", "duration", "finish", "criticality", "correlation"}));
  EXPECT_THAT(keys_of(outage["roles"]["engineer"]), testing::IsSupersetOf({"busy", "waited-for"}));
  EXPECT_THAT(keys_of(shop["rto"]), testing::ElementsAre("mean", "sd", "min", "p5", "p10", "p25", "p50",
                                                         "p75", "p90", "p95", "p99", "p999", "max", "ci95"));
  EXPECT_THAT(keys_of(shop["rto"]["ci95"]), testing::ElementsAre("mean", "p50", "p90", "p95", "p99"));
}

TEST(SimulateJson, ValuesAreSecondsFractionsAndWords) {
  const ordered_json shop = result()["outages"]["region-loss"]["services"]["shop"];
  EXPECT_EQ(shop["objective"]["rto"]["target"], 43200.0);
  EXPECT_EQ(shop["objective"]["rto"]["verdict"], "met");
  EXPECT_EQ(shop["objective"]["rpo"]["verdict"], "missed");
  EXPECT_EQ(shop["objective"]["rpo"]["met"], 0.573);
  EXPECT_EQ(shop["objective"]["confidence"], 0.95);
  EXPECT_EQ(shop["unrecovered"], 0.004);
  EXPECT_EQ(result()["outages"]["region-loss"]["services"]["search"]["objective"]["rto"]["verdict"],
            "undecided");
}

TEST(SimulateJson, InfinityIsNeverAndAbsenceIsNull) {
  const ordered_json outage = result()["outages"]["region-loss"];
  EXPECT_EQ(outage["services"]["shop"]["rto"]["max"], "never");
  EXPECT_EQ(outage["services"]["shop"]["rto"]["mean"], "never");
  EXPECT_EQ(outage["services"]["shop"]["rto"]["ci95"]["mean"], (ordered_json{"never", "never"}));
  EXPECT_EQ(outage["steps"]["tell-customers"]["start"], nullptr);
  EXPECT_EQ(outage["steps"]["tell-customers"]["correlation"], nullptr);
  SimulationResult none = example::one_outage();
  none.outages[0].has_objectives = false;
  EXPECT_EQ(ordered_json::parse(
                simulate_json(example::scenario(), none))["outages"]["region-loss"]["all-objectives"],
            nullptr);
}

TEST(SimulateJson, NumbersGiveTheSameDoubleBack) {
  SimulationResult r = example::one_outage();
  for (double value : {0.1 + 0.2, 1.0 / 3, 5e-324, 1.7976931348623157e308, 12345678.9012345678}) {
    r.outages[0].services[0].rto.p50_ci.low = value;
    const auto json = ordered_json::parse(simulate_json(example::scenario(), r));
    EXPECT_EQ(json["outages"]["region-loss"]["services"]["orders"]["rto"]["ci95"]["p50"][0].get<double>(),
              value);
  }
}

// The same draws, seed and hash give the same bytes: nothing of the run may show.
TEST(SimulateJson, WallTimeDoesNotShow) {
  SimulationResult slow = example::two_outages();
  slow.seconds = 98765;
  EXPECT_EQ(simulate_json(example::scenario(), slow),
            simulate_json(example::scenario(), example::two_outages()));
}

TEST(SimulateJson, SaysWhetherItIsPartialAndHowExactItIs) {
  EXPECT_EQ(result()["partial"], false);
  EXPECT_EQ(result()["quantiles"], "exact");
  EXPECT_FALSE(result().contains("precision"));
  SimulationResult r = example::one_outage();
  r.partial = r.sketched = true;
  r.precision = 0.01;
  r.precision_reached = false;
  const auto json = ordered_json::parse(simulate_json(example::scenario(), r));
  EXPECT_EQ(json["partial"], true);
  EXPECT_EQ(json["quantiles"], "sketch");
  EXPECT_EQ(json["precision"], (ordered_json{{"asked", 0.01}, {"reached", false}}));
}

TEST(SimulateJson, CarriesNotesSourcesAndDocumentControl) {
  const ordered_json json = result();
  EXPECT_EQ(json["scenario"]["document"]["owner"], "M. Ferrer");
  EXPECT_EQ(json["outages"]["region-loss"]["note"], "The whole of eu-north is gone.");
  EXPECT_EQ(json["outages"]["region-loss"]["steps"]["restore-orders"]["source"], "exercise of 2026-05-04");
  EXPECT_EQ(json["outages"]["region-loss"]["roles"]["engineer"]["source"], "rota of 2026");
  EXPECT_EQ(json["outages"]["region-loss"]["services"]["orders"]["copies"][1],
            (ordered_json{{"copy", "log in eu-west"}, {"chosen", 0.912}}));
}

TEST(SimulateJson, AnythingThatIsNoUtf8IsReplacedNotThrown) {
  SimulationResult r = example::one_outage();
  r.title = "caf\xe9";
  EXPECT_THAT(simulate_json(example::scenario(), r), testing::HasSubstr("caf\xef\xbf\xbd"));
}

}  // namespace
}  // namespace muster
