#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exercise/canary.h"
#include "exercise/faults/fault.h"
#include "exercise/footprint.h"
#include "exercise/guard.h"
#include "exercise/keeper.h"
#include "exercise/probing.h"
#include "exercise/run.h"

/// What a run stands on: everything that touches, or looks at, the world beyond the run's own commands. Tests
/// put in their own.
namespace muster {

/// A Keeper, or what a test has in its place; same promises.
class EffectOwner {
 public:
  virtual ~EffectOwner() = default;
  virtual void begin(const Effect& effect, std::optional<double> lasts,
                     const std::optional<CommandSettings>& fence, std::function<void(std::string)> done) = 0;
  virtual bool lost() const = 0;
  virtual std::string why_lost() const { return "the keeper died, and what was in effect was undone without it"; }
  /// Seconds by which instants told from that target may be wrong: 0 on this host.
  virtual double clock_error(const Target&) const { return 0; }
  virtual void end_all(const std::string& why, std::function<void(std::vector<std::string>)> done) = 0;
};

/// A fault on another host's target, and its number in the exercise.
struct FaultThere {
  FaultPlan fault;
  int number = 0;
};

struct RunParts {
  std::function<std::vector<std::string>(const Exercise&, const std::string& calendar, const Moment&)>
      reasons_against;
  std::function<OptIn(const Target&)> opt_in;
  std::function<std::optional<Halt>()> halt;
  std::function<const FaultKind*(const std::string&)> fault_kind;
  /// Resolved by the agent of that target, in their order, and what is planned; null where there are no agents. Throws Refused.
  std::function<std::vector<Effect>(const Target&, const std::vector<FaultThere>&, std::vector<PlannedEffect>&)> effects_there;
  std::function<Footprint(const std::vector<Target>&)> footprint;
  std::function<FootprintCompared(const Footprint&, const Footprint&, const std::string& exercise)> compare;
  std::function<std::unique_ptr<EffectOwner>(boost::asio::io_context&, const KeeperSettings&,
                                             std::function<void(const Happening&)>)>
      keeper;
  /// Probes for as long as the pointer lives.
  std::function<std::shared_ptr<void>(boost::asio::io_context&, const std::vector<Probe>&,
                                      std::function<std::string(const Where&)>, Probing::OnSample,
                                      const std::string& start_in)>
      probing;
  /// Writes until the function that it gives is called, in the loop's thread or, while it turns, in another.
  std::function<std::function<void()>(boost::asio::io_context&, const Canary&, const std::string& netns, const std::string& exercise,
                                      const std::string& folder, const std::string& start_in)>
      canary;
  std::function<std::set<std::uint64_t>(const Canary&, const std::string& netns, const std::string& exercise,
                                        std::uint64_t newest, const std::string& start_in)>
      survivors;
  /// A command of the plan, where its settings say; null: all here.
  std::function<std::unique_ptr<CommandUnderWay>(boost::asio::io_context&, const CommandSettings&, std::function<void(const CommandResult&)>)>
      start_command;
  std::string run_root, state_root;
};

/// By the parts' start_command, or here.
std::unique_ptr<CommandUnderWay> start_command_of(const RunParts& parts, boost::asio::io_context& io, const CommandSettings& settings,
                                                  std::function<void(const CommandResult&)> done);

/// The real ones. Of parts_for_looking only probes and canary are there.
RunParts parts_here();
RunParts parts_for_looking();

/// run_exercise on other parts.
RunEnded run_exercise(const LoadedExercise& exercise, const RunSettings& settings, const RunPorts& ports,
                      const RunParts& parts);
std::vector<PlannedEffect> planned_effects(const LoadedExercise& exercise, const std::string& id,
                                           const RunParts& parts);

}  // namespace muster
