#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/models/validator.h"

namespace muster {

/// Schemas, exercises, studies and programmes lie among them.
inline bool is_scenario(const std::filesystem::path& path) {
  if (path.extension() != ".yaml" && path.extension() != ".json") return false;
  const std::string text = bytes_of_file(path);
  for (const char* other : {"muster-exercise:", "muster-what-if:", "muster-programme:"})
    if (text.find(other) != std::string::npos) return false;
  return path.filename().string().find("schema.json") == std::string::npos;
}

inline std::vector<std::filesystem::path> scenarios_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (is_scenario(entry.path())) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace muster
