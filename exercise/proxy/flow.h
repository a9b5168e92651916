#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "exercise/proxy/pipe_pool.h"
#include "exercise/proxy/plane.h"
#include "exercise/proxy/stage.h"

/// One direction of one connection: what is read on one socket is written to the other.
namespace muster::proxy {

/// One side of a connection. What epoll, edge-triggered, said of it, and nothing has taken back.
struct Side {
  Descriptor socket;
  bool readable = false, writable = false;
  bool hung_up = false;  ///< the peer ended its stream: the next short read is not the last
};

/// What the flows of one thread share.
struct Carrying {
  PipePool pipes;
  std::vector<char> buffer = std::vector<char>(64 << 10);
  std::atomic<std::int64_t>* held = nullptr;  ///< bytes that toxics hold, of all threads
  std::int64_t most_held = 0;
};

/// Not thread-safe. Where no toxic applies, nothing is copied: few bytes go through the thread's buffer, more through a pipe inside the
/// kernel. Where one does, bytes wait in memory, and reading stops when there is enough of them.
class Flow {
 public:
  enum class State {
    waiting,  ///< for a socket, or for due()
    more,     ///< had its share of the thread, and goes on when the others had theirs
    over,     ///< everything is delivered, and the end of it
    close,    ///< the connection ends
    reset     ///< with a reset
  };
  Flow(Way way, Side& from, Side& to, Traffic& traffic, Carrying& carrying, const Luck& luck);
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  /// Moves what can be moved.
  State turn(Nanoseconds now);
  bool over() const { return told_; }
  /// When turn() has to be called though nothing happened to a socket.
  Nanoseconds due() const;
  /// These toxics from now on. What toxics hold that are not among them goes on at once.
  void apply(const std::vector<Toxic>& chain, Nanoseconds now);

 private:
  bool plain() const { return stages_.empty() && out_.empty() && out_.ending == Ending::none; }
  State carry();
  State carry_staged(Nanoseconds now);
  State finish();
  bool drain_pipe();
  bool fill_pipe();
  bool copy_once();
  bool write_out();
  bool read_staged(Nanoseconds now);
  bool move_staged(Nanoseconds now);
  bool room() const;
  void count_held();
  void fail(int error);

  Way way_;
  Side& from_;
  Side& to_;
  Traffic& traffic_;
  Carrying& carrying_;
  Luck luck_;
  std::vector<std::unique_ptr<Stage>> stages_;
  Queue out_;                ///< what no toxic holds any more, and what its socket did not take yet
  Pipe pipe_;
  std::size_t piped_ = 0;    ///< bytes in it; they go before out_
  std::size_t moved_ = 0;    ///< in this turn
  std::size_t counted_ = 0;  ///< of what is held, in carrying_.held
  bool bulk_ = false, read_all_ = false, told_ = false;
  State broken_ = State::waiting;
};

}  // namespace muster::proxy
