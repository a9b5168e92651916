#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exercise/probing.h"
#include "models/happening.h"

/// The recovery time actual, by the format's definition. Pure.
namespace muster {

/// Truth of the recovery condition at each sample that bears on it, in time order.
struct RecoverySample {
  Moment at;          ///< when the sample ended
  Truth up = Truth::unknown;
};

struct RecoveryQuestion {
  Moment before_effect, effect_verified;   ///< the bracket of the first effect
  double holds_for = 0;                     ///< seconds without a break
  std::optional<Moment> recovering_steps_ended;  ///< all steps that recover the service; absent: not all ended
  Moment until;                            ///< observed until
};

/// RTA: from before_effect to the first passing sample of the first stretch of `holds_for` seconds of passing samples that begins
/// after the first failing sample, all recovering steps ended; the error is the bracket plus the gap from the last failing sample.
RecoveryMeasured measure_recovery(const std::vector<RecoverySample>& samples, const RecoveryQuestion& question);

}  // namespace muster
