#include <algorithm>

#include "sim/copies.h"
#include "sim/replication.h"
#include "sim/streams.h"

/// What goes down and comes back: strikes, repairs, recoveries, the plan's commitment, and what was lost.
namespace muster {

void Replication::draw_strikes() {
  std::fill(strikes_region_.begin(), strikes_region_.end(), 0);
  double lasts = never;
  if (p_.has_lasts) lasts = p_.lasts.table == none ? p_.lasts.constant : sample(p_.lasts, luck().value(p_.lasts_stream));
  for (std::size_t i = 0; i < p_.strikes.size(); ++i) {
    const auto& s = p_.strikes[i];
    if (s.probability < 1 && !luck().heads(s.stream, 0, 0, s.probability)) continue;
    double own = lasts;
    if (s.own_lasts) own = s.lasts.table == none ? s.lasts.constant : p_.sample(s.lasts, luck().value(s.lasts_stream));
    repair_at_[i] = own;
    for (std::uint32_t k = s.regions.begin; k < s.regions.end; ++k) {
      char& mine = strikes_region_[static_cast<std::size_t>(p_.pool[k])];
      w_.region_struck[static_cast<std::size_t>(p_.pool[k])] += 1 - mine;
      mine = 1;
    }
    double after = 0;
    if (!s.at_onset) after = s.after.table == none ? s.after.constant : p_.sample(s.after, luck().value(s.stream));
    schedule(start_ + after, Phase::strikes, strike, static_cast<std::int32_t>(i), 0);
    ++strikes_to_come_;
  }
}

void Replication::hit(std::int32_t which) {
  const auto& s = p_.strikes[static_cast<std::size_t>(which)];
  --strikes_to_come_;
  const double lasts = repair_at_[static_cast<std::size_t>(which)];
  if (lasts < never) {
    schedule(w_.now + lasts, Phase::repairs, repair, which, 0);
    ++repairs_;
  }
  if (story_) note_strike(which, w_.now + lasts);
  for (std::uint32_t i = s.nodes.begin; i < s.nodes.end; ++i) {
    const std::int32_t n = p_.pool[i];
    NodeRun& r = place(n);
    ++r.outstanding;
    if (r.recovered || r.struck) continue;
    r.struck = true;
    ++w_.node(n).struck;
    r.spell = w_.now;
    if (n < p_.services) {
      ++struck_;
      const bool recoverable = p_.nodes[static_cast<std::size_t>(n)].recoverers > 0;
      struck_recoverable_ += recoverable;
      ever_struck_recoverable_ += recoverable && !r.ever_struck;
      ever_struck_ += !r.ever_struck;
    }
    r.ever_struck = true;
    go_down(n);
  }
}

void Replication::mend(std::int32_t which) {
  const auto& s = p_.strikes[static_cast<std::size_t>(which)];
  if (story_) note_repair(which);
  for (std::uint32_t i = s.nodes.begin; i < s.nodes.end; ++i) {
    --place(p_.pool[i]).outstanding;
    try_repair(p_.pool[i]);
  }
}

void Replication::go_down(std::int32_t n) {
  World::Node& r = w_.node(n);
  if (r.down) return;
  r.down = true;
  r.since = w_.now;
  r.begun_by = this;
  const Span member = p_.nodes[static_cast<std::size_t>(n)].member_of;
  for (std::uint32_t i = member.begin; i < member.end; ++i) {
    const auto c = static_cast<std::size_t>(p_.pool[i]);
    if (w_.clause_up[c]-- != p_.clauses[c].at_least) continue;
    ++w_.node(p_.clauses[c].owner).unmet;
    go_down(p_.clauses[c].owner);
  }
  for (Replication* outage : w_.on) outage->needs_down(n);
}

void Replication::needs_down(std::int32_t n) {
  const Span clauses = p_.nodes[static_cast<std::size_t>(n)].step_clauses;
  for (std::uint32_t i = clauses.begin; i < clauses.end; ++i) {
    const auto c = static_cast<std::size_t>(p_.pool[i]);
    if (clause_up_[c]-- == p_.clauses[c].at_least) ++at(~p_.clauses[c].owner).unmet;
  }
}

void Replication::check_up(std::int32_t n, std::int32_t by) {
  const World::Node& r = w_.node(n);
  if (r.down && r.struck == 0 && r.unmet == 0) came_up(n, by);
}

void Replication::came_up(std::int32_t n, std::int32_t by) {
  World::Node& r = w_.node(n);
  r.down = false;
  r.last_down = w_.now;
  r.up_by = by;
  if (story_ && n < p_.services) note_up(n, by);
  if (w_.keep_log && n < p_.services) log_up(n);
  const Span member = p_.nodes[static_cast<std::size_t>(n)].member_of;
  for (std::uint32_t i = member.begin; i < member.end; ++i) {
    const auto c = static_cast<std::size_t>(p_.pool[i]);
    if (++w_.clause_up[c] != p_.clauses[c].at_least) continue;
    --w_.node(p_.clauses[c].owner).unmet;
    check_up(p_.clauses[c].owner, by);
  }
  for (Replication* outage : w_.on) outage->needs_up(n, by);
}

void Replication::needs_up(std::int32_t n, std::int32_t by) {
  const Span clauses = p_.nodes[static_cast<std::size_t>(n)].step_clauses;
  for (std::uint32_t i = clauses.begin; i < clauses.end; ++i) {
    const auto c = static_cast<std::size_t>(p_.pool[i]);
    if (++clause_up_[c] != p_.clauses[c].at_least) continue;
    const std::int32_t owner = ~p_.clauses[c].owner;
    StepRun& s = at(owner);
    if (--s.unmet > 0) continue;
    if (s.state == State::waiting_needs) {
      s.became_ready = {Why::service, by, n};
      w_.ready.push_back({this, owner});
    } else if (s.state == State::waiting_seats) {
      s.became_ready = {Why::service, by, n};
      w_.grants_due = true;
    }
  }
}

/// This outage has done with the node; another may hold it down still.
void Replication::release_node(std::int32_t n) {
  place(n).struck = false;
  --w_.node(n).struck;
}

/// An outage lasts until what it began or struck in this time of being down is up.
void Replication::log_up(std::int32_t n) {
  const World::Node& r = w_.node(n);
  for (Replication* outage : w_.on)
    if (outage->has_part_in(n)) {
      outage->recovery_ = w_.now - outage->start_;
      if (outage == r.begun_by) w_.spells.push_back({n, r.since, w_.now, outage});
    }
}

bool Replication::has_part_in(std::int32_t n) const {
  const World::Node& shared = w_.node(n);
  return shared.begun_by == this || (node(n).ever_struck && node(n).spell >= shared.since);
}

bool Replication::holds_down(std::int32_t service) const { return is_down(service) && has_part_in(service); }

/// A step ended with success: the service is back, and no strike will matter any more.
void Replication::recover(std::int32_t n, std::int32_t by) {
  NodeRun& r = place(n);
  r.recovered = true;
  if (!r.struck) return;
  release_node(n);
  --struck_;
  --struck_recoverable_;
  close_spell(n);
  judge_due_ = w_.judge_due = true;
  if (story_) note_recovered(n, by);
  check_up(n, by);
}

void Replication::recoverer_gone(std::int32_t n) {
  NodeRun& r = place(n);
  if (--r.may_recover == 0 && !r.recovered) try_repair(n);
}

bool Replication::data_gone(std::int32_t n) const {
  return p_.data != DataState::kept && p_.nodes[static_cast<std::size_t>(n)].store != none;
}

void Replication::try_repair(std::int32_t n) {
  NodeRun& r = place(n);
  if (!r.struck || r.outstanding > 0) return;
  if (n >= p_.services) {
    release_node(n);
    check_up(n, none);
    return;
  }
  if (r.may_recover > 0 && (data_gone(n) || (committed_ && !stopped_))) return;
  release_node(n);
  --struck_;
  struck_recoverable_ -= p_.nodes[static_cast<std::size_t>(n)].recoverers > 0;
  if (!committed_ && !stopped_) r.by_repair_uncommitted = true;
  if (data_gone(n)) close_spell(n);
  repair_brought_back_ = true;
  judge_due_ = w_.judge_due = true;
  if (story_) note_repaired(n);
  check_up(n, none);
}

void Replication::commit() {
  committed_ = true;
  committed_at_ = w_.now - start_;
  if (story_) note("the plan is committed");
}

/// Running steps finish, none starts; what the provider repairs comes back.
void Replication::stop() {
  stopped_ = true;
  if (story_) note("the plan stops: a step failed for good");
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto s = static_cast<std::int32_t>(i);
    StepRun& r = at(s);
    if (r.state == State::running || r.state == State::pausing || r.state == State::ended) continue;
    if (r.state != State::replaced) invalidate(s);
    if (r.was_called_off) continue;
    r.was_called_off = true;
    const Span recovers = step_of(s).recovers;
    for (std::uint32_t k = recovers.begin; k < recovers.end; ++k) recoverer_gone(p_.pool[k]);
  }
  give_up_waiting();
  for (std::int32_t n = 0; n < p_.services; ++n) try_repair(n);
}

