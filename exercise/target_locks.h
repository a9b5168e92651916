#pragma once
#include <string>
#include <vector>

#include "exercise/apart.h"
#include "models/exercise.h"

/// One exercise at a time on each real thing: a network namespace (whatever its name), and the machine.
namespace muster {

/// Held until the last process that has the descriptors ends. A resource.
class TargetLocks {
 public:
  /// Each target's namespace for oneself; the machine shared, or for oneself too. Never waits. Throws Refused: another exercise has
  /// one of them.
  TargetLocks(const std::vector<Target>& targets, bool whole_machine);
  std::vector<int> descriptors() const;

 private:
  std::vector<Descriptor> held_;
};

}  // namespace muster
