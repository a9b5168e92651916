#pragma once
#include <string>

#include "exercise/apart.h"
#include "exercise/faults/fault.h"

/// Queueing disciplines, by `tc`.
namespace muster {

/// `tc -j qdisc` of a network namespace ("" is this machine's own); of one device where it is named. Throws std::runtime_error.
std::string all_qdiscs(const std::string& netns, const std::string& device = "");

/// The handle by which an effect's qdisc is known, for it can have no name: "4d01:" of number 1. Nobody gets one of these by chance: the
/// kernel counts from 8001.
std::string qdisc_handle(const Effect& effect);
bool is_qdisc_handle(const std::string& handle);  ///< of some effect

/// The one who changes an effect's qdisc. Held by the `tc` too that is sent: who has it finds nobody still at work, whoever was killed.
/// Waits 10 s for it. A resource.
class QdiscTurn {
 public:
  explicit QdiscTurn(const Effect& effect);  ///< throws std::runtime_error: it does not become free
  /// Runs `tc` in the effect's network, 10 s at most. "" or what it complained of.
  std::string tc(const Argv& arguments) const;

 private:
  std::string netns_;
  Descriptor lock_;
};

/// What is missing to use `tc` in a target's network; sentences.
std::vector<std::string> missing_for_qdiscs(const Target& target);

}  // namespace muster
