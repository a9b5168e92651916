#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "models/exercise.h"
#include "models/happening.h"

/// A fault in three verbs: do, undo, check; and what is known before anything is touched.
///
/// All that undo and check need is in the Effect, which is plain data and on disk before `apply`: any process that has read it can
/// undo the fault, also after a crash at any instruction of `apply`, and more than once.
namespace muster {

struct Effect {
  std::string exercise;   ///< the id; every table, cgroup and file that the fault makes has muster_ID in its name
  std::string fault;      ///< its name in the file
  int number = 0;         ///< unique in the exercise; goes into names where length is short
  std::string kind;       ///< "partition"
  Target target;          ///< where
  std::string settings;   ///< JSON, of the kind's own: all that apply, undo and check need
  std::string folder;     ///< the exercise's state folder (run folder); files of the effect go there
};
nlohmann::json to_json(const Effect& effect);
Effect effect_from_json(const nlohmann::json& json);  ///< throws std::invalid_argument
/// "muster_ID_FAULT", the same for ever, what tables, cgroups and files cannot be called spelt out: all that it makes is called so.
std::string effect_name(const Effect& effect);

/// Inert: it has no effect any more, but something of it is still there (an emptied table).
enum class Presence { in_effect, inert, gone, unknown };
struct Sight {
  Presence presence = Presence::unknown;
  std::string what;       ///< "2 elements in set …", "pid 4711 is stopped", what remains
};

/// What prepare may look at.
struct Surroundings {
  std::string exercise;
  const Exercise* plan = nullptr;
  std::string folder;                             ///< the run folder
  std::vector<std::string> management_addresses;  ///< of the target's opt-in file: never cut off
  std::vector<pid_t> own;                         ///< Muster's own processes: never a match
};

/// How an effect ends when nobody is left to undo it.
enum class LastResort { kernel, fuse, nobody };

/// One kind of fault. Stateless and thread-safe; each lives in a file of its own and is listed in kinds.cc.
class FaultKind {
 public:
  virtual ~FaultKind() = default;
  virtual std::string name() const = 0;
  virtual LastResort last_resort() const = 0;
  /// Locks the whole machine and not only the target's network (cpu, memory, disk).
  virtual bool takes_machine() const { return false; }
  /// Over in an instant: what it did stays, and nobody looks every second whether it does (a killed process).
  virtual bool momentary(const Effect&) const { return false; }
  /// What is missing here to do it (root, a kernel feature, a program), as sentences; empty: nothing.
  virtual std::vector<std::string> missing(const Target& target) const = 0;
  /// Looks and resolves, touches nothing. Throws Refused (no match, too many, not the default qdisc, …).
  virtual Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const = 0;
  /// What it does, how it is undone, and the lines by which a person would undo it.
  virtual PlannedEffect describe(const Effect& effect) const = 0;
  /// Brings it about. Throws std::runtime_error. `lease` seconds: after which the kernel ends it, where last_resort is kernel.
  virtual void apply(const Effect& effect, double lease) const = 0;
  /// Puts the lease off to so many seconds from now; only where last_resort is kernel.
  virtual void renew(const Effect&, double /*lease*/) const {}
  /// Takes it away: idempotent, also after half an apply. Throws std::runtime_error.
  virtual void undo(const Effect& effect) const = 0;
  /// Whether it is in effect, by the table of the format. An answer that does not come is unknown. Never throws.
  virtual Sight check(const Effect& effect) const = 0;
};

/// The kind of that name; null where there is none.
const FaultKind* fault_kind(const std::string& name);
std::vector<const FaultKind*> fault_kinds();

}  // namespace muster
