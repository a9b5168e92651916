#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "models/load.h"
#include "models/schedule.h"

/// What `muster schedule --json` told people, read back: the plan that a re-run keeps to and that `status` compares with.
namespace muster {

/// Of the programme of that name. Throws InvalidInput, located.
std::vector<Appointment> load_announced(const std::string& path, const Programme& programme);
std::vector<Appointment> parse_announced(std::string_view text, const std::string& name, const Programme& programme);

}  // namespace muster
