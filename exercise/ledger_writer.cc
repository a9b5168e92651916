#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "exercise/ledger.h"

namespace muster {
namespace {
using std::chrono::steady_clock;
constexpr std::chrono::milliseconds between_attempts{500};
constexpr std::chrono::seconds last_patience{5};
}  // namespace

// Shared with the thread, so that a write that hangs in the kernel keeps nobody from ending.
struct LedgerWriter::State {
  std::string file, exercise;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Happening> waiting;
  std::string trouble;
  bool stop = false, ended = false;
  steady_clock::time_point give_up;

  bool write(const std::vector<Happening>& some, std::unique_ptr<Ledger>& ledger) {
    std::string why;
    try {
      if (!ledger) ledger = std::make_unique<Ledger>(file);
      ledger->append(exercise, some);
    } catch (const std::exception& error) {
      why = error.what();
      ledger.reset();  // the next attempt begins anew: the file may have been moved or mended
    }
    const std::lock_guard lock(mutex);
    trouble = why;
    if (why.empty()) waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(some.size()));
    changed.notify_all();
    return why.empty();
  }

  void work() {
    std::unique_ptr<Ledger> ledger;
    std::unique_lock lock(mutex);
    while (!stop || (!waiting.empty() && steady_clock::now() < give_up)) {
      changed.wait(lock, [&] { return stop || !waiting.empty(); });
      if (waiting.empty()) continue;
      const std::vector<Happening> some = waiting;
      lock.unlock();
      const bool written = write(some, ledger);
      lock.lock();
      if (!written) changed.wait_for(lock, between_attempts, [&] { return stop && steady_clock::now() >= give_up; });
    }
    lock.unlock();
    ledger.reset();
    lock.lock();
    ended = true;
    changed.notify_all();
  }
};

LedgerWriter::LedgerWriter(const std::string& file, const std::string& exercise) : state_(std::make_shared<State>()) {
  state_->file = file;
  state_->exercise = exercise;
  // Signals are for the runner's own thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([state = state_] { state->work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LedgerWriter::~LedgerWriter() { close(); }

void LedgerWriter::close() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->give_up = steady_clock::now() + last_patience;
  state_->changed.notify_all();
  const bool ended = state_->changed.wait_for(lock, last_patience + between_attempts, [&] { return state_->ended; });
  lock.unlock();
  ended ? thread_.join() : thread_.detach();
}

void LedgerWriter::add(const Happening& happening) {
  const std::lock_guard lock(state_->mutex);
  state_->waiting.push_back(happening);
  state_->changed.notify_all();
}

std::string LedgerWriter::trouble() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trouble;
}

std::vector<Happening> LedgerWriter::unwritten() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting;
}

bool LedgerWriter::flush(double seconds) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, std::chrono::duration<double>(seconds),
                                  [&] { return state_->waiting.empty(); });
}

}  // namespace muster
