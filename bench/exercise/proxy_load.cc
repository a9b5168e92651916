/// Load for proxies, and what stands behind them: proxy_compare's two ends, as processes of their own.
///
///   proxy_load serve                    prints "SINK ECHO", the ports of a server that swallows and of one that answers; until its input ends
///   proxy_load send PORT SECONDS N      N streams as fast as they go: prints bytes a second, as the sink received them
///   proxy_load ask PORT COUNT SIZE      one message after another: prints the median and the 99th percentile of the round trip, microseconds
///   proxy_load hold PORT N              N connections at once, a message through each: prints how many answered, and the seconds
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t chunk = 128 << 10;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connected(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(port);
  if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return ::close(socket), -1;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

int listening(int& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  if (socket < 0 || ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(socket, 4096) != 0) fail("listen");
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return socket;
}

// At the end of its stream the sink says how many bytes came, so that the sender counts what arrived.
int serve() {
  int sink_port = 0, echo_port = 0;
  const int sink = listening(sink_port), echo = listening(echo_port), epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<long long> received(1 << 16);
  std::vector<bool> echoes(1 << 16);
  const auto watch = [&](int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  };
  for (const int socket : {sink, echo, 0}) watch(socket);
  std::printf("%d %d\n", sink_port, echo_port);
  std::fflush(stdout);
  std::vector<char> buffer(chunk);
  epoll_event events[256];
  while (true) {
    const int count = ::epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[i].data.fd;
      if (socket == 0) return 0;
      if (socket == sink || socket == echo) {
        const int made = ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
        if (made < 0) continue;
        const int on = 1;
        ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        received[static_cast<std::size_t>(made)] = 0;
        echoes[static_cast<std::size_t>(made)] = socket == echo;
        watch(made);
        continue;
      }
      const ssize_t n = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n > 0 && echoes[static_cast<std::size_t>(socket)] && ::send(socket, buffer.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL) != n) fail("send");
      if (n > 0) received[static_cast<std::size_t>(socket)] += n;
      if (n > 0 || (n < 0 && errno == EAGAIN)) continue;
      if (n == 0 && !echoes[static_cast<std::size_t>(socket)]) ::send(socket, &received[static_cast<std::size_t>(socket)], sizeof(long long), MSG_NOSIGNAL);
      ::close(socket);
    }
  }
}

int send_for(int port, double seconds, int streams) {
  std::atomic<long long> total{0};
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < streams; ++i)
    threads.emplace_back([&] {
      const int socket = connected(port);
      if (socket < 0) fail("connect");
      const std::vector<char> bytes(chunk, 'x');
      while (seconds_since(start) < seconds)
        if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) fail("send");
      ::shutdown(socket, SHUT_WR);
      long long received = 0;
      if (::recv(socket, &received, sizeof received, MSG_WAITALL) != sizeof received) fail("recv");
      total += received;
      ::close(socket);
    });
  for (std::thread& thread : threads) thread.join();
  std::printf("%.0f %lld\n", static_cast<double>(total) / seconds_since(start), total.load());
  return 0;
}

int ask(int port, int count, std::size_t size) {
  const int socket = connected(port);
  if (socket < 0) fail("connect");
  std::vector<char> message(size, 'q');
  std::vector<double> micros;
  for (int i = 0; i < count; ++i) {
    const auto start = Clock::now();
    if (::send(socket, message.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) fail("send");
    if (::recv(socket, message.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size)) fail("recv");
    micros.push_back(1e6 * seconds_since(start));
  }
  std::sort(micros.begin(), micros.end());
  std::printf("%.1f %.1f\n", micros[micros.size() / 2], micros[micros.size() * 99 / 100]);
  return 0;
}

int hold(int port, int wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto start = Clock::now();
  std::vector<int> sockets;
  for (int i = 0; i < wanted; ++i) {
    const int socket = connected(port);
    if (socket < 0) break;
    const timeval patience{10, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::send(socket, "q", 1, MSG_NOSIGNAL) == 1) sockets.push_back(socket);
  }
  int answered = 0;
  char answer = 0;
  for (const int socket : sockets) answered += ::recv(socket, &answer, 1, 0) == 1;
  // and once more, all of them being open
  int again = 0;
  for (const int socket : sockets) again += ::send(socket, "q", 1, MSG_NOSIGNAL) == 1 && ::recv(socket, &answer, 1, 0) == 1;
  std::printf("%d %.3f\n", std::min(answered, again), seconds_since(start));
  std::fflush(stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const auto number = [&](int i) { return i < argc ? std::atof(argv[i]) : 0.0; };
  if (what == "serve") {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return serve();
  }
  if (what == "send" && argc == 5) return send_for(static_cast<int>(number(2)), number(3), static_cast<int>(number(4)));
  if (what == "ask" && argc == 5) return ask(static_cast<int>(number(2)), static_cast<int>(number(3)), static_cast<std::size_t>(number(4)));
  if (what == "hold" && argc == 4) return hold(static_cast<int>(number(2)), static_cast<int>(number(3)));
  std::fprintf(stderr, "usage: proxy_load serve | send PORT SECONDS STREAMS | ask PORT COUNT SIZE | hold PORT N\n");
  return 2;
}
