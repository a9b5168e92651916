#pragma once
#include <string>

#include "models/story.h"
#include "reports/style.h"

/// The timeline of a story in text.
namespace muster {

/// A row a step in the order of the story (a duty's instances share one), then a row for each service that
/// was down, above one time axis; steps that did nothing are named below. A legend explains the marks that
/// occur.
std::string gantt(const Story& story, const Style& style);

}  // namespace muster
