#include "sim/lane_plan.h"

#include <algorithm>

#include "sim/lane_planner.h"
#include "sim/replication.h"

namespace muster {
namespace {

constexpr std::uint32_t most_seats = 64;
constexpr int pilots = 24;

}  // namespace

void LanePlanner::run() {
  find_trees();
  find_resources();
  refuse();
  if (!plan_.reasons.empty()) return;
  find_dependencies();
  put_in_order();
  if (!plan_.reasons.empty()) return;
  for (std::size_t i = 0; i < plan_.order.size(); ++i) judge(i);
  queue();
  mark();
  find_whom_to_wait_for();
  std::vector<std::size_t> duties;
  for (std::size_t s = 0; s < n_; ++s) {
    if (matters(s)) duties.push_back(s);
    plan_.may_stop |= may_stop(s) && plan_.queue.turns.empty();
  }
  std::sort(duties.begin(), duties.end(), [this](std::size_t a, std::size_t b) { return goes_first(a, b); });
  for (const std::size_t s : duties) add_duty(s);
  for (LanePlan::Step& s : plan_.order) find_whom_it_passes(s);
}

void LanePlanner::refuse() {
  if (!p_.beliefs.empty()) because("what is true of calibrated laws is drawn anew in each replication");
  for (std::size_t s = 0; s < n_; ++s) {
    const auto& step = p_.steps[s];
    if (step.every == 0) continue;
    for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i)
      if (p_.parts[i].kind == Program::Part::Kind::transfer) {
        because("duty " + name(s) + " transfers over a link");
        break;
      }
  }
}

bool LanePlanner::matters(std::size_t s) const {
  const auto& step = p_.steps[s];
  bool takes = false;
  for (std::uint32_t i = step.seats.begin; i < step.seats.end; ++i) takes |= plan_.resources[at(p_.seats[i].resource)].limited;
  return step.every > 0 && (takes || may_stop(s));
}

void LanePlanner::find_trees() {
  plan_.tree.resize(n_);
  plan_.trees.resize(n_);
  for (std::size_t s = 0; s < n_; ++s) {
    auto root = static_cast<std::int32_t>(s);
    for (std::size_t guard = 0; p_.steps[at(root)].caller != none && guard < n_; ++guard)
      root = p_.steps[at(root)].caller;
    plan_.tree[s] = root;
  }
  const auto add = [&](auto&& self, std::int32_t root, std::int32_t s) -> void {
    plan_.trees[at(root)].push_back(s);
    for (const std::int32_t f : {p_.steps[at(s)].otherwise, p_.steps[at(s)].replacement})
      if (f != none && plan_.trees[at(root)].size() < n_) self(self, root, f);
  };
  for (std::size_t s = 0; s < n_; ++s)
    if (plan_.tree[s] == static_cast<std::int32_t>(s))
      add(add, static_cast<std::int32_t>(s), static_cast<std::int32_t>(s));
}

void LanePlanner::find_resources() {
  std::vector<std::int64_t> demand(p_.resources.size(), 0);
  for (const auto& seats : p_.seats) demand[at(seats.resource)] += seats.count;
  for (std::size_t r = 0; r < p_.resources.size(); ++r) {
    LanePlan::Resource out;
    out.limited = demand[r] > 0 && (p_.resources[r].responds || demand[r] > p_.resources[r].count);
    if (out.limited) {
      out.first = plan_.seats;
      out.count = static_cast<std::uint32_t>(p_.resources[r].count);
      plan_.seats += out.count;
    }
    plan_.resources.push_back(out);
  }
  if (plan_.seats > most_seats) because("more than " + std::to_string(most_seats) + " seats are short");
}

void LanePlanner::find_dependencies() {
  before_.resize(n_);
  better_.resize(n_);
  for (std::size_t s = 0; s < n_; ++s) {
    const auto& step = p_.steps[s];
    const auto whole_tree = [&](std::int32_t of, std::set<std::int32_t>& before) {
      for (const std::int32_t member : plan_.trees[at(plan_.tree[at(of)])]) before.insert(member);
    };
    for (std::uint32_t i = step.after.begin; i < step.after.end; ++i) whole_tree(p_.pool[i], before_[s]);
    if (step.caller != none) before_[s].insert(step.caller);
    std::set<std::int32_t> nodes;
    for (std::uint32_t c = step.clauses.begin; c < step.clauses.end; ++c) add_members(c, nodes);
    for (const std::int32_t n : nodes) {
      for (std::size_t other = 0; other < n_; ++other)
        for (std::uint32_t i = p_.steps[other].recovers.begin; i < p_.steps[other].recovers.end; ++i)
          if (p_.pool[i] == n) whole_tree(static_cast<std::int32_t>(other), better_[s]);
    }
  }
}

void LanePlanner::add_members(std::uint32_t clause, std::set<std::int32_t>& nodes) const {
  for (std::uint32_t m = p_.clauses[clause].members.begin; m < p_.clauses[clause].members.end; ++m)
    if (nodes.insert(p_.pool[m]).second) {
      const Span own = p_.nodes[at(p_.pool[m])].clauses;
      for (std::uint32_t c = own.begin; c < own.end; ++c) add_members(c, nodes);
    }
}

