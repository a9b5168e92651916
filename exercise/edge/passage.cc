#include "exercise/edge/passage.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "exercise/edge/client_hello.h"
#include "exercise/edge/request_head.h"
#include "exercise/edge/flow.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using std::chrono::milliseconds;

constexpr milliseconds kSilence{1000};    // then its server speaks first
constexpr milliseconds kUnfinished{5000}; // for the first words to be whole
constexpr milliseconds kIdle{50};
constexpr milliseconds kLinger{2000};     // for what the client still sends, so that it reads our answer and no reset

class Connection : public Passage, public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, Tcp::socket client, PassageTerms terms)
      : client_(std::move(client)), server_(io), timer_(io), resolver_(io), terms_(std::move(terms)) {}

  void begin() {
    if (terms_.destination) opening_.address = terms_.destination->address();
    boost::system::error_code ignored;
    client_.set_option(Tcp::no_delay(true), ignored);
    client_.non_blocking(true, ignored);
    wait(kSilence, [this] { judge(); });
    read();
  }

  bool close() override {
    if (over_) return true;
    if (!streaming_) cut();
    else if (up_->idle_for(kIdle) && down_->idle_for(kIdle)) finish();
    return over_;
  }

  void cut() override {
    reset(server_);
    reset(client_);
    end();
  }

 private:
  // ---- its first words

  // Waits first: what is read is in hand, and what is not is still there for the stream.
  void read() {
    client_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](auto error) {
      if (self->over_ || self->judged_) return;
      const std::size_t size = error ? 0 : self->client_.read_some(asio::buffer(self->buffer_), error);
      if (error == asio::error::would_block) return self->read();
      if (error) return self->finish();
      if (self->words_.empty()) self->wait(kUnfinished, [self = self.get()] { self->judge(); });
      self->words_.append(self->buffer_.data(), size);
      if (self->understands()) return self->judge();
      self->read();
    });
  }

  // False: more must come.
  bool understands() {
    const bool tls = static_cast<unsigned char>(words_[0]) == 22;
    ClientHello hello;
    const Reading reading = tls ? read_client_hello(words_, hello) : read_request_head(words_, head_);
    if (reading != Reading::complete) return reading == Reading::unreadable;
    opening_.kind = tls ? Opening::Kind::tls : Opening::Kind::http;
    opening_.host = tls ? hello.server_name : head_.host;
    opening_.encrypted = hello.encrypted;
    return true;
  }

  void judge() {
    if (judged_ || over_) return;
    judged_ = true;
    stop_reading();
    const bool struck = terms_.rule->strikes(opening_, terms_.number);
    terms_.judged(struck);
    const auto& fault = terms_.rule->fault();
    if (!struck) return pass({});
    const auto delay = std::chrono::duration_cast<milliseconds>(std::chrono::duration<double>(fault.slow));
    if (fault.how == EndpointOutageFault::How::slow) return pass(delay);
    if (delay.count() == 0) return fail();
    wait(delay, [this] { fail(); });
  }

  void stop_reading() {
    timer_.cancel();
    boost::system::error_code ignored;
    client_.cancel(ignored);
  }

  bool is_http(RequestHead::Form form) const { return opening_.kind == Opening::Kind::http && head_.form == form; }

  // ---- failing

  void fail() {
    using How = EndpointOutageFault::How;
    const auto& fault = terms_.rule->fault();
    const bool asked_a_proxy = is_http(RequestHead::Form::authority) || is_http(RequestHead::Form::absolute);
    switch (fault.how) {
      case How::reset:
        return cut();
      case How::hang:
        return swallow();
      case How::http_503:
        if (is_http(RequestHead::Form::authority)) return answer(proxy_answer(503, head_.host));
        if (opening_.kind == Opening::Kind::http) return answer(outage_answer(fault.shape, head_.host, head_.field("x-amz-target")));
        return finish();
      default:
        return asked_a_proxy ? answer(proxy_answer(502, head_.host)) : finish();
    }
  }

  // Takes what comes and says nothing, until the client has had enough.
  void swallow() {
    client_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](auto error, std::size_t) {
      if (self->over_) return;
      if (error) return self->finish();
      self->swallow();
    });
  }

  void answer(std::string text) {
    words_ = std::move(text);
    asio::async_write(client_, asio::buffer(words_), [self = shared_from_this()](auto error, std::size_t) {
      if (self->over_) return;
      boost::system::error_code ignored;
      self->client_.shutdown(Tcp::socket::shutdown_send, ignored);
      if (error) return self->finish();
      self->wait(kLinger, [self = self.get()] { self->finish(); });
      self->swallow();
    });
  }

  // ---- passing

  void pass(Flow::Clock::duration delay) {
    delay_ = delay;
    if (terms_.destination) {
      // Of a proxy's client: its next request on the same connection may be for another host, and is to be judged too.
      if (is_http(RequestHead::Form::absolute)) words_ = for_another_proxy(head_) + words_.substr(head_.size);
      const Endpoint& there = *terms_.destination;
      return connect({Tcp::endpoint(asio::ip::make_address(there.address()), static_cast<unsigned short>(there.port()))});
    }
    if (is_http(RequestHead::Form::authority)) {
      words_.erase(0, head_.size);
      return look_up();
    }
    if (!is_http(RequestHead::Form::absolute)) return answer(proxy_answer(400, head_.host));
    words_ = for_the_server(head_) + words_.substr(head_.size);
    look_up();
  }

  void look_up() {
    resolver_.async_resolve(head_.host, std::to_string(head_.port == 0 ? 80 : head_.port), [self = shared_from_this()](auto error, const auto& found) {
      if (self->over_) return;
      if (error) return self->answer(proxy_answer(502, self->head_.host));
      std::vector<Tcp::endpoint> all;
      for (const auto& each : found) all.push_back(each.endpoint());
      self->connect(std::move(all));
    });
  }

  void connect(std::vector<Tcp::endpoint> to) {
    if (to.empty()) return terms_.destination ? cut() : answer(proxy_answer(502, head_.host));
    boost::system::error_code error;
    server_.close(error);
    server_.open(to.front().protocol(), error);
    if (!error && terms_.mark != 0) ::setsockopt(server_.native_handle(), SOL_SOCKET, SO_MARK, &terms_.mark, sizeof terms_.mark);
    server_.async_connect(to.front(), [self = shared_from_this(), rest = std::vector<Tcp::endpoint>(to.begin() + 1, to.end())](auto failed) {
      if (self->over_) return;
      if (failed) return self->connect(rest);
      self->stream();
    });
  }

  void stream() {
    boost::system::error_code ignored;
    server_.set_option(Tcp::no_delay(true), ignored);
    const auto ended = [this](bool broken) {
      if (broken) return cut();
      if (++finished_ == 2) finish();
    };
    up_ = std::make_shared<Flow>(client_, server_, Flow::Clock::duration(0), shared_from_this(), ended);
    down_ = std::make_shared<Flow>(server_, client_, delay_, shared_from_this(), ended);
    streaming_ = true;
    const bool tunnel = !terms_.destination && is_http(RequestHead::Form::authority);
    if (!tunnel) return begin_streams();
    asio::async_write(client_, asio::buffer(established), [self = shared_from_this()](auto error, std::size_t) {
      if (self->over_) return;
      if (error) return self->cut();
      self->begin_streams();
    });
  }

  void begin_streams() {
    up_->begin(std::move(words_));
    if (!over_) down_->begin("");
  }

  // ---- its end

  void wait(milliseconds time, std::function<void()> then) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this(), then = std::move(then)](auto error) {
      if (!error && !self->over_) then();
    });
  }

  static void reset(Tcp::socket& socket) {
    boost::system::error_code ignored;
    if (!socket.is_open()) return;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
  }

  void finish() {
    boost::system::error_code ignored;
    for (Tcp::socket* socket : {&client_, &server_})
      if (socket->is_open()) {
        socket->shutdown(Tcp::socket::shutdown_both, ignored);
        socket->close(ignored);
      }
    end();
  }

  void end() {
    if (over_) return;
    over_ = true;
    timer_.cancel();
    resolver_.cancel();
    terms_.over();
  }

  static constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";
  Tcp::socket client_, server_;
  asio::steady_timer timer_;
  Tcp::resolver resolver_;
  PassageTerms terms_;
  Opening opening_;
  RequestHead head_;
  std::string words_;
  std::array<char, 16384> buffer_;
  std::shared_ptr<Flow> up_, down_;
  Flow::Clock::duration delay_{};
  int finished_ = 0;
  bool judged_ = false, streaming_ = false, over_ = false;
};

}  // namespace

std::shared_ptr<Passage> begin_passage(asio::io_context& io, Tcp::socket client, PassageTerms terms) {
  auto made = std::make_shared<Connection>(io, std::move(client), std::move(terms));
  made->begin();
  return made;
}

}  // namespace muster
