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
  /// The last change but for those of its own undo; meaningless while `ready` is absent.
  StepChange state = StepChange::ready;
  int attempts = 0;
  struct Attempt {
    Moment began;
    std::optional<Moment> ended;
  };
  std::vector<Attempt> tries;         ///< in order; of a duty: of all its times
  std::optional<int> exit;
  bool timed_out = false, automatic = false;
  bool undone = false, undo_failed = false;
  bool over() const { return ended.has_value(); }
  std::optional<double> seconds() const;       ///< from began to ended
};

struct FaultRecord {
  std::string name, kind, target, why, undone_by;
  std::string proof_of_effect, proof;  ///< what the check saw when it was in effect; of its undo, or what remains
  std::optional<Moment> intended, in_effect, vanished, undoing, undone;
  FaultChange state = FaultChange::intended;
  std::vector<std::string> by_hand;
  bool fence_failed = false;
  /// Something of it may be there: it was intended, and neither proved undone nor known never to have come about.
  bool active() const { return !undone && intended; }
};

struct ProbeRecord {
  std::string name;
  std::vector<std::pair<Moment, ProbeChanged>> changes;
  std::optional<ProbeCounted> counted;
};

struct ExerciseRecord {
  std::string id;
  RunBegan plan;
  std::optional<Moment> began, ended;
  /// t0: the onset that a recovery was told of (`plan.onset`); else the first `intended` that came into effect, of the faults that do not prepare the scene (planned at 0 or later); known
  /// from the begin where no fault is planned, and else the run's begin when it ended without one. t0_verified: its `in_effect`.
  std::optional<Moment> t0, t0_verified;
  Moment last_sign;                 ///< of the latest happening before the end: all that is known of a run that died
  std::vector<StepRecord> steps;    ///< plan order
  std::vector<FaultRecord> faults;  ///< by first happening
  std::vector<ProbeRecord> probes;
  std::vector<std::pair<Moment, Asked>> open_questions;
  std::vector<std::pair<Moment, ConditionMet>> conditions;
  std::vector<CanaryRead> canary;   ///< in the order they were read
  std::optional<RecoveryMeasured> recovery;
  std::vector<std::pair<Moment, AfterwardsRan>> afterwards;
  std::optional<FootprintCompared> footprint;
  std::vector<std::pair<Moment, Noted>> notes;
  std::optional<RunEnded> end;

  bool over() const { return end.has_value(); }
  bool incident() const { return plan.kind == "incident"; }
  StepRecord* step(const std::string& name);
  const StepRecord* step(const std::string& name) const;
  FaultRecord* fault(const std::string& name);
  const PlannedEffect* effect(const std::string& fault) const;  ///< as planned; null where it was not
};

/// The reading that tells of the most data lost: the one that counts. Null without a reading.
const CanaryRead* worst_reading(const std::vector<CanaryRead>& readings);
/// Whether `next` tells of no less than `before`; one that could not be had tells nothing.
bool tells_of_more(const CanaryRead& next, const CanaryRead& before);

/// Adds one happening; they come in the order of their instants. Never throws on a well-formed one. After the end there may be
/// more, where a run died or left something: faults undone later, and a new end, which then counts (`ended` stays the first).
void add(ExerciseRecord& record, const Happening& happening);
ExerciseRecord record_of(const std::string& id, const std::vector<Happening>& happenings);

}  // namespace muster
