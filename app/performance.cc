#include "app/performance.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/adoption.h"
#include "app/output.h"
#include "exercise/keeper.h"
#include "exercise/refused.h"
#include "reports/live_forecast_text.h"

namespace muster {

Performance::Performance(const LoadedExercise& loaded, const LoadedExercise& expected, RunSettings settings, bool lines_to_error)
    : loaded_(loaded),
      expected_(expected),
      settings_(std::move(settings)),
      mark_(settings_.id),
      board_(lines_to_error ? STDERR_FILENO : STDOUT_FILENO, !lines_to_error && can_show_board(STDOUT_FILENO), !lines_to_error && colour_on_output(), settings_.id),
      writer_(ledger_file(), settings_.id) {}

RunEnded Performance::run() {
  RunEnded ended;
  try {
    ended = run_exercise(loaded_, settings_, {[this](const Happening& h) { hear(h); }, &system_clock()});
  } catch (const Refused& refused) {
    const ExerciseRecord record = board_.record();
    if (record.began && !record.over()) hear({system_clock().now(), RunEnded{Ending::refused, refused.what(), "guard", true, {}, {}}});
    close();
    throw;
  }
  close();
  return ended;
}

void Performance::hear(const Happening& happening) {
  // Its file is in the run folder, which goes when the run has ended.
  if (std::holds_alternative<RunEnded>(happening.what)) forecasting_.reset();
  board_.tell(happening);
  writer_.add(happening);
  if (forecasting_) forecasting_->hear(happening);
  if (!std::holds_alternative<RunBegan>(happening.what)) return;
  // What cannot be recorded is not begun.
  if (!writer_.flush(5)) throw Refused({"the begin of the " + std::string(board_.record().incident() ? "recovery" : "exercise") + " cannot be written down: " + writer_.trouble()});
  forecasting_ = std::make_unique<LiveForecasting>(
      expected_, settings_.predictions.seed, [this] { return board_.record(); }, [this](const LiveForecast& forecast, bool step_ended) { foretold(forecast, step_ended); });
}

void Performance::foretold(const LiveForecast& forecast, bool step_ended) {
  board_.show(forecast, step_ended);
  keep_forecast(board_.record().plan.run_folder, live_forecast_text(forecast, {}));
}

void Performance::close() {
  forecasting_.reset();
  writer_.close();
  board_.close();
  const std::vector<Happening> unwritten = writer_.unwritten();
  if (unwritten.empty()) return;
  const std::string file = unwritten_file(settings_.id);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), error);
  std::ofstream out(file, std::ios::app);
  for (const Happening& h : unwritten) out << to_json_line(h) << "\n";
  out.flush();
  print_error("muster: " + std::to_string(unwritten.size()) + " happenings are not in the ledger: " + writer_.trouble() +
              (out ? "; they wait in " + file + " until somebody looks\n" : "; and they could not be kept in " + file + "\n"));
}

}  // namespace muster
