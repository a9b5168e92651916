#pragma once
#include <string>

#include "models/schedule.h"

/// The exercises as a calendar (RFC 5545). Identities outlive a re-run and SEQUENCE grows with every change, so that a calendar that reads
/// the file again updates what it has; what was cancelled is in it as cancelled. The bytes depend on the schedule alone.
namespace muster {

std::string schedule_calendar(const Schedule& schedule, const std::string& program);

}  // namespace muster
