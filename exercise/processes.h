#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Processes as /proc shows them.
namespace muster {

/// Who a process is, for as long as the machine is up: no other process of this boot is the same.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start = 0;  ///< clock ticks since boot
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

struct ProcessSight {
  ProcessIdentity identity;
  pid_t parent = 0;
  char state = 0;        ///< as /proc says: R S D T Z …
  std::string command;   ///< its command line, words joined by spaces; its name in brackets for a kernel thread
  bool kernel = false;
  bool dead() const { return state == 'Z' || state == 'X'; }
};

/// All of them, by pid. One that ends meanwhile is left out.
std::vector<ProcessSight> all_processes();
/// Of whichever has that number now, a zombie too; nothing where none has.
std::optional<ProcessIdentity> identity_of(pid_t pid);
ProcessIdentity this_process();
/// Whether that very process lives (a zombie does not), and its state; 0 when it does not.
char state_of(const ProcessIdentity& identity);
/// The ones given and all that descend from them.
std::vector<ProcessSight> with_descendants(const std::vector<ProcessSight>& all, const std::vector<pid_t>& roots);
/// The ones given, all that descend from them and all from which they descend: neither Muster nor who started it may be broken by it.
std::set<pid_t> relatives(const std::vector<ProcessSight>& all, const std::vector<pid_t>& pids);
/// Sends a signal to that very process; false when it lives no more. Throws std::system_error when it may not be sent.
bool signal_process(const ProcessIdentity& identity, int number);
/// A number that tells network namespaces apart; 0 when it cannot be told.
std::uint64_t network_of(pid_t pid);
std::uint64_t network_named(const std::string& netns);  ///< "" is the caller's own

}  // namespace muster
