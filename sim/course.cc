#include "sim/course.h"

#include <algorithm>
#include <cmath>

#include "sim/copies.h"
#include "sim/correlated.h"

namespace muster {
namespace {

/// Of seats in ascending order of when they are free, the first is taken until then, and they are in order again.
[[gnu::always_inline]] inline void take(double* free, std::uint32_t count, double until) {
  if (count <= 8) {
    for (std::uint32_t i = 1; i < count; ++i) {
      const double next = free[i];
      free[i - 1] = std::min(next, until);
      until = std::max(next, until);
    }
    free[count - 1] = until;
    return;
  }
  std::uint32_t i = 1;
  for (; i < count && free[i] < until; ++i) free[i - 1] = free[i];
  free[i - 1] = until;
}

}  // namespace

Course::Course(const Program& program, const CoursePlan& plan, const LaneKernels& kernels)
    : p_(program), plan_(plan), k_(kernels), ahead_(program, kernels), lengths_(plan.steps.size() * stride), fresh_joins_(plan.steps.size()), known_(plan.steps.size()),
      requests_(2 * plan.steps.size()), pools_(plan.pools.size()), seats_(plan.seats), ends_(plan.phased ? lengths_.size() : 0),
      entries_(plan.entries.size() * stride), recovered_(program.nodes.size(), never), gone_(program.nodes.size()), struck_(plan.struck), region_struck_(program.nodes.size()),
      repaired_(program.nodes.size(), never),
      truths_(program.beliefs.size()), normals_(program.correlated_steps.size()), correlated_(normals_.size()), bad_(lanes::capacity), traced_(lanes::capacity),
      up_(program.nodes.size() * stride), recovery_(stride), plan_end_(stride) {
  for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
    const CoursePlan::Step& from = plan_.steps[s];
    const CoursePlan::Pool* pool = from.pool == none ? nullptr : &plan_.pools[at(from.pool)];
    steps_.push_back({.length = lengths_.data() + s * stride,
                      .coin = from.fails > 0 ? ahead_.failing(static_cast<std::int32_t>(s)) : nullptr,
                      .seats = pool ? seats_.data() + pool->first : nullptr,
                      .successors = from.successors.begin,
                      .successors_end = from.successors.end,
                      .recovers = from.recovers.begin,
                      .recovers_end = from.recovers.end,
                      .place = from.place,
                      .count = static_cast<std::uint16_t>(pool ? pool->count : 0),
                      .each = static_cast<std::uint16_t>(pool ? pool->each : 0),
                      .run = from.run,
                      .holds = from.holds,
                      .conditional = from.conditional,
                      .ranked = pool && pool->ranked,
                      .called = pool && pool->called,
                      .told = from.told});
    fresh_joins_[s] = {0, plan_.before[s]};
    if (from.run == CoursePlan::Run::parts) continue;
    const Program::Step& step = p_.steps[s];
    if (from.special)
      specials_.push_back(static_cast<std::int32_t>(s));
    else if (step.random.size() == 0)
      std::fill_n(lengths_.data() + s * stride, stride, step.constant);
    else if (const auto part = static_cast<std::uint32_t>(p_.pool[step.random.begin]); step.random.size() == 1 && step.constant == 0 && p_.parts[part].share == 1)
      steps_.back().length = ahead_.lengths(part);
    else
      added_up_.push_back(static_cast<std::int32_t>(s));
  }
  joins_ = fresh_joins_;
  for (std::size_t i = 0; i < pools_.size(); ++i) pools_[i].waiting.reserve(plan_.pools[i].users);
  std::size_t most = 0;
  for (const auto& clause : plan_.clauses) most = std::max<std::size_t>(most, clause.members.size());
  members_.resize(most);
  if (!plan_.plain_fate) {
    loss_.resize(up_.size());
    chosen_.resize(up_.size(), none);
  }
  go_ = loop_for(0);
}

Course::Loop Course::loop_for(unsigned more) const {
  const auto feature = [](bool used, unsigned which) { return used ? which : 0; };
  return loop<all_features>(more | feature(!plan_.pools.empty(), seated) | feature(plan_.ranked, ranked) | feature(plan_.unsure, unsure) |
                            feature(!plan_.plain_fate, fateful) | feature(plan_.special, special));
}

