#pragma once
#include <signal.h>

#include <atomic>
#include <thread>

/// Ctrl-C and SIGTERM as a wish to stop.
namespace muster {

/// While it lives, the first SIGINT or SIGTERM raises `wanted`; the second ends the process at once, with 130
/// or 143. One at a time in a process.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  const std::atomic<bool>* wanted() const;
  /// Stops for a reason of the program's own; no signal.
  void want();
  /// The signal that came, or 0.
  int signal() const;
};

/// While it lives, SIGINT and SIGTERM end the process at once, with 130 or 143, whatever handlers a library sets meanwhile. For work
/// that cannot be asked to stop, and that leaves nothing half done.
class EndAtOnce {
 public:
  EndAtOnce();
  ~EndAtOnce();
  EndAtOnce(const EndAtOnce&) = delete;
  EndAtOnce& operator=(const EndAtOnce&) = delete;

 private:
  sigset_t before_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace muster
