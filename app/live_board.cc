#include "app/live_board.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>

#include "exercise/clock.h"
#include "models/moments.h"
#include "reports/board_text.h"
#include "reports/happening_text.h"
#include "reports/layout.h"
#include "reports/live_forecast_text.h"

namespace muster {
namespace {

using namespace std::chrono_literals;
constexpr auto between_frames = 100ms;   // ten a second at most
constexpr auto between_seconds = 1000ms; // elapsed times go on though nothing happens
constexpr auto patience = 2s;

struct Room {
  int width = 80, height = 24;
};

Room room_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(descriptor, text.data() + at, text.size() - at);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) {
      if (errno == EAGAIN) ::usleep(10'000);
      continue;
    }
    if (written <= 0) return;  // a terminal that is gone: the ledger has it all
    at += static_cast<std::size_t>(written);
  }
}

}  // namespace

struct LiveBoard::State {
  int descriptor = 1;
  bool board = false, colour = false;
  mutable std::mutex mutex;
  std::condition_variable changed;
  ExerciseRecord record;
  std::optional<LiveForecast> forecast;
  std::string lines;        // not written yet
  bool dirty = true, stop = false, ended = false;
  std::size_t drawn = 0;    // lines of the frame on the screen; the thread's own

  // The frame over the last one. Below it is the line on which a person types, which stays as it is while the frame keeps its height.
  std::string frame() {
    const Room room = room_of(descriptor);
    const Style style{.colour = colour, .width = std::clamp(room.width, 60, 100)};
    const std::string text = board_text(record, system_clock().now(), style, std::max(room.height - 2, 3),
                                        forecast && !record.over() ? &*forecast : nullptr);
    const auto height = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    const bool in_place = drawn == height;
    std::string out = in_place ? "\x1b" "7" : "";
    if (drawn > 0) out += "\r\x1b[" + std::to_string(drawn) + "A";
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      out += text.substr(at, end - at) + "\x1b[K\r\n";
      at = end + 1;
    }
    out += in_place ? "\x1b" "8" : "\x1b[J" + std::string(record.open_questions.empty() ? "" : "yes or no? ");
    drawn = height;
    return out;
  }

  void work() {
    std::unique_lock lock(mutex);
    while (!stop || dirty || !lines.empty()) {
      const auto wake = [&] { return stop || dirty || !lines.empty(); };
      if (board && !record.over())
        changed.wait_for(lock, between_seconds, wake);
      else
        changed.wait(lock, wake);
      std::string out = board ? frame() : std::exchange(lines, "");
      dirty = false;
      lock.unlock();
      write_all(descriptor, out);
      lock.lock();
      if (board && !stop) changed.wait_for(lock, between_frames, [&] { return stop; });
    }
    if (board && drawn > 0) {
      lock.unlock();
      write_all(descriptor, "\r\x1b[K");
      lock.lock();
    }
    ended = true;
    changed.notify_all();
  }
};

LiveBoard::LiveBoard(int descriptor, bool board, bool colour, const std::string& exercise) : state_(std::make_shared<State>()) {
  state_->descriptor = descriptor;
  state_->board = board;
  state_->colour = colour;
  state_->dirty = false;
  state_->record.id = exercise;
  // Signals are for the runner's own thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([state = state_] { state->work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LiveBoard::~LiveBoard() { close(); }

void LiveBoard::tell(const Happening& happening) {
  const std::lock_guard lock(state_->mutex);
  add(state_->record, happening);
  if (state_->board) {
    state_->dirty = true;
  } else if (const std::string line = happening_text(state_->record, happening, {.colour = state_->colour}); !line.empty()) {
    state_->lines += line + "\n";
  }
  state_->changed.notify_all();
}

void LiveBoard::show(const LiveForecast& forecast, bool line) {
  const std::lock_guard lock(state_->mutex);
  if (state_->record.over()) return;
  state_->forecast = forecast;
  if (state_->board) {
    state_->dirty = true;
  } else if (line) {
    const Style style{.colour = state_->colour};
    state_->lines += style.paint(Ink::dim, padded(offset_text(forecast.now), 11, Align::right)) + "  forecast: " + live_forecast_line(forecast) + "\n";
  }
  state_->changed.notify_all();
}

ExerciseRecord LiveBoard::record() const {
  const std::lock_guard lock(state_->mutex);
  return state_->record;
}

void LiveBoard::close() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->changed.notify_all();
  const bool ended = state_->changed.wait_for(lock, patience, [&] { return state_->ended; });
  lock.unlock();
  ended ? thread_.join() : thread_.detach();
}

bool can_show_board(int descriptor) {
  const char* terminal = std::getenv("TERM");
  if (!::isatty(descriptor) || !terminal || !*terminal || std::strcmp(terminal, "dumb") == 0) return false;
  const Room room = room_of(descriptor);
  return room.width >= 60 && room.height >= 10;
}

}  // namespace muster
