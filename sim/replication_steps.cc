#include <algorithm>
#include <stdexcept>

#include "sim/replication.h"

/// The life of a step: ready, requested, granted, its attempts, its end; fallbacks and duties.
namespace muster {

/// What was scheduled for the step so far will be ignored.
void Replication::invalidate(std::int32_t s) {
  StepRun& r = at(s);
  if (r.expiry_pending && step_of(s).every == 0) --expiries_;
  r.expiry_pending = r.end_pending = false;
  ++r.epoch;
}

void Replication::schedule_expiry(std::int32_t s) {
  StepRun& r = at(s);
  if (step_of(s).waits_at_most == Program::forever || r.expiry_pending) return;
  schedule(std::max(w_.now, r.ready + step_of(s).waits_at_most), Phase::expiries, expiry, s, r.epoch);
  r.expiry_pending = true;
  if (step_of(s).every == 0) ++expiries_;
}

std::uint32_t Replication::draw_index(std::int32_t s) const {
  const StepRun& r = step(s);
  return (r.instance * step_of(s).attempts + r.attempt) & 0xfffffu;
}

void Replication::predecessors_done(std::int32_t s, CauseOf cause) {
  StepRun& r = at(s);
  if (step_of(s).caller != none && !r.called) return;
  if (stopped_ || stood_down_) return;
  if (r.became_ready.why != Why::called || cause.why != Why::onset) r.became_ready = cause;
  if (step_of(s).every > 0)
    duty(s);
  else
    w_.ready.push_back({this, s});
}

/// A duty falls due now; the next one does after `every`.
void Replication::duty(std::int32_t s) {
  const auto& step = step_of(s);
  if (stopped_ || stood_down_ || plan_over()) return;
  if (step.until != none && at(step.until).state == State::ended) return;
  schedule(w_.now + step.every, Phase::ready, duty_due, s, 0);
  StepRun& r = at(s);
  if (r.state != State::idle) return;
  w_.ready.push_back({this, s});
}

void Replication::make_ready(std::int32_t s) {
  StepRun& r = at(s);
  const auto& step = step_of(s);
  if (stopped_ || stood_down_) return;
  if (r.state == State::waiting_needs) {
    if (r.unmet == 0) request(s);
    return;
  }
  if (r.state != State::idle && r.state != State::patient) return;
  if (step.every > 0 && step.until != none && at(step.until).state == State::ended) return;
  if (s == p_.commits_at && w_.now < start_ + p_.patience) {
    r.state = State::patient;
    schedule(start_ + p_.patience, Phase::ready, patience_over, s, 0);
    ++patient_;
    return;
  }
  r.state = State::waiting_needs;
  r.how = How::not_ended;
  r.ready = w_.now;
  if (story_) note_ready(s);
  if (step.only_if.size() > 0) {
    bool struck = false;
    for (std::uint32_t i = step.only_if.begin; i < step.only_if.end; ++i) struck |= place(p_.pool[i]).ever_struck;
    if (!struck) return end(s, How::passed);
  }
  if (r.unmet == 0) return request(s);
  if (step.otherwise != none && step.waits_at_most == Program::forever) return call(s, step.otherwise);
  schedule_expiry(s);
}

void Replication::request(std::int32_t s, double asked_at) {
  StepRun& r = at(s);
  const auto& step = step_of(s);
  r.requested = asked_at;
  if (step.seats.size() == 0) return start(s, r.became_ready);
  r.state = State::waiting_seats;
  for (std::uint32_t i = step.seats.begin; i < step.seats.end; ++i) ask(p_.seats[i].resource, s);
  schedule_expiry(s);
  w_.stand_in_line({this, s});
  if (story_) note_request(s);
  w_.grants_due = true;
}

double Replication::draw_response(const Sampler& law, Stream role, std::int32_t seat) const {
  return law.table == none ? law.constant : sample(law, luck().value(role, static_cast<std::uint32_t>(seat)));
}

/// People come once: the first request of a role calls all its seats. They stay until the last outage that asked for them is over.
void Replication::ask(std::int32_t resource, std::int32_t asker) {
  const auto& role = p_.resources[static_cast<std::size_t>(resource)];
  if (!role.responds || asked_[static_cast<std::size_t>(resource)]) return;
  asked_[static_cast<std::size_t>(resource)] = 1;
  World::Resource& r = w_.resource(resource);
  if (r.users++ > 0) return;
  r.first_asker = asker;
  r.first_asked = w_.now;
  const double clock = onset_ + (w_.now - start_);
  const bool on = role.hours.always() || role.hours.on_hours(clock);
  for (std::int32_t seat = 0; seat < role.count; ++seat) {
    double delay = 0;
    if (!on && role.absent_off_hours)
      delay = role.hours.next_on_hours(clock) - clock;
    else
      delay = draw_response(on ? role.on_hours : role.off_hours, role.stream, seat);
    w_.queue.push(w_.now + delay, Phase::ends, arrival, resource, r.epoch);
    ++w_.arrivals;
  }
}

bool Replication::fits(std::int32_t s) const {
  const Span seats = step_of(s).seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i)
    if (w_.resources[static_cast<std::size_t>(p_.seats[i].resource)].free < p_.seats[i].count) return false;
  return step(s).unmet == 0;
}

