#pragma once
#include <string>

#include "models/outcomes.h"
#include "reports/style.h"

/// The part of the page that an executive reads: which objectives hold, how sure that is, what can be
/// promised.
namespace muster {

/// Table and sentences for one outage.
std::string verdict_text(const OutageResult& outage, std::uint64_t replications, const Style& style);

/// Table of all outages and their objectives, with a sentence that says it in one breath.
std::string summary_text(const SimulationResult& result, const Style& style);

}  // namespace muster
