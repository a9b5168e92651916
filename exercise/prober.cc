#include "exercise/prober.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/looking.h"

namespace muster {
namespace {

constexpr std::size_t most_in_flight = 200;  // of one probe

struct Watched {
  const Probe* probe;
  Schedule schedule;
  std::deque<std::unique_ptr<Looking>> flights;  // in order of their instants; told in that order
};

class Prober {
 public:
  Prober(const std::vector<Probe>& probes, const std::vector<Schedule>& schedules, const std::string& folder, int out)
      : folder_(folder), out_(out), timer_(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
    for (std::size_t i = 0; i < probes.size(); ++i) watched_.push_back({&probes[i], schedules[i], {}});
  }

  void look_until_hung_up() {
    while (!hung_up_) {
      const Moment now = system_clock().now();
      begin_due(now);
      for (std::size_t i = 0; i < watched_.size(); ++i) land(i, now);
      std::erase_if(leaving_, [&](const auto& looking) { return looking->gone(now); });
      wait();
    }
  }

 private:
  void begin_due(const Moment& now) {
    for (auto& one : watched_) {
      if (one.schedule.due().boot > now.boot) continue;
      const Moment due = one.schedule.due();
      one.schedule.pass(now);
      if (one.flights.size() < most_in_flight) one.flights.push_back(std::make_unique<Looking>(*one.probe, folder_, due));
    }
  }

  void land(std::size_t i, const Moment& now) {
    auto& flights = watched_[i].flights;
    for (auto& flight : flights) flight->advance(now);
    while (!flights.empty() && flights.front()->advance(now)) {
      tell({i, flights.front()->sample()});
      leaving_.push_back(std::move(flights.front()));
      flights.pop_front();
    }
  }

  void tell(const Told& told) {
    const std::string packet = to_packet(told);
    while (::send(out_, packet.data(), packet.size(), MSG_NOSIGNAL) < 0)
      if (errno != EINTR) {
        hung_up_ = true;
        return;
      }
  }

  void wait() {
    std::vector<pollfd> fds{{out_, POLLIN, 0}, {timer_.get(), POLLIN, 0}};
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    for (const auto& one : watched_) {
      next = std::min(next, one.schedule.due().boot);
      for (const auto& flight : one.flights) {
        if (flight->descriptor() < 0) continue;  // over, behind one that is not
        next = std::min(next, flight->deadline().boot);
        fds.push_back({flight->descriptor(), POLLIN, 0});
      }
    }
    if (!leaving_.empty()) next = std::min(next, system_clock().now().boot + 20'000'000);
    itimerspec when{};
    when.it_value.tv_sec = next / 1'000'000'000;
    when.it_value.tv_nsec = next % 1'000'000'000;
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
    ::poll(fds.data(), fds.size(), -1);
    if (fds[0].revents != 0) hung_up_ = true;  // nobody writes to us: it was closed
  }

  std::string folder_;
  int out_;
  Descriptor timer_;
  bool hung_up_ = false;
  std::deque<Watched> watched_;
  std::vector<std::unique_ptr<Looking>> leaving_;
};

}  // namespace

Schedule::Schedule(const Moment& start, double every)
    : due_(start), every_(std::max<std::int64_t>(1'000'000, std::llround(every * 1e9))) {}

void Schedule::pass(const Moment& now) {
  const std::int64_t steps = now.boot < due_.boot ? 0 : (now.boot - due_.boot) / every_ + 1;
  due_.boot += steps * every_;
  due_.wall += steps * every_;
}

std::string to_packet(const Told& told) {
  const std::int64_t numbers[] = {static_cast<std::int64_t>(told.probe), static_cast<std::int64_t>(told.sample.verdict),
                                  told.sample.due.boot,   told.sample.due.wall,   told.sample.began.boot,
                                  told.sample.began.wall, told.sample.ended.boot, told.sample.ended.wall};
  return std::string(reinterpret_cast<const char*>(numbers), sizeof numbers) + told.sample.what;
}

bool from_packet(const std::string& packet, Told& told) {
  std::int64_t numbers[8];
  if (packet.size() < sizeof numbers) return false;
  std::memcpy(numbers, packet.data(), sizeof numbers);
  if (numbers[1] < 0 || numbers[1] > 2) return false;
  told.probe = static_cast<std::size_t>(numbers[0]);
  told.sample.verdict = static_cast<Sample::Verdict>(numbers[1]);
  told.sample.due = {numbers[2], numbers[3]};
  told.sample.began = {numbers[4], numbers[5]};
  told.sample.ended = {numbers[6], numbers[7]};
  told.sample.what = packet.substr(sizeof numbers);
  return true;
}

void probe_from_here(const std::vector<Probe>& probes, const std::vector<Schedule>& schedules, const std::string& folder, int out) {
  Prober(probes, schedules, folder, out).look_until_hung_up();
}

}  // namespace muster
