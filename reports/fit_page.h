#pragma once
#include <string>

#include "models/fit_result.h"

namespace muster {

/// A fit as an HTML page in one file (reports/page_frame.h).
std::string fit_page(const FitResult& result, const std::string& program);

}  // namespace muster
