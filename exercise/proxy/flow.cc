#include "exercise/proxy/flow.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace muster::proxy {
namespace {

// What one flow may move before others have their turn: small enough that a thread answers within milliseconds.
constexpr std::size_t share = 1 << 20;
// Below it a copy costs less than a pipe.
constexpr std::size_t worth_a_pipe = 32 << 10;
// A toxic may always hold so much, whatever others hold.
constexpr std::size_t always_held = 64 << 10;
constexpr std::size_t out_room = 256 << 10;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

Flow::Flow(Way way, Side& from, Side& to, Traffic& traffic, Carrying& carrying, const Luck& luck)
    : way_(way), from_(from), to_(to), traffic_(traffic), carrying_(carrying), luck_(luck) {}

Flow::~Flow() {
  carrying_.held->fetch_sub(static_cast<std::int64_t>(counted_), std::memory_order_relaxed);
  if (piped_ == 0 && pipe_.there()) carrying_.pipes.give_back(std::move(pipe_));
}

void Flow::fail(int error) { broken_ = error == ECONNRESET ? State::reset : State::close; }

// The peer of a connection that broke is told the same way: by a reset where there was one.
Flow::State Flow::turn(Nanoseconds now) {
  if (told_) return State::over;
  moved_ = 0;
  const State state = plain() ? carry() : carry_staged(now);
  count_held();
  return broken_ != State::waiting ? broken_ : state;
}

// Bytes in the pipe are the oldest, those in out_ next; so the pipe is empty whenever something else is written.
bool Flow::drain_pipe() {
  while (piped_ > 0 && to_.writable) {
    const ssize_t n = ::splice(pipe_.out.get(), nullptr, to_.socket.get(), nullptr, piped_, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n > 0) {
      piped_ -= static_cast<std::size_t>(n);
      traffic_.sent[static_cast<std::size_t>(way_)].fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
    } else if (n < 0 && would_block(errno)) {
      to_.writable = false;
    } else if (n < 0 && errno != EINTR) {
      fail(errno);
      return false;
    }
  }
  return piped_ == 0;
}

// Only into an empty pipe: then "would block" means that the socket has nothing.
bool Flow::fill_pipe() {
  if (!pipe_.there()) pipe_ = carrying_.pipes.take();
  if (!pipe_.there()) {
    bulk_ = false;
    return copy_once();
  }
  const ssize_t n = ::splice(from_.socket.get(), nullptr, pipe_.in.get(), nullptr, pipe_.size, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (n > 0) {
    piped_ = static_cast<std::size_t>(n);
    moved_ += piped_;
    traffic_.received[static_cast<std::size_t>(way_)].fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
  } else if (n == 0) {
    read_all_ = true;
  } else if (would_block(errno)) {
    from_.readable = false;
    bulk_ = moved_ >= worth_a_pipe;
  } else if (errno != EINTR) {
    fail(errno);
    return false;
  }
  return true;
}

bool Flow::copy_once() {
  std::vector<char>& buffer = carrying_.buffer;
  const ssize_t n = ::recv(from_.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n == 0) read_all_ = true;
  if (n < 0 && would_block(errno)) from_.readable = false;
  if (n < 0 && !would_block(errno) && errno != EINTR) {
    fail(errno);
    return false;
  }
  if (n <= 0) return true;
  const auto size = static_cast<std::size_t>(n);
  moved_ += size;
  traffic_.received[static_cast<std::size_t>(way_)].fetch_add(size, std::memory_order_relaxed);
  bulk_ = size == buffer.size();
  if (!bulk_ && !from_.hung_up) from_.readable = false;  // epoll tells of whatever comes after a short read
  ssize_t sent = to_.writable ? ::send(to_.socket.get(), buffer.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
  if (sent < 0 && !would_block(errno) && errno != EINTR) {
    fail(errno);
    return false;
  }
  sent = std::max<ssize_t>(sent, 0);
  traffic_.sent[static_cast<std::size_t>(way_)].fetch_add(static_cast<std::uint64_t>(sent), std::memory_order_relaxed);
  if (static_cast<std::size_t>(sent) == size) return true;
  auto rest = std::make_shared<const std::vector<char>>(buffer.begin() + sent, buffer.begin() + n);
  out_.put({rest, 0, rest->size(), 0});
  return true;
}

Flow::State Flow::carry() {
  while (true) {
    if (piped_ > 0 && !drain_pipe()) return State::waiting;
    if (!out_.empty()) return carry_staged(0);
    if (read_all_) return finish();
    if (moved_ >= share) return State::more;
    if (!from_.readable) break;
    if (!to_.writable) break;  // the socket holds the backlog, and its sender is slowed down
    if (!(bulk_ ? fill_pipe() : copy_once())) return State::waiting;
  }
  if (pipe_.there()) carrying_.pipes.give_back(std::move(pipe_));
  return State::waiting;
}

// Piece by piece, so that what the slicer cut leaves by itself.
bool Flow::write_out() {
  bool any = false;
  while (!out_.empty() && to_.writable) {
    Piece& piece = out_.pieces.front();
    const ssize_t n = ::send(to_.socket.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && would_block(errno)) to_.writable = false;
    if (n < 0 && !would_block(errno) && errno != EINTR) {
      fail(errno);
      return false;
    }
    if (n <= 0) continue;
    out_.cut(static_cast<std::size_t>(n));
    traffic_.sent[static_cast<std::size_t>(way_)].fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
    any = true;
  }
  return any;
}

bool Flow::room() const {
  if (stages_.empty()) return false;  // what is left in out_ goes first
  return stages_.front()->has_room() &&
         (counted_ < always_held || carrying_.held->load(std::memory_order_relaxed) < carrying_.most_held);
}

bool Flow::read_staged(Nanoseconds now) {
  if (read_all_ || !from_.readable || !room()) return false;
  std::vector<char>& buffer = carrying_.buffer;
  const ssize_t n = ::recv(from_.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0 && would_block(errno)) from_.readable = false;
  if (n < 0 && !would_block(errno) && errno != EINTR) fail(errno);
  if (n == 0) {
    read_all_ = true;
    stages_.front()->end(Ending::half, now);
    return true;
  }
  if (n < 0) return false;
  const auto size = static_cast<std::size_t>(n);
  if (size < buffer.size() && !from_.hung_up) from_.readable = false;
  moved_ += size;
  traffic_.received[static_cast<std::size_t>(way_)].fetch_add(size, std::memory_order_relaxed);
  std::shared_ptr<const std::vector<char>> block;
  if (size * 2 > buffer.size()) {  // the buffer itself, rather than a copy of most of it
    block = std::make_shared<const std::vector<char>>(std::move(buffer));
    buffer = std::vector<char>(64 << 10);
  } else {
    block = std::make_shared<const std::vector<char>>(buffer.begin(), buffer.begin() + n);
  }
  stages_.front()->take({std::move(block), 0, size, now}, now);
  count_held();
  return true;
}

// From the last toxic to the first, so that each finds the room that the next one made.
bool Flow::move_staged(Nanoseconds now) {
  bool any = false;
  for (std::size_t i = stages_.size(); i-- > 0;) {
    const bool last = i + 1 == stages_.size();
    while (last ? out_.weight() < out_room && out_.ending == Ending::none : stages_[i + 1]->has_room()) {
      Queue given;
      if (!stages_[i]->give(given, now)) break;
      any = true;
      for (; !given.empty(); last ? out_.put(given.cut(given.bytes)) : stages_[i + 1]->take(given.cut(given.bytes), now)) {
      }
      if (given.ending == Ending::none) continue;
      if (last) out_.ending = given.ending;
      if (!last) stages_[i + 1]->end(given.ending, now);
      break;
    }
  }
  return any;
}

Flow::State Flow::carry_staged(Nanoseconds now) {
  while (broken_ == State::waiting) {
    if (piped_ > 0 && !drain_pipe() && broken_ != State::waiting) break;
    bool any = false;
    if (piped_ == 0) any |= write_out();
    any |= move_staged(now);
    if (out_.ending == Ending::reset) return State::reset;
    any |= read_staged(now);
    if (out_.empty() && piped_ == 0 && out_.ending != Ending::none) return finish();
    if (stages_.empty() && out_.empty() && piped_ == 0) {
      if (read_all_) return finish();
      return from_.readable ? State::more : State::waiting;
    }
    if (!any) return State::waiting;
    if (moved_ >= share) return State::more;
  }
  return State::waiting;
}

Flow::State Flow::finish() {
  if (out_.ending == Ending::close) return State::close;
  told_ = true;
  ::shutdown(to_.socket.get(), SHUT_WR);
  if (pipe_.there()) carrying_.pipes.give_back(std::move(pipe_));
  return State::over;
}

Nanoseconds Flow::due() const {
  Nanoseconds due = never;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const bool last = i + 1 == stages_.size();
    if (last ? out_.weight() < out_room && out_.ending == Ending::none : stages_[i + 1]->has_room()) due = std::min(due, stages_[i]->due());
  }
  return told_ ? never : due;
}

void Flow::count_held() {
  std::size_t held = out_.weight();
  for (const auto& stage : stages_) held += stage->held();
  carrying_.held->fetch_add(static_cast<std::int64_t>(held) - static_cast<std::int64_t>(counted_), std::memory_order_relaxed);
  counted_ = held;
}

void Flow::apply(const std::vector<Toxic>& chain, Nanoseconds now) {
  const auto wanted = [&](std::uint64_t id) {
    const auto found = std::find_if(chain.begin(), chain.end(), [&](const Toxic& toxic) { return toxic.id == id; });
    return found == chain.end() || !luck_.applies(*found) ? nullptr : &*found;
  };
  for (std::size_t i = stages_.size(); i-- > 0;) {
    if (const Toxic* toxic = wanted(stages_[i]->id())) {
      if (toxic->version != stages_[i]->version()) stages_[i]->change(*toxic, now);
      continue;
    }
    Queue left;
    stages_[i]->release(left, now);
    const bool last = i + 1 == stages_.size();
    for (; !left.empty(); last ? out_.put(left.cut(left.pieces.front().size())) : stages_[i + 1]->take(left.cut(left.pieces.front().size()), now)) {
    }
    if (left.ending != Ending::none) {
      if (last) out_.ending = std::max(out_.ending, left.ending);
      if (!last) stages_[i + 1]->end(left.ending, now);
    }
    stages_.erase(stages_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  std::vector<std::unique_ptr<Stage>> next;
  for (const Toxic& toxic : chain) {
    if (!luck_.applies(toxic)) continue;
    const auto old = std::find_if(stages_.begin(), stages_.end(), [&](const auto& stage) { return stage && stage->id() == toxic.id; });
    next.push_back(old != stages_.end() ? std::move(*old) : std::make_unique<Stage>(toxic, luck_, now));
    if (old == stages_.end() && read_all_ && next.size() == 1 && out_.ending == Ending::none) next.back()->end(Ending::half, now);
  }
  stages_ = std::move(next);
  count_held();
}

}  // namespace muster::proxy
