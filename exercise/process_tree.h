#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

/// The processes that a command started, with all that they started, detached daemons too.
namespace muster {

/// Belongs to the tree: the leader; who is in the leader's session; who has MUSTER_TREE=mark in its
/// environment; and who descends from any of these, or did when looked at before. A zombie is dead. Nobody
/// else's process is ever a member: identities are pid and start time, and signals go through a pidfd. The
/// leader must be an unreaped child of the caller for as long as this is used.
class ProcessTree {
 public:
  ProcessTree(pid_t leader, std::string mark);
  /// Remembers who descends from the tree now, so that a daemon that later detaches with an emptied
  /// environment stays known.
  void look();
  /// Sends a signal to all living members, environments searched too. Returns how many there were.
  std::size_t signal(int number);
  /// SIGTERM, and SIGKILL once `grace` seconds are over; blocks for `grace` and a second at most. False:
  /// something still lives (it sits in a frozen cgroup or in the kernel).
  bool end(double grace);

 private:
  struct Member {
    pid_t pid;
    std::uint64_t start;
  };
  std::vector<Member> members(bool search_environments);
  pid_t leader_;
  std::string mark_;
  std::vector<Member> known_;
};

}  // namespace muster
