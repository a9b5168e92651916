#pragma once
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

/// The door by which another process gives orders to a running exercise: FOLDER/control.sock, for its own
/// user alone.
///
/// One JSON object a line: {"order": "abort", "by", "why"}, {"order": "ack", "step", "by", "yes", "note"},
/// {"order": "hello"}; each is answered by {"ok": true} or {"ok": false, "why"}. At most 16 at a time, 64 KiB
/// a line, 10 s of silence.
namespace muster {

struct Order {
  enum class Kind { hello, abort, acknowledge } kind = Kind::hello;
  std::string step, by, why, note;
  bool yes = true;
};

class ControlSocket {
 public:
  /// `take` returns "" or why the order was not taken. Throws std::runtime_error where it cannot listen.
  ControlSocket(boost::asio::io_context& io, const std::string& folder,
                std::function<std::string(const Order&)> take);
  ~ControlSocket();  ///< removes the socket
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Gives one order to the exercise whose run folder that is; waits 5 s at most. "" or why it was not taken.
/// Throws Refused when nobody listens there.
std::string give_order(const std::string& folder, const Order& order);
/// Whether an exercise listens in that folder.
bool listens(const std::string& folder);

}  // namespace muster
