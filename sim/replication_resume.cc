#include <algorithm>
#include <array>
#include <cmath>

#include "models/elementary.h"
#include "sim/replication.h"
#include "sim/streams.h"

/// A replication that goes on from the middle: what is known is replayed up to now, what runs is drawn so that it agrees with it.
///
/// A running attempt has not ended by now. With one random part its law is conditioned in closed form. With several, all but the
/// widest are drawn, the widest is conditioned on the rest, and the whole is accepted with the probability that the widest has of being that
/// long (rejection: exact); where 64 tries all fail, one of them is taken by these probabilities (resampling). Transfers that share a link
/// with others that run are drawn freely and played through, all anew while one has ended by now (exact), at most 32 times; then each
/// is conditioned as if it had its link for itself. Transfers that have ended took their share, drawn freely, until they ended.
namespace muster {
namespace {

constexpr std::uint32_t tries = 64, rounds = 32;

std::uint32_t picked(const std::array<double, tries>& weights, const Draw& luck) {
  double total = 0;
  for (const double w : weights) total += w;
  double left = uniform(luck).value() * total;
  for (std::uint32_t t = 0; t < tries; ++t)
    if ((left -= weights[t]) < 0) return t;
  return tries - 1;
}

bool has_ended(Standing::State state) {
  using enum RunProgress::Step::State;
  return state == succeeded || state == failed || state == passed || state == stood_in_for;
}

}  // namespace

void Replication::resume(const Standing& from, std::uint64_t seed, std::uint32_t replication) {
  seed_ = seed;
  replication_ = replication;
  standing_ = &from;
  held_.resize(p_.parts.size());
  std::uint32_t round = 0;
  while (!replay(from, from.contended && round < rounds, round)) ++round;
  place(from);
  loop();
  sum_up_recovery();
  standing_ = nullptr;
}

/// From the onset to now: strikes, ends, repairs and the parts of what runs. False: something that runs would have ended.
bool Replication::replay(const Standing& from, bool freely, std::uint32_t round) {
  w_.reset(false);
  number_ = 1;
  start_ = 0;
  onset_ = from.onset ? *from.onset : draw_onset();
  reset();
  w_.on.push_back(this);
  if (from.copula) draw_correlated_given(*from.copula);
  draw_strikes_given(from);
  for (std::size_t s = 0; s < from.steps.size(); ++s)
    if (is_held(static_cast<std::int32_t>(s))) hold(static_cast<std::int32_t>(s), freely, round);
  replaying_ = true;
  too_short_ = false;
  on_links_.clear();
  std::size_t end = 0, back = 0, start = 0;
  for (;;) {
    const double ends = end < from.ends.size() ? from.ends[end].at : never, backs = back < from.back.size() ? from.back[back].at : never,
                 starts = start < from.transfers.size() ? from.transfers[start].began : never, leaves = first_to_leave(from),
                 queued = !w_.queue.empty() && w_.queue.top().time <= from.now ? w_.queue.top().time : never;
    const double next = std::min({ends, backs, starts, leaves, queued});
    if (next == never) break;
    if (next == queued && next < ends && next < backs && next < leaves) {
      w_.take_next();
      continue;
    }
    w_.now = next;
    if (next == leaves) {
      leave_link(from);
    } else if (next == ends) {
      take_end(from, from.ends[end++].step);
    } else if (next == backs) {
      take_back(from.back[back++].service);
    } else {
      const Standing::Attempt& attempt = from.transfers[start++];
      StepRun& r = at(attempt.step);
      if (attempt.ended < never) on_links_.push_back(static_cast<std::uint32_t>(start - 1));
      r.state = State::running;
      r.part = 0;
      r.attempt = attempt.attempt;
      r.instance = attempt.ended < never ? 0 : from.steps[static_cast<std::size_t>(attempt.step)].instance;
      begin_part(attempt.step);
    }
  }
  replaying_ = false;
  return !(freely && too_short_);
}

double Replication::first_to_leave(const Standing& from) const {
  double first = never;
  for (const std::uint32_t i : on_links_) first = std::min(first, from.transfers[i].ended);
  return first;
}

/// A past attempt has ended now, whether or not all its parts were through.
void Replication::leave_link(const Standing& from) {
  const auto over = std::find_if(on_links_.begin(), on_links_.end(), [&](std::uint32_t i) { return from.transfers[i].ended <= w_.now; });
  const std::int32_t s = from.transfers[*over].step;
  on_links_.erase(over);
  StepRun& r = at(s);
  const Span parts = step_of(s).parts;
  if (parts.begin + r.part < parts.end && !r.end_pending) w_.leave({this, s}, p_.parts[parts.begin + r.part].link);
  invalidate(s);
  r.state = State::idle;
}

double Replication::lasts_given(const Sampler& lasts, Stream stream, double least) const {
  if (lasts.table == none) return std::max(lasts.constant, least);
  const QuantileTable& law = p_.tables[static_cast<std::size_t>(lasts.table)];
  const double survival = least < 0 ? 1 : law.distribution().survival(least);
  return survival > 0 ? value_beyond(law, least, survival, uniform(draw(seed_, replication_, stream))) : least;
}

/// As draw_strikes, with those that are known at their times, and what is not repaired lasting longer than until now.
void Replication::draw_strikes_given(const Standing& from) {
  using enum RunProgress::Strike::Seen;
  std::fill(strikes_region_.begin(), strikes_region_.end(), 0);
  double shared_least = -1;
  std::optional<double> shared;
  const auto strike_time = [&](std::size_t i) {
    const auto& s = p_.strikes[i];
    const auto& known = from.strikes[i];
    if (known.seen == struck) return known.at;
    if (known.seen == not_yet && s.at_onset) return never;
    const Draw luck = draw(seed_, replication_, s.stream);
    double probability = s.probability, after = 0;
    if (!s.at_onset && known.seen == not_yet) {
      const bool table = s.after.table != none;
      const double survival = !table ? s.after.constant > from.now : p_.tables[static_cast<std::size_t>(s.after.table)].distribution().survival(from.now);
      if (survival <= 0) return never;
      probability = probability * survival / (1 - probability + probability * survival);
      after = table ? value_beyond(p_.tables[static_cast<std::size_t>(s.after.table)], from.now, survival, uniform(luck)) : s.after.constant;
    } else if (!s.at_onset) {
      after = p_.sample(s.after, luck);
    }
    return probability < 1 && !heads(luck, probability) ? never : after;
  };
  for (std::size_t i = 0; i < p_.strikes.size(); ++i) {
    repair_at_[i] = strike_time(i);  // for the moment, when it strikes
    if (p_.strikes[i].own_lasts || repair_at_[i] == never) continue;
    if (from.strikes[i].seen == struck && from.strikes[i].repaired)
      shared = *from.strikes[i].repaired - repair_at_[i];
    else if (repair_at_[i] <= from.now)
      shared_least = std::max(shared_least, from.now - repair_at_[i]);
  }
  const double lasts = !p_.has_lasts ? never : shared ? *shared : lasts_given(p_.lasts, p_.lasts_stream, shared_least);
  for (std::size_t i = 0; i < p_.strikes.size(); ++i) {
    const auto& s = p_.strikes[i];
    const double at = repair_at_[i];
    if (at == never) continue;
    repair_at_[i] = lasts;
    if (from.strikes[i].seen == struck && from.strikes[i].repaired)
      repair_at_[i] = *from.strikes[i].repaired - at;
    else if (s.own_lasts)
      repair_at_[i] = lasts_given(s.lasts, s.lasts_stream, at <= from.now ? from.now - at : -1);
    for (std::uint32_t k = s.regions.begin; k < s.regions.end; ++k) {
      char& mine = strikes_region_[static_cast<std::size_t>(p_.pool[k])];
      w_.region_struck[static_cast<std::size_t>(p_.pool[k])] += 1 - mine;
      mine = 1;
    }
    schedule(at, Phase::strikes, strike, static_cast<std::int32_t>(i), 0);
    ++strikes_to_come_;
  }
}

/// Normals in the order of the standing's factor: the known ones, those that exceed something, the others.
void Replication::draw_correlated_given(const Standing::Copula& known) {
  const std::size_t n = known.order.size(), given = known.normals.size(), running = known.least.size();
  std::array<double, tries> weights{};
  std::uint32_t chosen = tries;
  const Standing::Step* first = running > 0 ? &standing_->steps[static_cast<std::size_t>(p_.correlated_steps[known.order[given]])] : nullptr;
  const auto fill = [&](std::uint32_t t) {
    double weight = 1;
    for (std::size_t i = 0; i < n; ++i) {
      const std::int32_t s = p_.correlated_steps[known.order[i]];
      const Stream stream = t == 0 ? step_of(s).stream : standing_->steps[static_cast<std::size_t>(s)].still;
      if (i < given) {
        normals_[i] = known.normals[i];
        continue;
      }
      const Uniform01 u = uniform(draw(seed_, replication_, stream, t, step_of(s).correlated_part));
      if (i >= given + running) {
        normals_[i] = u.upper ? -normal_quantile(u.tail) : normal_quantile(u.tail);
        continue;
      }
      double mean = 0;
      for (std::size_t k = 0; k < i; ++k) mean += known.factor[i * n + k] * normals_[k];
      const double own = known.factor[i * n + i], least = known.least[i - given] - mean;
      if (own == 0) {
        weight *= least < 1e-9;
        normals_[i] = 0;
        continue;
      }
      const double above = normal_cdf(-least / own);
      if (i > given) weight *= above;
      normals_[i] = normal_quantile_upper(std::clamp(above * (u.upper ? u.tail : 1 - u.tail), 1e-300, 1 - 0x1p-53));
    }
    return weight;
  };
  for (std::uint32_t t = 0; t < tries && chosen == tries; ++t) {
    weights[t] = fill(t);
    if (running < 2 || weights[t] >= 1 || heads(draw(seed_, replication_, first->still, t, streams::joint_accepts), weights[t])) chosen = t;
  }
  if (chosen == tries) fill(picked(weights, draw(seed_, replication_, first->still, 0, streams::joint_picks)));
  for (std::size_t i = 0; i < n; ++i) {
    double z = 0;
    for (std::size_t k = 0; k <= i; ++k) z += known.factor[i * n + k] * normals_[k];
    correlated_[known.order[i]] = {std::clamp(normal_cdf(z < 0 ? z : -z), 0x1p-54, 0.5 - 0x1p-54), z >= 0};
  }
}

/// Whether the step is in the attempt that the standing tells of as running.
bool Replication::is_held(std::int32_t s) const {
  const Standing::Step& known = standing_->steps[static_cast<std::size_t>(s)];
  if (!known.known || known.state != Standing::State::running) return false;
  const StepRun& r = step(s);
  return r.state == State::idle ? !r.ran : r.attempt == known.attempt && r.instance == known.instance;
}

void Replication::hold(std::int32_t s, bool freely, std::uint32_t round) {
  const Program::Step& step = step_of(s);
  const Standing::Step& known = standing_->steps[static_cast<std::size_t>(s)];
  const std::uint32_t index = (known.instance * step.attempts + known.attempt) & 0xfffffu;
  const bool correlated = step.correlated != none && index == 0;
  const auto uniform_of = [&](std::uint32_t k, std::uint32_t t) {
    const Program::Part& part = p_.parts[k];
    if (t == 0 && correlated && part.index == step.correlated_part) return correlated_[static_cast<std::size_t>(step.correlated)];
    return uniform(t == 0 ? draw(seed_, replication_, step.stream, index, part.index) : draw(seed_, replication_, known.still, t, part.index));
  };
  const auto fill = [&](std::uint32_t t, std::int32_t but) {
    for (std::uint32_t k = step.parts.begin; k < step.parts.end; ++k) {
      const Program::Part& part = p_.parts[k];
      if (part.kind != Program::Part::Kind::law || static_cast<std::int32_t>(k) == but) continue;
      held_[k] = part.law.table == none ? part.law.constant : p_.tables[static_cast<std::size_t>(part.law.table)](uniform_of(k, t));
    }
  };
  if (known.pivot == none || (freely && known.contended)) return fill(round, none);
  const auto pivot = static_cast<std::size_t>(known.pivot);
  const QuantileTable& law = p_.tables[static_cast<std::size_t>(p_.parts[pivot].law.table)];
  double least = known.least, survival = known.survival;
  std::uint32_t t = 0;
  fill(0, known.pivot);
  if (!known.alone) {
    std::array<double, tries> weights{};
    const auto weigh = [&](std::uint32_t which) {
      fill(which, known.pivot);
      least = least_of(p_, step, known.pivot, known.attempt_began, standing_->now, held_);
      return survival = least < 0 ? 1 : law.distribution().survival(least);
    };
    for (; t < tries; ++t) {
      weights[t] = weigh(t);
      if (weights[t] >= known.most || heads(draw(seed_, replication_, known.still, t, streams::accepts), weights[t] / known.most)) break;
    }
    if (t == tries) weigh(t = picked(weights, draw(seed_, replication_, known.still, 0, streams::picks)));
  }
  const Uniform01 u = uniform_of(static_cast<std::uint32_t>(pivot), t);
  // The correlated normal exceeds what it must already.
  if (correlated && step.plain && standing_->copula && survival > 0) survival = 1;
  held_[pivot] = survival <= 0 ? std::max(least, 0.0) : std::max(value_beyond(law, least, survival, u), least);
}

void Replication::take_end(const Standing& from, std::int32_t s) {
  const Standing::Step& known = from.steps[static_cast<std::size_t>(s)];
  const Program::Step& step = step_of(s);
  StepRun& r = at(s);
  r.ran = known.ran;
  r.ready = known.ready;
  r.start = known.began;
  r.finish = r.run_end = w_.now;
  r.state = State::ended;
  r.how = known.state == Standing::State::succeeded ? How::succeeded
          : known.state == Standing::State::failed  ? How::failed
          : known.state == Standing::State::passed  ? How::passed
                                                    : How::replaced;
  if (r.how == How::replaced) r.ended_by = known.stand_in;
  if (step.caller != none && r.how != How::passed) r.called = true;
  --steps_left_;
  last_end_ = w_.now;
  if (s == p_.commits_at) commit();
  for (std::uint32_t i = step.recovers.begin; r.how == How::succeeded && i < step.recovers.end; ++i) recover(p_.pool[i], s);
  r.was_called_off = true;
  for (std::uint32_t i = step.recovers.begin; i < step.recovers.end; ++i) recoverer_gone(p_.pool[i]);
  for (std::uint32_t i = step.successors.begin; i < step.successors.end; ++i) --at(p_.pool[i]).waiting_for;
}

/// Up again, and no step did it.
void Replication::take_back(std::int32_t n) {
  if (!place(n).struck) return;
  release_node(n);
  --struck_;
  struck_recoverable_ -= p_.nodes[static_cast<std::size_t>(n)].recoverers > 0;
  repair_brought_back_ = true;
  check_up(n, none);
}

void Replication::place(const Standing& from) {
  w_.now = from.now;
  w_.ready.clear();
  judge_due_ = w_.judge_due = w_.grants_due = false;
  place_people(from);
  for (std::size_t s = 0; s < from.steps.size(); ++s) place_step(from, static_cast<std::int32_t>(s));
  if (from.stops && !plan_over()) stop();
  for (const std::int32_t s : from.waiting) {
    StepRun& r = at(s);
    if (stopped_) break;
    r.state = State::waiting_needs;
    r.ready = from.steps[static_cast<std::size_t>(s)].ready;
    if (r.unmet == 0)
      request(s, r.ready);
    else if (step_of(s).otherwise != none && step_of(s).waits_at_most == Program::forever)
      call(s, step_of(s).otherwise);
    else
      schedule_expiry(s);
  }
  for (std::size_t i = 0; i < from.steps.size(); ++i) {
    const auto s = static_cast<std::int32_t>(i);
    const bool untold = !from.steps[i].known && at(s).state == State::idle && at(s).waiting_for == 0;
    if (untold && (step_of(s).caller == none || at(s).called)) predecessors_done(s, {});
  }
  w_.grants_due = true;
}

void Replication::place_people(const Standing& from) {
  for (std::size_t i = 0; i < from.roles.size(); ++i) {
    const Standing::Role& known = from.roles[i];
    const Program::Resource& role = p_.resources[i];
    if (!role.responds || !known.asked_already) continue;
    World::Resource& r = w_.resources[i];
    asked_[i] = 1;
    r.users = 1;
    r.free = known.arrived;
    const double clock = onset_ + known.asked;
    const bool on = role.hours.always() || role.hours.on_hours(clock), absent = !on && role.absent_off_hours;
    for (std::int32_t seat = known.arrived; seat < role.count; ++seat) {
      const Sampler& law = on ? role.on_hours : role.off_hours;
      double delay = absent ? role.hours.next_on_hours(clock) - clock : law.constant;
      if (!absent && law.table != none) {
        const QuantileTable& table = p_.tables[static_cast<std::size_t>(law.table)];
        const double waited = from.now - known.asked, survival = table.distribution().survival(waited);
        const Uniform01 u = uniform(draw(seed_, replication_, role.stream, static_cast<std::uint32_t>(seat)));
        delay = survival > 0 ? value_beyond(table, waited, survival, u) : waited;
      }
      w_.queue.push(std::max(w_.now, known.asked + delay), Phase::ends, arrival, static_cast<std::int32_t>(i), r.epoch);
      ++w_.arrivals;
    }
  }
}

void Replication::place_step(const Standing& from, std::int32_t s) {
  const Standing::Step& known = from.steps[static_cast<std::size_t>(s)];
  const Program::Step& step = step_of(s);
  StepRun& r = at(s);
  if (!known.known) return;
  if (step.every > 0 && !(step.until != none && at(step.until).state == State::ended)) {
    const double due = known.ready + step.every * (std::floor((w_.now - known.ready) / step.every) + 1);
    schedule(std::max(due, w_.now), Phase::ready, duty_due, s, 0);
  }
  r.instance = known.instance;
  if (known.state == Standing::State::running || known.state == Standing::State::pausing) return place_attempt(known, s);
  if (known.state != Standing::State::replaced || has_ended(known.state)) return;
  r.state = State::replaced;
  r.ready = known.ready;
  r.ran = known.ran;
  r.start = known.began;
  const std::int32_t fallback = known.stand_in;
  if (fallback == none || at(fallback).state == State::ended) return;
  at(fallback).called = true;
  at(fallback).became_ready = {Why::called, s, none};
}

void Replication::place_attempt(const Standing::Step& known, std::int32_t s) {
  const Program::Step& step = step_of(s);
  StepRun& r = at(s);
  const bool pauses = known.state == Standing::State::pausing;
  r.state = pauses ? State::pausing : State::running;
  r.ran = true;
  r.ready = r.requested = known.ready;
  r.start = known.began;
  r.attempt = known.attempt;
  r.attempt_start = known.attempt_began;
  if (step.caller != none) r.called = true;
  ++(step.every == 0 ? running_ : duties_running_);
  if (step.seats.size() > 0) r.holds = true;
  for (std::uint32_t k = step.seats.begin; k < step.seats.end; ++k) w_.resource(p_.seats[k].resource).free -= p_.seats[k].count;
  double length = 0;
  if (pauses) {
    const std::uint32_t index = (known.instance * step.attempts + known.attempt - 1) & 0xfffffu;
    length = step.retry_after.constant;
    if (step.retry_after.table != none) {
      const QuantileTable& law = p_.tables[static_cast<std::size_t>(step.retry_after.table)];
      const double waited = w_.now - known.attempt_began, survival = law.distribution().survival(waited);
      length = survival > 0 ? value_beyond(law, waited, survival, uniform(draw(seed_, replication_, step.retry_stream, index))) : waited;
    }
  } else if (step.plain) {
    length = step.constant;
    for (std::uint32_t i = step.random.begin; i < step.random.end; ++i) length += held_[static_cast<std::size_t>(p_.pool[i])];
    if (length > step.timeout) {
      length = step.timeout;
      r.timed_out = true;
    }
  } else {
    if (step.timeout < Program::forever) schedule(std::max(w_.now, known.attempt_began + step.timeout), Phase::timeouts, timeout, s, r.epoch);
    if (step.parts.begin + r.part < step.parts.end) return;
    length = w_.now - known.attempt_began;  // it would have ended: it ends at once
  }
  schedule(std::max(w_.now, known.attempt_began + length), Phase::ends, pauses ? pause_end : attempt_end, s, r.epoch);
  r.end_pending = true;
}

}  // namespace muster
