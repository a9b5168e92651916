#include <algorithm>

#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/wording.h"

namespace muster {
namespace {

/// Finds steps of one plan that can never start, and says why. Only what holds in every replication counts.
class Reachability {
 public:
  Reachability(const Scenario& scenario, const Plan& plan, Findings& findings) : scenario_(scenario), plan_(plan), findings_(findings) {
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      numbers_.emplace(plan.steps[i].name, i);
      for (const std::string& service : plan.steps[i].recovers) recoverers_[service].push_back(i);
    }
    for (const Service& service : scenario.services) services_.emplace(service.name, &service);
    remember_settings();
    followers_.resize(plan.steps.size());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      const Step& step = plan.steps[i];
      for (const std::string& name : step.after) followers_[numbers_.at(name)].push_back(i);
      for (const std::string& fallback : {step.otherwise, step.replacement})
        if (!fallback.empty()) followers_[numbers_.at(fallback)].push_back(i);
    }
  }

  void warn_in_general() {
    for (const Step& step : plan_.steps) {
      warn_of_fallbacks(step);
      warn_of_only_if(step);
    }
  }

  void warn_in(const std::vector<const Outage*>& outages) {
    outages_ = outages;
    for (const Step& step : plan_.steps) {
      if (!outages_.empty()) warn_of_failure(step);
      for (const Outage* outage : outages_)
        if (warn_of_waiting(step, *outage)) break;
    }
  }

 private:
  std::string pointer(const Step& step) const { return pointer_of(plan_, step); }
  void remember_settings();
  bool is_set_by_an_outage(const Step& step) const;
  void warn_of_fallbacks(const Step& step);
  void warn_of_only_if(const Step& step);
  void warn_of_failure(const Step& step);
  bool warn_of_waiting(const Step& step, const Outage& outage);
  void warn_of_successors(const Step& step, const std::string& why);
  std::vector<std::size_t> behind(std::size_t step) const;
  std::unordered_set<std::string> needed(const std::vector<Need>& needs) const;

  const Scenario& scenario_;
  const Plan& plan_;
  std::vector<const Outage*> outages_;
  Findings& findings_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::unordered_map<std::string, std::vector<std::size_t>> recoverers_;
  std::unordered_map<std::string, const Service*> services_;
  std::vector<std::vector<std::size_t>> followers_;  ///< steps that wait for the end of this one
  std::vector<std::string> settings_;                ///< pointers that outages set
  std::size_t work_ = 0;                             ///< steps and services looked at for steps that wait
};

// All steps that cannot end before this one has, itself first.
std::vector<std::size_t> Reachability::behind(std::size_t step) const {
  std::vector<bool> seen(plan_.steps.size());
  std::vector<std::size_t> found{step};
  seen[step] = true;
  for (std::size_t i = 0; i < found.size(); ++i)
    for (std::size_t next : followers_[found[i]])
      if (!seen[next]) {
        seen[next] = true;
        found.push_back(next);
      }
  return found;
}

// Services that must be up, transitively; groups of which fewer are enough say nothing about each member.
std::unordered_set<std::string> Reachability::needed(const std::vector<Need>& needs) const {
  std::unordered_set<std::string> found;
  std::vector<const std::vector<Need>*> open{&needs};
  while (!open.empty()) {
    const std::vector<Need>& some = *open.back();
    open.pop_back();
    for (const Need& need : some) {
      if (need.at_least < static_cast<int>(need.of.size())) continue;
      for (const std::string& name : need.of) {
        auto service = services_.find(name);
        if (found.insert(name).second && service != services_.end()) open.push_back(&service->second->needs);
      }
    }
  }
  return found;
}

void Reachability::remember_settings() {
  const Node* outages = resolve(findings_.root(), "/outages");
  if (outages == nullptr) return;
  for (const Member& outage : outages->members)
    if (const Node* settings = outage.value.find("set"))
      for (const Member& setting : settings->members) settings_.push_back(setting.key);
}

// What an outage sets in a step may be what lets it fail or wait.
bool Reachability::is_set_by_an_outage(const Step& step) const {
  const std::string prefix = pointer(step);
  return std::any_of(settings_.begin(), settings_.end(), [&](const std::string& setting) {
    return setting.compare(0, prefix.size(), prefix) == 0 || prefix.compare(0, setting.size(), setting) == 0;
  });
}

