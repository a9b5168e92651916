#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sim/study.h"

/// The variants of a study in one outage.
namespace muster {

/// By case; null: not asked for.
using Outcomes = std::vector<std::shared_ptr<const OutageOutcome>>;
/// Whether a case is asked for; the baseline is simulated anyway where any is, since the others are compared with it.
using CaseFilter = std::function<bool(std::size_t which)>;

/// Nothing when it was interrupted.
std::optional<Outcomes> simulate_cases(const StudyCases::OfOutage& of, const CaseFilter& wanted, const Scenario& baseline,
                                       const VariantScenario& scenario_of, const StudyOptions& options, const ProgressSink& progress,
                                       const std::atomic<bool>* interrupted, Progress where);

/// The whole from the outcomes of all cases of each outage, in the order of cases.outages(); of fewer outages it is marked partial.
StudyResult study_result(const Scenario& baseline, const Study& study, const StudyCases& cases, const StudyOptions& options, const std::vector<Outcomes>& outcomes);

}  // namespace muster
