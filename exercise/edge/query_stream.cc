#include "exercise/edge/query_stream.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <map>

namespace muster {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr std::size_t kMostWaiting = 1024;  // messages for one side

std::string framed(std::string_view message) {
  std::string out{static_cast<char>(message.size() >> 8 & 255), static_cast<char>(message.size() & 255)};
  return out.append(message);
}

/// One side of it: whole messages in, whole messages out, in order.
struct Side {
  explicit Side(Tcp::socket s) : socket(std::move(s)) {}
  Tcp::socket socket;
  std::array<unsigned char, 2> length{};
  std::string message;
  std::deque<std::string> out;
};

class Connection : public QueryStream, public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, Tcp::socket client, QueryStreamTerms terms) : io_(io), client_(std::move(client)), server_(Tcp::socket(io)), terms_(std::move(terms)) {}

  void begin() { read(client_); }

  void close() override {
    boost::system::error_code ignored;
    for (Side* side : {&client_, &server_}) side->socket.close(ignored);
    if (over_) return;
    over_ = true;
    terms_.over();
  }

 private:
  void read(Side& side) {
    asio::async_read(side.socket, asio::buffer(side.length), [self = shared_from_this(), &side](auto error, std::size_t) {
      if (error || self->over_) return self->ended(side);
      side.message.resize(static_cast<std::size_t>(side.length[0]) << 8 | side.length[1]);
      asio::async_read(side.socket, asio::buffer(side.message), [self, &side](auto failed, std::size_t) {
        if (failed || self->over_) return self->ended(side);
        if (&side == &self->client_) self->serve(side.message);
        else self->pass_back(side.message);
        if (!self->over_) self->read(side);
      });
    });
  }

  // A client that asks no more may still wait for answers.
  void ended(Side& side) {
    if (over_) return;
    // One that answered and went away has still been asked: its late answers go on.
    if (&side == &server_ && owes_client()) {
      server_ended_ = true;
      return;
    }
    if (&side != &client_ || !connected_ || awaited_.empty()) return close();
    client_ended_ = true;
  }

  bool owes_client() const { return late_ > 0 || !client_.out.empty(); }

  void serve(const std::string& message) {
    NameVerdict verdict = terms_.judge(message);
    switch (verdict.kind) {
      case NameVerdict::Kind::hang:
        return;
      case NameVerdict::Kind::answer:
        return later(verdict.late, [this, answer = std::move(verdict.answer)] { write(client_, answer); });
      case NameVerdict::Kind::pass:
        break;
    }
    if (awaited_.size() >= kMostWaiting) return close();
    if (message.size() >= 2) awaited_[message.substr(0, 2)] = verdict;
    if (!connected_ && !connecting_) connect();
    server_.out.push_back(framed(message));
    if (connected_ && server_.out.size() == 1) send(server_);
  }

  void pass_back(const std::string& message) {
    NameVerdict verdict;
    if (const auto found = awaited_.find(message.substr(0, 2)); found != awaited_.end()) {
      verdict = found->second;
      awaited_.erase(found);
    }
    if (!verdict.remember.empty()) terms_.keep(verdict.remember, message);
    later(verdict.late, [this, message] {
      write(client_, message);
      if (client_ended_ && awaited_.empty() && client_.out.empty()) close();
    });
  }

  void later(std::chrono::milliseconds late, std::function<void()> then) {
    if (late.count() == 0) return then();
    const auto timer = std::make_shared<asio::steady_timer>(io_, late);
    ++late_;
    timer->async_wait([self = shared_from_this(), timer, then = std::move(then)](auto) {
      --self->late_;
      if (!self->over_) then();
    });
  }

  void connect() {
    connecting_ = true;
    boost::system::error_code error;
    const Tcp::endpoint to(asio::ip::make_address(terms_.server.address()), static_cast<unsigned short>(terms_.server.port()));
    server_.socket.open(to.protocol(), error);
    ::setsockopt(server_.socket.native_handle(), SOL_SOCKET, SO_MARK, &terms_.mark, sizeof terms_.mark);
    server_.socket.async_connect(to, [self = shared_from_this()](auto failed) {
      if (self->over_) return;
      if (failed) return self->close();
      self->connected_ = true;
      self->read(self->server_);
      if (!self->server_.out.empty()) self->send(self->server_);
    });
  }

  void write(Side& side, const std::string& message) {
    if (side.out.size() >= kMostWaiting) return close();
    side.out.push_back(framed(message));
    if (side.out.size() == 1) send(side);
  }

  void send(Side& side) {
    asio::async_write(side.socket, asio::buffer(side.out.front()), [self = shared_from_this(), &side](auto error, std::size_t) {
      if (self->over_) return;
      if (error) return self->close();
      side.out.pop_front();
      if (!side.out.empty()) return self->send(side);
      if (&side == &self->client_ && ((self->client_ended_ && self->awaited_.empty()) || (self->server_ended_ && !self->owes_client()))) self->close();
    });
  }

  asio::io_context& io_;
  Side client_, server_;
  QueryStreamTerms terms_;
  std::map<std::string, NameVerdict> awaited_;  // by the id of the question
  std::size_t late_ = 0;                        // answers that wait for their time
  bool connecting_ = false, connected_ = false, client_ended_ = false, server_ended_ = false, over_ = false;
};

}  // namespace

std::shared_ptr<QueryStream> begin_query_stream(asio::io_context& io, Tcp::socket client, QueryStreamTerms terms) {
  auto made = std::make_shared<Connection>(io, std::move(client), std::move(terms));
  made->begin();
  return made;
}

}  // namespace muster
