#pragma once
#include "models/scenario.h"

namespace muster {

/// The scenario with each calibrated law replaced by what is expected of its next value alone, all uncertainty included: 1,000 equally
/// likely quantiles of the predictive law. So a value that has lasted for a while can be drawn given that, and what it teaches of the law
/// is in it. What is lost is that several values of one law share a truth, and that a calibrated transfer shares its link. Without
/// calibration the scenario itself.
Scenario with_predicted_laws(Scenario scenario);

}  // namespace muster
