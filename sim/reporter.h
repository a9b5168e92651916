#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "models/progress.h"

namespace muster {

/// Tells how far a run is, at once and then ten times a second, from a thread of its own, for as long as it lives. Without a sink it does nothing.
class Reporter {
 public:
  /// `now` is called from that thread.
  Reporter(const ProgressSink& sink, std::function<Progress()> now) {
    if (!sink) return;
    thread_ = std::jthread([&sink, now = std::move(now)](std::stop_token over) {
      std::mutex sleeping;
      std::condition_variable_any waking;
      std::unique_lock lock(sleeping);
      do sink(now());
      while (!waking.wait_for(lock, over, std::chrono::milliseconds(100), [&] { return over.stop_requested(); }));
    });
  }

 private:
  std::jthread thread_;
};

}  // namespace muster
