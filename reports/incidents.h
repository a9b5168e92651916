#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "models/incident.h"
#include "reports/style.h"

/// Real outages that were written down, for people and for programs (docs/formats.md).
namespace muster {

std::string incidents_text(const std::vector<Incident>& incidents, const Style& style);
std::string incidents_json(const std::vector<Incident>& incidents, const std::string& program);
/// Each of them, in a list.
nlohmann::ordered_json json_of_incidents(const std::vector<Incident>& incidents);

}  // namespace muster
