#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/load.h"
#include "models/targets.h"
#include "models/units.h"

namespace muster {
namespace {

TEST(Targets, StepUpToWhatPeopleUse) {
  const std::pair<double, double> steps[] = {{0, 0},           {0.2, 1},          {30, 30},           {31, 60},         {240, 300},       {5 * minute, 5 * minute}, {46 * minute, hour},
                                             {61 * minute, 1.5 * hour}, {4 * hour, 4 * hour}, {4.01 * hour, 6 * hour}, {12.5 * hour, 18 * hour}, {25 * hour, 2 * day}, {8 * day, 14 * day}, {366 * day, never}, {never, never}};
  for (const auto& [seconds, step] : steps) EXPECT_EQ(stepped_up(seconds), step) << seconds;
  EXPECT_EQ(stepped_up(3600 * (1 + 1e-12)), 3600) << "rounding is no step";
  EXPECT_EQ(next_tighter(6 * hour), 4 * hour);
  EXPECT_EQ(next_tighter(1), 0);
  EXPECT_EQ(next_tighter(0), std::nullopt);
}

// Steps only grow, and a step is its own.
TEST(Targets, StepsAreMonotone) {
  double before = 0;
  for (double seconds = 0.5; seconds < 400 * day; seconds *= 1.07) {
    EXPECT_GE(stepped_up(seconds), seconds);
    EXPECT_GE(stepped_up(seconds), before);
    before = stepped_up(seconds);
    EXPECT_EQ(stepped_up(before), before);
  }
}

std::shared_ptr<OutageOutcome> outcome(const std::string& name, double rto, double rpo) {
  auto out = std::make_shared<OutageOutcome>();
  out->result.name = name;
  ServicePromise promise{"db", {}, {}};
  for (std::size_t i = 0; i < promise_levels.size(); ++i) promise.rto[i] = rto * static_cast<double>(i + 1), promise.rpo[i] = rpo * static_cast<double>(i + 1);
  out->promises = {promise};
  return out;
}

TEST(Targets, AreThoseOfTheWorstOutageWithCostAndMtpdAndWhatTheNextWouldTake) {
  const Scenario scenario = parse_scenario(
      "muster: 1\nservices: {db: {objective: {rto: 4h, mtpd: 8h}, cost: {downtime: [{from: 0h, per-hour: 10}, {from: 4h, per-hour: 100}], data-loss: {per-hour: 5}}}}\n"
      "outages: {fire: {strikes: [{services: [db]}], lasts: 1h}, flood: {strikes: [{services: [db]}], lasts: 1h}}\n",
      "plan.yaml").scenario;
  StudyResult study;
  study.baseline.outages = {outcome("fire", 2 * hour, 0), outcome("flood", 1 * hour, 50 * minute)};
  const auto variant = [](double cost, double rto) {
    VariantResult v;
    v.cost_per_year = cost;
    v.outages = {outcome("fire", rto, 0)};
    return v;
  };
  study.variants = {variant(9, 1.6 * hour), variant(5, 1.9 * hour), variant(7, 1.5 * hour), variant(8, 0.1 * hour)};
  const ServiceTargets targets = targets_of(scenario, study).at(0);
  ASSERT_EQ(targets.rto.size(), 5u);
  EXPECT_TRUE(targets.affected);
  const double rto[] = {2, 4, 6, 8, 12}, cost[] = {20, 40, 240, 440, 840};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(targets.rto[i].target, rto[i] * hour);
    EXPECT_EQ(targets.rto[i].outage, "fire");
    EXPECT_EQ(targets.rto[i].cost, cost[i]);
    EXPECT_EQ(targets.rto[i].beyond_mtpd, i == 4);
  }
  EXPECT_EQ(targets.rto[1].next->target, 3 * hour);
  EXPECT_EQ(targets.rto[1].next->variant, 2u) << "3 h takes 2 x 1.5 h: the cheapest of two that can";
  EXPECT_EQ(targets.rto[0].next->variant, 2u);
  EXPECT_EQ(targets.rto[4].next->target, 8 * hour);
  EXPECT_EQ(targets.rto[4].next->variant, 2u) << "5 x 1.5 h";
  EXPECT_EQ(targets.rpo[0].target, 1 * hour);
  EXPECT_EQ(targets.rpo[0].outage, "flood");
  EXPECT_EQ(targets.rpo[0].cost, 5);
  EXPECT_FALSE(targets.rpo[4].beyond_mtpd);
}

}  // namespace
}  // namespace muster
