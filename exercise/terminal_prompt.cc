#include "exercise/terminal_prompt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>

namespace muster {
namespace asio = boost::asio;

struct TerminalPrompt::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, std::function<void(const std::string&)> on_line, std::function<void()> on_gone)
      : input(io), line(std::move(on_line)), gone(std::move(on_gone)) {}

  void begin(asio::io_context& io) {
    // Opened anew, since the loop makes it non-blocking, and the shell and our own output share the old one's
    // modes.
    const int file = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    boost::system::error_code error = asio::error::bad_descriptor;
    if (file >= 0) input.assign(file, error);
    if (!error) return wait();
    if (file >= 0) close(file);
    asio::post(io, [self = shared_from_this()] { self->finish(); });
  }

  void wait() {
    input.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](auto error) {
      if (!error)
        self->take();
      else if (error != asio::error::operation_aborted)
        self->finish();
    });
  }

  void take() {
    char buffer[1024];
    const ssize_t got = read(input.native_handle(), buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
    if (got <= 0) return finish();
    typed.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end; !over && (end = typed.find('\n')) != std::string::npos;) {
      const std::string whole = typed.substr(0, end);
      typed.erase(0, end + 1);
      line(whole);
    }
    if (typed.size() > 65536) typed.clear();
    if (!over) wait();
  }

  void finish() {
    if (over) return;
    over = true;
    gone();
  }

  asio::posix::stream_descriptor input;
  std::function<void(const std::string&)> line;
  std::function<void()> gone;
  std::string typed;
  void (*before)(int) = SIG_DFL;
  bool over = false;
};

TerminalPrompt::TerminalPrompt(asio::io_context& io, std::function<void(const std::string&)> line,
                               std::function<void()> gone)
    : state_(std::make_shared<State>(io, std::move(line), std::move(gone))) {
  state_->before = signal(SIGTTIN, SIG_IGN);  // a stopped runner would lose its keeper's lease
  state_->begin(io);
}

TerminalPrompt::~TerminalPrompt() {
  state_->over = true;
  signal(SIGTTIN, state_->before);
  boost::system::error_code ignored;
  state_->input.close(ignored);
}

}  // namespace muster
