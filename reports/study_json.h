#pragma once
#include <ostream>

#include "models/scenario.h"
#include "models/study_result.h"

namespace muster {

/// The result of `muster what-if` as JSON (docs/formats.md), variant by variant, as all of them together can be large.
void write_study_json(std::ostream& out, const Scenario& scenario, const StudyResult& result);

}  // namespace muster
