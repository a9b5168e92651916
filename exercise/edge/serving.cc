#include "exercise/edge/serving.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sstream>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/faults/note.h"
#include "exercise/faults/noted_process.h"
#include "exercise/namespace_entry.h"
#include "exercise/processes.h"

namespace muster {
namespace {

namespace asio = boost::asio;

constexpr auto kBeat = std::chrono::milliseconds(400);  // between looks at the lease; several in one of the kernel's
constexpr double kDrain = 1;                            // seconds after close() for what is under way
constexpr double kAsked = 2.5, kKilled = 5;             // seconds until it has ended by itself, until a killed one is gone

/// One server's life, in its process.
class Life {
 public:
  Life(const Effect& effect, std::int64_t until, const MakeServer& make) : effect_(effect), until_(until), signals_(io_, SIGTERM), pulse_(io_), server_(make(io_)) {}

  void live(int said) {
    signals_.async_wait([this](auto error, int) {
      if (!error) end();
    });
    const std::string what = server_->open(kKernelLease);
    write_all(said, "+" + what + "\n");
    ::close(said);
    beat();
    io_.run();
  }

 private:
  // A lease that cannot be read is the one before: when the folder is gone, so is everybody who could put it off.
  bool lease_is_over() {
    std::istringstream in(read_note(effect_, "lease"));
    std::int64_t until = 0;
    if (in >> until) until_ = until;
    return system_clock().now().boot >= until_;
  }

  void beat() {
    pulse_.expires_after(kBeat);
    pulse_.async_wait([this](auto error) {
      if (error) return;
      if (lease_is_over()) return end();
      try {
        server_->renew(kKernelLease);
      } catch (const std::exception&) {  // who looks every second sees it
      }
      tell_what_it_met();
      beat();
    });
  }

  void tell_what_it_met() try {
    const std::string met = server_->met();
    if (met == met_) return;
    put_note(effect_, "met", met);
    met_ = met;
  } catch (const std::exception&) {  // it is for people; nothing hangs on it
  }

  void end() {
    if (ending_) return;
    ending_ = true;
    pulse_.cancel();
    attempt([this] { server_->close(); });
    ended_ = system_clock().now();
    drain();
  }

  template <typename Work>
  static void attempt(const Work& work) {
    try {
      work();
    } catch (const std::exception&) {  // the kernel ends it; whoever undoes it tries again
    }
  }

  void drain() {
    if (server_->busy() == 0 || system_clock().now().since(ended_) >= kDrain) {
      attempt([this] { server_->finish(); });
      tell_what_it_met();
      ::_exit(0);  // the kernel closes what is left
    }
    pulse_.expires_after(std::chrono::milliseconds(20));
    pulse_.async_wait([this](auto) { drain(); });
  }

  const Effect& effect_;
  std::int64_t until_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  asio::steady_timer pulse_;
  std::unique_ptr<Server> server_;
  std::string met_;
  bool ending_ = false;
  Moment ended_;
};

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// In the process itself.
void live(int said, const Effect& effect, const NamespaceEntry& entry, std::int64_t until, const MakeServer& make) {
  raise_descriptor_limit();
  if (::chdir("/") != 0) return;
  try {
    if (const char* failed = entry.enter()) throw std::runtime_error(std::string("its network: ") + failed);
    Life(effect, until, make).live(said);
  } catch (const std::exception& error) {
    write_all(said, "-" + std::string(error.what()) + "\n");
  }
}

std::int64_t lease_end(double lease) { return system_clock().now().boot + static_cast<std::int64_t>(lease * 1e9); }

bool gone_within(const ProcessIdentity& who, double seconds) {
  const Moment since = system_clock().now();
  while (state_of(who) != 0) {
    if (system_clock().now().since(since) >= seconds) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace

void begin_serving(const Effect& effect, double lease, const MakeServer& make) {
  const NamespaceEntry entry(effect.target.netns);
  const std::int64_t until = lease_end(lease);
  put_note(effect, "lease", std::to_string(until) + "\n");
  std::vector<int> keep;
  if (entry.descriptor() >= 0) keep.push_back(entry.descriptor());
  begin_noted(effect, {serving_process, "serves"}, std::move(keep), [&](int said) { live(said, effect, entry, until, make); });
}

void renew_serving(const Effect& effect, double lease) { put_note(effect, "lease", std::to_string(lease_end(lease)) + "\n"); }

void end_serving(const Effect& effect) {
  for (const ProcessIdentity& who : noted_processes(effect)) {
    if (!signal_process(who, SIGTERM) || gone_within(who, kAsked)) continue;
    if (signal_process(who, SIGKILL) && !gone_within(who, kKilled)) throw std::runtime_error("the process that serves was killed and is still there");
  }
}

Sight see_serving(const Effect& effect) {
  for (const ProcessIdentity& who : noted_processes(effect)) {
    if (state_of(who) == 0) continue;
    const std::string held = read_note(effect, "held"), name = "process " + std::to_string(who.pid);
    if (held.empty()) return {Presence::inert, name + " lives, and has not said that it serves"};
    return {Presence::in_effect, name + " " + held};
  }
  return {Presence::gone, "no process serves"};
}

std::string met_by(const Effect& effect) { return read_note(effect, "met"); }

std::vector<std::string> serving_by_hand(const Effect&) { return {std::string("pkill -x ") + serving_process}; }

}  // namespace muster
