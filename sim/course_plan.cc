#include "sim/course_plan.h"

#include <algorithm>
#include <tuple>

namespace muster {
namespace {

constexpr std::int32_t most_seats = 1000;  ///< of a pool: they are kept in order one by one


class Planner {
 public:
  Planner(const Program& program, CoursePlan& plan) : p_(program), plan_(plan) {}

  void run() {
    for (const auto& step : p_.steps)
      if (!fits(step)) return;
    for (const auto& strike : p_.strikes)
      if (!strike.at_onset) return;
    if (!find_pools()) return;
    plan_.enough = true;
    add_services();
    add_steps();
    rank_steps();
    find_phases();
    join_middle();
  }

 private:
  /// Nothing but seats can keep it from running, and nobody runs in its place.
  bool fits(const Program::Step& step) const {
    if (step.every > 0 || step.caller != none || step.otherwise != none || step.replacement != none || step.clauses.size() > 0) return false;
    if (step.waits_at_most < Program::forever) return false;
    for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i)
      if (p_.parts[i].kind == Program::Part::Kind::transfer) return false;
    return true;
  }

  bool find_pools() {
    std::vector<std::int64_t> demand(p_.resources.size(), 0);
    for (const auto& seats : p_.seats) demand[at(seats.resource)] += seats.count;
    pool_of_.assign(p_.resources.size(), none);
    for (std::size_t r = 0; r < p_.resources.size(); ++r) {
      const auto& resource = p_.resources[r];
      if (demand[r] == 0 || (!resource.responds && demand[r] <= resource.count)) continue;
      if (resource.count > most_seats) return false;
      CoursePlan::Pool pool{static_cast<std::int32_t>(r)};
      pool.first = plan_.seats;
      pool.count = static_cast<std::uint32_t>(resource.count);
      pool.called = resource.responds;
      pool_of_[r] = static_cast<std::int32_t>(plan_.pools.size());
      plan_.seats += pool.count;
      plan_.pools.push_back(pool);
    }
    for (const auto& step : p_.steps) {
      std::int32_t mine = none;
      for (std::uint32_t i = step.seats.begin; i < step.seats.end; ++i) {
        const std::int32_t pool = pool_of_[at(p_.seats[i].resource)];
        if (pool == none) continue;
        CoursePlan::Pool& of = plan_.pools[at(pool)];
        const auto count = static_cast<std::uint32_t>(p_.seats[i].count);
        if (mine != none || (of.users > 0 && of.each != count)) return false;
        mine = pool;
        of.each = count;
        ++of.users;
      }
    }
    return true;
  }

  void add_steps() {
    for (std::size_t s = 0; s < p_.steps.size(); ++s) {
      const auto& from = p_.steps[s];
      CoursePlan::Step to;
      to.recovers.begin = static_cast<std::uint32_t>(plan_.recovers.size());
      for (std::uint32_t i = from.recovers.begin; i < from.recovers.end; ++i)
        if (!plan_.plain_fate || plan_.struck[at(p_.pool[i])]) plan_.recovers.push_back(p_.pool[i]);
      to.recovers.end = static_cast<std::uint32_t>(plan_.recovers.size());
      to.fails = from.fails;
      for (std::uint32_t i = from.seats.begin; i < from.seats.end; ++i)
        if (const std::int32_t pool = pool_of_[at(p_.seats[i].resource)]; pool != none) to.pool = pool;
      to.holds = from.seats.size() > 0;
      using Run = CoursePlan::Run;
      to.run = !from.plain || from.timeout < Program::forever ? Run::parts : from.fails > 0 ? Run::coin : Run::sure;
      to.conditional = from.only_if.size() > 0 || (static_cast<std::int32_t>(s) == p_.commits_at && p_.patience > 0);
      for (std::uint32_t i = from.random.begin; i < from.random.end; ++i) {
        const auto& part = p_.parts[at(p_.pool[i])];
        to.special |= part.law.belief != none || (from.correlated != none && part.index == from.correlated_part);
      }
      plan_.unsure |= to.run != Run::sure;
      plan_.special |= to.conditional || to.special;
      plan_.steps.push_back(to);
    }
    for (const auto& pool : plan_.pools) plan_.special |= pool.called;
    plan_.special |= !p_.beliefs.empty();
  }

  using Phase = CoursePlan::Step::Phase;
  CoursePlan::Step& step(std::int32_t s) { return plan_.steps[at(s)]; }
  static bool certain(const CoursePlan::Step& step) { return step.run == CoursePlan::Run::sure && step.pool == none; }

  /// Steps that hold seats of which there are enough for all still start when seats are granted: that shows where they take no time, but to late
  /// ones no longer.
  void find_phases() {
    plan_.phased = plan_.plain_fate && !plan_.special;
    if (!plan_.phased) return;
    std::vector<std::int32_t> order;
    std::vector<std::uint32_t> left;
    for (std::size_t s = 0; s < p_.steps.size(); ++s) {
      left.push_back(p_.steps[s].after.size());
      if (left.back() == 0) order.push_back(static_cast<std::int32_t>(s));
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
      const Span next = p_.steps[at(order[i])].successors, after = p_.steps[at(order[i])].after;
      for (std::uint32_t k = next.begin; k < next.end; ++k)
        if (--left[at(p_.pool[k])] == 0) order.push_back(p_.pool[k]);
      if (!certain(step(order[i])) || step(order[i]).holds || !all_are(after, Phase::early)) continue;
      step(order[i]).phase = Phase::early;
      plan_.early.push_back(order[i]);
    }
    for (std::size_t i = order.size(); i-- > 0;)
      if (CoursePlan::Step& s = step(order[i]); s.phase == Phase::middle && certain(s) && all_are(p_.steps[at(order[i])].successors, Phase::late)) s.phase = Phase::late;
    for (const std::int32_t s : order)
      if (step(s).phase == Phase::late) plan_.late.push_back(s);
  }

