#include "exercise/drill.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/command.h"
#include "exercise/faults/fault.h"
#include "exercise/keeper.h"
#include "exercise/refused.h"
#include "exercise/undo_list.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

constexpr const char* nobody = "192.0.2.1";  // TEST-NET-1 (RFC 5737): no host has it
constexpr double kBegin = 15, kKernel = 15;  // seconds of patience

std::string ip(const Argv& words) {
  CommandSettings command;
  command.argv = {"ip"};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  const CommandResult result = run_command(command);
  return result.succeeded() ? "" : "ip " + result.text() + ": " + result.tail + result.why;
}

/// A network namespace and folders of its own; both vanish with it.
class Scene {
 public:
  Scene() : name_("muster-drill-" + std::to_string(::getpid())) {
    folder_ = "/tmp/" + name_ + "-XXXXXX";
    if (!::mkdtemp(folder_.data())) throw Refused({"no folder for the drill can be made in /tmp"});
    if (const std::string trouble = ip({"netns", "add", name_}); !trouble.empty()) {
      fs::remove_all(folder_);
      throw Refused({"no network namespace for the drill can be made: " + trouble});
    }
  }
  ~Scene() {
    ip({"netns", "del", name_});
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  Target target() const { return {"drill", name_, "", "", {}}; }
  const std::string& folder() const { return folder_; }

 private:
  std::string name_, folder_;
};

void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

// The runner of the drill: brings it about and waits for its own death.
void perform(const Effect& effect, const Scene& scene, int out) {
  ::setenv("MUSTER_STATE_DIR", scene.folder().c_str(), 1);
  ::setenv("MUSTER_RUN_DIR", scene.folder().c_str(), 1);
  boost::asio::io_context io;
  Keeper keeper(io, {effect.exercise, effect.folder, 60, {effect.target}, false}, [](const Happening&) {});
  keeper.begin(effect, std::nullopt, std::nullopt, [&](const std::string& why_not) { write_all(out, why_not.empty() ? "+" : "-" + why_not); });
  io.run_for(std::chrono::seconds(60));
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

void kill_both(Errand& runner, const Scene& scene, const Effect& effect) {
  const ProcessIdentity keeper = UndoList::open(scene.folder() + "/undo/" + effect.exercise).keeper();
  runner.signal(SIGSTOP);  // so that it cannot restore while its keeper dies
  signal_process(keeper, SIGKILL);
  runner.signal(SIGKILL);
  for (int i = 0; i < 100 && (state_of(keeper) != 0 || !runner.reap()); ++i) wait_a_little();
}

}  // namespace

Drilled drill() {
  const FaultKind& kind = *fault_kind("partition");
  if (::geteuid() != 0) throw Refused({"only root can make the network namespace that the drill needs"});
  const Scene scene;
  if (const auto missing = kind.missing(scene.target()); !missing.empty()) throw Refused(missing);
  Drilled drilled;
  Exercise plan;
  plan.targets = {scene.target()};
  FaultPlan fault{"drill", "drill", PartitionFault{PartitionFault::How::drop, true, {nobody}, 1}, 0, {}, {}};
  Effect effect = kind.prepare(fault, scene.target(), {"drill-" + std::to_string(::getpid()), &plan, scene.folder(), {}, {}});
  effect.number = 1;
  Errand runner(SIGKILL, [&](int out) { perform(effect, scene, out); });
  const Moment begun = system_clock().now();
  while (runner.said().empty() && !runner.over() && system_clock().now().since(begun) < kBegin) {
    runner.listen();
    wait_a_little();
  }
  if (!runner.said().starts_with("+")) throw Refused({"the drill's partition could not be brought about: " + runner.said()});
  drilled.told.push_back("A partition from " + std::string(nobody) + ", an address that nobody has, is in effect in a network namespace of its own: " + kind.check(effect).what + ".");
  kill_both(runner, scene, effect);
  const Moment killed = system_clock().now();
  drilled.told.push_back("Its keeper and its runner are killed (SIGKILL).");
  Sight sight = kind.check(effect);
  while (sight.presence == Presence::in_effect && system_clock().now().since(killed) < kKernel) {
    wait_a_little();
    sight = kind.check(effect);
  }
  drilled.kernel_removed = sight.presence == Presence::inert || sight.presence == Presence::gone;
  drilled.told.push_back(drilled.kernel_removed ? "The kernel ended it by itself after " + seconds_text(system_clock().now().since(killed)) + "."
                                                : "It is in effect still after " + seconds_text(kKernel) + ": " + sight.what + ".");
  kind.undo(effect);
  if (sight = kind.check(effect); sight.presence != Presence::gone) drilled.remains.push_back(sight.what);
  else drilled.told.push_back("What was left of it, without effect, is removed: " + sight.what + ".");
  return drilled;
}

}  // namespace muster
