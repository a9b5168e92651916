#pragma once
#include <string>
#include <vector>

/// Time across the page: what a picture of durations and a Gantt chart have in common. A value; pure and
/// thread-safe.
namespace muster {

class TimeAxis {
 public:
  /// From 0 to `end` seconds (finite, positive) over `width` columns.
  TimeAxis(double end, int width) : end_(end), width_(width) {}
  /// 0 to width - 1; what lies beyond an end is in the last column there.
  int column(double seconds) const;
  bool beyond(double seconds) const { return !(seconds <= end_); }
  int width() const { return width_; }
  /// Labels at round times, "│0      │1h     │2h", at most `width` columns.
  std::string labels() const;

 private:
  double end_;
  int width_;
};

/// A row of single-column characters that pictures are drawn into.
class Canvas {
 public:
  explicit Canvas(int width) : cells_(static_cast<std::size_t>(width), " ") {}
  void put(int column, const char* character) { cells_.at(static_cast<std::size_t>(column)) = character; }
  void fill(int first, int last, const char* character);  ///< both included; nothing when last < first
  std::string text() const;                               ///< without spaces at the end
 private:
  std::vector<std::string> cells_;
};

}  // namespace muster
