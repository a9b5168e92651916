#include "sim/world.h"

#include <algorithm>

#include "sim/replication.h"

namespace muster {

World::World(const Program& program) : described(program) {
  fresh_nodes_.resize(program.nodes.size());
  fresh_resources_.resize(program.resources.size());
  for (std::size_t r = 0; r < program.resources.size(); ++r)
    fresh_resources_[r].free = program.resources[r].responds ? 0 : program.resources[r].count;
  for (std::size_t c = 0; c < program.service_clauses; ++c)
    fresh_clause_up_.push_back(static_cast<std::int32_t>(program.clauses[c].members.size()));
  links.resize(program.links.size());
  region_struck.resize(program.nodes.size());
  ready.reserve(program.steps.size() * 2);
  waiting.reserve(program.steps.size());
  wanted.resize(program.resources.size());
  finished_.reserve(program.steps.size());
}

void World::reset(bool traced) {
  queue.clear();
  now = 0;
  trace = traced;
  nodes = fresh_nodes_;
  clause_up = fresh_clause_up_;
  resources = fresh_resources_;
  for (Link& l : links) {
    l.virtual_time = l.since = 0;
    l.epoch = 0;
    l.active.clear();
  }
  std::fill(region_struck.begin(), region_struck.end(), 0);
  on.clear();
  ready.clear();
  waiting.clear();
  std::fill(wanted.begin(), wanted.end(), 0);
  spells.clear();
  waits.clear();
  gains = 0;
  arrivals = 0;
  grants_due = judge_due = false;
}

void World::settle() {
  for (;;) {
    const bool due = !queue.empty() && queue.top().time == now;
    if (due && queue.top().phase() <= Phase::repairs) {
      handle(queue.pop());
    } else if (judge_due) {
      judge_due = false;
      for (Replication* outage : on) outage->judge_stand_down();
    } else if (due && queue.top().phase() <= Phase::ready) {
      handle(queue.pop());
    } else if (!ready.empty()) {
      for (std::size_t i = 0; i < ready.size(); ++i) ready[i].outage->make_ready(ready[i].step);
      ready.clear();
    } else if (grants_due) {
      grants_due = false;
      grant();
    } else if (due) {
      handle(queue.pop());
    } else {
      return;
    }
  }
}

void World::advance(double to) {
  if (trace)
    for (const StepOf& s : waiting) s.outage->count_shortage(s.step, to - now);
  now = to;
}

void World::handle(const Event& e) {
  if (e.owner != 0) {
    // By onset, so by number; what an outage that is over had planned is dropped.
    const auto of = on.size() == 1 ? on.begin()
                                   : std::lower_bound(on.begin(), on.end(), e.owner, [](const Replication* r, std::uint32_t number) { return r->number() < number; });
    if (of != on.end() && (*of)->number() == e.owner) (*of)->handle(e);
  } else if (e.kind == link_end) {
    if (links[static_cast<std::size_t>(e.subject)].epoch == e.epoch) complete(e.subject);
  } else {
    --arrivals;
    Resource& r = resource(e.subject);
    if (r.epoch != e.epoch) return;
    ++r.free;
    r.last_gain = {Why::person, r.first_asker, e.subject};
    r.gained = ++gains;
    r.gained_time = now;
    grants_due = true;
  }
}

/// Dispatch order: priority, remaining path (zero unless critical-path-first), request time, the outage, place in the file.
void World::stand_in_line(StepOf s) {
  const auto before = [](const StepOf& a, const StepOf& b) {
    const auto &x = a.outage->step_of(a.step), &y = b.outage->step_of(b.step);
    if (x.priority != y.priority) return x.priority > y.priority;
    if (x.remaining_path != y.remaining_path) return x.remaining_path > y.remaining_path;
    const double asked = a.outage->at(a.step).requested, other = b.outage->at(b.step).requested;
    if (asked != other) return asked < other;
    return a.outage == b.outage ? a.step < b.step : a.outage->number() < b.outage->number();
  };
  auto place = waiting.end();
  if (!waiting.empty() && before(s, waiting.back())) place = std::upper_bound(waiting.begin(), waiting.end(), s, before);
  waiting.insert(place, s);
  count_wanted(s, 1);
}

void World::leave_line(StepOf s) {
  if (std::erase(waiting, s) > 0) count_wanted(s, -1);
}

void World::count_wanted(StepOf s, std::int32_t by) {
  const Program& p = s.outage->p_;
  const Span seats = p.steps[static_cast<std::size_t>(s.step)].seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i) wanted[static_cast<std::size_t>(p.seats[i].resource)] += by;
}

/// Nobody fits while nothing that is asked for is free: those who wait need not be looked at one by one.
bool World::may_grant() const {
  for (std::size_t r = 0; r < resources.size(); ++r)
    if (wanted[r] > 0 && resources[r].free > 0) return true;
  return false;
}

void World::grant() {
  std::size_t kept = 0, seen = 0;
  for (bool more = may_grant(); more && seen < waiting.size(); ++seen) {
    const StepOf s = waiting[seen];
    if (s.outage->fits(s.step)) {
      count_wanted(s, -1);
      s.outage->take_seats(s.step);
      more = may_grant();
    } else {
      waiting[kept++] = s;
    }
  }
  waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(kept), waiting.begin() + static_cast<std::ptrdiff_t>(seen));
}

}  // namespace muster
