#pragma once
#include <string>

#include "models/fit_result.h"

namespace muster {

/// A fit for programs: format 1 (docs/formats.md); one JSON object and a newline. `program` is the version of Muster.
std::string fit_json(const FitResult& result, const std::string& program);

/// What the page's charts carry of it (reports/web/src/data.ts).
std::string fit_charts_json(const FitResult& result);

}  // namespace muster
