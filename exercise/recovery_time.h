#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exercise/probing.h"
#include "models/happening.h"

/// The recovery time actual, by the format's definition. Pure.
namespace muster {

/// Truth of the recovery condition, without its `for`, at each sample that bears on it.
struct RecoverySample {
  Moment at;          ///< Sample::at()
  Truth up = Truth::unknown;
};

struct RecoveryQuestion {
  Moment before_effect, effect_verified;   ///< the bracket of the first effect; t0 is its start
  double holds_for = 0;                     ///< seconds without a break
  std::optional<Moment> recovering_steps_ended;  ///< all steps that recover the service; absent: not all ended
  Moment until;                            ///< observed until
};

/// RTA: from t0 to the first passing sample of the first stretch of `holds_for` seconds of passing samples (both ends included) that
/// begins after the first failing sample and not before all recovering steps have ended; the error is the bracket plus the gap
/// from the last failing sample before, or from the end of the last recovering step where that came later. Samples before t0 and after `until` do not count; those of one instant count in their order.
/// An unknown sample breaks a stretch and is no failing one. Without a failing sample: 0, not seen down; not valid when samples are
/// missing or unknown. Relapses: from each later first failing sample to the next passing one, or to `until`. Total downtime: the
/// RTA and all relapses; to `until` when recovery was not reached.
RecoveryMeasured measure_recovery(const std::vector<RecoverySample>& samples, const RecoveryQuestion& question);

}  // namespace muster
