#include "exercise/accepting.h"

#include <boost/asio/steady_timer.hpp>

namespace muster {
namespace {

namespace asio = boost::asio;

constexpr auto kShortage = std::chrono::milliseconds(20);

}  // namespace

struct Accepting::State : std::enable_shared_from_this<State> {
  State(asio::io_context& loop, std::function<void(Socket)> what) : acceptor(loop), pause(loop), use(std::move(what)) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](auto error, Socket socket) {
      if (!self->acceptor.is_open()) return;
      if (!error) self->use(std::move(socket));
      else if (error == asio::error::operation_aborted) return;
      else return self->wait();  // no descriptors left, or the client has gone
      self->accept();
    });
  }
  void wait() {
    pause.expires_after(kShortage);
    pause.async_wait([self = shared_from_this()](auto error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }

  asio::ip::tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::function<void(Socket)> use;
};

Accepting::Accepting(asio::io_context& io, Descriptor listener, bool six, std::function<void(Socket)> use) : state_(std::make_shared<State>(io, std::move(use))) {
  state_->acceptor.assign(six ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), listener.release());
  state_->accept();
}

Accepting::~Accepting() { close(); }

void Accepting::close() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
}

}  // namespace muster
