#include "exercise/keeper_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "exercise/clock.h"

namespace muster {
namespace {

constexpr std::int64_t kHoldUp = 1'000'000'000;  // how long one effect may hold up the next one's undo

}  // namespace

KeeperLoop::KeeperLoop(UndoList& list, const std::string& by, Ports ports)
    : keeping_{&list, by, std::move(ports.tell), std::move(ports.begun)} {}

void KeeperLoop::take_up(int only) {
  for (const ListedEffect& listed : keeping_.list->effects())
    if (listed.state != EffectState::undone && (only == 0 || listed.effect.number == only))
      effects_.push_back(std::make_unique<KeptEffect>(keeping_, listed, true));
}

void KeeperLoop::begin(const ListedEffect& effect) {
  if (ending_) return keeping_.begun(effect.effect.fault, "all effects are ending");
  effects_.push_back(std::make_unique<KeptEffect>(keeping_, effect, false));
  effects_.back()->begin();
}

void KeeperLoop::end_all(const std::string& why) {
  if (ending_) return;
  ending_ = true;
  why_ = why;
}

void KeeperLoop::turn(bool renewing) {
  const std::int64_t now = system_clock().now().boot;
  for (const auto& effect : effects_) effect->turn(now, renewing);
  if (!ending_) return;
  for (auto it = effects_.rbegin(); it != effects_.rend(); ++it) {
    KeptEffect& effect = **it;
    if (effect.over()) continue;
    effect.end(why_);
    if (!effect.over() && now - effect.ending_since() < kHoldUp) return;
  }
}

bool KeeperLoop::over() const {
  return ending_ && std::all_of(effects_.begin(), effects_.end(), [](const auto& effect) { return effect->over(); });
}

std::vector<std::string> KeeperLoop::remains() const {
  std::vector<std::string> out;
  for (const auto& effect : effects_) {
    if (std::string left = effect->remains(); !left.empty()) out.push_back(std::move(left));
    else if (!effect->over()) out.push_back("fault " + effect->listed().effect.fault + " on " + effect->listed().effect.target.name + ": its undo has not ended");
  }
  return out;
}

void KeeperLoop::wait(const std::vector<int>& others, double seconds) const {
  std::vector<pollfd> all;
  for (const int descriptor : others) all.push_back({descriptor, POLLIN, 0});
  for (const auto& effect : effects_)
    if (effect->descriptor() >= 0) all.push_back({effect->descriptor(), POLLIN, 0});
  ::poll(all.data(), all.size(), static_cast<int>(seconds * 1000));
}

std::vector<std::string> restore_all(UndoList& list, const std::string& by, const std::string& why, double seconds,
                                     const std::function<void(const FaultChanged&)>& tell, int only) {
  KeeperLoop loop(list, by, {tell, [](const std::string&, const std::string&) {}});
  loop.take_up(only);
  loop.end_all(why);
  const Moment since = system_clock().now();
  for (loop.turn(true); !loop.over() && system_clock().now().since(since) < seconds; loop.turn(true)) loop.wait({}, 0.05);
  return loop.remains();
}

void keep_happening(const std::string& folder, const Happening& happening) {
  const Descriptor file(::open((folder + "/keeper.jsonl").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() >= 0) write_all(file.get(), to_json_line(happening) + "\n");
}

std::vector<Happening> kept_happenings(const std::string& folder) {
  std::vector<Happening> out;
  std::ifstream in(folder + "/keeper.jsonl");
  for (std::string line; std::getline(in, line);) try {
      out.push_back(happening_from_json(line));
    } catch (const std::invalid_argument&) {  // what a kill tore
    }
  return out;
}

}  // namespace muster
