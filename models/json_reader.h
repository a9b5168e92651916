#pragma once
#include <optional>

#include "models/document.h"

namespace muster {

/// Reads checked UTF-8 that is strictly JSON (RFC 8259): what JSON has and YAML readers refuse then loads too, such as surrogate
/// pairs, tabs as indentation and a colon on its own line. Nothing where the text is not JSON, whatever is wrong with it;
/// throws InvalidInput where it is, but goes beyond the limits or repeats a key.
std::optional<Document> read_json(std::string_view text, const std::string& name, const LoadLimits& limits);

}  // namespace muster
