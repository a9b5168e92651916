#include "sim/lanes.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "sim/copies.h"

namespace muster {

void Lanes::Free::operator()(void* p) const { std::free(p); }

double* Lanes::array(std::size_t in_a_row) {
  const std::size_t length = in_a_row * lanes::apart;
  void* p = std::aligned_alloc(64, sizeof(double) * length);
  if (!p) throw std::bad_alloc();
  arrays_.emplace_back(static_cast<double*>(p));
  std::fill_n(arrays_.back().get(), length, 0.0);
  return arrays_.back().get();
}

Lanes::Lanes(const Program& program, const LanePlan& plan, const LaneKernels& kernels, std::uint32_t enough)
    : p_(program), plan_(plan), k_(kernels), enough_(enough) {
  const auto arrays = [this](std::size_t n) {
    std::vector<double*> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(array());
    return out;
  };
  const std::size_t steps = p_.steps.size(), nodes = p_.nodes.size();
  finish_ = arrays(steps);
  for (const std::int32_t s : plan_.queue.steps) finish_[at(s)] = array(2 + mores(s));
  won_ = finish_;
  called_.resize(steps);
  ready_then_.resize(steps);
  needed_then_.resize(steps);
  transfer_from_.resize(steps);
  transfer_to_.resize(steps);
  began_.resize(steps);
  asked_.resize(steps);
  brief_.resize(steps);
  late_end_.resize(steps);
  for (const LanePlan::Step& planned : plan_.order) {
    const std::size_t s = at(planned.step);
    const auto& step = p_.steps[s];
    if (step.caller != none) called_[s] = array();
    if (step.recovers.size() > 0 && !(planned.simple && certain(planned.step))) won_[s] = array();
    if (planned.unsure) {
      ready_then_[s] = array();
      needed_then_[s] = array();
    }
    bool transfers = false;
    for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) transfers |= p_.parts[i].kind == Program::Part::Kind::transfer;
    if (transfers) {
      transfer_from_[s] = array();
      transfer_to_[s] = array();
      transfers_.push_back(planned.step);
    }
    if (planned.brief) brief_[s] = array();
    if (planned.may_end_late) late_end_[s] = array();
    for (const std::int32_t o : planned.overtaken)
      if (!began_[at(o)]) began_[at(o)] = array();
    for (const std::int32_t o : planned.goes_before)
      if (!asked_[at(o)]) asked_[at(o)] = array();
  }
  zero_ = array();
  ends_before_.resize(steps);
  for (std::size_t s = 0; s < steps; ++s)
    for (const std::int32_t before : plan_.waits_for[s]) ends_before_[s].push_back(finish_[at(before)]);
  make_duties();
  seats_then_.resize(steps);
  for (const LanePlan::Step& planned : plan_.order)
    if (planned.is_passed) {
      seats_then_[at(planned.step)] = arrays(plan_.resources[at(p_.seats[planned.asks[0]].resource)].count);
      if (!began_[at(planned.step)]) began_[at(planned.step)] = array();
      has_passed_.resize(lanes::capacity);
    }
  seats_ = arrays(plan_.seats);
  make_queue();
  delays_ = arrays(plan_.seats);
  off_delays_ = arrays(p_.onset_matters ? plan_.seats : 0);
  onset_ = array();
  struck_at_.resize(nodes);
  struck_late_.resize(lanes::capacity);
  stays_down_.resize(nodes);
  only_if_.resize(nodes);
  for (const auto& step : p_.steps)
    for (std::uint32_t i = step.only_if.begin; i < step.only_if.end; ++i) only_if_[at(p_.pool[i])] = 1;
  last_asked_ = arrays(p_.resources.size());
  held_until_ = arrays(p_.resources.size());
  correlated_ = arrays(p_.correlated_steps.size());
  normals_ = arrays(p_.correlated_steps.size());
  up_.assign(nodes, zero_);
  repair_.assign(nodes, nullptr);
  by_repair_.resize(nodes);
  region_hit_.resize(nodes);
  recoverers_.resize(nodes);
  for (std::size_t s = 0; s < steps; ++s)
    for (std::uint32_t i = p_.steps[s].recovers.begin; i < p_.steps[s].recovers.end; ++i)
      recoverers_[at(p_.pool[i])].push_back(static_cast<std::int32_t>(s));
  for (const auto& strike : p_.strikes) {
    for (std::uint32_t i = strike.nodes.begin; i < strike.nodes.end; ++i) {
      double*& repair = repair_[at(p_.pool[i])];
      if (!repair) repair = array();
      stays_down_[at(p_.pool[i])] |= strike.at_onset && strike.probability >= 1 && !strike.own_lasts && !p_.has_lasts;
      if (!strike.at_onset && !struck_at_[at(p_.pool[i])]) struck_at_[at(p_.pool[i])] = array();
    }
    for (std::uint32_t i = strike.regions.begin; i < strike.regions.end; ++i)
      region_hit_[at(p_.pool[i])].assign(lanes::capacity, 0);
    repairs_ |= strike.own_lasts || p_.has_lasts;
  }
  for (std::size_t n = 0; n < nodes; ++n) {
    stays_down_[n] &= struck_at_[n] == nullptr;
    if (stays_down_[n]) std::fill_n(repair_[n], lanes::capacity, forever);
  }
  make_endings();
  const auto touch = [&](std::int32_t n) {
    bool touched = repair_[at(n)] != nullptr;
    const Span clauses = p_.nodes[at(n)].clauses;
    for (std::uint32_t c = clauses.begin; c < clauses.end; ++c)
      for (std::uint32_t m = p_.clauses[c].members.begin; m < p_.clauses[c].members.end; ++m)
        touched |= up_[at(p_.pool[m])] != zero_;
    if (!touched) return;
    by_repair_[at(n)].assign(lanes::capacity, 0);
    if (is_up_with_step(n)) {
      up_[at(n)] = won_[at(recoverers_[at(n)][0])];
    } else {
      up_[at(n)] = array();
      touched_.push_back(n);
    }
    if (n < p_.services) services_up_.push_back(up_[at(n)]);
  };
  for (std::int32_t n = p_.services; n < static_cast<std::int32_t>(nodes); ++n) touch(n);
  for (const std::int32_t n : p_.service_order) touch(n);
  for (std::size_t s = 0; s < steps; ++s) {
    bool covered = false;
    for (std::uint32_t i = p_.steps[s].successors.begin; i < p_.steps[s].successors.end; ++i)
      covered |= p_.steps[at(p_.pool[i])].caller == none && p_.steps[at(p_.pool[i])].every == 0;
    if (!covered && p_.steps[s].every == 0) sinks_.push_back(finish_[s]);
  }
  plan_end_ = array();
  all_up_ = array();
  scratch_ = array();
  length_ = array();
  part_ = array();
  times_ = array();
  more_times_ = array();
  ends_ = array();
  limit_ = array();
  ready_ = array();
  retry_ = array();
  deadline_ = array();
  words_ = reinterpret_cast<std::uint64_t*>(array());
  all_ = reinterpret_cast<std::uint32_t*>(array());
  replications_ = reinterpret_cast<std::uint32_t*>(array());
  some_ = reinterpret_cast<std::uint32_t*>(array());
  for (std::uint32_t i = 0; i < lanes::capacity; ++i) all_[i] = i;
  region_now_.resize(nodes);
  members_.reserve(nodes);
  bad_.assign(lanes::capacity, 0);
  timed_out_.assign(lanes::capacity, 0);
  for (auto* list : {&list_, &asking_, &starting_, &failed_, &again_, &lost_, &places_, &passing_})
    list->resize(lanes::capacity + 8);
}

