#pragma once
#include <sys/types.h>

#include <string>

#include "exercise/command.h"

/// The start of a command, up to and including its exec.
namespace muster {

/// What a started command is to its parent. `why` is empty unless it could not start; then pid is 0.
struct Started {
  pid_t pid = 0;     ///< leader of a session of its own; the caller reaps it
  std::string mark;  ///< MUSTER_TREE
  std::string why;
};

/// Returns when the command's own program runs, or could not. It has: /dev/null as input, `out` and `err` as
/// outputs, no other descriptor; default signal handling, nothing masked; no protection from the OOM killer
/// beyond the usual.
Started start_command(const CommandSettings& settings, int out, int err);

}  // namespace muster