template <unsigned from>
Course::Loop Course::loop(unsigned features) {
  if constexpr ((from & recorded) == 0 || (from & (fateful | special)) == 0)
    if (features == from) return &Course::go<from>;
  if constexpr (from > 0) return loop<from - 1>(features);
  return nullptr;
}

void Course::trace(CourseTrace* trace, Counts* counts, StepColumns* steps, std::uint64_t base, std::uint64_t until) {
  trace_ = trace;
  trace_counts_ = counts;
  trace_steps_ = steps;
  trace_base_ = base;
  trace_until_ = until;
  go_ = loop_for(trace ? recorded : 0);
  std::fill(traced_.begin(), traced_.end(), std::uint8_t{0});
}

/// What is not of the middle begins when it is ready.
void Course::record(std::uint32_t lane) {
  traced_[lane] = 0;
  if (replication_ >= trace_until_ || gives_up_) return;
  CourseTrace& t = *trace_;
  const auto outside = [&](std::int32_t s) {
    const Span after = p_.steps[at(s)].after;
    double ready = 0;
    for (std::uint32_t i = after.begin; i < after.end; ++i) ready = std::max(ready, t.end[at(p_.pool[i])]);
    t.ready[at(s)] = t.start[at(s)] = ready;
    t.end[at(s)] = ready + steps_[at(s)].length[lane];
    t.won[at(s)] = 1;
  };
  for (const std::int32_t s : plan_.early) outside(s);
  for (std::size_t s = 0; s < joins_.size(); ++s)
    if (plan_.steps[s].phase == CoursePlan::Step::Phase::middle) t.ready[s] = joins_[s].ready;
  for (const std::int32_t s : plan_.late) outside(s);
  traced_[lane] = t.count(replication_ - trace_base_, *trace_counts_, *trace_steps_);
}

void Course::run(std::uint64_t seed, std::uint32_t first, std::uint32_t n) {
  seed_ = seed;
  first_ = first;
  any_bad_ = false;
  std::fill(bad_.begin(), bad_.end(), std::uint8_t{0});
  ahead_.draw(seed, first);
  for (const std::int32_t s : added_up_) {
    const Program::Step& step = p_.steps[at(s)];
    double* length = lengths_.data() + at(s) * stride;
    std::fill_n(length, stride, step.constant);
    for (std::uint32_t i = step.random.begin; i < step.random.end; ++i) {
      const auto part = static_cast<std::uint32_t>(p_.pool[i]);
      const double share = p_.parts[part].share;
      const double* drawn = ahead_.lengths(part);
      for (std::size_t lane = 0; lane < lanes::capacity; ++lane) length[lane] += share * drawn[lane];
    }
  }
  if (plan_.phased) begin_all();
  (this->*go_)(n);
  if (plan_.phased) end_all();
}

/// When a step that is not of the middle is ready, or one that is, as far as early ones make it; by lane. Perhaps in `scratch`.
const double* Course::ready(std::int32_t s, double* scratch) const {
  const Span after = p_.steps[at(s)].after;
  const double* so_far = nullptr;
  for (std::uint32_t i = after.begin; i < after.end; ++i) {
    const CoursePlan::Step& before = plan_.steps[at(p_.pool[i])];
    if (plan_.steps[at(s)].phase == CoursePlan::Step::Phase::middle && before.phase == CoursePlan::Step::Phase::middle) continue;
    const double* end = ends_.data() + at(p_.pool[i]) * stride;
    if (so_far) k_.latest(scratch, so_far, end, lanes::capacity);
    so_far = so_far ? scratch : end;
  }
  return so_far;
}

