#include <algorithm>

#include "sim/lanes.h"

/// Plans that end early, in lanes: that stand down because the provider was first, or stop because a step failed for good. What lies before that instant is
/// as it would be without; so all is evaluated to the end first, and what lies after is taken back.
namespace muster {

void Lanes::make_endings() {
  ending_.assign(lanes::capacity, Ending::usual);
  ends_early_ = array();
  std::fill_n(ends_early_, lanes::capacity, forever);
  start_.resize(p_.steps.size());
  run_end_.resize(p_.steps.size());
  if (plan_.may_stop)
    for (const LanePlan::Step& planned : plan_.order) {
      start_[at(planned.step)] = array();
      run_end_[at(planned.step)] = planned.simple ? finish_[at(planned.step)] : array();
    }
  if (p_.commits_at == none) return;
  committed_ = finish_[at(p_.commits_at)];
  if (!repairs_) return;
  back_ = array();
  back_recoverable_ = array();
  first_by_repair_ = array();
  first_repair_ = array();
}

void Lanes::begin_endings() {
  all_known_ = false;
  if (may_end_early()) {
    std::fill(ending_.begin(), ending_.end(), Ending::usual);
    std::fill_n(ends_early_, n_, forever);
  }
  if (committed_) std::fill_n(committed_, n_, forever);
  if (!back_) return;
  std::fill_n(back_, n_, -1.0);
  std::fill_n(back_recoverable_, n_, -1.0);
  std::fill_n(first_by_repair_, n_, forever);
  std::fill_n(first_repair_, n_, forever);
}

/// The earliest is kept. Where it takes no time, what starts at that instant may come before it.
void Lanes::stops(std::uint32_t lane, double began, double when) {
  if (!plan_.may_stop || began == when) return condemn(lane);
  if (when > ends_early_[lane]) return;
  if (when == ends_early_[lane] && ending_[lane] == Ending::stood_down) return condemn(lane);
  ends_early_[lane] = when;
  ending_[lane] = Ending::stopped;
}

/// Its needs apart, as up_ has it now. A repair at the instant of commitment may come before or after.
void Lanes::note_back(std::int32_t service) {
  const double *back = up_[at(service)], *repair = repair_[at(service)];
  double* recoverable = recoverers_[at(service)].empty() ? nullptr : back_recoverable_;
  for (std::uint32_t i = 0; i < n_; ++i) {
    if (repair[i] < 0) continue;
    const bool by_repair = by_repair_[at(service)][i];
    if (repair[i] == committed_[i] || (by_repair && back[i] == committed_[i])) condemn(i);
    first_repair_[i] = std::min(first_repair_[i], repair[i]);
    back_[i] = std::max(back_[i], back[i]);
    if (recoverable) recoverable[i] = std::max(recoverable[i], back[i]);
    if (by_repair) first_by_repair_[i] = std::min(first_by_repair_[i], back[i]);
  }
}

bool Lanes::data_gone(std::int32_t service) const { return p_.data != DataState::kept && p_.nodes[at(service)].store != none; }

/// As soon as the provider has brought anything back, and all that the plan recovers is up.
void Lanes::stand_down() {
  for (std::uint32_t i = 0; i < n_; ++i) {
    if (struck_late_[i] && first_repair_[i] <= committed_[i]) condemn(i);
    const double when = std::max(back_recoverable_[i] >= 0 ? back_recoverable_[i] : back_[i], first_by_repair_[i]);
    if (when == committed_[i] && when < forever) condemn(i);
    if (!(when < committed_[i]) || when > ends_early_[i]) continue;
    if (when == ends_early_[i]) condemn(i);
    ends_early_[i] = plan_end_[i] = when;
    ending_[i] = Ending::stood_down;
  }
}

bool Lanes::by_repair_uncommitted(std::int32_t service, std::uint32_t lane) const {
  if (!committed_ || by_repair_[at(service)].empty() || !repair_[at(service)] || repair_[at(service)][lane] < 0 || !by_repair_[at(service)][lane]) return false;
  double back = repair_[at(service)][lane];
  if (data_gone(service))
    for (const std::int32_t r : recoverers_[at(service)]) back = std::max(back, finish_[at(r)][lane]);
  return stood_down(lane) || back < std::min(committed_[lane], ends_early_[lane]);
}

void Lanes::end_stopped() {
  for (std::uint32_t i = 0; plan_.may_stop && i < n_; ++i)
    if (stopped(i) && !bad_[i]) stop(i);
}

/// What runs at that instant goes on to its end, and nothing else starts.
void Lanes::stop(std::uint32_t lane) {
  const double when = ends_early_[lane];
  if (struck_late_[lane] || (committed_ && committed_[lane] == when)) return condemn(lane);
  double last = 0;
  for (const LanePlan::Step& planned : plan_.order) {
    const std::size_t s = at(planned.step);
    if (finish_[s][lane] < when) last = std::max(last, finish_[s][lane]);
    if (start_[s][lane] < when && run_end_[s][lane] >= when) last = std::max(last, run_end_[s][lane]);  // one that was replaced has not ended
  }
  plan_end_[lane] = last;
  for (const std::int32_t node : touched_) {
    const double* repair = repair_[at(node)];
    double up = 0;
    if (repair && repair[lane] >= 0) up = node < p_.services ? back_in_stopped(node, lane, when) : repair[lane];
    const Span clauses = p_.nodes[at(node)].clauses;
    for (std::uint32_t c = clauses.begin; c < clauses.end; ++c) up = std::max(up, met(p_.clauses[c], lane));
    up_[at(node)][lane] = up;
  }
}

/// Its needs apart. Its repair brings it back once no step may any more, or at once when the plan has stopped; but data that are gone wait for those that run.
double Lanes::back_in_stopped(std::int32_t service, std::uint32_t lane, double when) {
  double won = forever, gone = 0;
  for (const std::int32_t r : recoverers_[at(service)]) {
    const bool ran = start_[at(r)][lane] < when;
    if (ran) won = std::min(won, won_[at(r)][lane]);
    gone = std::max(gone, finish_[at(r)][lane] <= when ? finish_[at(r)][lane] : ran && run_end_[at(r)][lane] > when ? run_end_[at(r)][lane] : when);
  }
  double back = repair_[at(service)][lane];
  std::uint8_t& by_repair = by_repair_[at(service)][lane];
  by_repair = 0;
  if (back == forever) return won;
  if (data_gone(service))
    back = std::max(back, gone);
  else if (!committed_ || back >= std::min(committed_[lane], when))
    back = std::max(back, std::min(gone, when));
  else if (back == won)
    condemn(lane);
  if (back == won && won == when) condemn(lane);  // what stops it may come before what won at that instant
  by_repair = back < won;
  return std::min(back, won);
}

}  // namespace muster
