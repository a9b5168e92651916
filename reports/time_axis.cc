#include "reports/time_axis.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"

namespace muster {
namespace {

// The shortest round step with at most `most` of it in the whole length.
double round_step(double length, int most) {
  constexpr double steps[] = {0.001, 0.01, 0.1, 1,   2,    5,    10,   15,    30,    60,
                              120,   300,  600, 900, 1800, 3600, 7200, 10800, 21600, 43200};
  for (double step : steps)
    if (length / step <= most) return step;
  for (double days = 1;; days *= 2)
    if (length / (days * day) <= most) return days * day;
}

}  // namespace

int TimeAxis::column(double seconds) const {
  if (beyond(seconds)) return width_ - 1;
  return std::clamp(static_cast<int>(std::floor(seconds / end_ * width_)), 0, width_ - 1);
}

std::string TimeAxis::labels() const {
  constexpr int apart = 9;
  const double step = round_step(end_, std::max(width_ / apart, 1));
  std::string out;
  for (int i = 0; i * step < end_; ++i) {
    const std::string label = "│" + (i == 0 ? std::string("0") : short_duration(i * step));
    const int at = column(i * step);
    if (at + display_width(label) > width_) break;
    out = padded(out, at) + label;
  }
  return out;
}

void Canvas::fill(int first, int last, const char* character) {
  for (int i = first; i <= last; ++i) put(i, character);
}

std::string Canvas::text() const {
  std::string out;
  for (const std::string& cell : cells_) out += cell;
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

}  // namespace muster
