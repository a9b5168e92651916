#include "exercise/proxy/stage.h"

#include <algorithm>
#include <cmath>

namespace muster::proxy {
namespace {

constexpr Nanoseconds millisecond = 1'000'000, microsecond = 1'000;
// A limiter that was held up, by a busy machine or a late timer, may make up for so much of it.
constexpr Nanoseconds catching_up = 100 * millisecond;
// A sender that had more than there was room for is taken to go on, unless nothing comes for so long.
constexpr Nanoseconds pause = 10 * millisecond;

template <class T>
const T* as(const ToxicSettings& settings) {
  return std::get_if<T>(&settings);
}

// Far enough for any exercise, and no sum of such can overflow.
Nanoseconds span_of(std::int64_t count, Nanoseconds unit) {
  return std::clamp<std::int64_t>(count, 0, 100LL * 365 * 86400 * 1000 * (millisecond / unit)) * unit;
}

std::size_t capacity_for(const ToxicSettings& settings) {
  if (as<LatencyToxic>(settings)) return 32 << 20;  // as much as is on its way while the first of it is waited for
  if (const auto* limit = as<BandwidthToxic>(settings)) return static_cast<std::size_t>(std::clamp<std::int64_t>(limit->rate, 16, 1024)) << 10;
  return 64 << 10;
}

}  // namespace

Piece Queue::cut(std::size_t size) {
  Piece& front = pieces.front();
  Piece out = front;
  if (size >= front.size()) {
    pieces.pop_front();
  } else {
    out.end = out.begin + size;
    front.begin = out.end;
  }
  bytes -= out.size();
  return out;
}

bool Luck::applies(const Toxic& toxic) const {
  return heads(draw(seed, connection, stream("toxic/" + toxic.name + "/applies")), toxic.toxicity);
}

Stage::Stage(const Toxic& toxic, const Luck& luck, Nanoseconds now)
    : toxic_(toxic), luck_(luck), stream_(stream("toxic/" + toxic.name + "/draws")), capacity_(capacity_for(toxic.settings)), began_(now) {
  settle(now);
}

double Stage::uniform_draw() {
  draws_ = (draws_ + 1) & 0xFFFFFu;
  return uniform(draw(luck_.seed, luck_.connection, stream_, draws_)).value();
}

void Stage::settle(Nanoseconds now) {
  if (const auto* timeout = as<TimeoutToxic>(toxic_.settings)) deadline_ = timeout->timeout > 0 ? began_ + span_of(timeout->timeout, millisecond) : never;
  if (as<BandwidthToxic>(toxic_.settings) || as<SlicerToxic>(toxic_.settings)) free_ = std::max(free_, now);
  slice_ = 0;
}

void Stage::change(const Toxic& toxic, Nanoseconds now) {
  toxic_ = toxic;
  capacity_ = capacity_for(toxic.settings);
  if (as<BandwidthToxic>(toxic_.settings) || as<SlicerToxic>(toxic_.settings)) free_ = now;
  if (const auto* slow = as<SlowCloseToxic>(toxic_.settings); slow && deadline_ != never) deadline_ = std::min(deadline_, now + span_of(slow->delay, millisecond));
  settle(now);
}

void Stage::take(Piece piece, Nanoseconds now) {
  if (ended() || held_.ending != Ending::none || piece.size() == 0) return;
  if (as<TimeoutToxic>(toxic_.settings)) {
    lost_ = true;
    return;
  }
  if (const auto* reset = as<ResetPeerToxic>(toxic_.settings)) {
    lost_ = true;
    if (deadline_ == never) deadline_ = now + span_of(reset->timeout, millisecond);
    return;
  }
  if (const auto* latency = as<LatencyToxic>(toxic_.settings)) {
    Nanoseconds delay = span_of(latency->latency, millisecond);
    if (latency->jitter > 0) delay += static_cast<Nanoseconds>((2 * uniform_draw() - 1) * static_cast<double>(span_of(latency->jitter, millisecond)));
    const Nanoseconds due = std::max(piece.at + std::max<Nanoseconds>(delay, 0), times_.empty() ? 0 : times_.back());
    times_.push_back(due);
  }
  // When bytes were made to wait outside, the instant at which they were read is not when they came.
  if (as<BandwidthToxic>(toxic_.settings)) {
    if (held_.empty() && now - gave_ > pause) saturated_ = false;
    if (saturated_) piece.at = std::min(piece.at, std::max(free_, now - catching_up));
  }
  held_.put(std::move(piece));
  saturated_ |= !has_room();
}

void Stage::end(Ending ending, Nanoseconds now) {
  if (held_.ending != Ending::none || ended()) return;
  held_.ending = ending;
  if (const auto* slow = as<SlowCloseToxic>(toxic_.settings)) deadline_ = now + span_of(slow->delay, millisecond);
  if (const auto* reset = as<ResetPeerToxic>(toxic_.settings); reset && deadline_ == never) deadline_ = now + span_of(reset->timeout, millisecond);
}

std::size_t Stage::next_size() const {
  const std::size_t first = held_.pieces.front().size();
  if (const auto* limit = as<BandwidthToxic>(toxic_.settings))  // some 5 ms' worth: smooth, and few enough to send
    return std::min(first, static_cast<std::size_t>(std::clamp<std::int64_t>(limit->rate * 5, 1, 64 << 10)));
  if (as<SlicerToxic>(toxic_.settings)) return std::min(first, slice_ > 0 ? slice_ : first);
  if (const auto* limit = as<LimitDataToxic>(toxic_.settings))
    return std::min(first, static_cast<std::size_t>(std::max<std::int64_t>(limit->bytes - passed_, 0)));
  return first;
}

Nanoseconds Stage::due() const {
  if (ended()) return never;
  if (as<TimeoutToxic>(toxic_.settings)) return held_.ending != Ending::none ? 0 : deadline_;
  if (as<ResetPeerToxic>(toxic_.settings)) return deadline_;
  if (const auto* limit = as<LimitDataToxic>(toxic_.settings); limit && passed_ >= limit->bytes && (passed_ > 0 || !held_.empty())) return 0;
  if (held_.empty()) return held_.ending == Ending::none ? never : as<SlowCloseToxic>(toxic_.settings) ? deadline_ : 0;
  if (as<LatencyToxic>(toxic_.settings)) return times_.front();
  if (const auto* limit = as<BandwidthToxic>(toxic_.settings)) {
    if (limit->rate <= 0) return never;
    return std::max(free_, held_.pieces.front().at) + static_cast<Nanoseconds>(static_cast<double>(next_size()) * 1e6 / static_cast<double>(limit->rate));
  }
  if (as<SlicerToxic>(toxic_.settings)) return free_;
  return 0;
}

bool Stage::give(Queue& to, Nanoseconds now) {
  const Nanoseconds when = due();
  if (when > now) return false;
  const auto finish = [&](Ending ending) {
    held_.pieces.clear();
    held_.bytes = 0;
    to.ending = std::max(to.ending, given_ = ending);
    return true;
  };
  if (as<TimeoutToxic>(toxic_.settings)) return finish(held_.ending != Ending::none ? held_.ending : Ending::close);
  if (as<ResetPeerToxic>(toxic_.settings)) return finish(Ending::reset);
  const auto* limit = as<LimitDataToxic>(toxic_.settings);
  if (limit && passed_ >= limit->bytes && (passed_ > 0 || !held_.empty())) return finish(Ending::close);
  if (held_.empty()) return finish(held_.ending);
  if (const auto* slicer = as<SlicerToxic>(toxic_.settings); slicer && slice_ == 0) {
    const double spread = (2 * uniform_draw() - 1) * static_cast<double>(slicer->size_variation);
    slice_ = static_cast<std::size_t>(std::max(1.0, std::floor(static_cast<double>(slicer->average_size) + spread + 0.5)));
  }
  Piece piece = held_.cut(next_size());
  piece.at = std::max(piece.at, when);  // the next toxic counts from when it was due, not from when somebody looked
  if (as<LatencyToxic>(toxic_.settings)) {
    times_.pop_front();
  } else if (as<BandwidthToxic>(toxic_.settings)) {
    free_ = std::max(when, now - catching_up);
    gave_ = now;
  } else if (const auto* slicer = as<SlicerToxic>(toxic_.settings)) {
    slice_ = 0;
    free_ = std::max(free_, now - microsecond) + span_of(slicer->delay, microsecond);
  }
  passed_ += static_cast<std::int64_t>(piece.size());
  to.put(std::move(piece));
  return true;
}

void Stage::release(Queue& to, Nanoseconds now) {
  for (; !held_.empty(); to.put(held_.cut(held_.pieces.front().size()))) held_.pieces.front().at = now;
  if (ended()) return;
  if (as<TimeoutToxic>(toxic_.settings)) {
    to.ending = std::max(to.ending, Ending::close);
  } else if (lost_) {
    to.ending = Ending::reset;
  } else {
    to.ending = std::max(to.ending, held_.ending);
  }
}

}  // namespace muster::proxy
