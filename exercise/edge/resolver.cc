#include "exercise/edge/resolver.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <map>
#include <stdexcept>

#include "exercise/accepting.h"
#include "exercise/edge/listening.h"
#include "exercise/edge/name_rule.h"
#include "exercise/edge/query_stream.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using Udp = asio::ip::udp;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{15000};   // for an answer of the true server; who asked has given up by then
constexpr std::size_t kMostPending = 4096; // questions under way; what comes beyond them is lost, as on a busy server
constexpr std::size_t kLongest = 65535;

/// A datagram that came to us, and how one goes back: from the address at which it came.
struct Arrival {
  Endpoint from, at;
  std::string message;
};

union Control {
  cmsghdr head;
  char room[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(in_pktinfo))];
};

std::optional<Arrival> receive(int file, int port, std::string& buffer) {
  Arrival out;
  Control control{};
  buffer.resize(kLongest);
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = &out.from.bytes;
  message.msg_namelen = sizeof out.from.bytes;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(file, &message, MSG_DONTWAIT);
  if (size < 0) return std::nullopt;
  out.message = buffer.substr(0, static_cast<std::size_t>(size));
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      auto& at = reinterpret_cast<sockaddr_in&>(out.at.bytes);
      at.sin_family = AF_INET;
      at.sin_addr = info.ipi_addr;
    } else if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      auto& at = reinterpret_cast<sockaddr_in6&>(out.at.bytes);
      at.sin6_family = AF_INET6;
      at.sin6_addr = info.ipi6_addr;
    }
  }
  out.at.set_port(port);
  return out;
}

void send_back(int file, const Arrival& to, const std::string& answer) {
  Control control{};
  iovec part{const_cast<char*>(answer.data()), answer.size()};
  msghdr message{};
  Endpoint there = to.from;
  message.msg_name = &there.bytes;
  message.msg_namelen = there.size();
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  cmsghdr* head = &control.head;
  if (to.at.family() == AF_INET) {
    in_pktinfo info{};
    info.ipi_spec_dst = reinterpret_cast<const sockaddr_in&>(to.at.bytes).sin_addr;
    message.msg_controllen = CMSG_SPACE(sizeof info);
    *head = {CMSG_LEN(sizeof info), IPPROTO_IP, IP_PKTINFO};
    std::memcpy(CMSG_DATA(head), &info, sizeof info);
  } else {
    in6_pktinfo info{};
    info.ipi6_addr = reinterpret_cast<const sockaddr_in6&>(to.at.bytes).sin6_addr;
    message.msg_controllen = CMSG_SPACE(sizeof info);
    *head = {CMSG_LEN(sizeof info), IPPROTO_IPV6, IPV6_PKTINFO};
    std::memcpy(CMSG_DATA(head), &info, sizeof info);
  }
  ::sendmsg(file, &message, MSG_DONTWAIT);  // a datagram may be lost
}

class Resolver : public Server {
 public:
  Resolver(asio::io_context& io, const ResolverSettings& settings) : io_(io), diversion_(settings.diversion), rule_(settings.fault, settings.seed) {}

  std::string open(double lease) override {
    Listening found = listen_anywhere(true);
    diversion_.port = found.port;
    diversion_.six = found.six;
    for (Descriptor& each : found.tcp) {
      const bool six = local_end(each.get()).family() == AF_INET6;
      listeners_.push_back(std::make_unique<Accepting>(io_, std::move(each), six, [this](auto socket) { take(std::move(socket)); }));
    }
    for (Descriptor& each : found.udp) {
      const auto family = local_end(each.get()).family() == AF_INET6 ? Udp::v6() : Udp::v4();
      datagrams_.push_back(std::make_unique<Udp::socket>(io_, family, each.release()));
      receive_at(*datagrams_.back());
    }
    make_diversion(diversion_, "", lease);
    diverted_ = true;
    forget_datagrams(0, diversion_.udp);  // conversations from before are led too
    return "answers what is led to port " + std::to_string(found.port);
  }

  void renew(double lease) override { renew_diversion(diversion_, "", lease); }

  void close() override {
    closing_ = true;
    if (diverted_) empty_diversion(diversion_, "");
    // Else who asks again from the same port would be led here for as long as they ask.
    if (diverted_) forget_datagrams(diversion_.port, diversion_.udp);
    for (auto& listener : listeners_) listener->close();
    for (const auto& [number, stream] : std::map(streams_))
      if (const auto alive = stream.lock()) alive->close();
  }

  void finish() override {
    if (diverted_) remove_diversion(diversion_, "");
  }

  std::size_t busy() override { return closing_ ? pending_ : 0; }

  std::string met() const override { return std::to_string(struck_) + (struck_ == 1 ? " question" : " questions") + " met it, " + std::to_string(passed_) + " passed"; }