void Course::run_all(const std::vector<std::int32_t>& steps) {
  for (const std::int32_t s : steps) {
    double* end = ends_.data() + at(s) * stride;
    if (const double* from = ready(s, end))
      k_.add(end, from, steps_[at(s)].length, lanes::capacity);
    else
      std::copy_n(steps_[at(s)].length, lanes::capacity, end);
    k_.latest(plan_end_.data(), plan_end_.data(), end, lanes::capacity);
    for (std::uint32_t i = steps_[at(s)].recovers; i < steps_[at(s)].recovers_end; ++i) {
      double* up = up_.data() + at(plan_.recovers[i]) * stride;
      k_.earliest(up, up, end, lanes::capacity);
    }
  }
}

void Course::begin_all() {
  std::fill(plan_end_.begin(), plan_end_.end(), 0.0);
  for (std::size_t n = 0; n < struck_.size(); ++n) std::fill_n(up_.data() + n * stride, stride, struck_[n] ? never : 0.0);
  run_all(plan_.early);
  for (std::size_t i = 0; i < plan_.entries.size(); ++i) {
    double* entry = entries_.data() + i * stride;
    if (const double* from = ready(plan_.entries[i], entry); from != entry) std::copy_n(from, lanes::capacity, entry);
  }
}

void Course::end_all() {
  run_all(plan_.late);
  std::fill(recovery_.begin(), recovery_.end(), 0.0);
  for (const CoursePlan::Service& service : plan_.services) {
    double* up = up_.data() + at(service.node) * stride;
    for (std::uint32_t c = service.clauses.begin; c < service.clauses.end; ++c) {
      const CoursePlan::Clause& clause = plan_.clauses[c];
      if (clause.at_least == clause.members.size()) {
        for (std::uint32_t m = clause.members.begin; m < clause.members.end; ++m) k_.latest(up, up, up_.data() + at(plan_.members[m]) * stride, lanes::capacity);
      } else {
        for (std::uint32_t lane = 0; lane < lanes::capacity; ++lane) up[lane] = std::max(up[lane], met(clause, lane));
      }
    }
    k_.latest(recovery_.data(), recovery_.data(), up, lanes::capacity);
  }
}

