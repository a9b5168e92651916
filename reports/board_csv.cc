#include "reports/board_csv.h"

#include <cmath>

#include "models/board_report.h"
#include "reports/csv.h"
#include "reports/phrases.h"

namespace muster {
namespace {

void add_row(std::string& out, const OutageResult& outage, const ServiceResult& service, const char* quantity, const Stats& stats,
             const std::optional<TargetResult>& target) {
  constexpr double none = NAN;
  out += csv_cell(outage.name) + "," + csv_cell(service.name) + "," + quantity;
  append_if_any(out, target ? target->target : none);
  append_if_any(out, target ? service.objective->confidence : none);
  append_if_any(out, target ? target->share.met : none);
  out += "," + (target ? word_of(target->verdict) : "");
  append_if_any(out, target ? target->achievable : none);
  for (const double value : {stats.mean, stats.quantile(0.5), stats.quantile(0.9), stats.quantile(0.95), stats.quantile(0.99), stats.max})
    append_if_any(out, value);
  out += "\n";
}

}  // namespace

std::string board_csv(const BoardReport& report) {
  std::string out = "outage,service,quantity,target,confidence,met,verdict,achievable,mean,p50,p90,p95,p99,max\n";
  for (const OutageResult& outage : report.simulation.outages)
    for (const ServiceResult& service : outage.services) {
      if (!service.affected) continue;
      const bool judged = service.objective.has_value();
      add_row(out, outage, service, "rto", service.rto, judged ? service.objective->rto : std::optional<TargetResult>());
      add_row(out, outage, service, "rpo", service.rpo, judged ? service.objective->rpo : std::optional<TargetResult>());
    }
  return out;
}

}  // namespace muster
