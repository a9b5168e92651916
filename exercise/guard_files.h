#pragma once
#include <string>
#include <vector>

#include "models/document.h"

/// The small files by which owners of machines say what may be done: strict, and only from who may say it.
namespace muster {

struct GuardFile {
  bool there = false;
  Node root;                       ///< a map, where nothing is wrong
  std::vector<std::string> wrong;  ///< all that keeps it from being believed, with file and line
};
/// `known`: its keys. Looks only.
GuardFile read_guard_file(const std::string& path, const std::vector<std::string>& known);
/// The names that a key lists; none where the key is missing.
std::vector<std::string> names_in(const GuardFile& file, const std::string& path, const std::string& key, std::vector<std::string>& wrong);

/// Whether a name is of production or its kin, or on the list: whole words of it, in any case ("EU-Prod-2" is, "productivity" is not).
bool is_denied(const std::string& name, const std::vector<std::string>& more);

}  // namespace muster
