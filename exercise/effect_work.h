#pragma once
#include <memory>
#include <string>

#include "exercise/apart.h"
#include "exercise/undo_list.h"

/// What is done to one effect, each in a process of its own: a hook that hangs holds up nobody, and who is killed half-way is not us.
namespace muster {

struct WorkResult {
  bool done = false;                       ///< it came to its end
  Presence presence = Presence::unknown;   ///< what was seen afterwards
  std::string what;                        ///< what was seen, or why it is not done
};

/// Brings it about and looks until it is in effect, 3 s at most. Dies with the caller: nothing begins once nobody keeps it.
std::unique_ptr<Errand> apply_apart(const std::string& list_folder, const Effect& effect, double lease);
/// Undoes and looks until it is gone, 3 s at most. Goes on should the caller die.
std::unique_ptr<Errand> undo_apart(const std::string& list_folder, const Effect& effect);
std::unique_ptr<Errand> check_apart(const Effect& effect);
std::unique_ptr<Errand> renew_apart(const Effect& effect, double lease);
/// Runs it to its end or time-out. Presence says nothing. Goes on should the caller die.
std::unique_ptr<Errand> fence_apart(const CommandSettings& fence);

/// Of an errand that is over and reaped.
WorkResult result_of(const Errand& errand);

}  // namespace muster
