#pragma once
#include <string>

#include "models/outcomes.h"
#include "reports/style.h"

namespace muster {

/// Two pictures of what decides an outage's recovery time: a tornado of what small changes would do, and the shares of its
/// variance. About the service with the least chance to meet its RTO, or the last to recover. Empty where none was asked for.
std::string sensitivity_text(const OutageResult& outage, const Style& style);

}  // namespace muster
