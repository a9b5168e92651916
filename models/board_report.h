#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/curve.h"
#include "models/forecast_result.h"
#include "models/outcomes.h"
#include "models/scenario.h"
#include "models/story.h"
#include "models/study_result.h"

/// What a board is shown of a scenario: results, and what is drawn of them.
namespace muster {

struct ServiceCurves {
  std::string service;
  Curve rto, rpo;
};

struct OutagePicture {
  std::string outage;
  std::vector<ServiceCurves> services;  ///< those that the outage affects
  std::vector<Story> stories;           ///< of the median and of the p95 replication
};

struct BoardReport {
  Scenario scenario;
  SimulationResult simulation;
  std::vector<OutagePicture> pictures;  ///< one for each outage of `simulation`, in its order
  std::optional<StudyResult> study;
  std::optional<ForecastResult> forecast;
  std::string command;                  ///< that gives this report again
};

}  // namespace muster
