#include "reports/promises.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "models/units.h"
#include "reports/grouping.h"
#include "reports/phrases.h"

namespace muster {
namespace {

// "97 of 100 such outages": rounded down to a whole number where that says enough, else the percentage.
std::string in_words(double share) {
  if (share <= 0) return "no such outage";
  if (share >= 1) return "every such outage";
  if (share < 0.01 || share > 0.99) return percent(share, 2) + " of such outages";
  return std::to_string(static_cast<int>(std::floor(share * 100 + 1e-9))) + " of 100 such outages";
}

// How many replications would tell on which side of the asked confidence the share lies, for a half-width
// that shrinks with the square root of their number; 0 where that is more than Muster runs.
std::uint64_t replications_to_decide(const TargetResult& target, double confidence, std::uint64_t done) {
  const double half = (target.share.ci.high - target.share.ci.low) / 2,
               off = std::fabs(target.share.met - confidence);
  if (!(off > 0)) return 0;
  const double needed = static_cast<double>(done) * (half / off) * (half / off) * 1.2;
  if (!(needed < 1e9)) return 0;
  double unit = 1;
  while (unit * 10 <= needed) unit *= 10;
  return static_cast<std::uint64_t>(std::ceil(needed / unit) * unit);
}

std::string too_close_to_call(const TargetResult& target, double confidence, std::uint64_t replications) {
  const std::uint64_t needed = replications_to_decide(target, confidence, replications);
  return "too close to call at this margin of error" +
         (needed > replications ? "; about " + grouped(needed) + " replications would tell" : std::string()) +
         ".";
}

struct Wording {
  std::string promise;    ///< "api back within 4 h"
  std::string never;      ///< "it is never restored"
  std::string objective;  ///< "RTO"
};

std::string sentence(const Wording& words, const TargetResult& target, double confidence,
                     std::uint64_t replications) {
  const bool bounded = std::isfinite(target.achievable);
  const std::string best = promised_duration(target.achievable);
  if (target.verdict == Verdict::met) {
    std::string out = "Promise " + words.promise + ": it holds in " + in_words(target.share.met) + ".";
    if (bounded && target.achievable < 0.9 * target.target)
      out += " In " + out_of(confidence) +
             (target.achievable > 0 ? " it is at most " + best + "." : " it is none at all.");
    return out;
  }
  std::string out =
      target.verdict == Verdict::missed
          ? "Do not promise " + words.promise + ": it holds in " + in_words(target.share.met) + "."
          : "Undecided: " + words.promise + " in " + out_of(confidence) + " such outages. It is " +
                too_close_to_call(target, confidence, replications);
  return out + (bounded ? " Promise " + best + ", which holds in " + out_of(confidence) + "."
                        : " No " + words.objective + " can be promised: too often " + words.never + ".");
}

Wording rto_wording(const std::string& service, const TargetResult& target) {
  return {service + " back within " + human_duration(target.target), "it is never restored", "RTO"};
}

Wording rpo_wording(const std::string& service, const TargetResult& target) {
  const std::string most =
      target.target > 0 ? "at most " + human_duration(target.target) + " of lost data" : "no lost data";
  return {most + " for " + service, "its data are lost for good", "RPO"};
}

}  // namespace

bool alike(const std::optional<TargetResult>& a, const std::optional<TargetResult>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->target == b->target && a->share.met == b->share.met && a->share.ci == b->share.ci &&
         a->verdict == b->verdict && a->achievable == b->achievable;
}

std::vector<std::string> promise_sentences(const std::vector<const ServiceResult*>& services,
                                           std::uint64_t replications) {
  constexpr std::size_t few = 2, most = 8;
  std::vector<std::string> out;
  auto say = [&](std::optional<TargetResult> ObjectiveResult::*which,
                 Wording (*wording)(const std::string&, const TargetResult&)) {
    const auto groups = grouped_services(services, [&](const ServiceResult& a, const ServiceResult& b) {
      return alike((*a.objective).*which, (*b.objective).*which) &&
             a.objective->confidence == b.objective->confidence;
    });
    for (const ServiceGroup& group : groups) {
      const ObjectiveResult& objective = *group.first->objective;
      const std::optional<TargetResult>& target = objective.*which;
      if (!target || out.size() == most || (target->verdict == Verdict::met && groups.size() > few)) continue;
      out.push_back(sentence(wording(enumerated(group.names, 3), *target), *target, objective.confidence, replications));
    }
  };
  say(&ObjectiveResult::rto, rto_wording);
  say(&ObjectiveResult::rpo, rpo_wording);
  return out;
}

std::vector<const ServiceResult*> with_objectives(const OutageResult& outage) {
  std::vector<const ServiceResult*> out;
  for (const ServiceResult& service : outage.services)
    if (service.objective && service.affected && !verdicts_of(*service.objective).empty())
      out.push_back(&service);
  return out;
}

std::vector<Verdict> verdicts_of(const ObjectiveResult& objective) {
  std::vector<Verdict> out;
  for (const auto* target : {&objective.rto, &objective.rpo, &objective.mtpd})
    if (*target) out.push_back((*target)->verdict);
  return out;
}

std::vector<Verdict> verdicts_of(const OutageResult& outage) {
  std::vector<Verdict> out;
  for (const ServiceResult* service : with_objectives(outage))
    for (Verdict verdict : verdicts_of(*service->objective)) out.push_back(verdict);
  return out;
}

}  // namespace muster
