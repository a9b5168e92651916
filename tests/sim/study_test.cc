#include "sim/study.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "models/json_pointer.h"
#include "models/load_study.h"
#include "models/outcomes_archive.h"
#include "models/wording.h"
#include "sim/concern.h"
#include "sim/forecast.h"
#include "sim/study_outcomes.h"
#include "tests/sim/oracle_support.h"

namespace muster {
namespace {

const std::string stackery = MUSTER_SOURCE "/scenarios/stackery.yaml";

struct Asked {
  std::uint64_t replications = 2000;
  int threads = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> outages{};
};

StudyResult run(const ChangeableScenario& scenario, const std::string& study, const Asked& asked = {}, const std::atomic<bool>* interrupted = nullptr) {
  StudyCases cases(scenario.as_it_is().scenario, asked.outages);
  const LoadedStudy loaded = parse_study(study, "study.yaml", scenario, [&](std::size_t, const Scenario& s) { cases.add(s); });
  StudyOptions options;
  options.replications = asked.replications;
  options.threads = asked.threads;
  options.seed = asked.seed;
  return run_study(
      scenario.as_it_is().scenario, loaded.study, cases, [&](std::size_t i) { return scenario_of(loaded.study, i, scenario); }, options, {}, interrupted);
}

ChangeableScenario parsed(const std::string& yaml) { return ChangeableScenario::parse("muster: 1\n" + yaml, "plan.yaml"); }

const PairedDifference& rto(const VariantResult& variant, const std::string& outage, const std::string& service) {
  for (const ServiceDifference& one : variant.outage(outage)->difference.services)
    if (one.service == service) return one.rto;
  throw std::logic_error("no service " + service);
}

/// Everything that a study tells of a variant, as bits.
std::vector<double> bits_of(const VariantResult& variant) {
  std::vector<double> out{variant.cost_per_year, variant.expected_loss_per_year, variant.expected_loss_ci.low, variant.expected_loss_ci.high, variant.worst.by, variant.loss_difference.mean, variant.loss_difference.mean_ci.low};
  const auto add = [&](const PairedDifference& d) { out.insert(out.end(), {d.mean, d.mean_ci.low, d.mean_ci.high, d.p95, d.p95_ci.low, d.p95_ci.high}); };
  for (const auto& outcome : variant.outages) {
    for (const ServiceResult& s : outcome->result.services) {
      for (const Stats* stats : {&s.rto, &s.rpo}) {
        out.insert(out.end(), {stats->mean, stats->sd, stats->min, stats->max, stats->mean_ci.low});
        out.insert(out.end(), stats->quantiles.begin(), stats->quantiles.end());
      }
      out.insert(out.end(), {s.unrecovered, s.stood_down, s.lost_for_good});
      if (s.objective && s.objective->rto) out.insert(out.end(), {s.objective->rto->share.met, s.objective->rto->achievable});
    }
    for (const ServiceDifference& one : outcome->difference.services) add(one.rto), add(one.rpo);
  }
  for (double& x : out)
    if (std::isnan(x)) x = -1;
  return out;
}

const std::string options = R"(muster-what-if: 1
options:
  link: {cost: 12000/year, set: {/capacity/restore-link/rate: 8 Gbit/s}}
  people: {cost: 30000/year, set: {/roles/engineer/count: 4}}
combine: all
)";

TEST(WhatIf, ResultsAreTheSameBitsForAnyThreads) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  const StudyResult one = run(scenario, options, {3000, 1});
  for (int threads : {2, 3, 7}) {
    const StudyResult other = run(scenario, options, {3000, threads});
    EXPECT_EQ(bits_of(one.baseline), bits_of(other.baseline));
    for (std::size_t i = 0; i < one.variants.size(); ++i) EXPECT_EQ(bits_of(one.variants[i]), bits_of(other.variants[i])) << threads << " threads, variant " << i;
    EXPECT_EQ(one.frontier, other.frontier);
    EXPECT_EQ(one.recommended, other.recommended);
  }
}