void Lanes::run(std::uint64_t seed, std::uint32_t first, std::uint32_t n) {
  seed_ = seed;
  first_ = first;
  n_ = n;
  any_bad_ = false;
  std::fill(bad_.begin(), bad_.end(), 0);
  for (std::uint32_t i = 0; i < lanes::capacity; ++i) replications_[i] = first + i;
  strike();
  if (!p_.correlated_steps.empty()) correlate();
  if (p_.onset_matters) {
    for (std::uint32_t i = 0; i < n_; ++i) {
      const Draw when = draw(seed_, replications_[i], p_.onset_stream);
      const double place = uniform(when).value(), week = second_uniform(when).value();
      onset_[i] = p_.starts ? onset_instant(p_.zone, *p_.starts, week) : onset_instant(p_.zone, week, place);
    }
  }
  for (std::size_t r = 0; r < plan_.resources.size(); ++r) {
    const auto& resource = plan_.resources[r];
    if (!resource.limited) continue;
    if (p_.resources[r].responds) call_people(r);
    for (std::uint32_t k = 0; k < resource.count; ++k)
      std::fill_n(seats_[resource.first + k], n_, p_.resources[r].responds ? -1.0 : 0.0);
    if (!resource.looked_at) continue;
    std::fill_n(last_asked_[r], n_, -1.0);
    std::fill_n(held_until_[r], n_, -1.0);
  }
  begin_endings();
  if (plan_.unsure)
    for (std::size_t s = 0; s < finish_.size(); ++s) {
      std::fill_n(finish_[s], n_, forever);
      std::fill_n(won_[s], n_, forever);
    }
  for (double* brief : brief_)
    if (brief) std::fill_n(brief, n_, -1.0);
  std::fill(has_passed_.begin(), has_passed_.end(), std::uint8_t{0});
  for (double* asked : asked_)
    if (asked) std::fill_n(asked, n_, -1.0);
  for (double* late : late_end_)
    if (late) std::fill_n(late, n_, -1.0);
  for (double* began : began_)
    if (began && !duties_.empty()) std::fill_n(began, n_, -1.0);
  for (std::size_t i = 0; i < plan_.order.size(); ++i) {
    if (i == plan_.queue_at) queue();
    begin_duties(i);
    const LanePlan::Step& planned = plan_.order[i];
    if (planned.simple)
      simple(planned);
    else
      general(planned, all_, n_);
    if (passing_count_ > 0) do_passed(plan_.order[planned.passes]);
    if (planned.last_of_tree && plan_.trees[at(plan_.tree[at(planned.step)])].size() > 1)
      end_tree(plan_.tree[at(planned.step)]);
  }
  if (plan_.queue_at == plan_.order.size()) queue();
  begin_duties(plan_.order.size());
  all_known_ = true;
  for (const std::int32_t node : touched_) bring_up(node);
  plan_ends_ = latest_of(sinks_, plan_end_);
  if (may_end_early() && plan_ends_ != plan_end_) {
    std::copy_n(plan_ends_, n_, plan_end_);
    plan_ends_ = plan_end_;
  }
  if (back_) stand_down();
  if (plan_.unsure) look_at_needs();
  if (!duties_.empty()) end_duties();
  end_stopped();
  recovery_ = latest_of(services_up_, all_up_);
}