void Replication::take_seats(std::int32_t s) {
  const CauseOf cause = cause_of_grant(s);
  const Span seats = step_of(s).seats;
  for (std::uint32_t k = seats.begin; k < seats.end; ++k) w_.resource(p_.seats[k].resource).free -= p_.seats[k].count;
  at(s).holds = true;
  if (w_.keep_log) left_queue(s);
  start(s, cause);
}

void Replication::left_queue(std::int32_t s) {
  const Span seats = step_of(s).seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i)
    if (p_.resources[static_cast<std::size_t>(p_.seats[i].resource)].role)
      w_.waits.push_back({p_.seats[i].resource, w_.now - step(s).requested});
}

/// No step of this plan waits for seats any more.
void Replication::give_up_waiting() {
  std::erase_if(w_.waiting, [this](const World::StepOf& s) {
    if (s.outage != this) return false;
    w_.count_wanted(s, -1);
    if (w_.keep_log) left_queue(s.step);
    return true;
  });
}

void Replication::count_shortage(std::int32_t s, double seconds) {
  const Span seats = step_of(s).seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i) {
    World::Resource& r = w_.resource(p_.seats[i].resource);
    if (r.free < p_.seats[i].count) r.waited += seconds;
  }
}

/// What it waited for last: the latest seat or slot to come free at this instant, else what made it ready.
Replication::CauseOf Replication::cause_of_grant(std::int32_t s) const {
  const StepRun& r = step(s);
  if (r.requested == w_.now) return r.became_ready;
  const World::Resource* latest = nullptr;
  const Span seats = step_of(s).seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i) {
    const World::Resource& x = w_.resources[static_cast<std::size_t>(p_.seats[i].resource)];
    if (x.gained_time == w_.now && (!latest || x.gained > latest->gained)) latest = &x;
  }
  return latest ? latest->last_gain : r.became_ready;
}

void Replication::start(std::int32_t s, CauseOf cause) {
  StepRun& r = at(s);
  invalidate(s);
  r.state = State::running;
  r.ran = true;
  r.start = w_.now;
  r.began = cause;
  r.attempt = 0;
  if (step_of(s).every == 0) {
    ++running_;
    duties_in_vain_ = 0;
  } else {
    ++duties_running_;
    ++duties_in_vain_;
  }
  if (story_) note_start(s);
  begin_attempt(s);
}

double Replication::draw_part(std::int32_t s, const Program::Part& part) const {
  if (part.law.table == none) return part.law.constant;
  const auto& step = step_of(s);
  const StepRun& r = this->step(s);
  if (standing_ && is_held(s)) return held_[static_cast<std::size_t>(&part - p_.parts.data())];
  if (step.correlated != none && r.instance == 0 && r.attempt == 0 && part.index == step.correlated_part)
    return part.share * sample(part.law, correlated_[static_cast<std::size_t>(step.correlated)]);
  if (drawn_ahead_ && r.instance == 0 && r.attempt == 0 && part.law.belief == none) return part.share * ahead_->length(static_cast<std::uint32_t>(&part - p_.parts.data()), lane_);
  return part.share * sample(part.law, luck().value(step.stream, draw_index(s), part.index));
}

void Replication::begin_attempt(std::int32_t s) {
  StepRun& r = at(s);
  const auto& step = step_of(s);
  r.state = State::running;
  r.attempt_start = w_.now;
  r.timed_out = false;
  if (step.plain) {
    double length = step.constant;
    for (std::uint32_t i = step.random.begin; i < step.random.end; ++i)
      length += draw_part(s, p_.parts[static_cast<std::size_t>(p_.pool[i])]);
    if (length > step.timeout) {
      length = step.timeout;
      r.timed_out = true;
    }
    schedule(w_.now + length, Phase::ends, attempt_end, s, r.epoch);
    r.end_pending = true;
    return;
  }
  if (step.timeout < Program::forever) schedule(w_.now + step.timeout, Phase::timeouts, timeout, s, r.epoch);
  r.part = 0;
  begin_part(s);
}

void Replication::begin_part(std::int32_t s) {
  StepRun& r = at(s);
  const Span parts = step_of(s).parts;
  if (parts.begin + r.part == parts.end) return replaying_ ? void(too_short_ |= is_held(s)) : end_attempt(s);
  const Program::Part& part = p_.parts[parts.begin + r.part];
  double length = 0;
  switch (part.kind) {
    case Program::Part::Kind::law: length = draw_part(s, part); break;
    case Program::Part::Kind::drain: length = (w_.now - start_) * part.amount; break;
    case Program::Part::Kind::transfer:
      length = part.law.belief == none ? part.amount : part.amount * draw_part(s, part) / part.share;
      if (length > 0) return w_.join({this, s}, part.link, length);
  }
  schedule(w_.now + length, Phase::ends, part_end, s, r.epoch);
  r.end_pending = true;
}