/// The provider was first: judged when a service has come back while the plan is not committed.
void Replication::judge_stand_down() {
  if (committed_ || stopped_ || stood_down_ || !repair_brought_back_) return;
  if (ever_struck_recoverable_ > 0 ? struck_recoverable_ == 0 : struck_ == 0 && ever_struck_ > 0) stand_down();
}

void Replication::stand_down() {
  stood_down_ = true;
  plan_end_ = w_.now - start_;
  if (story_) note("the plan stands down: the provider was first");
  give_up_waiting();
  std::erase_if(w_.ready, [this](const World::StepOf& s) { return s.outage == this; });
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto s = static_cast<std::int32_t>(i);
    StepRun& r = at(s);
    if (r.state == State::ended) continue;
    if (r.state == State::running || r.state == State::pausing) {
      const auto& step = step_of(s);
      if (!step.plain && r.state == State::running && !r.end_pending) w_.leave({this, s}, p_.parts[step.parts.begin + r.part].link);
      r.how = How::cut_short;
      r.finish = r.run_end = w_.now;
      release(s);
      if (story_) note_end(s);
    }
    invalidate(s);
    r.state = State::ended;
  }
  running_ = duties_running_ = 0;
  for (NodeRun& n : nodes_) n.may_recover = 0;
  for (std::int32_t n = 0; n < p_.services; ++n) try_repair(n);
  judge_due_ = false;
}

