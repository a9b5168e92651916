#include "sim/course_trace.h"

#include <algorithm>

namespace muster {

bool CourseTrace::enough(const Program& p, const CoursePlan& plan) {
  if (!plan.enough || !plan.phased) return false;
  return std::all_of(p.steps.begin(), p.steps.end(), [](const Program::Step& step) { return step.plain; });
}

CourseTrace::CourseTrace(const Program& program, const CoursePlan& plan, const Columns& columns)
    : ready(plan.steps.size()), start(ready), end(ready), won(plan.steps.size()), p_(program), plan_(plan), columns_(columns), causes_(plan.steps.size()),
      up_(program.nodes.size()), members_(program.nodes.size()), busy_(program.resources.size()), waited_(program.resources.size()) {
  for (std::size_t s = 0; s < plan_.steps.size(); ++s)
    if (plan_.steps[s].holds) holders_.push_back(static_cast<std::int32_t>(s));
  between.reserve(most_between);
  waiters_.reserve(plan_.steps.size());
  times_.reserve(plan_.steps.size() + most_between + 1);
}

bool CourseTrace::count(std::size_t index, Counts& counts, StepColumns& out) {
  if (between.size() >= most_between || !find_causes() || !find_recoveries()) return false;
  for (std::size_t s = 0; s < causes_.size(); ++s) {
    counts.failed[s] += !won[s];
    out.start[s][index] = start[s];
    out.wait[s][index] = start[s] - ready[s];
    out.duration[s][index] = to_the_microsecond(end[s] - start[s]);
    out.finish[s][index] = end[s];
  }
  for (const std::int32_t s : waiters_) ++counts.waited_on[at(s) * (p_.resources.size() + 1) + at(causes_[at(s)].thing)];
  add_up_roles();
  for (std::size_t role = 0; role < out.busy.size(); ++role) {
    out.busy[role][index] = busy_[role];
    out.waited[role][index] = waited_[role];
  }
  count_paths(counts);
  return true;
}

bool CourseTrace::find_causes() {
  const auto earlier = [this](std::int32_t a, std::int32_t b) { return end[at(a)] < end[at(b)]; };
  std::sort(holders_.begin(), holders_.end(), earlier);
  for (std::size_t i = 1; i < holders_.size(); ++i)
    if (!earlier(holders_[i - 1], holders_[i])) return false;
  waiters_.clear();
  for (std::size_t s = 0; s < causes_.size(); ++s) {
    const bool waited = start[s] > ready[s];
    if (waited) waiters_.push_back(static_cast<std::int32_t>(s));
    if (waited ? !find_giver(s) : !find_predecessor(s)) return false;
  }
  return true;
}

bool CourseTrace::find_predecessor(std::size_t step) {
  causes_[step] = {none, none};
  const Span after = p_.steps[step].after;
  for (std::uint32_t i = after.begin; i < after.end; ++i) {
    if (end[at(p_.pool[i])] != ready[step]) continue;
    if (causes_[step].by != none) return false;
    causes_[step].by = p_.pool[i];
  }
  return true;
}

/// The one step that ended then; of what it gave back, the last that was waited for.
bool CourseTrace::find_giver(std::size_t step) {
  const auto giver = std::lower_bound(holders_.begin(), holders_.end(), start[step], [this](std::int32_t s, double time) { return end[at(s)] < time; });
  if (giver == holders_.end() || end[at(*giver)] != start[step]) return false;
  causes_[step] = {*giver, none};
  const Span given = p_.steps[at(*giver)].seats, asked = p_.steps[step].seats;
  for (std::uint32_t i = given.begin; i < given.end; ++i)
    for (std::uint32_t k = asked.begin; k < asked.end; ++k)
      if (p_.seats[i].resource == p_.seats[k].resource) causes_[step].thing = p_.seats[i].resource;
  return causes_[step].thing != none;
}

bool CourseTrace::find_recoveries() {
  for (std::size_t n = 0; n < up_.size(); ++n) up_[n] = {plan_.struck[n] ? never : 0.0, none};
  for (std::size_t s = 0; s < causes_.size(); ++s) {
    const Span recovers = plan_.steps[s].recovers;
    for (std::uint32_t i = recovers.begin; won[s] && i < recovers.end; ++i) {
      Up& up = up_[at(plan_.recovers[i])];
      if (up.time == end[s]) return false;
      if (end[s] < up.time) up = {end[s], static_cast<std::int32_t>(s)};
    }
  }
  for (const CoursePlan::Service& service : plan_.services) {
    Up& up = up_[at(service.node)];
    for (std::uint32_t c = service.clauses.begin; c < service.clauses.end; ++c) {
      Up when;
      if (!met(plan_.clauses[c], when)) return false;
      if (when.time == up.time && when.by != up.by) return false;
      if (when.time > up.time) up = when;
    }
  }
  return true;
}

bool CourseTrace::met(const CoursePlan::Clause& clause, Up& when) {
  const std::uint32_t all = clause.members.size();
  for (std::uint32_t m = 0; m < all; ++m) members_[m] = up_[at(plan_.members[clause.members.begin + m])];
  const auto kth = members_.begin() + (clause.at_least - 1);
  std::nth_element(members_.begin(), kth, members_.begin() + all, [](const Up& a, const Up& b) { return a.time < b.time; });
  when = *kth;
  return std::none_of(members_.begin(), members_.begin() + all, [&](const Up& up) { return up.time == when.time && up.by != when.by; });
}

/// In the order of events, as sums of doubles depend on it.
void CourseTrace::add_up_roles() {
  std::fill(busy_.begin(), busy_.end(), 0.0);
  std::fill(waited_.begin(), waited_.end(), 0.0);
  for (const std::int32_t s : holders_) {
    const Span seats = p_.steps[at(s)].seats;
    for (std::uint32_t i = seats.begin; i < seats.end; ++i) busy_[at(p_.seats[i].resource)] += (end[at(s)] - start[at(s)]) * p_.seats[i].count;
  }
  if (!waiters_.empty()) add_up_waits();
}

/// From one event to the next, whatever it is.
void CourseTrace::add_up_waits() {
  double from = never, to = 0;
  for (const std::int32_t s : waiters_) {
    from = std::min(from, ready[at(s)]);
    to = std::max(to, start[at(s)]);
  }
  times_.clear();
  times_.push_back(from);
  const auto note = [&](double time) {
    if (time > from && time <= to) times_.push_back(time);
  };
  for (const double time : end) note(time);
  for (const double time : between) note(time);
  std::sort(times_.begin(), times_.end());
  for (std::size_t i = 1; i < times_.size(); ++i)
    for (const std::int32_t s : waiters_)
      if (ready[at(s)] <= times_[i - 1] && start[at(s)] > times_[i - 1])
        waited_[at(plan_.pools[at(plan_.steps[at(s)].pool)].resource)] += times_[i] - times_[i - 1];
}

void CourseTrace::count_paths(Counts& counts) {
  std::int32_t last = none;
  double recovery = 0;
  for (const std::int32_t service : columns_.rto)
    if (up_[at(service)].time > recovery) {
      recovery = up_[at(service)].time;
      last = service;
    }
  for (std::size_t i = 0; i < columns_.rto.size(); ++i) {
    const Up& up = up_[at(columns_.rto[i])];
    if (up.time == 0 || up.time == never) continue;
    std::uint64_t* const critical = counts.critical_service.data() + i * causes_.size();
    const bool is_last = columns_.rto[i] == last;
    for (std::int32_t s = up.by; s != none; s = causes_[at(s)].by) {
      ++critical[s];
      if (is_last) ++counts.critical[at(s)];
    }
  }
}

}  // namespace muster