void Reachability::warn_of_fallbacks(const Step& step) {
  if (is_set_by_an_outage(step)) return;
  bool can_wait = !step.by.empty() || !step.uses.empty() || !step.needs.empty();
  if (!step.otherwise.empty() && step.needs.empty() && !step.waits_at_most)
    findings_.warning(pointer(step) + "/otherwise", in_quotes(step.otherwise) + " is never called: without `waits-at-most` the step waits for people and slots as long as it takes");
  if (step.waits_at_most && !can_wait) findings_.warning(pointer(step) + "/waits-at-most", "the step waits for nothing: it has no `by`, `uses` or `needs`");
  bool can_fail = step.fails > 0 || step.timeout || (step.waits_at_most && can_wait && step.otherwise.empty());
  if (!step.replacement.empty() && !can_fail)
    findings_.warning(pointer(step) + "/on-failure", in_quotes(step.replacement) + " is never called: the step cannot fail (it has no `fails` or `timeout`)");
  for (const std::string& fallback : {step.otherwise, step.replacement})
    if (!fallback.empty() && !plan_.steps[numbers_.at(fallback)].after.empty())
      findings_.warning(pointer_of(plan_, plan_.steps[numbers_.at(fallback)]) + "/after",
                        in_quotes(fallback) + " takes the place of " + in_quotes(step.name) + " when it is called, and waits for these besides");
}

void Reachability::warn_of_only_if(const Step& step) {
  if (step.only_if.empty()) return;
  std::unordered_set<std::string> struck;
  for (const Outage& outage : scenario_.outages)
    for (const Strike& strike : outage.strikes) {
      if (outage.plan != plan_.name || strike.probability <= 0) continue;
      struck.insert(strike.region);
      for (std::string& name : struck_services(scenario_, strike)) struck.insert(std::move(name));
    }
  if (std::none_of(step.only_if.begin(), step.only_if.end(), [&](const std::string& name) { return struck.count(name) != 0; }))
    findings_.warning(pointer(step) + "/only-if", "the step is always passed: no outage that this plan answers strikes " + listed(step.only_if, "or"));
}

void Reachability::warn_of_successors(const Step& step, const std::string& why) {
  auto all = behind(numbers_.at(step.name));
  for (std::size_t i = 1; i < all.size(); ++i) findings_.warning(pointer(plan_.steps[all[i]]), "can never start or end: it waits for " + in_quotes(step.name) + ", which " + why);
}

void Reachability::warn_of_failure(const Step& step) {
  if (step.fails >= 1 && step.on_failure == OnFailure::stop && step.only_if.empty() && step.otherwise.empty())
    warn_of_successors(step, "always fails and then stops the plan");
}

// What is struck for certain at the onset and comes back only by steps that wait for this one.
bool Reachability::warn_of_waiting(const Step& step, const Outage& outage) {
  if (!step.otherwise.empty() || step.waits_at_most || !step.only_if.empty() || step.needs.empty()) return false;
  constexpr std::size_t most_work = 5'000'000;
  work_ += services_.size() + plan_.steps.size();
  if (work_ > most_work) return false;
  const auto needs = needed(step.needs);
  const auto all = behind(numbers_.at(step.name));
  for (const Strike& strike : outage.strikes) {
    if (strike.probability < 1 || strike.after) continue;
    bool repaired = strike.lasts || outage.lasts;
    for (const std::string& service : struck_services(scenario_, strike)) {
      if (needs.count(service) == 0) continue;
      auto found = recoverers_.find(service);
      bool by_step = found != recoverers_.end();
      if (repaired && (!by_step || !plan_.commits_at.empty())) continue;
      if (by_step && std::any_of(found->second.begin(), found->second.end(), [&](std::size_t i) { return std::find(all.begin(), all.end(), i) == all.end(); })) continue;
      std::string why = by_step ? "only steps that wait for this one recover it" : "nothing brings it back";
      findings_.warning(pointer(step) + "/needs", "can never start in the outage " + in_quotes(outage.name) + ": " + in_quotes(service) + " is down and " + why);
      if (outages_.size() == 1) warn_of_successors(step, "can never start");
      return true;
    }
  }
  return false;
}

}  // namespace

void warn_of_unreachable_steps(const Scenario& scenario, Findings& findings, const std::string& seen_by) {
  auto seen = outages_seen(scenario, findings, seen_by);
  constexpr std::size_t most_steps = 5'000;
  for (const Plan& plan : scenario.plans) {
    if (plan.steps.size() > most_steps || seen.size() > most_steps) continue;
    std::vector<const Outage*> outages;
    for (const Outage* outage : seen)
      if (outage->plan == plan.name) outages.push_back(outage);
    Reachability reachability(scenario, plan, findings);
    if (seen_by.empty()) reachability.warn_in_general();
    reachability.warn_in(outages);
  }
}

}  // namespace muster
