#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/study_result.h"

/// What is shown of a study, for every kind of report: sentences, the objectives that it turns on, heat maps. Pure and
/// thread-safe.
namespace muster {

/// An objective of a service in an outage.
struct ObjectiveKey {
  std::string outage, service;
  bool rpo = false;
  double target = 0, confidence = 0;
};

/// The objectives whose chance is not the same in all variants, those that the baseline misses most first; of several that
/// are alike in every variant only the first.
std::vector<ObjectiveKey> moved_objectives(const StudyResult& study);
/// The one of them to speak of: for RTO (rpo false) or RPO. None where no change moves any.
std::optional<ObjectiveKey> main_objective(const StudyResult& study, bool rpo);

/// The share that meets it in a variant; NaN where the variant does not have it.
double met_of(const VariantResult& variant, const ObjectiveKey& key);
/// What can be promised at its confidence.
double achievable_of(const VariantResult& variant, const ObjectiveKey& key);

/// "RTO 6 h of product in region-loss"; without the outage where the study has only one.
std::string said(const StudyResult& study, const ObjectiveKey& key);

/// The frontier, without what leaving it as it is beats.
std::vector<std::size_t> worth_it(const StudyResult& study);
/// Whether that variant is recommended, and better than leaving it as it is.
bool is_advised(const StudyResult& study, std::size_t variant);

/// By how much the objective of a service that is missed most falls short, over all outages; 0 where all are kept, NaN where
/// no outage touches one.
double falls_short(const VariantResult& variant, const std::string& service);
/// The cheapest variant that keeps every objective of a service in every outage.
std::optional<std::size_t> cheapest_that_keeps(const StudyResult& study, const std::string& service);

/// The recommendation and its reason, the next best, and what the budget leaves out: a sentence or two each, in order.
std::vector<std::string> recommendation(const StudyResult& study);

/// A grid of two axes, drawn. The first axis goes down (y), the second across (x).
struct HeatMeasure {
  enum class Kind { share, time, money };
  std::string name;
  Kind kind = Kind::share;
  bool more_is_better = false;
  std::vector<std::vector<double>> cells;  ///< [y][x]; NaN: no such variant
};
struct HeatMap {
  std::string title;               ///< the options under which the grid stands; empty: none
  std::string x_name, y_name;
  std::vector<std::string> x, y;
  std::vector<HeatMeasure> measures;  ///< those that vary: chances of the moved objectives, what can be promised, loss, worst miss
};
/// One for each combination of options; empty unless there are exactly two axes.
std::vector<HeatMap> heat_maps(const StudyResult& study);

}  // namespace muster
