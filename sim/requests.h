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

/// While few are planned, as nearly always, a list that is kept in order: what is added usually comes last. Beyond, a binary heap until it is empty.
class Requests {
 public:
  explicit Requests(Request* memory) : requests_(memory) {}
  bool empty() const { return first_ == last_; }
  const Request& top() const { return requests_[first_]; }
  void push(double time, std::uint32_t place, std::int32_t step) {
    const Request mine{time, (std::uint64_t{place} << 32) | static_cast<std::uint32_t>(step)};
    if (heaped_ || last_ - first_ >= few) return push_on_heap(mine);
    std::size_t i = last_++;
    for (; i > first_ && later(requests_[i - 1], mine); --i) requests_[i] = requests_[i - 1];
    requests_[i] = mine;
  }
  Request pop() {
    if (heaped_) return pop_from_heap();
    return requests_[first_++];
  }

 private:
  static bool later(const Request& a, const Request& b) { return a.time != b.time ? a.time > b.time : a.order > b.order; }
  void push_on_heap(const Request& mine) {
    if (!heaped_) std::make_heap(requests_ + first_, requests_ + last_, later);
    heaped_ = true;
    requests_[last_++] = mine;
    std::push_heap(requests_ + first_, requests_ + last_, later);
  }
  Request pop_from_heap() {
    std::pop_heap(requests_ + first_, requests_ + last_, later);
    const Request mine = requests_[--last_];
    heaped_ = !empty();
    return mine;
  }

  static constexpr std::size_t few = 24;
  Request* requests_;
  std::size_t first_ = 0, last_ = 0;
  bool heaped_ = false;
};

}  // namespace muster
