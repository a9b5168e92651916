#pragma once
#include "models/shape.h"

namespace muster {

/// The form of a scenario file, version 1: everything that can be said of one value by itself. What
/// concerns several (names, cycles, order) is checked in models/scenario_check.h.
Grammar scenario_grammar();

/// Parts of it, each adding the shapes that it names.
void add_distribution_shapes(Grammar& grammar);  ///< "distribution", "part"
void add_service_shapes(Grammar& grammar);       ///< "service", "copy", "objective", "need"
void add_plan_shapes(Grammar& grammar);          ///< "plan", "step"

}  // namespace muster
