#include "exercise/proxy/api_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstring>
#include <optional>
#include <set>

#include "exercise/accepting.h"
#include "exercise/proxy/peer_user.h"
#include "exercise/refused.h"

namespace muster::proxy {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t most_connections = 64, most_header = 16 << 10, most_body = 1 << 20;
constexpr std::chrono::seconds patience{15};

SocketAddress address_of(const tcp::endpoint& endpoint) {
  SocketAddress out;
  out.size = static_cast<socklen_t>(endpoint.size());
  std::memcpy(&out.storage, endpoint.data(), endpoint.size());
  return out;
}

std::string peer_of(const tcp::socket& socket) {
  error_code gone;
  const tcp::endpoint here = socket.local_endpoint(gone), peer = socket.remote_endpoint(gone);
  if (gone) return "a client that has gone";
  const auto user = user_of_peer(address_of(here), address_of(peer));
  return text_of(address_of(peer)) + (user ? " uid " + std::to_string(*user) : "");
}

/// One client's connection: request, answer, request, …
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Api& api, std::set<Session*>& all) : stream_(std::move(socket)), api_(api), all_(&all), by_(peer_of(stream_.socket())) { all.insert(this); }
  ~Session() {
    if (all_) all_->erase(this);
  }
  void end() {
    all_ = nullptr;
    error_code ignored;
    stream_.socket().close(ignored);
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(most_header);
    parser_->body_limit(most_body);
    stream_.expires_after(patience);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (self->all_) self->on_read(error);
    });
  }

 private:
  void on_read(error_code error) {
    const bool malformed = error && error.category() == http::make_error_code(http::error::bad_method).category();
    if (error == http::error::end_of_stream || (error && !malformed)) return close();
    if (malformed) {
      const int status = error == http::error::body_limit ? 413 : error == http::error::header_limit || error == http::error::buffer_overflow ? 431 : 400;
      return write({status, "application/json", nlohmann::json{{"error", "bad request: " + error.message()}, {"status", status}}.dump() + "\n"}, false);
    }
    const auto& message = parser_->get();
    const auto text = [](auto view) { return std::string(view.data(), view.size()); };
    write(api_.answer({text(message.method_string()), text(message.target()), message.body(), text(message[http::field::user_agent]),
                       text(message[http::field::authorization]), by_}),
          message.keep_alive());
  }

  void write(const Reply& reply, bool keep) {
    answer_ = {};
    answer_.version(11);
    answer_.result(static_cast<unsigned>(reply.status));
    answer_.keep_alive(keep);
    if (!reply.type.empty()) answer_.set(http::field::content_type, reply.type);
    if (reply.status == 401) answer_.set(http::field::www_authenticate, "Bearer");
    answer_.body() = reply.body;
    if (reply.status != 204) answer_.prepare_payload();
    stream_.expires_after(patience);
    http::async_write(stream_, answer_, [self = shared_from_this(), keep](error_code error, std::size_t) {
      if (!self->all_) return;
      if (error || !keep) return self->close();
      self->read();
    });
  }

  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.socket().close(ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{most_header + most_body};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> answer_;
  Api& api_;
  std::set<Session*>* all_;
  std::string by_;
};

}  // namespace

struct ApiServer::State {
  void take(tcp::socket socket, Api& api) {
    if (sessions.size() >= most_connections) return;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    std::make_shared<Session>(std::move(socket), api, sessions)->read();
  }

  std::optional<Accepting> accepting;
  std::string address;
  std::set<Session*> sessions;
};

ApiServer::ApiServer(asio::io_context& io, const SocketAddress& listen, Api& api) : state_(std::make_unique<State>()) {
  tcp::endpoint endpoint;
  endpoint.resize(listen.size);
  std::memcpy(endpoint.data(), &listen.storage, listen.size);
  tcp::acceptor acceptor(io);
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(128);
  } catch (const boost::system::system_error& why) {
    throw Refused({"the API cannot listen on " + text_of(listen) + ": " + why.code().message()});
  }
  state_->address = text_of(address_of(acceptor.local_endpoint()));
  state_->accepting.emplace(io, Descriptor(acceptor.release()), endpoint.protocol() == tcp::v6(), [state = state_.get(), &api](tcp::socket socket) { state->take(std::move(socket), api); });
}

ApiServer::~ApiServer() {
  state_->accepting->close();
  for (Session* session : std::set<Session*>(std::move(state_->sessions))) session->end();
}

std::string ApiServer::address() const { return state_->address; }

}  // namespace muster::proxy
