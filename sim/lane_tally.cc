#include "sim/lane_tally.h"

#include <algorithm>
#include <map>
#include <utility>

#include "models/cost.h"

namespace muster {

LaneTally::LaneTally(std::vector<Of> of) : of_(std::move(of)) {
  std::map<std::pair<std::size_t, std::string>, std::int32_t> known;
  for (std::size_t k = 0; k < of_.size(); ++k) {
    const Program& p = *of_[k].program;
    losses_of_.emplace_back(static_cast<std::size_t>(p.services), none);
    for (std::size_t s = 0; s < losses_of_[k].size(); ++s) {
      if (p.nodes[s].store == none || of_[k].columns->rto_of[s] == none) continue;
      const std::string& copies = of_.size() > 1 ? of_[k].copies->at(s) : std::string();
      const auto [at, is_new] = known.try_emplace({s, copies}, static_cast<std::int32_t>(losses_.size()));
      if (is_new) losses_.push_back({&p, static_cast<std::int32_t>(s), {}, {}});
      losses_of_[k][s] = at->second;
    }
  }
}

template <class Engine>
void LaneTally::find_losses(Engine& lanes, std::uint32_t n) {
  for (Losses& losses : losses_)
    for (std::uint32_t i = 0; i < n; ++i)
      if (!lanes.needs_events(i)) losses.loss[i] = lanes.own_loss(*losses.program, losses.service, i, losses.chosen[i]);
}

template <class Engine>
void LaneTally::join_losses(std::size_t k, Engine& lanes, std::uint32_t n, double* const* values) {
  const Program& p = *of_[k].program;
  const Columns& columns = *of_[k].columns;
  const std::vector<std::int32_t>& losses_of = losses_of_[k];
  const auto services = static_cast<std::size_t>(p.services);
  for (std::size_t s = 0; s < services; ++s) {
    if (losses_of[s] == none) continue;
    const Losses& losses = losses_[static_cast<std::size_t>(losses_of[s])];
    Counts::OfService& c = of_[k].counts->services[s];
    const auto store = static_cast<std::size_t>(p.nodes[s].store);
    std::uint64_t* const by_copy = of_[k].counts->chosen.data() + p.stores[store].copies.begin;
    std::uint64_t& by_none = of_[k].counts->chosen[p.copies.size() + store];
    for (std::uint32_t i = 0; i < n; ++i) {
      if (lanes.needs_events(i) || losses.chosen[i] == none) continue;
      ++c.lost;
      c.lost_for_good += losses.loss[i] == never;
      ++(losses.chosen[i] >= 0 ? by_copy[losses.chosen[i]] : by_none);
    }
  }
  scratch_.resize(std::max(scratch_.size(), 2 * services + 1));
  double *joint = scratch_.data(), *members = joint + services;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (lanes.needs_events(i)) continue;
    bool lost = false;
    for (std::size_t s = 0; s < services; ++s) {
      joint[s] = losses_of[s] == none ? 0 : losses_[static_cast<std::size_t>(losses_of[s])].loss[i];
      lost |= joint[s] > 0;
    }
    for (std::int32_t s : p.service_order) {
      if (!lost) break;
      const Span clauses = p.nodes[static_cast<std::size_t>(s)].clauses;
      for (std::uint32_t c = clauses.begin; c < clauses.end; ++c) {
        const auto& clause = p.clauses[c];
        std::size_t count = 0;
        for (std::uint32_t m = clause.members.begin; m < clause.members.end; ++m) members[count++] = p.pool[m] < p.services ? joint[p.pool[m]] : 0.0;
        const auto all = static_cast<std::int32_t>(count);
        if (clause.at_least == all)
          members[all - 1] = *std::max_element(members, members + all);
        else
          std::nth_element(members, members + (clause.at_least - 1), members + all);
        joint[s] = std::max(joint[s], members[clause.at_least - 1]);
      }
    }
    for (std::size_t c = 0; c < columns.rpo.size(); ++c) values[columns.rto.size() + c][i] = joint[columns.rpo[c]];
  }
}

