#pragma once
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

/// Lines that somebody types at the standard input while an event loop runs.
namespace muster {

/// The standard input itself is left as it was (its modes are shared with others); being in the background
/// ends the reading, not us.
class TerminalPrompt {
 public:
  /// `line` hears each whole line, `gone` once when there will be no more.
  TerminalPrompt(boost::asio::io_context& io, std::function<void(const std::string&)> line,
                 std::function<void()> gone);
  ~TerminalPrompt();
  TerminalPrompt(const TerminalPrompt&) = delete;
  TerminalPrompt& operator=(const TerminalPrompt&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace muster
