#include <algorithm>

#include "sim/lane_planner.h"

namespace muster {

void LanePlanner::queue() {
  LaneQueueParts parts{p_, before_, std::vector<char>(n_), std::vector<char>(n_), std::vector<std::int32_t>(n_, none), std::vector<char>(p_.resources.size())};
  std::vector<char> in_order(n_, 1);
  for (std::size_t r = 0; r < p_.resources.size(); ++r) parts.queued[r] = plan_.resources[r].limited && !p_.resources[r].responds;
  for (std::size_t s = 0; s < n_; ++s)
    for (std::uint32_t i = p_.steps[s].seats.begin; p_.steps[s].every > 0 && i < p_.steps[s].seats.end; ++i) parts.queued[at(p_.seats[i].resource)] = 0;
  std::vector<std::int32_t> count(p_.resources.size(), 0);
  for (const LanePlan::Step& s : plan_.order) {
    parts.simple[at(s.step)] = s.simple && plan_.trees[at(plan_.tree[at(s.step)])].size() == 1;
    parts.holds_briefly[at(s.step)] = p_.steps[at(s.step)].seats.size() > 0 && may_take_no_time(at(s.step));
    for (const std::uint32_t i : s.asks) {
      const auto& seats = p_.seats[i];
      if (!parts.simple[at(s.step)] || s.asks.size() > 1 || (count[at(seats.resource)] > 0 && count[at(seats.resource)] != seats.count)) parts.queued[at(seats.resource)] = 0;
      count[at(seats.resource)] = seats.count;
      parts.resource[at(s.step)] = s.asks.size() == 1 ? seats.resource : none;
    }
    in_order[at(s.step)] = s.ordered;
  }
  bool worth_it = false;
  for (std::size_t s = 0; s < n_; ++s) worth_it |= parts.resource[s] != none && parts.queued[at(parts.resource[s])] && !in_order[s];
  if (!worth_it) return;
  plan_.queue = make_queue(parts);
  if (plan_.queue.turns.empty()) return;

  std::vector<LanePlan::Step> old;
  old.swap(plan_.order);
  std::set<std::int32_t> in_front;  // though it may be better for them to come later
  for (const std::int32_t s : plan_.queue.steps) in_front.insert(may_hang_on_[at(s)].begin(), may_hang_on_[at(s)].end());
  std::vector<char> behind(n_, 0);
  std::vector<std::int32_t> later;
  for (const LanePlan::Step& s : old) {
    if (in_front.contains(s.step) && !plan_.queue.has(s.step)) {
      plan_.order.emplace_back().step = s.step;
      continue;
    }
    for (const auto* causes : {&before_[at(s.step)], &better_[at(s.step)]})
      for (const std::int32_t b : *causes) behind[at(s.step)] |= behind[at(b)] || plan_.queue.has(b);
    if (plan_.queue.has(s.step)) continue;
    if (behind[at(s.step)])
      later.push_back(s.step);
    else
      plan_.order.emplace_back().step = s.step;
  }
  plan_.queue_at = plan_.order.size();
  for (const std::int32_t s : later) plan_.order.emplace_back().step = s;
  for (LanePlan::Resource& resource : plan_.resources) resource.looked_at = false;
  for (std::size_t i = 0; i < plan_.order.size(); ++i) judge(i);
}

void LanePlanner::find_whom_to_wait_for() {
  plan_.waits_for.resize(n_);
  std::vector<char> simple(n_, 0);
  for (const std::int32_t s : plan_.queue.steps) simple[at(s)] = 1;
  for (const LanePlan::Step& s : plan_.order) simple[at(s.step)] |= s.simple && plan_.trees[at(plan_.tree[at(s.step)])].size() == 1;
  std::vector<std::set<std::int32_t>> surely_before(n_);
  const auto find = [&](std::size_t s) {
    const Span after = p_.steps[s].after;
    std::set<std::int32_t> further;
    for (std::uint32_t i = after.begin; i < after.end; ++i)
      if (simple[at(p_.pool[i])]) further.insert(surely_before[at(p_.pool[i])].begin(), surely_before[at(p_.pool[i])].end());
    for (std::uint32_t i = after.begin; i < after.end; ++i)
      if (!further.contains(p_.pool[i])) plan_.waits_for[s].push_back(p_.pool[i]);
    surely_before[s] = std::move(further);
    surely_before[s].insert(p_.pool.begin() + after.begin, p_.pool.begin() + after.end);
  };
  for (std::size_t i = 0; i <= plan_.order.size(); ++i) {
    if (i == plan_.queue_at)
      for (const std::int32_t s : plan_.queue.steps) find(at(s));
    if (i < plan_.order.size()) find(at(plan_.order[i].step));
  }
  for (std::size_t s = 0; s < n_; ++s)
    if (p_.steps[s].every > 0) find(s);
  plan_.queue.look(plan_.waits_for);
}

}  // namespace muster
