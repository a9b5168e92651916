#include "sim/lane_queue.h"

#include <algorithm>
#include <tuple>

#include "sim/lane_kernels.h"

namespace muster {
namespace {

constexpr std::uint32_t most_attempts = 8;  ///< what passes after each but the first takes an array

class Queuing {
 public:
  explicit Queuing(const LaneQueueParts& parts) : parts_(parts), p_(parts.program), n_(p_.steps.size()) {}

  LaneQueue run() {
    if (!sort() || !gather()) return {};
    rank();
    find_order();
    for (std::size_t turn = 0; turn < asking_.size(); ++turn)
      if (!add_turn(turn)) return {};
    queue_.tighten();
    return std::move(queue_);
  }

 private:
  /// All that comes before a step, and an order in which each comes after those.
  bool sort() {
    std::vector<char> done(n_, 0);
    for (bool more = true; more;) {
      more = false;
      for (std::size_t s = 0; s < n_; ++s) {
        if (done[s] || !std::all_of(parts_.before[s].begin(), parts_.before[s].end(), [&](std::int32_t b) { return done[at(b)] != 0; })) continue;
        done[s] = 1;
        more = true;
        sorted_.push_back(static_cast<std::int32_t>(s));
      }
    }
    ancestors_.resize(n_);
    for (const std::int32_t s : sorted_)
      for (const std::int32_t b : parts_.before[at(s)]) {
        ancestors_[at(s)].insert(b);
        ancestors_[at(s)].insert(ancestors_[at(b)].begin(), ancestors_[at(b)].end());
      }
    return sorted_.size() == n_;
  }

  bool wants(std::int32_t s) const { return parts_.resource[at(s)] != none && parts_.queued[at(parts_.resource[at(s)])]; }

  bool gather() {
    queue_.asks.assign(n_, 0);
    std::vector<char> inside(n_, 0), behind(n_, 0);
    for (const std::int32_t s : sorted_)
      if (wants(s)) {
        queue_.asks[at(s)] = inside[at(s)] = 1;
        asking_.push_back(s);
      }
    for (const std::int32_t s : sorted_)
      for (const std::int32_t a : ancestors_[at(s)]) behind[at(s)] |= queue_.asks[at(a)];
    for (const std::int32_t s : asking_)
      for (const std::int32_t a : ancestors_[at(s)]) {
        inside[at(a)] |= behind[at(a)];
        if (parts_.holds_briefly[at(a)]) return false;  // what its seats are good for comes in the same instant's second go
      }
    for (const std::int32_t s : sorted_)
      if (inside[at(s)]) {
        if (!parts_.simple[at(s)] || p_.steps[at(s)].attempts > most_attempts || (parts_.resource[at(s)] != none && !wants(s))) return false;
        queue_.steps.push_back(s);
      }
    return !asking_.empty();
  }

  void rank() {
    in_order_ = asking_;
    std::sort(in_order_.begin(), in_order_.end());
    std::stable_sort(in_order_.begin(), in_order_.end(), [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });
    pool_.assign(n_, 0);
    for (const std::int32_t s : in_order_) {
      const std::int32_t r = parts_.resource[at(s)];
      const auto found = std::find_if(queue_.pools.begin(), queue_.pools.end(), [&](const auto& pool) { return pool.resource == r; });
      pool_[at(s)] = static_cast<std::uint32_t>(found - queue_.pools.begin());
      if (found == queue_.pools.end()) queue_.pools.push_back({r, count(s)});
    }
  }
  std::tuple<double, double> key(std::int32_t s) const { return {-p_.steps[at(s)].priority, -p_.steps[at(s)].remaining_path}; }
  std::uint32_t count(std::int32_t s) const {
    for (std::uint32_t i = p_.steps[at(s)].seats.begin; i < p_.steps[at(s)].seats.end; ++i)
      if (p_.seats[i].resource == parts_.resource[at(s)]) return static_cast<std::uint32_t>(p_.seats[i].count);
    return 0;
  }

  /// Served first for sure: who must have ended; and who wants the same seats, is ready no later whatever is drawn, and comes first in dispatch order.
  void find_order() {
    const std::size_t m = asking_.size();
    std::vector<std::vector<char>> first(m, std::vector<char>(m, 0));
    for (std::size_t a = 0; a < m; ++a)
      for (std::size_t b = 0; b < m; ++b) {
        const std::int32_t x = in_order_[a], y = in_order_[b];
        const auto& causes = parts_.before[at(x)];
        const bool no_later = a < b && pool_[at(x)] == pool_[at(y)] &&
                              std::all_of(causes.begin(), causes.end(), [&](std::int32_t c) { return ancestors_[at(y)].contains(c); });
        first[a][b] = ancestors_[at(y)].contains(x) || no_later;
      }
    for (std::size_t via = 0; via < m; ++via)
      for (std::size_t a = 0; a < m; ++a)
        for (std::size_t b = 0; b < m && first[a][via]; ++b) first[a][b] |= first[via][b];
    earliest_.assign(n_, 0);
    latest_.assign(n_, m - 1);
    for (std::size_t a = 0; a < m; ++a)
      for (std::size_t b = 0; b < m; ++b)
        if (first[a][b]) {
          ++earliest_[at(in_order_[b])];
          --latest_[at(in_order_[a])];
        }
  }

