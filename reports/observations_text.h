#pragma once
#include <string>
#include <vector>

#include "models/observation.h"
#include "models/observation_import.h"
#include "reports/style.h"

/// Observations, and what was imported of them: for people and for programs (docs/formats.md).
namespace muster {

/// What became of a file's rows: how many are observations, and why the others are not, with examples.
std::string import_text(const ImportCount& count, const std::string& file, const Style& style);

/// One line for each step, role and outage: how many observations, how many censored, the middle one, how old the newest is.
std::string observations_text(const std::vector<Observation>& all, const std::string& now_date, const Style& style);
std::string observations_json(const std::vector<Observation>& all, const std::string& program);

}  // namespace muster
