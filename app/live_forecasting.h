#pragma once
#include <functional>
#include <memory>
#include <thread>

#include "models/exercise.h"
#include "models/exercise_record.h"
#include "models/live_forecast.h"

/// The chance to meet the objectives while a run goes on, anew at least every second, in a thread of its own at a low priority: it never
/// delays the run. A forecast takes as many replications as 200 ms of a core allow, 5,000 at most; how many is in the result, and so
/// many with the same seed from the same progress give the same numbers.
namespace muster {

class LiveForecasting {
 public:
  /// `record` gives a copy of what is known; `show` is told each forecast and whether a step has ended since the last one. Both from the
  /// thread. `exercise` must outlive it.
  LiveForecasting(const LoadedExercise& exercise, std::uint64_t seed, std::function<ExerciseRecord()> record,
                  std::function<void(const LiveForecast&, bool step_ended)> show);
  ~LiveForecasting();           ///< waits for the forecast that is being made, a fraction of a second
  LiveForecasting(const LiveForecasting&) = delete;
  LiveForecasting& operator=(const LiveForecasting&) = delete;
  void hear(const Happening& happening);  ///< returns at once: the end of a step brings the next forecast forward

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::thread thread_;
};

/// The last word on a run that is over: `replications` from where it stands at its end.
LiveForecast last_forecast(const LoadedExercise& exercise, const ExerciseRecord& record, std::uint64_t seed, std::uint64_t replications);

/// A running exercise's latest forecast, in its run folder, for whoever asks how it goes. Writing fails in silence.
void keep_forecast(const std::string& run_folder, const std::string& text);
std::string kept_forecast(const std::string& run_folder);  ///< "" where there is none of the last 5 s

}  // namespace muster
