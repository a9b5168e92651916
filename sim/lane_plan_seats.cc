#include <algorithm>

#include "sim/lane_planner.h"

namespace muster {

bool LanePlanner::simple(std::size_t s) const {
  const auto& step = p_.steps[s];
  return step.caller == none && step.otherwise == none && step.replacement == none &&
         step.clauses.size() == 0 && step.only_if.size() == 0 && step.waits_at_most == Program::forever &&
         static_cast<std::int32_t>(s) != p_.commits_at && step.plain;
}

bool LanePlanner::may_take_no_time(std::size_t s) const {
  const auto& step = p_.steps[s];
  if (step.timeout == 0) return true;
  if (step.constant > 0) return false;
  for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) {
    const auto& part = p_.parts[i];
    if (part.kind == Program::Part::Kind::law && part.law.table == none && part.law.constant > 0) return false;
    if (part.kind == Program::Part::Kind::law && part.law.table != none &&
        p_.tables[at(part.law.table)].distribution().quantile(Uniform01{0x1p-54, false}) > 0)
      return false;
    if (part.kind == Program::Part::Kind::transfer && part.amount > 0) return false;
  }
  return true;
}

void LanePlanner::judge(std::size_t k) {
  LanePlan::Step& mine = plan_.order[k];
  const auto s = at(mine.step);
  mine.simple = simple(s);
  const std::set<std::int32_t> nodes = find_needed(mine);
  for (std::size_t other = 0; other < n_; ++other)
    for (std::uint32_t i = p_.steps[other].recovers.begin; i < p_.steps[other].recovers.end; ++i)
      for (const std::int32_t member : plan_.trees[at(plan_.tree[other])]) mine.instant |= nodes.contains(p_.pool[i]) && may_end_late(at(member));
  find_asks(mine);
  mine.brief = brief(s);
  mine.may_end_late = may_end_late(s);
  if (mine.asks.empty()) return;
  for (std::size_t e = 0; e < k; ++e) {
    const LanePlan::Step& other = plan_.order[e];
    if (!share_resource(mine, other)) continue;
    const auto o = at(other.step);
    mine.ordered &= mine.simple && other.simple && !other.several && provably_before(o, s);
    if (causes_[s].contains(other.step)) continue;
    if (rank(s) < rank(o)) mine.overtaken.push_back(other.step);
    if (goes_first(s, o)) mine.goes_before.push_back(other.step);
    mine.look_at_ties |= !same_causes(s, o) && instant_holders();
  }
  mine.ordered &= mine.goes_before.empty() && !mine.look_at_ties && mine.overtaken.empty();
  if (!mine.ordered)
    for (const std::uint32_t i : mine.asks) plan_.resources[at(p_.seats[i].resource)].looked_at = true;
}

std::set<std::int32_t> LanePlanner::find_needed(LanePlan::Step& mine) const {
  const auto& step = p_.steps[at(mine.step)];
  std::set<std::int32_t> nodes;
  for (std::uint32_t c = step.clauses.begin; c < step.clauses.end; ++c) add_members(c, nodes);
  for (const std::int32_t n : nodes)
    if (n >= p_.services) mine.needed.push_back(n);
  for (const std::int32_t n : p_.service_order)
    if (nodes.contains(n)) mine.needed.push_back(n);
  return nodes;
}

void LanePlanner::find_asks(LanePlan::Step& mine) const {
  const auto& step = p_.steps[at(mine.step)];
  std::int32_t seats = 0;
  for (std::uint32_t i = step.seats.begin; i < step.seats.end; ++i)
    if (plan_.resources[at(p_.seats[i].resource)].limited) {
      mine.asks.push_back(i);
      seats += p_.seats[i].count;
    }
  mine.several = seats > 1;
}

bool LanePlanner::share_resource(const LanePlan::Step& a, const LanePlan::Step& b) const {
  for (const std::uint32_t i : a.asks)
    for (const std::uint32_t j : b.asks)
      if (p_.seats[i].resource == p_.seats[j].resource) return true;
  return false;
}

bool LanePlanner::provably_before(std::size_t earlier, std::size_t later) const {
  for (std::uint32_t i = p_.steps[earlier].after.begin; i < p_.steps[earlier].after.end; ++i)
    if (!ancestors_[later].contains(p_.pool[i])) return false;
  return true;
}

bool LanePlanner::same_causes(std::size_t a, std::size_t b) const {
  const auto set = [&](std::size_t s) {
    return std::set<std::int32_t>(p_.pool.begin() + p_.steps[s].after.begin,
                                  p_.pool.begin() + p_.steps[s].after.end);
  };
  return simple(a) && simple(b) && set(a) == set(b);
}

bool LanePlanner::instant_holders() {
  if (instant_ < 0) {
    instant_ = 0;
    for (std::size_t s = 0; s < n_; ++s)
      if (brief(s)) instant_ = 1;
  }
  return instant_ != 0;
}

}  // namespace muster