/// Each turn of the loop is one step: the next of those of which all is known, else the next that gets its seats.
template <unsigned features>
void Course::go(std::uint32_t n) {
  constexpr auto has = [](unsigned feature) { return (features & feature) != 0; };
  constexpr bool phased = !has(fateful) && !has(special);
  const Step* const steps = steps_.data();
  const std::int32_t *const successors = plan_.successors.data(), *const recovers = plan_.recovers.data();
  Join* const joins = joins_.data();
  std::int32_t* const known = known_.data();
  for (std::uint32_t lane = 0; lane < n && (has(recorded) || !plan_.roots.empty()); ++lane) {
    lane_ = lane;
    replication_ = first_ + lane;
    if constexpr (has(recorded)) trace_->between.clear();
    if constexpr (has(special)) prepare();
    if constexpr (has(fateful)) strike();
    std::copy(fresh_joins_.begin(), fresh_joins_.end(), joins);
    if constexpr (phased)
      for (std::size_t i = 0; i < plan_.entries.size(); ++i) joins[plan_.entries[i]].ready = entries_[i * stride + lane];
    else
      std::fill(recovered_.begin(), recovered_.end(), never);
    std::fill(seats_.begin(), seats_.end(), 0.0);
    Requests requests(requests_.data(), plan_.steps.size());
    std::size_t depth = 0, waiting = 0;
    double last_end = 0;
    bool gives_up = false;
    const auto know = [&](std::int32_t s) {
      if (has(seated) && !has(special) && steps[s].seats)
        requests.push(joins[s].ready, steps[s].place, s);
      else
        known[depth++] = s;
    };
    for (const std::int32_t s : plan_.roots) know(s);
    for (;;) {
      std::int32_t s;
      double start;
      const Step* step;
      double* seats = nullptr;
      bool passed = false;
      if (depth > 0) {
        s = known[--depth];
        start = joins[s].ready;
        step = steps + s;
        if constexpr (has(special)) {
          if (step->conditional) {
            if (s == p_.commits_at) start = std::max(start, p_.patience);
            passed = is_passed(s);
          }
          if (step->seats && !passed) {
            requests.push(start, step->place, s);
            continue;
          }
        }
      } else if constexpr (!has(seated)) {
        break;
      } else if (has(ranked) && waiting > 0 && next_in_line(requests, s)) {
        --waiting;
        step = steps + s;
        seats = step->seats;
        start = seats[step->each - 1];
      } else {
        if (requests.empty()) break;
        const Request request = requests.pop();
        s = request.step();
        step = steps + s;
        seats = step->seats;
        if constexpr (has(special))
          if (step->called) call_people(s, request.time);
        start = std::max(request.time, seats[step->each - 1]);
        if constexpr (has(ranked))
          if (step->ranked && stands_in_line(s, request.time, start)) {
            ++waiting;
            continue;
          }
      }
      double end = start;
      bool won = true;
      if (has(special) && passed) {
        won = false;
      } else if (has(unsure) && step->run == CoursePlan::Run::parts) {
        end = attempts(s, start, won);
      } else {
        end = start + step->length[lane];
        if (has(unsure) && step->run == CoursePlan::Run::coin && step->coin[lane] != 0) end = after_failure(s, end, 0, won);
      }
      if constexpr (has(seated)) {
        gives_up |= step->holds & !(end > start) & !passed;
        if (seats) {
          take(seats, step->count, end);
          for (std::uint32_t i = 1; i < step->each; ++i) take(seats, step->count, end);
        }
      }
      if constexpr (has(recorded)) {
        trace_->start[at(s)] = start;
        trace_->end[at(s)] = end;
        trace_->won[at(s)] = won;
      }
      last_end = std::max(last_end, end);
      for (std::uint32_t i = step->recovers; i < step->recovers_end; ++i) {
        const std::size_t node = at(recovers[i]);
        double& recovered = phased ? up_[node * stride + lane] : recovered_[node];
        if (won) recovered = std::min(recovered, end);
        if constexpr (has(fateful)) gone_[node] = std::max(gone_[node], end);
      }
      if constexpr (phased)
        if (step->told) ends_[at(s) * stride + lane] = end;
      if constexpr (has(fateful))
        if (s == p_.commits_at) committed_ = end;
      for (std::uint32_t i = step->successors; i < step->successors_end; ++i) {
        Join& join = joins[successors[i]];
        join.ready = std::max(join.ready, end);
        if (--join.waiting_for == 0) know(successors[i]);
      }
    }
    plan_end_[lane] = std::max(phased ? plan_end_[lane] : 0.0, last_end);
    gives_up_ |= gives_up;
    if constexpr (!phased) sum_up();
    if constexpr (has(recorded)) record(lane);
    bad_[lane] = gives_up_;
    any_bad_ |= gives_up_;
    gives_up_ = false;
  }
}

/// Who waits gets the first seat that is free, but requests of that instant come before it.
bool Course::next_in_line(const Requests& requests, std::int32_t& s) {
  PoolRun* next = nullptr;
  double soonest = never;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const CoursePlan::Pool& pool = plan_.pools[i];
    if (pools_[i].waiting.empty() || (next && seats_[pool.first + pool.each - 1] >= soonest)) continue;
    soonest = seats_[pool.first + pool.each - 1];
    next = &pools_[i];
  }
  if (!requests.empty() && requests.top().time <= soonest) return false;
  std::pop_heap(next->waiting.begin(), next->waiting.end());
  s = next->waiting.back().step;
  next->waiting.pop_back();
  return true;
}

bool Course::stands_in_line(std::int32_t s, double asked, double start) {
  auto& line = pools_[at(plan_.steps[at(s)].pool)].waiting;
  if (start == asked && line.empty()) return false;
  line.push_back({plan_.steps[at(s)].rank, asked, s});
  std::push_heap(line.begin(), line.end());
  return true;
}

/// When a struck service is back, its needs apart: by the first step to succeed, else by its repair, but not while a step may still bring it back.
double Course::back(std::size_t node) const {
  if (!struck_[node]) return 0;
  if (plan_.plain_fate || recovered_[node] < never) return recovered_[node];
  return std::max(gone_[node], repaired_[node]);
}

