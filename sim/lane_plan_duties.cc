#include <algorithm>

#include "sim/lane_planner.h"

namespace muster {

void LanePlanner::add_duty(std::size_t s) {
  const auto& step = p_.steps[s];
  LanePlan::Duty duty;
  duty.may_stop = may_stop(s);
  duty.asks.step = static_cast<std::int32_t>(s);
  find_needed(duty.asks);
  find_asks(duty.asks);
  duty.asks.look_at_ties = instant_holders();
  duty.asks.ordered = false;
  duty.asks.brief = brief(s);
  duty.first = done_after(before_[s]);
  std::set<std::int32_t> last;
  if (step.until != none) last.insert(plan_.trees[at(plan_.tree[at(step.until)])].begin(), plan_.trees[at(plan_.tree[at(step.until)])].end());
  duty.until = done_after(last);
  const auto number = static_cast<std::uint32_t>(plan_.duties.size());
  for (LanePlan::Step& other : plan_.order) {
    if (!share_resource(duty.asks, other)) continue;
    const bool goes_after = goes_first(at(other.step), s);
    if (other.place >= duty.first) other.duties.push_back({number, goes_after});
    other.look_at_ties |= instant_holders();
    if (other.place < duty.first) duty.goes_after &= goes_after;
    if (rank(s) < rank(at(other.step))) duty.asks.overtaken.push_back(other.step);
    if (rank(at(other.step)) < rank(s)) other.overtaken.push_back(duty.asks.step);
  }
  for (std::uint32_t other = 0; other < number; ++other) {
    LanePlan::Step& its = plan_.duties[other].asks;
    if (!share_resource(duty.asks, its)) continue;
    if (rank(s) < rank(at(its.step))) duty.asks.overtaken.push_back(its.step);
    if (rank(at(its.step)) < rank(s)) its.overtaken.push_back(duty.asks.step);
  }
  for (const std::uint32_t i : duty.asks.asks) plan_.resources[at(p_.seats[i].resource)].looked_at = true;
  plan_.duties.push_back(std::move(duty));
}

void LanePlanner::find_whom_it_passes(LanePlan::Step& mine) {
  if (mine.overtaken.empty() || std::any_of(mine.asks.begin(), mine.asks.end(), [this](std::uint32_t i) { return p_.seats[i].count > 1; })) return;
  std::size_t k = mine.place;
  while (k-- > 0 && !share_resource(mine, plan_.order[k])) {
  }
  if (k == LanePlan::nowhere) return;
  LanePlan::Step& other = plan_.order[k];
  const auto o = at(other.step);
  if (std::find(mine.overtaken.begin(), mine.overtaken.end(), other.step) == mine.overtaken.end()) return;
  if (other.asks.size() != 1 || other.several || other.simple || plan_.trees[at(plan_.tree[o])].size() > 1 || other.step == p_.commits_at || may_stop(o)) return;
  if (k < plan_.queue_at && plan_.queue_at <= mine.place && !plan_.queue.steps.empty()) return;
  for (std::uint32_t i = p_.steps[o].parts.begin; i < p_.steps[o].parts.end; ++i)
    if (p_.parts[i].kind == Program::Part::Kind::transfer) return;
  for (const LanePlan::Duty& duty : plan_.duties)
    if (share_resource(mine, duty.asks) || p_.steps[at(duty.asks.step)].until == other.step || before_[at(duty.asks.step)].contains(other.step)) return;
  for (std::size_t e = k + 1; e <= mine.place; ++e) {
    const LanePlan::Step& between = plan_.order[e];
    if (may_hang_on_[at(between.step)].contains(other.step)) return;
    for (std::uint32_t i = p_.steps[o].recovers.begin; i < p_.steps[o].recovers.end; ++i)
      if (std::find(between.needed.begin(), between.needed.end(), p_.pool[i]) != between.needed.end()) return;
  }
  mine.passes = k;
  other.is_passed = true;
}

std::size_t LanePlanner::done_after(const std::set<std::int32_t>& steps) const {
  std::size_t count = 0;
  for (const LanePlan::Step& s : plan_.order)
    if (steps.contains(s.step)) count = s.place + 1;
  for (const std::int32_t s : steps)
    if (plan_.queue.has(s)) count = std::max(count, plan_.queue_at);
  return count;
}

}  // namespace muster
