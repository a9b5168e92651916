#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace muster {

/// How late an event loop runs its timers: what happens in between it cannot see any sooner. A value, of
/// constant size.
class LoopLateness {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  void add(Instant due, Instant ran) {
    const double seconds = std::max(0.0, std::chrono::duration<double>(ran - due).count());
    worst_ = std::max(worst_, seconds);
    std::size_t slot = 0;
    for (double bound = kFirst; bound < seconds && slot + 1 < classes_.size(); bound *= kFactor) ++slot;
    ++classes_[slot];
    ++count_;
  }
  double worst() const { return worst_; }  ///< seconds
  /// The upper end of the class in which 99 of 100 lie: at most a quarter too much.
  double p99() const {
    std::uint64_t seen = 0;
    double bound = kFirst;
    for (const std::uint64_t each : classes_) {
      seen += each;
      if (seen * 100 >= count_ * 99) break;
      bound *= kFactor;
    }
    return std::min(bound, worst());
  }

 private:
  static constexpr double kFirst = 1e-6, kFactor = 1.25;
  std::vector<std::uint64_t> classes_ = std::vector<std::uint64_t>(100);
  std::uint64_t count_ = 0;
  double worst_ = 0;
};

}  // namespace muster
