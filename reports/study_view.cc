#include "reports/study_view.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/units.h"
#include "reports/by_name.h"
#include "reports/layout.h"
#include "reports/phrases.h"

namespace muster {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const TargetResult* target_of(const VariantResult& variant, const ObjectiveKey& key) {
  const OutageOutcome* outcome = variant.outage(key.outage);
  if (!outcome) return nullptr;
  const ServiceResult* service = by_name(outcome->result.services, key.service);
  if (!service || !service->objective) return nullptr;
  const auto& target = key.rpo ? service->objective->rpo : service->objective->rto;
  return target ? &*target : nullptr;
}

std::vector<double> chances(const StudyResult& study, const ObjectiveKey& key) {
  std::vector<double> out{met_of(study.baseline, key)};
  for (const VariantResult& variant : study.variants) out.push_back(met_of(variant, key));
  return out;
}

std::string yearly(const StudyResult& study, double amount) {
  const std::string money = short_money(std::fabs(amount)) + " " + study.currency + " a year";
  return amount == 0 ? "at no cost" : amount < 0 ? "saving " + money : money;
}

/// What its options are, where a title says more than the name: "Cognito is exported every 30 minutes; two technical leads".
std::string titles_of(const StudyResult& study, const VariantResult& variant) {
  std::string out;
  for (const std::string& name : variant.options)
    if (const ResultOption* option = by_name(study.options, name); option && option->title != name) out += (out.empty() ? "" : "; ") + printable(option->title);
  return out;
}

std::string named(const StudyResult& study, const VariantResult& variant) {
  const std::string titles = titles_of(study, variant);
  return variant.name + (titles.empty() ? "" : " (" + titles + ")") + ", " + yearly(study, variant.cost_per_year);
}

std::string worst_said(const StudyResult& study, const VariantResult& variant) {
  if (!(variant.worst.by > 0)) return "no objective is missed";
  const Miss& w = variant.worst;
  return "the worst miss is " + percent(w.by) + " (" + said(study, {w.outage, w.service, w.rpo, w.target, w.confidence}) + ", met in " + percent(w.met) +
         " for " + percent(w.confidence, w.confidence == std::round(w.confidence * 100) / 100 ? 0 : 2) + " asked)";
}

std::string reason(const StudyResult& study, const VariantResult& variant) {
  std::vector<std::string> parts;
  for (const bool rpo : {false, true})
    if (const auto key = main_objective(study, rpo)) {
      const double before = met_of(study.baseline, *key), after = met_of(variant, *key);
      if (before == after || std::isnan(after)) continue;
      parts.push_back("the chance to meet " + said(study, *key) + " goes from " + percent(before) + " to " + percent(after));
    }
  if (study.has_costs && variant.expected_loss_per_year != study.baseline.expected_loss_per_year)
    parts.push_back("what outages cost goes from " + short_money(study.baseline.expected_loss_per_year) + " to " + short_money(variant.expected_loss_per_year) + " a year");
  if (parts.empty()) return "";
  std::string out = enumerated(parts);
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out + ".";
}

/// Objectives of services in outages, and how many of them the simulated share meets.
std::pair<std::size_t, std::size_t> objectives_met(const VariantResult& variant) {
  std::size_t met = 0, all = 0;
  for (const auto& outcome : variant.outages)
    for (const ServiceResult& service : outcome->result.services) {
      if (!service.objective || !service.affected) continue;
      for (const auto* target : {&service.objective->rto, &service.objective->rpo}) {
        if (!*target) continue;
        ++all;
        met += (*target)->share.met >= service.objective->confidence;
      }
    }
  return {met, all};
}

// Where an objective that no change moves is missed most, cost alone has decided: who wants more for more is told where it is.
std::string tie_said(const StudyResult& study, const VariantResult& best) {
  if (!(best.worst.by > 0)) return "";
  const VariantResult* most = &best;
  std::size_t alike = 0;
  for (const VariantResult& variant : study.variants) {
    if (variant.worst.by != best.worst.by || (study.budget && variant.cost_per_year > *study.budget)) continue;
    ++alike;
    const auto worth = [](const VariantResult& v) { return std::pair(objectives_met(v).first, -v.cost_per_year); };
    if (worth(variant) > worth(*most)) most = &variant;
  }
  if (alike < 2) return "";
  const auto [met, all] = objectives_met(best);
  std::string out = std::to_string(alike) + " variants share that worst miss, so cost and expected loss decided; " + best.name + " meets " + std::to_string(met) + " of the " + std::to_string(all) + " objectives";
  if (most == &best) return out + ", and none of them more.";
  return out + ", " + most->name + " (" + yearly(study, most->cost_per_year) + ") the most: " + std::to_string(objectives_met(*most).first) + ".";
}

double cheapest(const StudyResult& study) {
  double least = never;
  for (const VariantResult& variant : study.variants) least = std::min(least, variant.cost_per_year);
  return least;
}

bool varies(const HeatMeasure& measure) {
  double least = never, most = -never;
  for (const auto& row : measure.cells)
    for (double cell : row)
      if (!std::isnan(cell)) least = std::min(least, cell), most = std::max(most, cell);
  return least < most;
}

template <class Value>
void add_measure(HeatMap& map, const std::vector<std::vector<const VariantResult*>>& grid, const std::string& name, HeatMeasure::Kind kind, bool more_is_better,
                 Value value) {
  HeatMeasure measure{name, kind, more_is_better, {}};
  for (const auto& row : grid) {
    measure.cells.emplace_back();
    for (const VariantResult* variant : row) measure.cells.back().push_back(variant ? value(*variant) : nan);
  }
  if (varies(measure)) map.measures.push_back(std::move(measure));
}

}  // namespace

