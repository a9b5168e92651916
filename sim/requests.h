#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

/// Who will ask for seats, and when.
///
/// Order is part of the contract: earlier time first, at one instant in dispatch order. No more are ever pushed than there is memory for,
/// which is lent: so this is a value that a loop keeps in registers.
namespace muster {

struct Request {
  double time;
  std::uint64_t order;  ///< by place in dispatch order, each its own
  std::int32_t step() const { return static_cast<std::int32_t>(order & 0xffffffffu); }
};

/// A list that is kept in order: what is added usually comes last, or nearly so. What would have to go far forward in a long one goes to a binary
/// heap beside it.
class Requests {
 public:
  /// `memory` for twice as many as are pushed at most.
  Requests(Request* memory, std::size_t most) : requests_(memory), heap_(memory + most) {}
  bool empty() const { return first_ == last_ && heaped_ == 0; }
  const Request& top() const { return heap_is_next() ? heap_[0] : requests_[first_]; }
  void push(double time, std::uint32_t place, std::int32_t step) {
    const Request mine{time, (std::uint64_t{place} << 32) | static_cast<std::uint32_t>(step)};
    if (last_ - first_ >= few && later(requests_[last_ - few], mine)) [[unlikely]] return push_on_heap(mine);
    std::size_t i = last_++;
    for (; i > first_ && later(requests_[i - 1], mine); --i) requests_[i] = requests_[i - 1];
    requests_[i] = mine;
  }
  Request pop() {
    if (heap_is_next()) [[unlikely]] return pop_from_heap();
    return requests_[first_++];
  }

 private:
  static bool later(const Request& a, const Request& b) { return a.time != b.time ? a.time > b.time : a.order > b.order; }
  bool heap_is_next() const { return heaped_ > 0 && (first_ == last_ || later(requests_[first_], heap_[0])); }
  void push_on_heap(const Request& mine) {
    heap_[heaped_++] = mine;
    std::push_heap(heap_, heap_ + heaped_, later);
  }
  Request pop_from_heap() {
    std::pop_heap(heap_, heap_ + heaped_, later);
    return heap_[--heaped_];
  }

  static constexpr std::size_t few = 24;
  Request *requests_, *heap_;
  std::size_t first_ = 0, last_ = 0, heaped_ = 0;
};

}  // namespace muster
