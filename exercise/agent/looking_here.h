#pragma once
#include <sys/types.h>

#include <string>

#include <nlohmann/json_fwd.hpp>

/// What an agent finds out before anything is touched, for a process of its own.
namespace muster {

struct Visited {
  std::string exercise, run_folder;
  std::string netns;          ///< what the agent serves; empty: the host itself
  std::string control;        ///< "ADDRESS:PORT" of the connection that orders come by: never cut off
  pid_t agent = 0;
};

/// The guard's judgement, and each fault resolved. `body`: {"environment", "limit", "target", "targets", "faults": [{"fault", "number"}], "commands"}.
/// {"effects": [{"effect", "planned", "machine"}]}, or throws Refused with all that this host has against it. Touches nothing.
nlohmann::json look_here(const nlohmann::json& body, const Visited& visited);

}  // namespace muster
