#include <algorithm>
#include <utility>

#include "sim/lanes.h"

namespace muster {

void Lanes::simple(const LanePlan::Step& planned) {
  const auto s = at(planned.step);
  const auto& step = p_.steps[s];
  const double* ready = when_ready(planned.step, times_);
  if (!planned.asks.empty()) {
    if (ready != times_) std::copy_n(ready, n_, times_);
    ask(planned, times_, all_, n_);
    seat(planned, times_, times_, all_, n_);
    ready = times_;
  }
  double* end = finish_[s];
  if (start_[s]) std::copy_n(ready, n_, start_[s]);
  attempts(planned.step, ready, end, all_, n_);
  note_instants(planned.step, ready, end, all_, n_);
  if (step.on_failure == OnFailure::stop)
    for (std::uint32_t i = 0; i < lost_count_; ++i) stops(lost_[i], start_[s] ? start_[s][lost_[i]] : 0, end[lost_[i]]);
  if (won_[s] != end) {
    std::copy_n(end, n_, won_[s]);
    for (std::uint32_t i = 0; i < lost_count_; ++i) won_[s][lost_[i]] = forever;
  }
  if (!planned.asks.empty()) take(planned, end, all_, n_);
}

double Lanes::need(const Program::Step& step, std::uint32_t lane) {
  double last = 0;
  for (std::uint32_t c = step.clauses.begin; c < step.clauses.end; ++c)
    last = std::max(last, met(p_.clauses[c], lane));
  return last;
}

/// When the clause is met from then on.
double Lanes::met(const Program::Clause& clause, std::uint32_t lane) {
  members_.clear();
  for (std::uint32_t m = clause.members.begin; m < clause.members.end; ++m)
    members_.push_back(up_[at(p_.pool[m])][lane]);
  const auto kth = members_.begin() + (clause.at_least - 1);
  std::nth_element(members_.begin(), kth, members_.end());
  return *kth;
}

void Lanes::general(const LanePlan::Step& planned, const std::uint32_t* lanes, std::uint32_t lane_count) {
  const auto s = at(planned.step);
  const auto& step = p_.steps[s];
  for (const std::int32_t node : planned.needed)
    if (up_[at(node)] != zero_) bring_up(node);
  double *end = finish_[s], *won = won_[s];
  const auto fill = [&](double* column, double value) {
    for (std::uint32_t k = 0; column && k < lane_count; ++k) column[lanes[k]] = value;
  };
  fill(end, forever);
  if (won != end) fill(won, forever);
  fill(start_[s], forever);
  for (const std::int32_t f : {step.otherwise, step.replacement})
    if (f != none) fill(called_[at(f)], forever);
  fill(began_[s], -1.0);
  if (planned.unsure) fill(ready_then_[s], -1.0);
  std::uint32_t asking = 0;
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    const std::uint32_t i = lanes[lane];
    double ready = step.caller != none ? called_[s][i] : 0;
    for (std::uint32_t a = step.after.begin; a < step.after.end; ++a)
      ready = std::max(ready, finish_[at(p_.pool[a])][i]);
    if (planned.step == p_.commits_at) ready = std::max(ready, p_.patience);
    if (ready == forever) continue;
    if (!is_wanted(step, i, ready)) {
      end[i] = late_end_[s][i] = ready;
      continue;
    }
    ready_[i] = ready;
    const double needed = step.clauses.size() > 0 ? need(step, i) : 0;
    if (planned.instant && (needed == ready || needed == ready + step.waits_at_most)) look_at_instant(planned, i, needed);
    if (planned.unsure) {
      ready_then_[s][i] = ready;
      needed_then_[s][i] = needed;
    }
    if (needed > ready) look_at_strikes(planned, i, ready, forever);  // a later strike must not seem to be what it waits for
    if (needed > ready && step.otherwise != none && step.waits_at_most == forever) {
      called_[at(step.otherwise)][i] = ready;
      continue;
    }
    const double asked = std::max(ready, needed);
    limit_[i] = step.waits_at_most == forever ? forever : ready + step.waits_at_most;
    if (asked > limit_[i]) {
      give_up(planned, i, limit_[i]);
      continue;
    }
    if (asked == forever) continue;
    asking_[asking] = i;
    more_times_[asking++] = asked;
  }
  if (!planned.asks.empty() && asking > 0) {
    const std::uint32_t* list = asking == n_ ? all_ : asking_.data();
    ask(planned, more_times_, list, asking);
    seat(planned, more_times_, scratch_, list, asking);
    std::uint32_t starting = 0;
    for (std::uint32_t k = 0; k < asking; ++k) {
      const std::uint32_t i = asking_[k];
      if (scratch_[k] > limit_[i]) {
        if (began_[s]) began_[s][i] = limit_[i];
        look_at_strikes(planned, i, ready_[i], limit_[i]);
        give_up(planned, i, limit_[i]);
      } else if (scratch_[k] < forever) {
        starting_[starting] = i;
        more_times_[starting++] = scratch_[k];
      }
    }
    asking = starting;
    std::swap(asking_, starting_);
  }
  fill(transfer_from_[s], forever);
  fill(transfer_to_[s], -1.0);
  if (asking == 0) return;
  std::copy_n(asking_.begin(), asking, list_.begin());
  const std::uint32_t* list = asking == n_ ? all_ : list_.data();
  for (std::uint32_t k = 0; !planned.needed.empty() && k < asking; ++k) look_at_strikes(planned, list[k], ready_[list[k]], more_times_[k]);
  if (start_[s])
    for (std::uint32_t k = 0; k < asking; ++k) start_[s][list[k]] = more_times_[k];
  attempts(planned.step, more_times_, ends_, list, asking);
  note_instants(planned.step, more_times_, ends_, list, asking);
  if (start_[s])
    for (std::uint32_t k = 0; k < asking; ++k) run_end_[s][list[k]] = ends_[k];
  if (transfer_from_[s]) look_at_transfers(planned.step);
  if (!planned.asks.empty()) take(planned, ends_, list, asking);
  std::uint32_t lost = 0;
  for (std::uint32_t k = 0; k < asking; ++k) {
    const std::uint32_t i = list[k];
    if (lost < lost_count_ && lost_[lost] == k) {
      ++lost;
      fail_for_good(planned, i, more_times_[k], ends_[k]);
    } else {
      end[i] = ends_[k];
      if (won != end) won[i] = ends_[k];
    }
  }
}

