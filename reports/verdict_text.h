#pragma once
#include <string>
#include <vector>

#include "models/outcomes.h"
#include "reports/style.h"

/// The part of the page that an executive reads: which objectives hold, how sure that is, what can be
/// promised.
namespace muster {

/// All verdicts on the objectives of the services that an outage affects.
std::vector<Verdict> verdicts_of(const OutageResult& outage);
std::vector<Verdict> verdicts_of(const ObjectiveResult& objective);

/// Table and sentences for one outage.
std::string verdict_text(const OutageResult& outage, std::uint64_t replications, const Style& style);

/// Table of all outages and their objectives, with a sentence that says it in one breath.
std::string summary_text(const SimulationResult& result, const Style& style);

}  // namespace muster