// A variant is what simulate() says of its scenario, whether it was simulated or taken from another.
TEST(WhatIf, EveryVariantIsWhatASimulationOfItsScenarioSays) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  const StudyResult study = run(scenario, options, {1500, 0});
  const LoadedStudy loaded = parse_study(options, "study.yaml", scenario);
  EXPECT_GT(study.reused, 30u);
  for (std::size_t i = 0; i < study.variants.size(); ++i) {
    SimulationOptions each;
    each.replications = 1500;
    const SimulationResult alone = simulate(scenario_of(loaded.study, i, scenario), each);
    ASSERT_EQ(alone.outages.size(), study.variants[i].outages.size());
    for (std::size_t k = 0; k < alone.outages.size(); ++k) {
      const OutageResult &x = alone.outages[k], &y = study.variants[i].outages[k]->result;
      EXPECT_EQ(x.name, y.name);
      EXPECT_EQ(x.all_objectives.met, y.all_objectives.met);
      for (std::size_t s = 0; s < x.services.size(); ++s) {
        EXPECT_EQ(x.services[s].name, y.services[s].name);
        EXPECT_EQ(x.services[s].rto.quantiles, y.services[s].rto.quantiles) << x.name << " " << x.services[s].name;
        EXPECT_EQ(x.services[s].rto.mean, y.services[s].rto.mean);
        EXPECT_EQ(x.services[s].rpo.quantiles, y.services[s].rpo.quantiles);
        EXPECT_EQ(x.services[s].rpo.mean_ci, y.services[s].rpo.mean_ci);
      }
    }
  }
}

std::string bytes_of(const OutageOutcome& outcome) {
  std::vector<std::pair<std::uint64_t, OutageOutcome>> one{{0, outcome}};
  ArchiveWriter out;
  out(one);
  return out.take();
}

// Variants that go the same course are simulated together; each is byte for byte what it is when it is simulated alone.
TEST(WhatIf, VariantsTogetherAreWhatEachIsAlone) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  StudyCases cases(scenario.as_it_is().scenario);
  const LoadedStudy loaded = parse_study(R"(muster-what-if: 1
grid:
  /roles/engineer/count: [2, 4]
  /services/cognito/data/copies/0/backup/every: [15m, 1h, 4h]
  /objectives/front/rpo: [10m, 3h]
  /services/product/cost/data-loss/per-hour: [1, 9000]
)", "study.yaml", scenario, [&](std::size_t, const Scenario& s) { cases.add(s); });
  const VariantScenario variant = [&](std::size_t i) { return scenario_of(loaded.study, i, scenario); };
  StudyOptions each;
  each.replications = 1500;
  each.threads = 2;
  each.promises = true;
  std::size_t compared = 0, alike = 0;
  for (const StudyCases::OfOutage& of : cases.outages()) {
    const auto all = simulate_cases(of, [](std::size_t) { return true; }, scenario.as_it_is().scenario, variant, each, {}, nullptr, {});
    ASSERT_TRUE(all);
    alike += of.courses.size() - std::set<std::string>(of.courses.begin(), of.courses.end()).size();
    for (std::size_t k = 1; k < of.cases.size(); k += 3) {
      const auto alone = simulate_cases(of, [&](std::size_t which) { return which == k; }, scenario.as_it_is().scenario, variant, each, {}, nullptr, {});
      ASSERT_TRUE(alone);
      EXPECT_TRUE(bytes_of(*(*all)[k]) == bytes_of(*(*alone)[k])) << of.name << ", case " << k;
      ++compared;
    }
  }
  EXPECT_GT(compared, 20u);
  EXPECT_GT(alike, 20u) << "nothing was simulated together";
}