void Replication::close_spell(std::int32_t n) {
  if (p_.nodes[static_cast<std::size_t>(n)].store == none) return;
  const double struck_at = place(n).spell - start_;
  if (keeps_losses_) kept_losses_.push_back({n, struck_at});
  lose(p_, n, struck_at);
}

void Replication::lose(const Program& p, std::int32_t n, double struck_at) {
  NodeRun& r = place(n);
  std::int32_t chosen = none;
  const double loss = copy_loss(p, luck(), n, struck_at, w_.region_struck, chosen, nullptr);
  if (r.chosen == none || loss > r.own_loss) r.chosen = chosen;
  r.own_loss = std::max(r.own_loss, loss);
}

void Replication::lose_again(const Program& other) {
  for (std::int32_t n = 0; n < p_.services; ++n) {
    place(n).own_loss = 0;
    place(n).chosen = none;
  }
  for (const Loss& loss : kept_losses_) lose(other, loss.service, loss.struck_at);
  join_losses();
}

void Replication::sum_up() {
  sum_up_recovery();
  sum_up_losses();
}

void Replication::sum_up_recovery() {
  for (std::int32_t n = 0; n < p_.services; ++n) {
    const double t = rto(n);
    if (t > recovery_) {
      recovery_ = t;
      last_service_ = n;
    }
  }
  if (!stood_down_) plan_end_ = stopped_ || steps_left_ == 0 ? last_end_ : never;
}

void Replication::sum_up_losses() {
  for (std::int32_t n = 0; n < p_.services; ++n)
    if (node(n).struck) close_spell(n);
  join_losses();
}

void Replication::join_losses() {
  bool lost = false;
  for (std::int32_t n = 0; n < p_.services; ++n) lost |= node(n).own_loss > 0;
  std::fill(losses_.begin(), losses_.end(), 0.0);
  if (!lost) return;
  for (std::int32_t s : p_.service_order) {
    double loss = node(s).own_loss;
    const Span clauses = p_.nodes[static_cast<std::size_t>(s)].clauses;
    for (std::uint32_t c = clauses.begin; c < clauses.end; ++c) {
      members_.clear();
      const Span members = p_.clauses[c].members;
      for (std::uint32_t m = members.begin; m < members.end; ++m)
        members_.push_back(p_.pool[m] < p_.services ? losses_[static_cast<std::size_t>(p_.pool[m])] : 0.0);
      const auto kth = members_.begin() + (p_.clauses[c].at_least - 1);
      std::nth_element(members_.begin(), kth, members_.end());
      loss = std::max(loss, *kth);
    }
    losses_[static_cast<std::size_t>(s)] = loss;
  }
}

}  // namespace muster
