#pragma once
#include <atomic>

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

}  // namespace muster
