#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exercise/effect_work.h"
#include "exercise/undo_list.h"
#include "models/happening.h"

/// One effect from its intention to its verified undo.
namespace muster {

/// Who keeps it, and to whom it is told. Lives longer than the effects.
struct Keeping {
  UndoList* list = nullptr;
  std::string by;                                     ///< "keeper", "runner", "fuse", "recover"
  std::function<void(const FaultChanged&)> tell;
  std::function<void(const std::string& fault, const std::string& why_not)> begun;
};

/// Driven by turn(); never blocks but for the start of a fuse. Not thread-safe.
class KeptEffect {
 public:
  /// `found`: it is on the list already, and somebody else brought it about, or half of it.
  KeptEffect(Keeping& keeping, ListedEffect listed, bool found);
  ~KeptEffect();
  KeptEffect(const KeptEffect&) = delete;
  KeptEffect& operator=(const KeptEffect&) = delete;

  void begin();                         ///< puts it on the list, then brings it about
  void end(const std::string& why);     ///< fence, then undo; the first reason stands
  void turn(std::int64_t now, bool renewing);  ///< does what is due; `renewing`: the runner lives, leases go on
  bool ending() const { return stage_ >= Stage::fencing; }
  bool over() const { return stage_ == Stage::over; }
  std::int64_t ending_since() const { return ending_since_; }
  const ListedEffect& listed() const { return listed_; }
  std::string remains() const;          ///< what is left, in a sentence; empty: nothing
  int descriptor() const;               ///< readable when there is news; -1: nothing is under way

 private:
  enum class Stage { intended, applying, in_effect, fencing, waiting, undoing, over };
  void tell(FaultChange change, const std::string& why, const std::string& proof);
  void fail(const std::string& why);
  void watch(std::int64_t now, bool renewing);
  void work_ended(const WorkResult& result, std::int64_t now);
  void looked(const WorkResult& result);
  void begin_undo();
  void undone_or_again(const WorkResult& result, std::int64_t now);
  void lay_over(EffectState state);
  double lease(std::int64_t now) const;

  Keeping& keeping_;
  ListedEffect listed_;
  const FaultKind* kind_;
  Stage stage_ = Stage::intended;
  std::optional<std::int64_t> deadline_;
  std::unique_ptr<Errand> work_, look_, renewal_;
  std::int64_t work_since_ = 0, next_look_ = 0, next_renewal_ = 0, next_try_ = 0, not_before_ = 0, ending_since_ = 0;
  int tries_ = 0;
  bool found_, vanished_ = false;
  std::string why_, left_;
  pid_t fuse_ = 0;
};

}  // namespace muster
