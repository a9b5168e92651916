#include "sim/replication.h"

#include <algorithm>

#include "models/elementary.h"
#include "sim/streams.h"

namespace muster {

Replication::Replication(const Program& program) : p_(program) {
  fresh_steps_.resize(p_.steps.size());
  for (std::size_t s = 0; s < p_.steps.size(); ++s)
    fresh_steps_[s].waiting_for = static_cast<std::int32_t>(p_.steps[s].after.size());
  fresh_nodes_.resize(p_.nodes.size());
  for (std::size_t n = 0; n < p_.nodes.size(); ++n) fresh_nodes_[n].may_recover = p_.nodes[n].recoverers;
  fresh_resources_.resize(p_.resources.size());
  for (std::size_t r = 0; r < p_.resources.size(); ++r)
    fresh_resources_[r].free = p_.resources[r].responds ? 0 : p_.resources[r].count;
  for (const auto& c : p_.clauses) fresh_clause_up_.push_back(static_cast<std::int32_t>(c.members.size()));
  links_.resize(p_.links.size());
  region_struck_.resize(p_.nodes.size());
  repair_at_.resize(p_.strikes.size());
  losses_.resize(static_cast<std::size_t>(p_.services));
  busy_.resize(p_.resources.size());
  waited_.resize(p_.resources.size());
  correlated_.resize(p_.correlated_steps.size());
  normals_.resize(p_.correlated_steps.size());
  ready_.reserve(p_.steps.size() * 2);
  waiting_.reserve(p_.steps.size());
  finished_.reserve(p_.steps.size());
}

void Replication::run(std::uint64_t seed, std::uint32_t replication, bool trace) {
  seed_ = seed;
  replication_ = replication;
  trace_ = trace;
  reset();
  loop();
  sum_up();
}

void Replication::reset() {
  queue_.clear();
  steps_ = fresh_steps_;
  nodes_ = fresh_nodes_;
  resources_ = fresh_resources_;
  clause_up_ = fresh_clause_up_;
  for (LinkRun& l : links_) {
    l.virtual_time = l.since = 0;
    l.epoch = 0;
    l.active.clear();
  }
  ready_.clear();
  waiting_.clear();
  if (trace_) {
    std::fill(busy_.begin(), busy_.end(), 0.0);
    std::fill(waited_.begin(), waited_.end(), 0.0);
  }
  now_ = plan_end_ = recovery_ = last_end_ = 0;
  gains_ = 0;
  running_ = expiries_ = arrivals_ = repairs_ = patient_ = duties_running_ = duties_in_vain_ = 0;
  struck_ = strikes_to_come_ = struck_recoverable_ = ever_struck_recoverable_ = ever_struck_ = 0;
  stood_down_ = stopped_ = repair_brought_back_ = grants_due_ = judge_due_ = false;
  committed_ = p_.commits_at == none;
  committed_at_ = committed_ ? 0 : never;
  last_service_ = none;
  steps_left_ = 0;

  if (p_.onset_matters || story_) {
    const Bits bits = draw(seed_, replication_, streams::onset());
    const double place = uniform(bits.first).value(), week = uniform(bits.second).value();
    onset_ = p_.starts ? onset_instant(p_.zone, *p_.starts, week) : onset_instant(p_.zone, week, place);
  }
  if (!p_.correlated_steps.empty()) {
    const std::size_t n = normals_.size();
    for (std::size_t i = 0; i < n; ++i) {
      const auto& s = step_of(p_.correlated_steps[i]);
      const Uniform01 u = uniform(draw(seed_, replication_, s.stream, 0, s.correlated_part).first);
      normals_[i] = u.upper ? -normal_quantile(u.tail) : normal_quantile(u.tail);
    }
    for (std::size_t i = 0; i < n; ++i) {
      double z = 0;
      for (std::size_t k = 0; k <= i; ++k) z += p_.correlation_factor[i * n + k] * normals_[k];
      const double tail = normal_cdf(z < 0 ? z : -z);
      correlated_[i] = {std::clamp(tail, 0x1p-54, 0.5 - 0x1p-54), z >= 0};
    }
  }
  draw_strikes();
  for (const auto& step : p_.steps)
    if (step.every == 0) ++steps_left_;
  for (std::size_t s = 0; s < p_.steps.size(); ++s) {
    const auto& step = p_.steps[s];
    if (step.after.size() == 0 && step.caller == none) predecessors_done(static_cast<std::int32_t>(s), {});
  }
}

/// At one instant what comes first is settled first: see Phase, and the stand-down is judged between repairs and strikes.
void Replication::loop() {
  for (;;) {
    const bool due = !queue_.empty() && queue_.top().time == now_;
    if (due && queue_.top().phase() <= Phase::repairs) {
      handle(queue_.pop());
    } else if (judge_due_) {
      judge_due_ = false;
      judge_stand_down();
    } else if (due && queue_.top().phase() <= Phase::ready) {
      handle(queue_.pop());
    } else if (!ready_.empty()) {
      for (std::size_t i = 0; i < ready_.size(); ++i) make_ready(ready_[i]);
      ready_.clear();
    } else if (grants_due_) {
      grants_due_ = false;
      grant();
    } else if (due) {
      handle(queue_.pop());
    } else if (queue_.empty() || nothing_left() || (p_.has_duties && only_duties_left())) {
      return;
    } else {
      advance(queue_.top().time);
    }
  }
}

bool Replication::nothing_left() const { return plan_over() && struck_ == 0 && strikes_to_come_ == 0; }

/// Duties alone would go on for ever. Only the seats they give back can still help another step, and even that not for ever: duties that
/// take turns may starve it.
bool Replication::only_duties_left() const {
  constexpr std::int32_t in_vain = 1000;
  if (running_ + expiries_ + arrivals_ + repairs_ + patient_ + strikes_to_come_ > 0) return false;
  if (duties_running_ == 0 || duties_in_vain_ > in_vain) return true;
  return std::none_of(waiting_.begin(), waiting_.end(), [&](std::int32_t s) { return step_of(s).every == 0 && step(s).unmet == 0; });
}

void Replication::advance(double to) {
  if (trace_)
    for (std::int32_t s : waiting_) {
      const Span seats = step_of(s).seats;
      for (std::uint32_t i = seats.begin; i < seats.end; ++i)
        if (resources_[static_cast<std::size_t>(p_.seats[i].resource)].free < p_.seats[i].count)
          waited_[static_cast<std::size_t>(p_.seats[i].resource)] += to - now_;
    }
  now_ = to;
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
      if (!r.end_pending) leave(e.subject, p_.parts[step_of(e.subject).parts.begin + r.part].link);
      return end_attempt(e.subject);
    }
    case expiry: {
      StepRun& r = at(e.subject);
      if (r.epoch != e.epoch) return;
      return expire(e.subject);
    }
    case link_end: {
      LinkRun& l = links_[static_cast<std::size_t>(e.subject)];
      if (l.epoch != e.epoch) return;
      return complete(e.subject);
    }
    case arrival: {
      --arrivals_;
      ResourceRun& r = resources_[static_cast<std::size_t>(e.subject)];
      ++r.free;
      r.last_gain = {Why::person, r.first_asker, e.subject};
      r.gained = ++gains_;
      r.gained_time = now_;
      grants_due_ = true;
      return;
    }
    case repair:
      --repairs_;
      return mend(e.subject);
    case strike: return hit(e.subject);
    case patience_over:
      --patient_;
      at(e.subject).became_ready = {Why::patience, none, none};
      ready_.push_back(e.subject);
      return;
    case duty_due: return duty(e.subject);
    default: return;
  }
}

double Replication::rto(std::int32_t service) const {
  const NodeRun& n = node(service);
  return n.down ? never : n.last_down;
}

/// Walks from what brought the service back through whatever each step waited for last. A step that was replaced is
/// entered twice: at its end, which was its fallback's, and as the caller of that fallback, through its own run or wait.
void Replication::critical_path(std::int32_t service, std::vector<std::int32_t>& path) const {
  path.clear();
  if (service == none || node(service).down || node(service).last_down == 0) return;
  std::int32_t s = node(service).up_by;
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
