#pragma once
#include <string>

/// Which exercises run here, whoever asks: a lock that the kernel drops with the process, however it ends.
namespace muster {

/// Held while an exercise runs; its children do not hold it. At most one of an id in a process. A resource.
class RunningMark {
 public:
  explicit RunningMark(const std::string& exercise);  ///< throws Refused
  ~RunningMark();
  RunningMark(const RunningMark&) = delete;
  RunningMark& operator=(const RunningMark&) = delete;

 private:
  std::string file_;
  int descriptor_ = -1;
};

/// Whether another process performs it now. Not to be asked of an exercise that this process performs.
bool runs_now(const std::string& exercise);

}  // namespace muster
