#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/scenario.h"
#include "models/study_result.h"

/// Targets for people who set them: what can be promised of each service, in steps that people use.
namespace muster {

/// The smallest step that is no less: 0, 1 s, 5 s, … 5, 10, 15, 20, 30, 45 min, 1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24 h, 2, 3, 5, 7, 14 d, …
/// one year; `never` beyond.
double stepped_up(double seconds);
/// The next smaller step; nothing below 0.
std::optional<double> next_tighter(double step);

/// What a variant would be needed for.
struct Tighter {
  double target = 0;
  std::optional<std::size_t> variant;  ///< of the study: the cheapest that can promise it in every outage; none where no variant can
};

struct PromisedTarget {
  double confidence = 0.95;
  double bound = 0;     ///< upper 95% confidence bound of the quantile, in the outage where it is largest
  double target = 0;    ///< the same, stepped up
  std::string outage;   ///< that one; empty where the bound is 0
  double cost = 0;      ///< of one time of being down so long, or of losing so much; NaN where the service has no `cost`
  bool beyond_mtpd = false;           ///< of a recovery time
  std::optional<Tighter> next;        ///< only with a study
};

struct ServiceTargets {
  std::string service;
  bool affected = false;               ///< down, or losing data, in some outage
  std::optional<Objective> objective;  ///< as the scenario has it
  std::vector<PromisedTarget> rto, rpo;  ///< at promise_levels
};

/// Of every service, in file order. The study's outcomes must carry promises; it may be one without variants.
std::vector<ServiceTargets> targets_of(const Scenario& scenario, const StudyResult& study);

}  // namespace muster
