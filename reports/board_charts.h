#pragma once
#include <string>

#include "models/board_report.h"

namespace muster {

/// The data of a board's charts as JSON, in the shape of `Charts` in reports/web/src/data.ts: the numbers of the
/// tables and of the JSON results.
std::string board_charts_json(const BoardReport& report);

}  // namespace muster
