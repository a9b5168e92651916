#include "exercise/agent/canary_work.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "exercise/apart.h"
#include "exercise/canary_writing.h"

namespace muster {
namespace {

namespace asio = boost::asio;
constexpr auto kPause = std::chrono::milliseconds(20);
constexpr auto kPatience = std::chrono::seconds(4);
constexpr std::size_t kMost = 64 << 10;

}  // namespace

struct CanaryWork::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, Tell to) : lines(io), pause(io), patience(io), tell(std::move(to)) {}
  ~State() {
    stop.close();
    if (pid > 0) end_process(pid, 0);
  }

  void begin(const Canary& canary, const std::string& netns, const std::string& exercise) {
    int line_ends[2], stop_ends[2];
    if (::pipe2(line_ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "no pipe can be made");
    lines.assign(line_ends[0]);
    const Descriptor in(line_ends[1]);
    if (::pipe2(stop_ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "no pipe can be made");
    const Descriptor stopped(stop_ends[0]);
    stop = Descriptor(stop_ends[1]);
    pid = fork_apart({in.get(), stopped.get()}, SIGKILL, [&] {
      CanaryAccount account(in.get(), in.get());
      write_from(canary, netns, exercise, "/", account, stopped.get());
    });
    read();
  }

  void read() {
    lines.async_read_some(asio::buffer(buffer, kMost), [self = shared_from_this()](auto error, std::size_t n) {
      if (error) return self->over();
      self->take(n);
      self->pause.expires_after(kPause);
      self->pause.async_wait([self](auto) { self->read(); });
    });
  }

  void take(std::size_t n) {
    waiting.append(buffer, n);
    const auto end = waiting.rfind('\n');
    if (end == std::string::npos) {
      if (waiting.size() > kMost) waiting.clear();  // no line of a writer's is that long
      return;
    }
    const std::string whole = waiting.substr(0, end + 1);
    waiting.erase(0, end + 1);
    told += static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n'));
    if (const Tell to = tell) to(whole);
  }

  // It has closed its end, and is about to be gone.
  void over() {
    patience.cancel();
    if (pid > 0) end_process(std::exchange(pid, -1), 0.1);
    ended = true;
    if (done) std::exchange(done, nullptr)(told);
  }

  void end() {
    stop.close();
    if (ended) return over();
    patience.expires_after(kPatience);
    patience.async_wait([self = shared_from_this()](auto error) {
      if (!error && self->pid > 0) ::kill(self->pid, SIGKILL);
    });
  }

  asio::posix::stream_descriptor lines;
  asio::steady_timer pause, patience;
  Tell tell;
  std::function<void(std::size_t)> done;
  Descriptor stop;  // closed: the writer ends
  pid_t pid = -1;
  std::string waiting;
  std::size_t told = 0;
  bool ended = false;
  char buffer[kMost];
};

CanaryWork::CanaryWork(asio::io_context& io, const Canary& canary, const std::string& netns, const std::string& exercise, Tell tell)
    : state_(std::make_shared<State>(io, std::move(tell))) {
  state_->begin(canary, netns, exercise);
}

CanaryWork::~CanaryWork() {
  state_->tell = nullptr;
  state_->done = nullptr;
  state_->end();
}

void CanaryWork::end(std::function<void(std::size_t)> done) {
  state_->done = std::move(done);
  state_->end();
}

}  // namespace muster
