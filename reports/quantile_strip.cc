#include "reports/quantile_strip.h"

#include <algorithm>
#include <cmath>

#include "reports/layout.h"
#include "reports/time_axis.h"

namespace muster {
namespace {

// The axis ends a little after the longest whisker among those with a target, where there are any; targets
// are shown unless they would squeeze everything else.
double end_of_axis(const std::vector<Strip>& strips) {
  const bool targeted =
      std::any_of(strips.begin(), strips.end(), [](const Strip& strip) { return strip.target.has_value(); });
  double whiskers = 0, targets = 0;
  for (const Strip& strip : strips) {
    if (targeted && !strip.target) continue;
    for (double level : {0.95, 0.75, 0.5}) {
      const double x = strip.stats.quantile(level);
      if (!std::isfinite(x)) continue;
      whiskers = std::max(whiskers, x);
      break;
    }
    if (strip.target) targets = std::max(targets, *strip.target);
  }
  if (whiskers <= 0) return targeted ? 1.04 * targets : 0;
  return 1.04 * (targets <= 2.5 * whiskers ? std::max(whiskers, targets) : whiskers);
}

std::string drawn(const Strip& strip, const TimeAxis& axis) {
  Canvas canvas(axis.width());
  auto at = [&](double level) { return axis.column(strip.stats.quantile(level)); };
  auto beyond = [&](double level) { return axis.beyond(strip.stats.quantile(level)); };
  if (!beyond(0.05)) {
    canvas.fill(at(0.05), at(0.95), "─");
    if (at(0.05) < at(0.95)) canvas.put(at(0.05), "├");
    if (at(0.05) < at(0.95)) canvas.put(at(0.95), "┤");
  }
  if (!beyond(0.25)) canvas.fill(at(0.25), at(0.75), "▒");
  if (!beyond(0.5)) canvas.put(at(0.5), "┃");
  if (beyond(0.95)) canvas.put(axis.width() - 1, "→");
  if (strip.target && !axis.beyond(*strip.target)) canvas.put(axis.column(*strip.target), "◆");
  return canvas.text();
}

}  // namespace

std::string quantile_strips(const std::vector<Strip>& strips, const std::string& target_word,
                            const Style& style) {
  const double end = end_of_axis(strips);
  if (!(end > 0)) return "";
  int names = 0;
  for (const Strip& strip : strips) names = std::max(names, display_width(strip.name));
  names = std::min(names, style.width / 3);
  const TimeAxis axis(end, style.width - names - 5);
  bool target = false;
  std::string out;
  for (const Strip& strip : strips) {
    if (strip.stats.count == 0) continue;
    target = target || (strip.target && !axis.beyond(*strip.target));
    out += "  " + style.paint(strip.ink, padded(shortened(strip.name, names), names)) + "  " +
           drawn(strip, axis) + "\n";
  }
  const std::string margin(static_cast<std::size_t>(names) + 4, ' ');
  out += margin + style.paint(Ink::dim, axis.labels()) + "\n";
  const std::string legend =
      "├─┤ 90 of 100  ▒ the middle half  ┃ median" + (target ? "  ◆ " + target_word : "");
  return out + margin + style.paint(Ink::dim, shortened(legend, axis.width())) + "\n";
}

}  // namespace muster
