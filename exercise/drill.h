#pragma once
#include <string>
#include <vector>

/// The dead man, rehearsed.
namespace muster {

struct Drilled {
  std::vector<std::string> told;  ///< what was done and seen, sentences in order
  bool kernel_removed = false;    ///< the partition ended by the kernel's own timeout after its keeper was killed
  std::vector<std::string> remains;
};

/// A partition from an address that nobody has, brought about by a keeper, which is then killed together with whoever would restore:
/// shows that the kernel itself takes it away. Touches no traffic. Takes up to half a minute. Throws Refused where it cannot be
/// tried (not root, no nftables).
Drilled drill();

}  // namespace muster