void Lanes::strike() {
  for (std::size_t n = 0; n < repair_.size(); ++n)
    if (repair_[n] && !stays_down_[n]) std::fill_n(repair_[n], n_, -1.0);
  for (double* struck : struck_at_)
    if (struck) std::fill_n(struck, n_, -1.0);
  std::fill(struck_late_.begin(), struck_late_.end(), std::uint8_t{0});
  for (auto& hit : region_hit_) std::fill(hit.begin(), hit.end(), 0);
  bool drawn = false;
  for (const auto& s : p_.strikes) {
    std::uint32_t n = n_;
    const std::uint32_t* list = all_;
    if (!s.at_onset) {
      if (s.after.table == none)
        std::fill_n(times_, n_, s.after.constant);
      else
        sample(s.after, s.stream, 0, all_, n_, times_);
    }
    if (s.probability < 1) {
      n = toss(s.stream, 0, s.probability, all_, n_, list_.data());
      list = list_.data();
    }
    const double* lasts = nullptr;
    double constant = forever;
    const Sampler& law = s.own_lasts ? s.lasts : p_.lasts;
    if (s.own_lasts || p_.has_lasts) {
      constant = law.constant;
      if (law.table != none && (s.own_lasts || !drawn))
        sample(law, s.own_lasts ? s.lasts_stream : p_.lasts_stream, 0, all_, n_, s.own_lasts ? length_ : scratch_);
      if (law.table != none) lasts = s.own_lasts ? length_ : scratch_;
      drawn |= !s.own_lasts;
    }
    for (std::uint32_t k = 0; k < s.nodes.size(); ++k) {
      double* repair = repair_[at(p_.pool[s.nodes.begin + k])];
      double* struck = struck_at_[at(p_.pool[s.nodes.begin + k])];
      for (std::uint32_t j = 0; j < n && !stays_down_[at(p_.pool[s.nodes.begin + k])]; ++j) {
        const std::uint32_t i = list[j];
        const double when = s.at_onset ? 0 : times_[i], until = lasts ? lasts[i] : constant;
        const bool again = struck && struck[i] >= 0;
        if (again && (when >= repair[i] || struck[i] >= when + until)) condemn(i);  // it may be down twice
        if (struck) struck[i] = again ? std::min(struck[i], when) : when;
        repair[i] = std::max(repair[i], when + until);
      }
    }
    for (std::uint32_t i = 0; !s.at_onset && i < n; ++i) struck_late_[list[i]] |= times_[list[i]] > 0;
    for (std::uint32_t i = 0; i < n && (lasts || constant == 0); ++i)
      if ((lasts ? lasts[list[i]] : constant) <= 0)
        condemn(list[i]);  // repaired before the next strike of the same instant
    for (std::uint32_t k = s.regions.begin; k < s.regions.end; ++k)
      for (std::uint32_t i = 0; i < n; ++i) region_hit_[at(p_.pool[k])][list[i]] = 1;
  }
}

