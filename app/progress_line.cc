#include "app/progress_line.h"

#include <cmath>

#include "app/output.h"
#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"

namespace muster {

std::string progress_text(const Progress& progress, double seconds) {
  std::string name = shortened(progress.outage, 30);
  if (progress.outages > 1)
    name +=
        " (" + std::to_string(progress.outage_index + 1) + " of " + std::to_string(progress.outages) + ")";
  const double of_this =
      progress.total > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : 0;
  const double whole = progress.outages > 0 ? (progress.outage_index + of_this) / progress.outages : 0;
  std::string out = name + "  " + std::to_string(static_cast<int>(whole * 100)) + "%  " +
                    grouped(progress.done) + " of " + grouped(progress.total);
  if (seconds > 2 && whole > 0.02 && whole < 1)
    out += "  " + human_duration(std::ceil(seconds / whole * (1 - whole))) + " left";
  return shortened(out, 79);
}

void ProgressLine::show(const Progress& progress) {
  if (!shown_) return;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  print_error("\r\x1b[K" + progress_text(progress, seconds));
  drawn_ = true;
}

void ProgressLine::clear() {
  if (drawn_) print_error("\r\x1b[K");
  drawn_ = false;
}

}  // namespace muster