/// Whether anything was struck by then without which it is passed.
bool Lanes::is_wanted(const Program::Step& step, std::uint32_t lane, double ready) const {
  for (std::uint32_t k = step.only_if.begin; k < step.only_if.end; ++k) {
    const double *repair = repair_[at(p_.pool[k])], *when = struck_at_[at(p_.pool[k])];
    if (repair && repair[lane] >= 0 && (!when || when[lane] <= ready)) return true;
  }
  return step.only_if.size() == 0;
}

void Lanes::note_instants(std::int32_t s, const double* from, const double* to, const std::uint32_t* list, std::uint32_t n) {
  for (double* instants : {brief_[at(s)], late_end_[at(s)]})
    for (std::uint32_t k = 0; instants && k < n; ++k)
      if (from[k] == to[k]) instants[list[k]] = from[k];
}

/// Whether it goes after all of those before it in the order who ask at the same instant.
bool Lanes::comes_after(const LanePlan::Step& planned, std::uint32_t lane, double asked) const {
  for (const std::int32_t o : planned.goes_before)
    if (asked_[at(o)][lane] == asked) return false;
  return !planned.look_at_ties || !any_brief(lane, asked);
}

bool Lanes::any_brief(std::uint32_t lane, double when) const {
  return std::any_of(brief_.begin(), brief_.end(), [&](const double* brief) { return brief && brief[lane] == when; });
}

void Lanes::give_up(const LanePlan::Step& planned, std::uint32_t lane, double when) {
  const auto& step = p_.steps[at(planned.step)];
  brief_[at(planned.step)][lane] = late_end_[at(planned.step)][lane] = when;
  if (step.otherwise != none)
    called_[at(step.otherwise)][lane] = when;
  else
    fail_for_good(planned, lane, when, when);
}

void Lanes::fail_for_good(const LanePlan::Step& planned, std::uint32_t lane, double began, double when) {
  const auto& step = p_.steps[at(planned.step)];
  if (step.on_failure == OnFailure::replace)
    called_[at(step.replacement)][lane] = when;
  else if (step.on_failure == OnFailure::stop)
    stops(lane, began, when);
  else
    finish_[at(planned.step)][lane] = when;
}

