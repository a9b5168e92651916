#pragma once
#include <string>

#include "models/schedule.h"
#include "reports/style.h"

/// A programme's dates, or why there are none, for a terminal; and how it stands.
namespace muster {

std::string schedule_text(const Schedule& schedule, const Style& style);
std::string programme_status_text(const ProgrammeStatus& status, const Style& style);

}  // namespace muster