void Course::sum_up() {
  for (std::size_t n = static_cast<std::size_t>(p_.services); n < struck_.size(); ++n) up_[n * stride + lane_] = struck_[n] ? repaired_[n] : 0;
  gives_up_ |= p_.commits_at != none && first_repair_ <= committed_;
  double last = 0;
  for (const CoursePlan::Service& service : plan_.services) {
    const std::size_t n = at(service.node);
    double up = back(n);
    if (!plan_.plain_fate) lose(n, up);
    for (std::uint32_t c = service.clauses.begin; c < service.clauses.end; ++c) up = std::max(up, met(plan_.clauses[c], lane_));
    up_[n * stride + lane_] = up;
    last = std::max(last, up);
  }
  recovery_[lane_] = last;
}

double Course::met(const CoursePlan::Clause& clause, std::size_t lane) {
  const std::uint32_t all = clause.members.size();
  for (std::uint32_t m = 0; m < all; ++m) members_[m] = up_[at(plan_.members[clause.members.begin + m]) * stride + lane];
  if (clause.at_least == all) return *std::max_element(members_.begin(), members_.begin() + all);
  const auto kth = members_.begin() + (clause.at_least - 1);
  std::nth_element(members_.begin(), kth, members_.begin() + all);
  return *kth;
}

/// What comes back by repair with its data has lost nothing.
void Course::lose(std::size_t n, double up) {
  if (p_.nodes[n].store == none) return;
  double& loss = loss_[n * stride + lane_];
  std::int32_t& chosen = chosen_[n * stride + lane_];
  loss = 0;
  chosen = none;
  const bool repaired = recovered_[n] == never && up < never;
  if (!struck_[n] || gives_up_ || (repaired && p_.data == DataState::kept)) return;
  loss = std::max(0.0, copy_loss(p_, luck(), static_cast<std::int32_t>(n), 0, region_struck_, chosen, nullptr));
}

bool Course::is_passed(std::int32_t s) const {
  const Span only_if = p_.steps[at(s)].only_if;
  for (std::uint32_t i = only_if.begin; i < only_if.end; ++i)
    if (struck_[at(p_.pool[i])]) return false;
  return only_if.size() > 0;
}

void Course::strike() {
  std::fill(struck_.begin(), struck_.end(), 0);
  std::fill(region_struck_.begin(), region_struck_.end(), 0);
  std::fill(repaired_.begin(), repaired_.end(), 0.0);
  std::fill(gone_.begin(), gone_.end(), 0.0);
  committed_ = 0;
  first_repair_ = never;
  double lasts = never;
  if (p_.has_lasts) lasts = sample(p_.lasts, draw(seed_, replication_, p_.lasts_stream));
  for (const auto& s : p_.strikes) {
    if (s.probability < 1 && !heads(draw(seed_, replication_, s.stream), s.probability)) continue;
    double own = lasts;
    if (s.own_lasts) own = p_.sample(s.lasts, draw(seed_, replication_, s.lasts_stream));
    for (std::uint32_t k = s.regions.begin; k < s.regions.end; ++k) region_struck_[at(p_.pool[k])] = 1;
    for (std::uint32_t k = s.nodes.begin; k < s.nodes.end; ++k) {
      const std::size_t n = at(p_.pool[k]);
      struck_[n] = 1;
      repaired_[n] = std::max(repaired_[n], own);
    }
    first_repair_ = std::min(first_repair_, own);
  }
}

/// What is drawn for each replication apart: what is true of calibrated laws, the moment in the week, lengths that depend on others.
void Course::prepare() {
  for (std::size_t i = 0; i < truths_.size(); ++i) truths_[i] = p_.beliefs[i].truth(seed_, replication_);
  draw_correlated(p_, luck(), normals_, correlated_);
  onset_ = p_.onset_matters ? p_.draw_onset(luck()) : 0;
  for (PoolRun& pool : pools_) pool.called = false;
  for (const std::int32_t s : specials_) {
    const Program::Step& step = p_.steps[at(s)];
    double length = step.constant;
    for (std::uint32_t i = step.random.begin; i < step.random.end; ++i) length += draw_part(s, static_cast<std::uint32_t>(p_.pool[i]), 0);
    lengths_[at(s) * stride + lane_] = length;
  }
}

