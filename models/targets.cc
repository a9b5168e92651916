#include "models/targets.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "models/cost.h"
#include "models/units.h"

namespace muster {
namespace {

constexpr double steps[] = {0,         1,         5,         10,        15,         30,         1 * minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 20 * minute, 30 * minute,
                            45 * minute, 1 * hour,  1.5 * hour, 2 * hour,  3 * hour,   4 * hour,   6 * hour,   8 * hour,   12 * hour,  18 * hour,   24 * hour,   2 * day,     3 * day,
                            5 * day,   7 * day,   14 * day,  21 * day,  30 * day,   60 * day,   90 * day,   180 * day,  365 * day};

const ServicePromise* promise_of(const OutageOutcome& outcome, const std::string& service) {
  for (const ServicePromise& promise : outcome.promises)
    if (promise.service == service) return &promise;
  return nullptr;
}

struct Bound {
  double seconds = 0;
  std::string outage;
};

Bound worst_bound(const VariantResult& variant, const std::string& service, bool rpo, std::size_t level) {
  Bound worst;
  for (const auto& outcome : variant.outages)
    if (const ServicePromise* promise = promise_of(*outcome, service))
      if (const double bound = (rpo ? promise->rpo : promise->rto)[level]; bound > worst.seconds) worst = {bound, outcome->result.name};
  return worst;
}

std::optional<Tighter> tighter(const StudyResult& study, const std::string& service, bool rpo, std::size_t level, double target) {
  if (study.variants.empty()) return {};
  const auto step = std::isinf(target) ? std::optional(*std::rbegin(steps)) : next_tighter(target);
  if (!step) return {};
  Tighter out{*step, {}};
  for (std::size_t i = 0; i < study.variants.size(); ++i) {
    const VariantResult& variant = study.variants[i];
    if (worst_bound(variant, service, rpo, level).seconds > *step) continue;
    const auto price = [&](const VariantResult& v) { return std::pair(v.cost_per_year, v.expected_loss_per_year); };
    if (!out.variant || price(variant) < price(study.variants[*out.variant])) out.variant = i;
  }
  return out;
}

}  // namespace

double stepped_up(double seconds) {
  // What only differs by rounding is no step more.
  const auto step = std::lower_bound(std::begin(steps), std::end(steps), seconds * (1 - 1e-9));
  return step == std::end(steps) ? never : *step;
}

std::optional<double> next_tighter(double step) {
  const auto at = std::lower_bound(std::begin(steps), std::end(steps), step);
  if (at == std::begin(steps)) return {};
  return *std::prev(at);
}

std::vector<ServiceTargets> targets_of(const Scenario& scenario, const StudyResult& study) {
  std::vector<ServiceTargets> out;
  for (const Service& service : scenario.services) {
    ServiceTargets targets{service.name, false, service.objective, {}, {}};
    for (const bool rpo : {false, true})
      for (std::size_t level = 0; level < promise_levels.size(); ++level) {
        const Bound bound = worst_bound(study.baseline, service.name, rpo, level);
        PromisedTarget one{promise_levels[level], bound.seconds, stepped_up(bound.seconds), bound.outage, 0, false, {}};
        one.cost = !service.cost ? std::numeric_limits<double>::quiet_NaN() : rpo ? data_loss_cost(*service.cost, one.target) : downtime_cost(*service.cost, one.target);
        one.beyond_mtpd = !rpo && service.objective && service.objective->mtpd && one.target > *service.objective->mtpd;
        one.next = tighter(study, service.name, rpo, level, one.target);
        targets.affected |= bound.seconds > 0;
        (rpo ? targets.rpo : targets.rto).push_back(std::move(one));
      }
    for (const auto& outcome : study.baseline.outages)
      for (const ServiceResult& result : outcome->result.services)
        if (result.name == service.name) targets.affected |= result.rto.max > 0 || result.rpo.max > 0;
    out.push_back(std::move(targets));
  }
  return out;
}

}  // namespace muster
