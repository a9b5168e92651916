#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "models/exercise.h"
#include "models/load.h"

/// From an exercise file to an Exercise, with the scenario that it performs: the same path and manners as
/// models/load.h.
///
/// Every problem of the exercise file and of its scenario is found in one go and located. Nothing is touched
/// and nothing but these two files (and the tables of the scenario) is read; what the machine lacks is for
/// others to say.
namespace muster {

/// The scenario is found beside the exercise, whose folder becomes absolute. Throws InvalidInput.
LoadedExercise load_exercise(const std::string& path, const LoadLimits& = {});

/// The same from memory: `name` stands for the file in messages, `folder` is where relative files and
/// commands start, and `scenario` gives the scenario of that name, or throws InvalidInput.
using ScenarioByName = std::function<Loaded(const std::string& name)>;
LoadedExercise parse_exercise(std::string_view text, const std::string& name, const std::string& folder,
                              const ScenarioByName& scenario, const LoadLimits& = {});

/// A real recovery of an outage of the scenario, which must have it: of kind incident, bound by a file of bindings or ("") by none, so that
/// every step is asked for. `bindings`'s folder is where commands start. Throws InvalidInput.
LoadedExercise load_incident(const Loaded& scenario, const std::string& outage, const std::string& bindings, const LoadLimits& = {});
/// The same from memory.
LoadedExercise parse_incident(std::string_view bindings, const std::string& name, const std::string& folder, const Loaded& scenario,
                              const std::string& outage, const LoadLimits& = {});

/// The JSON Schema (2020-12) of an exercise file, as shipped in scenarios/exercise.schema.json, from the
/// shapes that the loader checks by.
std::string exercise_json_schema();

}  // namespace muster
