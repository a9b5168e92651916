#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exercise/kept_effect.h"

/// All effects of one exercise: each begins, is watched, and ends; at the end all of them in reverse order.
namespace muster {

/// Driven by turn(). Not thread-safe. The same in the keeper, in the fuse, and in whoever restores after a death.
class KeeperLoop {
 public:
  struct Ports {
    std::function<void(const FaultChanged&)> tell;
    std::function<void(const std::string& fault, const std::string& why_not)> begun;
  };
  KeeperLoop(UndoList& list, const std::string& by, Ports ports);
  /// Takes up what is on the list and not undone; `only`: that effect alone, unless 0.
  void take_up(int only = 0);
  void begin(const ListedEffect& effect);
  /// In reverse order; one that takes longer than a second does not hold up the next. The first reason stands.
  void end_all(const std::string& why);
  void turn(bool renewing);
  bool ending() const { return ending_; }
  bool over() const;                         ///< asked to end all, and all have ended
  std::vector<std::string> remains() const;
  /// Waits until there may be something to do: news of any effect's, or of `others`; so many seconds at most.
  void wait(const std::vector<int>& others, double seconds) const;

 private:
  Keeping keeping_;
  std::vector<std::unique_ptr<KeptEffect>> effects_;
  bool ending_ = false;
  std::string why_;
};

/// Ends all that is left on the list, so many seconds at most. What remains.
std::vector<std::string> restore_all(UndoList& list, const std::string& by, const std::string& why, double seconds,
                                     const std::function<void(const FaultChanged&)>& tell, int only = 0);

/// A line of FOLDER/keeper.jsonl.
void keep_happening(const std::string& folder, const Happening& happening);
std::vector<Happening> kept_happenings(const std::string& folder);  ///< torn lines are left out

}  // namespace muster
