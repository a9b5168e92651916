#include "models/study_result.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "models/elementary.h"
#include "models/sobol.h"
#include "models/statistics.h"

namespace muster {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t least_for_quantiles = 64;

bool no_worse(const VariantResult& a, const VariantResult& b) {
  return a.cost_per_year <= b.cost_per_year && a.expected_loss_per_year <= b.expected_loss_per_year && a.worst.by <= b.worst.by;
}

auto rank(const VariantResult& v) { return std::tuple(v.worst.by, v.cost_per_year + v.expected_loss_per_year, v.cost_per_year); }

}  // namespace

bool beats(const VariantResult& one, const VariantResult& other) { return no_worse(one, other) && !no_worse(other, one); }

Miss worst_miss(const VariantResult& variant) {
  Miss worst;
  for (const auto& outage : variant.outages)
    for (const ServiceResult& service : outage->result.services) {
      if (!service.objective) continue;
      const double confidence = service.objective->confidence;
      for (const bool rpo : {false, true}) {
        const auto& target = rpo ? service.objective->rpo : service.objective->rto;
        if (!target) continue;
        const double by = std::max(0.0, confidence - target->share.met);
        if (by > worst.by) worst = {by, target->share.met, confidence, outage->result.name, service.name, rpo, target->target};
      }
    }
  return worst;
}

void decide(StudyResult& study) {
  const auto& all = study.variants;
  study.frontier.clear();
  std::vector<std::size_t> fits;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!study.budget || all[i].cost_per_year <= *study.budget) fits.push_back(i);
    if (std::any_of(all.begin(), all.end(), [&](const VariantResult& other) { return beats(other, all[i]); })) continue;
    study.frontier.push_back(i);
  }
  std::stable_sort(study.frontier.begin(), study.frontier.end(), [&](std::size_t a, std::size_t b) { return all[a].cost_per_year < all[b].cost_per_year; });
  std::stable_sort(fits.begin(), fits.end(), [&](std::size_t a, std::size_t b) { return rank(all[a]) < rank(all[b]); });
  study.recommended.reset();
  study.next_best.reset();
  study.leave_it = !fits.empty() && rank(study.baseline) < rank(all[fits.front()]);
  if (fits.empty()) return;
  study.recommended = fits.front();
  for (std::size_t i : fits)  // one that is no other in all that counts is no alternative
    if (i != fits.front() && rank(all[i]) != rank(all[fits.front()])) {
      study.next_best = i;
      break;
    }
}

double student_95(double degrees) {
  const double x = beta_p_inverse(0.5, degrees / 2, 0.95);
  return std::sqrt(degrees * x / (1 - x));
}

PairedDifference paired_difference(const std::vector<double>& before, const std::vector<double>& after, bool quantile) {
  PairedDifference out;
  if (before == after) return out;
  Moments moments;
  bool defined = true;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool never_before = std::isinf(before[i]), never_after = std::isinf(after[i]);
    defined &= never_before == never_after;
    moments.add(never_before || never_after ? 0 : after[i] - before[i]);
  }
  const double n = static_cast<double>(moments.count);
  const double half = moments.count > 1 ? student_95(n - 1) * moments.sd() / std::sqrt(n) : nan;
  out.mean = defined ? moments.mean : nan;
  out.mean_ci = {out.mean - half, out.mean + half};
  if (!quantile) return out;
  if (before.size() >= least_for_quantiles) {
    const PairedChange change = paired_quantile_change(before, after, 0.95);
    out.p95 = change.change;
    out.p95_ci = change.ci;
  } else {
    const auto p95 = [](std::vector<double> v) {
      const auto at = v.begin() + static_cast<std::ptrdiff_t>(rank_of(0.95, v.size()) - 1);
      std::nth_element(v.begin(), at, v.end());
      return *at;
    };
    const double x = p95(before), y = p95(after);
    out.p95 = std::isinf(x) || std::isinf(y) ? nan : y - x;
    out.p95_ci = {nan, nan};
  }
  return out;
}

}  // namespace muster
