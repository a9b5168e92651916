#pragma once
#include <functional>
#include <memory>
#include <string>

#include "models/exercise.h"

namespace boost::asio {
class io_context;
}

namespace muster {

/// A canary's writer on an agent's host, by order of a runner elsewhere, who keeps the log: here nothing is written down. Its lines
/// (canary_writing.h) come in the event loop, 64 KiB each 20 ms at most; a writer that is faster is held up. It dies with this process. Not
/// thread-safe.
class CanaryWork {
 public:
  using Tell = std::function<void(const std::string& lines)>;  ///< whole ones, with their ends
  /// Throws std::system_error where there can be no more processes.
  CanaryWork(boost::asio::io_context& io, const Canary& canary, const std::string& netns, const std::string& exercise, Tell tell);
  ~CanaryWork();  ///< tells nothing more; the writer ends within 4 s
  CanaryWork(const CanaryWork&) = delete;
  CanaryWork& operator=(const CanaryWork&) = delete;
  /// `done`, once, when the last line is told, 4 s later at most; with the number of lines that were told in all.
  void end(std::function<void(std::size_t told)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace muster