void scalars(const Node& node, const std::string& pointer, std::vector<std::pair<std::string, std::string>>& out) {
  if (node.is_scalar() && node.kind != Node::Kind::null) out.emplace_back(pointer, node.text);
  for (std::size_t i = 0; i < node.items.size(); ++i) scalars(node.items[i], pointer + "/" + std::to_string(i), out);
  for (const Member& member : node.members) scalars(member.value, pointer + "/" + escaped_token(member.key), out);
}

/// The first number in it is another; nothing where there is none.
std::string altered(const std::string& text) {
  static const std::regex number("([0-9]+)(.*)");
  std::smatch match;
  if (!std::regex_match(text, match, number)) return "";
  return std::to_string(std::stol(match[1]) + 1) + match[2].str();
}

std::vector<std::vector<double>> every_replication(const Scenario& scenario, const std::string& outage) {
  SimulationOptions each;
  each.replications = 150;
  each.outages = {outage};
  each.steps = false;
  std::vector<std::vector<double>> out(2);
  simulate(scenario, each, {}, [&](const SampleBlock& block) {
    out[0].insert(out[0].end(), block.rto.begin(), block.rto.end());
    out[1].insert(out[1].end(), block.rpo.begin(), block.rpo.end());
  });
  return out;
}

// The rule by which outages of variants are not simulated again, held against simulating them again: every number of a file in
// turn becomes another, here and there something is taken away or added.
TEST(Concern, EqualConcernsMeanEqualOutcomesInEveryReplication) {
  std::size_t same = 0, differ = 0, changed = 0;
  for (const std::string& file : {stackery, std::string(MUSTER_SOURCE "/scenarios/ransomware.yaml"), std::string(MUSTER_SOURCE "/scenarios/strategies/warm-standby.yaml")}) {
    const ChangeableScenario scenario = ChangeableScenario::read(file);
    const Scenario& before = scenario.as_it_is().scenario;
    std::map<std::string, std::string> concern;
    std::map<std::string, std::vector<std::vector<double>>> outcome;
    for (const Outage& outage : before.outages) {
      concern[outage.name] = concern_of(before, outage.name);
      outcome[outage.name] = every_replication(before, outage.name);
    }
    const Document document = read_document(read_file(file, 1 << 20), file);
    std::vector<std::pair<std::string, std::string>> all, edits;
    scalars(document.root, "", all);
    for (const auto& [pointer, text] : all) {
      if (const std::string other = altered(text); !other.empty()) edits.emplace_back(pointer, other);
      edits.emplace_back(pointer, "null");
    }
    edits.insert(edits.end(), {{"/roles/nobody", "{count: 3, responds: 1h}"}, {"/capacity/unused", "{rate: 1 Gbit/s}"}, {"/services/extra", "{}"}, {"/services/store", "{data: {copies: [{replica: {lag: 5m}}]}}"},
                              {"/outages/another", "{plan: " + before.plans[0].name + ", strikes: [{services: [" + before.services[0].name + "]}]}"}});
    for (std::size_t i = 0; i < edits.size(); i += edits.size() > 300 ? 7 : 3) {
      Change change{edits[i].first, read_document(edits[i].second, "value").root, {}};
      const Change* changes[] = {&change};
      Scenario after;
      try {
        after = scenario.changed(changes, "edit").scenario;
      } catch (const InvalidInput&) {
        continue;
      }
      ++changed;
      for (const Outage& outage : after.outages) {
        if (!concern.contains(outage.name)) continue;
        if (concern_of(after, outage.name) != concern[outage.name]) {
          ++differ;
          continue;
        }
        ++same;
        if (same % 5 != 0) continue;
        EXPECT_EQ(every_replication(after, outage.name), outcome[outage.name]) << file << ": " << edits[i].first << " = " << edits[i].second << ", " << outage.name;
      }
    }
  }
  EXPECT_GT(changed, 60u);
  EXPECT_GT(same, 300u) << "the rule never holds";
  EXPECT_GT(differ, 100u) << "it holds whatever changes";
}

