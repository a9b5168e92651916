#pragma once
#include <string>

#include "models/fit_result.h"
#include "reports/style.h"

/// A fit for people.
namespace muster {

/// The answer, what was measured, the fits, two pictures and the lines to paste. No line is wider than the style's width but for
/// the lines to paste.
std::string fit_text(const FitResult& result, const std::string& program, const Style& style);

}  // namespace muster
