#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "models/happening.h"

/// What the ledger tells of many exercises: values.
namespace muster {

/// One exercise in a line.
struct ExerciseLine {
  std::string id, title, environment, outage;
  Moment began;
  std::optional<RunEnded> end;  ///< absent: it runs still, or its runner died unseen
  std::optional<RecoveryMeasured> recovery;
  std::optional<CanaryRead> canary;  ///< the reading that tells of the most lost
  std::optional<double> objective_rto, objective_rpo;
};

/// One action of the improvement plan. Dates as 2026-11-23; closed "": open.
struct Action {
  std::int64_t number = 0;
  std::string exercise, text, owner, due, opened, closed, closed_by, note;
  /// Open, and due before `today`.
  bool overdue(const std::string& today) const { return closed.empty() && !due.empty() && due < today; }
};

}  // namespace muster
