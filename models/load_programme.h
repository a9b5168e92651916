#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "models/load.h"
#include "models/programme.h"
#include "models/shape.h"

/// From a programme file to a Programme, with the scenarios whose plans it exercises: the same path and manners as models/load.h.
///
/// Every problem of the file, of its scenarios and of its calendars is found in one go and located. Calendars are read by others.
namespace muster {

/// What keeps a calendar from being read over those days (of the zone), in a sentence; "": nothing.
using ProgrammeCalendar = std::function<std::string(const std::string& file, Day first, Day last, const std::string& zone)>;

/// Scenarios and calendars are found beside the file. Without `calendar` they are not looked at. Throws InvalidInput.
LoadedProgramme load_programme(const std::string& path, const ProgrammeCalendar& calendar = {}, const LoadLimits& = {});

/// The same from memory: `name` stands for the file in messages, `folder` is where calendars start, and `scenario` gives the
/// scenario of that name, or throws InvalidInput.
using ProgrammeScenario = std::function<Loaded(const std::string& name)>;
LoadedProgramme parse_programme(std::string_view text, const std::string& name, const std::string& folder, const ProgrammeScenario& scenario,
                                const ProgrammeCalendar& calendar = {}, const LoadLimits& = {});

/// The form of a programme file, version 1.
Grammar programme_grammar();
/// The JSON Schema (2020-12) of a programme file, as shipped in scenarios/programme.schema.json, from the same shapes.
std::string programme_json_schema();

}  // namespace muster
