#include <filesystem>

#include "exercise/agent/hosts.h"
#include "exercise/control_socket.h"
#include "exercise/refused.h"
#include "exercise/run_parts.h"

namespace muster {
namespace fs = std::filesystem;
namespace {

class KeptByKeeper : public EffectOwner {
 public:
  KeptByKeeper(boost::asio::io_context& io, const KeeperSettings& settings,
               std::function<void(const Happening&)> on_happening)
      : keeper_(io, settings, std::move(on_happening)) {}
  void begin(const Effect& effect, std::optional<double> lasts, const std::optional<CommandSettings>& fence,
             std::function<void(std::string)> done) override {
    keeper_.begin(effect, lasts, fence, std::move(done));
  }
  bool lost() const override { return keeper_.lost(); }
  void end_all(const std::string& why, std::function<void(std::vector<std::string>)> done) override {
    keeper_.end_all(why, std::move(done));
  }

 private:
  Keeper keeper_;
};

/// The run folder of the exercise that is meant: by its id or the beginning of it; "" when only one runs.
std::string folder_of(const std::string& id) {
  std::string running;
  std::vector<std::string> meant;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run_root(), ignored)) {
    if (!listens(entry.path())) continue;
    const std::string name = entry.path().filename();
    running += (running.empty() ? "" : ", ") + name;
    if (name.rfind(id, 0) == 0) meant.push_back(entry.path());
  }
  if (meant.size() == 1) return meant.front();
  if (running.empty()) throw Refused({"no exercise runs here"});
  if (id.empty()) throw Refused({"several exercises run; say which: " + running});
  throw Refused({(meant.empty() ? "no exercise “" + id + "” runs" : "“" + id + "” may be several") +
                 "; running now: " + running});
}

void give(const std::string& id, const Order& order) {
  const std::string not_taken = give_order(folder_of(id), order);
  if (!not_taken.empty()) throw Refused({not_taken});
}

}  // namespace

RunParts parts_here() {
  RunParts parts = parts_for_looking();
  parts.reasons_against = reasons_against;
  parts.opt_in = read_opt_in;
  parts.halt = halt_set;
  parts.fault_kind = fault_kind;
  parts.footprint = take_footprint;
  parts.compare = compare;
  parts.keeper = [](boost::asio::io_context& io, const KeeperSettings& settings,
                    std::function<void(const Happening&)> on_happening) {
    return std::make_unique<KeptByKeeper>(io, settings, std::move(on_happening));
  };
  parts.run_root = run_root();
  parts.state_root = state_root();
  return parts;
}

std::vector<PlannedEffect> planned_effects(const LoadedExercise& exercise, const std::string& id) {
  return planned_effects(exercise, id, with_agents(parts_here(), exercise.exercise, id));
}

RunEnded run_exercise(const LoadedExercise& exercise, const RunSettings& settings, const RunPorts& ports) {
  return run_exercise(exercise, settings, ports, with_agents(parts_here(), exercise.exercise, settings.id));
}

void abort_exercise(const std::string& id, const std::string& by, const std::string& why) {
  give(id, {Order::Kind::abort, "", by, why, "", true});
}

void acknowledge_step(const std::string& id, const std::string& step, const std::string& by, bool yes,
                      const std::string& note) {
  give(id, {Order::Kind::acknowledge, step, by, "", note, yes});
}

}  // namespace muster