void Course::call_people(std::int32_t s, double asked) {
  const CoursePlan::Pool& pool = plan_.pools[at(plan_.steps[at(s)].pool)];
  bool& called = pools_[at(plan_.steps[at(s)].pool)].called;
  if (called) return;
  called = true;
  const auto& role = p_.resources[at(pool.resource)];
  const double clock = onset_ + asked;
  const bool on = role.hours.always() || role.hours.on_hours(clock);
  double* const seats = seats_.data() + pool.first;
  for (std::uint32_t seat = 0; seat < pool.count; ++seat) {
    const bool absent = !on && role.absent_off_hours;
    seats[seat] = asked + (absent ? role.hours.next_on_hours(clock) - clock : sample(on ? role.on_hours : role.off_hours, draw(seed_, replication_, role.stream, seat)));
  }
  std::sort(seats, seats + pool.count);
}

double Course::attempts(std::int32_t s, double start, bool& won) {
  bool failed = false;
  const double end = attempt_once(s, 0, start, failed);
  return failed ? after_failure(s, end, 0, won) : end;
}

/// From the end of an attempt that failed.
double Course::after_failure(std::int32_t s, double end, std::uint32_t attempt, bool& won) {
  const Program::Step& step = p_.steps[at(s)];
  const auto note = [this](double time) {
    if (trace_ && trace_->between.size() < CourseTrace::most_between) trace_->between.push_back(time);
  };
  for (bool failed = true;;) {
    note(end);
    if (attempt + 1 == step.attempts) {
      won = false;
      gives_up_ |= step.on_failure == OnFailure::stop;
      return end;
    }
    const double pause = step.retry_after.table == none ? step.retry_after.constant : p_.sample(step.retry_after, draw(seed_, replication_, step.retry_stream, attempt & 0xfffffu));
    if (pause != 0) end += pause;
    note(end);
    end = attempt_once(s, ++attempt, end, failed);
    if (!failed) return end;
  }
}

double Course::attempt_once(std::int32_t s, std::uint32_t attempt, double start, bool& failed) {
  const Program::Step& step = p_.steps[at(s)];
  bool late = false;
  double end = start;
  if (step.plain) {
    double length = step.constant;
    for (std::uint32_t i = step.random.begin; i < step.random.end; ++i) length += draw_part(s, static_cast<std::uint32_t>(p_.pool[i]), attempt);
    late = length > step.timeout;
    end = start + (late ? step.timeout : length);
  } else {
    for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) end += p_.parts[i].kind == Program::Part::Kind::drain ? end * p_.parts[i].amount : draw_part(s, i, attempt);
    late = end > start + step.timeout;
    if (late) end = start + step.timeout;
  }
  failed = late;
  if (!late && step.fails > 0) failed = attempt == 0 ? ahead_.fails(s, lane_) : heads(draw_of(s, attempt, 0), step.fails);
  return end;
}

/// As Replication draws it.
double Course::draw_part(std::int32_t s, std::uint32_t which, std::uint32_t attempt) {
  const Program::Step& step = p_.steps[at(s)];
  const Program::Part& part = p_.parts[which];
  if (part.law.table == none) return part.law.constant;
  if (attempt == 0 && step.correlated != none && part.index == step.correlated_part) return part.share * sample(part.law, correlated_[at(step.correlated)]);
  if (attempt == 0 && ahead_.has(which)) return part.share * ahead_.length(which, lane_);
  return part.share * sample(part.law, draw_of(s, attempt, part.index));
}

Draw Course::draw_of(std::int32_t s, std::uint32_t attempt, std::uint32_t index) const {
  return draw(seed_, replication_, p_.steps[at(s)].stream, attempt & 0xfffffu, index);
}

double Course::sample(const Sampler& law, Uniform01 u) const {
  const QuantileTable& table = p_.tables[at(law.table)];
  return law.belief == none ? table(u) : p_.beliefs[at(law.belief)].at(truths_[at(law.belief)], u, table);
}

}  // namespace muster
