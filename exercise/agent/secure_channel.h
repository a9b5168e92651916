#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "exercise/agent/openssl_owned.h"
#include "exercise/apart.h"

/// Lines over mutual TLS, without waiting: whoever has the descriptor's readiness drives it.
namespace muster {

/// Not thread-safe. A resource.
class SecureChannel {
 public:
  enum class State { connecting, handshaking, open, closed };
  /// Of an agent: the peer of an accepted socket.
  SecureChannel(OwnedContext context, Descriptor socket, std::size_t longest_line);
  /// Of a runner: `host` is what the agent's certificate must be made out to, a name or an IP address. The socket may still connect.
  SecureChannel(OwnedContext context, Descriptor socket, std::size_t longest_line, const std::string& host);
  ~SecureChannel();
  SecureChannel(const SecureChannel&) = delete;
  SecureChannel& operator=(const SecureChannel&) = delete;

  void turn();                           ///< all that can be done now
  std::vector<std::string> take_lines();  ///< whole ones that have come, without their ends; also after it was closed
  void say(const std::string& line);     ///< nothing once it is closed; closes it when the peer does not read 16 MiB
  void close(const std::string& why);    ///< what was said goes out if it can without waiting
  /// Closes it, and gives this line 100 ms to arrive: a socket that is closed with something unread takes what was said last with it.
  void say_last(const std::string& line, const std::string& why);

  State state() const { return state_; }
  int descriptor() const { return socket_.get(); }  ///< -1 once it is closed
  bool wants_to_write() const { return state_ == State::connecting || wants_write_ || (state_ == State::open && !outbox_.empty()); }
  bool wants_another_turn() const { return more_; }  ///< there is more to read than one turn takes
  bool amid_a_line() const { return !inbox_.empty() || passed_over_ > 0; }
  bool overlong() const { return overlong_; }  ///< a line was too long, and was passed over; nothing is taken any more
  const std::string& why() const { return why_; }  ///< of closed, a sentence
  const std::string& fingerprint() const { return fingerprint_; }  ///< the peer's, once it is open
  const std::string& peer() const { return peer_; }                ///< the common name of its certificate

 private:
  static int look_at_certificate(int accepted, X509_STORE_CTX* store);
  void prepare(OwnedContext context);
  void connect();
  void shake_hands();
  void write();
  void read();
  void take(const char* from, const char* to);
  void end_line();
  bool again(int result, const char* doing);
  void end(const std::string& why, bool wait_for_it);
  OwnedSession session_;
  Descriptor socket_;
  std::size_t longest_;
  State state_;
  bool wants_write_ = false, more_ = false, overlong_ = false;
  std::size_t passed_over_ = 0;  ///< bytes of a line that is too long
  std::string inbox_, outbox_, why_, fingerprint_, peer_, presented_;
  std::vector<std::string> lines_;
};

/// A socket on its way to "host:port", not waiting; resolves names, which may take a while. Throws Refused.
Descriptor call_agent(const std::string& address);

}  // namespace muster