 private:
  NameVerdict judge(std::string_view message, bool over_tcp) {
    NameVerdict verdict = rule_.judge(message, ++count_, over_tcp);
    ++(verdict.struck ? struck_ : passed_);
    return verdict;
  }

  // ---- datagrams

  void receive_at(Udp::socket& socket) {
    socket.async_wait(Udp::socket::wait_read, [this, &socket](auto error) {
      if (error) return;
      for (int i = 0; i < 64; ++i) {  // others have their turn
        const auto arrival = receive(socket.native_handle(), diversion_.port, buffer_);
        if (!arrival) break;
        serve(socket, *arrival);
      }
      receive_at(socket);
    });
  }

  void serve(Udp::socket& socket, const Arrival& arrival) {
    NameVerdict verdict = judge(arrival.message, false);
    if (verdict.kind == NameVerdict::Kind::hang) return;
    if (verdict.kind == NameVerdict::Kind::pass) return pass(socket, arrival, verdict);
    if (verdict.late.count() == 0) return send_back(socket.native_handle(), arrival, verdict.answer);
    if (pending_ < kMostPending) send_late(socket, arrival, std::move(verdict.answer), verdict.late);
  }

  void send_late(Udp::socket& socket, const Arrival& arrival, std::string answer, milliseconds late) {
    const auto timer = std::make_shared<asio::steady_timer>(io_, late);
    ++pending_;
    timer->async_wait([this, timer, &socket, arrival, answer = std::move(answer)](auto) {
      --pending_;
      send_back(socket.native_handle(), arrival, answer);
    });
  }

  struct Question {
    Question(asio::io_context& io) : socket(io), timer(io) {}
    Udp::socket socket;
    asio::steady_timer timer;
    std::string answer;
  };

  void pass(Udp::socket& socket, const Arrival& arrival, const NameVerdict& verdict) {
    const auto there = datagram_meant_for(arrival.at, arrival.from);
    if (!there || pending_ >= kMostPending || arrival.message.size() < 2) return;
    const auto question = std::make_shared<Question>(io_);
    const Udp::endpoint to(asio::ip::make_address(there->address()), static_cast<unsigned short>(there->port()));
    boost::system::error_code error;
    question->socket.open(to.protocol(), error);
    const unsigned mark = mark_of(diversion_);
    if (!error) ::setsockopt(question->socket.native_handle(), SOL_SOCKET, SO_MARK, &mark, sizeof mark);
    if (!error) question->socket.connect(to, error);
    if (!error) question->socket.send(asio::buffer(arrival.message), 0, error);
    if (error) return;
    ++pending_;
    question->timer.expires_after(kPatience);
    question->timer.async_wait([question](auto cancelled) {
      boost::system::error_code ignored;
      if (!cancelled) question->socket.close(ignored);
    });
    await(socket, arrival, verdict, question);
  }

  void await(Udp::socket& socket, const Arrival& arrival, const NameVerdict& verdict, const std::shared_ptr<Question>& question) {
    question->answer.resize(kLongest);
    question->socket.async_receive(asio::buffer(question->answer), [this, &socket, arrival, verdict, question](auto error, std::size_t size) {
      // What is no answer to it is not what it waits for.
      if (!error && (size < 2 || question->answer.compare(0, 2, arrival.message, 0, 2) != 0)) return await(socket, arrival, verdict, question);
      --pending_;
      question->timer.cancel();
      if (error) return;
      question->answer.resize(size);
      if (!verdict.remember.empty()) rule_.keep(verdict.remember, question->answer);
      if (verdict.late.count() == 0) send_back(socket.native_handle(), arrival, question->answer);
      else send_late(socket, arrival, std::move(question->answer), verdict.late);
    });
  }

  // ---- connections

  void take(asio::ip::tcp::socket socket) {
    const auto there = meant_for(socket.native_handle());
    if (!there) return;
    const std::uint64_t number = ++connections_;
    const QueryStreamTerms terms{*there, mark_of(diversion_), [this](std::string_view message) { return judge(message, true); },
                                 [this](const std::string& remember, std::string_view answer) { rule_.keep(remember, answer); },
                                 [this, number] { streams_.erase(number); }};
    streams_[number] = begin_query_stream(io_, std::move(socket), terms);
  }

  asio::io_context& io_;
  Diversion diversion_;
  NameRule rule_;
  std::vector<std::unique_ptr<Accepting>> listeners_;
  std::vector<std::unique_ptr<Udp::socket>> datagrams_;
  std::map<std::uint64_t, std::weak_ptr<QueryStream>> streams_;
  std::string buffer_;
  std::size_t pending_ = 0;
  std::uint64_t count_ = 0, connections_ = 0, struck_ = 0, passed_ = 0;
  bool diverted_ = false, closing_ = false;
};

}  // namespace

std::unique_ptr<Server> make_resolver(asio::io_context& io, const ResolverSettings& settings) { return std::make_unique<Resolver>(io, settings); }

}  // namespace muster
