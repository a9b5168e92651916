#pragma once
#include <string>
#include <vector>

#include "models/happening.h"
#include "models/observation.h"

/// What an exercise, or a recovery that was run like one, says about how long things take.
namespace muster {

/// Of each attempt of a step, from began to its end, in the order of their ends; in seconds of CLOCK_BOOTTIME.
/// - It ended: it succeeded; or failed, as `fails` of a scenario is judged at an attempt's end; or a decision was answered with no.
/// - It is censored: it timed out; it was ended early by an abort, a halt or the limit; a person said that it was not done; the run
///   ended or died before it did (until the last sign of the run).
/// - It is left out: it never began; its command could not be started; `--yes` answered it.
///
/// Of each role, its response: from the first question of the run that went to its people, to the first answer to it by one of them
/// or, where `people` names nobody's answerer, by anyone. The record holds no arrival, so this is response and answer together: the
/// most that the response can have been; the attempt is marked as holding it (`with_response_of`). Censored where no answer came. A
/// later question to the same role measures no response: by then the scenario has the people at their seats.
/// Nothing comes of a run that was refused. `source` is "exercise ID", of a tabletop "exercise ID (tabletop)". Pure, thread-safe.
std::vector<Observation> observations_of_record(const std::string& id, const std::vector<Happening>& happenings);

}  // namespace muster
