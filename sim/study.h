#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/progress.h"
#include "models/scenario.h"
#include "models/study.h"
#include "models/study_result.h"

/// The variants of a study, simulated on the same draws.
namespace muster {

/// Which variants each outage can tell apart (sim/concern.h). Filled before anything is simulated; scenarios are not kept.
class StudyCases {
 public:
  /// `outages`: those to simulate; empty for all of the baseline and of the variants.
  explicit StudyCases(const Scenario& baseline, std::vector<std::string> outages = {});
  /// Variants in order from 0.
  void add(const Scenario& variant);

  static constexpr std::size_t baseline = static_cast<std::size_t>(-1);
  struct OfOutage {
    std::string name;
    std::vector<std::size_t> cases;                  ///< the first variant of each; `baseline` leads where it has the outage
    std::vector<std::string> courses;                ///< of each (sim/concern.h)
    std::map<std::string, std::size_t> by_concern;
    std::map<std::size_t, std::size_t> case_of;      ///< by variant, those that have the outage
    std::map<std::size_t, double> rate_of;           ///< a year, by variant; 0: it does not say
  };
  const std::vector<OfOutage>& outages() const { return outages_; }
  std::size_t variants() const { return variants_; }
  /// The outages of a variant, in its order, that are simulated.
  const std::vector<std::string>& order_of(std::size_t variant) const { return orders_.at(variant); }

 private:
  void place(std::size_t variant, const Scenario& scenario);
  std::vector<std::string> wanted_;
  std::vector<OfOutage> outages_;
  std::map<std::size_t, std::vector<std::string>> orders_;
  std::size_t variants_ = 0;
};

struct StudyOptions {
  static constexpr std::uint64_t most_replications = 1'000'000;
  std::uint64_t replications = 100'000;  ///< of each outage and variant, 1 to most_replications
  std::uint64_t seed = 1;
  int threads = 0;                       ///< 0: all cores. The result does not depend on it
  bool promises = false;                 ///< OutageOutcome carries them
};

/// The scenario of a variant, the one that was add()ed under that number. Called from several threads at once.
using VariantScenario = std::function<Scenario(std::size_t variant)>;

/// Simulates the baseline and every case that differs from it, outage by outage, variants side by side; each case
/// runs under the seed and replication numbers of the baseline, and every draw is a function of these and of its own name, so
/// what a change does not touch draws the same. Bit-identical for any number of threads. Variants whose recoveries
/// go the same course are simulated together. In memory are at any time the values of the baseline and of at most 8 variants a thread: 16
/// bytes for each service, replication and variant.
/// When `interrupted` becomes true, returns soon with the outages that are done, marked partial.
StudyResult run_study(const Scenario& baseline, const Study& study, const StudyCases& cases, const VariantScenario& scenario_of,
                      const StudyOptions& options, const ProgressSink& progress = {}, const std::atomic<bool>* interrupted = nullptr);

}  // namespace muster
