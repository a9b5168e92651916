#pragma once
#include <string>

#include "models/scenario.h"
#include "models/study_result.h"
#include "reports/style.h"

namespace muster {

/// The report of `muster what-if`: the recommendation, the frontier, all variants, heat tables, and what the recommended
/// variant (the only one, where there is one) changes.
std::string study_text(const Scenario& scenario, const StudyResult& result, const Style& style);

}  // namespace muster
