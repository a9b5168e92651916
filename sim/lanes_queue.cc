#include <algorithm>
#include <bit>

#include "sim/lanes.h"

namespace muster {
namespace {

bool pauses(const Program::Step& step) { return step.retry_after.table != none || step.retry_after.constant != 0; }

}  // namespace

/// Pauses, where there are any, and further attempts.
std::uint32_t Lanes::mores(std::int32_t s) const {
  const Program::Step& step = p_.steps[at(s)];
  return certain(s) ? 0 : static_cast<std::uint32_t>(step.attempts - 1) * (pauses(step) ? 2 : 1);
}

void Lanes::make_queue() {
  queue_ = plan_.queue;
  whole_.resize(p_.steps.size());
  for (const std::int32_t s : queue_.steps) {
    const auto& step = p_.steps[at(s)];
    Whole& whole = whole_[at(s)];
    whole.length = finish_[at(s)] + lanes::apart;
    if (ends_before_[at(s)].size() > 1) whole.latest = array();
    whole.waits.resize(lanes::capacity / 8);
    if (step.recovers.size() > 0 && !certain(s)) won_[at(s)] = array();
    if (certain(s)) continue;
    for (std::uint32_t k = 0; k < mores(s); ++k) whole.more.push_back(whole.length + (1 + k) * lanes::apart);
    whole.again.resize(lanes::capacity);
    whole.lost.resize(lanes::capacity);
  }
  for (const LaneQueue::Pool& pool : queue_.pools) {
    const auto& resource = plan_.resources[at(pool.resource)];
    pools_.push_back({seats_.data() + resource.first, resource.count, pool.each});
  }
  yields_.resize(lanes::capacity / 8);
  told_ = {array(), yields_.data()};
  find_turns();
  served_.resize(requests_.size());
  narrowed_ = !queue_.in_line();
  if (narrowed_) counted_ = enough_;
}

void Lanes::find_turns() {
  requests_.clear();
  turns_.clear();
  for (const LaneQueue::Turn& turn : queue_.turns)
    for (const LaneQueue::Candidate& c : turn.candidates) {
      Whole& whole = whole_[at(c.step)];
      requests_.push_back({whole.latest ? whole.latest : when_ready(c.step, nullptr), finish_[at(c.step)], mores(c.step), whole.waits.data(), c.pool, c.outranked, c.late, c.yields});
    }
  const LaneRequest* requests = requests_.data();
  for (std::size_t t = 0; t < queue_.turns.size(); ++t) {
    const auto count = static_cast<std::uint32_t>(queue_.turns[t].candidates.size());
    turns_.push_back({requests, count, queue_.turns[t].is_late(), t + 1 < queue_.turns.size() && queue_.turns[t + 1].is_late()});
    requests += count;
  }
}

/// Much of what cannot be excluded never happens. Who was never served at a turn is not looked at there any more, only whether he should have been; until
/// that turns out to cost more lanes than it saves.
void Lanes::learn() {
  if (counted_ >= enough_) return;
  counted_ += n_;
  doubtful_ += static_cast<std::uint32_t>(std::count(bad_.begin(), bad_.begin() + n_, std::uint8_t{1}));
  if (counted_ < enough_) return;
  const std::uint32_t few = counted_ / 256;
  if (!narrowed_) {
    narrowed_ = true;
    queue_ = queue_.narrowed(served_, plan_.waits_for);
    most_doubtful_ = doubtful_ + few;
    counted_ = doubtful_ = 0;
  } else if (doubtful_ > most_doubtful_) {
    queue_ = plan_.queue;
  } else {
    return;
  }
  find_turns();
}

/// All draws first: how long a step takes does not depend on when it begins.
void Lanes::queue() {
  for (const std::int32_t s : queue_.steps) {
    draw_whole(s);
    if (!queue_.asks[at(s)]) continue;
    std::fill_n(finish_[at(s)], lanes::capacity, forever);
    std::fill(whole_[at(s)].waits.begin(), whole_[at(s)].waits.end(), std::uint8_t{0xff});
  }
  for (std::size_t t = 0; t < turns_.size(); ++t) {
    for (const std::int32_t s : queue_.turns[t].looked_at) {
      const Whole& whole = whole_[at(s)];
      const double* ready = when_ready(s, whole.latest);
      if (queue_.asks[at(s)]) continue;
      k_.add(finish_[at(s)], ready, whole.length, n_);
      for (std::uint32_t j = 0; j < whole.again_count; ++j)
        for (const double* more : whole.more) finish_[at(s)][whole.again[j]] += more[whole.again[j]];
    }
    const auto waiting = [&](int times) {
      for (std::uint32_t c = 0; !narrowed_ && c < turns_[t].count; ++c)
        for (const std::uint8_t lanes : whole_[at(queue_.turns[t].candidates[c].step)].waits)
          served_[static_cast<std::size_t>(turns_[t].requests - requests_.data()) + c] += static_cast<std::uint32_t>(times * std::popcount(lanes));
    };
    waiting(1);
    any_bad_ |= k_.serve(turns_[t], pools_.data(), static_cast<std::uint32_t>(pools_.size()), told_, n_, bad_.data());
    waiting(-1);
  }
  for (const std::int32_t s : queue_.steps) {
    const Whole& whole = whole_[at(s)];
    if (won_[at(s)] != finish_[at(s)]) std::copy_n(finish_[at(s)], n_, won_[at(s)]);
    for (std::uint32_t i = 0; i < whole.lost_count; ++i) {
      if (p_.steps[at(s)].on_failure == OnFailure::stop) condemn(whole.lost[i]);
      if (won_[at(s)] != finish_[at(s)]) won_[at(s)][whole.lost[i]] = forever;
    }
  }
  learn();
}

const double* Lanes::when_ready(std::int32_t s, double* to) { return latest_of(ends_before_[at(s)], to); }

/// `to`, or where it is to be found already.
const double* Lanes::latest_of(const std::vector<const double*>& ends, double* to) {
  if (ends.empty()) return zero_;
  if (ends.size() == 1) return ends.front();
  k_.latest_of(to, ends.data(), static_cast<std::uint32_t>(ends.size()), n_);
  return to;
}

void Lanes::draw_whole(std::int32_t s) {
  const auto& step = p_.steps[at(s)];
  Whole& whole = whole_[at(s)];
  lengths(s, 0, all_, n_, whole.length);
  if (certain(s)) return;
  for (std::uint32_t j = 0; j < whole.again_count; ++j)
    for (double* more : whole.more) more[whole.again[j]] = 0;
  std::uint32_t left = failures(s, 0, all_, n_);
  std::copy_n(failed_.begin(), left, places_.begin());
  std::copy_n(failed_.begin(), left, whole.again.begin());
  whole.again_count = left;
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
