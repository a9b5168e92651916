#pragma once
#include "models/document.h"

namespace muster {

/// Reads checked UTF-8 (models/text_check.h) as one YAML document. Throws InvalidInput.
Document read_yaml(std::string_view text, const std::string& name, const LoadLimits& limits);

}  // namespace muster