void Replication::end_attempt(std::int32_t s) {
  StepRun& r = at(s);
  const auto& step = step_of(s);
  invalidate(s);
  bool failed = r.timed_out;
  if (!failed && step.fails > 0)
    failed = drawn_ahead_ && r.instance == 0 && r.attempt == 0 ? ahead_->fails(s, lane_) : luck().heads(step.stream, draw_index(s), 0, step.fails);
  if (story_) note_attempt(s, failed);
  if (!failed) return end(s, How::succeeded);
  if (r.attempt + 1 == step.attempts) return fail_for_good(s);
  double pause = step.retry_after.constant;
  if (step.retry_after.table != none)
    pause = p_.sample(step.retry_after, luck().value(step.retry_stream, draw_index(s)));
  ++r.attempt;
  if (pause == 0) return begin_attempt(s);
  r.state = State::pausing;
  r.attempt_start = w_.now;
  schedule(w_.now + pause, Phase::ends, pause_end, s, r.epoch);
  r.end_pending = true;
}

void Replication::fail_for_good(std::int32_t s) {
  const auto& step = step_of(s);
  if (step.on_failure == OnFailure::replace && !stopped_) return call(s, step.replacement);
  // A duty may outlive the plan; what has ended cannot be stopped.
  if (step.on_failure == OnFailure::stop && !stopped_ && !plan_over()) stop();
  end(s, How::failed);
}

void Replication::expire(std::int32_t s) {
  const std::int32_t otherwise = step_of(s).otherwise;
  if (otherwise != none) return call(s, otherwise);
  stop_waiting(s);
  fail_for_good(s);
}

void Replication::stop_waiting(std::int32_t s) {
  if (at(s).state == State::waiting_seats) {
    w_.leave_line({this, s});
    if (w_.keep_log) left_queue(s);
  }
  invalidate(s);
}

void Replication::release(std::int32_t s) {
  StepRun& r = at(s);
  if (!r.holds) return;
  r.holds = false;
  const Span seats = step_of(s).seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i) {
    const auto index = static_cast<std::size_t>(p_.seats[i].resource);
    World::Resource& x = w_.resources[index];
    x.free += p_.seats[i].count;
    x.last_gain = {p_.resources[index].role ? Why::seat : Why::slot, s, p_.seats[i].resource};
    x.gained = ++w_.gains;
    x.gained_time = w_.now;
    if (w_.trace) x.busy += (std::min(w_.now, w_.horizon) - std::min(r.start, w_.horizon)) * p_.seats[i].count;
  }
  w_.grants_due = true;
}

/// The fallback runs in the caller's place; the caller ends when it does.
void Replication::call(std::int32_t caller, std::int32_t fallback) {
  StepRun& c = at(caller);
  if (c.state == State::running || c.state == State::pausing) --running_;
  stop_waiting(caller);
  if (c.ran) c.run_end = w_.now;
  release(caller);
  c.state = State::replaced;
  StepRun& f = at(fallback);
  f.called = true;
  f.became_ready = {Why::called, caller, none};
  if (f.waiting_for == 0) w_.ready.push_back({this, fallback});
}

/// A fallback that was not called counts as passed.
void Replication::call_off(std::int32_t fallback) {
  if (fallback != none && !at(fallback).called && at(fallback).state != State::ended) end(fallback, How::passed);
}

void Replication::end(std::int32_t s, How how) {
  StepRun& r = at(s);
  const auto& step = step_of(s);
  const bool was_running = r.state == State::running || r.state == State::pausing;
  invalidate(s);
  release(s);
  r.how = how;
  r.finish = w_.now;
  if (was_running) r.run_end = w_.now;
  if (story_) note_end(s);
  if (step.every > 0) {
    if (was_running) --duties_running_;
    r.state = State::idle;
    ++r.instance;
    return;
  }
  r.state = State::ended;
  if (was_running) --running_;
  --steps_left_;
  last_end_ = w_.now - start_;
  if (s == p_.commits_at && !stopped_ && !stood_down_) commit();
  if (how == How::succeeded)
    for (std::uint32_t i = step.recovers.begin; i < step.recovers.end; ++i) recover(p_.pool[i], s);
  if (!r.was_called_off) {
    r.was_called_off = true;
    for (std::uint32_t i = step.recovers.begin; i < step.recovers.end; ++i) recoverer_gone(p_.pool[i]);
  }
  call_off(step.otherwise);
  call_off(step.replacement);
  for (std::uint32_t i = step.ends_duties.begin; i < step.ends_duties.end; ++i) {
    const std::int32_t d = p_.pool[i];
    const State state = at(d).state;
    if (state != State::waiting_needs && state != State::waiting_seats) continue;
    stop_waiting(d);
    at(d).state = State::idle;
  }
  if (r.called) {
    at(step.caller).ended_by = s;
    end(step.caller, How::replaced);
  }
  for (std::uint32_t i = step.successors.begin; i < step.successors.end; ++i)
    if (--at(p_.pool[i]).waiting_for == 0) predecessors_done(p_.pool[i], {Why::predecessor, s, none});
}

}  // namespace muster
