#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "models/document.h"

/// Another validator, python3-jsonschema, as the oracle of what a JSON Schema says.
namespace muster {

std::string bytes_of_file(const std::filesystem::path& path);

/// A shipped schema is the text that the program has (MUSTER_UPDATE_GOLDEN=1 writes it anew).
void expect_shipped(const std::filesystem::path& path, const std::string& schema);
/// Every key of every closed object in a schema is described; returns how many there are.
std::size_t expect_described(const std::string& schema);

/// As an editor's YAML 1.2 reader hands it to a validator.
nlohmann::ordered_json as_json(const Node& node);

/// What it says of each document: a description of the first error, or nothing.
std::map<std::string, std::string> judge(const std::string& schema, const nlohmann::ordered_json& documents);
/// Of each file that can be read at all.
std::map<std::string, std::string> judge(const std::string& schema,
                                         const std::vector<std::filesystem::path>& files);

}  // namespace muster
