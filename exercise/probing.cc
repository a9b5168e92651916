#include "exercise/probing.h"

#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <system_error>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/command.h"
#include "exercise/prober.h"
#include "exercise/refused.h"

namespace muster {
namespace asio = boost::asio;
namespace {

constexpr double rest = 0.5;      // seconds between two starts of a place's process
constexpr double patience = 2;    // for a sample beyond its timeout, until the process counts as silent
constexpr auto tick = std::chrono::milliseconds(100);

/// What the process of a place does. It has nothing but its end of the socket.
void look_from(const std::string& netns, const std::vector<Probe>& probes, const std::vector<Schedule>& schedules,
               const std::string& folder, int out) {
  try {
    if (!netns.empty()) enter_namespace(netns);
  } catch (const std::exception& error) {
    const std::string packet = to_packet({Told::none, {.due = {}, .began = {}, .ended = {}, .what = error.what()}});
    ::send(out, packet.data(), packet.size(), MSG_NOSIGNAL);
    return;
  }
  probe_from_here(probes, schedules, folder, out);
}

/// One place: its process, and what has been told of its probes.
class Place {
 public:
  Place(asio::io_context& io, std::string netns, std::string folder, const Probing::OnSample* on_sample)
      : socket(io), netns_(std::move(netns)), folder_(std::move(folder)), on_sample_(on_sample) {}
  ~Place() { end(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  const std::string& netns() const { return netns_; }
  pid_t pid() const { return pid_; }
  bool lives() const { return pid_ > 0; }
  void add(const Probe& probe, const Moment& start) {
    probes_.push_back(probe);
    next_.emplace_back(start, probe.every);
  }

  /// True when it has begun; else it is tried again later.
  bool begin() {
    began_ = system_clock().now();
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
    const Descriptor theirs(ends[1]);
    Descriptor ours(ends[0]);
    const int room = 1 << 20;
    ::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    try {
      pid_ = fork_apart({theirs.get()}, SIGKILL, [&] { look_from(netns_, probes_, next_, folder_, theirs.get()); });
    } catch (const std::system_error& error) {
      trouble_ = error.what();
      return false;
    }
    socket.assign(ours.release());
    return true;
  }
  bool may_begin(const Moment& now) const { return !lives() && now.since(began_) >= rest; }

  void end() {
    boost::system::error_code ignored;
    socket.close(ignored);
    if (lives()) end_process(std::exchange(pid_, -1), 1);
  }

  /// Takes what was told; the process has ended when this is false.
  bool listen() {
    char buffer[4096];
    for (;;) {
      const ssize_t n = ::recv(socket.native_handle(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return true;
      if (n <= 0) {
        end();
        return false;
      }
      Told told;
      if (!from_packet(std::string(buffer, static_cast<std::size_t>(n)), told)) continue;
      if (told.probe == Told::none)
        trouble_ = told.sample.what;
      else if (told.probe < probes_.size())
        take(told.probe, told.sample);
    }
  }

  /// What nobody told is unknown.
  void fill_in(const Moment& now) {
    for (std::size_t i = 0; i < probes_.size(); ++i) {
      Moment until = now;
      if (lives()) until.boot -= static_cast<std::int64_t>(std::llround((probes_[i].timeout + patience) * 1e9));
      if (next_[i].due().boot > until.boot) continue;
      const std::string why = !trouble_.empty() ? trouble_ : lives() ? "the prober is silent" : "the prober has ended";
      const Moment due = next_[i].due();
      next_[i].pass(until);
      (*on_sample_)(probes_[i], {due, due, now, Sample::Verdict::unknown, why});
    }
  }

  asio::posix::stream_descriptor socket;

 private:
  void take(std::size_t i, const Sample& sample) {
    if (sample.due.boot < next_[i].due().boot) return;  // it was unknown already
    trouble_.clear();
    next_[i].pass(sample.due);
    (*on_sample_)(probes_[i], sample);
  }

  std::string netns_, folder_;
  const Probing::OnSample* on_sample_;
  std::vector<Probe> probes_;
  std::vector<Schedule> next_;  // the first instant of each probe of which nothing was told
  pid_t pid_ = -1;
  Moment began_;
  std::string trouble_;
};

}  // namespace

struct Probing::State : std::enable_shared_from_this<State> {
  State(asio::io_context& loop, OnSample tell) : io(loop), timer(loop), on_sample(std::move(tell)) {}

  void begin(const std::shared_ptr<Place>& place) {
    if (place->begin()) listen(place);
  }

  void listen(const std::shared_ptr<Place>& place) {
    place->socket.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this(), place](auto error) {
      if (!error && !self->ended && place->listen() && !self->ended) self->listen(place);
    });
  }

  void watch() {
    timer.expires_after(tick);
    timer.async_wait([self = shared_from_this()](auto error) {
      if (error || self->ended) return;
      for (const auto& place : self->places) {
        const Moment now = system_clock().now();
        place->fill_in(now);
        if (self->ended) return;
        if (place->may_begin(now)) self->begin(place);
      }
      self->watch();
    });
  }

  void end() {
    ended = true;
    timer.cancel();
    for (const auto& place : places) place->end();
  }

  asio::io_context& io;
  asio::steady_timer timer;
  OnSample on_sample;
  std::vector<std::shared_ptr<Place>> places;
  bool ended = false;
};

Probing::Probing(asio::io_context& io, const std::vector<Probe>& probes, std::function<std::string(const Where&)> place_of,
                 OnSample on_sample, const std::string& folder)
    : state_(std::make_shared<State>(io, std::move(on_sample))) {
  const Moment start = system_clock().now();
  auto& places = state_->places;
  for (const auto& probe : probes) {
    const std::string netns = place_of(probe.from);
    auto place = std::find_if(places.begin(), places.end(), [&](const auto& one) { return one->netns() == netns; });
    if (place == places.end()) place = places.insert(places.end(), std::make_shared<Place>(io, netns, folder, &state_->on_sample));
    (*place)->add(probe, start);
  }
  for (const auto& place : places) state_->begin(place);
  state_->watch();
}

Probing::~Probing() { state_->end(); }

std::vector<int> Probing::pids() const {
  std::vector<int> out;
  for (const auto& place : state_->places)
    if (place->lives()) out.push_back(place->pid());
  return out;
}

}  // namespace muster
