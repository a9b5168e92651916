#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/findings.h"
#include "models/scenario.h"
#include "models/table.h"

/// From a tree to a Scenario. What the shape check has found wrong already is left out in silence; what only shows
/// here (percentiles in the wrong order, an objective that nobody defined) is reported.
namespace muster {

/// What the functions below share while one document is decoded.
struct Decoding {
  Findings& findings;
  Tables& tables;
  std::unordered_map<std::string, Objective> objectives{};          ///< of the document, by name
  std::vector<std::string> objective_names{};
  std::unordered_map<std::string, std::optional<double>> sizes{};   ///< of services with data, by service
  std::vector<std::string> service_names{};
};

Scenario decode_scenario(const View& root, Decoding& decoding);

std::optional<Distribution> decode_distribution(const View& value, Decoding& decoding);
std::optional<Response> decode_response(const View& value, Decoding& decoding);
Service decode_service(const View& value, Decoding& decoding);
Objective decode_objective(const View& value);
std::vector<Need> decode_needs(const View& value);
Plan decode_plan(const View& value, Decoding& decoding);
Outage decode_outage(const View& value, Decoding& decoding);
Provenance decode_provenance(const View& map);

/// The member of a map; nothing where it is missing or the value is no map.
std::optional<View> field(const View& map, std::string_view key);
/// Calls for each member of a map that is not ignored; for each item of a list.
void each_member(const View& map, const std::function<void(const View&)>& use);
void each_item(const View& list, const std::function<void(const View&)>& use);
/// The text of a single value; empty where the field is missing or something else.
std::string text_field(const View& map, std::string_view key);
std::vector<std::string> names_field(const View& map, std::string_view key);
/// The value as `parse` reads it; nothing where the field is missing or wrong.
std::optional<double> quantity_field(const View& map, std::string_view key, double (*parse)(std::string_view));
std::optional<double> probability_field(const View& map, std::string_view key);
std::optional<double> number_field(const View& map, std::string_view key);
std::optional<Distribution> distribution_field(const View& map, std::string_view key, Decoding& decoding);

}  // namespace muster
