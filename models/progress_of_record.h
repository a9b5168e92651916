#pragma once
#include "models/exercise_record.h"
#include "models/run_progress.h"
#include "models/scenario.h"

namespace muster {

/// What the record of a run tells at `now` of how far its recovery has come, for the outage's plan in `scenario` (as the outage sees it).
/// People count as there once a step of theirs is ready, as the runner takes them; a strike counts as seen when all that it strikes is
/// in `struck`. Nothing (now = 0) before t0.
RunProgress progress_of(const ExerciseRecord& record, const Moment& now, const Scenario& scenario, const std::vector<std::string>& struck);

}  // namespace muster
