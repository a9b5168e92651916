#include "exercise/agent/secure_channel.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "exercise/agent/tls.h"
#include "exercise/clock.h"
#include "exercise/faults/networks.h"
#include "exercise/refused.h"

namespace muster {
namespace {

constexpr std::size_t kOutbox = 16 << 20, kTurn = 256 << 10, kPassedOver = 64 << 20;

std::string text_of(int error) { return std::generic_category().message(error); }

/// OpenSSL writes with write(2): a peer that is gone must not end us.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    const timespec now{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
};

// A socket that is closed while something in it was not read resets the connection, and what was said last is lost on the way. Only
// who has proved itself is waited for, and not for long.
void let_last_word_arrive(int socket) {
  constexpr int most = 100;  // ms
  ::shutdown(socket, SHUT_WR);
  char passed_over[16384];
  for (const std::int64_t end = system_clock().now().boot + most * 1'000'000;;) {
    const int left = static_cast<int>((end - system_clock().now().boot) / 1'000'000);
    pollfd wait{socket, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, left) <= 0 || ::recv(socket, passed_over, sizeof passed_over, MSG_DONTWAIT) <= 0) return;
  }
}

}  // namespace

SecureChannel::SecureChannel(OwnedContext context, Descriptor socket, std::size_t longest_line)
    : socket_(std::move(socket)), longest_(longest_line), state_(State::handshaking) {
  prepare(std::move(context));
  SSL_set_accept_state(session_.get());
}

SecureChannel::SecureChannel(OwnedContext context, Descriptor socket, std::size_t longest_line, const std::string& host)
    : socket_(std::move(socket)), longest_(longest_line), state_(State::connecting) {
  prepare(std::move(context));
  SSL_set_connect_state(session_.get());
  X509_VERIFY_PARAM* wanted = SSL_get0_param(session_.get());
  if (family_of(host) != 0) {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
    SSL_set_tlsext_host_name(session_.get(), host.c_str());
  }
}

SecureChannel::~SecureChannel() { close("it was let go"); }

// OpenSSL forgets a certificate that it did not accept, and whoever reads the log wants to know whose it was.
int SecureChannel::look_at_certificate(int accepted, X509_STORE_CTX* store) {
  const SSL* session = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* channel = session ? static_cast<SecureChannel*>(SSL_get_app_data(session)) : nullptr;
  if (const X509* certificate = X509_STORE_CTX_get0_cert(store); channel && certificate && !accepted)
    channel->presented_ = " (" + name_of(certificate) + ", " + fingerprint_of(certificate) + ")";
  return accepted;
}

void SecureChannel::prepare(OwnedContext context) {
  session_.reset(SSL_new(context.get()));
  if (!session_ || SSL_set_fd(session_.get(), socket_.get()) != 1) throw Refused({"TLS cannot be had: " + openssl_trouble()});
  SSL_set_app_data(session_.get(), this);
  SSL_set_verify(session_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, look_at_certificate);
  const int now = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
}

void SecureChannel::say_last(const std::string& line, const std::string& why) {
  say(line);
  end(why, true);
}

void SecureChannel::close(const std::string& why) { end(why, false); }

void SecureChannel::end(const std::string& why, bool wait_for_it) {
  if (state_ == State::closed) return;
  if (state_ == State::open) {
    write();
    if (state_ == State::closed) return;
    const NoPipeSignal quietly;
    SSL_shutdown(session_.get());
    if (wait_for_it) let_last_word_arrive(socket_.get());
  }
  state_ = State::closed;
  why_ = why;
  wants_write_ = more_ = false;
  socket_.close();
}

// False when the session is over.
bool SecureChannel::again(int result, const char* doing) {
  const int error = errno;
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wants_write_ = false;
      return true;
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return true;
    case SSL_ERROR_ZERO_RETURN:
      close("the other side hung up");
      return false;
    default:
      break;
  }
  std::string why;
  const long verdict = SSL_get_verify_result(session_.get());
  if (state_ == State::handshaking && verdict != X509_V_OK) {
    why = "its certificate" + presented_ + " is not accepted: " + X509_verify_cert_error_string(verdict);
    ERR_clear_error();
  } else if (why = openssl_trouble(); why.empty()) {
    why = error == 0 ? "the other side hung up" : text_of(error);
  } else if (why == "unexpected eof while reading") {
    why = "the other side hung up";
  }
  if (state_ == State::handshaking) why = std::string(doing) + ": " + why;
  if (state_ == State::open) state_ = State::handshaking;  // nothing more can be said
  close(why);
  return false;
}

