#pragma once
#include <string>

#include "models/exercise_record.h"
#include "models/live_forecast.h"
#include "reports/style.h"

/// A running exercise at a glance.
namespace muster {

/// A frame of the live board: what runs, for how long and how long it was predicted to take; faults and the time they have left; probes;
/// who is asked for what. No line is wider than the style's width; at most `height` lines, what does not fit is counted.
/// Each line ends with a newline. `forecast`: what may still come, where it is known.
std::string board_text(const ExerciseRecord& record, const Moment& now, const Style& style, int height, const LiveForecast* forecast = nullptr);

}  // namespace muster
