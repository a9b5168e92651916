#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exercise/command.h"
#include "exercise/faults/fault.h"
#include "exercise/processes.h"
#include "models/happening.h"

/// What an exercise does to the world and how it is undone, on the disk before it is done.
///
/// FOLDER/undo.list is preallocated and only appended to; each line is a checksum and JSON, and is synced when the call returns.
/// Whatever a crash tears is as if it had not been written. Several processes may append.
namespace muster {

/// One exercise at work, as any other process may read it.
struct UndoHead {
  std::string exercise, run_folder, boot;  ///< `boot`: the kernel's id of the boot in which it runs
  Moment since;
  ProcessIdentity runner;
  double limit = 0;                        ///< seconds from the first effect; 0: none
  std::vector<Target> targets;
};

enum class EffectState { intended, in_effect, undone, remains };

struct ListedEffect {
  Effect effect;
  std::optional<CommandSettings> fence;    ///< runs before the undo
  Moment at;                               ///< when it was put on the list
  std::optional<double> lasts;             ///< seconds from `at`
  EffectState state = EffectState::intended;
};

nlohmann::json listed_to_json(const ListedEffect& listed);  ///< `state` is left out
ListedEffect listed_from_json(const nlohmann::json& json);

/// Not thread-safe; each process opens its own.
class UndoList {
 public:
  /// Makes the folder (mode 0700) and the list. Throws Refused: no room, no permission.
  static UndoList make(const std::string& folder, const UndoHead& head);
  static UndoList open(const std::string& folder);  ///< throws std::runtime_error: none, or not readable
  ~UndoList();
  UndoList(UndoList&& other) noexcept;
  UndoList& operator=(UndoList&&) = delete;

  const std::string& folder() const { return folder_; }
  const UndoHead& head() const { return head_; }
  const ProcessIdentity& keeper() const { return keeper_; }    ///< pid 0: it never started
  const std::vector<ListedEffect>& effects() const { return effects_; }  ///< in the order of their beginning
  void refresh();                                              ///< takes in what other processes appended

  /// Each is on the disk when it returns. Throw std::runtime_error where that cannot be had.
  void set_keeper(const ProcessIdentity& keeper);
  void let_go() noexcept;                  ///< its runner has done with it, though it may live on: whoever comes may recover. Never fails loudly
  void begin(const ListedEffect& effect);
  void set_state(int number, EffectState state);

  /// When an effect ends whatever happens, on Moment::boot: its `lasts` or the limit, the earlier; nothing where there is neither.
  std::optional<std::int64_t> deadline(const ListedEffect& effect) const;

 private:
  UndoList(std::string folder, int file) : folder_(std::move(folder)), file_(file) {}
  void append(const std::string& json, std::size_t keep_free);
  void take(const std::string& json);
  std::string folder_;
  int file_ = -1;
  std::int64_t end_ = 0;  ///< of what was read
  UndoHead head_;
  ProcessIdentity keeper_;
  std::vector<ListedEffect> effects_;
};

/// Held while an effect is brought about or undone, by one process at a time; let go when it dies.
class EffectLock {
 public:
  /// Throws std::runtime_error when another process holds it for so many seconds.
  EffectLock(const std::string& folder, int number, double patience);
  ~EffectLock();
  EffectLock(const EffectLock&) = delete;
  EffectLock& operator=(const EffectLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace muster
