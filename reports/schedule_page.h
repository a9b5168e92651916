#pragma once
#include <string>

#include "models/schedule.h"

/// The programme as a page with a calendar of its years, and as Markdown for a wiki.
namespace muster {

std::string schedule_page(const Schedule& schedule);
std::string schedule_markdown(const Schedule& schedule);

}  // namespace muster