void Lanes::call_people(std::size_t r) {
  const auto& role = p_.resources[r];
  draw_delays(r, role.on_hours, delays_.data());
  if (!role.hours.always() && !role.absent_off_hours) draw_delays(r, role.off_hours, off_delays_.data());
}

/// Whether nothing but a single step brings it up, in every lane and for good.
bool Lanes::is_up_with_step(std::int32_t node) const {
  return stays_down_[at(node)] && recoverers_[at(node)].size() == 1 && p_.nodes[at(node)].clauses.size() == 0 && !plan_.unsure && !may_end_early();
}

/// A strike on what a step has recovered already does nothing. When the node is up for good: recovered by a step, or repaired and left by all that might have recovered
/// it; and its needs met.
void Lanes::bring_up(std::int32_t node) {
  if (is_up_with_step(node)) return;
  double* up = up_[at(node)];
  const auto& of = p_.nodes[at(node)];
  double* repair = repair_[at(node)];
  const double* struck = struck_at_[at(node)];
  if (!repair) {
    std::fill_n(up, n_, 0.0);
  } else {
    const auto& recoverers = recoverers_[at(node)];
    const bool waits = data_gone(node);
    if (recoverers.empty())
      std::fill_n(up, n_, forever);
    else
      std::copy_n(won_[at(recoverers[0])], n_, up);
    for (std::size_t r = 1; r < recoverers.size(); ++r) k_.earliest(up, up, won_[at(recoverers[r])], n_);
    auto& by_repair = by_repair_[at(node)];
    for (std::uint32_t i = 0; i < n_ && !stays_down_[at(node)]; ++i) {
      if (struck && struck[i] > 0 && repair[i] >= 0 && up[i] <= struck[i]) {
        if (up[i] == struck[i] || only_if_[at(node)]) condemn(i);
        repair[i] = -1;
      }
      double gone = repair[i];
      if (gone < 0) {
        up[i] = 0;
        continue;
      }
      by_repair[i] = 0;
      if (gone == forever) continue;
      if (node < p_.services && (waits || !committed_ || gone >= committed_[i]))
        for (const std::int32_t r : recoverers) gone = std::max(gone, finish_[at(r)][i]);
      else if (all_known_ && gone == up[i])
        condemn(i);  // which of them came first shows in what was lost
      by_repair[i] = gone < up[i];
      up[i] = std::min(up[i], gone);
    }
    if (all_known_ && back_ && node < p_.services) note_back(node);
  }
  for (std::uint32_t c = of.clauses.begin; c < of.clauses.end; ++c) {
    const auto& clause = p_.clauses[c];
    const bool every = clause.at_least == static_cast<std::int32_t>(clause.members.size());
    for (std::uint32_t m = clause.members.begin; every && m < clause.members.end; ++m)
      if (up_[at(p_.pool[m])] != zero_) k_.latest(up, up, up_[at(p_.pool[m])], n_);
    for (std::uint32_t i = 0; !every && i < n_; ++i) {
      const double when = met(clause, i);
      if (when > 0 && struck_late_[i]) condemn(i);  // they may never have been down together
      up[i] = std::max(up[i], when);
    }
  }
}

double Lanes::own_loss(const Program& of, std::int32_t service, std::uint32_t lane, std::int32_t& chosen) {
  const double* repair = repair_[at(service)];
  chosen = none;
  if (!repair || repair[lane] < 0 || (p_.data == DataState::kept && by_repair_[at(service)][lane])) return 0;
  for (std::size_t n = at(p_.services); n < region_hit_.size(); ++n)
    region_now_[n] = region_hit_[n].empty() ? 0 : region_hit_[n][lane];
  return copy_loss(of, {seed_, replications_[lane]}, service, struck_at_[at(service)] ? struck_at_[at(service)][lane] : 0, region_now_, chosen, nullptr);
}

}  // namespace muster
