#include "exercise/proxy/forwarding.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace muster::proxy {
namespace {

// Listeners, epolls, the API's own connections, and pipes of those with a backlog.
constexpr std::int64_t spare_descriptors = 128;

std::int64_t descriptors_for(std::int64_t connections) {
  const rlim_t wanted = static_cast<rlim_t>(2 * connections + spare_descriptors);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return static_cast<std::int64_t>(limit.rlim_cur);
  rlimit more{wanted, std::max(limit.rlim_max, wanted)};
  if (::setrlimit(RLIMIT_NOFILE, &more) != 0) {  // the hard limit is root's to raise
    more = {std::min(limit.rlim_max, wanted), limit.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &more);
  }
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::int64_t>(limit.rlim_cur);
}

Descriptor listening(const SocketAddress& address, bool every_address) {
  Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1, off = 0;
  if (socket.get() < 0) return socket;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, every_address ? &off : &on, sizeof on);
  if (::bind(socket.get(), address.get(), address.size) == 0 && ::listen(socket.get(), 4096) == 0) return socket;
  const int error = errno;
  socket.close();
  errno = error;
  return socket;
}

}  // namespace

Forwarding::Forwarding(const ForwardingOptions& options) {
  const std::int64_t descriptors = descriptors_for(options.connections);
  room_ = std::clamp<std::int64_t>((descriptors - std::min(spare_descriptors, descriptors / 4)) / 2, 1, options.connections);
  limits_.room = room_;
  limits_.most_held = options.memory;
  limits_.seed = options.seed;
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  const auto threads = static_cast<std::uint32_t>(options.threads > 0 ? options.threads : static_cast<int>(cores));
  for (std::uint32_t i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(limits_, i, threads));
  for (const auto& worker : workers_) worker->know(workers_);
  for (const auto& worker : workers_) worker->start();
}

// Each ends its thread before any of them is gone: they look at each other.
Forwarding::~Forwarding() {
  for (const auto& worker : workers_) worker->stop();
}

std::string Forwarding::open(const std::string& proxy, const std::string& listen, const std::string& upstream,
                             const std::array<ToxicChain, 2>& chains, const std::shared_ptr<Traffic>& traffic) {
  auto listener = std::make_shared<Listener>();
  listener->proxy = proxy;
  listener->traffic = traffic;
  try {
    listener->upstream = parse_host_port(upstream);
    const HostPort where = parse_host_port(listen);
    int error = 0;
    for (const SocketAddress& address : resolve(where)) {
      listener->socket = listening(address, where.host.empty());
      if (listener->socket.get() >= 0) break;
      if (error == 0) error = errno;
    }
    if (listener->socket.get() < 0) throw std::runtime_error(std::string("bind: ") + (error == EADDRINUSE ? "address already in use" : std::strerror(error)));
  } catch (const std::exception& why) {
    throw std::runtime_error("listen tcp " + listen + ": " + why.what());
  }
  SocketAddress actual;
  actual.size = sizeof actual.storage;
  ::getsockname(listener->socket.get(), actual.get(), &actual.size);
  for (const auto& worker : workers_) worker->call([&] { worker->add(listener, chains); });
  listeners_[proxy] = listener;
  return text_of(actual);
}

void Forwarding::take(const std::string& proxy, Descriptor listening, std::function<std::vector<SocketAddress>(int)> leads_to, unsigned mark,
                      const std::array<ToxicChain, 2>& chains, const std::shared_ptr<Traffic>& traffic) {
  auto listener = std::make_shared<Listener>();
  listener->socket = std::move(listening);
  listener->proxy = proxy;
  listener->traffic = traffic;
  listener->leads_to = std::move(leads_to);
  listener->mark = mark;
  for (const auto& worker : workers_) worker->call([&] { worker->add(listener, chains); });
  listeners_[proxy] = listener;
}

void Forwarding::accept_no_more(const std::string& proxy) {
  const auto found = listeners_.find(proxy);
  if (found == listeners_.end()) return;
  for (const auto& worker : workers_) worker->call([&] { worker->accept_no_more(proxy); });
  found->second->socket.close();
}

// The port is free when it returns: a connection that one thread still hands to another may keep the listener, but not its socket.
void Forwarding::close(const std::string& proxy) {
  for (const auto& worker : workers_) worker->call([&] { worker->remove(proxy); });
  if (const auto found = listeners_.find(proxy); found != listeners_.end()) {
    found->second->socket.close();
    listeners_.erase(found);
  }
}

void Forwarding::apply(const std::string& proxy, Way way, const ToxicChain& chain) {
  for (const auto& worker : workers_) worker->call([&] { worker->apply(proxy, way, chain); });
}

}  // namespace muster::proxy
