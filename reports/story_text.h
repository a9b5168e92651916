#pragma once
#include <string>

#include "models/story.h"
#include "reports/style.h"

/// The page of `muster explain` for people: one replication as it came about.
namespace muster {

/// What became of each service, the plan as a chart over time (waiting ·, running ▒, on the critical path █),
/// why the last recovery came when it did, what waited for what, the copies of the data, and all that
/// happened in order. UTF-8, no line wider than the style's width.
std::string story_text(const Story& story, const Style& style);

}  // namespace muster
