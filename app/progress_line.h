#pragma once
#include <chrono>

#include "models/progress.h"

/// One line on a terminal's standard error that says how far a simulation is.
namespace muster {

class ProgressLine {
 public:
  /// Draws nothing when not `shown`.
  explicit ProgressLine(bool shown) : shown_(shown) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const Progress& progress);
  void clear();

 private:
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// "region-loss (2 of 7)  45%  45,000 of 100,000  12 s left"; at most 79 columns. `seconds` have passed so
/// far.
std::string progress_text(const Progress& progress, double seconds);

}  // namespace muster
