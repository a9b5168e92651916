#include <algorithm>
#include <cmath>

#include "sim/lanes.h"

/// Duties in lanes: before a step asks for seats, those duties that want the same are brought up to that instant.
namespace muster {
namespace {

constexpr int most_rounds = 2000;

}  // namespace

void Lanes::make_duties() {
  for (const LanePlan::Duty& duty : plan_.duties) {
    DutyRun run{array(), array(), array(), array(), std::vector<std::uint32_t>(lanes::capacity)};
    if (!began_[at(duty.asks.step)]) began_[at(duty.asks.step)] = array();
    if (duty.asks.brief) brief_[at(duty.asks.step)] = array();
    for (const std::int32_t o : duty.asks.overtaken)
      if (!began_[at(o)]) began_[at(o)] = array();
    duties_.push_back(std::move(run));
    all_duties_.push_back({static_cast<std::uint32_t>(all_duties_.size()), false});
  }
  if (duties_.empty()) return;
  duty_from_ = array();
  duty_start_ = array();
  duty_end_ = array();
  horizon_ = array();
  duty_lanes_.resize(lanes::capacity + 8);
  duty_asking_.resize(lanes::capacity + 8);
}

void Lanes::begin_duties(std::size_t place) {
  for (std::size_t d = 0; d < duties_.size(); ++d) {
    const LanePlan::Duty& duty = plan_.duties[d];
    if (duty.first != place) continue;
    DutyRun& run = duties_[d];
    if (const double* ready = when_ready(duty.asks.step, run.due); ready != run.due) std::copy_n(ready, n_, run.due);
    std::fill_n(run.last_due, n_, -1.0);
    std::fill_n(run.seen, n_, -1.0);
    std::fill_n(run.failed, n_, forever);
    std::fill(run.instance.begin(), run.instance.end(), 0);
    // Whoever came before it in the order may have asked after it.
    for (const std::uint32_t a : duty.asks.asks)
      for (std::uint32_t i = 0; i < n_; ++i) {
        const double asked = last_asked_[at(p_.seats[a].resource)][i];
        if (run.due[i] < asked || (run.due[i] == asked && !duty.goes_after)) condemn(i);
      }
    // What it needs may be down when it falls due.
    for (const std::int32_t node : duty.asks.needed)
      for (std::uint32_t i = 0; repair_[at(node)] && i < n_; ++i)
        if (repair_[at(node)][i] >= 0) condemn(i);
  }
}

/// All that falls due before these instants, or at them and goes first, in the order of time.
void Lanes::catch_up(const std::vector<LanePlan::Rival>& duties, std::size_t place, const double* asked, const std::uint32_t* list, std::uint32_t n) {
  for (const LanePlan::Rival& rival : duties)
    for (std::uint32_t k = 0; rival.goes_after && k < n; ++k)
      if (duties_[rival.duty].last_due[list[k]] == asked[k]) condemn(list[k]);  // it did not go after
  const auto is_due = [&](const LanePlan::Rival& rival, std::uint32_t k) {
    const double due = duties_[rival.duty].due[list[k]];
    return due < asked[k] || (due == asked[k] && !rival.goes_after && due < forever);
  };
  for (int round = 0; round < most_rounds; ++round) {
    bool more = false;
    for (const LanePlan::Rival& rival : duties) {
      const std::uint32_t d = rival.duty;
      std::uint32_t count = 0, instance = ~0u;
      for (std::uint32_t k = 0; k < n; ++k) {
        const std::uint32_t i = list[k];
        if (!is_due(rival, k) || bad_[i]) continue;
        more = true;
        const double due = duties_[d].due[i];
        bool first = true;
        for (const LanePlan::Rival& other : duties) first &= due < duties_[other.duty].due[i] || (due == duties_[other.duty].due[i] && d <= other.duty);
        if (!first) continue;
        // Draws differ by instance.
        if (duties_[d].instance[i] > instance) continue;
        if (duties_[d].instance[i] < instance) count = 0;
        instance = duties_[d].instance[i];
        duty_lanes_[count++] = i;
      }
      if (count > 0) do_duty(d, instance, place, count);
    }
    if (more) continue;
    for (const LanePlan::Rival& rival : duties)
      for (std::uint32_t k = 0; plan_.duties[rival.duty].asks.look_at_ties && k < n; ++k)
        if (duties_[rival.duty].due[list[k]] == asked[k] && any_brief(list[k], asked[k])) condemn(list[k]);
    return;
  }
  for (std::uint32_t k = 0; k < n; ++k)
    for (const LanePlan::Rival& rival : duties)
      if (is_due(rival, k)) condemn(list[k]);
}

void Lanes::do_duty(std::uint32_t d, std::uint32_t instance, std::size_t place, std::uint32_t n) {
  const LanePlan::Duty& duty = plan_.duties[d];
  DutyRun& run = duties_[d];
  const std::int32_t s = duty.asks.step;
  const auto& step = p_.steps[at(s)];
  const double* until = step.until != none && place >= duty.until ? finish_[at(step.until)] : nullptr;
  // Whether it is over by then.
  const auto over = [&](std::uint32_t i, double when) {
    if (!until) run.seen[i] = std::max(run.seen[i], when);
    if (!until || when < until[i]) return false;
    if (when == until[i]) condemn(i);
    run.due[i] = forever;
    return true;
  };
  std::uint32_t asking = 0;
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t i = duty_lanes_[k];
    const double due = run.due[i];
    if (over(i, due)) continue;
    run.last_due[i] = due;
    run.due[i] = due + step.every;
    if (!is_wanted(step, i, due)) {
      ++run.instance[i];
      continue;
    }
    duty_asking_[asking] = i;
    duty_from_[asking++] = due;
  }
  if (asking == 0) return;
  const double* start = duty_from_;
  if (!duty.asks.asks.empty()) {
    ask(duty.asks, duty_from_, duty_asking_.data(), asking);
    seat(duty.asks, duty_from_, duty_start_, duty_asking_.data(), asking);
    start = duty_start_;
  }
  std::uint32_t starting = 0;
  for (std::uint32_t k = 0; k < asking; ++k) {
    const std::uint32_t i = duty_asking_[k];
    const double limit = step.waits_at_most == forever ? forever : duty_from_[k] + step.waits_at_most, when = std::min(start[k], limit);
    if (when == forever) {
      run.due[i] = forever;
    } else if (over(i, when)) {
      began_[at(s)][i] = until[i];
    } else if (start[k] > limit) {
      began_[at(s)][i] = limit;
      brief_[at(s)][i] = limit;
      run.failed[i] = std::min(run.failed[i], limit);
      if (duty.may_stop) condemn(i);  // what happens at that very instant comes before
      skip_duty(d, i, std::nextafter(limit, forever));  // what falls due then does so before it gives up
    } else {
      duty_lanes_[starting] = i;
      duty_start_[starting++] = start[k];
    }
  }
  if (starting == 0) return;
  attempts(s, duty_start_, duty_end_, duty_lanes_.data(), starting, instance * step.attempts);
  note_instants(s, duty_start_, duty_end_, duty_lanes_.data(), starting);
  if (!duty.asks.asks.empty()) take(duty.asks, duty_end_, duty_lanes_.data(), starting);
  for (std::uint32_t k = 0; k < lost_count_; ++k) {
    const std::uint32_t i = duty_lanes_[lost_[k]];
    run.failed[i] = std::min(run.failed[i], duty_end_[lost_[k]]);
    if (duty.may_stop && duty_start_[lost_[k]] == duty_end_[lost_[k]]) condemn(i);
  }
  for (std::uint32_t k = 0; k < starting; ++k) skip_duty(d, duty_lanes_[k], duty_end_[k]);
}