/// A step that called another ends with it; one that was not called ends with its caller.
void Lanes::end_tree(std::int32_t root) {
  const auto& tree = plan_.trees[at(root)];
  for (auto it = tree.rbegin(); it != tree.rend(); ++it)
    for (const std::int32_t f : {p_.steps[at(*it)].otherwise, p_.steps[at(*it)].replacement})
      for (std::uint32_t i = 0; f != none && i < n_; ++i)
        if (called_[at(f)][i] < forever) finish_[at(*it)][i] = finish_[at(f)][i];
  for (const std::int32_t s : tree)
    for (const std::int32_t f : {p_.steps[at(s)].otherwise, p_.steps[at(s)].replacement})
      for (std::uint32_t i = 0; f != none && i < n_; ++i)
        if (called_[at(f)][i] == forever) finish_[at(f)][i] = finish_[at(s)][i];
}

/// Looks whether this step asks in its turn.
void Lanes::ask(const LanePlan::Step& planned, const double* asked, const std::uint32_t* list,
                std::uint32_t n) {
  if (double* mine = asked_[at(planned.step)])
    for (std::uint32_t k = 0; k < n; ++k) mine[list[k]] = asked[k];
  if (!planned.duties.empty()) catch_up(planned.duties, planned.place, asked, list, n);
  for (const std::uint32_t a : planned.asks) {
    const auto r = at(p_.seats[a].resource);
    const auto& resource = plan_.resources[r];
    if (resource.looked_at && !passed_) {
      double *last = last_asked_[r], *held = held_until_[r];
      for (std::uint32_t k = 0; k < n; ++k) {
        const std::uint32_t i = list[k];
        if (asked[k] < last[i] || asked[k] <= held[i] || (asked[k] == last[i] && !comes_after(planned, i, asked[k]))) condemn(i);
        last[i] = std::max(last[i], asked[k]);
      }
    }
    if (!p_.resources[r].responds) continue;
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t i = list[k];
      if (seats_[resource.first][i] >= 0) continue;
      const auto& role = p_.resources[r];
      const double clock = onset_[i] + asked[k];
      const bool on = role.hours.always() || role.hours.on_hours(clock);
      const double absent = !on && role.absent_off_hours ? role.hours.next_on_hours(clock) - clock : 0;
      for (std::uint32_t seat = resource.first; seat < resource.first + resource.count; ++seat)
        seats_[seat][i] = asked[k] + (on ? delays_[seat][i] : role.absent_off_hours ? absent : off_delays_[seat][i]);
    }
  }
  for (const std::int32_t o : planned.overtaken)
    for (std::uint32_t k = 0; k < n && !passed_; ++k) {
      const std::uint32_t i = list[k];
      if (asked[k] > began_[at(o)][i]) continue;
      if (planned.passes == LanePlan::nowhere || plan_.order[planned.passes].step != o || has_passed_[i])
        condemn(i);
      else
        put_back(plan_.order[planned.passes], planned, asked[k], i);
    }
  for (std::size_t k = 0; k < seats_then_[at(planned.step)].size(); ++k)
    std::copy_n(seats_[plan_.resources[at(p_.seats[planned.asks[0]].resource)].first + k], n_, seats_then_[at(planned.step)][k]);
}

/// As if it had not taken its seat yet: it will do so after `by`, who passes it, unless that one has to wait for seats of another kind even longer.
void Lanes::put_back(const LanePlan::Step& planned, const LanePlan::Step& by, double asked, std::uint32_t lane) {
  const auto& resource = plan_.resources[at(p_.seats[planned.asks[0]].resource)];
  for (std::uint32_t k = 0; k < resource.count; ++k) seats_[resource.first + k][lane] = seats_then_[at(planned.step)][k][lane];
  const double free = std::max(asked, seats_[resource.first][lane]);
  for (const std::uint32_t a : by.asks)
    if (seats_[plan_.resources[at(p_.seats[a].resource)].first][lane] > free) condemn(lane);
  has_passed_[lane] = 1;
  passing_[passing_count_++] = lane;
}

void Lanes::do_passed(const LanePlan::Step& planned) {
  passed_ = true;
  general(planned, passing_.data(), std::exchange(passing_count_, 0));
  passed_ = false;
}

