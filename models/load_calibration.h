#pragma once
#include <string>
#include <string_view>

#include "models/calibration.h"
#include "models/load.h"
#include "models/shape.h"

/// From a calibration's file, which `muster calibrate` writes, to a Calibration for a scenario; the same path and manners as models/load.h.
namespace muster {

struct LoadedCalibration {
  Calibration calibration;
  std::vector<Problem> warnings;  ///< it was made for another state of the scenario, and still fits every item
};

/// Throws InvalidInput: also where an item is of a step, role or outage that the scenario does not have, or that it states otherwise
/// than when the calibration was made. `scenario` is as its file says it, without settings.
LoadedCalibration load_calibration(const std::string& path, const Scenario& scenario, const LoadLimits& = {});
/// The same from memory; `name` stands for the file in messages.
LoadedCalibration parse_calibration(std::string_view text, const std::string& name, const Scenario& scenario, const LoadLimits& = {});
/// As it is written, held against no scenario.
Calibration parse_calibration(std::string_view text, const std::string& name, const LoadLimits& = {});

/// The form of the file, version 1, and its JSON Schema (2020-12) as shipped in scenarios/calibration.schema.json.
Grammar calibration_grammar();
std::string calibration_json_schema();

}  // namespace muster