double met_of(const VariantResult& variant, const ObjectiveKey& key) {
  const TargetResult* target = target_of(variant, key);
  return target ? target->share.met : nan;
}

double achievable_of(const VariantResult& variant, const ObjectiveKey& key) {
  const TargetResult* target = target_of(variant, key);
  return target ? target->achievable : nan;
}

std::vector<std::size_t> worth_it(const StudyResult& study) {
  std::vector<std::size_t> out;
  for (const std::size_t i : study.frontier)
    if (!beats(study.baseline, study.variants[i])) out.push_back(i);
  return out;
}

bool is_advised(const StudyResult& study, std::size_t variant) { return study.recommended == variant && !study.leave_it; }

double falls_short(const VariantResult& variant, const std::string& wanted) {
  double most = nan;
  for (const auto& outcome : variant.outages) {
    const ServiceResult* service = by_name(outcome->result.services, wanted);
    if (!service || !service->objective || !service->affected) continue;
    for (const auto* target : {&service->objective->rto, &service->objective->rpo})
      if (*target) most = std::max(std::isnan(most) ? 0 : most, service->objective->confidence - (*target)->share.met);
  }
  return most;
}

std::optional<std::size_t> cheapest_that_keeps(const StudyResult& study, const std::string& service) {
  std::optional<std::size_t> out;
  const auto price = [&](std::size_t i) { return std::pair(study.variants[i].cost_per_year, study.variants[i].expected_loss_per_year); };
  for (std::size_t i = 0; i < study.variants.size(); ++i)
    if (!(falls_short(study.variants[i], service) > 0) && (!out || price(i) < price(*out))) out = i;
  return out;
}

std::vector<ObjectiveKey> moved_objectives(const StudyResult& study) {
  struct Moved {
    ObjectiveKey key;
    double miss;
    std::vector<double> met;
  };
  std::vector<Moved> moved;
  for (const auto& outcome : study.baseline.outages)
    for (const ServiceResult& service : outcome->result.services) {
      if (!service.objective) continue;
      for (const bool rpo : {false, true}) {
        const auto& target = rpo ? service.objective->rpo : service.objective->rto;
        if (!target) continue;
        const ObjectiveKey key{outcome->result.name, service.name, rpo, target->target, service.objective->confidence};
        std::vector<double> met = chances(study, key);
        if (std::all_of(met.begin(), met.end(), [&](double x) { return x == met[0] || std::isnan(x); })) continue;
        if (std::any_of(moved.begin(), moved.end(), [&](const Moved& m) { return m.key.rpo == rpo && m.met == met; })) continue;
        moved.push_back({key, key.confidence - target->share.met, std::move(met)});
      }
    }
  std::stable_sort(moved.begin(), moved.end(), [](const Moved& a, const Moved& b) { return a.miss > b.miss; });
  std::vector<ObjectiveKey> out;
  for (Moved& one : moved) out.push_back(std::move(one.key));
  return out;
}

std::optional<ObjectiveKey> main_objective(const StudyResult& study, bool rpo) {
  for (const ObjectiveKey& key : moved_objectives(study))
    if (key.rpo == rpo) return key;
  return {};
}

std::string said(const StudyResult& study, const ObjectiveKey& key) {
  return std::string(key.rpo ? "RPO " : "RTO ") + human_duration(key.target) + " of " + key.service + (study.outages.size() > 1 ? " in " + key.outage : "");
}

