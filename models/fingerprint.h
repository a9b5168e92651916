#pragma once
#include <string>
#include <string_view>

#include "models/scenario.h"

namespace muster {

/// Everything of a scenario that a result depends on, as JSON with sorted keys and nothing but what it says: no
/// titles, notes, sources, document control or file names; durations in seconds whatever unit the file has. What order
/// matters for (steps, roles, strikes …) is in lists.
std::string canonical_json(const Scenario& scenario);
std::string canonical_json(const Distribution& law);
std::string canonical_json(const std::vector<Part>& takes);

/// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);

}  // namespace muster
