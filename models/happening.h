#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/exercise.h"

/// What happens in an exercise, as it happens: the one account that the ledger keeps, the board shows and the report tells.
/// An ExerciseRecord (models/exercise_record.h) is nothing but these, folded in order.
namespace muster {

/// A moment on two clocks, nanoseconds. `boot` is CLOCK_BOOTTIME of the boot whose id the record has: intervals are measured
/// on it alone. `wall` is for people: nanoseconds since 1970-01-01T00:00Z.
struct Moment {
  std::int64_t boot = 0, wall = 0;
  double since(const Moment& earlier) const { return static_cast<double>(boot - earlier.boot) / 1e9; }  ///< seconds
  friend bool operator==(const Moment&, const Moment&) = default;
};

/// Simulated durations of something: quantiles at 0, 0.001, …, 1. Empty where nothing was simulated; infinity is never.
struct Prediction {
  std::vector<double> quantiles;
  double quantile(double level) const;         ///< the first at or above the level; NaN where nothing was simulated
  /// The share of replications that took no longer, 0 to 100, cut to tenths; NaN likewise.
  double percentile_of(double seconds) const;
  friend bool operator==(const Prediction&, const Prediction&) = default;
};

/// What follows from the scenario for what will be measured.
struct Predictions {
  struct Step {
    std::string name;
    Prediction duration, finish;  ///< from start to end; from onset to end
    friend bool operator==(const Step&, const Step&) = default;
  };
  std::vector<Step> steps;
  Prediction recovery, loss;      ///< recovered-when's service's recovery time; the canary's service's data loss
  std::uint64_t seed = 0, replications = 0;
  const Step* step(const std::string& name) const;
  friend bool operator==(const Predictions&, const Predictions&) = default;
};

/// One line of what is planned, for --dry-run and for the record.
struct PlannedEffect {
  std::string fault, target;
  double at = 0;                      ///< seconds after the first effect
  std::optional<double> until;        ///< likewise; absent: until the exercise ends its faults
  std::vector<std::string> does, undone_by, by_hand;  ///< sentences; command lines that a person could type to undo it
  friend bool operator==(const PlannedEffect&, const PlannedEffect&) = default;
};

// ---- what happens. Texts are masked already.

struct RunBegan {  ///< the first of every exercise
  std::string title, file, file_sha256, scenario_title, scenario_file, scenario_sha256;
  std::string kind, environment, outage, program, host, boot_id, run_folder, begun_by;  ///< kind: "tabletop", …, or "incident"
  std::optional<Moment> onset;        ///< of an incident: when the outage struck
  std::string continues;              ///< of an incident: the id of the run that this one goes on with
  double limit = 0;
  std::map<std::string, std::vector<std::string>> people;
  std::vector<PlannedEffect> effects;
  std::vector<std::string> steps;     ///< the plan's, in plan order
  std::string recovered_service, canary_service;
  std::optional<double> objective_rto, objective_rpo;
  double objective_confidence = 0.95;
  Predictions predictions;
  friend bool operator==(const RunBegan&, const RunBegan&) = default;
};

enum class StepChange {
  ready,       ///< its predecessors have ended
  began,       ///< an attempt
  retried,     ///< an attempt failed; the next one comes
  succeeded,
  failed,      ///< for good
  passed,      ///< only-if says that it is not needed
  replaced,    ///< its fallback takes its place
  ended_early, ///< by abort, limit or stop
  undone,      ///< its own undo ran
  undo_failed
};
struct StepChanged {
  std::string step;
  StepChange change = StepChange::ready;
  int attempt = 0;
  std::string how;             ///< "run", "until", "ask", "by hand"
  std::string by;              ///< who answered, or the role's people
  std::string note;
  std::optional<int> exit;     ///< exit status, or 128 + signal
  bool timed_out = false;
  bool automatic = false;      ///< answered by --yes
  std::string output_tail, output_file, replaced_by, why;
  friend bool operator==(const StepChanged&, const StepChanged&) = default;
};

struct Asked {
  std::string step, question;
  std::vector<std::string> people;
  std::optional<Moment> deadline;
  friend bool operator==(const Asked&, const Asked&) = default;
};

enum class FaultChange {
  intended,    ///< its undo is on disk; nothing was done yet
  in_effect,   ///< verified
  failed,      ///< could not be brought about, or not verified
  vanished,    ///< it ended early and not by us
  fence_failed,///< before-undo
  undoing,
  undone,      ///< verified
  remains      ///< could not be undone or not be verified: a person is needed
};
struct FaultChanged {
  std::string fault, kind, target;
  FaultChange change = FaultChange::intended;
  std::string by;              ///< "keeper", "runner", "fuse", "kernel", "recover"
  std::string why;             ///< of undoing: "the plan is done", "aborted by …", "stop condition …", "its time is over", …
  std::string proof;           ///< what the check saw, or what remains
  std::vector<std::string> by_hand;  ///< of remains
  friend bool operator==(const FaultChanged&, const FaultChanged&) = default;
};

struct ProbeChanged {
  std::string probe;
  enum class State { unknown, passing, failing } state = State::unknown;
  std::string what;            ///< "status 503 in 12 ms"
  friend bool operator==(const ProbeChanged&, const ProbeChanged&) = default;
};

/// Counts of all samples of one probe; comes at the end (and is missing where the runner died).
struct ProbeCounted {
  std::string probe;
  std::uint64_t samples = 0, passed = 0, failed = 0, unknown = 0;
  double lateness_max = 0, lateness_p99 = 0;  ///< seconds behind the schedule
  friend bool operator==(const ProbeCounted&, const ProbeCounted&) = default;
};

struct ConditionMet {         ///< steady state (or not), recovery, a stop condition
  std::string what;           ///< "steady-state", "recovered", "stop-when bystander-hurt"
  bool met = true;
  std::string why;
  friend bool operator==(const ConditionMet&, const ConditionMet&) = default;
};

/// Runs of numbers, both ends included.
struct Stretch {
  std::uint64_t first = 0, last = 0;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};
struct CanaryRead {
  std::string when;                     ///< "after recovery", "after afterwards"
  double period = 0;
  std::uint64_t acknowledged = 0;       ///< before t0
  std::uint64_t in_doubt = 0;           ///< sent, never answered
  std::uint64_t acknowledged_after_t0 = 0;
  std::uint64_t lost = 0;               ///< acknowledged before t0 and gone
  std::uint64_t lost_after_t0 = 0;
  std::vector<Stretch> lost_numbers;    ///< at most 1,000 stretches
  std::optional<double> rpa;            ///< seconds; absent: nothing acknowledged, or it could not be read
  std::string why_not;
  double lateness_max = 0;
  friend bool operator==(const CanaryRead&, const CanaryRead&) = default;
};

struct RecoveryMeasured {
  std::optional<double> rta;            ///< absent: never reached; 0 with `seen_down` false: never seen down
  double error = 0;                     ///< seconds, on either side
  bool seen_down = false, valid = true;
  std::string why;                      ///< of not valid, or of never
  struct Lapse {
    double from = 0, to = 0;            ///< seconds after t0
    friend bool operator==(const Lapse&, const Lapse&) = default;
  };
  std::vector<Lapse> relapses;
  double total_downtime = 0;
  friend bool operator==(const RecoveryMeasured&, const RecoveryMeasured&) = default;
};

struct AfterwardsRan {
  bool began = true;                    ///< or ended
  std::optional<int> exit;
  bool timed_out = false;
  double seconds = 0;
  std::string output_tail, why;
  friend bool operator==(const AfterwardsRan&, const AfterwardsRan&) = default;
};

struct FootprintCompared {
  std::vector<std::string> before, after;   ///< one line per thing that was there
  std::vector<std::string> remains;         ///< of Muster's own; must be empty for "restored"
  std::vector<std::string> changed;         ///< of others', for people to know
  friend bool operator==(const FootprintCompared&, const FootprintCompared&) = default;
};

struct Noted {                 ///< anything else worth a line: keeper lost, lateness, a halt set, ledger trouble
  std::string kind, what, by;
  friend bool operator==(const Noted&, const Noted&) = default;
};

enum class Ending { finished, aborted, refused, died, stopped_by_plan };
struct RunEnded {              ///< the last of every exercise; where the runner died, written by who found that out
  Ending ending = Ending::finished;
  std::string why, by;
  bool restored = false;       ///< every undo verified and the footprint clean
  std::vector<std::string> remains, done_not_undone;  ///< steps that had an effect and no undo
  friend bool operator==(const RunEnded&, const RunEnded&) = default;
};

struct Happening {
  Moment at;
  std::variant<RunBegan, StepChanged, Asked, FaultChanged, ProbeChanged, ProbeCounted, ConditionMet, CanaryRead, RecoveryMeasured,
               AfterwardsRan, FootprintCompared, Noted, RunEnded>
      what;
  friend bool operator==(const Happening&, const Happening&) = default;
};

/// The word for what it is: "run-began", "step", "fault", … (`happened` of its JSON).
std::string kind_of(const Happening& happening);

/// A line of JSON and back, exactly: NaN is null, infinity "never", bytes that are no UTF-8 are {"bytes": HEX}. Throws
/// std::invalid_argument on text that is none. Keys that are not known are passed over.
std::string to_json_line(const Happening& happening);
Happening happening_from_json(std::string_view line);

}  // namespace muster
