#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "models/load.h"
#include "models/programme.h"
#include "models/shape.h"

/// From a programme file to a Programme, with the scenarios whose plans it exercises: the same path and manners as models/load.h.
///
/// Every problem of the file and of its scenarios is found in one go and located. Calendars are named here and read by others.
namespace muster {

/// Scenarios and calendars are found beside the file. Throws InvalidInput.
LoadedProgramme load_programme(const std::string& path, const LoadLimits& = {});

/// The same from memory: `name` stands for the file in messages, `folder` is where calendars start, and `scenario` gives the
/// scenario of that name, or throws InvalidInput.
using ProgrammeScenario = std::function<Loaded(const std::string& name)>;
LoadedProgramme parse_programme(std::string_view text, const std::string& name, const std::string& folder, const ProgrammeScenario& scenario,
                                const LoadLimits& = {});

/// The form of a programme file, version 1.
Grammar programme_grammar();
/// The JSON Schema (2020-12) of a programme file, as shipped in scenarios/programme.schema.json, from the same shapes.
std::string programme_json_schema();

}  // namespace muster
