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
/// The keeper is this same program, started anew (`muster keeper`, not for people), its memory locked, spared by the OOM killer, in a
/// session of its own so that Ctrl-C and a closed terminal do not reach it. It puts each undo on disk (undo_list.h) before it applies
/// an effect, verifies effects when they begin, once a second, and when they end, renews kernel leases of 10 s every 2 s while the
/// runner's heartbeats come, and restores everything when they have been silent for 3 s, when the runner dies, at each effect's own
/// end, and at the limit. What happens is also kept in keeper.jsonl beside the list, for when nobody listens.
namespace muster {

struct KeeperSettings {
  std::string exercise;               ///< the id
  std::string folder;                 ///< the run folder: mode 0700, on a file system that no fault fills
  double limit = 0;                   ///< seconds from the first effect; no effect outlives it
  std::vector<Target> targets;        ///< to lock: one exercise at a time on each
  bool whole_machine = false;         ///< some fault takes the machine
};

/// Not thread-safe; all callbacks come from the event loop. If the keeper dies, or is silent for 5 s (it is killed then), another one
/// restores what is in effect, on_happening hears of it, and `lost` becomes true: from then on begin() fails.
class Keeper {
 public:
  /// Takes the locks and starts the process. Throws Refused: another exercise holds a target, or has left something in effect there;
  /// no room for the list.
  Keeper(boost::asio::io_context& io, const KeeperSettings& settings, std::function<void(const Happening&)> on_happening);
  /// Ends everything first, if end_all was not called; blocks until it is done or has failed, two minutes at most.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// Undo on disk, apply, verify; then done("") or done(why not). `lasts`: seconds until it ends by itself; `fence` runs before its undo.
  void begin(const Effect& effect, std::optional<double> lasts, const std::optional<CommandSettings>& fence,
             std::function<void(std::string)> done);
  /// In reverse order; never skipped, never begun twice. done tells what remains (empty: nothing).
  void end_all(const std::string& why, std::function<void(std::vector<std::string> remains)> done);
  bool lost() const;
  pid_t pid() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
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
  std::string exercise;
  std::string folder;                          ///< where its undo list and keeper.jsonl are: state_root()/undo/ID
  std::string run_folder;
  bool runner_lives = false, keeper_lives = false;
  std::vector<std::string> in_effect;          ///< faults whose undo is not verified
  std::vector<Target> targets;
};
std::vector<LeftBehind> look_around();

struct Recovered {
  std::string exercise;
  std::vector<Happening> happenings;           ///< the keeper's (from keeper.jsonl), then the undoing now
  std::vector<std::string> remains;
};
/// Undoes all that dead exercises left, verified, in reverse order, and takes their folders away. Never touches one whose keeper or
/// runner lives. Idempotent.
std::vector<Recovered> recover();

}  // namespace muster
