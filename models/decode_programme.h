#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/decode_exercise.h"
#include "models/load_programme.h"
#include "models/programme.h"

/// From a tree to a Programme. What the shape check has found wrong already is left out in silence; what only shows here (names that
/// nobody defined, exercises that nobody can attend, services that nothing covers) is reported.
namespace muster {

/// What the functions below share while one document is decoded.
struct ProgrammeDecoding {
  Findings& findings;
  std::string folder{};                                      ///< where calendars start; "" as they are written
  ProgrammeCalendar calendar{};                              ///< reads them; none: they are not looked at
  std::vector<Scenario> scenarios{};
  std::map<std::string, std::optional<std::size_t>> files{}; ///< where the scenario of a file is; nothing: it could not be read
  Names people{"person"}, roles{"role"}, exercises{"exercise"};
};

Programme decode_programme(const View& root, ProgrammeDecoding& decoding);

}  // namespace muster
