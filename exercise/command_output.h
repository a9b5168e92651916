#pragma once
#include <sys/types.h>

#include <functional>
#include <string>

#include "exercise/command.h"

/// Where a command writes, and what is kept of it.
///
/// With an output_file both outputs go straight into it: order is kept, and a daemon that the command leaves
/// behind can go on to write. Otherwise (or when that file cannot be had, a full disk for one) each goes to
/// memory, of which only the beginning of the standard output and the end of both is kept. With a mask both
/// go to one memory, and masked from there to the file: a secret never reaches it. Never a pipe: whoever
/// still writes must not be killed by our leaving.
namespace muster {

class CommandOutput {
 public:
  explicit CommandOutput(const CommandSettings& settings);
  ~CommandOutput();
  CommandOutput(const CommandOutput&) = delete;
  CommandOutput& operator=(const CommandOutput&) = delete;

  int out() const { return out_; }
  int err() const { return err_; }
  void turn();  ///< now and then while the command runs: masks, gives back memory that will not be read
  void read_into(CommandResult& result);

 private:
  void pass_on(bool all);
  void hand_on();
  int out_ = -1, err_ = -1, masked_file_ = -1;
  bool in_file_ = false, kept_ = true;
  off_t from_ = 0;  ///< where this command's output begins in the file; with a mask: read until there
  std::function<std::string(const std::string&)> mask_;
  std::size_t mask_longest_ = 0, handed_on_ = 0;
  off_t head_ = 0;
  std::string pending_, tail_;
};

}  // namespace muster