/// Costs are added up in the order in which services come back, which of two at one instant only events tell. And what is struck late may go down later than
/// at the onset.
template <class Engine>
void LaneTally::leave_doubtful_costs(Engine& lanes, std::uint32_t n) const {
  std::vector<std::int32_t> costly;
  bool any = false;
  for (const Of& of : of_) {
    any |= of.columns->cost.has_value();
    for (std::size_t s = 0; s < of.columns->costs.size(); ++s)
      if (of.columns->costs[s] && of.columns->rto_of[s] != none && std::find(costly.begin(), costly.end(), static_cast<std::int32_t>(s)) == costly.end())
        costly.push_back(static_cast<std::int32_t>(s));
  }
  for (std::uint32_t i = 0; any && i < n; ++i) {
    bool doubtful = lanes.struck_late(i);
    for (std::size_t a = 1; a < costly.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) doubtful |= lanes.rto(costly[a])[i] == lanes.rto(costly[b])[i] && lanes.rto(costly[a])[i] > 0 && lanes.rto(costly[a])[i] < never;
    if (doubtful) lanes.leave_to_events(i);
  }
}

/// As count() does it, where every service is down once, from the onset.
template <class Engine>
void LaneTally::add_up_costs(const Of& of, Engine& lanes, std::uint32_t n, double* const* values) {
  const Columns& columns = *of.columns;
  std::vector<std::pair<double, std::size_t>>& downs = downs_;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (lanes.needs_events(i)) continue;
    downs.clear();
    for (std::size_t c = 0; c < columns.rto.size(); ++c)
      if (columns.costs[static_cast<std::size_t>(columns.rto[c])] && values[c][i] > 0) downs.emplace_back(values[c][i], c);
    std::sort(downs.begin(), downs.end());
    double sum = 0;
    for (const auto& [down, c] : downs) sum += downtime_cost(*columns.costs[static_cast<std::size_t>(columns.rto[c])], down);
    for (std::size_t c = 0; c < columns.rpo.size(); ++c)
      if (const auto& cost = columns.costs[static_cast<std::size_t>(columns.rpo[c])]) sum += data_loss_cost(*cost, values[columns.rto.size() + c][i]);
    values[*columns.cost][i] = sum;
  }
}

template <class Engine>
void LaneTally::count(Engine& lanes, Replication& r, std::uint64_t seed, std::uint32_t first, std::uint32_t n, const std::vector<std::vector<double*>>& values) {
  lanes.run(seed, first, n);
  leave_doubtful_costs(lanes, n);
  find_losses(lanes, n);
  for (std::size_t k = 0; k < of_.size(); ++k) count_one(k, lanes, n, values[k].data());
  if (!lanes.any_needs_events()) return;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (!lanes.needs_events(i)) continue;
    r.run(seed, first + i, false);
    for (std::size_t k = 0; k < of_.size(); ++k) {
      const Of& of = of_[k];
      if (k > 0) r.lose_again(*of.program);
      scratch_.resize(std::max(scratch_.size(), of.columns->count));
      muster::count(*of.program, *of.columns, r, *of.counts, scratch_.data());
      for (std::size_t c = 0; c < of.columns->count; ++c) values[k][c][i] = scratch_[c];
      ++of.counts->events;
    }
  }
}

