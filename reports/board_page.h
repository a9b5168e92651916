#pragma once
#include <string>

#include "models/board_report.h"

/// The page that a board reads.
namespace muster {

/// One HTML file (reports/page_frame.h): the verdict and what can be promised for each service first, then each outage,
/// then assumptions with their sources, the method, and what reproduces it. Every number of a chart is in a table beside it.
std::string board_page(const BoardReport& report);

/// The same tables and sentences as Markdown, for those who paste.
std::string board_markdown(const BoardReport& report);

}  // namespace muster
