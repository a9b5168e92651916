#include "reports/rare_text.h"

#include <cmath>
#include <cstdio>

#include "models/rare_miss.h"
#include "models/units.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

std::string objective_of(const RareMiss& miss) {
  static constexpr const char* words[] = {" RTO", " RPO", " MTPD"};
  return miss.service + words[static_cast<int>(miss.what)];
}

std::string scientific(double x, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", digits, x);
  return text;
}

// "1 in 2.4 million".
std::string one_in(double chance) {
  const double n = 1 / chance;
  char text[40];
  const double units[] = {1e12, 1e9, 1e6};
  const char* const words[] = {"trillion", "billion", "million"};
  for (int i = 0; i < 3; ++i)
    if (n >= units[i]) {
      std::snprintf(text, sizeof text, "%.3g %s", n / units[i], words[i]);
      return n < 1000 * units[i] ? std::string("1 in ") + text : "1 in " + scientific(n, 1);
    }
  const double step = n >= 10'000 ? 100 : n >= 1000 ? 10 : 1;
  return "1 in " + grouped(static_cast<std::uint64_t>(std::llround(n / step) * static_cast<long long>(step)));
}

std::string many(double n) {
  const std::string text = n >= 1e6 ? one_in(1 / n).substr(5) : grouped(static_cast<std::uint64_t>(n));
  return text;
}

}  // namespace

std::string rare_text(const OutageResult& outage, const Style& style) {
  if (!outage.rare) return "";
  std::string out = style.heading("RARE MISSES");
  Table table({{"objective"},
               {"target", Align::right},
               {"chance of a miss", Align::right},
               {"95% range", Align::right},
               {"error", Align::right},
               {"replaces", Align::right}});
  std::string not_found;
  for (const RareMiss& miss : *outage.rare) {
    if (miss.found) {
      table.row({{objective_of(miss)},
                 {short_duration(miss.target)},
                 {one_in(miss.chance)},
                 {scientific(miss.ci.low, 1) + "–" + scientific(miss.ci.high, 1)},
                 {percent(miss.relative_error)},
                 {many(miss.replaced)}});
      continue;
    }
    const std::string seen = miss.plain_misses == 0 ? "not missed in " + grouped(miss.plain_replications) + " replications, nor in " + grouped(miss.replications) + " that were led towards it"
                                                    : "missed " + grouped(miss.plain_misses) + " times in " + grouped(miss.plain_replications) + " replications; no way was found to more";
    not_found += wrapped(objective_of(miss) + " " + short_duration(miss.target) + ": " + seen + " (the " + (miss.what == RareMiss::What::rpo ? "largest loss" : "longest") +
                             " of these: " + short_duration(miss.furthest) + "). At most " + one_in(miss.ci.high) + ", if ever.",
                         style.width, "  ", "    ");
  }
  if (outage.rare->empty()) return out + "  Every objective is missed often enough for the replications above to say how often.\n";
  if (!table.empty()) out += table.text(style) + wrapped("The error is one standard error; it replaces so many plain replications, which would tell it as well.", style.width, "  ", "  ");
  return out + not_found;
}

}  // namespace muster