  bool all_are(const Span& steps, Phase phase) {
    for (std::uint32_t i = steps.begin; i < steps.end; ++i)
      if (step(p_.pool[i]).phase != phase) return false;
    return true;
  }

  void join_middle() {
    for (std::size_t s = 0; s < p_.steps.size(); ++s) {
      const Span after = p_.steps[s].after, next = p_.steps[s].successors;
      CoursePlan::Step& mine = plan_.steps[s];
      mine.successors.begin = static_cast<std::uint32_t>(plan_.successors.size());
      for (std::uint32_t i = next.begin; i < next.end; ++i)
        if (step(p_.pool[i]).phase == Phase::middle) plan_.successors.push_back(p_.pool[i]);
      mine.successors.end = static_cast<std::uint32_t>(plan_.successors.size());
      std::uint32_t middle = 0, early = 0;
      for (std::uint32_t i = after.begin; i < after.end; ++i) {
        CoursePlan::Step& before = step(p_.pool[i]);
        middle += before.phase == Phase::middle;
        early += before.phase == Phase::early;
        before.told |= mine.phase == Phase::late && before.phase == Phase::middle;
      }
      plan_.before.push_back(middle);
      if (mine.phase != Phase::middle) continue;
      if (middle == 0) plan_.roots.push_back(static_cast<std::int32_t>(s));
      if (early > 0) plan_.entries.push_back(static_cast<std::int32_t>(s));
    }
  }

  void rank_steps() {
    std::vector<std::int32_t> order;
    for (std::size_t s = 0; s < p_.steps.size(); ++s) order.push_back(static_cast<std::int32_t>(s));
    const auto key = [&](std::int32_t s) { return std::tuple(-p_.steps[at(s)].priority, -p_.steps[at(s)].remaining_path); };
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });
    std::vector<std::int32_t> rank_of_pool(plan_.pools.size(), none);
    for (std::size_t i = 0; i < order.size(); ++i) {
      CoursePlan::Step& step = plan_.steps[at(order[i])];
      step.place = static_cast<std::uint32_t>(i);
      if (i > 0) step.rank = plan_.steps[at(order[i - 1])].rank + (key(order[i - 1]) < key(order[i]) ? 1 : 0);
      if (step.pool == none) continue;
      std::int32_t& rank = rank_of_pool[at(step.pool)];
      plan_.pools[at(step.pool)].ranked |= rank != none && rank != static_cast<std::int32_t>(step.rank);
      rank = static_cast<std::int32_t>(step.rank);
    }
    for (const auto& pool : plan_.pools) plan_.ranked |= pool.ranked;
  }

  /// Those within reach of a strike, and of their clauses those that may be unmet.
  void add_services() {
    std::vector<char> reached(p_.nodes.size(), 0);
    plan_.struck.assign(p_.nodes.size(), 0);
    plan_.plain_fate = !p_.has_lasts;
    for (const auto& strike : p_.strikes) {
      plan_.plain_fate &= strike.probability >= 1 && !strike.own_lasts;
      for (std::uint32_t i = strike.nodes.begin; i < strike.nodes.end; ++i) plan_.struck[at(p_.pool[i])] = reached[at(p_.pool[i])] = 1;
    }
    for (const std::int32_t s : p_.service_order) {
      const auto& node = p_.nodes[at(s)];
      CoursePlan::Service service{s, {static_cast<std::uint32_t>(plan_.clauses.size()), 0}};
      for (std::uint32_t c = node.clauses.begin; c < node.clauses.end; ++c) {
        CoursePlan::Clause clause{{static_cast<std::uint32_t>(plan_.members.size()), 0}, 0};
        const Span all = p_.clauses[c].members;
        for (std::uint32_t m = all.begin; m < all.end; ++m)
          if (reached[at(p_.pool[m])]) plan_.members.push_back(p_.pool[m]);
        clause.members.end = static_cast<std::uint32_t>(plan_.members.size());
        const std::uint32_t always_up = all.size() - clause.members.size();
        if (const auto need = static_cast<std::uint32_t>(p_.clauses[c].at_least); need > always_up) {
          clause.at_least = need - always_up;
          plan_.clauses.push_back(clause);
        }
      }
      service.clauses.end = static_cast<std::uint32_t>(plan_.clauses.size());
      if (!plan_.struck[at(s)] && service.clauses.size() == 0) continue;
      reached[at(s)] = 1;
      plan_.services.push_back(service);
      plan_.plain_fate &= node.store == none || !plan_.struck[at(s)];
    }
  }

  const Program& p_;
  CoursePlan& plan_;
  std::vector<std::int32_t> pool_of_;
};

}  // namespace

CoursePlan::CoursePlan(const Program& program) { Planner(program, *this).run(); }

}  // namespace muster
