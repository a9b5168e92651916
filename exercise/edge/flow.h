#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

/// Bytes from one connection to another, as they come or so much later.
namespace muster {

/// One direction. When the source ends, so does the sink's reading side; when either fails, `ended` hears of it. Not thread-safe; keeps
/// itself alive while it is at work.
class Flow : public std::enable_shared_from_this<Flow> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Clock = std::chrono::steady_clock;
  /// The sockets live as long as `owner`. `ended(false)`: all came through; `ended(true)`: the way is broken.
  Flow(Socket& from, Socket& to, Clock::duration delay, std::shared_ptr<void> owner, std::function<void(bool broken)> ended);
  void begin(std::string already_read);
  bool idle_for(Clock::duration time) const;   ///< nothing is under way, and nothing came for so long

 private:
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  void read();
  void take(std::string bytes);
  void send();
  void end(bool broken);

  Socket &from_, &to_;
  Clock::duration delay_;
  std::shared_ptr<void> owner_;
  std::function<void(bool)> ended_;
  boost::asio::steady_timer timer_;
  std::deque<Piece> queue_;
  std::size_t queued_ = 0;
  std::string buffer_;
  Clock::time_point last_ = Clock::now();
  bool reading_ = false, sending_ = false, source_ended_ = false, over_ = false;
};

}  // namespace muster
