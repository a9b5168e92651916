#include "reports/sensitivity_text.h"

#include <algorithm>
#include <cmath>

#include "models/sensitivity.h"
#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/sensitivity_view.h"

namespace muster {
namespace {

constexpr std::size_t most_lines = 10;

std::string bar(double share, int room) {
  std::string out;
  const double eighths = share * room * 8;
  static constexpr const char* parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int whole = static_cast<int>(std::lround(eighths));
  for (int i = 0; i < whole / 8; ++i) out += "█";
  return out + parts[whole % 8];
}

std::string tornado(const RecoverySensitivity& r, const Style& style) {
  std::vector<const Lever*> shown = levers_that_move(r);
  const std::size_t left_out = shown.size() - std::min(shown.size(), most_lines);
  shown.resize(shown.size() - left_out);
  std::string out = style.heading("WHAT WOULD MOVE THE " + level_name(r.level) + " OF " +
                                  (r.service.empty() ? std::string("THE LAST RECOVERY") : shortened(r.service, 30)) + ", NOW " + short_duration(r.quantile));
  if (shown.empty()) return out + "  Nothing that is told apart from chance.\n";
  int name = 0;
  for (const Lever* l : shown) name = std::max(name, std::min(36, display_width(said(*l))));
  const int room = style.width - name - 28;
  const double most = std::fabs(shown.front()->change);
  for (const Lever* l : shown)
    out += "  " + padded(shortened(said(*l), 36), name) + "  " + padded(signed_duration(l->change), 8, Align::right) + " " +
           padded("±" + short_duration(std::round((l->ci.high - l->ci.low) / 2)), 9) + "  " + bar(std::fabs(l->change) / most, room) + "\n";
  if (left_out > 0) out += "  and " + std::to_string(left_out) + " that move it less, all in --json\n";
  return out;
}

std::string shares(const RecoverySensitivity& r, const Style& style) {
  if (!r.varies || r.factors.empty()) return "";
  std::string out = style.heading("WHERE ITS SPREAD COMES FROM");
  int name = 0;
  std::size_t shown = 0;
  for (; shown < std::min(r.factors.size(), most_lines) && r.factors[shown].total >= 0.005; ++shown)
    name = std::max(name, std::min(36, display_width(said(r.factors[shown]))));
  if (shown == 0) return "";
  const int room = style.width - name - 28;
  out += "  " + padded("", name) + "   alone   ±    in all   ±\n";
  for (std::size_t i = 0; i < shown; ++i) {
    const SobolIndex& f = r.factors[i];
    const auto share = [](double x) { return padded(percent(std::clamp(x, 0.0, 1.0), 0), 5, Align::right); };
    const auto margin = [](const Interval& ci) { return padded(std::to_string(std::lround((ci.high - ci.low) * 50)), 3, Align::right); };
    out += "  " + padded(shortened(said(f), 36), name) + "  " + share(f.first) + " " + margin(f.first_ci) + "     " + share(f.total) + " " + margin(f.total_ci) + "  " +
           bar(std::clamp(f.total, 0.0, 1.0), room) + "\n";
  }
  return out + style.paint(Ink::dim, wrapped("alone: the share of the variance that would be gone if it were known; in all: the share that would be left if "
                                             "only it were not (Sobol's first and total indices)",
                                             style.width, "  ", "  "));
}

}  // namespace

std::string sensitivity_text(const OutageResult& outage, const Style& style) {
  if (!outage.sensitivity) return "";
  const RecoverySensitivity* r = spoken_of(outage);
  if (!r || !(r->quantile > 0)) return "";
  const std::string where = shares(*r, style);
  return tornado(*r, style) + (where.empty() ? "" : "\n" + where);
}

}  // namespace muster
