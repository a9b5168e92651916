#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/happening.h"

/// An exercise as a whole: what its happenings amount to so far.
namespace muster {

struct StepRecord {
  std::string name, how, by, note, why, replaced_by, output_tail, output_file;
  std::optional<Moment> ready, began, ended;  ///< began: the first attempt
  StepChange state = StepChange::ready;        ///< the last change; meaningless while `ready` is absent
  int attempts = 0;
  std::optional<int> exit;
  bool timed_out = false, automatic = false;
  bool undone = false;
  std::optional<double> seconds() const;       ///< from began to ended
};

struct FaultRecord {
  std::string name, kind, target, why, undone_by, proof;
  std::optional<Moment> intended, in_effect, vanished, undoing, undone;
  FaultChange state = FaultChange::intended;
  std::vector<std::string> by_hand;
  bool fence_failed = false;
};

struct ProbeRecord {
  std::string name;
  std::vector<std::pair<Moment, ProbeChanged>> changes;
  std::optional<ProbeCounted> counted;
};

struct ExerciseRecord {
  std::string id;
  RunBegan plan;
  std::optional<Moment> began, ended, t0, t0_verified;  ///< t0: the first `intended` that came into effect; else the run's begin
  std::vector<StepRecord> steps;    ///< plan order
  std::vector<FaultRecord> faults;  ///< by first happening
  std::vector<ProbeRecord> probes;
  std::vector<std::pair<Moment, Asked>> open_questions;
  std::vector<std::pair<Moment, ConditionMet>> conditions;
  std::vector<CanaryRead> canary;
  std::optional<RecoveryMeasured> recovery;
  std::vector<AfterwardsRan> afterwards;
  std::optional<FootprintCompared> footprint;
  std::vector<std::pair<Moment, Noted>> notes;
  std::optional<RunEnded> end;

  bool over() const { return end.has_value(); }
  StepRecord* step(const std::string& name);
  FaultRecord* fault(const std::string& name);
};

/// Adds one happening; they come in the order of their instants. Never throws on a well-formed one.
void add(ExerciseRecord& record, const Happening& happening);
ExerciseRecord record_of(const std::string& id, const std::vector<Happening>& happenings);

}  // namespace muster
