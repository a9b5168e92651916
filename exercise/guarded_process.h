#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

/// Processes of Muster's own that must outlive what it breaks.
namespace muster {

/// Starts this same program with other arguments, in a session of its own, with these descriptors open (by their numbers). The
/// caller reaps it. Throws std::system_error.
pid_t start_self(const std::vector<std::string>& arguments, const std::vector<int>& keep);

/// As far as one may: memory locked, spared by the OOM killer; interrupts, hang-ups and broken pipes ignored.
void guard_this_process();

}  // namespace muster
