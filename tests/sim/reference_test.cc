#include "tests/sim/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/load.h"
#include "sim/replication.h"
#include "tests/sim/random_scenario.h"

namespace muster {
namespace {

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;  // no tolerance would tell never from anything
  return a == b || std::fabs(a - b) <= 1e-9 * std::max(1.0, std::fabs(a));
}

double told(double t) { return t == never ? std::nan("") : t; }

std::string how(StoryStep::End end) {
  switch (end) {
    case StoryStep::End::passed: return "passed";
    case StoryStep::End::succeeded: return "succeeded";
    case StoryStep::End::failed: return "failed";
    case StoryStep::End::replaced: return "replaced";
    case StoryStep::End::cut_short: return "cut short";
    default: return "";
  }
}

/// Every difference of one replication, in words; empty when there is none.
std::string differences(const Story& story, const ReferenceOutcome& expected, const Scenario& scenario) {
  std::string text;
  const auto differ = [&](const std::string& what, double got, double want) {
    if (!same(got, want)) text += what + ": " + std::to_string(got) + " instead of " + std::to_string(want) + "\n";
  };
  differ("plan end", story.plan_end, expected.plan_end);
  if (story.stood_down != expected.stood_down) text += "stood down differs\n";
  if (story.stopped != expected.stopped) text += "stopped differs\n";
  for (const Service& s : scenario.services) {
    const auto it = std::find_if(story.services.begin(), story.services.end(), [&](const StoryService& x) { return x.name == s.name; });
    differ("recovery time of " + s.name, it == story.services.end() ? 0 : it->rto, expected.rto.at(s.name));
    if (it != story.services.end()) differ("data loss of " + s.name, it->rpo, expected.rpo.at(s.name));
  }
  for (const auto& [name, step] : expected.steps) {
    const StoryStep* last = nullptr;
    for (const StoryStep& s : story.steps)
      if (s.name == name && (!last || s.instance >= last->instance)) last = &s;
    if (!last) continue;
    if (last->duty) {
      if (last->start < never) differ("last start of duty " + name, last->start, step.start);
      continue;
    }
    differ("start of " + name, told(last->start), step.start);
    if (step.how != "" && step.how != "passed") differ("end of " + name, told(last->finish), step.finish);
    if (how(last->end) != step.how) text += "end of " + name + ": " + how(last->end) + " instead of " + step.how + "\n";
  }
  return text;
}

// Oracle: a second simulator, written apart from the first, from the text of the format (reference.h), on random scenarios over all
// features (random_scenario.h). Both draw under the same names, so replications must agree one by one.
TEST(Reference, AgreesReplicationByReplicationOnRandomScenarios) {
#ifdef MUSTER_SANITIZED
  constexpr std::uint64_t scenarios = 300;
#else
  constexpr std::uint64_t scenarios = 3000;
#endif
  int disagreements = 0, recovered = 0, never_recovered = 0, stood_down = 0, stopped = 0;
  for (std::uint64_t seed = 1; seed <= scenarios && disagreements < 5; ++seed) {
    const std::string yaml = random_scenario(seed);
    Scenario scenario;
    try {
      scenario = parse_scenario(yaml, "random.yaml").scenario;
    } catch (const InvalidInput& e) {
      ADD_FAILURE() << "seed " << seed << "\n" << e.what() << "\n" << yaml;
      ++disagreements;
      continue;
    }
    const Program program = compile(scenario, "o");
    Replication r(program);
    Tables tables;
    for (std::uint32_t replication = 0; replication < 10; ++replication) {
      const Story story = r.tell(seed, replication);
      const std::string text = differences(story, refer(scenario, "o", seed, replication, tables), scenario);
      recovered += story.recovery > 0 && story.recovery < never;
      never_recovered += story.recovery == never;
      stood_down += story.stood_down;
      stopped += story.stopped;
      if (text.empty()) continue;
      ADD_FAILURE() << "seed " << seed << ", replication " << replication << "\n" << text << yaml;
      ++disagreements;
      break;
    }
  }
  // The scenarios must be worth the comparison: every kind of ending occurs often.
  for (const int count : {recovered, never_recovered, stood_down, stopped}) EXPECT_GT(count, static_cast<int>(scenarios) / 10);
}

}  // namespace
}  // namespace muster
