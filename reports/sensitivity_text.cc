#include "reports/sensitivity_text.h"

#include <algorithm>
#include <cmath>

#include "models/sensitivity.h"
#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"

namespace muster {
namespace {

constexpr std::size_t most_lines = 10;

const RecoverySensitivity* of_least_met(const OutageResult& outage) {
  const ServiceResult* worst = nullptr;
  for (const ServiceResult& s : outage.services) {
    if (!s.affected || !s.objective || !s.objective->rto) continue;
    if (!worst || s.objective->rto->share.met < worst->objective->rto->share.met) worst = &s;
  }
  const RecoverySensitivity* last = nullptr;
  for (const RecoverySensitivity& r : outage.sensitivity->recoveries) {
    if (worst && r.service == worst->name) return &r;
    if (r.service.empty()) last = &r;
  }
  return last;
}

std::string what(const Lever& l) {
  switch (l.kind) {
    case Lever::Kind::seat: return "one more " + l.name;
    case Lever::Kind::slot: return "one more of " + l.name;
    case Lever::Kind::faster_step: return l.name + " 10% faster";
    case Lever::Kind::faster_response: return l.name + " answers 10% faster";
    case Lever::Kind::faster_link: return l.name + " 10% faster";
  }
  return "";
}

std::string what(const SobolIndex& f) {
  switch (f.kind) {
    case SobolIndex::Kind::step: return f.name;
    case SobolIndex::Kind::role: return f.name + " answering";
    case SobolIndex::Kind::length: return "length of the outage";
    case SobolIndex::Kind::strikes: return "what is struck";
    case SobolIndex::Kind::moment: return "when it strikes";
  }
  return "";
}

bool told_apart(const Lever& l) { return !std::isnan(l.change) && l.change != 0 && !(l.ci.low <= 0 && l.ci.high >= 0); }

std::string bar(double share, int room) {
  std::string out;
  const double eighths = share * room * 8;
  static constexpr const char* parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int whole = static_cast<int>(std::lround(eighths));
  for (int i = 0; i < whole / 8; ++i) out += "█";
  return out + parts[whole % 8];
}

std::string signed_duration(double seconds) { return std::string(seconds < 0 ? "−" : "+") + short_duration(std::fabs(seconds)); }

// "p95", "p99.9".
std::string level_name(double level) {
  std::string text = human_percent(level, level * 1000 == std::round(level * 1000) && level * 100 != std::round(level * 100) ? 1 : 0);
  text.pop_back();
  return "p" + text;
}

std::string tornado(const RecoverySensitivity& r, const Style& style) {
  std::vector<const Lever*> shown;
  for (const Lever& l : r.levers)
    if (told_apart(l)) shown.push_back(&l);
  std::stable_sort(shown.begin(), shown.end(), [](const Lever* a, const Lever* b) { return std::fabs(a->change) > std::fabs(b->change); });
  const std::size_t left_out = shown.size() - std::min(shown.size(), most_lines);
  shown.resize(shown.size() - left_out);
  std::string out = style.heading("WHAT WOULD MOVE THE " + level_name(r.level) + " OF " +
                                  (r.service.empty() ? std::string("THE LAST RECOVERY") : shortened(r.service, 30)) + ", NOW " + short_duration(r.quantile));
  if (shown.empty()) return out + "  Nothing that is told apart from chance.\n";
  int name = 0;
  for (const Lever* l : shown) name = std::max(name, std::min(36, display_width(what(*l))));
  const int room = style.width - name - 28;
  const double most = std::fabs(shown.front()->change);
  for (const Lever* l : shown)
    out += "  " + padded(shortened(what(*l), 36), name) + "  " + padded(signed_duration(l->change), 8, Align::right) + " " +
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
    name = std::max(name, std::min(36, display_width(what(r.factors[shown]))));
  if (shown == 0) return "";
  const int room = style.width - name - 28;
  out += "  " + padded("", name) + "   alone   ±    in all   ±\n";
  for (std::size_t i = 0; i < shown; ++i) {
    const SobolIndex& f = r.factors[i];
    const auto share = [](double x) { return padded(percent(std::clamp(x, 0.0, 1.0), 0), 5, Align::right); };
    const auto margin = [](const Interval& ci) { return padded(std::to_string(std::lround((ci.high - ci.low) * 50)), 3, Align::right); };
    out += "  " + padded(shortened(what(f), 36), name) + "  " + share(f.first) + " " + margin(f.first_ci) + "     " + share(f.total) + " " + margin(f.total_ci) + "  " +
           bar(std::clamp(f.total, 0.0, 1.0), room) + "\n";
  }
  return out + style.paint(Ink::dim, wrapped("alone: the share of the variance that would be gone if it were known; in all: the share that would be left if "
                                             "only it were not (Sobol's first and total indices)",
                                             style.width, "  ", "  "));
}

}  // namespace

std::string sensitivity_text(const OutageResult& outage, const Style& style) {
  if (!outage.sensitivity) return "";
  const RecoverySensitivity* r = of_least_met(outage);
  if (!r || !(r->quantile > 0)) return "";
  const std::string where = shares(*r, style);
  return tornado(*r, style) + (where.empty() ? "" : "\n" + where);
}

}  // namespace muster
