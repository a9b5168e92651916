#include "exercise/proxy/forwarding.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

#include "exercise/proxy/proxy_set.h"
#include "tests/exercise/server.h"

namespace muster::proxy {
namespace {

using nlohmann::json;
using Instant = std::chrono::steady_clock;
double since(Instant::time_point then) { return std::chrono::duration<double>(Instant::now() - then).count(); }

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Descriptor patient(int socket, int seconds = 20) {
  const timeval patience{seconds, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return Descriptor(socket);
}

Descriptor connected(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(port);
  EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << strerror(errno);
  return patient(socket);
}

struct Upstream {
  Descriptor socket;
  int port = 0;
  Upstream() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = local(0);
    socklen_t size = sizeof address;
    ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(socket.get(), 1024);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  Descriptor accept() const {
    pollfd wait{socket.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&wait, 1, 10'000), 1);
    return patient(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
};

bool send_all(const Descriptor& to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = ::send(to.get(), text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (n <= 0) return false;
    at += static_cast<std::size_t>(n);
  }
  return true;
}

/// Up to so many bytes, or to the end; `error` is the errno of what ended it otherwise.
std::string receive(const Descriptor& from, std::size_t most = std::string::npos, int* error = nullptr) {
  std::string out;
  char buffer[65536];
  while (out.size() < most) {
    const ssize_t n = ::recv(from.get(), buffer, std::min(sizeof buffer, most - out.size()), 0);
    if (n < 0 && error) *error = errno;
    if (n <= 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

std::string noise(std::size_t size, std::uint64_t seed) {
  std::string out(size, 0);
  for (std::size_t i = 0; i < size; ++i) {
    if (i % 16 == 0) seed = seed * 6364136223846793005u + 1442695040888963407u;
    out[i] = static_cast<char>(seed >> (i % 16 * 3));
  }
  return out;
}

std::size_t open_files() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) count += !entry.path().empty();
  return count;
}

class ProxyForwarding : public testing::Test {
 protected:
  ProxyForwarding() { port = std::stoi(proxies.create(json{{"name", "p"}, {"listen", "localhost:0"}, {"upstream", "127.0.0.1:" + std::to_string(upstream.port)}}).listen.substr(10)); }
  void toxic(const std::string& type, const json& attributes, const std::string& stream = "downstream") {
    proxies.add_toxic("p", json{{"type", type}, {"attributes", attributes}, {"stream", stream}});
  }
  std::pair<Descriptor, Descriptor> pair() {
    Descriptor client = connected(port);
    return {std::move(client), upstream.accept()};
  }
  const Traffic& traffic() { return *proxies.get("p").traffic; }

  Upstream upstream;
  Forwarding forwarding{[] {
    ForwardingOptions options;
    options.threads = 2;
    return options;
  }()};
  ProxySet proxies{forwarding, {}};
  int port = 0;
};

TEST_F(ProxyForwarding, CarriesEveryByteBothWaysAtOnceAndEachEndByItself) {
  auto [client, server] = pair();
  const std::string up = noise(20 << 20, 1), down = noise(30 << 20, 2);
  auto sent = std::async(std::launch::async, [&, c = client.get()] {
    send_all(client, up);
    ::shutdown(c, SHUT_WR);
  });
  auto answered = std::async(std::launch::async, [&, s = server.get()] {
    send_all(server, down);
    ::shutdown(s, SHUT_WR);
  });
  auto above = std::async(std::launch::async, [&] { return receive(server); });
  EXPECT_TRUE(receive(client) == down);
  EXPECT_TRUE(above.get() == up);
  EXPECT_TRUE(scratch::eventually(5, [&] { return traffic().sent[0] == up.size() && traffic().received[1] == down.size(); }));
  EXPECT_TRUE(scratch::eventually(5, [&] { return traffic().open == 0; }));
}

TEST_F(ProxyForwarding, AnEndedDirectionLeavesTheOtherOpen) {
  auto [client, server] = pair();
  send_all(client, "question");
  ::shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(receive(server), "question");
  send_all(server, "answer");
  EXPECT_EQ(receive(client, 6), "answer");
  server.close();
  EXPECT_EQ(receive(client), "");
}

TEST_F(ProxyForwarding, AResetIsPassedOnAsAReset) {
  auto [client, server] = pair();
  send_all(client, "x");
  EXPECT_EQ(receive(server, 1), "x");
  const linger at_once{1, 0};
  ::setsockopt(server.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  server.close();
  int error = 0;
  receive(client, 1, &error);
  EXPECT_EQ(error, ECONNRESET);
}

TEST_F(ProxyForwarding, WhatTheClientDoesNotTakeSlowsTheServerAndIsAllThereLater) {
  auto [client, server] = pair();
  const std::string down = noise(40 << 20, 3);
  auto sent = std::async(std::launch::async, [&] { return send_all(server, down) && (server.close(), true); });
  EXPECT_EQ(sent.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  EXPECT_TRUE(receive(client) == down);
  EXPECT_TRUE(sent.get());
}

TEST_F(ProxyForwarding, ToxicsComeAndGoInTheMiddleOfAStreamWithoutTouchingAByte) {
  auto [client, server] = pair();
  const std::string down = noise(8 << 20, 4);
  auto sent = std::async(std::launch::async, [&] { return send_all(server, down) && (server.close(), true); });
  auto received = std::async(std::launch::async, [&] { return receive(client); });
  for (int i = 0; i < 40; ++i) {
    const std::string type = toxic_types()[static_cast<std::size_t>(i) % 3 == 0 ? 0 : i % 3 == 1 ? 1 : 5];
    toxic(type, type == "latency" ? json{{"latency", 3}, {"jitter", 3}} : type == "bandwidth" ? json{{"rate", 50'000}} : json{{"average_size", 5000}, {"size_variation", 3000}});
    if (i % 2) toxic("slow_close", json{{"delay", 20}});
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    proxies.reset();
  }
  EXPECT_TRUE(received.get() == down);
  EXPECT_TRUE(sent.get());
}

// 100 ms are promised of the proxy; a machine that is busy, or a sanitizer, may take the processor away for longer now and then.
#ifdef MUSTER_SANITIZED
constexpr double promised = 2;
#else
constexpr double promised = 0.1;
#endif

// What hangs Toxiproxy (its issue 558): a server that floods, a client that does not read, a latency in between, which is taken away.
TEST_F(ProxyForwarding, AToxicIsTakenAwayAtOnceWhateverTheConnectionWaitsFor) {
  for (const char* type : {"latency", "bandwidth", "slicer", "slow_close"}) {
    std::vector<std::pair<Descriptor, Descriptor>> pairs;
    for (int i = 0; i < 20; ++i) pairs.push_back(pair());
    const auto add = [&] {
      toxic(type, std::string(type) == "latency"     ? json{{"latency", 1000}}
                  : std::string(type) == "bandwidth" ? json{{"rate", 1}}
                  : std::string(type) == "slicer"    ? json{{"average_size", 1}, {"delay", 1000}}
                                                     : json{{"delay", 1000}});
    };
    add();
    std::atomic<bool> stop{false};
    std::thread flood([&] {
      const std::string block(65536, 'x');
      while (!stop)
        for (const auto& [client, server] : pairs) ::send(server.get(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    });
    double best = 10;
    for (int i = 0; i < 3 && best >= promised; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      const auto start = Instant::now();
      proxies.remove_toxic("p", std::string(type) + "_downstream");
      best = std::min(best, since(start));
      if (best >= promised) add();
    }
    EXPECT_LT(best, promised) << type;
    stop = true;
    flood.join();
    proxies.reset();
    EXPECT_EQ(receive(pairs[0].first, 1000).size(), 1000u) << type;  // and it flows
  }
}

TEST_F(ProxyForwarding, ALimitClosesAfterExactlyItsBytes) {
  toxic("limit_data", json{{"bytes", 100'000}});
  auto [client, server] = pair();
  const std::string down = noise(300'000, 5);
  send_all(server, down);
  EXPECT_TRUE(receive(client) == down.substr(0, 100'000));
}

TEST_F(ProxyForwarding, TimeoutClosesInTimeAndResetResets) {
  toxic("timeout", json{{"timeout", 150}});
  auto [client, server] = pair();
  const auto start = Instant::now();
  send_all(server, "lost");
  EXPECT_EQ(receive(client), "");
  EXPECT_GE(since(start), 0.1);
  EXPECT_LT(since(start), 5);
  proxies.reset();
  toxic("reset_peer", json{{"timeout", 50}}, "upstream");
  auto [other, there] = pair();
  send_all(other, "x");
  int error = 0;
  EXPECT_EQ(receive(other, 1, &error), "");
  EXPECT_EQ(error, ECONNRESET);
}

TEST_F(ProxyForwarding, SlowCloseHoldsTheEndBack) {
  toxic("slow_close", json{{"delay", 200}});
  auto [client, server] = pair();
  send_all(server, "bye");
  const auto start = Instant::now();
  server.close();
  EXPECT_EQ(receive(client, 3), "bye");
  EXPECT_LT(since(start), 0.15);
  receive(client, 1);
  EXPECT_GE(since(start), 0.19);
}

TEST_F(ProxyForwarding, LatencyIsAddedToWhatComesAfterwardsOnOldConnectionsToo) {
  auto [client, server] = pair();
  send_all(server, "a");
  EXPECT_EQ(receive(client, 1), "a");
  toxic("latency", json{{"latency", 100}});
  const auto start = Instant::now();
  send_all(server, "b");
  EXPECT_EQ(receive(client, 1), "b");
  EXPECT_GE(since(start), 0.0999);
}

TEST_F(ProxyForwarding, DisablingEndsConnectionsAndFreesThePort) {
  auto [client, server] = pair();
  proxies.update("p", json{{"enabled", false}});
  EXPECT_EQ(receive(server), "");
  const Descriptor taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = local(port);
  EXPECT_NE(::connect(taken.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  proxies.update("p", json{{"enabled", true}});
  EXPECT_EQ(proxies.get("p").listen, "127.0.0.1:" + std::to_string(port));
  pair();
}

TEST_F(ProxyForwarding, AnUpstreamThatIsNotThereEndsTheConnection) {
  proxies.create(json{{"name", "void"}, {"listen", "localhost:0"}, {"upstream", "127.0.0.1:" + std::to_string(scratch::free_port())}});
  const Descriptor client = connected(std::stoi(proxies.get("void").listen.substr(10)));
  EXPECT_EQ(receive(client), "");
  EXPECT_EQ(proxies.get("void").traffic->refused, 1u);
}

TEST_F(ProxyForwarding, AnUpstreamByNameIsLookedUpAndOneWithoutAddressRefused) {
  proxies.create(json{{"name", "nowhere"}, {"listen", "localhost:0"}, {"upstream", "nothing.invalid:80"}});
  EXPECT_EQ(receive(connected(std::stoi(proxies.get("nowhere").listen.substr(10)))), "");
  proxies.create(json{{"name", "named"}, {"listen", "localhost:0"}, {"upstream", "LocalHost:" + std::to_string(upstream.port)}});
  const Descriptor client = connected(std::stoi(proxies.get("named").listen.substr(10)));
  const Descriptor server = upstream.accept();
  send_all(client, "x");
  EXPECT_EQ(receive(server, 1), "x");
}

TEST_F(ProxyForwarding, TwoProxiesDoNotShareAPort) {
  EXPECT_THROW(proxies.create(json{{"name", "q"}, {"listen", proxies.get("p").listen}, {"upstream", "u:1"}}), ApiError);
}

TEST(ProxyLimits, MoreConnectionsThanThereIsRoomForAreReset) {
  Upstream upstream;
  ForwardingOptions options;
  options.threads = 2;
  options.connections = 3;
  Forwarding forwarding(options);
  ProxySet proxies(forwarding, {});
  const int port = std::stoi(proxies.create(json{{"name", "p"}, {"listen", "localhost:0"}, {"upstream", "127.0.0.1:" + std::to_string(upstream.port)}}).listen.substr(10));
  std::vector<Descriptor> clients, servers;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connected(port));
    servers.push_back(upstream.accept());
  }
  int error = 0;
  EXPECT_EQ(receive(connected(port), 1, &error), "");
  EXPECT_EQ(error, ECONNRESET);
  EXPECT_EQ(forwarding.limits().without_room, 1u);
  clients.pop_back();
  servers.pop_back();
  EXPECT_TRUE(scratch::eventually(5, [&] { return proxies.get("p").traffic->open == 2; }));
  clients.push_back(connected(port));
  servers.push_back(upstream.accept());
}

TEST(ProxyLimits, NoDescriptorStaysBehind) {
  const std::size_t before = open_files();
  {
    Upstream upstream;
    Forwarding forwarding({});
    ProxySet proxies(forwarding, {});
    const int port = std::stoi(proxies.create(json{{"name", "p"}, {"listen", "localhost:0"}, {"upstream", "127.0.0.1:" + std::to_string(upstream.port)}}).listen.substr(10));
    const std::string block = noise(1 << 20, 6);
    for (int i = 0; i < 50; ++i) {
      const Descriptor client = connected(port);
      const Descriptor server = upstream.accept();
      std::thread sender([&] { send_all(client, block); });
      EXPECT_TRUE(receive(server, block.size()) == block);
      sender.join();
    }
    EXPECT_TRUE(scratch::eventually(5, [&] { return proxies.get("p").traffic->open == 0; }));
    EXPECT_LT(open_files(), before + 100);
  }
  EXPECT_EQ(open_files(), before);
}

TEST(ProxyAddress, IsAHostAndAPort) {
  EXPECT_EQ(parse_host_port("localhost:80").host, "localhost");
  EXPECT_EQ(parse_host_port("[::1]:80").host, "::1");
  EXPECT_EQ(parse_host_port(":80").host, "");
  for (const char* wrong : {"", "localhost", "localhost:", "localhost:x", "localhost:65536", "[::1:80", "[localhost]:80", "a b:80", "::1:80"}) EXPECT_THROW(parse_host_port(wrong), std::invalid_argument) << wrong;
  EXPECT_EQ(text_of(known_addresses({"localhost", 80}).front()), "127.0.0.1:80");
  EXPECT_EQ(text_of(known_addresses({"", 80}).front()), "[::]:80");
  EXPECT_TRUE(known_addresses({"example.org", 80}).empty());
  EXPECT_TRUE(is_loopback(known_addresses({"127.9.9.9", 1}).front()));
  EXPECT_TRUE(is_loopback(known_addresses({"::1", 1}).front()));
  EXPECT_TRUE(is_loopback(known_addresses({"::ffff:127.0.0.1", 1}).front()));
  EXPECT_FALSE(is_loopback(known_addresses({"::", 1}).front()));
  EXPECT_FALSE(is_loopback(known_addresses({"0.0.0.0", 1}).front()));
}

}  // namespace
}  // namespace muster::proxy
