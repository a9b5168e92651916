#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/outcomes.h"
#include "models/scenario.h"

/// The values that all JSON results are made of. Keys keep their order; numbers are written with as many
/// digits as give the same double back.
namespace muster {

using Json = nlohmann::ordered_json;

Json json_number(double value);  ///< "never" for infinity, null for NaN
Json json_interval(const Interval& interval);
Json json_stats(const Stats& stats);  ///< null for an empty sample
/// "muster", "program", "draws", "command": how every result begins. `program` is the version.
Json json_preamble(const std::string& program, const std::string& command);
/// "scenario" of a result, with the document control where the file has any.
Json json_scenario(const Scenario& scenario, const std::string& title, const std::string& file, const std::string& sha256);
/// Adds "note" and "source" where they say something.
void add_provenance(Json& object, const Provenance& provenance);
/// Indented by two, bytes that are no UTF-8 replaced, a newline at the end.
std::string json_text(const Json& document);

}  // namespace muster
