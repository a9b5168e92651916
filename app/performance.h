#pragma once
#include <memory>

#include "app/live_board.h"
#include "app/live_forecasting.h"
#include "app/running_mark.h"
#include "exercise/ledger.h"
#include "exercise/run.h"

namespace muster {

/// One run, of an exercise or a recovery, with everybody who hears of it: board or lines, ledger, forecast. A resource.
class Performance {
 public:
  /// `loaded` and `expected`, the same with what the forecast is to know of the scenario, must outlive it. The board goes to the standard output, or lines to the standard error.
  Performance(const LoadedExercise& loaded, const LoadedExercise& expected, RunSettings settings, bool lines_to_error);
  RunEnded run();  ///< as run_exercise; what the ledger could not take is kept in a file, and said
  ExerciseRecord record() const { return board_.record(); }

 private:
  void hear(const Happening& happening);
  void foretold(const LiveForecast& forecast, bool step_ended);
  void close();

  const LoadedExercise& loaded_;
  const LoadedExercise& expected_;
  const RunSettings settings_;
  const RunningMark mark_;
  LiveBoard board_;
  LedgerWriter writer_;
  std::unique_ptr<LiveForecasting> forecasting_;
};

}  // namespace muster
