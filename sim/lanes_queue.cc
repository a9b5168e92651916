#include <algorithm>

#include "sim/lanes.h"

namespace muster {
namespace {

bool pauses(const Program::Step& step) { return step.retry_after.table != none || step.retry_after.constant != 0; }

}  // namespace

void Lanes::make_queue() {
  const LaneQueue& queue = plan_.queue;
  whole_.resize(p_.steps.size());
  for (const std::int32_t s : queue.steps) {
    const auto& step = p_.steps[at(s)];
    Whole& whole = whole_[at(s)];
    whole.length = array();
    whole.ready = array();
    for (std::uint32_t i = step.after.begin; i < step.after.end; ++i) whole.before.push_back(finish_[at(p_.pool[i])]);
    if (step.recovers.size() > 0 && !certain(s)) won_[at(s)] = array();
    if (certain(s)) continue;
    for (std::uint32_t k = 1; k < step.attempts; ++k)
      for (int what = pauses(step) ? 0 : 1; what < 2; ++what) whole.more.push_back(array());
    whole.is_again.resize(lanes::capacity / 8);
    whole.again.resize(lanes::capacity);
    whole.lost.resize(lanes::capacity);
  }
  for (const LaneQueue::Pool& pool : queue.pools) {
    const auto& resource = plan_.resources[at(pool.resource)];
    pools_.push_back({seats_.data() + resource.first, resource.count, pool.each});
  }
  for (const LaneQueue::Turn& turn : queue.turns)
    for (const LaneQueue::Candidate& c : turn.candidates) {
      const Whole& whole = whole_[at(c.step)];
      requests_.push_back({whole.ready, finish_[at(c.step)], whole.length, whole.more.data(), static_cast<std::uint32_t>(whole.more.size()), whole.is_again.data(), c.pool,
                           c.outranked});
    }
}

/// All draws first: how long a step takes does not depend on when it begins.
void Lanes::queue() {
  for (const std::int32_t s : plan_.queue.steps) {
    draw_whole(s);
    if (plan_.queue.asks[at(s)]) std::fill_n(finish_[at(s)], lanes::capacity, forever);
  }
  const LaneRequest* requests = requests_.data();
  for (const LaneQueue::Turn& turn : plan_.queue.turns) {
    for (const std::int32_t s : turn.looked_at) {
      const Whole& whole = whole_[at(s)];
      const auto count = static_cast<std::uint32_t>(whole.before.size());
      if (plan_.queue.asks[at(s)]) {
        k_.asked(whole.ready, whole.before.data(), count, finish_[at(s)], n_);
        continue;
      }
      k_.asked(whole.ready, whole.before.data(), count, nullptr, n_);
      k_.add(finish_[at(s)], whole.ready, whole.length, n_);
      for (std::uint32_t j = 0; j < whole.again_count; ++j)
        for (const double* more : whole.more) finish_[at(s)][whole.again[j]] += more[whole.again[j]];
    }
    const auto count = static_cast<std::uint32_t>(turn.candidates.size());
    any_bad_ |= k_.serve(requests, count, pools_.data(), static_cast<std::uint32_t>(pools_.size()), n_, bad_.data());
    requests += count;
  }
  for (const std::int32_t s : plan_.queue.steps) {
    const Whole& whole = whole_[at(s)];
    if (won_[at(s)] != finish_[at(s)]) std::copy_n(finish_[at(s)], n_, won_[at(s)]);
    for (std::uint32_t i = 0; i < whole.lost_count; ++i) {
      if (p_.steps[at(s)].on_failure == OnFailure::stop) condemn(whole.lost[i]);
      if (won_[at(s)] != finish_[at(s)]) won_[at(s)][whole.lost[i]] = forever;
    }
  }
}

/// The last end of those before it: `to`, or where it is to be found already.
double* Lanes::when_ready(std::int32_t s, double* to) {
  const Span after = p_.steps[at(s)].after;
  double* ready = zero_;
  for (std::uint32_t i = after.begin; i < after.end; ++i) {
    double* before = finish_[at(p_.pool[i])];
    if (i > after.begin) k_.latest(to, ready, before, n_);
    ready = i == after.begin ? before : to;
  }
  return ready;
}

void Lanes::draw_whole(std::int32_t s) {
  const auto& step = p_.steps[at(s)];
  Whole& whole = whole_[at(s)];
  lengths(s, 0, all_, n_, whole.length);
  if (certain(s)) return;
  std::uint32_t left = failures(s, 0, all_, n_);
  std::copy_n(failed_.begin(), left, places_.begin());
  std::copy_n(failed_.begin(), left, whole.again.begin());
  whole.again_count = left;
  std::fill(whole.is_again.begin(), whole.is_again.end(), std::uint8_t{0});
  for (std::uint32_t j = 0; j < left; ++j) {
    whole.is_again[places_[j] / 8] |= static_cast<std::uint8_t>(1u << places_[j] % 8);
    for (double* more : whole.more) more[places_[j]] = 0;
  }
  auto more = whole.more.begin();
  for (std::uint32_t k = 1; k < step.attempts && left > 0; ++k) {
    std::copy_n(places_.begin(), left, again_.begin());
    if (pauses(step)) {
      double* const pause = *more++;
      if (step.retry_after.table != none) sample(step.retry_after, step.retry_stream, (k - 1) << 12, again_.data(), left, retry_);
      for (std::uint32_t j = 0; j < left; ++j) pause[again_[j]] = step.retry_after.table != none ? retry_[j] : step.retry_after.constant;
    }
    double* const again = *more++;
    lengths(s, k, again_.data(), left, retry_);
    for (std::uint32_t j = 0; j < left; ++j) again[again_[j]] = retry_[j];
    const std::uint32_t still = failures(s, k, again_.data(), left);
    for (std::uint32_t j = 0; j < still; ++j) places_[j] = again_[failed_[j]];
    left = still;
  }
  std::copy_n(places_.begin(), left, whole.lost.begin());
  whole.lost_count = left;
}

}  // namespace muster
