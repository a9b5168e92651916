#pragma once
#include <string>

#include "models/shape.h"

namespace muster {

/// A grammar as JSON Schema 2020-12, laid out for people and ended by a new line. What the checker accepts the schema accepts;
/// it leaves through what only relations between values show.
std::string json_schema(const Grammar& grammar);

}  // namespace muster
