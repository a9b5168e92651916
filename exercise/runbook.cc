#include "exercise/runbook.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/wording.h"

namespace muster {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Runbook::Runbook(const Plan& plan, const std::vector<Role>& roles, const std::vector<Capacity>& capacity,
                 std::vector<std::string> struck, IsUp is_up)
    : plan_(plan),
      roles_(roles),
      capacity_(capacity),
      struck_(std::move(struck)),
      is_up_(std::move(is_up)),
      runs_(plan.steps.size()) {
  for (const Role& role : roles) free_.emplace_back(role.name, role.count);
  for (const Capacity& each : capacity)
    free_.emplace_back(each.name, each.slots.value_or(std::numeric_limits<int>::max() / 2));
  for (std::size_t s = 0; s < plan_.steps.size(); ++s)
    for (const std::string& fallback : {plan_.steps[s].otherwise, plan_.steps[s].replacement})
      if (!fallback.empty()) runs_[static_cast<std::size_t>(index_of(fallback))].caller = static_cast<int>(s);
  committed_ = plan_.commits_at.empty();
  if (plan_.dispatch != Dispatch::critical_path_first) return;
  std::vector<double> known(runs_.size(), -1);
  for (std::size_t s = 0; s < runs_.size(); ++s)
    runs_[s].remaining_path = path_from(static_cast<int>(s), known);
}

int Runbook::index_of(const std::string& step) const {
  for (std::size_t s = 0; s < plan_.steps.size(); ++s)
    if (plan_.steps[s].name == step) return static_cast<int>(s);
  throw std::logic_error("no step " + step + " in the plan");
}

void Runbook::tell(int s, StepChange change, const std::string& why, const std::string& replaced_by) {
  const auto i = static_cast<std::size_t>(s);
  const bool counted = change == StepChange::began || change == StepChange::retried ||
                       change == StepChange::succeeded || change == StepChange::failed;
  lines_.push_back({plan_.steps[i].name, change, counted ? runs_[i].attempt : 0, replaced_by, why});
}

/// Mean work from the step's beginning to the end of the plan: one attempt's mean, a transfer alone on its
/// link, a drain as nothing.
double Runbook::path_from(int s, std::vector<double>& known) const {
  const auto i = static_cast<std::size_t>(s);
  if (known[i] >= 0) return known[i];
  const Step& step = plan_.steps[i];
  double own = 0, rest = 0;
  for (const Part& part : step.takes) {
    if (const auto* law = std::get_if<Distribution>(&part)) own += law->mean();
    if (const auto* transfer = std::get_if<Transfer>(&part))
      for (const Capacity& link : capacity_)
        if (link.name == transfer->over && link.rate) own += transfer->bytes / *link.rate;
  }
  known[i] = own;  // the loader has proved that nothing runs in circles; this only bounds what it did not
  for (int at = s; at >= 0;
       at = runs_[static_cast<std::size_t>(at)].caller)  // a fallback leads on to its caller's successors
    for (std::size_t next = 0; next < plan_.steps.size(); ++next)
      if (contains(plan_.steps[next].after, plan_.steps[static_cast<std::size_t>(at)].name))
        rest = std::max(rest, path_from(static_cast<int>(next), known));
  return known[i] = own + rest;
}

std::vector<RunbookLine> Runbook::advance(double now) {
  now_ = std::max(now_, now);
  while (!aborted_ && round()) {
  }
  return std::exchange(lines_, {});
}

/// One pass in the order of simultaneous things; whatever an earlier part has to do again comes before a
/// later part.
bool Runbook::round() { return resume_pauses() || make_ready() || ask_for_seats() || grant() || expire(); }

bool Runbook::resume_pauses() {
  for (std::size_t s = 0; s < runs_.size(); ++s) {
    if (runs_[s].state != State::pausing || runs_[s].due > now_) continue;
    begin_attempt(static_cast<int>(s));
    return true;
  }
  return false;
}

bool Runbook::predecessors_done(int s) const {
  const auto i = static_cast<std::size_t>(s);
  if (runs_[i].caller >= 0 && !runs_[i].called) return false;
  return std::all_of(plan_.steps[i].after.begin(), plan_.steps[i].after.end(),
                     [&](const std::string& name) { return is_over(index_of(name)); });
}

bool Runbook::make_ready() {
  if (stopped_) return false;
  bool any = false;
  for (int s = 0; s < static_cast<int>(runs_.size()) && !stopped_; ++s) any |= make_ready(s);
  return any;
}

bool Runbook::make_ready(int s) {
  const auto i = static_cast<std::size_t>(s);
  Run& run = runs_[i];
  const Step& step = plan_.steps[i];
  if (run.state == State::patient) {
    if (run.due > now_) return false;
  } else if (is_duty(s)) {
    if (!run.duty_due_known && predecessors_done(s)) run.due = now_, run.duty_due_known = true;
    if (run.due > now_ || over() || (!step.until.empty() && is_over(index_of(step.until)))) return false;
    run.due += *step.every * (std::floor((now_ - run.due) / *step.every) + 1);
    if (run.state != State::idle) return false;  // this occurrence is skipped
  } else if (run.state != State::idle || !predecessors_done(s)) {
    return false;
  } else if (step.name == plan_.commits_at && now_ < plan_.patience) {
    run.state = State::patient;
    run.due = plan_.patience;
    return true;
  }
  run.state = State::waiting_needs;
  run.ready = now_;
  tell(s, StepChange::ready);
  if (!step.only_if.empty() &&
      std::none_of(step.only_if.begin(), step.only_if.end(),
                   [&](const std::string& name) { return contains(struck_, name); })) {
    end(s, StepChange::passed, "none of " + joined(step.only_if) + " was struck");
  } else if (!needs_met(s) && !step.otherwise.empty() && !step.waits_at_most) {
    call(s, step.otherwise, "what it needs is down");
  }
  return true;
}

bool Runbook::needs_met(int s) const {
  const auto& needs = plan_.steps[static_cast<std::size_t>(s)].needs;
  return std::all_of(needs.begin(), needs.end(), [&](const Need& need) {
    return std::count_if(need.of.begin(), need.of.end(), is_up_) >= need.at_least;
  });
}

bool Runbook::ask_for_seats() {
  if (stopped_) return false;
  bool any = false;
  for (int s = 0; s < static_cast<int>(runs_.size()); ++s) {
    Run& run = runs_[static_cast<std::size_t>(s)];
    if (run.state != State::waiting_needs || !needs_met(s)) continue;
    run.state = State::waiting_seats;
    run.requested = now_;
    any = true;
  }
  return any;
}

bool Runbook::has_seats(int s) const {
  const Step& step = plan_.steps[static_cast<std::size_t>(s)];
  const auto enough = [&](const Seats& seats) {
    return std::any_of(free_.begin(), free_.end(), [&](const auto& each) {
      return each.first == seats.of && each.second >= seats.count;
    });
  };
  return std::all_of(step.by.begin(), step.by.end(), enough) &&
         std::all_of(step.uses.begin(), step.uses.end(), enough);
}

void Runbook::take_seats(int s, int sign) {
  const Step& step = plan_.steps[static_cast<std::size_t>(s)];
  for (const auto* list : {&step.by, &step.uses})
    for (const Seats& seats : *list)
      for (auto& each : free_)
        if (each.first == seats.of) each.second -= sign * seats.count;
  runs_[static_cast<std::size_t>(s)].holds = sign > 0;
}

/// Served by higher priority, longer remaining path, earlier request, place in the file; one that does not
/// fit lets others by.
bool Runbook::grant() {
  if (stopped_) return false;
  std::vector<int> waiting;
  for (int s = 0; s < static_cast<int>(runs_.size()); ++s)
    if (runs_[static_cast<std::size_t>(s)].state == State::waiting_seats) waiting.push_back(s);
  std::stable_sort(waiting.begin(), waiting.end(), [&](int a, int b) {
    const Run &x = runs_[static_cast<std::size_t>(a)], &y = runs_[static_cast<std::size_t>(b)];
    const int p = plan_.steps[static_cast<std::size_t>(a)].priority,
              q = plan_.steps[static_cast<std::size_t>(b)].priority;
    if (p != q) return p > q;
    if (x.remaining_path != y.remaining_path) return x.remaining_path > y.remaining_path;
    return x.requested < y.requested;
  });
  bool any = false;
  for (const int s : waiting) {
    if (!has_seats(s) || !needs_met(s)) continue;
    take_seats(s, 1);
    runs_[static_cast<std::size_t>(s)].attempt = 0;
    begin_attempt(s);
    any = true;
  }
  return any;
}

bool Runbook::expire() {
  if (stopped_) return false;
  for (int s = 0; s < static_cast<int>(runs_.size()); ++s) {
    const Run& run = runs_[static_cast<std::size_t>(s)];
    const Step& step = plan_.steps[static_cast<std::size_t>(s)];
    if (run.state != State::waiting_needs && run.state != State::waiting_seats) continue;
    if (!step.waits_at_most || run.ready + *step.waits_at_most > now_) continue;
    const std::string why = "it waited as long as it may";
    if (!step.otherwise.empty())
      call(s, step.otherwise, why);
    else
      fail_for_good(s, why);
    return true;
  }
  return false;
}

void Runbook::begin_attempt(int s) {
  Run& run = runs_[static_cast<std::size_t>(s)];
  run.state = State::running;
  ++run.attempt;
  tell(s, StepChange::began);
}

void Runbook::attempt_ended(const std::string& name, bool succeeded, double now, const std::string& why) {
  if (aborted_) return;
  const int s = index_of(name);
  Run& run = runs_[static_cast<std::size_t>(s)];
  const Step& step = plan_.steps[static_cast<std::size_t>(s)];
  if (run.state != State::running) throw std::logic_error("no attempt of " + name + " runs");
  now_ = std::max(now_, now);
  if (succeeded) return end(s, StepChange::succeeded, why);
  if (run.attempt >= step.attempts) return fail_for_good(s, why);
  run.state = State::pausing;
  run.due = now_ + step.retry_after.quantile(0.5);
  tell(s, StepChange::retried, why);
}

void Runbook::fail_for_good(int s, const std::string& why) {
  const Step& step = plan_.steps[static_cast<std::size_t>(s)];
  if (step.on_failure == OnFailure::replace && !stopped_) return call(s, step.replacement, why);
  const bool stops = step.on_failure == OnFailure::stop && !stopped_ && !over();
  end(s, StepChange::failed, why);
  if (!stops) return;
  stopped_ = true;
  stopped_by_ = step.name;
}

/// The fallback runs in the caller's place; the caller ends when it does.
void Runbook::call(int caller, const std::string& fallback, const std::string& why) {
  Run& run = runs_[static_cast<std::size_t>(caller)];
  if (run.holds) take_seats(caller, -1);
  run.state = State::replaced;
  tell(caller, StepChange::replaced, why, fallback);
  runs_[static_cast<std::size_t>(index_of(fallback))].called = true;
}

/// A fallback that was not called counts as passed.
void Runbook::call_off(const std::string& fallback) {
  if (fallback.empty()) return;
  const int s = index_of(fallback);
  if (!runs_[static_cast<std::size_t>(s)].called && !is_over(s))
    end(s, StepChange::passed, "it was not called for");
}

void Runbook::end(int s, StepChange how, const std::string& why) {
  const auto i = static_cast<std::size_t>(s);
  const Step& step = plan_.steps[i];
  if (runs_[i].holds) take_seats(s, -1);
  if (how != StepChange::replaced) tell(s, how, why);  // that was told when its fallback was called
  if (is_duty(s)) {
    runs_[i].state = State::idle;
    return;
  }
  runs_[i].state = State::ended;
  if (step.name == plan_.commits_at) committed_ = true;
  call_off(step.otherwise);
  call_off(step.replacement);
  end_waiting_duties(step.name);
  if (runs_[i].called) end(runs_[i].caller, StepChange::replaced, "");
}

void Runbook::end_waiting_duties(const std::string& until) {
  for (std::size_t d = 0; d < runs_.size(); ++d) {
    Run& run = runs_[d];
    if (plan_.steps[d].until != until ||
        (run.state != State::waiting_needs && run.state != State::waiting_seats))
      continue;
    run.state = State::idle;
    tell(static_cast<int>(d), StepChange::passed, until + " has ended");
  }
}

void Runbook::abort() {
  aborted_ = true;
  lines_.clear();
}

bool Runbook::over() const {
  for (int s = 0; s < static_cast<int>(runs_.size()); ++s) {
    const State state = runs_[static_cast<std::size_t>(s)].state;
    if (is_duty(s)) continue;
    if (stopped_ ? state == State::running || state == State::pausing : state != State::ended) return false;
  }
  return true;
}

bool Runbook::has_ended(const std::string& step) const { return is_over(index_of(step)); }

bool Runbook::recovering_steps_ended(const std::string& service) const {
  for (int s = 0; s < static_cast<int>(runs_.size()); ++s)
    if (contains(plan_.steps[static_cast<std::size_t>(s)].recovers, service) && !is_over(s)) return false;
  return true;
}

std::vector<std::string> Runbook::running() const {
  std::vector<std::string> names;
  for (std::size_t s = 0; s < runs_.size(); ++s)
    if (runs_[s].state == State::running) names.push_back(plan_.steps[s].name);
  return names;
}

double Runbook::next_due() const {
  double next = kNever;
  if (aborted_) return next;
  for (std::size_t s = 0; s < runs_.size(); ++s) {
    const Run& run = runs_[s];
    const Step& step = plan_.steps[s];
    if (run.state == State::pausing) next = std::min(next, run.due);
    if (stopped_) continue;
    if (run.state == State::patient) next = std::min(next, run.due);
    if (step.every && run.duty_due_known && !over() && (step.until.empty() || !has_ended(step.until)))
      next = std::min(next, run.due);
    const bool waits = run.state == State::waiting_needs || run.state == State::waiting_seats;
    if (waits && step.waits_at_most) next = std::min(next, run.ready + *step.waits_at_most);
  }
  return next;
}

}  // namespace muster
