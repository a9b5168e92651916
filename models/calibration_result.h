#pragma once
#include <string>
#include <vector>

#include "models/calibration.h"
#include "models/outcomes.h"

/// What a calibration changes: values that reports render.
namespace muster {

/// Of an item: the next one's p50 and p95 as stated and as calibrated, seconds.
struct ItemChange {
  double p50_before = 0, p95_before = 0, p50_after = 0, p95_after = 0;
};

/// The middle 90% of what the quantiles of a recovery time may truly be.
struct BelievedQuantiles {
  std::string outage, service;
  Interval p50, p95;
};

struct CalibrationResult {
  std::string program;
  Calibration calibration;
  std::vector<ItemChange> items;      ///< by item
  SimulationResult before, after;     ///< on the same luck
  std::vector<BelievedQuantiles> believed;  ///< after
};

/// Of an item of the scenario's; the scenario as its file says it.
ItemChange change_of(const CalibratedItem& item, const Scenario& scenario);

}  // namespace muster
