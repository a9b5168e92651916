#include "sim/replication.h"

#include <algorithm>

#include "sim/correlated.h"
#include "sim/streams.h"

namespace muster {

Replication::Replication(const Program& program) : Replication(program, std::make_unique<World>(program)) {}

Replication::Replication(const Program& program, std::unique_ptr<World> world) : Replication(program, *world) {
  own_world_ = std::move(world);
}

Replication::Replication(const Program& program, World& world) : p_(program), w_(world) {
  fresh_steps_.resize(p_.steps.size());
  for (std::size_t s = 0; s < p_.steps.size(); ++s)
    fresh_steps_[s].waiting_for = static_cast<std::int32_t>(p_.steps[s].after.size());
  fresh_nodes_.resize(p_.nodes.size());
  for (std::size_t n = 0; n < p_.nodes.size(); ++n) fresh_nodes_[n].may_recover = p_.nodes[n].recoverers;
  for (const auto& c : p_.clauses) fresh_clause_up_.push_back(static_cast<std::int32_t>(c.members.size()));
  asked_.resize(p_.resources.size());
  strikes_region_.resize(p_.nodes.size());
  repair_at_.resize(p_.strikes.size());
  losses_.resize(static_cast<std::size_t>(p_.services));
  correlated_.resize(p_.correlated_steps.size());
  normals_.resize(p_.correlated_steps.size());
  truths_.resize(p_.beliefs.size());
}

void Replication::run(std::uint64_t seed, std::uint32_t replication, bool trace) { run(seed, replication, trace, replication); }

void Replication::draw_truths(std::uint64_t seed, std::uint32_t truth) {
  for (std::size_t i = 0; i < truths_.size(); ++i) truths_[i] = p_.beliefs[i].truth(Luck{seed, truth, dealer_});
}

void Replication::run(std::uint64_t seed, std::uint32_t replication, bool trace, std::uint32_t truth) {
  draw_truths(seed, truth);
  w_.reset(trace);
  seed_ = seed;
  replication_ = replication;
  begin(seed, replication, 1, draw_onset());
  loop();
  sum_up();
}

void Replication::run_until(std::uint64_t seed, std::uint32_t replication, double until) {
  w_.reset(false);
  seed_ = seed;
  replication_ = replication;
  begin(seed, replication, 1, draw_onset());
  loop(until);
}

double Replication::draw_onset() const { return p_.onset_matters || story_ ? p_.draw_onset(luck()) : 0; }

void Replication::begin(std::uint64_t seed, std::uint32_t replication, std::uint32_t number, double clock) {
  seed_ = seed;
  replication_ = replication;
  number_ = number;
  drawn_ahead_ = ahead_ && !dealer_ && ahead_->hold(seed, replication);
  if (drawn_ahead_) lane_ = ahead_->lane(replication);
  start_ = w_.now;
  onset_ = clock;
  reset();
  w_.on.push_back(this);
  draw_strikes();
  meet_world();
  for (std::size_t s = 0; s < p_.steps.size(); ++s) {
    const auto& step = p_.steps[s];
    if (step.after.size() == 0 && step.caller == none) predecessors_done(static_cast<std::int32_t>(s), {});
  }
}

void Replication::reset() {
  steps_ = fresh_steps_;
  nodes_ = fresh_nodes_;
  clause_up_ = fresh_clause_up_;
  std::fill(asked_.begin(), asked_.end(), 0);
  kept_losses_.clear();
  plan_end_ = recovery_ = last_end_ = 0;
  running_ = expiries_ = repairs_ = patient_ = duties_running_ = duties_in_vain_ = 0;
  struck_ = strikes_to_come_ = struck_recoverable_ = ever_struck_recoverable_ = ever_struck_ = 0;
  stood_down_ = stopped_ = repair_brought_back_ = judge_due_ = false;
  committed_ = p_.commits_at == none;
  committed_at_ = committed_ ? 0 : never;
  last_service_ = none;
  steps_left_ = 0;
  for (const auto& step : p_.steps)
    if (step.every == 0) ++steps_left_;
  draw_correlated(p_, luck(), normals_, correlated_);
}

/// Others may be on already: what is down now counts among what the steps need.
void Replication::meet_world() {
  if (w_.on.size() == 1) return;
  for (std::size_t c = p_.service_clauses; c < p_.clauses.size(); ++c) {
    const auto& clause = p_.clauses[c];
    for (std::uint32_t m = clause.members.begin; m < clause.members.end; ++m)
      if (is_down(p_.pool[m]) && clause_up_[c]-- == clause.at_least) ++at(~clause.owner).unmet;
  }
}

void Replication::loop(double until) {
  for (;;) {
    w_.settle();
    if (w_.queue.empty() || w_.queue.top().time > until || nothing_left() || (p_.has_duties && only_duties_left())) return;
    w_.advance(w_.queue.top().time);
  }
}

/// A region's repair matters to the services that need it.
bool Replication::nothing_left() const {
  return plan_over() && struck_ == 0 && strikes_to_come_ == 0 && (repairs_ == 0 || !p_.services_need_regions);
}

/// Duties alone would go on for ever. Only the seats they give back can still help another step, and even that not for ever: duties that
/// take turns may starve it.
bool Replication::only_duties_left() const {
  constexpr std::int32_t in_vain = 1000;
  if (running_ + expiries_ + w_.arrivals + repairs_ + patient_ + strikes_to_come_ > 0) return false;
  if (duties_running_ == 0 || duties_in_vain_ > in_vain) return true;
  return std::none_of(w_.waiting.begin(), w_.waiting.end(),
                      [](const World::StepOf& s) { return s.outage->step_of(s.step).every == 0 && s.outage->step(s.step).unmet == 0; });
}

bool Replication::over() const {
  if (!nothing_left() || repairs_ > 0) return false;
  // A region that is never repaired lets go of nobody who needs it.
  bool region = false, service = false;
  for (std::int32_t n = p_.services; n < static_cast<std::int32_t>(nodes_.size()); ++n) region |= node(n).struck;
  for (std::int32_t n = 0; n < p_.services && region && !service; ++n) service = holds_down(n);
  return !service;
}

void Replication::leave_world() {
  for (std::size_t n = 0; n < nodes_.size(); ++n)
    if (nodes_[n].struck) {
      release_node(static_cast<std::int32_t>(n));
      check_up(static_cast<std::int32_t>(n), none);
    }
  for (std::size_t n = 0; n < strikes_region_.size(); ++n) w_.region_struck[n] -= strikes_region_[n];
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    World::Resource& r = w_.resources[i];
    if (!asked_[i] || --r.users > 0) continue;
    ++r.epoch;
    r.free = 0;
  }
}

