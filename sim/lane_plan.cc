#include "sim/lane_plan.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "sim/replication.h"

namespace muster {
namespace {

constexpr std::uint32_t most_seats = 64;
constexpr int pilots = 24;


class Planner {
 public:
  Planner(const Program& program, LanePlan& plan) : p_(program), plan_(plan), n_(program.steps.size()) {}

  void run() {
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

 private:
  void because(std::string reason) { plan_.reasons.push_back(std::move(reason)); }
  const std::string& name(std::size_t s) const { return p_.step_names[s]; }

  void refuse() {
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

  bool may_stop(std::size_t s) const {
    const auto& step = p_.steps[s];
    return step.on_failure == OnFailure::stop && (step.fails > 0 || step.timeout < Program::forever || step.waits_at_most < Program::forever);
  }
  /// Whether the step is a duty of which anyone else notices anything.
  bool matters(std::size_t s) const {
    const auto& step = p_.steps[s];
    bool takes = false;
    for (std::uint32_t i = step.seats.begin; i < step.seats.end; ++i) takes |= plan_.resources[at(p_.seats[i].resource)].limited;
    return step.every > 0 && (takes || may_stop(s));
  }

  void find_trees() {
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

  void find_resources() {
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

  /// A step waits for the ends of those it comes after and for who calls it. It had better come after what brings back what it needs, too; where
  /// that goes in a circle, what it needs is guessed, and looked at again in the end.
  void find_dependencies() {
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

  void add_members(std::uint32_t clause, std::set<std::int32_t>& nodes) const {
    for (std::uint32_t m = p_.clauses[clause].members.begin; m < p_.clauses[clause].members.end; ++m)
      if (nodes.insert(p_.pool[m]).second) {
        const Span own = p_.nodes[at(p_.pool[m])].clauses;
        for (std::uint32_t c = own.begin; c < own.end; ++c) add_members(c, nodes);
      }
  }

  /// By the mean instant at which each asked for its seats in a few replications: any order would be right,
  /// but the nearer it is to the usual one, the fewer lanes need true events.
  void put_in_order() {
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

  /// A step that always runs, and nobody in its place, ends no earlier than those that it comes after.
  void find_whom_to_wait_for() {
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

  bool may_be_committed(const std::vector<char>& done) const {
    if (p_.commits_at == none) return true;
    const auto& tree = plan_.trees[at(plan_.tree[at(p_.commits_at)])];
    return all_done({tree.begin(), tree.end()}, done);
  }
  static bool all_done(const std::set<std::int32_t>& steps, const std::vector<char>& done) {
    return std::all_of(steps.begin(), steps.end(), [&](std::int32_t s) { return done[at(s)] != 0; });
  }

  /// Where whoever shares a resource is simple, and their order is not the same in every replication, they are taken turn by turn, all at one place of
  /// the order.
  void queue() {
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

  void mark() {
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

  /// It asks now and then between those steps that want the same, from when it is known when it first falls due.
  void add_duty(std::size_t s) {
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

  /// The last before it of those that share its seats, where nothing between them hangs on that one.
  void find_whom_it_passes(LanePlan::Step& mine) {
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

  /// How many of the order have been done when all of these have.
  std::size_t done_after(const std::set<std::int32_t>& steps) const {
    std::size_t count = 0;
    for (const LanePlan::Step& s : plan_.order)
      if (steps.contains(s.step)) count = s.place + 1;
    for (const std::int32_t s : steps)
      if (plan_.queue.has(s)) count = std::max(count, plan_.queue_at);
    return count;
  }

  std::tuple<double, double> rank(std::size_t s) const { return {-p_.steps[s].priority, -p_.steps[s].remaining_path}; }
  bool goes_first(std::size_t a, std::size_t b) const { return std::tuple(rank(a), a) < std::tuple(rank(b), b); }

  bool simple(std::size_t s) const {
    const auto& step = p_.steps[s];
    return step.caller == none && step.otherwise == none && step.replacement == none &&
           step.clauses.size() == 0 && step.only_if.size() == 0 && step.waits_at_most == Program::forever &&
           static_cast<std::int32_t>(s) != p_.commits_at && step.plain;
  }
  bool may_take_no_time(std::size_t s) const {
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

  void judge(std::size_t k) {
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

  std::set<std::int32_t> find_needed(LanePlan::Step& mine) const {
    const auto& step = p_.steps[at(mine.step)];
    std::set<std::int32_t> nodes;
    for (std::uint32_t c = step.clauses.begin; c < step.clauses.end; ++c) add_members(c, nodes);
    for (const std::int32_t n : nodes)
      if (n >= p_.services) mine.needed.push_back(n);
    for (const std::int32_t n : p_.service_order)
      if (nodes.contains(n)) mine.needed.push_back(n);
    return nodes;
  }
  void find_asks(LanePlan::Step& mine) const {
    const auto& step = p_.steps[at(mine.step)];
    std::int32_t seats = 0;
    for (std::uint32_t i = step.seats.begin; i < step.seats.end; ++i)
      if (plan_.resources[at(p_.seats[i].resource)].limited) {
        mine.asks.push_back(i);
        seats += p_.seats[i].count;
      }
    mine.several = seats > 1;
  }

  bool share_resource(const LanePlan::Step& a, const LanePlan::Step& b) const {
    for (const std::uint32_t i : a.asks)
      for (const std::uint32_t j : b.asks)
        if (p_.seats[i].resource == p_.seats[j].resource) return true;
    return false;
  }
  /// What makes `later` ready comes no earlier than what makes `earlier` ready, whatever is drawn.
  bool provably_before(std::size_t earlier, std::size_t later) const {
    for (std::uint32_t i = p_.steps[earlier].after.begin; i < p_.steps[earlier].after.end; ++i)
      if (!ancestors_[later].contains(p_.pool[i])) return false;
    return true;
  }
  bool same_causes(std::size_t a, std::size_t b) const {
    const auto set = [&](std::size_t s) {
      return std::set<std::int32_t>(p_.pool.begin() + p_.steps[s].after.begin,
                                    p_.pool.begin() + p_.steps[s].after.end);
    };
    return simple(a) && simple(b) && set(a) == set(b);
  }
  /// Whether a step may hold seats for no time at all, or run out of patience after seats were granted: then
  /// what happens at one instant has an order of its own.
  bool instant_holders() {
    if (instant_ < 0) {
      instant_ = 0;
      for (std::size_t s = 0; s < n_; ++s)
        if (brief(s)) instant_ = 1;
    }
    return instant_ != 0;
  }
  bool may_end_late(std::size_t s) const { return p_.steps[s].waits_at_most < Program::forever || p_.steps[s].only_if.size() > 0 || may_take_no_time(s); }
  bool brief(std::size_t s) const { return p_.steps[s].waits_at_most < Program::forever || (p_.steps[s].seats.size() > 0 && may_take_no_time(s)); }

  const Program& p_;
  LanePlan& plan_;
  std::size_t n_;
  std::vector<std::set<std::int32_t>> before_, better_, ancestors_;
  std::vector<std::set<std::int32_t>> causes_, may_hang_on_;  ///< by step: all that can ask no more once it is ready; all that can delay it
  int instant_ = -1;
};

}  // namespace

LanePlan::LanePlan(const Program& program) { Planner(program, *this).run(); }

}  // namespace muster
