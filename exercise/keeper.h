#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exercise/command.h"
#include "exercise/faults/fault.h"
#include "models/happening.h"

namespace boost::asio {
class io_context;
}

/// The small process that owns every effect, as the runner sees it.
///
/// The keeper is this same program, started anew (`muster keeper FOLDER`, not for people), outside every cgroup that a fault acts on,
/// its memory locked, spared by the OOM killer, in a session of its own so that Ctrl-C and a closed terminal do not reach it. It puts
/// each undo on disk (synced, in a preallocated file) before it applies an effect, verifies effects when they begin, once a second,
/// and when they end, renews kernel leases every 2 s while the runner's heartbeats come, and restores everything within 5 s of their
/// silence, at each effect's own end, and at the limit. Its happenings are also kept in FOLDER/keeper.jsonl, for when nobody listens.
namespace muster {

struct KeeperSettings {
  std::string exercise;               ///< the id
  std::string folder;                 ///< the run folder: mode 0700, on a file system that no fault fills
  double limit = 0;                   ///< seconds from the first effect; no effect outlives it
  std::vector<Target> targets;        ///< to lock: one exercise at a time on each
  bool whole_machine = false;         ///< some fault takes the machine
};

/// Not thread-safe; all callbacks come from the event loop. If the keeper dies, the runner's own process restores what is in effect
/// (the same code), tells on_happening so, and `lost` becomes true: from then on begin() fails.
class Keeper {
 public:
  /// Takes the locks and starts the process. Throws Refused: another exercise holds a target (which, since when), no room for the list.
  Keeper(boost::asio::io_context& io, const KeeperSettings& settings, std::function<void(const Happening&)> on_happening);
  /// Ends everything first, if end_all was not called; blocks until it is done or has failed.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// Undo on disk, apply, verify; then done("") or done(why not). `lasts`: seconds until it ends by itself; `fence` runs before its undo.
  void begin(const Effect& effect, std::optional<double> lasts, const std::optional<CommandSettings>& fence,
             std::function<void(std::string)> done);
  void end(const std::string& fault, const std::string& why, std::function<void(bool undone)> done);
  /// In reverse order; never skipped, never begun twice. done tells what remains (empty: nothing).
  void end_all(const std::string& why, std::function<void(std::vector<std::string> remains)> done);
  bool lost() const;
  pid_t pid() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Where state is kept: /run/muster and /var/lib/muster as root, XDG_RUNTIME_DIR/muster and XDG_STATE_HOME/muster else; made
/// with mode 0700. MUSTER_RUN_DIR and MUSTER_STATE_DIR replace them (for tests).
std::string run_root();
std::string state_root();

/// The keeper's own main: returns its exit status. For app's hidden commands `keeper` and `fuse`.
int keeper_main(const std::vector<std::string>& arguments);
int fuse_main(const std::vector<std::string>& arguments);

/// An exercise that was left behind, or runs.
struct LeftBehind {
  std::string exercise, folder;
  bool runner_lives = false, keeper_lives = false;
  std::vector<std::string> in_effect;          ///< faults whose undo is not verified
};
std::vector<LeftBehind> look_around();

struct Recovered {
  std::string exercise;
  std::vector<Happening> happenings;           ///< the keeper's (from keeper.jsonl), then the undoing now
  std::vector<std::string> remains;
};
/// Undoes all that dead exercises left, verified, in reverse order. Never touches one whose keeper or runner lives. Idempotent.
std::vector<Recovered> recover();

}  // namespace muster
