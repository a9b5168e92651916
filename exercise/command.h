#pragma once
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "models/exercise.h"

namespace boost::asio {
class io_context;
}

/// Commands as argument vectors, in a network namespace or on the machine, with a deadline that ends the
/// whole tree.
///
/// Every command is started in a session of its own with a mark in its environment (MUSTER_TREE=…), by which
/// daemons that detached are found again when the tree must end. In a namespace it sees /etc/netns/NAME over
/// /etc and keeps the cgroup mounts. The standard input is /dev/null. Outputs go straight to a file, or to
/// memory, or to /dev/null; never to a pipe, whose writers would die when we leave. Give an output_file (or
/// keep nothing) to a command that leaves daemons behind: they go on writing there.
namespace muster {

struct CommandSettings {
  Argv argv;
  std::string netns;                       ///< empty: this machine's own network
  std::string agent{};                     ///< a target on another host, whose agent runs it; empty: here
  std::string folder;                      ///< to start in; empty: the caller's
  std::map<std::string, std::string> env;  ///< added to the caller's
  double timeout = 30;  ///< seconds, may be infinite; then the tree gets SIGTERM, and SIGKILL a second later
  std::string output_file;  ///< mode 0600, appended to as it comes; empty (or no room): kept in the tail only
  bool keep_output = true;  ///< false: no tail and no file
  std::size_t most_out = 64 << 10;  ///< bytes kept of the standard output's beginning
  /// Put on all that is kept, before it reaches a file; then outputs go by way of memory. `mask_longest`: of
  /// what it looks for.
  std::function<std::string(const std::string&)> mask = nullptr;
  std::size_t mask_longest = 0;
};

struct CommandResult {
  enum class End { exited, signalled, timed_out, ended_by_us, not_started } end = End::not_started;
  int status = 0;    ///< exit status or signal
  std::string tail;  ///< the last 4 KiB of both outputs; without a file the standard output's come first
  std::string out;   ///< the standard output alone, its first most_out bytes; empty where there is an
                     ///< output_file or a mask
  std::string why;   ///< of not_started: "postgres: not found"
  double seconds = 0;
  bool succeeded() const { return end == End::exited && status == 0; }
  std::string text() const;  ///< "ended with 1", "was killed by signal 9", "did not end in time, …"
};

/// Runs to the end. Does not throw for anything that the command does; blocks for its timeout and two seconds
/// at most.
CommandResult run_command(const CommandSettings& settings);

/// A command that runs, here or elsewhere. Destroying it ends the tree. Not thread-safe.
class CommandUnderWay {
 public:
  virtual ~CommandUnderWay() = default;
  virtual void end() = 0;
};

/// The same as run_command, watched by an event loop. Destroying it ends the tree. Not thread-safe.
class RunningCommand : public CommandUnderWay {
 public:
  using Done = std::function<void(const CommandResult&)>;
  RunningCommand(boost::asio::io_context& io, const CommandSettings& settings,
                 Done done);  ///< done is called once, from the loop
  ~RunningCommand() override;
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;
  void end() override;  ///< SIGTERM to the whole tree, SIGKILL a second later; then done(ended_by_us)
  pid_t pid() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Moves the calling process, which must have one thread, into a network namespace made by `ip netns`: the
/// network, and /etc/netns/NAME over /etc in a mount namespace of its own; the cgroup mounts stay. Throws
/// Refused.
void enter_namespace(const std::string& name);

}  // namespace muster
