#pragma once
#include <memory>
#include <string>
#include <thread>

#include "models/exercise_record.h"
#include "models/live_forecast.h"

/// A running exercise on the screen: a board that is drawn anew in place on a terminal, plain lines elsewhere.
namespace muster {

class LiveBoard {
 public:
  /// Writes to this descriptor from a thread of its own: a screen that is stopped holds nothing up. `board`: draw it in place.
  LiveBoard(int descriptor, bool board, bool colour, const std::string& exercise);
  ~LiveBoard();
  LiveBoard(const LiveBoard&) = delete;
  LiveBoard& operator=(const LiveBoard&) = delete;

  void tell(const Happening& happening);  ///< returns at once
  /// What may still come: in the board's rows from now on; on plain lines a line of its own where `line` is set. Returns at once.
  void show(const LiveForecast& forecast, bool line);
  ExerciseRecord record() const;          ///< all that was told so far
  void close();                           ///< shows the last of it; waits for the screen for 2 s at most

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which may hang in a write
  std::thread thread_;
};

/// A board can be drawn there: a terminal that moves its cursor and has room.
bool can_show_board(int descriptor);

}  // namespace muster