/// It is at work until then, and what falls due meanwhile is skipped.
void Lanes::skip_duty(std::uint32_t d, std::uint32_t lane, double end) {
  DutyRun& run = duties_[d];
  ++run.instance[lane];
  const double every = p_.steps[at(plan_.duties[d].asks.step)].every;
  for (int k = 0; run.due[lane] < end; ++k) {
    run.due[lane] += every;
    if (k == most_rounds) {
      run.due[lane] = forever;
      condemn(lane);
    }
  }
}

/// Who waited may have been overtaken in the end; and what was thought to end a duty later than its last instance may have come before it.
void Lanes::end_duties() {
  std::fill_n(horizon_, n_, -1.0);
  for (std::size_t d = 0; d < duties_.size(); ++d) {
    const LanePlan::Duty& duty = plan_.duties[d];
    for (const std::uint32_t a : duty.asks.asks) k_.latest(horizon_, horizon_, held_until_[at(p_.seats[a].resource)], n_);
    for (const std::int32_t o : duty.asks.overtaken) k_.latest(horizon_, horizon_, began_[at(o)], n_);
    if (!duty.may_stop) continue;
    k_.latest(horizon_, horizon_, plan_ends_, n_);
    for (std::uint32_t i = 0; i < n_; ++i)
      if (plan_ends_[i] == forever) condemn(i);
  }
  catch_up(all_duties_, plan_.order.size(), horizon_, all_, n_);
  for (std::size_t d = 0; d < duties_.size(); ++d) {
    const std::int32_t until = p_.steps[at(plan_.duties[d].asks.step)].until;
    for (std::uint32_t i = 0; i < n_; ++i) {
      if (until != none && duties_[d].seen[i] >= finish_[at(until)][i]) condemn(i);
      const double failed = duties_[d].failed[i];
      if (!plan_.duties[d].may_stop || failed > plan_ends_[i]) continue;
      // Whoever is replaced at that very instant may have ended instead.
      const bool tie = std::any_of(plan_.order.begin(), plan_.order.end(), [&](const LanePlan::Step& s) { return run_end_[at(s.step)] && run_end_[at(s.step)][i] == failed; });
      if (tie || failed == plan_ends_[i])
        condemn(i);
      else
        stops(i, -1, failed);
    }
  }
}

}  // namespace muster
