#include "exercise/command.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "exercise/clock.h"
#include "exercise/command_output.h"
#include "exercise/command_start.h"
#include "exercise/pidfd.h"
#include "exercise/process_tree.h"

namespace muster {
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr double kGrace = 1;     // seconds between SIGTERM and SIGKILL
constexpr double kPatience = 1;  // and from then on until we leave what cannot be killed

bool has_ended(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

milliseconds in_milliseconds(double seconds) {
  return milliseconds(std::llround(std::min(seconds, 1e9) * 1000));
}

}  // namespace

std::string CommandResult::text() const {
  char number[32];
  std::snprintf(number, sizeof number, "%.3g", seconds);
  switch (end) {
    case End::exited:
      return "ended with " + std::to_string(status);
    case End::signalled:
      return "was killed by signal " + std::to_string(status);
    case End::timed_out:
      return "did not end in time, and was ended after " + std::string(number) + " s";
    case End::ended_by_us:
      return "was ended after " + std::string(number) + " s";
    case End::not_started:
      break;
  }
  return "could not be started: " + why;
}

struct RunningCommand::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, const CommandSettings& settings, Done on_done)
      : output(settings), done(std::move(on_done)), watch(io), deadline(io), rounds(io) {}

  /// The first look must not wait for the loop: a command that is destroyed at once has a tree too.
  void begin(asio::io_context& io, const CommandSettings& settings) {
    began = system_clock().now();
    Started started = start_command(settings, output.out(), output.err());
    if (!started.why.empty()) {
      result.why = started.why;
      asio::post(io, [self = shared_from_this()] { self->finish(); });
      return;
    }
    pid = started.pid;
    tree.emplace(pid, started.mark);
    watch.assign(open_pidfd(pid));
    watch.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](auto error) {
      if (!error) self->leader_ended();
    });
    if (std::isfinite(settings.timeout)) {
      deadline.expires_after(in_milliseconds(settings.timeout));
      deadline.async_wait([self = shared_from_this()](auto error) {
        if (!error && !self->over) self->end_tree(CommandResult::End::timed_out);
      });
    }
    keep_watch();
  }

  void keep_watch() {
    rounds.expires_after(milliseconds(200));
    rounds.async_wait([self = shared_from_this()](auto error) {
      if (error || self->over || self->ending) return;
      self->tree->look();
      self->output.turn();
      self->keep_watch();
    });
  }

  void leader_ended() {
    if (over || ending) return;  // while the tree is being ended, the rounds below see to it
    finish();
  }

  void end_tree(CommandResult::End why) {
    if (over || ending || pid == 0) return;
    if (why == CommandResult::End::timed_out && has_ended(pid)) return;  // just so: its own end is on the way
    ending = true;
    result.end = why;
    end_began = std::chrono::steady_clock::now();
    tree->signal(SIGTERM);
    tree->signal(SIGCONT);
    next_round();
  }

  void next_round() {
    rounds.expires_after(milliseconds(10));
    rounds.async_wait([self = shared_from_this()](auto error) {
      if (!error && !self->over) self->round();
    });
  }

  void round() {
    output.turn();
    const double waited = std::chrono::duration<double>(std::chrono::steady_clock::now() - end_began).count();
    const std::size_t living = tree->signal(waited < kGrace ? 0 : SIGKILL);
    if (living == 0 || waited > kGrace + kPatience) return finish();
    next_round();
  }

  void finish() {
    if (over) return;
    over = true;
    result.seconds = system_clock().now().since(began);
    output.read_into(result);
    reap();
    deadline.cancel();
    rounds.cancel();
    boost::system::error_code ignored;
    watch.close(ignored);
    if (Done tell = std::move(done)) tell(result);
  }

  void reap() {
    siginfo_t info{};
    if (pid == 0 || waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | (ending ? WNOHANG : 0)) != 0)
      return;
    if (ending) return;
    result.end = info.si_code == CLD_EXITED ? CommandResult::End::exited : CommandResult::End::signalled;
    result.status = info.si_status;
  }

  void abandon() {
    if (over) return;
    done = nullptr;
    ending = true;
    if (pid != 0) tree->end(kGrace);
    finish();
  }

  CommandOutput output;
  Done done;
  asio::posix::stream_descriptor watch;
  asio::steady_timer deadline, rounds;
  std::optional<ProcessTree> tree;
  CommandResult result;
  Moment began;
  std::chrono::steady_clock::time_point end_began;
  pid_t pid = 0;
  bool over = false, ending = false;
};

RunningCommand::RunningCommand(asio::io_context& io, const CommandSettings& settings, Done done)
    : state_(std::make_shared<State>(io, settings, std::move(done))) {
  state_->begin(io, settings);
}

RunningCommand::~RunningCommand() { state_->abandon(); }

void RunningCommand::end() { state_->end_tree(CommandResult::End::ended_by_us); }

pid_t RunningCommand::pid() const { return state_->pid; }

CommandResult run_command(const CommandSettings& settings) {
  asio::io_context io(1);
  CommandResult result;
  const RunningCommand command(io, settings, [&](const CommandResult& r) { result = r; });
  io.run();
  return result;
}

}  // namespace muster
