#pragma once
#include <string>

#include "models/story.h"

/// What `muster explain --json` writes: format 1 (docs/formats.md).
namespace muster {

/// One JSON object and a newline; seconds, "never" for what does not happen. `program` is the version of
/// Muster.
std::string story_json(const Story& story, const std::string& program);

}  // namespace muster
