#include <algorithm>
#include <filesystem>

#include "exercise/clock.h"
#include "exercise/control_socket.h"
#include "exercise/keeper.h"
#include "exercise/keeper_loop.h"
#include "exercise/refused.h"
#include "exercise/target_locks.h"
#include "exercise/undo_list.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

constexpr double kPatience = 120;  // seconds for one exercise's undoing
constexpr int kMost = 10'000;      // exercises looked at

bool lives(const UndoList& list, const ProcessIdentity& who) { return list.head().boot == boot_id() && who.pid > 0 && state_of(who) != 0; }

std::vector<std::string> undo_folders() {
  std::vector<std::string> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(state_root() + "/undo", none)) {
    if (out.size() == kMost) break;
    if (fs::exists(entry.path() / "undo.list", none)) out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

LeftBehind left_in(const std::string& folder) try {
  const UndoList list = UndoList::open(folder);
  LeftBehind left{list.head().exercise, folder, list.head().run_folder, lives(list, list.head().runner), lives(list, list.keeper()), {}, list.head().targets};
  for (const ListedEffect& each : list.effects())
    if (each.state != EffectState::undone) left.in_effect.push_back(each.effect.fault);
  return left;
} catch (const std::exception& error) {
  return {fs::path(folder).filename(), folder, "", false, false, {std::string("what it did is not known: ") + error.what()}, {}};
}

void remove_traces(const LeftBehind& left) {
  std::error_code ignored;
  if (!left.run_folder.empty()) fs::remove_all(left.run_folder, ignored);
  fs::remove_all(left.folder, ignored);
}

Recovered recover_one(const LeftBehind& left) {
  Recovered out{left.exercise, kept_happenings(left.folder), {}};
  try {
    UndoList list = UndoList::open(left.folder);
    out.remains = restore_all(list, "recover", "runner and keeper died", kPatience, [&](const FaultChanged& change) {
      const Happening happening{system_clock().now(), change};
      keep_happening(left.folder, happening);
      out.happenings.push_back(happening);
    });
  } catch (const std::exception& error) {
    out.remains.push_back(error.what());
  }
  if (out.remains.empty()) remove_traces(left);
  return out;
}

// A run that was killed before its first effect leaves a folder in which nothing was done.
void remove_empty_run_folders() {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run_root(), none)) {
    const bool run = fs::exists(entry.path() / "UNDO.txt", none);
    const bool begun = fs::exists(state_root() + "/undo/" + entry.path().filename().string(), none);
    if (run && !begun && !listens(entry.path())) fs::remove_all(entry.path(), none);
  }
}

}  // namespace

std::vector<LeftBehind> look_around() {
  std::vector<LeftBehind> out;
  for (const std::string& folder : undo_folders()) out.push_back(left_in(folder));
  return out;
}

std::vector<Recovered> recover() {
  std::vector<Recovered> out;
  std::vector<LeftBehind> dead;
  for (LeftBehind& left : look_around())
    if (!left.runner_lives && !left.keeper_lives) dead.push_back(std::move(left));
  for (auto it = dead.rbegin(); it != dead.rend(); ++it) out.push_back(recover_one(*it));
  remove_empty_run_folders();
  return out;
}

}  // namespace muster
