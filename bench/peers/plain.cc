// The reference workload in plain C++, as one would write it in an afternoon: a heap of events, a queue for engineers, and the
// standard library's generator and distributions. Everything else is measured in multiples of it.
#include <cstdlib>
#include <deque>
#include <functional>
#include <queue>
#include <utility>

#include "bench/peers/workload.h"

namespace {
using namespace workload;

class Plan {
 public:
  explicit Plan(std::uint64_t seed) : random_(seed), after_(steps.size()) {
    for (std::size_t s = 0; s < steps.size(); ++s)
      for (const int before : steps[s].after) after_[static_cast<std::size_t>(before)].push_back(static_cast<int>(s));
  }

  double replicate() {
    events_ = {};
    queue_.clear();
    free_ = engineers;
    now_ = 0;
    for (std::size_t s = 0; s < steps.size(); ++s) {
      waits_[s] = static_cast<int>(steps[s].after.size());
      attempts_[s] = 0;
    }
    ready(0);
    while (!events_.empty()) {
      const auto [time, step] = events_.top();
      events_.pop();
      now_ = time;
      ended(step);
    }
    return now_;
  }

 private:
  void ready(int s) {
    if (steps[static_cast<std::size_t>(s)].engineer) {
      if (free_ == 0) return queue_.push_back(s);
      --free_;
    }
    attempt(s);
  }
  void attempt(int s) { events_.emplace(now_ + one_attempt(steps[static_cast<std::size_t>(s)], random_), s); }
  void ended(int s) {
    const Step& step = steps[static_cast<std::size_t>(s)];
    if (fails_now(step, random_) && ++attempts_[static_cast<std::size_t>(s)] < step.attempts) return attempt(s);
    if (step.engineer && queue_.empty()) {
      ++free_;
    } else if (step.engineer) {
      const int next = queue_.front();
      queue_.pop_front();
      attempt(next);
    }
    for (const int next : after_[static_cast<std::size_t>(s)])
      if (--waits_[static_cast<std::size_t>(next)] == 0) ready(next);
  }

  using Event = std::pair<double, int>;
  Random random_;
  std::vector<std::vector<int>> after_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::deque<int> queue_;
  std::array<int, steps.size()> waits_{}, attempts_{};
  int free_ = 0;
  double now_ = 0;
};
}  // namespace

int main(int count, char** words) {
  if (count > 2 && !change(words[2])) return std::fputs("plain: the changed steps cannot be read\n", stderr), 2;
  Plan plan(std::random_device{}());
  std::vector<double> times(std::strtoull(words[1], nullptr, 10));
  const double began = cpu_seconds();
  for (double& time : times) time = plan.replicate();
  tell("plain C++", times, cpu_seconds() - began);
}
