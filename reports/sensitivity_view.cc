#include "reports/sensitivity_view.h"

#include <algorithm>
#include <cmath>

#include "models/outcomes.h"
#include "models/units.h"
#include "reports/phrases.h"

namespace muster {

const RecoverySensitivity* spoken_of(const OutageResult& outage) {
  if (!outage.sensitivity) return nullptr;
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

std::string said(const Lever& l) {
  switch (l.kind) {
    case Lever::Kind::seat: return "one more " + l.name;
    case Lever::Kind::slot: return "one more of " + l.name;
    case Lever::Kind::faster_step: return l.name + " 10% faster";
    case Lever::Kind::faster_response: return l.name + " answers 10% faster";
    case Lever::Kind::faster_link: return l.name + " 10% faster";
  }
  return "";
}

std::string said(const SobolIndex& f) {
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

std::string signed_duration(double seconds) { return std::string(seconds < 0 ? "−" : "+") + short_duration(std::fabs(seconds)); }

// "p95", "p99.9".
std::string level_name(double level) {
  std::string text = human_percent(level, level * 1000 == std::round(level * 1000) && level * 100 != std::round(level * 100) ? 1 : 0);
  text.pop_back();
  return "p" + text;
}

std::vector<const Lever*> levers_that_move(const RecoverySensitivity& recovery) {
  std::vector<const Lever*> out;
  for (const Lever& lever : recovery.levers)
    if (told_apart(lever)) out.push_back(&lever);
  std::stable_sort(out.begin(), out.end(), [](const Lever* a, const Lever* b) { return std::fabs(a->change) > std::fabs(b->change); });
  return out;
}

}  // namespace muster
