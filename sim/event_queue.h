#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

/// The queue of a replication's future.
///
/// Order is part of the contract: earlier time first; at one instant the lower phase first; within a phase in the order
/// in which they were scheduled. A replication relies on it: people who arrive at the instant a step ends are there before seats are granted.
namespace muster {

/// What happens first at one instant.
enum class Phase : std::uint8_t {
  ends = 0,      ///< attempts, steps and transfers end; people arrive; the plan commits or stops
  timeouts = 1,  ///< after the ends: an attempt that takes exactly its timeout has made it
  repairs = 2,
  strikes = 3,
  ready = 4,   ///< patience is over, a duty falls due
  grants = 5,  ///< never queued: seats are granted when nothing earlier is left at this instant
  expiries = 6 ///< waits-at-most, after the grants: waiting exactly that long is allowed
};

struct Event {
  double time;
  std::uint64_t order;  ///< phase in the upper 8 bits, then the sequence number
  std::uint32_t epoch;  ///< of the subject when it was scheduled; an older one is stale
  std::int32_t subject;
  std::uint32_t owner;  ///< whose subject: the number of an outage in its world, 0 for the world itself
  std::uint8_t kind;
  Phase phase() const { return static_cast<Phase>(order >> 56); }
};

/// While few events are planned, as nearly always, an unordered list whose first is known; beyond, a binary heap until it is cleared. Keeps its
/// memory from one replication to the next.
class EventQueue {
 public:
  void clear() {
    heap_.clear();
    sequence_ = 0;
    first_ = 0;
    heaped_ = false;
  }
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const Event& top() const { return heap_[first_]; }
  void push(double time, Phase phase, std::uint8_t kind, std::int32_t subject, std::uint32_t epoch, std::uint32_t owner = 0) {
    heap_.push_back({time, (std::uint64_t{static_cast<std::uint8_t>(phase)} << 56) | sequence_++, epoch, subject, owner, kind});
    if (heaped_)
      std::push_heap(heap_.begin(), heap_.end(), later);
    else if (later(heap_[first_], heap_.back()))
      first_ = heap_.size() - 1;
    if (!heaped_ && heap_.size() > few) {
      std::make_heap(heap_.begin(), heap_.end(), later);
      heaped_ = true;
      first_ = 0;
    }
  }
  Event pop() {
    if (heaped_) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      const Event e = heap_.back();
      heap_.pop_back();
      return e;
    }
    const Event e = heap_[first_];
    heap_[first_] = heap_.back();
    heap_.pop_back();
    first_ = 0;
    for (std::size_t i = 1; i < heap_.size(); ++i)
      if (later(heap_[first_], heap_[i])) first_ = i;
    return e;
  }

 private:
  static bool later(const Event& a, const Event& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;
  }
  static constexpr std::size_t few = 24;
  std::vector<Event> heap_;
  std::size_t first_ = 0;
  bool heaped_ = false;
  std::uint64_t sequence_ = 0;
};

}  // namespace muster
