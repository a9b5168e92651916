#pragma once
#include "models/sensitivity.h"
#include "reports/json_values.h"

namespace muster {

/// "sensitivity" of an outage, as docs/formats.md describes it.
Json sensitivity_json(const OutageSensitivity& result);

}  // namespace muster
