#pragma once

/// How every command of muster ends; the numbers are a promise (docs/formats.md).
namespace muster {

enum class ExitCode {
  done = 0,              ///< objectives met, or nothing asked
  objective_missed = 1,  ///< only when asked; an undecided objective is not missed
  usage = 2,
  invalid_input = 3,
  precondition = 4,  ///< not met, nothing touched
  aborted_restored = 5,
  restore_incomplete = 6,  ///< a person is needed
  internal_error = 70,
  try_again = 75,     ///< a result could not be written: full disk, closed pipe
  interrupted = 130,  ///< SIGINT
  terminated = 143,   ///< SIGTERM
};

}  // namespace muster
