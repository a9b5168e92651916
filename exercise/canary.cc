#include "exercise/canary.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "exercise/apart.h"
#include "exercise/canary_writing.h"
#include "exercise/clock.h"
#include "exercise/command.h"
#include "exercise/postgres.h"
#include "exercise/refused.h"
#include "exercise/web.h"

namespace muster {
namespace {

struct Pipe {
  Descriptor out, in;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Refused({std::string("no pipe can be made: ") + std::strerror(errno)});
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
};

Descriptor new_log(const std::string& folder) {
  const std::string file = folder + "/canary.log";
  Descriptor log(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (log.get() < 0 || ::fsync(log.get()) != 0 || ::fsync(directory.get()) != 0)
    throw Refused({"the canary's log cannot be written: " + file + ": " + std::strerror(errno)});
  return log;
}

}  // namespace

void check_canary(const Canary& canary) {
  try {
    if (canary.kind == Canary::Kind::postgres) {
      check_dsn(canary.writes);
      check_dsn(canary.reads);
    } else if (canary.kind == Canary::Kind::http) {
      parse_url(canary.writes);
      parse_url(canary.reads);
    }
  } catch (const std::exception& error) {
    throw Refused({std::string("the canary: ") + error.what()});
  }
}

void write_from(const Canary& canary, const std::string& netns, const std::string& exercise, const std::string& start_in,
                CanaryAccount& account, int stop) {
  try {
    if (!netns.empty()) enter_namespace(netns);
    const auto route = canary.kind == Canary::Kind::postgres ? postgres_route(canary, exercise, account)
                                                             : errand_route(canary, exercise, start_in, account);
    write_canary(*route, canary.every, stop);
  } catch (const std::exception& error) {
    account.trouble(error.what());
  }
}

CanaryLog::CanaryLog(const std::string& folder) {
  const Descriptor file = new_log(folder);
  Pipe lines;
  ::fcntl(lines.in.get(), F_SETPIPE_SZ, 1 << 20);
  pid_ = fork_apart({lines.out.get(), file.get()}, 0, [&] { keep_canary_log(lines.out.get(), file.get()); });
  lines_ = std::move(lines.in);
}

void CanaryLog::end() {
  close();
  if (pid_ > 0) end_process(std::exchange(pid_, -1), 4);
}

struct CanaryWriter::State {
  Descriptor stop;   ///< closed: the writer ends, then its log
  Descriptor news;
  pid_t writer = -1;
  std::optional<CanaryLog> log;

  /// Until the first write is acknowledged; what hinders it when that is not in time.
  std::string wait_for_first(double patience) {
    const Moment begin = system_clock().now();
    std::string said, hindrance = "no answer";
    for (;;) {
      const auto line_end = said.find('\n');
      if (line_end != std::string::npos) {
        if (said[0] == '+') return "";
        hindrance = said.substr(1, line_end - 1);
        said.erase(0, line_end + 1);
        continue;
      }
      const double left = patience - system_clock().now().since(begin);
      pollfd wait{news.get(), POLLIN, 0};
      if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left * 1000) + 1) == 0) return hindrance;
      char buffer[1024];
      const ssize_t n = ::read(news.get(), buffer, sizeof buffer);
      if (n == 0) return hindrance;
      if (n > 0) said.append(buffer, static_cast<std::size_t>(n));
    }
  }

  void end() {
    stop.close();
    if (writer > 0) end_process(std::exchange(writer, -1), 4);
    log.reset();
    news.close();
  }
};

CanaryWriter::CanaryWriter(const Canary& canary, const std::string& netns, const std::string& exercise, const std::string& folder,
                           double patience, const std::string& start_in)
    : state_(std::make_unique<State>()) {
  check_canary(canary);
  try {
    Pipe news, stop;
    const int lines = state_->log.emplace(folder).lines();
    state_->writer = fork_apart({lines, news.in.get(), stop.out.get()}, SIGKILL, [&] {
      CanaryAccount account(lines, news.in.get());
      write_from(canary, netns, exercise, start_in, account, stop.out.get());
    });
    state_->log->close();
    state_->stop = std::move(stop.in);
    state_->news = std::move(news.out);
  } catch (const std::system_error& error) {
    state_->end();
    throw Refused({std::string("the canary cannot write: ") + error.what()});
  }
  if (const std::string why = state_->wait_for_first(patience); !why.empty()) {
    state_->end();
    throw Refused({"the canary's first write was not acknowledged: " + why});
  }
}

CanaryWriter::~CanaryWriter() { stop(); }
void CanaryWriter::stop() { state_->end(); }

std::vector<int> CanaryWriter::pids() const {
  std::vector<int> out;
  for (const pid_t pid : {state_->writer, state_->log ? state_->log->pid() : -1})
    if (pid > 0) out.push_back(pid);
  return out;
}

}  // namespace muster
