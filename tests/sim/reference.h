#pragma once
#include <map>
#include <string>

#include "models/quantile_table.h"
#include "models/scenario.h"

/// A second simulator of one replication, for the tests: written from the text of the format alone, in the plainest way (names,
/// maps, everything scanned again at every instant), with nothing of sim/ but the names of the draws. It is slow and easy to read.
namespace muster {

struct ReferenceStep {
  double start, finish;  ///< NaN where it did not happen
  std::string how;       ///< "", "passed", "succeeded", "failed", "replaced", "cut short"
};

struct ReferenceOutcome {
  std::map<std::string, double> rto, rpo;
  std::map<std::string, ReferenceStep> steps;  ///< of a duty: its last instance
  double plan_end = 0;
  bool stood_down = false, stopped = false;
};

/// Samplers by the distribution's place in a scenario, kept from one replication to the next because they are slow to make.
using Tables = std::map<const Distribution*, QuantileTable>;

ReferenceOutcome refer(const Scenario& scenario, const std::string& outage, std::uint64_t seed, std::uint32_t replication, Tables& tables);

}  // namespace muster