std::vector<std::string> recommendation(const StudyResult& study) {
  std::vector<std::string> out;
  if (study.variants.empty()) return {"No variant is left: each would put one value over another."};
  const std::string within = study.budget ? "Within " + short_money(*study.budget) + " " + study.currency + " a year: " : "";
  if (!study.recommended)
    return {"Nothing fits the budget of " + short_money(*study.budget) + " " + study.currency + " a year: the cheapest variant costs " + short_money(cheapest(study)) + "."};
  const VariantResult& best = study.variants[*study.recommended];
  if (study.leave_it) {
    out.push_back(within + (within.empty() ? "Leave" : "leave") + " it as it is: no variant" + (study.budget ? " that fits" : "") + " misses less, or costs less with what outages cost. As it is, " +
                  worst_said(study, study.baseline) + ".");
    out.push_back("The best of them would be " + named(study, best) + ": " + worst_said(study, best) + ".");
    return out;
  }
  const std::string of = study.variants.size() > 1 ? "Best of " + std::to_string(study.variants.size()) + " variants: " : "Better than as it is: ";
  out.push_back((within.empty() ? of : within) + named(study, best) + ". " + reason(study, best));
  std::string worst = worst_said(study, best);
  worst[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(worst[0])));
  if (study.baseline.worst.by == best.worst.by)
    worst += best.worst.by > 0 ? ", as it is now" : ", nor is one now";
  else
    worst += best.worst.by > 0 ? ", and was " + percent(study.baseline.worst.by) : "; as it is, " + worst_said(study, study.baseline);
  out.push_back(worst + ".");
  if (const std::string tie = tie_said(study, best); !tie.empty()) out.push_back(tie);
  if (study.next_best) {
    const VariantResult& next = study.variants[*study.next_best];
    out.push_back("Next best: " + next.name + ", " + yearly(study, next.cost_per_year) + ": worst miss " + percent(next.worst.by) +
                  (study.has_costs ? ", outages cost " + short_money(next.expected_loss_per_year) + " a year" : "") + ".");
  }
  if (study.budget) {
    const auto beyond = std::count_if(study.variants.begin(), study.variants.end(), [&](const VariantResult& v) { return v.cost_per_year > *study.budget; });
    if (beyond > 0) out.push_back(std::to_string(beyond) + " of " + std::to_string(study.variants.size()) + " variants cost more than the budget.");
  }
  return out;
}

std::vector<HeatMap> heat_maps(const StudyResult& study) {
  std::vector<HeatMap> out;
  if (study.axes.size() != 2) return out;
  const ResultAxis &down = study.axes[0], &across = study.axes[1];
  std::vector<std::pair<std::vector<std::string>, std::vector<std::vector<const VariantResult*>>>> grids;
  for (const VariantResult& variant : study.variants) {
    auto grid = std::find_if(grids.begin(), grids.end(), [&](const auto& g) { return g.first == variant.options; });
    if (grid == grids.end()) grid = grids.insert(grid, {variant.options, {down.values.size(), std::vector<const VariantResult*>(across.values.size(), nullptr)}});
    grid->second[variant.cell[0]][variant.cell[1]] = &variant;
  }
  const auto moved = moved_objectives(study);
  for (const auto& [options, grid] : grids) {
    HeatMap map{enumerated(options), across.title, down.title, across.values, down.values, {}};
    for (const ObjectiveKey& key : moved) {
      add_measure(map, grid, "chance to meet " + said(study, key), HeatMeasure::Kind::share, true, [&](const VariantResult& v) { return met_of(v, key); });
      add_measure(map, grid, std::string(key.rpo ? "data loss" : "recovery time") + " of " + key.service + (study.outages.size() > 1 ? " in " + key.outage : "") + " that can be promised",
                  HeatMeasure::Kind::time, false, [&](const VariantResult& v) { return achievable_of(v, key); });
    }
    if (study.has_costs) add_measure(map, grid, "expected loss a year", HeatMeasure::Kind::money, false, [](const VariantResult& v) { return v.expected_loss_per_year; });
    add_measure(map, grid, "worst miss", HeatMeasure::Kind::share, false, [](const VariantResult& v) { return v.worst.by; });
    add_measure(map, grid, "cost and expected loss a year", HeatMeasure::Kind::money, false, [](const VariantResult& v) { return v.cost_per_year + v.expected_loss_per_year; });
    out.push_back(std::move(map));
  }
  return out;
}

}  // namespace muster
