#pragma once
#include <string>
#include <vector>

#include "models/scenario.h"
#include "models/study_result.h"
#include "models/targets.h"
#include "reports/style.h"

/// What `muster targets` says: as text for people, and as JSON (docs/formats.md). Pure.
namespace muster {

std::string targets_text(const Scenario& scenario, const StudyResult& study, const std::vector<ServiceTargets>& targets, const Style& style);
std::string targets_json(const Scenario& scenario, const StudyResult& study, const std::vector<ServiceTargets>& targets);

}  // namespace muster
