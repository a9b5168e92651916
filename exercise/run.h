#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exercise/clock.h"
#include "models/happening.h"

/// The runner: performs a scenario's plan on real things while faults are in effect, and tells all that
/// happens.
namespace muster {

struct RunSettings {
  std::string
      id;  ///< "2026-11-23T10-15-00-k3f9": of the time, and four letters drawn; also in names of effects
  bool yes = false;  ///< answers every question that the plan asks, marked automatic; never the guard
  bool afterwards = true;
  std::string by;        ///< who runs it
  std::string calendar;  ///< an .ics file of blackouts; empty: none
  std::string program;   ///< "muster 0.1.0"
  Predictions predictions;
  bool terminal = false;  ///< questions can be answered at the standard input
  std::optional<Moment> onset;  ///< of an incident: when the outage struck; absent: now
  std::string continues;  ///< of an incident: the run that this one goes on with
  std::set<std::string> done;   ///< of an incident: steps that succeeded there; they are done at once, marked automatic
};
std::string new_run_id(const Clock& clock);

/// What the runner tells and whom it asks. Called from the runner's one thread; must return at once.
struct RunPorts {
  std::function<void(const Happening&)> tell;  ///< in order; the ledger, the board and the record hang here
  const Clock* clock = nullptr;
};

/// Every effect and its undo, in order, without touching anything. Throws Refused.
std::vector<PlannedEffect> planned_effects(const LoadedExercise& exercise, const std::string& id);

/// An incident (Exercise::Kind::incident) is a real recovery: no guard and no halt keeps it from running, nothing of it is undone, and a
/// terminal that is closed does not end it.
/// Throws Refused while nothing was touched (guard, steady state, canary). From the first effect on it never
/// throws: the last happening is RunEnded, and all faults are undone or named as remaining. SIGINT, SIGTERM,
/// SIGHUP, abort and halt end it early.
RunEnded run_exercise(const LoadedExercise& exercise, const RunSettings& settings, const RunPorts& ports);

/// Orders to a running exercise, through its socket in the run folder. Throw Refused when there is none that
/// can take them.
void abort_exercise(const std::string& id, const std::string& by,
                    const std::string& why);  ///< id "" when only one runs
void acknowledge_step(const std::string& id, const std::string& step, const std::string& by, bool yes,
                      const std::string& note);

}  // namespace muster
