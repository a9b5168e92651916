#include "exercise/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "exercise/refused.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using nlohmann::json;
constexpr std::size_t kLine = 65536;
constexpr int kCallers = 16;
constexpr const char* kName = "control.sock";

/// A socket's path holds 107 characters and a folder's may be longer: by way of a descriptor it is always
/// short.
class ShortPath {
 public:
  explicit ShortPath(const std::string& folder)
      : file_(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  ~ShortPath() {
    if (file_ >= 0) close(file_);
  }
  ShortPath(const ShortPath&) = delete;
  ShortPath& operator=(const ShortPath&) = delete;
  bool there() const { return file_ >= 0; }
  int file() const { return file_; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_) + "/" + kName; }

 private:
  int file_;
};

Order order_of(const std::string& line) {
  const json value = json::parse(line);
  Order order;
  const std::string kind = value.at("order").get<std::string>();
  if (kind == "abort")
    order.kind = Order::Kind::abort;
  else if (kind == "ack")
    order.kind = Order::Kind::acknowledge;
  else if (kind != "hello")
    throw std::invalid_argument("no such order");
  order.step = value.value("step", "");
  order.by = value.value("by", "");
  order.why = value.value("why", "");
  order.note = value.value("note", "");
  order.yes = value.value("yes", true);
  return order;
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

struct ControlSocket::State : std::enable_shared_from_this<State> {
  State(asio::io_context& loop, const std::string& where, std::function<std::string(const Order&)> on_order)
      : io(loop), folder(where), acceptor(loop), take(std::move(on_order)) {}

  struct Caller {
    explicit Caller(asio::io_context& loop) : socket(loop), silence(loop), buffer(kLine) {}
    Protocol::socket socket;
    asio::steady_timer silence;
    asio::streambuf buffer;
    std::string reply;
    std::weak_ptr<State> door;
    ~Caller() {
      if (const auto state = door.lock()) --state->callers;
    }
  };

  void listen() {
    if (!folder.there()) throw std::runtime_error(std::strerror(errno));
    unlinkat(folder.file(), kName, 0);
    acceptor.open();
    acceptor.bind(Protocol::endpoint(folder.path()));
    // nobody else could come in between: the folder is for its owner alone
    if (fchmodat(folder.file(), kName, 0600, 0) != 0) throw std::runtime_error(std::strerror(errno));
    acceptor.listen(kCallers);
    accept();
  }

  void accept() {
    auto caller = std::make_shared<Caller>(io);
    acceptor.async_accept(caller->socket, [self = shared_from_this(), caller](auto error) {
      if (!self->acceptor.is_open()) return;
      if (!error && self->callers < kCallers && self->may(caller->socket)) {
        ++self->callers;
        caller->door = self;
        self->listen_to(caller);
      }
      if (error && error != asio::error::operation_aborted) return self->accept_later();
      self->accept();
    });
  }

  void accept_later() {  // out of descriptors, say: not in a tight loop
    auto timer = std::make_shared<asio::steady_timer>(io, std::chrono::milliseconds(200));
    timer->async_wait([self = shared_from_this(), timer](auto) {
      if (self->acceptor.is_open()) self->accept();
    });
  }

  static bool may(Protocol::socket& socket) {
    ucred who{};
    socklen_t size = sizeof who;
    return getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == geteuid() || who.uid == 0);
  }

  void listen_to(const std::shared_ptr<Caller>& caller) {
    caller->silence.expires_after(std::chrono::seconds(10));
    caller->silence.async_wait([weak = std::weak_ptr<Caller>(caller)](auto error) {
      boost::system::error_code ignored;
      if (const auto silent = weak.lock(); silent && !error) silent->socket.close(ignored);
    });
    asio::async_read_until(caller->socket, caller->buffer, '\n',
                           [self = shared_from_this(), caller](auto error, std::size_t size) {
                             caller->silence.cancel();
                             if (error || !self->acceptor.is_open()) return;
                             const std::string line(asio::buffers_begin(caller->buffer.data()),
                                                    asio::buffers_begin(caller->buffer.data()) +
                                                        static_cast<std::ptrdiff_t>(size));
                             caller->buffer.consume(size);
                             caller->reply = self->answer(line);
                             asio::async_write(caller->socket, asio::buffer(caller->reply),
                                               [self, caller](auto failed, std::size_t) {
                                                 if (!failed) self->listen_to(caller);
                                               });
                           });
  }

  std::string answer(const std::string& line) const {
    std::string why;
    try {
      const Order order = order_of(line);
      if (order.kind != Order::Kind::hello) why = take(order);
    } catch (const std::exception&) {
      why = "not an order";
    }
    return text_of(why.empty() ? json{{"ok", true}} : json{{"ok", false}, {"why", why}});
  }

  asio::io_context& io;
  ShortPath folder;
  Protocol::acceptor acceptor;
  std::function<std::string(const Order&)> take;
  int callers = 0;
};

ControlSocket::ControlSocket(asio::io_context& io, const std::string& folder,
                             std::function<std::string(const Order&)> take)
    : state_(std::make_shared<State>(io, folder, std::move(take))) {
  state_->listen();
}

ControlSocket::~ControlSocket() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  unlinkat(state_->folder.file(), kName, 0);
}

namespace {

/// A connected socket, or -1 and errno.
int connect_to(const std::string& folder) {
  const ShortPath there(folder);
  if (!there.there()) return -1;
  const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, there.path().c_str(), sizeof address.sun_path - 1);
  const timeval patience{5, 0};
  setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return file;
  const int error = errno;
  close(file);
  errno = error;
  return -1;
}

std::string exchange_line(int file, const std::string& text) {
  std::string reply;
  char c = 0;
  if (send(file, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) return "";
  while (reply.size() < kLine && recv(file, &c, 1, 0) == 1 && c != '\n') reply += c;
  return c == '\n' ? reply : "";
}

}  // namespace

std::string give_order(const std::string& folder, const Order& order) {
  const int file = connect_to(folder);
  if (file < 0) throw Refused({folder + ": no running exercise takes orders here: " + std::strerror(errno)});
  const char* kind = order.kind == Order::Kind::abort         ? "abort"
                     : order.kind == Order::Kind::acknowledge ? "ack"
                                                              : "hello";
  const json value = {{"order", kind},    {"step", order.step}, {"by", order.by},
                      {"why", order.why}, {"note", order.note}, {"yes", order.yes}};
  const std::string reply = exchange_line(file, text_of(value));
  close(file);
  const json answer = json::parse(reply, nullptr, false);
  if (!answer.is_object()) throw Refused({folder + ": the running exercise did not answer within 5 s"});
  return answer.value("ok", false) ? "" : answer.value("why", "no reason given");
}

bool listens(const std::string& folder) {
  const int file = connect_to(folder);
  if (file >= 0) close(file);
  return file >= 0;
}

}  // namespace muster
