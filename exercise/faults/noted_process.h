#pragma once
#include <functional>
#include <string>
#include <vector>

#include "exercise/faults/fault.h"
#include "exercise/processes.h"

/// A process that is an effect, or holds one up.
///
/// It is nobody's child for long: whoever began it may die. It is on record (a synced note), by boot, pid and start time, before it does
/// anything, and has a file in memory open that is called effect_name(), by which a footprint tells whose it is.
namespace muster {

struct NotedProcess {
  const char* name;       ///< as `ps` and `pkill` know it
  const char* does;       ///< "presses", for messages
  std::string died = {};  ///< what is added where it dies without a word
};

/// Starts it and waits for its answer on `said`: "+" and what it holds, or "-" and why not, a line. What it holds is noted as "held".
/// `keep`: descriptors that it needs. Throws std::runtime_error, with its reason where it gave one.
void begin_noted(const Effect& effect, const NotedProcess& process, std::vector<int> keep, const std::function<void(int said)>& life);
/// Who is on record, of this boot; alive or not.
std::vector<ProcessIdentity> noted_processes(const Effect& effect);

}  // namespace muster