TEST(Concern, IsThatOfWhatTheOutageUses) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  const Scenario& before = scenario.as_it_is().scenario;
  const auto touched = [&](const std::string& pointer, const std::string& value) {
    Change change{pointer, read_document(value, "value").root, {}};
    const Change* changes[] = {&change};
    const Scenario after = scenario.changed(changes, "edit").scenario;
    std::set<std::string> out;
    for (const Outage& outage : before.outages)
      if (concern_of(before, outage.name) != concern_of(after, outage.name)) out.insert(outage.name);
    return out;
  };
  using testing::ElementsAre, testing::IsEmpty, testing::SizeIs;
  EXPECT_THAT(touched("/services/cognito/data/copies/0/backup/every", "30m"), ElementsAre("cognito-outage", "region-loss"));
  EXPECT_THAT(touched("/roles/engineer/count", "4"), SizeIs(9)) << "the plan wait-and-tell asks for none";
  EXPECT_THAT(touched("/plans/wait-and-tell/steps/notice/takes", "5m"), SizeIs(6));
  EXPECT_THAT(touched("/outages/slack-outage/happens", "9/year"), IsEmpty());
  EXPECT_THAT(touched("/outages/slack-outage/lasts", "9h"), ElementsAre("slack-outage"));
  EXPECT_THAT(touched("/outages/region-loss/set/~1plans~1swap-region~1patience", "5m"), ElementsAre("region-loss"));
  EXPECT_THAT(touched("/services/product/note", "another"), IsEmpty());
}

// The same luck: what would need so many times the replications on seeds of their own. Common random numbers keep what the
// change does not touch, so the variance of the difference falls well below the sum of both variances, which
// independent runs would have.
TEST(WhatIf, CommonRandomNumbersReduceTheVarianceOfDifferences) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  const Asked asked{20'000, 0, 1, {"region-loss"}};
  const StudyResult study = run(scenario, "muster-what-if: 1\noptions:\n  four: {set: {/roles/engineer/count: 4}}\n  dns: {set: {/plans/swap-region/steps/swap-dns/takes: 1m}}\n  early: {set: {/plans/swap-region/steps/initiate/by: {executive: 1}}}\n", asked);
  const double n = 20'000;
  const auto stats = [&](const VariantResult& v) { return v.outage("region-loss")->result.services[0].rto; };
  const double least_factors[] = {10, 100, 2};
  for (std::size_t i = 0; i < 3; ++i) {
    const PairedDifference& d = rto(study.variants[i], "region-loss", "product");
    const double half = (d.mean_ci.high - d.mean_ci.low) / 2, paired = half * half / (1.96 * 1.96) * n;
    const double independent = stats(study.baseline).sd * stats(study.baseline).sd + stats(study.variants[i]).sd * stats(study.variants[i]).sd;
    EXPECT_GT(independent / paired, least_factors[i]) << study.variants[i].name;
    EXPECT_LT(d.mean_ci.high, 0) << study.variants[i].name << " helps, and that is certain";
  }
  // With independent seeds: the same variant less a baseline of another seed spreads as that sum says, within a tenth.
  SimulationOptions each;
  each.replications = 20'000;
  each.outages = {"region-loss"};
  each.steps = false;
  std::vector<double> a, b;
  const auto keep = [](std::vector<double>& to) {
    return [&to](const SampleBlock& block) {
      for (std::uint64_t i = 0; i < block.count; ++i) to.push_back(block.rto[i * block.services.size()]);
    };
  };
  simulate(scenario.as_it_is().scenario, each, {}, keep(a));
  each.seed = 2;
  simulate(scenario.as_it_is().scenario, each, {}, keep(b));
  const double spread = oracle::moments(oracle::difference(b, a)).variance;
  EXPECT_NEAR(spread, 2 * stats(study.baseline).sd * stats(study.baseline).sd, 0.1 * spread);
}

