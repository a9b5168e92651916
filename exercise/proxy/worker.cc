#include "exercise/proxy/worker.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <latch>
#include <system_error>

namespace muster::proxy {
namespace {

constexpr int events_at_once = 128;
constexpr int accepts_at_once = 64;

Nanoseconds now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

Descriptor made(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return Descriptor(descriptor);
}

void set(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

// As for a socket of the peer's own: small messages leave at once, and a dead peer is noticed some day.
void prepare(int socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY);
  set(socket, SOL_SOCKET, SO_KEEPALIVE);
}

}  // namespace

Mailbox::Mailbox() : bell_(made(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {}

void Mailbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  work_.push_back(std::move(work));
  full_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  if (::write(bell_.get(), &one, sizeof one) < 0) return;  // it rings already
}

std::vector<std::function<void()>> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  std::uint64_t rings = 0;
  if (::read(bell_.get(), &rings, sizeof rings) < 0) rings = 0;
  full_.store(false, std::memory_order_release);
  return std::exchange(work_, {});
}

Worker::Worker(Limits& limits, std::uint32_t number, std::uint32_t of)
    : limits_(limits),
      number_(number),
      of_(of),
      mailbox_(std::make_shared<Mailbox>()),
      epoll_(made(::epoll_create1(EPOLL_CLOEXEC), "epoll")),
      timer_(made(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd")),
      reserve_(made(::open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null")) {
  carrying_.held = &limits.held;
  carrying_.most_held = limits.most_held;
  watch(mailbox_->descriptor(), EPOLLIN, mail_watch_);
  watch(timer_.get(), EPOLLIN, timer_watch_);
}

void Worker::stop() {
  mailbox_->post([this] { stopping_ = true; });
  if (thread_.joinable()) thread_.join();
}

Worker::~Worker() {
  stop();
  while (!homes_.empty()) remove(homes_.begin()->first);
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::call(std::function<void()> work) {
  std::latch done(1);
  mailbox_->post([&] {
    work();
    done.count_down();
  });
  done.wait();
}

void Worker::watch(int descriptor, std::uint32_t events, Watched& watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

bool Worker::watch_socket(int socket, Watched& watched) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watched;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) == 0;
}

void Worker::run() {
  sigset_t broken_pipe;  // splice has no way to ask for an error alone
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  epoll_event events[events_at_once];
  while (!stopping_) {
    const int count = ::epoll_wait(epoll_.get(), events, events_at_once, again_.empty() ? -1 : 0);
    for (int i = 0; i < count && !stopping_; ++i) {
      const auto& watched = *static_cast<Watched*>(events[i].data.ptr);
      switch (watched.kind) {
        case Watched::Kind::mail: break;
        case Watched::Kind::timer: run_due(); break;
        case Watched::Kind::listener: accept_from(*static_cast<Home*>(watched.owner)); break;
        case Watched::Kind::client: on_socket(*static_cast<Link*>(watched.owner), true, events[i].events); break;
        case Watched::Kind::server: on_socket(*static_cast<Link*>(watched.owner), false, events[i].events); break;
      }
      if (mailbox_->has_mail()) open_mail();
    }
    run_again();
    arm_timer();
    // nothing that epoll told of in this round names them any more
    dead_.clear();
    gone_.clear();
  }
}

void Worker::open_mail() {
  for (const auto& work : mailbox_->take()) work();
}

void Worker::add(const std::shared_ptr<Listener>& listener, const std::array<ToxicChain, 2>& chains) {
  auto home = std::make_unique<Home>();
  home->listener = listener;
  home->chains = chains;
  home->watch = {Watched::Kind::listener, home.get()};
  home->id = ++homes_made_;
  watch(listener->socket.get(), EPOLLIN | EPOLLEXCLUSIVE, home->watch);
  homes_[listener->proxy] = std::move(home);
}

void Worker::remove(const std::string& proxy) {
  const auto found = homes_.find(proxy);
  if (found == homes_.end()) return;
  Home& home = *found->second;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, home.listener->socket.get(), nullptr);
  while (!home.links.empty()) end(**home.links.begin(), false);
  home.listener.reset();
  gone_.push_back(std::move(found->second));
  homes_.erase(found);
}

void Worker::accept_no_more(const std::string& proxy) {
  const auto found = homes_.find(proxy);
  if (found == homes_.end()) return;
  accept_from(*found->second);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->listener->socket.get(), nullptr);
}

void Worker::apply(const std::string& proxy, Way way, const ToxicChain& chain) {
  const auto found = homes_.find(proxy);
  if (found == homes_.end()) return;
  found->second->chains[static_cast<std::size_t>(way)] = chain;
  const Nanoseconds time = now();
  for (Link* link : found->second->links) {
    link->flow(way).apply(*chain, time);
    if (!link->connected || link->waits_for_turn) continue;
    link->waits_for_turn = true;  // its turn comes after the answer to who asked
    again_.push_back(link);
  }
}

// Out of descriptors, or of room: the client is told by a reset, rather than left waiting in the backlog.
void Worker::refuse(Home& home, int client) {
  const linger at_once{1, 0};
  ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  home.listener->traffic->refused.fetch_add(1, std::memory_order_relaxed);
  limits_.without_room.fetch_add(1, std::memory_order_relaxed);
  ::close(client);
}

void Worker::accept_from(Home& home) {
  for (int i = 0; i < accepts_at_once && home.listener; ++i) {
    int client = ::accept4(home.listener->socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0 && (errno == EMFILE || errno == ENFILE)) {
      reserve_.close();
      client = ::accept4(home.listener->socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client >= 0) refuse(home, client);
      reserve_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      continue;
    }
    if (client < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (client < 0) return;
    if (limits_.room.fetch_sub(1, std::memory_order_relaxed) <= 0) {
      limits_.room.fetch_add(1, std::memory_order_relaxed);
      refuse(home, client);
      continue;
    }
    home.listener->traffic->accepted.fetch_add(1, std::memory_order_relaxed);
    Worker* idlest = this;
    for (const auto& other : *all_)
      if (other->links() < idlest->links()) idlest = other.get();
    if (idlest == this) {
      take_in(home, Descriptor(client));
      continue;
    }
    idlest->links_.fetch_add(1, std::memory_order_relaxed);  // counted at once, so that the next one goes elsewhere
    idlest->mailbox_->post([idlest, client, listener = home.listener] {
      idlest->links_.fetch_sub(1, std::memory_order_relaxed);
      Descriptor socket(client);
      const auto there = idlest->homes_.find(listener->proxy);
      if (there != idlest->homes_.end() && there->second->listener == listener)
        idlest->take_in(*there->second, std::move(socket));
      else
        idlest->limits_.room.fetch_add(1, std::memory_order_relaxed);
    });
  }
}

void Worker::take_in(Home& home, Descriptor client) {
  prepare(client.get());
  const Luck luck{limits_.seed, connections_++ * of_ + number_};
  auto link = std::make_unique<Link>(std::move(client), home.listener->traffic, carrying_, luck);
  const Nanoseconds time = now();
  for (const Way way : {Way::upstream, Way::downstream})
    if (const ToxicChain& chain = home.chains[static_cast<std::size_t>(way)]; chain && !chain->empty()) link->flow(way).apply(*chain, time);
  link->home = &home;
  links_.fetch_add(1, std::memory_order_relaxed);
  Link& made_link = *link.release();
  home.links.insert(&made_link);
  if (!watch_socket(made_link.client.socket.get(), made_link.client_watch)) return end(made_link, true);
  const bool led = home.listener->leads_to != nullptr;
  made_link.upstream = led ? home.listener->leads_to(made_link.client.socket.get()) : known_addresses(home.listener->upstream);
  std::reverse(made_link.upstream.begin(), made_link.upstream.end());
  if (made_link.upstream.empty() && !led)
    ask(home, made_link);
  else
    connect_next(made_link);
}

// A resolver may take its time: a thread asks it, one for all who wait, and nobody waits for the thread.
void Worker::ask(Home& home, Link& link) {
  home.asking.push_back(&link);
  if (home.asking.size() > 1) return;
  const auto ask_resolver = [mailbox = mailbox_, worker = this, proxy = home.listener->proxy, id = home.id, upstream = home.listener->upstream] {
    std::vector<SocketAddress> found;
    try {
      found = resolve(upstream);
    } catch (const std::exception&) {  // none: its clients are refused
    }
    std::reverse(found.begin(), found.end());
    mailbox->post([worker, proxy, id, found] {
      const auto there = worker->homes_.find(proxy);
      if (there == worker->homes_.end() || there->second->id != id) return;
      for (Link* each : std::exchange(there->second->asking, {})) {
        each->upstream = found;
        worker->connect_next(*each);
      }
    });
  };
  try {
    std::thread(ask_resolver).detach();
  } catch (const std::system_error&) {  // no thread to be had: as if there were no such name
    for (Link* each : std::exchange(home.asking, {})) connect_next(*each);
  }
}

void Worker::connect_next(Link& link) {
  while (!link.upstream.empty()) {
    const SocketAddress address = link.upstream.back();
    link.upstream.pop_back();
    link.server.socket = Descriptor(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    link.server.readable = link.server.writable = link.server.hung_up = false;
    if (link.server.socket.get() < 0) {
      if (errno == EMFILE || errno == ENFILE) limits_.without_room.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    prepare(link.server.socket.get());
    if (const unsigned mark = static_cast<Home*>(link.home)->listener->mark; mark != 0) ::setsockopt(link.server.socket.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark);
    if ((::connect(link.server.socket.get(), address.get(), address.size) == 0 || errno == EINPROGRESS) &&
        watch_socket(link.server.socket.get(), link.server_watch))
      return;
  }
  static_cast<Home*>(link.home)->listener->traffic->refused.fetch_add(1, std::memory_order_relaxed);
  end(link, false);
}

void Worker::on_socket(Link& link, bool of_client, std::uint32_t events) {
  if (link.dead) return;
  Side& side = of_client ? link.client : link.server;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) side.readable = true;
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) side.writable = true;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) side.hung_up = true;
  if (!link.connected) {
    if (of_client) {
      if (events & (EPOLLHUP | EPOLLERR)) end(link, true);
      return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(side.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return connect_next(link);
    if (!(events & EPOLLOUT)) return;
    link.connected = true;
  }
  turn(link);
  // it was reset after its end was passed on: nothing is read there any more that would tell
  if ((events & EPOLLERR) && !link.dead && (of_client ? link.up : link.down).over()) end(link, true);
}

void Worker::turn(Link& link) {
  const Nanoseconds time = now();
  const Flow::State up = link.up.turn(time), down = link.down.turn(time);
  if (up == Flow::State::reset || down == Flow::State::reset) return end(link, true);
  if (up == Flow::State::close || down == Flow::State::close) return end(link, false);
  if (up == Flow::State::over && down == Flow::State::over) return end(link, false);
  if ((up == Flow::State::more || down == Flow::State::more) && !link.waits_for_turn) {
    link.waits_for_turn = true;
    again_.push_back(&link);
  }
  arm(link);
}

void Worker::end(Link& link, bool reset) {
  if (link.dead) return;
  link.dead = true;
  Home& home = *static_cast<Home*>(link.home);
  home.links.erase(&link);
  std::erase(home.asking, &link);
  if (link.armed != never) times_.erase({link.armed, &link});
  if (link.waits_for_turn) std::erase(again_, &link);
  if (reset) link.reset_both();
  link.client.socket.close();
  link.server.socket.close();
  dead_.emplace_back(&link);
  links_.fetch_sub(1, std::memory_order_relaxed);
  limits_.room.fetch_add(1, std::memory_order_relaxed);
}

void Worker::arm(Link& link) {
  const Nanoseconds due = std::min(link.up.due(), link.down.due());
  if (due == link.armed) return;
  if (link.armed != never) times_.erase({link.armed, &link});
  link.armed = due;
  if (due != never) times_.insert({due, &link});
}

void Worker::arm_timer() {
  const Nanoseconds first = times_.empty() ? never : times_.begin()->first;
  if (first == timer_set_) return;
  timer_set_ = first;
  itimerspec when{};
  if (first != never) {
    const Nanoseconds at = std::max<Nanoseconds>(first, 1);  // 0 would disarm it
    when.it_value.tv_sec = at / 1'000'000'000;
    when.it_value.tv_nsec = at % 1'000'000'000;
  }
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Worker::run_due() {
  std::uint64_t expirations = 0;
  if (::read(timer_.get(), &expirations, sizeof expirations) < 0) expirations = 0;
  timer_set_ = never;
  std::vector<Link*> due;
  const Nanoseconds time = now();
  for (auto each = times_.begin(); each != times_.end() && each->first <= time; ++each) due.push_back(each->second);
  for (Link* link : due) {
    if (!link->dead) turn(*link);
    if (mailbox_->has_mail()) open_mail();
  }
}

void Worker::run_again() {
  for (Link* link : std::exchange(again_, {})) {
    if (link->dead) continue;
    link->waits_for_turn = false;
    turn(*link);
    if (mailbox_->has_mail()) open_mail();
  }
}

}  // namespace muster::proxy