void SecureChannel::connect() {
  pollfd look{socket_.get(), POLLOUT, 0};
  if (::poll(&look, 1, 0) == 0) return;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return close("no connection: " + text_of(error));
  state_ = State::handshaking;
}

void SecureChannel::shake_hands() {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(session_.get());
  if (result != 1) {
    again(result, "no TLS session");
    return;
  }
  const X509* certificate = SSL_get0_peer_certificate(session_.get());
  fingerprint_ = fingerprint_of(certificate);
  peer_ = name_of(certificate);
  state_ = State::open;
  wants_write_ = false;
}

void SecureChannel::write() {
  while (!outbox_.empty()) {
    ERR_clear_error();
    errno = 0;
    const NoPipeSignal quietly;
    const int written = SSL_write(session_.get(), outbox_.data(), static_cast<int>(std::min<std::size_t>(outbox_.size(), kTurn)));
    if (written <= 0) {
      again(written, "writing");
      return;
    }
    outbox_.erase(0, static_cast<std::size_t>(written));
  }
  wants_write_ = false;
}

// One that is too long is read to its end, so that the other side hears why it is not taken.
void SecureChannel::take(const char* from, const char* to) {
  if (passed_over_ == 0 && inbox_.size() + static_cast<std::size_t>(to - from) <= longest_) {
    inbox_.append(from, to);
    return;
  }
  passed_over_ += inbox_.size() + static_cast<std::size_t>(to - from);
  inbox_.clear();
  if (passed_over_ > kPassedOver) close("a line has no end");
}

void SecureChannel::end_line() {
  if (passed_over_ > 0) overlong_ = true;
  else if (!overlong_) lines_.push_back(std::exchange(inbox_, {}));
  passed_over_ = 0;
  inbox_.clear();
}

void SecureChannel::read() {
  char buffer[16384];
  std::size_t taken = 0;
  more_ = false;
  while (state_ == State::open) {
    ERR_clear_error();
    errno = 0;
    const int n = SSL_read(session_.get(), buffer, sizeof buffer);
    if (n <= 0) {
      again(n, "reading");
      return;
    }
    const char* at = buffer;
    const char* const end = buffer + n;
    while (at != end) {
      const char* line_end = std::find(at, end, '\n');
      take(at, line_end);
      if (state_ != State::open) return;
      if (line_end == end) break;
      end_line();
      at = line_end + 1;
    }
    if ((taken += static_cast<std::size_t>(n)) >= kTurn) {
      more_ = true;
      return;
    }
  }
}

void SecureChannel::turn() {
  if (state_ == State::connecting) connect();
  if (state_ == State::handshaking) {
    const NoPipeSignal quietly;
    shake_hands();
  }
  if (state_ == State::open) write();
  if (state_ == State::open) read();
}

std::vector<std::string> SecureChannel::take_lines() { return std::exchange(lines_, {}); }

void SecureChannel::say(const std::string& line) {
  if (state_ == State::closed) return;
  if (outbox_.size() + line.size() > kOutbox) return close("the other side does not read what is said to it");
  outbox_ += line + "\n";
  if (state_ == State::open) write();
}

Descriptor call_agent(const std::string& address) {
  const auto [host, port] = host_and_port(address);
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (const int trouble = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); trouble != 0)
    throw Refused({address + ": no address is known: " + ::gai_strerror(trouble)});
  Descriptor out;
  int error = 0;
  for (const addrinfo* one = found; one && out.get() < 0; one = one->ai_next) {
    Descriptor socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0 || (::connect(socket.get(), one->ai_addr, one->ai_addrlen) != 0 && errno != EINPROGRESS)) error = errno;
    else out = std::move(socket);
  }
  ::freeaddrinfo(found);
  if (out.get() < 0) throw Refused({address + ": no connection: " + text_of(error)});
  return out;
}

}  // namespace muster
