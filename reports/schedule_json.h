#pragma once
#include <string>

#include "models/schedule.h"

/// A programme's dates for programs (docs/formats.md); models/load_schedule.h reads the appointments back.
namespace muster {

std::string schedule_json(const Schedule& schedule, const std::string& program);
std::string programme_status_json(const ProgrammeStatus& status, const std::string& program);

}  // namespace muster
