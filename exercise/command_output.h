#pragma once
#include <sys/types.h>

#include <string>

#include "exercise/command.h"

/// Where a command writes, and what is kept of it.
///
/// With an output_file both outputs go straight into it: order is kept, and a daemon that the command leaves behind can go on to
/// write. Otherwise (or when that file cannot be had, a full disk for one) each goes to memory, of which only the beginning of the
/// standard output and the end of both is kept. Never a pipe: whoever still writes must not be killed by our leaving.
namespace muster {

class CommandOutput {
 public:
  explicit CommandOutput(const CommandSettings& settings);
  ~CommandOutput();
  CommandOutput(const CommandOutput&) = delete;
  CommandOutput& operator=(const CommandOutput&) = delete;

  int out() const { return out_; }
  int err() const { return err_; }
  void bound();                        ///< gives back memory that will not be read; now and then, while the command runs
  void read_into(CommandResult& result) const;

 private:
  int out_ = -1, err_ = -1;
  bool in_file_ = false, kept_ = true;
  off_t from_ = 0, head_ = 0;
};

}  // namespace muster