void LanePlanner::put_in_order() {
  std::vector<double> asked(n_, 0), ran(n_, 0), all(n_ * pilots, -1);
  Replication r(p_);
  for (std::uint32_t i = 0; i < pilots; ++i) {
    r.run(0x70696c6f74, i, false);
    for (std::size_t s = 0; s < n_; ++s)
      if (r.step(static_cast<std::int32_t>(s)).ran) {
        all[s * pilots + i] = r.step(static_cast<std::int32_t>(s)).requested;
        asked[s] += all[s * pilots + i];
        ++ran[s];
      }
  }
  std::vector<std::set<std::int32_t>> wanted(n_);
  for (std::size_t s = 0; s < n_; ++s)
    for (std::uint32_t i = p_.steps[s].seats.begin; i < p_.steps[s].seats.end; ++i)
      if (plan_.resources[at(p_.seats[i].resource)].limited) wanted[s].insert(p_.seats[i].resource);
  // Whether a mostly comes before b where both ask, and for the same.
  const auto mostly_first = [&](std::size_t a, std::size_t b) {
    if (std::none_of(wanted[a].begin(), wanted[a].end(), [&](std::int32_t resource) { return wanted[b].contains(resource); })) return false;
    int more = 0;
    for (std::size_t i = 0; i < pilots; ++i) {
      const double mine = all[a * pilots + i], other = all[b * pilots + i];
      if (mine >= 0 && other >= 0) more += mine < other || (mine == other && goes_first(a, b)) ? 1 : -1;
    }
    return more > 0;
  };
  std::vector<char> done(n_, 0);
  const auto duties = static_cast<std::size_t>(std::count_if(p_.steps.begin(), p_.steps.end(), [](const auto& s) { return s.every > 0; }));
  for (std::size_t k = 0; k < n_ - duties; ++k) {
    std::size_t best = n_;
    const auto key = [&](std::size_t s) {
      const bool unsure = !all_done(better_[s], done);
      return std::tuple(unsure, ran[s] > 0 ? asked[s] / ran[s] : Program::forever, -p_.steps[s].priority, -p_.steps[s].remaining_path, s);
    };
    for (std::size_t s = 0; s < n_; ++s) {
      const bool free = !done[s] && p_.steps[s].every == 0 && all_done(before_[s], done);
      if (free && (best == n_ || key(s) < key(best))) best = s;
    }
    for (std::size_t s = 0, turns = 0; best < n_ && s < n_ && turns < n_; ++s) {
      if (done[s] || s == best || p_.steps[s].every > 0 || !all_done(before_[s], done) || !mostly_first(s, best)) continue;
      if (!all_done(better_[s], done) && all_done(better_[best], done)) continue;
      best = s;
      s = static_cast<std::size_t>(-1);
      ++turns;
    }
    if (best == n_) return because("a step comes after one that only its own fallback can end");
    done[best] = 1;
    LanePlan::Step out;
    out.step = static_cast<std::int32_t>(best);
    plan_.order.push_back(out);
  }
  for (std::size_t k = 0; k < plan_.order.size(); ++k) {  // all that must have ended before a step is ready
    const std::size_t s = at(plan_.order[k].step);
    ancestors_.resize(n_);
    for (std::uint32_t i = p_.steps[s].after.begin; i < p_.steps[s].after.end; ++i) {
      ancestors_[s].insert(p_.pool[i]);
      ancestors_[s].insert(ancestors_[at(p_.pool[i])].begin(), ancestors_[at(p_.pool[i])].end());
    }
    causes_.resize(n_);
    may_hang_on_.resize(n_);
    for (const std::int32_t b : before_[s]) {
      may_hang_on_[s].insert(b);
      may_hang_on_[s].insert(may_hang_on_[at(b)].begin(), may_hang_on_[at(b)].end());
      causes_[s].insert(b);
      // A fallback may not have been called, and what it would have come after may go on.
      if (plan_.tree[at(b)] == b || p_.steps[s].caller == b) causes_[s].insert(causes_[at(b)].begin(), causes_[at(b)].end());
    }
  }
}

bool LanePlanner::may_be_committed(const std::vector<char>& done) const {
  if (p_.commits_at == none) return true;
  const auto& tree = plan_.trees[at(plan_.tree[at(p_.commits_at)])];
  return all_done({tree.begin(), tree.end()}, done);
}

void LanePlanner::mark() {
  std::vector<std::size_t> left(n_);
  for (const LanePlan::Step& s : plan_.order) ++left[at(plan_.tree[at(s.step)])];
  std::vector<char> done(n_, 0);
  for (std::size_t i = 0; i < plan_.order.size(); ++i) {
    plan_.order[i].place = i;
    if (i == plan_.queue_at)
      for (const std::int32_t s : plan_.queue.steps) done[at(s)] = 1;
    LanePlan::Step& s = plan_.order[i];
    s.last_of_tree = --left[at(plan_.tree[at(s.step)])] == 0;
    s.unsure = !all_done(better_[at(s.step)], done) || (!may_be_committed(done) && std::any_of(s.needed.begin(), s.needed.end(), [this](std::int32_t n) { return p_.nodes[at(n)].recoverers > 0; }));
    plan_.unsure |= s.unsure;
    done[at(s.step)] = 1;
  }
}

LanePlan::LanePlan(const Program& program) { LanePlanner(program, *this).run(); }

}  // namespace muster