// Adding a role, a step, a copy or a service moves no draw of anything else: the differences are none, exactly.
TEST(WhatIf, WhatIsAddedMovesNoOtherDraw) {
  const ChangeableScenario scenario = parsed(R"(
roles: {engineer: {count: 2, responds: {lognormal: {p50: 5m, p95: 1h}}}}
services:
  db: {data: {copies: [{backup: {every: 6h, takes: 20m, succeeds: 90%}}, {log: {lag: {uniform: [1m, 9h]}}}]}}
  web: {needs: [db]}
outages: {fire: {strikes: [{services: [db]}], data: lost, happens: 1/year}}
plan:
  steps:
    notice: {takes: {exponential: {mean: 10m}}}
    restore: {after: [notice], takes: {pert: [5m, 10m, 2h]}, by: {engineer: 1}, fails: 20%, attempts: 5, recovers: [db]}
)");
  const StudyResult study = run(scenario, R"(muster-what-if: 1
options:
  role: {set: {/roles/clerk: {count: 1, responds: {exponential: {mean: 1h}}}}}
  step: {set: {/plan/steps/tell: {after: [notice], takes: {exponential: {mean: 1h}}}}}
  service: {set: {/services/cache: {data: {copies: [{replica: {lag: 1m}}]}}}}
  useless-copy: {set: {/services/db/data/copies/-: {log: {lag: 40d, kept: 1d}}}}
combine: all
)");
  for (const VariantResult& variant : study.variants)
    for (const ServiceDifference& one : variant.outage("fire")->difference.services) {
      EXPECT_EQ(one.rto.mean, 0) << variant.name << " " << one.service;
      EXPECT_EQ(one.rpo.mean, 0) << variant.name << " " << one.service;
      EXPECT_EQ(one.rto.mean_ci, (Interval{0, 0}));
    }
}

TEST(WhatIf, DifferencesAreThoseOfTheLaws) {
  // Exponential repair times on the same uniforms: the difference is exponential with the difference of the means.
  const ChangeableScenario scenario = parsed(R"(
services: {db: {cost: {downtime: [{from: 0h, per-hour: 100}]}}}
outages: {fire: {strikes: [{services: [db]}], happens: 2/year}}
plan: {steps: {restore: {takes: {exponential: {mean: 2h}}, recovers: [db]}}}
)");
  constexpr std::uint64_t n = 100'000;
  const StudyResult study = run(scenario, "muster-what-if: 1\noptions: {faster: {cost: 1/year, set: {/plan/steps/restore/takes: {exponential: {mean: 1h}}}}}\n", {n});
  const PairedDifference& d = rto(study.variants[0], "fire", "db");
  const double error = 3600 / std::sqrt(double{n});
  EXPECT_NEAR(d.mean, -3600, 4 * error);
  EXPECT_NEAR((d.mean_ci.high - d.mean_ci.low) / 2, 1.96 * error, 0.05 * error);
  EXPECT_NEAR(d.p95, -3600 * std::log(20), 4 * 3600 * std::sqrt(19.0 / n));
  EXPECT_LT(std::abs(d.p95 + 3600 * std::log(20)), 2.5 * (d.p95_ci.high - d.p95_ci.low) / 2);
  EXPECT_NEAR(study.baseline.expected_loss_per_year, 2 * 2 * 100, 4 * 400 / std::sqrt(double{n}));
  EXPECT_NEAR(study.variants[0].loss_difference.mean, -200, 4 * 200 / std::sqrt(double{n}));
  EXPECT_EQ(study.variants[0].cost_per_year, 1);
}

