#pragma once
#include <string>

#include "models/outcomes.h"
#include "reports/style.h"

namespace muster {

/// The objectives of an outage that are hardly ever missed, and how rarely. Empty where it was not asked.
std::string rare_text(const OutageResult& outage, const Style& style);

}  // namespace muster
