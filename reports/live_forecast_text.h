#pragma once
#include <string>

#include "models/exercise_record.h"
#include "models/live_forecast.h"
#include "reports/style.h"

/// What may still come of a recovery under way, for people.
namespace muster {

/// Rows for the board, each with its newline and no wider than the style: per service (four at most, those with the least chance) the chance
/// to be back within its RTO and when it is expected back, then the step that decides. "" without replications.
std::string live_forecast_text(const LiveForecast& forecast, const Style& style);

/// The same in one line without its newline: "api within 30 min: 83% (82–84%), expected at 21 min (p10 …, p90 …); promote decides".
std::string live_forecast_line(const LiveForecast& forecast);

/// What became of each service with an RTO, once the run is over: "api  MET: 21 min, RTO 30 min". Of an incident.
std::string incident_summary(const ExerciseRecord& record, const LiveForecast& last, const Style& style);

}  // namespace muster