// The yearly loss of outages that hardly ever overlap is what a forecast says.
TEST(WhatIf, ExpectedLossAgreesWithAForecastOfRareOutages) {
  const ChangeableScenario scenario = ChangeableScenario::read(MUSTER_SOURCE "/scenarios/strategies/pilot-light.yaml");
  const StudyResult study = run(scenario, "muster-what-if: 1\noptions: {nothing: {set: {/title: as it is}}}\n", {50'000});
  ForecastOptions forecasting;
  forecasting.replications = 50'000;
  const ForecastResult years = forecast(scenario.as_it_is().scenario, forecasting);
  const double error = (years.cost.mean_ci.high - years.cost.mean_ci.low) / (2 * 1.96);
  EXPECT_NEAR(study.baseline.expected_loss_per_year, years.cost.mean, 4 * error);
  EXPECT_EQ(study.variants[0].expected_loss_per_year, study.baseline.expected_loss_per_year);
}

TEST(WhatIf, CountsEachTimeOfBeingDownAndHowOftenItHappens) {
  // Down for 1 h, and from 3 h to 5 h again: 1 h and 2 h, of which the second hour of a time costs 10.
  const ChangeableScenario scenario = parsed(R"(
services: {db: {cost: {downtime: [{from: 0h, per-hour: 1}, {from: 1h, per-hour: 10}]}}}
outages: {fire: {strikes: [{services: [db], lasts: 1h}, {services: [db], after: 3h, lasts: 2h}], happens: 3/year}}
)");
  const StudyResult study = run(scenario, "muster-what-if: 1\noptions:\n  rarer: {set: {/outages/fire/happens: 1/year}}\n  longer: {set: {/outages/fire/strikes/1/lasts: 3h}}\n  never: {set: {/outages/fire/strikes/1/lasts: null}}\n  gone: {set: {/outages/fire/happens: null}}\n", {200});
  EXPECT_NEAR(study.baseline.expected_loss_per_year, 3 * (1 + 1 + 10), 1e-9);
  EXPECT_NEAR(study.variants[0].expected_loss_per_year, 12, 1e-9);
  EXPECT_NEAR(study.variants[0].loss_difference.mean, -24, 1e-9);
  EXPECT_NEAR(study.variants[1].expected_loss_per_year, 3 * (1 + 1 + 20), 1e-9);
  EXPECT_EQ(study.variants[2].expected_loss_per_year, never);
  EXPECT_TRUE(std::isnan(study.variants[2].loss_difference.mean));
  EXPECT_EQ(study.variants[3].expected_loss_per_year, 0);
  EXPECT_EQ(study.variants[0].outages, study.baseline.outages) << "nothing was simulated for it";
}

TEST(WhatIf, OutagesMayComeAndGo) {
  const ChangeableScenario scenario = parsed(R"(
services: {db: {}}
outages: {fire: {strikes: [{services: [db]}], lasts: 1h}, flood: {strikes: [{services: [db]}], lasts: 2h}}
)");
  const StudyResult study = run(scenario, "muster-what-if: 1\noptions:\n  dam: {set: {/outages/flood: null}}\n  quake: {set: {/outages/quake: {strikes: [{services: [db]}], lasts: 3h}}}\n", {100});
  EXPECT_EQ(study.variants[0].outage("flood"), nullptr);
  EXPECT_NE(study.variants[0].outage("fire"), nullptr);
  ASSERT_NE(study.variants[1].outage("quake"), nullptr);
  EXPECT_EQ(study.variants[1].outage("quake")->result.services[0].rto.mean, 10800);
  EXPECT_TRUE(study.variants[1].outage("quake")->difference.services.empty());
  EXPECT_THAT(study.outages, testing::ElementsAre("fire", "flood", "quake"));
}

TEST(WhatIf, AnInterruptedStudyTellsOnlyWhatEveryVariantHas) {
  const ChangeableScenario scenario = ChangeableScenario::read(stackery);
  const std::atomic<bool> interrupted{true};
  const StudyResult study = run(scenario, options, {100'000}, &interrupted);
  EXPECT_TRUE(study.partial);
  EXPECT_TRUE(study.outages.empty());
  for (const VariantResult& variant : study.variants) EXPECT_TRUE(variant.outages.empty());
}

}  // namespace
}  // namespace muster
