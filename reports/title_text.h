#pragma once
#include <string>

#include "models/scenario.h"
#include "reports/style.h"

namespace muster {

/// How a page begins: the title of the scenario, its file and document control.
std::string title_text(const std::string& title, const std::string& file, const DocumentControl& d, const Style& style);

}  // namespace muster
