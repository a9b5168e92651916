#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

class PlanCheck {
 public:
  PlanCheck(const Scenario& scenario, Findings& findings) : findings_(findings) {
    for (const Role& role : scenario.roles) roles_.emplace(role.name, &role);
    for (const Capacity& capacity : scenario.capacity) capacity_.emplace(capacity.name, &capacity);
  }

  void check(const Plan& plan) {
    steps_ = steps_by_name(plan);
    callers_.clear();
    for (const Step& step : plan.steps) {
      const std::string pointer = pointer_of(plan, step);
      check_fallback(step, step.otherwise, pointer + "/otherwise");
      check_fallback(step, step.replacement, pointer + "/on-failure/do");
      check_otherwise(step, pointer);
      check_duty(step, pointer);
      check_order(step, pointer);
      check_needs(step, pointer);
      check_seats(step, pointer);
      check_takes(step, pointer);
    }
    if (is_duty(plan.commits_at))
      error(pointer_of(plan) + "/commits-at", in_quotes(plan.commits_at) + " is a duty (it has `every`) and never ends; a plan commits at another step");
  }

 private:
  void error(const std::string& pointer, const std::string& message) {
    if (findings_.clean(pointer)) findings_.error(pointer, message);
  }
  const Step* step_named(const std::string& name) const {
    auto found = steps_.find(name);
    return found == steps_.end() ? nullptr : found->second;
  }
  bool is_duty(const std::string& name) const {
    const Step* step = step_named(name);
    return step != nullptr && step->every;
  }
  void check_fallback(const Step& step, const std::string& fallback, const std::string& pointer);
  void check_otherwise(const Step& step, const std::string& pointer);
  void check_duty(const Step& step, const std::string& pointer);
  void check_order(const Step& step, const std::string& pointer);
  void check_needs(const Step& step, const std::string& pointer);
  void check_seats(const Step& step, const std::string& pointer);
  void check_takes(const Step& step, const std::string& pointer);

  Findings& findings_;
  std::unordered_map<std::string, const Role*> roles_;
  std::unordered_map<std::string, const Capacity*> capacity_;
  std::unordered_map<std::string, const Step*> steps_;
  std::unordered_map<std::string, const Step*> callers_;
};

void PlanCheck::check_fallback(const Step& step, const std::string& fallback, const std::string& pointer) {
  if (step_named(fallback) == nullptr) return;
  auto [caller, is_first] = callers_.emplace(fallback, &step);
  if (!is_first && caller->second != &step)
    error(pointer, in_quotes(fallback) + " takes the place of " + in_quotes(caller->second->name) + " already; a fallback is named by one step only");
  if (is_duty(fallback)) error(pointer, in_quotes(fallback) + " is a duty (it has `every`) and cannot take the place of a step");
}

void PlanCheck::check_otherwise(const Step& step, const std::string& pointer) {
  if (step.otherwise.empty()) return;
  if (step.needs.empty() && !step.waits_at_most && step.by.empty() && step.uses.empty())
    error(pointer + "/otherwise", "nothing ever calls it: the step has no `needs` that could be down, and nothing that it waits for at most so long; expected `needs` or `waits-at-most`");
}

void PlanCheck::check_duty(const Step& step, const std::string& pointer) {
  if (!step.every) {
    if (!step.until.empty()) error(pointer + "/until", "`until` without `every`: only a duty is done again and again");
    return;
  }
  if (!step.recovers.empty()) error(pointer + "/recovers", "a duty (it has `every`) recovers nothing; give `recovers` to a step that ends");
  if (!step.otherwise.empty()) error(pointer + "/otherwise", "a duty (it has `every`) has no fallback; its next turn comes anyway");
  if (!step.replacement.empty()) error(pointer + "/on-failure", "a duty (it has `every`) has no fallback; expected stop or continue");
  if (step.until == step.name || is_duty(step.until)) error(pointer + "/until", in_quotes(step.until) + " is a duty (it has `every`) and never ends; expected another step");
}

void PlanCheck::check_order(const Step& step, const std::string& pointer) {
  for (std::size_t i = 0; i < step.after.size(); ++i)
    if (is_duty(step.after[i]))
      error(pointer + "/after/" + std::to_string(i), in_quotes(step.after[i]) + " is a duty (it has `every`) and never ends; nothing can come after it");
}

void PlanCheck::check_needs(const Step& step, const std::string& pointer) {
  for (std::size_t i = 0; i < step.needs.size(); ++i)
    if (const Need& need = step.needs[i]; need.at_least > static_cast<int>(need.of.size()))
      error(pointer_of_need(findings_, pointer + "/needs", i, true) + "/at-least",
            "at least " + std::to_string(need.at_least) + " of " + std::to_string(need.of.size()) + " can never be up");
}

void PlanCheck::check_seats(const Step& step, const std::string& pointer) {
  for (const Seats& seats : step.by) {
    auto role = roles_.find(seats.of);
    if (role == roles_.end() || seats.count <= role->second->count || !findings_.clean("/roles/" + escaped_token(seats.of) + "/count")) continue;
    error(pointer + "/by/" + escaped_token(seats.of), "needs " + std::to_string(seats.count) + " of the role " + in_quotes(seats.of) + ", which has only " +
                                                          std::to_string(role->second->count));
  }
  for (const Seats& seats : step.uses) {
    auto capacity = capacity_.find(seats.of);
    if (capacity == capacity_.end() || !findings_.clean("/capacity/" + escaped_token(seats.of))) continue;
    const std::string at = pointer + "/uses/" + escaped_token(seats.of);
    if (!capacity->second->slots) {
      error(at, in_quotes(seats.of) + " has a rate and no slots; expected a capacity with slots (transfers go `over` one with a rate)");
    } else if (seats.count > *capacity->second->slots) {
      error(at, "needs " + std::to_string(seats.count) + " slots of " + in_quotes(seats.of) + ", which has only " + std::to_string(*capacity->second->slots));
    }
  }
}

void PlanCheck::check_takes(const Step& step, const std::string& pointer) {
  for (std::size_t i = 0; i < step.takes.size(); ++i) {
    auto at = [&] { return pointer_of_part(findings_, pointer + "/takes", i); };
    if (const auto* transfer = std::get_if<Transfer>(&step.takes[i])) {
      auto link = capacity_.find(transfer->over);
      if (link != capacity_.end() && !link->second->rate && findings_.clean("/capacity/" + escaped_token(transfer->over)))
        error(at() + "/over", in_quotes(transfer->over) + " has slots and no rate; expected a capacity with a rate, such as {rate: 2 Gbit/s}");
    } else if (const auto* drain = std::get_if<Drain>(&step.takes[i])) {
      if (drain->served <= drain->arrives) error(at() + "/drain", "the backlog never ends: served must be more than arrives");
    }
  }
}

}  // namespace

void check_plans(const Scenario& scenario, Findings& findings) {
  PlanCheck check(scenario, findings);
  for (const Plan& plan : scenario.plans) check.check(plan);
}

}  // namespace muster
