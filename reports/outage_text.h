#pragma once
#include <string>

#include "models/outcomes.h"
#include "models/scenario.h"
#include "reports/style.h"

/// What one outage does, after its verdicts: how long it takes, what decides that, what is lost, who is busy.
namespace muster {

/// What strikes, how often and for how long; empty for a name that the scenario does not know.
std::string outage_sentences(const Scenario& scenario, const std::string& outage);
/// The same below what the file notes, wrapped; empty for a name that the scenario does not know.
std::string outage_description(const Scenario& scenario, const std::string& outage, const Style& style);

/// Each part begins with its heading and ends with a newline; empty where there is nothing to tell.
std::string recovery_text(const OutageResult& outage, const Style& style);
std::string losses_text(const OutageResult& outage, const Style& style);
std::string unrecovered_text(const OutageResult& outage, const Style& style);
std::string people_text(const Scenario& scenario, const OutageResult& outage, const Style& style);

}  // namespace muster