/// When the step gets all that it asks for; `start` may be `asked`.
void Lanes::seat(const LanePlan::Step& planned, const double* asked, double* start, const std::uint32_t* list,
                 std::uint32_t n) {
  if (list == all_ && planned.asks.size() == 1 && !planned.several && !began_[at(planned.step)]) {
    k_.latest(start, asked, seats_[plan_.resources[at(p_.seats[planned.asks[0]].resource)].first], n);
    return;
  }
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t i = list[k];
    const double before = asked[k];
    double when = before;
    for (const std::uint32_t a : planned.asks) {
      const auto& resource = plan_.resources[at(p_.seats[a].resource)];
      when = std::max(when, seats_[resource.first + static_cast<std::uint32_t>(p_.seats[a].count) - 1][i]);
    }
    if (planned.several && when > before)
      for (const std::uint32_t a : planned.asks) {
        double& held = held_until_[at(p_.seats[a].resource)][i];
        held = std::max(held, when);
      }
    if (began_[at(planned.step)]) began_[at(planned.step)][i] = when;
    start[k] = when;
  }
}

void Lanes::take(const LanePlan::Step& planned, const double* until, const std::uint32_t* list,
                 std::uint32_t n) {
  for (const std::uint32_t a : planned.asks) {
    const auto& resource = plan_.resources[at(p_.seats[a].resource)];
    double* const* seats = seats_.data() + resource.first;
    const auto count = static_cast<std::uint32_t>(p_.seats[a].count);
    if (list == all_ && count == 1) {
      k_.take(seats, resource.count, until, n);
      continue;
    }
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t i = list[k];
      for (std::uint32_t c = 0; c < count;
           ++c) {  // the first `count` are taken; each is put where it belongs
        const std::uint32_t last = resource.count - 1;
        std::uint32_t place = 0;
        const double end = until[k];
        for (; place < last && seats[place + 1][i] < end; ++place) seats[place][i] = seats[place + 1][i];
        seats[place][i] = end;
      }
    }
  }
}

/// A transfer that is not alone on its link takes true events.
void Lanes::look_at_transfers(std::int32_t s) {
  const double *from = transfer_from_[at(s)], *to = transfer_to_[at(s)];
  for (const std::int32_t other : transfers_) {
    if (other == s) return;
    const double *its_from = transfer_from_[at(other)], *its_to = transfer_to_[at(other)];
    for (std::uint32_t i = 0; i < n_; ++i)
      if (from[i] <= its_to[i] && its_from[i] <= to[i]) condemn(i);
  }
}

/// What a step needs may go down after it was ready and before it began, or ceased to wait.
void Lanes::look_at_strikes(const LanePlan::Step& planned, std::uint32_t lane, double ready, double began) {
  for (const std::int32_t node : planned.needed) {
    const double* struck = struck_at_[at(node)];
    if (struck && struck[lane] > ready && struck[lane] <= began) condemn(lane);
  }
}

/// What it needs came back just then. Whoever brings back, or no longer can, does so before, unless it ends late.
void Lanes::look_at_instant(const LanePlan::Step& planned, std::uint32_t lane, double when) {
  for (const std::int32_t node : planned.needed) {
    if (!repair_[at(node)] || repair_[at(node)][lane] < 0) continue;
    for (const std::int32_t r : recoverers_[at(node)])
      for (const std::int32_t s : plan_.trees[at(plan_.tree[at(r)])])
        if (late_end_[at(s)] ? late_end_[at(s)][lane] == when : plan_.queue.has(s) && finish_[at(s)][lane] == when) condemn(lane);
  }
}

/// Now that all is known: a step that went by something else takes true events. Nothing else is consistent with what it went by, as whatever
/// happens depends on what happened before; but for what takes no time, which could be its own cause.
void Lanes::look_at_needs() {
  for (const LanePlan::Step& planned : plan_.order) {
    if (!planned.unsure) continue;
    const double *ready = ready_then_[at(planned.step)], *needed = needed_then_[at(planned.step)];
    const auto& step = p_.steps[at(planned.step)];
    const double patience = step.otherwise != none && step.waits_at_most == forever ? 0 : step.waits_at_most;
    for (std::uint32_t i = 0; i < n_; ++i) {
      if (ready[i] < 0 || ready[i] >= ends_early_[i]) continue;
      const double now = need(step, i);
      if (planned.instant && now >= ready[i]) look_at_instant(planned, i, now);
      // When it comes back does not matter to who has ceased to wait for it.
      if (now != needed[i] && std::max(now, needed[i]) > ready[i] && std::min(now, needed[i]) <= ready[i] + patience) condemn(i);
    }
  }
}

}  // namespace muster
