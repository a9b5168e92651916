#include "reports/deciding_steps.h"

#include <algorithm>
#include <cmath>

#include "reports/by_name.h"

namespace muster {
namespace {

double typical(const Stats& stats) {
  const double value = std::isfinite(stats.mean) ? stats.mean : stats.quantile(0.5);
  return stats.count > 0 && std::isfinite(value) ? value : 0;
}

}  // namespace

const Plan* plan_of(const Scenario& seen, const std::string& outage) {
  const Outage* of = by_name(seen.outages, outage);
  return of ? by_name(seen.plans, of->plan) : nullptr;
}

const ServiceResult* least_met(const OutageResult& outage) {
  const ServiceResult* worst = nullptr;
  for (const ServiceResult& service : outage.services) {
    if (!service.affected || !service.objective || !service.objective->rto) continue;
    if (!worst || service.objective->rto->share.met < worst->objective->rto->share.met) worst = &service;
  }
  return worst;
}

double DecidingStep::adds() const { return weight.criticality * (typical(step->duration) + typical(step->wait)); }

DecidingSteps deciding_steps(const OutageResult& outage, const ServiceResult* service, std::size_t most) {
  std::vector<DecidingStep> ranked;
  for (const StepResult& step : outage.steps) {
    StepWeight weight = step.weight;
    if (service) {
      const auto own = std::find_if(service->steps.begin(), service->steps.end(),
                                    [&](const StepWeight& w) { return w.step == step.name; });
      weight = own == service->steps.end() ? StepWeight{} : *own;
    }
    if (weight.criticality >= 0.005) ranked.push_back({&step, weight});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const DecidingStep& a, const DecidingStep& b) { return a.adds() > b.adds(); });
  const std::size_t left_out = ranked.size() - std::min(ranked.size(), most);
  ranked.resize(ranked.size() - left_out);
  const auto hundredths = [](const DecidingStep& r) { return std::lround(r.weight.criticality * 100); };
  std::stable_sort(ranked.begin(), ranked.end(), [&](const DecidingStep& a, const DecidingStep& b) {
    return hundredths(a) > hundredths(b);
  });
  return {ranked, left_out};
}

}  // namespace muster
