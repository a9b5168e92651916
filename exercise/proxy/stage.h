#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

#include "exercise/proxy/toxic.h"
#include "models/draw.h"

/// One toxic at work on one direction of one connection: bytes go in, and come out when they are due.
///
/// Pure: no sockets, no clock of its own; times are nanoseconds that the caller tells. Order is kept. Nothing here ever waits, so
/// a toxic can be changed or taken away at any moment, whatever the connection is doing. Not thread-safe.
namespace muster::proxy {

using Nanoseconds = std::int64_t;
inline constexpr Nanoseconds never = std::numeric_limits<Nanoseconds>::max();

/// Bytes of a stream: a part of a block that several pieces may share.
struct Piece {
  std::shared_ptr<const std::vector<char>> block;
  std::size_t begin = 0, end = 0;
  Nanoseconds at = 0;  ///< when it came to where it is
  std::size_t size() const { return end - begin; }
  const char* data() const { return block->data() + begin; }
};

/// How a direction ends: the other side is told that no more comes; or both directions end once what passed is sent; or both at
/// once, by a reset.
enum class Ending { none, half, close, reset };

/// Pieces in their order, and how it ends; what comes after the end is lost.
struct Queue {
  std::deque<Piece> pieces;
  std::size_t bytes = 0;
  Ending ending = Ending::none;  ///< after the pieces
  void put(Piece piece) {
    if (ending != Ending::none || piece.size() == 0) return;
    bytes += piece.size();
    pieces.push_back(std::move(piece));
  }
  bool empty() const { return pieces.empty(); }
  /// Bytes of memory, about: a stream of single bytes weighs more than it says.
  std::size_t weight() const { return bytes + pieces.size() * 256; }
  /// The first so many bytes of the first piece.
  Piece cut(std::size_t size);
};

/// The random numbers of one connection: the same seed, proxy and connection give the same.
struct Luck {
  std::uint64_t seed = 1;
  std::uint32_t connection = 0;
  /// Whether a toxic applies to the connection; raising its toxicity never takes it off one.
  bool applies(const Toxic& toxic) const;
};

class Stage {
 public:
  Stage(const Toxic& toxic, const Luck& luck, Nanoseconds now);
  std::uint64_t id() const { return toxic_.id; }
  std::uint64_t version() const { return toxic_.version; }
  /// What is held already keeps its time where the toxic is latency.
  void change(const Toxic& toxic, Nanoseconds now);

  bool has_room() const { return held_.weight() < capacity_; }
  std::size_t held() const { return held_.weight(); }  ///< bytes of memory, about
  void take(Piece piece, Nanoseconds now);
  void end(Ending ending, Nanoseconds now);
  bool ended() const { return given_ != Ending::none; }  ///< gives nothing more; what it takes is lost

  /// When give() may have something: now or in the past, later, or never.
  Nanoseconds due() const;
  /// Moves the next piece that is due into `to`, or sets its ending; whether there was any.
  bool give(Queue& to, Nanoseconds now);
  /// The toxic is taken away: all that is held goes on at once. Where bytes are lost already, the connection ends instead.
  void release(Queue& to, Nanoseconds now);

 private:
  std::size_t next_size() const;
  void settle(Nanoseconds now);
  double uniform_draw();

  Toxic toxic_;
  Luck luck_;
  Stream stream_;
  std::uint32_t draws_ = 0;
  std::size_t capacity_ = 0;
  Queue held_;
  std::deque<Nanoseconds> times_;  ///< latency: of each piece
  Nanoseconds free_ = 0;           ///< bandwidth and slicer: when the next piece may go
  Nanoseconds began_ = 0;          ///< when it began to apply
  Nanoseconds deadline_ = never;   ///< timeout and reset: when the connection ends; slow_close: when the end goes on
  std::int64_t passed_ = 0;        ///< limit_data: bytes
  std::size_t slice_ = 0;
  bool lost_ = false;              ///< bytes were dropped
  bool saturated_ = false;         ///< bandwidth: more was there than there was room for
  Nanoseconds gave_ = 0;           ///< bandwidth: when it last gave
  Ending given_ = Ending::none;
};

}  // namespace muster::proxy