  bool add_turn(std::size_t number) {
    LaneQueue::Turn turn;
    for (const std::int32_t s : in_order_) {
      if (number < earliest_[at(s)] || number > latest_[at(s)]) continue;
      const bool outranked = turn.candidates.empty() || key(turn.candidates.back().step) < key(s);
      turn.candidates.push_back({s, pool_[at(s)], outranked});
    }
    candidates_ += turn.candidates.size();
    // A candidate costs about a fiftieth of what the event path takes for a step.
    if (turn.candidates.size() > lanes::most_requests || candidates_ > 24 * asking_.size()) return false;
    queue_.turns.push_back(std::move(turn));
    return true;
  }

  const LaneQueueParts& parts_;
  const Program& p_;
  std::size_t n_;
  LaneQueue queue_;
  std::vector<std::int32_t> sorted_, asking_, in_order_;  ///< steps; those that ask; the same in dispatch order
  std::vector<std::set<std::int32_t>> ancestors_;
  std::vector<std::uint32_t> pool_;
  std::vector<std::size_t> earliest_, latest_;  ///< by step: the turns at which it may be served
  std::size_t candidates_ = 0;
};

}  // namespace

bool LaneQueue::has(std::int32_t step) const { return !turns.empty() && std::find(steps.begin(), steps.end(), step) != steps.end(); }

bool LaneQueue::Turn::is_late() const {
  return std::any_of(candidates.begin(), candidates.end(), [](const Candidate& c) { return c.late; });
}

bool LaneQueue::in_line() const {
  return std::all_of(turns.begin(), turns.end(), [](const Turn& turn) {
    return std::all_of(turn.candidates.begin(), turn.candidates.end(), [&](const Candidate& c) { return c.pool == turn.candidates[0].pool && (&c == turn.candidates.data() || !c.outranked); });
  }) && pools.size() == 1;
}

/// A step's beginning is looked at when it matters, and may have become known since it was looked at last. What waits for a single end is ready at that, and
/// needs no look.
void LaneQueue::look(const std::vector<std::vector<std::int32_t>>& waits_for) {
  std::vector<char> unknown(asks.size(), 0);
  for (const std::int32_t s : steps) unknown[at(s)] = !asks[at(s)] || waits_for[at(s)].size() > 1;
  const std::vector<char> may_be = unknown;
  for (Turn& turn : turns) {
    turn.looked_at.clear();
    std::vector<char> matters(asks.size(), 0), moved(asks.size(), 0);
    for (const Candidate& c : turn.candidates) matters[at(c.step)] = moved[at(c.step)] = 1;
    for (auto s = steps.rbegin(); s != steps.rend(); ++s)
      for (const std::int32_t b : waits_for[at(*s)])
        if (matters[at(*s)] && !asks[at(b)]) matters[at(b)] = 1;
    for (const std::int32_t s : steps) {
      if (!matters[at(s)] || !unknown[at(s)]) continue;
      turn.looked_at.push_back(s);
      unknown[at(s)] = 0;
    }
    for (const std::int32_t s : steps)
      for (const std::int32_t b : waits_for[at(s)])
        if (moved[at(b)]) {
          unknown[at(s)] = may_be[at(s)];
          if (!asks[at(s)]) moved[at(s)] = 1;
        }
  }
}

/// Who is alone at a turn is served there, and so at no other.
void LaneQueue::tighten() {
  const auto drop = [](Turn& turn, std::int32_t step) {
    const auto c = std::find_if(turn.candidates.begin(), turn.candidates.end(), [&](const Candidate& each) { return each.step == step; });
    if (c == turn.candidates.end()) return false;
    if (c->outranked && c + 1 != turn.candidates.end()) (c + 1)->outranked = true;
    turn.candidates.erase(c);
    return true;
  };
  for (bool more = true; more;) {
    more = false;
    for (const Turn& alone : turns) {
      if (alone.candidates.size() != 1) continue;
      for (Turn& turn : turns)
        if (&turn != &alone && turn.candidates.size() > 1) more |= drop(turn, alone.candidates[0].step);
    }
  }
}

LaneQueue LaneQueue::narrowed(const std::vector<std::uint32_t>& ever_served, const std::vector<std::vector<std::int32_t>>& waits_for) const {
  LaneQueue out = *this;
  auto served = ever_served.begin();
  for (Turn& turn : out.turns) {
    std::vector<Candidate> kept;
    for (const Candidate& c : turn.candidates)
      if (*served++ > 0) kept.push_back(c);
    if (kept.empty()) continue;
    kept[0].outranked = true;
    turn.candidates = std::move(kept);
  }
  out.tighten();
  for (std::size_t t = 1; t < turns.size(); ++t) {
    const std::vector<Candidate>& before = turns[t - 1].candidates;  // in dispatch order
    std::vector<Candidate>& left = out.turns[t - 1].candidates;
    const auto place = [&](std::int32_t step) { return std::find_if(before.begin(), before.end(), [&](const Candidate& c) { return c.step == step; }); };
    auto first = before.end();
    for (Candidate& c : out.turns[t].candidates) {
      c.late = place(c.step) != before.end() && std::none_of(left.begin(), left.end(), [&](const Candidate& other) { return other.step == c.step; });
      if (c.late) first = std::min(first, place(c.step));
    }
    for (Candidate& c : left) c.yields = place(c.step) > first;
  }
  out.look(waits_for);
  return out;
}

LaneQueue make_queue(const LaneQueueParts& parts) { return Queuing(parts).run(); }

}  // namespace muster
