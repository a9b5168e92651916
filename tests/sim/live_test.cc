#include "sim/live.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/load.h"
#include "models/statistics.h"
#include "sim/simulate.h"
#include "tests/sim/half_way.h"
#include "tests/sim/random_scenario.h"

namespace muster {
namespace {

#ifdef MUSTER_SANITIZED
constexpr int scenarios = 40;
constexpr std::uint32_t runs = 60;
#else
constexpr int scenarios = 400;
constexpr std::uint32_t runs = 300;
#endif

Program program_of(const std::string& text) { return compile(parse_scenario(text, "s.yaml").scenario, "o"); }

// What a replication was, in a word to compare.
std::vector<double> outcome(const Program& p, const Replication& r) {
  std::vector<double> out;
  for (std::int32_t s = 0; s < p.services; ++s) out.push_back(r.rto(s));
  for (std::size_t s = 0; s < p.steps.size(); ++s) {
    const auto& step = r.step(static_cast<std::int32_t>(s));
    out.push_back(static_cast<double>(step.how));
    out.push_back(step.ran ? step.start : -1);
    out.push_back(step.how == Replication::How::not_ended ? -1 : step.finish);
  }
  return out;
}

TEST(LiveReplication, AtTheOnsetItIsTheReplicationItself) {
  for (int seed = 1; seed <= scenarios; ++seed) {
    const Program p = program_of(random_scenario(static_cast<std::uint64_t>(seed)));
    const Standing standing(p, {});
    Replication whole(p), resumed(p);
    for (std::uint32_t i = 0; i < 20; ++i) {
      whole.run(3, i, false);
      resumed.resume(standing, 3, i);
      ASSERT_EQ(outcome(p, whole), outcome(p, resumed)) << "scenario " << seed << ", replication " << i;
    }
  }
}

// The law of total probability: the chances that are told half way agree, on average, with what then comes.
TEST(LiveReplication, ChancesHalfWayAgreeWithWhatComes) {
  double squares = 0;
  int judged = 0;
  for (int seed = 1; seed <= scenarios; ++seed) {
    const Program p = program_of(random_scenario(static_cast<std::uint64_t>(seed)));
    Replication r(p), rest(p);
    std::vector<double> recoveries;
    for (std::uint32_t i = 0; i < 300; ++i) {
      r.run(1, i, false);
      recoveries.push_back(r.recovery());
    }
    std::sort(recoveries.begin(), recoveries.end());
    const double median = recoveries[recoveries.size() / 2] * (1 + 1e-9);  // sums from the middle on may round otherwise
    if (!std::isfinite(median) || median == 0 || recoveries.front() == recoveries.back()) continue;
    for (const double share : {0.3, 0.8}) {
      Moments off;
      // Random scenarios call their steps alike: with one seed they would all have the same luck, and the squares would not be independent.
      const std::uint64_t own = 7 + 2 * static_cast<std::uint64_t>(seed) + (share > 0.5), others = 1'000'000 + runs * own;
      for (std::uint32_t i = 0; i < runs; ++i) {
        const double now = median * share;
        r.run(own, i, false);
        const bool met = r.recovery() <= median;
        const Standing standing(p, half_way(p, r, own, i, now));
        if (r.stood_down()) continue;
        double chance = 0;
        constexpr std::uint32_t inner = 4;
        for (std::uint32_t k = 0; k < inner; ++k) {
          rest.resume(standing, others + i, k);
          chance += rest.recovery() <= median;
        }
        off.add(met - chance / inner);
      }
      if (off.count < runs / 4) continue;
      if (off.sd() == 0) {
        EXPECT_EQ(off.mean, 0) << "scenario " << seed << " at " << share;
        continue;
      }
      const double z = off.mean / (off.sd() / std::sqrt(static_cast<double>(off.count)));
      EXPECT_LT(std::fabs(z), 4.5) << "scenario " << seed << " at " << share << ": off by " << off.mean << "\n" << random_scenario(static_cast<std::uint64_t>(seed));
      squares += z * z;
      ++judged;
    }
  }
  EXPECT_GT(judged, scenarios / 2);
  // Chi-square: its mean is the number of squares, its variance twice that.
  EXPECT_LT((squares - judged) / std::sqrt(2.0 * judged), 4) << "over " << judged << " times";
}

}  // namespace
}  // namespace muster
