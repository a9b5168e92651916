#pragma once
#include <string>

#include "models/outcomes.h"

namespace muster {

struct BoardReport;

/// One row for each outage, service and quantity (rto, rpo): target, confidence, met, verdict, achievable, mean and quantiles.
/// Seconds, "never" for infinity, empty where there is nothing; RFC 4180, but lines end with a newline alone; with a heading.
std::string board_csv(const BoardReport& report);

}  // namespace muster
