#include "exercise/canary_writing.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/prober.h"

namespace muster {
namespace {

constexpr double last_wait = 2;                    // seconds for answers after the last write
constexpr std::int64_t most_behind = 1'000'000'000;  // of a schedule that is caught up with; beyond, instants are left out
constexpr std::size_t most_unwritten = 64u << 20;  // bytes of log while the disk is full

bool hung_up(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0;
}

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(std::llround(seconds * 1e9)); }

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
}

}  // namespace

void CanaryAccount::line(char kind, std::uint64_t number) {
  const Moment now = system_clock().now();
  const std::string text = std::string(1, kind) + " " + std::to_string(number) + " " + std::to_string(now.boot) + " " +
                           std::to_string(now.wall) + "\n";
  if (!write_all(log_, text)) log_lost_ = true;
}

void CanaryAccount::sent(std::uint64_t number) { line('s', number); }
void CanaryAccount::refused(std::uint64_t number) { line('r', number); }

void CanaryAccount::acknowledged(std::uint64_t number) {
  line('a', number);
  if (first_) write_all(parent_, "+\n");
  first_ = false;
}

void CanaryAccount::trouble(const std::string& why) {
  if (!first_ || why == last_trouble_) return;  // the parent listens only until the first is acknowledged
  last_trouble_ = why;
  std::string line = "-" + why.substr(0, 500);
  std::replace(line.begin(), line.end(), '\n', ' ');
  write_all(parent_, line + "\n");
}

void write_canary(CanaryRoute& route, double every, int stop) {
  const std::int64_t period = std::max<std::int64_t>(1'000'000, nanoseconds(every));
  // The schedule begins when there is somebody to write to.
  while (!route.ready()) {
    if (hung_up(stop)) return;
    route.wait(system_clock().now().boot + nanoseconds(0.1), stop);
  }
  const std::int64_t start = system_clock().now().boot;
  std::uint64_t number = 1;
  while (!hung_up(stop)) {
    const std::int64_t now = system_clock().now().boot, due = start + static_cast<std::int64_t>(number - 1) * period;
    if (due > now) {
      route.wait(due, stop);
    } else {
      if (route.ready()) route.write(number);
      ++number;
      if (now - due > most_behind) number = static_cast<std::uint64_t>((now - start) / period) + 1;
    }
  }
  const std::int64_t end = system_clock().now().boot + nanoseconds(last_wait);
  while (!route.quiet() && system_clock().now().boot < end) route.wait(end, -1);
}

void keep_canary_log(int in, int file) {
  std::string waiting;
  char buffer[65536];
  for (bool more = true; more || !waiting.empty();) {
    if (more && waiting.size() < most_unwritten) {
      const ssize_t n = ::read(in, buffer, sizeof buffer);
      if (n <= 0 && !(n < 0 && errno == EINTR)) more = false;
      if (n > 0) waiting.append(buffer, static_cast<std::size_t>(n));
    }
    const ssize_t written = ::write(file, waiting.data(), waiting.size());
    if (written > 0) {
      waiting.erase(0, static_cast<std::size_t>(written));
      ::fdatasync(file);
    }
    const bool full = !waiting.empty();
    if (full && !more) return;  // nobody will make room for us
    ::poll(nullptr, 0, full ? 100 : 10);
  }
}

std::string filled_in(std::string text, const std::string& exercise, std::uint64_t number) {
  replace_all(text, "{seq}", std::to_string(number));
  replace_all(text, "{exercise}", exercise);
  return text;
}

}  // namespace muster