/// What needs true events is left out.
template <class Engine>
void LaneTally::count_one(std::size_t k, Engine& lanes, std::uint32_t n, double* const* values) {
  const Columns& columns = *of_[k].columns;
  Counts& counts = *of_[k].counts;
  for (std::size_t c = 0; c < columns.rto.size(); ++c) std::copy_n(lanes.rto(columns.rto[c]), n, values[c]);
  std::copy_n(lanes.recovery(), n, values[columns.recovery]);
  std::copy_n(lanes.plan_end(), n, values[columns.plan_end]);
  const double *recovery = values[columns.recovery], *end = values[columns.plan_end];
  double* work = values[columns.work_recovery];
  for (std::uint32_t i = 0; i < n; ++i) {
    const double after = end[i] - recovery[i];  // NaN where both are never
    const double late = after > 0 ? after : 0;
    work[i] = (recovery[i] == never) | (end[i] == never) ? never : late;
  }
  if (std::any_of(losses_of_[k].begin(), losses_of_[k].end(), [](std::int32_t losses) { return losses != none; })) {
    join_losses(k, lanes, n, values);
  } else {
    for (std::size_t c = 0; c < columns.rpo.size(); ++c) std::fill_n(values[columns.rto.size() + c], n, 0.0);
  }
  if (columns.cost) add_up_costs(of_[k], lanes, n, values);
  std::uint32_t events = 0;
  for (std::uint32_t i = 0; lanes.any_needs_events() && i < n; ++i) events += lanes.needs_events(i);
  for (std::uint32_t i = 0; lanes.may_end_early() && i < n; ++i) {
    if (lanes.needs_events(i)) continue;
    counts.stood_down += lanes.stood_down(i);
    counts.stopped += lanes.stopped(i);
    for (const std::int32_t s : columns.rto) counts.services[static_cast<std::size_t>(s)].stood_down += lanes.by_repair_uncommitted(s, i);
  }
  const auto sum = [&](const auto& holds) {
    std::uint32_t total = 0;
    if (events == 0)
      for (std::uint32_t i = 0; i < n; ++i) total += holds(i);
    else
      for (std::uint32_t i = 0; i < n; ++i) total += lanes.needs_events(i) ? 0u : holds(i);
    return total;
  };
  for (std::size_t c = 0; c < columns.rto.size(); ++c) {
    const double* rto = values[c];
    counts.services[static_cast<std::size_t>(columns.rto[c])].unrecovered +=
        sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rto[i] == never); });
  }
  std::uint32_t objectives = 0;
  for (std::size_t s = 0; s < columns.objectives.size(); ++s) objectives += columns.objectives[s].has_value();
  if (objectives == 0) {
    counts.met_all += n - events;
    return;
  }
  std::uint8_t all[lanes::capacity];
  std::fill_n(all, n, std::uint8_t{1});
  static constexpr double zeros[lanes::capacity] = {};
  for (std::size_t s = 0; s < columns.objectives.size(); ++s) {
    const auto& o = columns.objectives[s];
    if (!o) continue;
    const double* rto = columns.rto_of[s] == none ? zeros : values[columns.rto_of[s]];
    const double* rpo = columns.rpo_of[s] == none ? zeros : values[columns.rpo_of[s]];
    const double most = o->rto.value_or(never), loss = o->rpo.value_or(never), mtpd = o->mtpd.value_or(never);
    Counts::OfService& c = counts.services[s];
    c.met_rto += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rto[i] <= most); });
    c.met_rpo += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rpo[i] <= loss); });
    c.met_mtpd += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(rto[i] <= mtpd); });
    c.met_both +=
        sum([&](std::uint32_t i) { return static_cast<std::uint32_t>((rto[i] <= most) & (rpo[i] <= loss)); });
    for (std::uint32_t i = 0; i < n; ++i)
      all[i] &= static_cast<std::uint8_t>((rto[i] <= most) & (rpo[i] <= loss));
  }
  counts.met_all += sum([&](std::uint32_t i) { return static_cast<std::uint32_t>(all[i]); });
}

template void LaneTally::count(Lanes&, Replication&, std::uint64_t, std::uint32_t, std::uint32_t, const std::vector<std::vector<double*>>&);
template void LaneTally::count(Course&, Replication&, std::uint64_t, std::uint32_t, std::uint32_t, const std::vector<std::vector<double*>>&);

}  // namespace muster
