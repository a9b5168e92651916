#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "models/calibration.h"

/// From observations to a Calibration.
namespace muster {

struct CalibrationOptions {
  double prior_weight = 5;          ///< of items that do not say their own; 1 to 10,000
  std::optional<double> half_life;  ///< seconds: an observation counts for 2^-(age / half-life)
  std::int64_t as_of = 0;           ///< nanoseconds since 1970, what ages count from
};

/// A pure function of the scenario and the set of observations: their order does not show, and one that is there twice counts once.
/// - Used: those whose step, role or outage the scenario has, of this scenario or of none that is known by title.
/// - A response is on- or off-hours by when it began. One of a step that holds the response of a role which the scenario has respond by
///   itself is left out, as are those of tabletops, those of no length, and with a half-life those of no known age.
/// - An item without observations is in the calibration where the scenario states a law that varies and is taken as it is: then only its
///   tails change (see prior_belief). What is stated as exact, and sums of several parts, stay as they are until something was observed.
Calibration calibrate(const Scenario& scenario, const std::vector<Observation>& observations, const CalibrationOptions& options);

}  // namespace muster
