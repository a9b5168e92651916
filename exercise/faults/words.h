#pragma once
#include <string>

#include "models/exercise.h"

/// Commands as a person would type them.
namespace muster {

std::string as_typed(const std::string& word);  ///< quoted for a shell where it must be
std::string as_typed(const Argv& argv);
/// In a folder ("" where it does not matter) and a network namespace ("" for the machine's own).
std::string as_typed_at(const Argv& argv, const std::string& folder, const std::string& netns);

}  // namespace muster
