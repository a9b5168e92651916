#include "reports/simulate_text.h"

#include <algorithm>

#include "models/draw.h"
#include "models/units.h"
#include "reports/layout.h"
#include "reports/outage_text.h"
#include "reports/phrases.h"
#include "reports/rare_text.h"
#include "reports/sensitivity_text.h"
#include "reports/steps_text.h"
#include "reports/title_text.h"
#include "reports/verdict_text.h"

namespace muster {
namespace {

// "100,000 replications of each outage", or from how few to how many.
std::string effort(const SimulationResult& result) {
  std::uint64_t least = result.replications, most = result.outages.empty() ? result.replications : 0;
  for (const OutageResult& outage : result.outages) {
    least = std::min(least, outage.replications);
    most = std::max(most, outage.replications);
  }
  return grouped(least) + (least < most ? " to " + grouped(most) : "") + " replications" +
         (result.outages.size() > 1 ? " of each outage" : "");
}

std::string heading_text(const Scenario& scenario, const SimulationResult& result, const Style& style) {
  std::string out = title_text(result.title, result.file, scenario.document, style);
  if (result.partial)
    out += style.paint(Ink::unsure, wrapped("PARTIAL: interrupted after " + effort(result) +
                                                "; outages that were not begun are missing.",
                                            style.width));
  return out;
}

std::string outage_page(const Scenario& scenario, const OutageResult& outage, const Style& style) {
  std::string out = style.rule(outage.name) + outage_description(scenario, outage.name, style);
  for (const std::string& part :
       {verdict_text(outage, outage.replications, style), recovery_text(outage, style),
        steps_text(scenario, outage, style), sensitivity_text(outage, style), losses_text(outage, style), rare_text(outage, style), unrecovered_text(outage, style),
        people_text(scenario, outage, style)})
    if (!part.empty()) out += "\n" + part;
  return out;
}

std::string footer(const SimulationResult& result, const Style& style) {
  std::string out = grouped(result.replications) + " replications" +
                    (result.outages.size() > 1 ? " of each outage" : "") + ", seed " +
                    std::to_string(result.seed) + ", draws " + std::to_string(draws_version) + ", scenario " +
                    result.sha256.substr(0, 12) + ", muster " + result.program + ". ";
  if (result.precision)
    out += "Every objective's quantile is known to " +
           percent(*result.precision, *result.precision < 0.01 ? 2 : 0) +
           (result.precision_reached ? ". " : ": not reached. ");
  out += result.sketched ? "Quantiles are from a sketch, within 0.01% of the order statistics. "
                         : "Quantiles are exact order statistics. ";
  out += "Ranges are the simulation's 95% margin of error; what can be promised is its upper end.";
  if (result.steps_replications < result.replications)
    out += " Steps and people: the first " + grouped(result.steps_replications) + " replications.";
  return style.paint(Ink::dim, wrapped(out, style.width));
}

}  // namespace

std::string simulate_text(const Scenario& scenario, const SimulationResult& result, const Style& style) {
  std::string out = heading_text(scenario, result, style) + "\n";
  if (result.outages.size() > 1) out += summary_text(result, style) + "\n";
  for (const OutageResult& outage : result.outages) out += outage_page(scenario, outage, style) + "\n";
  return out + footer(result, style);
}

}  // namespace muster