void Replication::handle(const Event& e) {
  switch (e.kind) {
    case attempt_end:
    case part_end:
    case pause_end: {
      StepRun& r = at(e.subject);
      if (r.epoch != e.epoch) return;
      r.end_pending = false;
      if (e.kind == attempt_end) return end_attempt(e.subject);
      if (e.kind == pause_end) return begin_attempt(e.subject);
      ++r.part;
      return begin_part(e.subject);
    }
    case timeout: {
      StepRun& r = at(e.subject);
      if (r.epoch != e.epoch) return;
      r.timed_out = true;
      if (!r.end_pending) w_.leave({this, e.subject}, p_.parts[step_of(e.subject).parts.begin + r.part].link);
      return end_attempt(e.subject);
    }
    case expiry: {
      StepRun& r = at(e.subject);
      if (r.epoch != e.epoch) return;
      return expire(e.subject);
    }
    case repair:
      --repairs_;
      return mend(e.subject);
    case strike: return hit(e.subject);
    case patience_over:
      --patient_;
      at(e.subject).became_ready = {Why::patience, none, none};
      w_.ready.push_back({this, e.subject});
      return;
    case duty_due: return duty(e.subject);
    default: return;
  }
}

double Replication::rto(std::int32_t service) const {
  const World::Node& n = w_.node(service);
  return n.down ? never : n.last_down;
}

/// Walks from what brought the service back through whatever each step waited for last. A step that was replaced is
/// entered twice: at its end, which was its fallback's, and as the caller of that fallback, through its own run or wait.
void Replication::critical_path(std::int32_t service, std::vector<std::int32_t>& path) const {
  path.clear();
  if (service == none || w_.node(service).down || w_.node(service).last_down == 0) return;
  std::int32_t s = w_.node(service).up_by;
  bool own_run = false;
  double called_at = 0;
  for (std::size_t guard = 4 * steps_.size() + 4; s != none && guard > 0; --guard) {
    const StepRun& r = step(s);
    if (!own_run && r.how == How::replaced) {
      s = r.ended_by;
      continue;
    }
    if ((r.ran || (own_run && called_at > r.ready)) && (path.empty() || path.back() != s)) path.push_back(s);
    if (step_of(s).every > 0) return;  // it fell due by the clock
    if (r.ran && r.slowed_by != none) {
      s = r.slowed_by;
      own_run = true;
      continue;
    }
    CauseOf cause = r.ran ? r.began : r.became_ready;
    if (cause.why == Why::person && cause.by != none) cause = step(cause.by).became_ready;
    own_run = cause.why != Why::predecessor;
    called_at = r.ready;
    s = cause.by;
  }
}

}  // namespace muster
